//! `settings store` on a real PostgreSQL.

use crate::{
    pushes::{push, run},
    server::{Server, store},
};
use std::thread;

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
