//! `settings store` on the server of this test.

use crate::server::{NAME, Server};
use settings_core::{SecretString, Settings, cli, remote::Store};
use std::{fs, thread};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
pub(crate) struct Shop {
    #[settings(default = 10, range(1..=1000), reload)]
    db_pool_size: u32,
    #[settings(default = "info")]
    log_level: String,
    token: Option<SecretString>,
}

pub(crate) fn run(store: &Store, words: &[&str]) -> (u8, String, String) {
    let words: Vec<&str> = ["store"].iter().chain(words).copied().collect();
    let printed = cli::capture(&Shop::empty_loader().store(store), words);
    (printed.code, printed.out, printed.err)
}

pub(crate) fn push(store: &Store, content: &str) -> (u8, String, String) {
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
    let expected = format!("push 1 is in {NAME} /shop/ @{pushed}\n");
    assert!(out.ends_with(&expected), "{out}");
    let (code, _, err) = push(&store, "SHOP_DB_POOL_SIZE=5000\n");
    assert_eq!(code, 78);
    assert!(err.contains("expected a value from 1 to 1000"), "{err}");
    assert_eq!(server.revision(), pushed, "nothing was written");
    let history = server.history();
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
