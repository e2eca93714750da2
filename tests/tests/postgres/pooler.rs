//! PostgreSQL behind `PgBouncer`, which drops `LISTEN` in the mode `transaction`.

use crate::{
    server::{
        LONG, Server, as_postgres, chown, directory, held, is_connected, settings, store, until,
        wait_for_port,
    },
    writer::{commit, control, setting},
};
use settings_core::remote::{Engine, FaultKind, Settled, StoreState};
use settings_postgres::Postgres;
use settings_tests::servers::free_port;
use std::{
    fs,
    process::Child,
    time::{Duration, Instant},
};
use tempfile::TempDir;

struct PgBouncer {
    process: Child,
    port: u16,
    _dir: TempDir,
}

impl PgBouncer {
    /// Starts one with a single connection to the server, which all clients share.
    fn start(server: &Server) -> Self {
        let (dir, port) = (directory(), free_port());
        let configuration = format!(
            "[databases]
             postgres = host=127.0.0.1 port={} user=postgres dbname=postgres
             [pgbouncer]
             listen_addr = 127.0.0.1
             listen_port = {port}
             unix_socket_dir =
             auth_type = any
             pool_mode = transaction
             default_pool_size = 1
             max_client_conn = 1000
             server_login_retry = 1
             logfile = {}
             ",
            server.port(),
            dir.path().join("log").display()
        );
        let lines: Vec<&str> = configuration.lines().map(str::trim).collect();
        let configuration = lines.join("\n");
        let file = dir.path().join("pgbouncer.ini");
        fs::write(&file, configuration).unwrap();
        chown(&file);
        let process = as_postgres("pgbouncer")
            .arg("-q")
            .arg(&file)
            .spawn()
            .unwrap();
        wait_for_port(port);
        Self {
            process,
            port,
            _dir: dir,
        }
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_change_is_noticed_within_half_a_heartbeat_though_notifications_are_dropped() {
    let server = Server::start();
    server.put("a", "0");
    let pooler = PgBouncer::start(&server);
    let stores: Vec<_> = (0..5).map(|_| store(settings(&pooler.url()))).collect();
    for store in &stores {
        until("it is read", store, || held(store) == ["a=0"]);
    }
    for value in 1..=3 {
        server.put("a", &value.to_string());
        let began = Instant::now();
        let expected = format!("a={value}");
        for store in &stores {
            until("it is changed", store, || {
                held(store) == [expected.as_str()]
            });
        }
        println!("all have it after {:?}", began.elapsed());
    }
    server.change(&[("a", None), ("b", Some("1"))]);
    for store in &stores {
        until("the deletion is seen", store, || held(store) == ["b=1"]);
        assert_eq!(
            (store.status().state, store.status().faults),
            (StoreState::Connected, 0),
            "{store:?}"
        );
    }
    let connections =
        server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'settings'");
    assert_eq!(connections, "1", "five stores share one connection");
}

#[test]
fn many_instances_share_one_connection() {
    const INSTANCES: usize = 300;
    let server = Server::start();
    server.put("a", "0");
    let pooler = PgBouncer::start(&server);
    let began = Instant::now();
    let stores: Vec<_> = (0..INSTANCES)
        .map(|_| {
            let mut settings = settings(&pooler.url());
            settings.heartbeat = Duration::from_secs(10);
            store(settings)
        })
        .collect();
    let all = |what: &str, expected: &str| {
        for store in &stores {
            until(what, store, || held(store) == [expected]);
        }
    };
    all("it is read", "a=0");
    println!("{INSTANCES} stores have read after {:?}", began.elapsed());
    server.put("a", "1");
    let began = Instant::now();
    all("it is changed", "a=1");
    println!("all have the change after {:?}", began.elapsed());
    for store in &stores {
        assert_eq!(
            (store.status().faults, store.status().changes),
            (0, 1),
            "{store:?}"
        );
    }
}

#[test]
fn a_writer_behind_a_pooler_commits_and_holds_leases() {
    let server = Server::start();
    server.put("a", "1");
    let pooler = PgBouncer::start(&server);
    let mut engine = Postgres::new(settings(&pooler.url()));
    let mut writers = [engine.writer().unwrap(), engine.writer().unwrap()];
    let first = commit(&mut engine, &mut *writers[0], "a", "2");
    writers[0].commit(&first, LONG).unwrap();
    let fault = writers[1].commit(&first, LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Conflict, "{fault}");
    assert_eq!(writers[1].settle(&first, LONG), Ok(Settled::Applied));
    let lease = writers[0].grant(Duration::from_mins(10), LONG).unwrap();
    writers[0]
        .put(&control("fleet/1"), b"up", Some(lease), LONG)
        .unwrap();
    // No lock and no setting of a session is left behind for the next client.
    let fault = writers[1]
        .put(&setting("a"), b"\0", None, LONG)
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Unsupported);
    writers[1].keep_alive(lease, LONG).unwrap();
    writers[1].revoke(lease, LONG).unwrap();
    assert!(writers[0].scan("fleet/", LONG).unwrap().values.is_empty());
}

#[test]
fn a_restart_behind_a_pooler_is_followed() {
    let mut server = Server::start();
    server.put("a", "1");
    let pooler = PgBouncer::start(&server);
    let store = store(settings(&pooler.url()));
    until("it is read", &store, || held(&store) == ["a=1"]);
    server.kill();
    until("it is unavailable", &store, || {
        store.status().state == StoreState::Unavailable
    });
    server.run();
    server.put("a", "2");
    until("it is changed", &store, || held(&store) == ["a=2"]);
    until("it is connected", &store, || is_connected(&store));
}
