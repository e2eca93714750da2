//! Settings from a PostgreSQL that fails in various ways.

use crate::server::{LONG, Server, held, is_connected, settings, store, until};
use settings_core::{
    Settings,
    remote::{Engine, FaultKind, ServedFrom, StoreState},
};
use settings_postgres::Postgres;
use snapbox::{assert_data_eq, str};
use std::{
    thread,
    time::{Duration, Instant},
};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = 10, range(1..=1000), reload)]
    db_pool_size: u32,
}

#[test]
fn an_origin_names_the_prefix_and_the_key() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let store = server.store();
    let shop = Shop::empty_loader().store(&store).load().unwrap();
    let revision = server.revision();
    assert_eq!(
        shop.origin("db_pool_size").unwrap().to_string(),
        format!("postgres /shop/db_pool_size @{revision}")
    );
    server.put("db_pool_size", "5000");
    until("it is changed", &store, || {
        store.status().revision == Some(server.revision())
    });
    let error = Shop::empty_loader().store(&store).load().unwrap_err();
    let expected = "db_pool_size: expected a value from 1 to 1000, found \"5000\" in postgres /shop/db_pool_size @";
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn live_settings_follow_changes_and_deletions() {
    let server = Server::start();
    server.put("db_pool_size", "25");
    let store = server.store();
    let live = Shop::empty_loader().store(&store).live().unwrap();
    live.follow(&store).unwrap().detach();
    for (value, expected) in [(Some("26"), 26), (None, 10), (Some("27"), 27)] {
        let began = Instant::now();
        server.change(&[("db_pool_size", value)]);
        until("it is in force", &store, || {
            live.current().db_pool_size == expected
        });
        println!("in force after {:?}", began.elapsed());
    }
    assert_eq!(store.status().faults, 0);
}

#[test]
fn without_the_tables_the_error_states_what_to_do() {
    let server = Server::start_empty();
    let store = server.settings().store().deadline(LONG).start();
    until("it is tried", &store, || {
        store.status().last_error.is_some()
    });
    let error = store.status().last_error.unwrap();
    assert_eq!(error.kind, FaultKind::Unsupported);
    assert_eq!(
        error.message,
        "relation \"settings.heads\" does not exist: create the tables of settings-postgres, with sql/tables.sql or PostgresSettings::create_tables"
    );
    server.settings().create_tables().unwrap();
    until("it is connected", &store, || is_connected(&store));
    assert_eq!(held(&store), [""; 0]);
}

#[test]
fn tables_of_another_version_are_refused() {
    let server = Server::start();
    server.sql(
        "CREATE OR REPLACE FUNCTION settings.version() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    );
    let fault = Postgres::new(server.settings()).snapshot(LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Unsupported);
    assert_eq!(
        fault.to_string(),
        "the tables have version 2, but this program needs version 1"
    );
}

#[test]
fn a_start_without_the_server_fails_within_the_deadline() {
    let mut server = Server::start();
    server.kill();
    let store = server
        .settings()
        .store()
        .deadline(Duration::from_millis(300))
        .start();
    until("it is tried", &store, || {
        store.status().state == StoreState::Unavailable
    });
    let error = Shop::empty_loader().store(&store).load().unwrap_err();
    let report = error.to_string();
    let report = report.replace(&server.port().to_string(), "5432");
    assert_data_eq!(
        report,
        str![[r#"
1 problem in the settings (Shop)

  postgres /shop/ cannot be read: 127.0.0.1:5432: Connection refused (os error 111)
    help: start the store, or correct the settings that connect to it

read: postgres /shop/ (unreadable)
"#]]
    );
}

#[test]
fn a_start_while_the_server_is_frozen_fails_within_the_deadline() {
    let server = Server::start();
    server.freeze();
    let store = server
        .settings()
        .store()
        .deadline(Duration::from_millis(300))
        .start();
    let began = Instant::now();
    let error = Shop::empty_loader().store(&store).load().unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(20));
    let expected = "postgres /shop/ cannot be read: no answer within 300ms";
    assert!(error.to_string().contains(expected), "{error}");
    server.thaw();
    until("it answers", &store, || is_connected(&store));
}

#[test]
fn a_start_without_the_server_may_use_the_last_good_snapshot() {
    let mut server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("settings.last");
    let start = |server: &Server, deadline| {
        let store = server.settings().store().last_good(&file);
        let store = store.retry(Duration::from_millis(50)..=Duration::from_millis(400));
        store.deadline(deadline).start()
    };
    server.put("db_pool_size", "25");
    let load = |store: &settings_core::remote::Store| {
        let loaded = Shop::empty_loader().store(store).load();
        loaded.unwrap().db_pool_size
    };
    assert_eq!(load(&start(&server, LONG)), 25);
    server.kill();
    let store = start(&server, Duration::from_millis(300));
    assert_eq!(load(&store), 25);
    assert_eq!(store.status().served_from, Some(ServedFrom::Disk));
    server.run();
    server.put("db_pool_size", "26");
    until("the server is read", &store, || load(&store) == 26);
}

#[test]
fn a_terminated_connection_is_made_again_and_loses_nothing() {
    let server = Server::start();
    server.put("a", "1");
    let store = server.store();
    until("it is read", &store, || held(&store) == ["a=1"]);
    for value in ["2", "3", "4"] {
        server.sql(&format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'settings';
             UPDATE settings.keys SET value = '{value}';"
        ));
        let expected = format!("a={value}");
        until("it is changed", &store, || {
            held(&store) == [expected.as_str()]
        });
    }
    until("it is connected", &store, || is_connected(&store));
    let error = store.status().last_error.unwrap();
    assert_eq!(error.kind, FaultKind::Unavailable);
    assert_eq!(
        error.message,
        "terminating connection due to administrator command"
    );
}

#[test]
fn a_restart_is_noticed_at_once_and_costs_few_requests() {
    let mut server = Server::start();
    server.put("a", "1");
    let mut settings = server.settings();
    settings.heartbeat = Duration::from_mins(1);
    let store = store(settings);
    until("it is read", &store, || held(&store) == ["a=1"]);
    let began = Instant::now();
    server.stop();
    until("its end is noticed", &store, || {
        store.status().state == StoreState::Unavailable
    });
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "not by a heartbeat"
    );
    server.run();
    server.put("a", "2");
    until("it is changed", &store, || held(&store) == ["a=2"]);
}

#[test]
fn a_frozen_server_is_noticed_and_its_changes_are_read_afterwards() {
    let server = Server::start();
    server.put("a", "1");
    let store = server.store();
    until("it is read", &store, || held(&store) == ["a=1"]);
    server.freeze();
    until("it is unavailable", &store, || {
        store.status().state == StoreState::Unavailable
    });
    let error = store.status().last_error.unwrap();
    assert_eq!(error.kind, FaultKind::Unresponsive, "{error:?}");
    assert_eq!(held(&store), ["a=1"], "the latest snapshot is kept");
    server.thaw();
    server.put("a", "2");
    until("it is changed", &store, || held(&store) == ["a=2"]);
}

#[test]
fn a_thousand_settings_are_read_and_changed() {
    let server = Server::start();
    server.sql("INSERT INTO settings.keys SELECT '/shop/', 'key/' || n, repeat('x', 100) FROM generate_series(1, 1000) n");
    let store = server.store();
    until("they are read", &store, || held(&store).len() == 1000);
    let began = Instant::now();
    server.sql("UPDATE settings.keys SET value = 'y' WHERE key <> 'key/7'; DELETE FROM settings.keys WHERE key = 'key/7'");
    until("they are changed", &store, || {
        let held = held(&store);
        held.len() == 999 && held.iter().all(|line| line.ends_with("=y"))
    });
    println!("a thousand changes were seen after {:?}", began.elapsed());
    assert_eq!(store.status().faults, 0, "{store:?}");
    assert_eq!(server.revision(), store.status().revision.unwrap());
}

#[test]
fn an_answer_that_is_too_large_is_a_fault() {
    let server = Server::start();
    server.sql("INSERT INTO settings.keys SELECT '/shop/', 'key/' || n, repeat('x', 7000000) FROM generate_series(1, 10) n");
    let fault = Postgres::new(server.settings()).snapshot(LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Malformed);
    assert!(
        fault.to_string().ends_with("it is larger than 64 MiB"),
        "{fault}"
    );
}

#[test]
fn a_key_that_is_too_long_is_refused() {
    let server = Server::start();
    let mut writer = Postgres::new(server.settings()).writer().unwrap();
    let key = crate::writer::setting(&"k".repeat(1025));
    let fault = writer.put(&key, b"1", None, LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::TooLarge);
    assert_eq!(
        fault.to_string(),
        "a prefix has more than 512 bytes, or a key more than 1,024"
    );
}

/// A notification about what is known already ends no wait.
#[test]
fn notifications_without_a_change_end_no_wait() {
    let server = Server::start();
    server.put("a", "1");
    let mut engine = Postgres::new(server.settings());
    let revision = engine.snapshot(LONG).unwrap().revision;
    server.sql("NOTIFY settings, '/shop/'");
    let began = Instant::now();
    assert_eq!(engine.changes(revision, Duration::from_secs(2)), Ok(None));
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[test]
fn other_prefixes_are_neither_read_nor_followed() {
    let server = Server::start();
    server.put("a", "1");
    let store = server.store();
    until("it is read", &store, || held(&store) == ["a=1"]);
    for prefix in ["/shop", "/shop/eu/", "/shopping/", "/sho"] {
        server.sql(&format!(
            "INSERT INTO settings.keys VALUES ('{prefix}', 'a', '2')"
        ));
    }
    server.put("a", "3");
    until("it is changed", &store, || held(&store) == ["a=3"]);
    assert_eq!(store.status().changes, 1);
}

#[test]
fn a_store_at_rest_asks_once_per_half_heartbeat() {
    let server = Server::start();
    server.put("a", "1");
    let store = server.store();
    until("it is read", &store, || held(&store) == ["a=1"]);
    let before = server.statements("FROM settings.history");
    thread::sleep(Duration::from_secs(5));
    let asked = server.statements("FROM settings.history") - before;
    assert!((3..=6).contains(&asked), "{asked} in 5 s");
    drop(store);
    let url = format!(
        "postgres://postgres:hunter2@localhost:{}/postgres",
        server.port()
    );
    assert!(Postgres::new(settings(&url)).snapshot(LONG).is_ok());
}
