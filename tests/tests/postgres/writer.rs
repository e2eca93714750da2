//! Commits to a real PostgreSQL: lost answers, locks, and what is no text.

use crate::{
    proxy::{Loses, Proxy},
    server::{LONG, PREFIX, Server, settings},
};
use settings_core::remote::{
    Commit, Engine, FaultKind, HEAD, Settled, StoreKey, StoreWrite, Writer,
};
use settings_postgres::{Postgres, PostgresSettings};
use std::{
    thread,
    time::{Duration, Instant},
};

pub(crate) fn setting(key: &str) -> StoreKey {
    StoreKey::Setting(key.to_owned())
}

pub(crate) fn control(key: &str) -> StoreKey {
    StoreKey::Control(key.to_owned())
}

fn engine(settings: PostgresSettings) -> (Postgres, Box<dyn Writer>) {
    let engine = Postgres::new(settings);
    let writer = engine.writer().unwrap();
    (engine, writer)
}

/// A commit that sets `key` on the present base and head.
pub(crate) fn commit(
    engine: &mut Postgres,
    writer: &mut dyn Writer,
    key: &str,
    value: &str,
) -> Commit {
    let head = writer.scan(HEAD, LONG).unwrap().values.remove(HEAD);
    Commit {
        base: engine.snapshot(LONG).unwrap().into(),
        head,
        new_head: format!("{key}={value}").into(),
        unchanged: Vec::new(),
        writes: vec![StoreWrite::put(setting(key), value)],
    }
}

/// Whether the commit is applied is decided, and correctly, whichever way was lost.
#[test]
fn a_lost_answer_is_settled() {
    let server = Server::start();
    server.put("a", "1");
    let proxy = Proxy::start(server.port());
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", proxy.port());
    // Only the writer, since a notification for the engine is an answer too.
    let (_, mut writer) = engine(settings(&url));
    let mut engine = Postgres::new(server.settings());
    for (lost, expected) in [
        (Loses::Answer, Settled::Applied),
        (Loses::Request, Settled::NotApplied),
        (Loses::Answer, Settled::Applied),
    ] {
        let value = format!("{expected:?} {}", server.revision());
        let commit = commit(&mut engine, &mut *writer, "a", &value);
        proxy.lose(lost);
        let fault = writer.commit(&commit, LONG).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Uncertain, "{fault}");
        assert_eq!(writer.settle(&commit, LONG), Ok(expected));
        assert_eq!(
            writer.settle(&commit, LONG),
            Ok(expected),
            "it stays decided"
        );
        let snapshot = engine.snapshot(LONG).unwrap();
        let is_applied = snapshot.values["a"].bytes() == value.as_bytes();
        assert_eq!(is_applied, expected == Settled::Applied);
    }
}

/// The answer of a commit to a frozen server is lost, and the commit may be applied when the server goes on.
#[test]
fn a_commit_to_a_frozen_server_is_settled() {
    let server = Server::start();
    server.put("a", "1");
    let (mut engine, mut writer) = engine(server.settings());
    for round in 0..3 {
        let value = format!("round {round}");
        let lost = commit(&mut engine, &mut *writer, "a", &value);
        server.freeze();
        let fault = writer
            .commit(&lost, Duration::from_millis(900))
            .unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Uncertain, "{fault}");
        server.thaw();
        let settled = writer.settle(&lost, LONG).unwrap();
        thread::sleep(Duration::from_millis(500));
        let snapshot = engine.snapshot(LONG).unwrap();
        let is_applied = snapshot.values["a"].bytes() == value.as_bytes();
        assert_eq!(is_applied, settled == Settled::Applied, "{settled:?}");
    }
}

#[test]
fn a_transaction_that_stays_open_blocks_a_commit_for_its_deadline_only() {
    let server = Server::start();
    server.put("a", "1");
    let (mut engine, mut writer) = engine(server.settings());
    let blocked = commit(&mut engine, &mut *writer, "a", "2");
    thread::scope(|scope| {
        let open = scope.spawn(|| {
            server.sql("BEGIN; UPDATE settings.keys SET value = '3'; SELECT pg_sleep(4); ROLLBACK;")
        });
        while server.statements("pg_sleep(4)") == 0 {
            thread::sleep(Duration::from_millis(10));
        }
        // The statement is logged when it begins.
        let began = Instant::now();
        let fault = writer.commit(&blocked, Duration::from_secs(1)).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(3));
        assert!(
            matches!(fault.kind(), FaultKind::Unresponsive | FaultKind::Uncertain),
            "{:?}: {fault}",
            fault.kind()
        );
        assert!(engine.snapshot(LONG).is_ok(), "readers are not blocked");
        open.join().unwrap();
    });
    assert_eq!(writer.settle(&blocked, LONG), Ok(Settled::NotApplied));
}

/// A change by hand locks a row before the prefix, and a commit the prefix before the row. PostgreSQL ends one of the two.
#[test]
fn a_deadlock_with_a_change_by_hand_is_a_conflict_for_one_of_them() {
    let server = Server::start();
    server.put("a", "1");
    let (mut engine, mut writer) = engine(server.settings());
    let change = commit(&mut engine, &mut *writer, "a", "pushed");
    let (committed, by_hand) = thread::scope(|scope| {
        let by_hand = scope.spawn(|| {
            server.try_sql(
                "BEGIN; SELECT FROM settings.keys FOR UPDATE; SELECT pg_sleep(1.5);
                 UPDATE settings.keys SET value = 'by hand'; COMMIT;",
            )
        });
        while server.statements("pg_sleep(1.5)") == 0 {
            thread::sleep(Duration::from_millis(10));
        }
        let committed = writer.commit(&change, LONG);
        (committed, by_hand.join().unwrap())
    });
    let value = server.sql("SELECT value FROM settings.keys");
    match (committed, by_hand) {
        (Ok(_), Err(error)) => {
            assert!(error.contains("deadlock detected"), "{error}");
            assert_eq!(value, "pushed");
        }
        (Err(fault), Ok(_)) => {
            assert_eq!(fault.kind(), FaultKind::Conflict, "{fault}");
            assert_eq!(fault.to_string(), "a setting was changed at the same time");
            assert_eq!(value, "by hand");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_foreign_deletion_is_a_conflict_however_many_settings_there_are() {
    let server = Server::start();
    server.sql("INSERT INTO settings.keys SELECT '/shop/', 'key/' || n, '1' FROM generate_series(1, 999) n");
    let (mut engine, mut writer) = engine(server.settings());
    let conflicting = commit(&mut engine, &mut *writer, "key/1", "2");
    server.change(&[("key/7", None)]);
    let fault = writer.commit(&conflicting, LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Conflict, "{fault}");
    assert_eq!(fault.to_string(), "a setting was changed in the meantime");
    let fitting = commit(&mut engine, &mut *writer, "key/1", "2");
    let committed = writer.commit(&fitting, LONG).unwrap();
    assert!(committed.foreign_deletions.is_empty());
}

#[test]
fn two_writers_at_the_same_time_conflict_and_none_is_lost() {
    let server = Server::start();
    server.put("a", "0");
    let applied: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let (mut engine, mut writer) = engine(server.settings());
                    let mut applied = 0;
                    for _ in 0..20 {
                        let base = engine.snapshot(LONG).unwrap();
                        let held = String::from_utf8_lossy(base.values["a"].bytes()).into_owned();
                        let next = (held.parse::<usize>().unwrap() + 1).to_string();
                        let mut commit = commit(&mut engine, &mut *writer, "a", &next);
                        commit.base = base.into();
                        match writer.commit(&commit, LONG) {
                            Ok(_) => applied += 1,
                            Err(fault) => assert_eq!(fault.kind(), FaultKind::Conflict, "{fault}"),
                        }
                    }
                    applied
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(
        server.sql("SELECT value FROM settings.keys"),
        applied.to_string()
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let server = Server::start();
    let (_, mut writer) = engine(server.settings());
    for value in [&b"\xff"[..], b"a\0b"] {
        let fault = writer.put(&setting("a"), value, None, LONG).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Unsupported);
        assert_eq!(
            fault.to_string(),
            "a is not text: PostgreSQL stores UTF-8 without NUL"
        );
    }
}

#[test]
fn a_prefix_without_a_final_slash_has_no_writer() {
    let settings = PostgresSettings::new("postgres://shop@localhost/shop", "shop.");
    assert!(Postgres::new(settings).writer().is_none());
    let settings = PostgresSettings::new("postgres://shop@localhost/shop", "/shop");
    let engine = Postgres::new(settings);
    assert!(engine.writer().is_some());
    assert_eq!(engine.describe(), format!("postgres {PREFIX}"));
}

/// An idle connection that the server has closed costs no uncertain commit.
#[test]
fn a_commit_after_a_restart_connects_anew() {
    let mut server = Server::start();
    server.put("a", "1");
    let (mut engine, mut writer) = engine(server.settings());
    let commit = commit(&mut engine, &mut *writer, "a", "2");
    server.kill();
    server.run();
    thread::sleep(Duration::from_millis(1100));
    writer.commit(&commit, LONG).unwrap();
}
