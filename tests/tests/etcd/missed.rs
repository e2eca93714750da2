//! A deletion whose revision is compacted, in each window in which a client could miss it.

use crate::{proxy::Proxy, server::Server};
use settings_core::remote::{Store, StoreState};
use std::{
    thread,
    time::{Duration, Instant},
};

fn until(what: &str, store: &Store, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "never: {what}; {store:?}, {:?}",
            store.snapshot()
        );
        thread::sleep(Duration::from_millis(5));
    }
}

fn keys(store: &Store) -> Vec<String> {
    let snapshot = store.snapshot();
    snapshot.map_or_else(Vec::new, |snapshot| {
        snapshot.values.keys().cloned().collect()
    })
}

/// Deletes a key and compacts the revision, while this request of a start is held back.
fn deletion_before_request(nth: usize) {
    let server = Server::start();
    server.change(&[("a", Some("1")), ("b", Some("1"))]);
    let proxy = Proxy::holding_back(nth, server.port());
    let mut settings = server.settings();
    settings.endpoints = vec![proxy.endpoint()];
    settings.heartbeat = Duration::from_mins(1);
    let store = settings.store().start();
    proxy.wait();
    server.change(&[("b", None), ("c", Some("2"))]);
    server.compact();
    proxy.release();
    until("the deletion is seen", &store, || {
        keys(&store) == ["a", "c"]
    });
    server.put("d", "3");
    until("a later change is seen", &store, || {
        keys(&store) == ["a", "c", "d"]
    });
    let status = store.status();
    assert_eq!(
        (status.state, status.faults),
        (StoreState::Connected, 0),
        "{status:?}"
    );
}

#[test]
fn a_deletion_before_the_first_request_is_seen() {
    deletion_before_request(1);
}

/// The two requests of a start are a read and a watch.
#[test]
fn a_deletion_between_the_two_requests_is_seen() {
    deletion_before_request(2);
}

#[test]
fn everything_is_read_again_after_a_hundred_changes() {
    let server = Server::start();
    server.put("a", "0");
    let store = server.store();
    until("it is read", &store, || !keys(&store).is_empty());
    for number in 1..=150 {
        server.put("a", &number.to_string());
    }
    until("the last change is seen", &store, || {
        let snapshot = store.snapshot().unwrap();
        snapshot.values["a"].bytes() == b"150"
    });
    let status = store.status();
    assert_eq!((status.faults, status.resyncs), (0, 2), "{status:?}");
    assert_eq!((server.calls("Range"), server.calls("Watch")), (2, 2));
}
