//! `settings store` on a real PostgreSQL.

use crate::server::{Server, store};
use settings_core::{SecretString, Settings, cli, remote::Store};
use std::{fs, thread};

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

#[test]
fn a_push_a_rollback_and_what_was_compacted() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let store = server.store();
    let (code, out, err) = push(&store, "SHOP_DB_POOL_SIZE=30\nSHOP_TOKEN=hunter2\n");
    assert_eq!((code, &*err), (0, ""));
    let pushed = server.revision();
    let expected = format!("push 1 is in postgres /shop/ @{pushed}\n");
    assert!(out.ends_with(&expected), "{out}");
    let (code, _, err) = push(&store, "SHOP_DB_POOL_SIZE=5000\n");
    assert_eq!(code, 78);
    assert!(err.contains("expected a value from 1 to 1000"), "{err}");
    assert_eq!(server.revision(), pushed, "nothing was written");
    let history = server.sql("SELECT value FROM settings.control WHERE key LIKE 'history/%'");
    assert!(history.contains(r#""kind":"push""#), "{history}");
    assert!(!history.contains("hunter2"), "{history}");

    assert_eq!(push(&store, "SHOP_DB_POOL_SIZE=31\n").0, 0);
    let at = pushed.to_string();
    let past = || run(&store, &["get", "db_pool_size", "--revision", &at]);
    let expected = format!("db_pool_size  30  @{pushed}  push 1");
    assert!(past().1.contains(&expected), "{:?}", past());
    server.compact();
    let (code, out, err) = past();
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("db_pool_size  30\n"), "{out}");
    assert!(err.contains("rebuilt from the history"), "{err}");

    assert_eq!(run(&store, &["rollback", "--yes"]).0, 0);
    let get = run(&store, &["get", "db_pool_size"]).1;
    let expected = format!("db_pool_size  30  @{}  rollback 3", server.revision());
    assert!(get.contains(&expected), "{get}");
    server.put("log_level", "debug");
    let get = run(&store, &["get"]).1;
    let expected = format!(
        "log_level     debug       @{}  not by a push",
        server.revision()
    );
    assert!(get.contains(&expected), "{get}");
}

/// Of many commands at the same time, those that report a conflict wrote nothing, and no other write is lost.
#[test]
fn pushes_and_changes_by_hand_at_the_same_time_conflict_and_none_is_lost() {
    let server = Server::start();
    server.put("db_pool_size", "1");
    let (pushed, by_hand) = thread::scope(|scope| {
        let pushers: Vec<_> = (0..3)
            .map(|nth| {
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
        let by_hand = scope.spawn(|| {
            for number in 0..15 {
                server.put("log_level", &number.to_string());
            }
        });
        let pushed: usize = pushers
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum();
        (pushed, by_hand.join())
    });
    by_hand.unwrap();
    let log = run(&server.store(), &["log"]).1;
    assert_eq!(log.lines().count(), pushed, "{log}");
    assert_eq!(
        server.sql("SELECT value FROM settings.keys WHERE key = 'log_level'"),
        "14"
    );
    let revisions = server.sql("SELECT count(*) FROM settings.revisions");
    assert_eq!(revisions, (1 + pushed + 15).to_string());
}

#[test]
fn a_role_that_may_only_read_cannot_push() {
    let server = Server::start();
    server.put("db_pool_size", "1");
    let as_role = |name: &str| {
        server.add_role(name, name.strip_prefix("shop_").unwrap());
        store(crate::server::settings(&server.url_of(name, "hunter2")))
    };
    let viewer = as_role("shop_view");
    assert_eq!(run(&viewer, &["get"]).0, 0);
    let (code, _, err) = push(&viewer, "SHOP_DB_POOL_SIZE=30\n");
    assert_eq!(code, 75);
    assert!(
        err.contains("postgres /shop/: permission denied for function lock"),
        "{err}"
    );
    let instance = as_role("shop_run");
    let (code, _, err) = run(&instance, &["get"]);
    assert_eq!(code, 75);
    assert!(
        err.contains("this role has no such access to /shop/: see settings.grant_access"),
        "{err}"
    );
    let pusher = as_role("shop_push");
    assert_eq!(push(&pusher, "SHOP_DB_POOL_SIZE=30\n").0, 0);
    assert_eq!(
        server.sql("SELECT role FROM settings.revisions ORDER BY revision DESC LIMIT 1"),
        "shop_push"
    );
}
