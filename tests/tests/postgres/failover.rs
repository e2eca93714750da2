//! Failover to a replica that lacks the last changes.

use crate::server::{LONG, Server, held, is_connected, settings, store, until};
use crate::writer::setting;
use settings_core::remote::{Engine, FaultKind, Store, StoreState};
use settings_postgres::Postgres;
use std::time::{Duration, Instant};

fn of_both(primary: &Server, replica: &Server) -> Store {
    let url = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres",
        primary.port(),
        replica.port()
    );
    store(settings(&url))
}

fn replicated(primary: &Server, replica: &Server, value: &str) {
    let began = Instant::now();
    while replica.try_sql("SELECT value FROM settings.keys") != Ok(value.to_owned()) {
        assert!(began.elapsed() < LONG, "never replicated");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(primary.sql("SELECT value FROM settings.keys"), value);
}

/// A replica is passed over, and the promoted one is used when the primary is gone.
#[test]
fn a_promoted_replica_is_followed() {
    let mut primary = Server::start();
    primary.put("a", "1");
    let replica = primary.replica();
    let store = of_both(&replica, &primary);
    until("the primary is read", &store, || held(&store) == ["a=1"]);
    primary.put("a", "2");
    until("the primary is followed", &store, || {
        held(&store) == ["a=2"]
    });
    replicated(&primary, &replica, "2");
    primary.kill();
    until("it is unavailable", &store, || {
        store.status().state == StoreState::Unavailable
    });
    replica.sql("SELECT pg_promote()");
    until("the replica is used", &store, || is_connected(&store));
    replica.put("a", "3");
    until("the replica is followed", &store, || {
        held(&store) == ["a=3"]
    });
    let error = store.status().last_error.unwrap();
    assert_ne!(error.kind, FaultKind::RevisionRegressed, "{error:?}");
}

/// A replica has no notifications, and cannot be written.
#[test]
fn a_replica_alone_is_followed_and_not_written() {
    let primary = Server::start();
    primary.put("a", "1");
    let replica = primary.replica();
    let store = replica.store();
    until("it is read", &store, || held(&store) == ["a=1"]);
    primary.put("a", "2");
    primary.change(&[("b", Some("1"))]);
    until("it is followed", &store, || held(&store) == ["a=2", "b=1"]);
    assert_eq!(store.status().faults, 0, "{store:?}");
    let mut writer = Postgres::new(replica.settings()).writer().unwrap();
    let fault = writer.put(&setting("a"), b"3", None, LONG).unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Unavailable);
    assert!(fault.to_string().ends_with("it is a replica"), "{fault}");
}

/// A host that accepts connections but does not answer delays a start by a second, not by the deadline.
#[test]
fn a_frozen_host_does_not_hold_up_a_start() {
    let (frozen, running) = (Server::start(), Server::start());
    running.put("a", "1");
    frozen.freeze();
    let url = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres",
        frozen.port(),
        running.port()
    );
    let began = Instant::now();
    let snapshot = Postgres::new(settings(&url)).snapshot(LONG).unwrap();
    assert_eq!(snapshot.values.len(), 1);
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_promoted_replica_that_lacks_changes_is_a_regressed_revision() {
    let mut primary = Server::start();
    primary.put("a", "1");
    let mut replica = primary.replica();
    let store = of_both(&primary, &replica);
    until("it is read", &store, || held(&store) == ["a=1"]);
    replicated(&primary, &replica, "1");
    replica.kill();
    primary.put("a", "2");
    primary.put("a", "3");
    until("the lost changes are read", &store, || {
        held(&store) == ["a=3"]
    });
    primary.kill();
    replica.run();
    replica.sql("SELECT pg_promote()");
    until("the replica is used", &store, || held(&store) == ["a=1"]);
    let error = store.status().last_error.unwrap();
    assert_eq!(error.kind, FaultKind::RevisionRegressed, "{error:?}");
    replica.put("a", "4");
    until("the replica is followed", &store, || {
        held(&store) == ["a=4"]
    });
}

/// The same number does not mean the same revision: the replica has got as far as the primary was, with other changes.
#[test]
fn a_promoted_replica_at_the_same_revision_is_not_taken_for_the_same() {
    let mut primary = Server::start();
    primary.put("a", "1");
    let mut replica = primary.replica();
    let mut settings = settings(&format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres",
        primary.port(),
        replica.port()
    ));
    settings.heartbeat = Duration::from_secs(4);
    let store = store(settings);
    replicated(&primary, &replica, "1");
    replica.kill();
    primary.put("a", "lost");
    until("the lost change is read", &store, || {
        held(&store) == ["a=lost"]
    });
    let revision = primary.revision();
    primary.kill();
    replica.run();
    replica.sql("SELECT pg_promote()");
    // The store may have connected already, so the revision is there at once.
    replica.sql(&format!(
        "BEGIN; SELECT setval('settings.revision', {}); UPDATE settings.keys SET value = 'kept'; COMMIT;",
        revision - 1
    ));
    assert_eq!(replica.revision(), revision);
    until("the kept change is read", &store, || {
        held(&store) == ["a=kept"]
    });
    assert!(store.status().last_error.is_some());
}
