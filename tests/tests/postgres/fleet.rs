//! Instances that join a fleet, with the role `run`.

use crate::server::{LONG, Server, settings, store};
use settings_core::{
    Live, Settings,
    live::{Instance, TriggerGuard},
    remote::Store,
};
use std::{
    thread,
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
        let instance = Instance::new("shop").label("zone", "a").health(|| true);
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
