//! Roles of etcd for instances, for CI and for viewers, as the guide describes them.

use crate::server::Server;
use settings_core::{
    SecretString, Settings, cli,
    remote::{Commit, Engine, Fault, FaultKind, StoreKey, StoreWrite, Writer},
};
use settings_etcd::{Etcd, EtcdSettings};
use std::{fmt::Debug, time::Duration};

/// Longer than anything takes; only a test that fails waits for it.
const LONG: Duration = Duration::from_mins(1);

/// The commands of the guide.
const GUIDE: &str = include_str!("../../../settings-core/docs/guide.md");

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 8, reload)]
    workers: u32,
}

/// Starts a server with the roles of the guide, and a user for each, whose name is that of the role.
fn server_with_roles() -> Server {
    let server = Server::start();
    server.put("workers", "8");
    let recipe = GUIDE
        .lines()
        .filter(|line| line.starts_with("etcdctl role "));
    let recipe: Vec<&str> = recipe.collect();
    assert_eq!(recipe.len(), 9, "{recipe:?}");
    let mut commands: Vec<String> = Vec::new();
    for command in recipe {
        commands.push(command["etcdctl ".len()..].to_owned());
    }
    for user in ["run", "push", "view"] {
        commands.push(format!("user add {user}:hunter2"));
        commands.push(format!("user grant-role {user} {user}"));
    }
    for command in [
        "user add root:topsecret",
        "role add root",
        "user grant-role root root",
        "auth enable",
    ] {
        commands.push(command.to_owned());
    }
    for command in commands {
        let arguments: Vec<&str> = command.split_whitespace().collect();
        server.ctl(&arguments);
    }
    server
}

fn settings(server: &Server, user: &str) -> EtcdSettings {
    let mut settings = server.settings();
    settings.username = Some(user.to_owned());
    settings.password = Some(SecretString::from("hunter2"));
    settings
}

fn as_user(server: &Server, user: &str) -> (Etcd, Box<dyn Writer>) {
    let engine = Etcd::new(settings(server, user));
    let writer = engine.writer().unwrap();
    (engine, writer)
}

fn run(server: &Server, user: &str, words: &[&str]) -> (u8, String, String) {
    let store = settings(server, user).store().start();
    let words: Vec<&str> = ["store"].iter().chain(words).copied().collect();
    let printed = cli::capture(&Shop::empty_loader().store(&store), words);
    (printed.code, printed.out, printed.err)
}

fn setting(key: &str) -> StoreKey {
    StoreKey::Setting(key.to_owned())
}

fn control(key: &str) -> StoreKey {
    StoreKey::Control(key.to_owned())
}

#[track_caller]
fn assert_denied<T: Debug>(done: Result<T, Fault>) {
    let fault = done.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::PermissionDenied, "{fault}");
}

#[test]
fn an_instance_reads_the_settings_and_writes_statuses_only() {
    let server = server_with_roles();
    let (mut engine, mut instance) = as_user(&server, "run");
    let base = engine.snapshot(LONG).unwrap();
    assert_eq!(base.values["workers"].bytes(), b"8");
    let lease = instance.grant(Duration::from_mins(10), LONG).unwrap();
    instance
        .put(&control("fleet/1"), b"up", Some(lease), LONG)
        .unwrap();
    instance.keep_alive(lease, LONG).unwrap();
    assert_eq!(instance.scan("fleet/", LONG).unwrap().values.len(), 1);

    for key in [
        setting("workers"),
        setting("@rollout"),
        setting("@pulse"),
        control("control/head"),
        control("control/lock"),
        control("history/0000000001"),
        control("fleetless"),
    ] {
        assert_denied(instance.put(&key, b"1", None, LONG));
    }
    assert_denied(instance.scan("history/", LONG));
    assert_denied(instance.scan("control/", LONG));
    let commit = Commit {
        base: base.into(),
        head: None,
        new_head: b"forged".into(),
        unchanged: Vec::new(),
        writes: vec![StoreWrite::put(setting("workers"), "1")],
    };
    assert_denied(instance.commit(&commit, LONG));
    assert_denied(instance.settle(&commit, LONG));

    // Nor does it end the lock of a controller.
    let (_, mut controller) = as_user(&server, "push");
    let lock = controller.grant(Duration::from_mins(10), LONG).unwrap();
    controller
        .put(&control("control/lock"), b"me", Some(lock), LONG)
        .unwrap();
    assert_denied(instance.revoke(lock, LONG));
    assert_eq!(
        controller.scan("control/lock", LONG).unwrap().values.len(),
        1
    );
    instance.revoke(lease, LONG).unwrap();
    assert!(controller.scan("fleet/", LONG).unwrap().values.is_empty());
}

#[test]
fn who_pushes_may_write_everything_below_the_prefix_and_nothing_else() {
    let server = server_with_roles();
    let (code, out, err) = run(&server, "push", &["set", "workers", "16", "--yes"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("push 1 is in etcd /shop/"), "{out}");
    assert_eq!(run(&server, "push", &["rollback", "--yes"]).0, 0);
    let (mut engine, mut pusher) = as_user(&server, "push");
    pusher.put(&setting("@rollout"), b"{}", None, LONG).unwrap();
    assert_eq!(
        engine.snapshot(LONG).unwrap().values["workers"].bytes(),
        b"8"
    );
    let mut other = settings(&server, "push");
    other.prefix = "/shopping/".to_owned();
    let mut other = Etcd::new(other);
    assert_denied(other.snapshot(LONG));
    assert_denied(other.writer().unwrap().put(&setting("a"), b"1", None, LONG));
}

#[test]
fn a_viewer_reads_everything_and_writes_nothing() {
    let server = server_with_roles();
    assert_eq!(
        run(&server, "push", &["set", "workers", "16", "--yes"]).0,
        0
    );
    let (code, out, err) = run(&server, "view", &["get"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("push 1"), "{out}");
    let (code, out, _) = run(&server, "view", &["log"]);
    assert!(code == 0 && out.starts_with("push 1 "), "{out}");
    let (code, _, err) = run(&server, "view", &["set", "workers", "32", "--yes"]);
    assert_eq!(code, 75);
    assert!(
        err.contains("etcd /shop/: etcdserver: permission denied"),
        "{err}"
    );

    let (mut engine, mut viewer) = as_user(&server, "view");
    assert_eq!(
        engine.snapshot(LONG).unwrap().values["workers"].bytes(),
        b"16"
    );
    assert_eq!(viewer.scan("", LONG).unwrap().values.len(), 2);
    for key in [
        setting("workers"),
        setting("@rollout"),
        control("fleet/1"),
        control("control/lock"),
    ] {
        assert_denied(viewer.put(&key, b"1", None, LONG));
    }
}
