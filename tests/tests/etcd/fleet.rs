//! Rollouts on a real etcd: instances that pass, reject, fail and may not write, and controllers that are killed.

use crate::server::{PREFIX, Server};
use settings_core::{
    Live, SecretString, Settings, cli,
    live::{Instance, InstanceState, TriggerGuard},
    remote::{Store, StoreState},
};
use settings_tests::servers;
use std::{
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A second of an instance.
pub(crate) const SECOND: Duration = Duration::from_millis(20);
/// Longer than anything takes; only a test that fails waits for it.
const LONG: Duration = Duration::from_mins(2);

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
pub(crate) struct Shop {
    #[settings(default = 10, range(1..=1000), reload)]
    pub(crate) pool: u32,
    #[settings(reload)]
    token: Option<SecretString>,
}

pub(crate) struct Process {
    pub(crate) live: Live<Shop>,
    store: Store,
    guard: Option<TriggerGuard>,
}

/// An instance that accepts a pool of up to `accepted`, and is healthy with one of up to `healthy`.
pub(crate) fn process(store: Store, accepted: u32, healthy: u32) -> Process {
    let loader = Shop::empty_loader().store(&store);
    let loader = loader.approve(move |shop: &Shop, _: &[&str]| match shop.pool > accepted {
        true => Err("too many"),
        false => Ok(()),
    });
    let live = loader.live().unwrap();
    let seen = live.clone();
    let health = move || seen.current().pool <= healthy;
    let instance = Instance::new("shop").health(health).second(SECOND);
    let guard = live.join_fleet(&store, instance).unwrap();
    let process = Process {
        live,
        store,
        guard: Some(guard),
    };
    until("it registers", || {
        let fleet = process.fleet();
        !fleet.0.is_empty() || fleet.2.is_some()
    });
    process
}

impl Process {
    pub(crate) fn fleet(&self) -> (String, InstanceState, Option<String>) {
        let fleet = self.live.status().fleet.unwrap();
        (fleet.id, fleet.state, fleet.error)
    }

    pub(crate) fn state_of_store(&self) -> StoreState {
        self.store.status().state
    }

    pub(crate) fn pool(&self) -> u32 {
        self.live.current().pool
    }
}

pub(crate) fn start<const N: usize>(server: &Server) -> [Process; N] {
    [(); N].map(|()| process(server.store(), 1000, 1000))
}

pub(crate) fn run(store: &Store, words: &[&str]) -> (u8, String, String) {
    let words: Vec<&str> = ["store"].iter().chain(words).copied().collect();
    let printed = cli::capture(&Shop::empty_loader().store(store), words);
    (printed.code, printed.out, printed.err)
}

pub(crate) fn roll_out(store: &Store, content: &str, options: &[&str]) -> (u8, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("push.env");
    fs::write(&file, content).unwrap();
    let push = [
        "push",
        file.to_str().unwrap(),
        "--yes",
        "--bake",
        "3s",
        "--spread",
        "0s",
    ];
    run(store, &[&push, options].concat())
}

#[track_caller]
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Longer than the instances of a test count.
const PATIENT: [&str; 4] = ["--orphan", "1d", "--rollout", "30%,100%"];

#[test]
fn a_good_change_becomes_the_base() {
    let server = Server::start();
    server.put("pool", "25");
    let instances: [Process; 3] = start(&server);
    let store = server.store();
    let (code, out, err) = roll_out(&store, "SHOP_POOL=30\nSHOP_TOKEN=hunter2", &PATIENT);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.ends_with(" of push 1 is done: 3 passed\n"), "{out}");
    until("all run it", || {
        instances.iter().all(|instance| instance.pool() == 30)
    });
    let revision = server.revision().to_string();
    let fleet = run(&store, &["fleet", "--wait", &revision, "--timeout", "1ms"]);
    assert_eq!(fleet.0, 1, "a status is no revision of the settings");
    let log = run(&store, &["log", "--changes"]).1;
    assert!(log.contains("pool: \"25\" -> \"30\""), "{log}");
    let control = || server.ctl(&["get", "--prefix", "/shop@", "--print-value-only"]);
    until("all report the base", || {
        control().matches(r#""state":"base""#).count() == 3
    });
    let control = control();
    assert!(!control.contains("hunter2"), "{control}");
    let rollout = server.ctl(&["get", "/shop/@rollout", "--print-value-only"]);
    assert!(!rollout.contains("hunter2"), "{rollout}");
}

#[test]
fn a_change_that_is_rejected_or_makes_unhealthy_is_taken_back() {
    let server = Server::start();
    server.put("pool", "25");
    let store = server.store();
    let picky = process(server.store(), 100, 1000);
    let (code, out, _) = roll_out(&store, "SHOP_POOL=500", &PATIENT);
    assert_eq!(code, 1);
    assert!(
        out.contains("was aborted: 1 of 1 failed") && out.contains("rejected"),
        "{out}"
    );
    assert_eq!(picky.pool(), 25);
    drop(picky);
    until("it is gone", || {
        !run(&store, &["fleet"]).1.contains("shop  ")
    });

    let fragile = process(server.store(), 1000, 100);
    let (code, out, _) = roll_out(&store, "SHOP_POOL=500", &PATIENT);
    assert_eq!(code, 1);
    assert!(out.contains("reverted"), "{out}");
    assert_eq!(fragile.pool(), 25);
    let base = server.ctl(&["get", "/shop/pool", "--print-value-only"]);
    assert_eq!(base.trim(), "25");
}

/// `--detach` is a controller that was killed as soon as it had begun.
#[test]
fn without_a_controller_instances_go_back_or_another_one_takes_over() {
    let server = Server::start();
    server.put("pool", "25");
    let [instance] = start(&server);
    let store = server.store();
    let options = ["--detach", "--rollout", "100%", "--orphan", "10s"];
    assert_eq!(roll_out(&store, "SHOP_POOL=30", &options).0, 0);
    until("it tries", || instance.pool() == 30);
    until("it goes back", || {
        instance.fleet().1 == InstanceState::Orphaned
    });
    assert_eq!(instance.pool(), 25);
    // Before that, a controller would see an instance that has passed.
    until("it reports so", || {
        let statuses = server.ctl(&["get", "--prefix", "/shop@fleet/", "--print-value-only"]);
        statuses.contains(r#""state":"orphaned""#)
    });
    let (code, out, _) = run(&store, &["rollout", "run"]);
    assert_eq!(code, 1);
    assert!(out.contains("orphaned"), "{out}");

    let options = ["--detach", "--orphan", "1d", "--rollout", "100%"];
    assert_eq!(roll_out(&store, "SHOP_POOL=31", &options).0, 0);
    let (code, out, err) = run(&store, &["rollout", "run"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    until("it runs it", || instance.pool() == 31);
}

/// What the controller in another process knows of the settings.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Clustered {
    #[settings(default = 10, reload)]
    db_pool_size: u32,
}

/// A rollout whose controller is a process of its own, and its only instance. The bake is long enough to stop the
/// controller in the middle of it.
fn controlled(server: &Server) -> (Live<Clustered>, Store, TriggerGuard, Child) {
    server.put("db_pool_size", "25");
    let store = server.store();
    let live = Clustered::empty_loader().store(&store).live().unwrap();
    let instance = Instance::new("shop").health(|| true).second(SECOND);
    let guard = live.join_fleet(&store, instance).unwrap();
    until("it registers", || {
        !live.status().fleet.unwrap().id.is_empty()
    });
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("push.env");
    fs::write(&file, "SHOP_DB_POOL_SIZE=30").unwrap();
    let mut controller = Command::new(env!("CARGO_BIN_EXE_clustered"));
    controller
        .env("SHOP_ETCD_ENDPOINTS", server.endpoint())
        .env("SHOP_ETCD_PREFIX", PREFIX)
        .args(["settings", "store", "push"])
        .arg(&file)
        .args(["--yes", "--rollout", "100%", "--bake", "500s"])
        .args(["--spread", "0s", "--orphan", "1d"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let controller = controller.spawn().unwrap();
    until("it tries", || live.current().db_pool_size == 30);
    (live, store, guard, controller)
}

/// Takes the rollout over, and follows it to its end.
fn take_over(store: &Store) -> (u8, String) {
    let loader = Clustered::empty_loader().store(store);
    let printed = cli::capture(&loader, ["store", "rollout", "run"]);
    (printed.code, printed.out + &printed.err)
}

#[test]
fn another_controller_takes_over_from_one_that_was_killed() {
    let server = Server::start();
    let (live, store, _guard, mut controller) = controlled(&server);
    controller.kill().unwrap();
    controller.wait().unwrap();
    let (code, printed) = take_over(&store);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains(" is done: 1 passed\n"), "{printed}");
    assert_eq!(live.current().db_pool_size, 30);
}

#[test]
fn a_controller_that_was_paused_can_write_nothing_once_another_has_taken_over() {
    let server = Server::start();
    let (live, store, _guard, controller) = controlled(&server);
    servers::freeze(controller.id());
    let (code, printed) = take_over(&store);
    assert_eq!(code, 0, "{printed}");
    // Not the statuses, which the instance writes.
    let written = || {
        let all = ["/shop/", "/shop@control/", "/shop@history/"];
        all.map(|prefix| server.ctl(&["get", "--prefix", prefix]))
    };
    let before = written();
    servers::thaw(controller.id());
    let output = controller.wait_with_output().unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    if output.status.success() {
        // It was paused in the middle of a step, and reads what the other one has done.
        assert!(printed.contains(" of push 1 is done"), "{printed}");
    } else {
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains("the lock was lost\n"), "{printed}");
        assert!(printed.ends_with(" is done already\n"), "{printed}");
    }
    assert_eq!(written(), before);
    assert_eq!(live.current().db_pool_size, 30);
}

#[test]
fn an_abort_a_deleted_key_and_a_change_by_hand_end_a_rollout() {
    let server = Server::start();
    server.put("pool", "25");
    let [instance] = start(&server);
    let store = server.store();
    let options = ["--detach", "--orphan", "1d", "--rollout", "100%"];
    let begin = |pool: u32| {
        let content = format!("SHOP_POOL={pool}");
        assert_eq!(roll_out(&store, &content, &options).0, 0);
        until("it tries", || instance.pool() == pool);
    };
    begin(30);
    assert_eq!(run(&store, &["rollout", "abort"]).0, 0);
    until("it goes back", || instance.pool() == 25);
    begin(31);
    server.ctl(&["del", "/shop/@rollout"]);
    until("it goes back", || instance.pool() == 25);
    begin(32);
    server.put("pool", "26");
    until("the hotfix wins", || instance.pool() == 26);
    let (code, out, _) = run(&store, &["rollout", "run"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("was aborted: settings were changed by something else"),
        "{out}"
    );
}

#[test]
fn a_rollout_survives_a_restart_of_etcd() {
    let mut server = Server::start();
    server.put("pool", "25");
    let [instance] = start(&server);
    let store = server.store();
    let options = ["--detach", "--orphan", "1d", "--rollout", "100%"];
    assert_eq!(roll_out(&store, "SHOP_POOL=30", &options).0, 0);
    until("it tries", || instance.pool() == 30);
    server.kill();
    until("its death is noticed", || {
        instance.store.status().state == StoreState::Unavailable
    });
    assert_eq!(instance.pool(), 30, "it is supervised by its own clock");
    server.run();
    until("it is connected", || {
        instance.store.status().state == StoreState::Connected
    });
    let (code, out, err) = run(&store, &["rollout", "run"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert_eq!(instance.pool(), 30);
}

/// The roles of the guide.
#[test]
fn roles_separate_instances_from_those_who_push() {
    let server = Server::start();
    server.put("pool", "25");
    for command in [
        "user add root:topsecret",
        "role add root",
        "user grant-role root root",
        "user add run:hunter2",
        "user add push:hunter2",
        "user add view:hunter2",
        "role add run",
        "role grant-permission run read /shop/ /shop0",
        "role grant-permission run readwrite /shop@fleet/ /shop@fleet0",
        "role add push",
        "role grant-permission push readwrite /shop/ /shop0",
        "role grant-permission push readwrite /shop@ /shopA",
        "role add view",
        "role grant-permission view read /shop/ /shop0",
        "role grant-permission view read /shop@ /shopA",
        "user grant-role run run",
        "user grant-role push push",
        "user grant-role view view",
        "auth enable",
    ] {
        let arguments: Vec<&str> = command.split(' ').collect();
        server.ctl(&arguments);
    }
    let store = |user: &str| {
        let mut settings = server.settings();
        settings.username = Some(user.to_owned());
        settings.password = Some(SecretString::from("hunter2"));
        settings.store().start()
    };
    let viewer = process(store("view"), 1000, 1000);
    assert_eq!(
        viewer.fleet().2.as_deref(),
        Some("etcdserver: permission denied")
    );
    let instance = process(store("run"), 1000, 1000);
    assert_eq!(instance.fleet().2, None);
    for user in ["run", "view"] {
        let (code, _, err) = roll_out(&store(user), "SHOP_POOL=30", &PATIENT);
        assert_eq!(code, 75, "{user}: {err}");
        assert!(err.contains("permission denied"), "{user}: {err}");
    }
    assert!(run(&store("view"), &["fleet"]).1.contains("shop  "));
    let (code, out, err) = roll_out(&store("push"), "SHOP_POOL=30", &PATIENT);
    assert_eq!((code, &*err), (0, ""), "{out}");
    until("both run it", || {
        instance.pool() == 30 && viewer.pool() == 30
    });
}

#[test]
fn an_instance_that_leaves_is_not_lost() {
    let server = Server::start();
    server.put("pool", "25");
    let [mut instance] = start(&server);
    let id = instance.fleet().0;
    drop(instance.guard.take());
    let key = format!("/shop@fleet/{id}");
    let status = server.ctl(&["get", &key, "--print-value-only"]);
    assert!(status.contains(r#""state":"leaving""#), "");
    until("its row ends", || server.ctl(&["get", &key]).is_empty());
}
