//! Conformance kit: what every engine promises, and a [`Store`] on top of it, as tests for any kind of store.
//!
//! Implement [`Cluster`] for a store of your kind, and check each promise on a new one:
//!
//! ```
//! use settings_core::remote::{Engine, testing::{Backup, InMemoryStore, conformance::{self, Cluster}}};
//!
//! #[derive(Default)]
//! struct InMemory {
//!     store: InMemoryStore,
//!     backup: Option<Backup>,
//! }
//!
//! impl Cluster for InMemory {
//!     fn engine(&self) -> Box<dyn Engine> {
//!         Box::new(self.store.engine())
//!     }
//!     fn change(&mut self, changes: &[(&str, Option<&str>)]) {
//!         let changes = changes.iter().map(|(key, value)| (key.to_string(), value.map(Into::into)));
//!         self.store.change(changes);
//!     }
//!     fn compact(&mut self) { self.store.compact() }
//!     fn kill(&mut self) { self.store.disconnect() }
//!     fn start(&mut self) { self.store.reconnect() }
//!     fn pause(&mut self) { self.store.pause() }
//!     fn resume(&mut self) { self.store.resume() }
//!     fn back_up(&mut self) { self.backup = Some(self.store.backup()) }
//!     fn restore(&mut self) {
//!         self.store.restore(self.backup.as_ref().unwrap());
//!         self.store.reconnect();
//!     }
//! }
//!
//! for promise in conformance::PROMISES {
//!     promise.check(&mut InMemory::default());
//! }
//! ```
//!
//! # Which changes could be missed
//!
//! [`Engine`] names three windows in which a change can be missed. The kit puts a deletion, and the compaction of its
//! revision, into each that it can reach from outside: between a snapshot and the first wait, between two waits, during a
//! lost connection, and behind a queue of 200 changes that nobody reads. It cannot reach the window *inside* `snapshot`,
//! between the subscription and the read. An engine tests that one itself, for example through a proxy that holds back the
//! second request while a key is deleted and the revision compacted.

use crate::remote::{Engine, Fault, FaultKind, Store, StoreSnapshot, StoreState, Value};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// A store that a test can write, kill and pause. Keys are without the prefix.
pub trait Cluster {
    /// Makes a new engine for it.
    fn engine(&self) -> Box<dyn Engine>;
    /// Writes keys, and deletes those without a value, in one revision.
    fn change(&mut self, changes: &[(&str, Option<&str>)]);
    /// Discards the history up to the present revision.
    fn compact(&mut self);
    /// Ends the store without closing connections properly, as `kill -9` does.
    fn kill(&mut self);
    /// Starts the killed store again, with what it held.
    fn start(&mut self);
    /// Keeps all connections but does not answer.
    fn pause(&mut self);
    /// Answers again.
    fn resume(&mut self);
    /// Makes a backup of the present contents.
    fn back_up(&mut self);
    /// Starts the killed store with the contents and the revision of the backup.
    fn restore(&mut self);
}

/// Promise that every engine keeps, or every [`Store`] on top of one.
#[derive(Clone, Copy)]
pub struct Promise {
    /// The promise, in snake case.
    pub name: &'static str,
    check: fn(&mut dyn Cluster),
}

impl Promise {
    /// Checks the promise on a new cluster, to which nothing has been written.
    ///
    /// # Panics
    ///
    /// Panics if the promise is broken, with a message that states how.
    pub fn check(&self, cluster: &mut dyn Cluster) {
        (self.check)(cluster);
    }
}

macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        /// All promises.
        pub const PROMISES: &[Promise] = &[$(Promise { name: stringify!($name), check: $name }),*];
    };
}

promises![
    a_snapshot_has_every_key,
    a_wait_without_changes_is_neither_an_error_nor_too_short,
    changes_and_deletions_are_returned,
    nothing_is_lost_between_snapshot_and_changes,
    a_deletion_compacted_before_the_first_wait_is_not_lost,
    a_deletion_compacted_between_two_waits_is_not_lost,
    a_revision_is_never_split,
    a_compacted_revision_is_a_fault,
    a_future_revision_is_a_fault,
    a_killed_store_is_a_fault_in_time,
    a_paused_store_is_a_fault_in_time,
    a_killed_and_restarted_store_is_followed,
    a_paused_and_resumed_store_is_followed,
    compaction_while_cut_off_loses_nothing,
    changes_that_queue_up_are_not_lost,
    a_restored_backup_is_used_and_reported,
    reserved_keys_are_no_settings,
    retries_are_spaced_out,
];

/// Limit for calls of an engine: long enough for a slow machine, short enough for a test.
const WITHIN: Duration = Duration::from_secs(2);
/// Limit for everything else; only a broken promise takes this long.
const LIMIT: Duration = Duration::from_mins(1);

fn a_snapshot_has_every_key(cluster: &mut dyn Cluster) {
    cluster.change(&[
        ("a", Some("1")),
        ("server/bind", Some("::1")),
        ("empty", Some("")),
    ]);
    cluster.change(&[("deleted", Some("later"))]);
    cluster.change(&[("deleted", None), ("a", Some("ä=2\n"))]);
    let snapshot = expect(cluster.engine().snapshot(LIMIT));
    assert_eq!(
        texts(&snapshot),
        ["a=ä=2\n", "empty=", "server/bind=::1"],
        "a snapshot has each key once, with its latest value"
    );
    let changed = |key: &str| snapshot.values[key].revision();
    assert!(
        changed("empty") < changed("a") && changed("a") <= snapshot.revision,
        "a value has the revision of its latest change: {snapshot:?}"
    );
}

fn a_wait_without_changes_is_neither_an_error_nor_too_short(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = expect(engine.snapshot(LIMIT));
    for _ in 0..3 {
        let began = Instant::now();
        let changes = expect(engine.changes(snapshot.revision, WITHIN));
        assert_eq!(changes, None, "nothing was changed");
        let took = began.elapsed();
        assert!(
            took >= WITHIN / 4,
            "a wait without changes lasts a quarter of {WITHIN:?}, not {took:?}"
        );
    }
}

fn changes_and_deletions_are_returned(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1")), ("b", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = expect(engine.snapshot(LIMIT));
    cluster.change(&[("a", Some("2"))]);
    let snapshot = follow(&mut engine, snapshot, &["a=2", "b=1"]);
    cluster.change(&[("b", None)]);
    let snapshot = follow(&mut engine, snapshot, &["a=2"]);
    cluster.change(&[("a", Some(""))]);
    follow(&mut engine, snapshot, &["a="]);
}

fn nothing_is_lost_between_snapshot_and_changes(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = expect(engine.snapshot(LIMIT));
    cluster.change(&[("a", Some("2"))]);
    cluster.change(&[("b", Some("2"))]);
    cluster.change(&[("a", Some("3"))]);
    follow(&mut engine, snapshot, &["a=3", "b=2"]);
}

fn a_deletion_compacted_before_the_first_wait_is_not_lost(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1")), ("b", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = expect(engine.snapshot(LIMIT));
    cluster.change(&[("b", None), ("c", Some("2"))]);
    cluster.compact();
    follow(&mut engine, snapshot, &["a=1", "c=2"]);
}

fn a_deletion_compacted_between_two_waits_is_not_lost(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1")), ("b", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = expect(engine.snapshot(LIMIT));
    cluster.change(&[("a", Some("2"))]);
    let snapshot = follow(&mut engine, snapshot, &["a=2", "b=1"]);
    cluster.change(&[("b", None), ("c", Some("3"))]);
    cluster.compact();
    follow(&mut engine, snapshot, &["a=2", "c=3"]);
}

fn a_revision_is_never_split(cluster: &mut dyn Cluster) {
    let keys: Vec<String> = (0..10).map(|at| format!("key/{at}")).collect();
    let write = |cluster: &mut dyn Cluster, value: &str| {
        let all: Vec<_> = keys.iter().map(|key| (key.as_str(), Some(value))).collect();
        cluster.change(&all);
    };
    write(cluster, "0");
    let mut engine = cluster.engine();
    let (started, starts) = mpsc::channel();
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut snapshot = expect(engine.snapshot(LIMIT));
            started.send(()).expect("the writer waits for it");
            loop {
                let mut values: Vec<_> = snapshot.values.values().map(Value::bytes).collect();
                assert_eq!(values.len(), 10, "a part of a revision: {snapshot:?}");
                values.dedup();
                assert_eq!(values.len(), 1, "a part of a revision: {snapshot:?}");
                if values == [b"20"] {
                    return;
                }
                if let Some(changes) = expect(engine.changes(snapshot.revision, LIMIT)) {
                    snapshot = snapshot.after(changes);
                }
            }
        });
        // After the snapshot, so that at least one revision is returned as a change.
        starts.recv().expect("the reader failed to start");
        for value in 1..=20 {
            write(cluster, &value.to_string());
        }
        reader.join().expect("the reader saw a part of a revision");
    });
}

fn a_compacted_revision_is_a_fault(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let snapshot = expect(cluster.engine().snapshot(LIMIT));
    cluster.change(&[("a", Some("2"))]);
    cluster.change(&[("a", Some("3"))]);
    cluster.compact();
    let fault = expect_fault(cluster.engine().changes(snapshot.revision, LIMIT));
    assert_eq!(fault.kind(), FaultKind::Compacted, "{fault}");
}

fn a_future_revision_is_a_fault(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let snapshot = expect(cluster.engine().snapshot(LIMIT));
    let fault = expect_fault(cluster.engine().changes(snapshot.revision + 1000, WITHIN));
    assert_eq!(fault.kind(), FaultKind::RevisionRegressed, "{fault}");
}

fn a_killed_store_is_a_fault_in_time(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = expect(engine.snapshot(LIMIT));
    assert_eq!(expect(engine.changes(snapshot.revision, WITHIN)), None);
    cluster.kill();
    in_time("changes() of a killed store", || {
        expect_fault(engine.changes(snapshot.revision, WITHIN));
    });
    in_time("snapshot() of a killed store", || {
        expect_fault(engine.snapshot(WITHIN));
    });
}

fn a_paused_store_is_a_fault_in_time(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = expect(engine.snapshot(LIMIT));
    assert_eq!(expect(engine.changes(snapshot.revision, WITHIN)), None);
    cluster.pause();
    in_time("changes() of a paused store", || {
        expect_fault(engine.changes(snapshot.revision, WITHIN));
    });
    in_time("snapshot() of a paused store", || {
        expect_fault(engine.snapshot(WITHIN));
    });
    cluster.resume();
    expect(engine.snapshot(LIMIT));
}

fn a_killed_and_restarted_store_is_followed(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    cluster.kill();
    until("unavailable", &store, |store| {
        is(store, StoreState::Unavailable)
    });
    assert_eq!(held(&store), ["a=1"], "the latest snapshot is kept");
    cluster.start();
    cluster.change(&[("a", Some("2"))]);
    until("changed", &store, |store| held(store) == ["a=2"]);
    until("connected", &store, |store| {
        is(store, StoreState::Connected)
    });
    assert!(store.status().last_error.is_some(), "{store:?}");
}

fn a_paused_and_resumed_store_is_followed(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    cluster.pause();
    until("unavailable", &store, |store| {
        is(store, StoreState::Unavailable)
    });
    cluster.resume();
    until("connected", &store, |store| {
        is(store, StoreState::Connected)
    });
    cluster.change(&[("a", Some("2"))]);
    until("changed", &store, |store| held(store) == ["a=2"]);
}

fn compaction_while_cut_off_loses_nothing(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    cluster.pause();
    until("unavailable", &store, |store| {
        is(store, StoreState::Unavailable)
    });
    cluster.resume();
    cluster.change(&[("a", Some("2")), ("b", Some("2"))]);
    cluster.change(&[("b", None), ("c", Some("3"))]);
    cluster.compact();
    until("changed", &store, |store| held(store) == ["a=2", "c=3"]);
}

/// 200 changes of 40 KB exceed the buffers of a connection and the queue of a server, so the server has to replay.
fn changes_that_queue_up_are_not_lost(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    cluster.change(&[("b", Some("1"))]);
    until("changed", &store, |store| held(store) == ["a=1", "b=1"]);
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let at_gate = gate.clone();
    store.on_change(move || drop(at_gate.lock()));
    for number in 0..200 {
        cluster.change(&[("a", Some(&format!("{number} ").repeat(10_000)))]);
    }
    cluster.change(&[("a", Some("2"))]);
    cluster.change(&[("b", None), ("c", Some("3"))]);
    cluster.compact();
    drop(closed);
    until("changed", &store, |store| held(store) == ["a=2", "c=3"]);
}

fn a_restored_backup_is_used_and_reported(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    cluster.back_up();
    cluster.change(&[("a", Some("2"))]);
    cluster.change(&[("a", Some("3")), ("b", Some("3"))]);
    let store = start(cluster);
    until("read", &store, |store| held(store) == ["a=3", "b=3"]);
    let revision = store.status().revision;
    cluster.kill();
    cluster.restore();
    until("restored", &store, |store| held(store) == ["a=1"]);
    let status = store.status();
    assert!(status.revision < revision, "{store:?}");
    let error = status.last_error.map(|error| error.kind);
    assert_eq!(error, Some(FaultKind::RevisionRegressed), "{store:?}");
    cluster.change(&[("a", Some("4"))]);
    until("changed", &store, |store| held(store) == ["a=4"]);
}

fn reserved_keys_are_no_settings(cluster: &mut dyn Cluster) {
    cluster.change(&[("@rollout", Some("{}")), ("a", Some("1"))]);
    let store = start(cluster);
    until("read", &store, |store| {
        held(store) == ["@rollout={}", "a=1"]
    });
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    store.on_change(move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    cluster.change(&[("@rollout", None), ("@pulse", Some("1"))]);
    cluster.change(&[("@pulse", Some("2"))]);
    until("changed", &store, |store| {
        held(store) == ["@pulse=2", "a=1"]
    });
    assert_eq!(calls.load(Ordering::Relaxed), 0, "no setting has changed");
    let snapshot = store.snapshot().expect("it was read");
    let settings: Vec<&str> = snapshot.settings().map(|(key, _)| key).collect();
    assert_eq!(settings, ["a"]);
    cluster.change(&[("a", Some("2")), ("@pulse", Some("3"))]);
    until("called back", &store, |_| {
        calls.load(Ordering::Relaxed) == 1
    });
}

fn retries_are_spaced_out(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    store.on_change(move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    cluster.kill();
    until("unavailable", &store, |store| {
        is(store, StoreState::Unavailable)
    });
    let (before, began) = (store.status().attempts, Instant::now());
    thread::sleep(Duration::from_secs(2));
    let attempts = store.status().attempts - before;
    // Each wait is at least half of 50, 100, 200 and then 400 ms.
    let most = 4 + began.elapsed().as_millis() / 200;
    assert!(u128::from(attempts) <= most, "{attempts} attempts in 2 s");
    cluster.start();
    until("connected", &store, |store| {
        is(store, StoreState::Connected)
    });
    assert_eq!(calls.load(Ordering::Relaxed), 0, "nothing has changed");
}

/// A store that has read `a=1`.
fn connected(cluster: &mut dyn Cluster) -> Store {
    cluster.change(&[("a", Some("1"))]);
    let store = start(cluster);
    until("read", &store, |store| held(store) == ["a=1"]);
    store
}

fn start(cluster: &dyn Cluster) -> Store {
    Store::builder(cluster.engine())
        .heartbeat(WITHIN)
        .retry(Duration::from_millis(50)..=Duration::from_millis(400))
        .start()
}

/// Follows the changes until the snapshot is as expected, and reads everything again where the engine asks for it.
fn follow(
    engine: &mut dyn Engine,
    mut snapshot: StoreSnapshot,
    expected: &[&str],
) -> StoreSnapshot {
    // A member of a cluster may learn of a change after another one has accepted it.
    let (began, mut idle) = (Instant::now(), 0);
    while texts(&snapshot) != expected {
        assert!(
            idle < 3 && began.elapsed() < LIMIT,
            "expected {expected:?}, found {:?}",
            texts(&snapshot)
        );
        match engine.changes(snapshot.revision, WITHIN) {
            Ok(None) => idle += 1,
            Ok(Some(changes)) => {
                assert!(changes.revision > snapshot.revision, "{changes:?}");
                snapshot = snapshot.after(changes);
            }
            Err(fault) if fault.kind() == FaultKind::Compacted => {
                snapshot = expect(engine.snapshot(LIMIT));
            }
            Err(fault) => panic!("{:?}: {fault}", fault.kind()),
        }
    }
    snapshot
}

fn until(state: &str, store: &Store, holds: impl Fn(&Store) -> bool) {
    let began = Instant::now();
    while !holds(store) {
        assert!(
            began.elapsed() < LIMIT,
            "never {state}: {store:?}, {:?}",
            held(store)
        );
        thread::sleep(Duration::from_millis(5));
    }
}

fn in_time(call: &str, act: impl FnOnce()) {
    let began = Instant::now();
    act();
    let took = began.elapsed();
    assert!(
        took < WITHIN * 4,
        "{call} took {took:?}, but the limit is {WITHIN:?}"
    );
}

fn is(store: &Store, state: StoreState) -> bool {
    store.status().state == state
}

fn held(store: &Store) -> Vec<String> {
    store
        .snapshot()
        .map(|held| texts(&held))
        .unwrap_or_default()
}

fn texts(snapshot: &StoreSnapshot) -> Vec<String> {
    let values = snapshot.values.iter();
    values
        .map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value.bytes())))
        .collect()
}

#[track_caller]
fn expect<T>(answer: Result<T, Fault>) -> T {
    answer.unwrap_or_else(|fault| panic!("{:?}: {fault}", fault.kind()))
}

#[track_caller]
fn expect_fault<T: fmt::Debug>(answer: Result<T, Fault>) -> Fault {
    answer.expect_err("this should be a fault")
}

impl fmt::Debug for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
