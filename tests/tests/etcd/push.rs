//! `settings store` on a real etcd.

use crate::{
    pushes::{push, run},
    server::Server,
};
use settings_core::{
    SecretString,
    remote::{FaultKind, StoreState},
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_mins(1), "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
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
