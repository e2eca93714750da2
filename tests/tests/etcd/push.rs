//! `settings store` on a real etcd.

use crate::server::Server;
use settings_core::{
    SecretString, Settings, cli,
    remote::{FaultKind, Store, StoreState},
};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 10, range(1..=1000), reload)]
    db_pool_size: u32,
    #[settings(default = "info")]
    log_level: String,
    token: Option<SecretString>,
}

fn run(store: &Store, words: &[&str]) -> (u8, String, String) {
    let words: Vec<&str> = ["store"].iter().chain(words).copied().collect();
    let printed = cli::capture(&Shop::empty_loader().store(store), words);
    (printed.code, printed.out, printed.err)
}

fn push(store: &Store, content: &str) -> (u8, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("push.env");
    fs::write(&file, content).unwrap();
    run(store, &["push", file.to_str().unwrap(), "--yes"])
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_mins(1), "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_push_a_rollback_and_what_was_compacted() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let store = server.store();
    let (code, out, err) = push(&store, "SHOP_DB_POOL_SIZE=30\nSHOP_TOKEN=hunter2\n");
    assert_eq!((code, &*err), (0, ""));
    assert!(out.ends_with("push 1 is in etcd /shop/ @3\n"), "{out}");
    let (code, _, err) = push(&store, "SHOP_DB_POOL_SIZE=5000\n");
    assert_eq!(code, 78);
    assert!(err.contains("expected a value from 1 to 1000"), "{err}");
    assert_eq!(server.revision(), 3, "nothing was written");
    let history = server.ctl(&["get", "--prefix", "/shop@", "--print-value-only"]);
    assert!(history.contains(r#""kind":"push""#), "{history}");
    assert!(!history.contains("hunter2"), "{history}");

    assert_eq!(push(&store, "SHOP_DB_POOL_SIZE=31\n").0, 0);
    let past = || run(&store, &["get", "db_pool_size", "--revision", "3"]);
    assert!(
        past().1.contains("db_pool_size  30  @3  push 1"),
        "{past:?}",
        past = past()
    );
    server.compact();
    let (code, out, err) = past();
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("db_pool_size  30\n"), "{out}");
    assert!(err.contains("rebuilt from the history"), "{err}");

    assert_eq!(run(&store, &["rollback", "--yes"]).0, 0);
    let get = run(&store, &["get", "db_pool_size"]).1;
    assert!(get.contains("db_pool_size  30  @5  rollback 3"), "{get}");
    server.put("log_level", "debug");
    assert!(
        run(&store, &["get"])
            .1
            .contains("log_level     debug       @6  not by a push")
    );
}

/// Of many commands at the same time, those that report a conflict wrote nothing, and no other write is lost.
#[test]
fn pushes_at_the_same_time_conflict_and_none_is_lost() {
    let server = Server::start();
    server.put("db_pool_size", "1");
    let store = server.store();
    let results = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|nth| {
                // A process of its own has a store of its own.
                let store = server.store();
                scope.spawn(move || {
                    let mut done = 0;
                    for round in 0..10 {
                        let value = (2 + nth * 10 + round).to_string();
                        match run(&store, &["set", "db_pool_size", &value, "--yes"]) {
                            (0, ..) => done += 1,
                            (75, _, err) => assert!(err.contains("conflict"), "{err}"),
                            other => panic!("{other:?}"),
                        }
                    }
                    done
                })
            })
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.sum::<usize>()
    });
    let log = run(&store, &["log"]).1;
    assert_eq!(log.lines().count(), results, "{log}");
    let head = format!("push {results} ");
    assert!(log.starts_with(&head), "{log}");
}

#[test]
fn a_conflicting_change_by_hand_is_never_overwritten() {
    let server = Server::start();
    server.change(&[("db_pool_size", Some("1")), ("log_level", Some("a"))]);
    let store = server.store();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let is_done = &is_done;
        let pushing = scope.spawn(move || {
            let mut conflicts = 0;
            for round in 0..30 {
                let value = (2 + round).to_string();
                match run(&store, &["set", "db_pool_size", &value, "--yes"]) {
                    (0, ..) => {}
                    (75, _, err) => {
                        let expected = "a setting or another key was changed in the meantime";
                        assert!(err.contains(expected), "{err}");
                        conflicts += 1;
                    }
                    other => panic!("{other:?}"),
                }
            }
            is_done.store(true, Ordering::SeqCst);
            conflicts
        });
        let mut last = String::new();
        for number in 0.. {
            if is_done.load(Ordering::SeqCst) || pushing.is_finished() {
                break;
            }
            last = format!("by hand {number}");
            server.change(&[("log_level", None)]);
            server.put("log_level", &last);
        }
        let conflicts = pushing.join().unwrap();
        let held = server.ctl(&["get", "/shop/log_level", "--print-value-only"]);
        assert_eq!(held.trim(), last, "{conflicts} conflicts");
    });
}

#[test]
fn a_push_to_an_etcd_that_is_frozen_is_decided_or_called_uncertain() {
    let server = Server::start();
    server.put("db_pool_size", "1");
    let mut settings = server.settings();
    settings.timeout = Duration::from_secs(1);
    let store = settings.store().start();
    assert_eq!(run(&store, &["get"]).0, 0);
    server.freeze();
    let (code, _, err) = push(&store, "SHOP_DB_POOL_SIZE=30\n");
    assert_eq!(code, 75, "{err}");
    server.thaw();
    until("it answers", || {
        store.status().state == StoreState::Connected
    });
    let log = run(&store, &["log"]).1;
    assert_eq!(
        log, "etcd /shop/ has no pushes yet",
        "it never got so far as to write"
    );
    assert_eq!(push(&store, "SHOP_DB_POOL_SIZE=30\n").0, 0);
}

#[test]
fn who_may_only_read_cannot_push() {
    let server = Server::start();
    server.put("db_pool_size", "1");
    for command in [
        "user add root:topsecret",
        "role add root",
        "user grant-role root root",
        "user add run:hunter2",
        "role add run",
        "role grant-permission run --prefix=true read /shop",
        "user grant-role run run",
        "auth enable",
    ] {
        let arguments: Vec<&str> = command.split(' ').collect();
        server.ctl(&arguments);
    }
    let mut settings = server.settings();
    settings.username = Some("run".to_owned());
    settings.password = Some(SecretString::from("hunter2"));
    let store = settings.store().start();
    assert_eq!(run(&store, &["get"]).0, 0);
    let (code, _, err) = push(&store, "SHOP_DB_POOL_SIZE=30\n");
    assert_eq!(code, 75);
    assert!(
        err.contains("etcd /shop/: etcdserver: permission denied"),
        "{err}"
    );
    assert_ne!(
        store.status().last_error.map(|error| error.kind),
        Some(FaultKind::Malformed)
    );
}
