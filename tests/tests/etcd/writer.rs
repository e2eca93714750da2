//! Commits to a real etcd: lost answers, permissions, and more settings than conditions.

use crate::server::Server;
use settings_core::{
    SecretString,
    remote::{Commit, Engine, FaultKind, HEAD, Settled, StoreKey, StoreWrite, Writer},
};
use settings_etcd::{Etcd, EtcdSettings};
use std::{thread, time::Duration};

/// Longer than anything takes; only a test that fails waits for it.
const LONG: Duration = Duration::from_mins(1);

fn engine(server: &Server) -> (Etcd, Box<dyn Writer>) {
    let engine = Etcd::new(server.settings());
    let writer = engine.writer().unwrap();
    (engine, writer)
}

/// A commit that sets `key` on the present base and head.
fn commit(engine: &mut Etcd, writer: &mut dyn Writer, key: &str, value: &str) -> Commit {
    let head = writer.scan(HEAD, LONG).unwrap().values.remove(HEAD);
    Commit {
        base: engine.snapshot(LONG).unwrap().into(),
        head,
        new_head: format!("{key}={value}").into(),
        unchanged: Vec::new(),
        writes: vec![StoreWrite::put(StoreKey::Setting(key.to_owned()), value)],
    }
}

/// The answer of a commit to a frozen etcd is lost, and the commit may be applied when etcd goes on.
#[test]
fn a_lost_answer_is_settled() {
    let server = Server::start();
    server.put("a", "1");
    let (mut engine, mut writer) = engine(&server);
    for round in 0..3 {
        let value = format!("round {round}");
        let lost = commit(&mut engine, &mut *writer, "a", &value);
        server.freeze();
        let fault = writer.commit(&lost, Duration::from_secs(1)).unwrap_err();
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
fn a_user_who_may_only_read_cannot_commit() {
    let server = Server::start();
    server.put("a", "1");
    enable_users(&server, "read");
    let mut settings = server.settings();
    settings.username = Some("shop".to_owned());
    settings.password = Some(SecretString::from("hunter2"));
    let mut engine = Etcd::new(settings);
    let mut writer = engine.writer().unwrap();
    let refused = commit(&mut engine, &mut *writer, "a", "2");
    let fault = writer.commit(&refused, LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied, "{fault}");
    let snapshot = engine.snapshot(LONG).unwrap();
    assert_eq!(snapshot.values["a"].bytes(), b"1");
}

#[test]
fn above_a_hundred_settings_a_foreign_deletion_is_reported() {
    let server = Server::start();
    let keys: Vec<String> = (0..120).map(|number| format!("key/{number:03}")).collect();
    for keys in keys.chunks(60) {
        let changes: Vec<_> = keys.iter().map(|key| (key.as_str(), Some("1"))).collect();
        server.change(&changes);
    }
    let (mut engine, mut writer) = engine(&server);
    let deleted_too = commit(&mut engine, &mut *writer, "key/000", "2");
    server.change(&[("key/007", None)]);
    let committed = writer.commit(&deleted_too, LONG).unwrap();
    assert_eq!(committed.foreign_deletions, ["key/007"]);

    // A key that the commit writes is compared, as is every change and addition.
    for (key, value) in [
        ("key/000", None),
        ("key/001", Some("3")),
        ("new", Some("1")),
    ] {
        let conflicting = commit(&mut engine, &mut *writer, "key/000", "4");
        server.change(&[(key, value)]);
        let fault = writer.commit(&conflicting, LONG).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Conflict, "{key}: {fault}");
    }
}

#[test]
fn a_prefix_without_a_final_slash_has_no_writer() {
    let settings = EtcdSettings::new(["http://127.0.0.1:2379"], "shop.");
    assert!(Etcd::new(settings).writer().is_none());
}

/// Users with passwords: `shop` has this permission for its settings and control keys, `root` for everything.
fn enable_users(server: &Server, permission: &str) {
    for command in [
        "user add root:topsecret",
        "role add root",
        "user grant-role root root",
        "user add shop:hunter2",
        "role add shop",
        &format!("role grant-permission shop --prefix=true {permission} /shop"),
        "user grant-role shop shop",
        "auth enable",
    ] {
        let arguments: Vec<&str> = command.split(' ').collect();
        server.ctl(&arguments);
    }
}

/// A token that etcd no longer knows is renewed, and the call repeated once, since such a rejection wrote nothing.
#[test]
fn an_expired_token_is_renewed() {
    let mut server = Server::start();
    server.put("a", "1");
    enable_users(&server, "readwrite");
    let mut settings = server.settings();
    settings.username = Some("shop".to_owned());
    settings.password = Some(SecretString::from("hunter2"));
    let mut engine = Etcd::new(settings.clone());
    let mut writer = engine.writer().unwrap();
    let first = commit(&mut engine, &mut *writer, "a", "first");
    let revision = writer.commit(&first, LONG).unwrap().revision;

    // Disabling it makes etcd forget all tokens.
    let forget = |server: &Server| {
        server.ctl(&["--user", "root:topsecret", "auth", "disable"]);
        server.ctl(&["auth", "enable"]);
    };
    let second = commit(&mut engine, &mut *writer, "a", "second");
    forget(&server);
    let before = server.calls("Txn");
    let committed = writer.commit(&second, LONG).unwrap();
    assert_eq!(committed.revision, revision + 1, "it is written once");
    assert_eq!(server.calls("Txn") - before, 2, "it is repeated once");
    for _ in 0..2 {
        forget(&server);
        let lease = writer.grant(LONG, LONG).unwrap();
        forget(&server);
        writer.keep_alive(lease, LONG).unwrap();
        forget(&server);
        let status = StoreKey::Control("fleet/1".to_owned());
        writer.put(&status, b"up", Some(lease), LONG).unwrap();
        forget(&server);
        assert_eq!(writer.scan("fleet/", LONG).unwrap().values.len(), 1);
        forget(&server);
        writer.revoke(lease, LONG).unwrap();
        assert!(writer.scan("fleet/", LONG).unwrap().values.is_empty());
    }

    // A restart forgets them too.
    let third = commit(&mut engine, &mut *writer, "a", "third");
    server.kill();
    server.run();
    // The old connection may break in the middle of the first call.
    while let Err(fault) = writer.settle(&third, LONG) {
        assert_ne!(fault.kind(), FaultKind::PermissionDenied, "{fault}");
    }

    // With a new token it is still refused, after one more attempt.
    let refused = commit(&mut engine, &mut *writer, "a", "refused");
    server.ctl(&[
        "--user",
        "root:topsecret",
        "user",
        "revoke-role",
        "shop",
        "shop",
    ]);
    let before = server.calls("Txn");
    let fault = writer.commit(&refused, LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied, "{fault}");
    assert!(server.calls("Txn") - before <= 2);
}
