//! Instances that join a fleet with the role `run`, and rollouts by the role `push`.

use crate::server::{LONG, Server, settings, store};
use settings_core::{
    Live, Settings, cli,
    live::{Instance, TriggerGuard},
    remote::Store,
};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 10, reload)]
    db_pool_size: u32,
}

/// An instance of the program, in this process.
struct Process {
    live: Live<Shop>,
    _store: Store,
    fleet: Option<TriggerGuard>,
}

impl Process {
    fn start(server: &Server, role: &str) -> Self {
        let store = store(settings(&server.url_of(role, "hunter2")));
        let live = Shop::empty_loader().store(&store).live().unwrap();
        let seen = live.clone();
        let is_healthy = move || seen.current().db_pool_size <= 100;
        let instance = Instance::new("shop").label("zone", "a").health(is_healthy);
        let instance = instance.second(Duration::from_millis(20));
        let fleet = live.join_fleet(&store, instance).unwrap();
        Self {
            live,
            _store: store,
            fleet: Some(fleet),
        }
    }

    fn id(&self) -> String {
        self.live.status().fleet.unwrap().id
    }
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn statuses(server: &Server) -> String {
    server.sql("SELECT key FROM settings.control WHERE settings.is_live(prefix, key) ORDER BY key")
}

#[test]
fn instances_register_and_leave_with_a_role_that_writes_statuses_only() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    server.add_role("shop_run", "run");
    let mut processes = [(); 2].map(|()| Process::start(&server, "shop_run"));
    for process in &processes {
        until("it is registered", || !process.id().is_empty());
        assert_eq!(process.live.status().fleet.unwrap().error, None);
    }
    let mut expected: Vec<String> = processes
        .iter()
        .map(|process| format!("fleet/{}", process.id()))
        .collect();
    expected.sort();
    assert_eq!(statuses(&server), expected.join("\n"));

    let status = |id: &str| {
        server.sql(&format!(
            "SELECT value FROM settings.control WHERE key = 'fleet/{id}'"
        ))
    };
    server.put("db_pool_size", "26");
    for process in &processes {
        until("it is in force", || {
            process.live.current().db_pool_size == 26
        });
        let base = format!("\"base\":{}", server.revision());
        until("it is reported", || status(&process.id()).contains(&base));
        assert!(!status(&process.id()).contains("26,"), "never a value");
    }
    let id = processes[0].id();
    processes[0].fleet.take();
    until("it leaves", || status(&id).contains("leaving"));
    until("it has left", || !statuses(&server).contains(&id));
    assert!(statuses(&server).contains(&processes[1].id()));
}

#[test]
fn an_instance_whose_lease_has_ended_registers_anew() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    server.add_role("shop_run", "run");
    let process = Process::start(&server, "shop_run");
    until("it is registered", || !process.id().is_empty());
    let first = process.id();
    // Its connections are lost, and it is silent for longer than its lease.
    server.sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'shop_run';
         UPDATE settings.leases SET ends = clock_timestamp();",
    );
    assert_eq!(statuses(&server), "", "ended by the server's clock");
    until("it is registered anew", || {
        let id = process.id();
        !id.is_empty() && id != first
    });
    assert_eq!(statuses(&server), format!("fleet/{}", process.id()));
}

#[test]
fn a_process_that_may_not_write_runs_outside_the_fleet() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    server.add_role("shop_view", "view");
    let process = Process::start(&server, "shop_view");
    let error = || process.live.status().fleet.unwrap().error;
    until("it is refused", || error().is_some());
    let error = error().unwrap();
    assert!(error.contains("permission denied"), "{error}");
    server.put("db_pool_size", "26");
    until("it is in force", || {
        process.live.current().db_pool_size == 26
    });
}

/// Starts a rollout, and is its controller to its end. Returns the exit code and what it prints.
fn roll_out(server: &Server, content: &str) -> (u8, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("push.env");
    fs::write(&file, content).unwrap();
    let store = store(settings(&server.url_of("shop_push", "hunter2")));
    let loader = Shop::empty_loader().store(&store);
    let push = ["store", "push", file.to_str().unwrap(), "--yes"];
    let options = ["--rollout", "30%,100%", "--bake", "3s", "--spread", "0s"];
    let words = [&push[..], &options, &["--orphan", "1d"]].concat();
    let printed = cli::capture(&loader, words);
    (printed.code, printed.out + &printed.err)
}

#[test]
fn a_rollout_becomes_the_base_or_is_taken_back() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    server.add_role("shop_run", "run");
    server.add_role("shop_push", "push");
    let processes = [(); 3].map(|()| Process::start(&server, "shop_run"));
    for process in &processes {
        until("it is registered", || !process.id().is_empty());
    }
    let all_run = |size: u32| {
        let mut sizes = processes
            .iter()
            .map(|process| process.live.current().db_pool_size);
        sizes.all(|each| each == size)
    };
    let (code, printed) = roll_out(&server, "SHOP_DB_POOL_SIZE=30");
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains(" is done: 3 passed\n"), "{printed}");
    until("all run it", || all_run(30));

    let (code, printed) = roll_out(&server, "SHOP_DB_POOL_SIZE=500");
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("was aborted: 1 of 1 failed"), "{printed}");
    assert!(printed.contains("reverted"), "{printed}");
    until("all are on the base", || all_run(30));
    let base = "SELECT value FROM settings.keys WHERE key = 'db_pool_size'";
    assert_eq!(server.sql(base), "30");
}
