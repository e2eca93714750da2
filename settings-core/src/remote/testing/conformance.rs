//! Conformance kit: tests of the promises of every engine, and of a [`Store`] on top of it, for any kind of store.
//!
//! Implement [`Cluster`] for a store of your kind, and check each promise on a new one, in a test:
//!
//! ```no_run
//! use settings_core::remote::{Engine, testing::{Backup, InMemoryStore, conformance::Cluster}};
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
//! settings_core::conformance_tests!(InMemory::default());
//! ```
//!
//! The macro writes one test per promise. [`PROMISES`] lists them.
//!
//! # Which changes could be missed
//!
//! [`Engine`] names three windows in which a change can be missed. The kit puts a deletion, and the compaction of its
//! revision, into each that it can reach from outside: between a snapshot and the first wait, between two waits, during
//! a lost connection, and behind a queue of 200 changes that the engine does not read. It cannot reach the window
//! *inside* `snapshot`, between the subscription and the read. An engine tests that one itself, for example through a
//! proxy that holds back the second request while a key is deleted and the revision compacted.
//!
//! The promises about a [`Writer`] hold for an engine without one.

use crate::remote::{
    Commit, Engine, Fault, FaultKind, HEAD, Settled, Store, StoreKey, StoreSnapshot, StoreState,
    StoreWrite, Value, Writer,
};
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

/// Lists the promises, and writes the macro with one test for each. `$d` is a dollar sign, for that macro.
macro_rules! promises {
    ($d:tt; $($name:ident),* $(,)?) => {
        /// All promises.
        pub const PROMISES: &[Promise] = &[$(Promise { name: stringify!($name), check: $name }),*];

        /// One test per promise of the [conformance kit](crate::remote::testing::conformance), each on a new
        /// [`Cluster`](crate::remote::testing::conformance::Cluster), which the expression makes.
        #[macro_export]
        macro_rules! conformance_tests {
            ($d cluster:expr) => {
                $(
                    #[test]
                    fn $name() {
                        let promises = $crate::remote::testing::conformance::PROMISES;
                        let mut promises = promises.iter();
                        let promise = promises.find(|promise| promise.name == stringify!($name));
                        promise.expect("it is listed").check(&mut $d cluster);
                    }
                )*
            };
        }
    };
}

promises![$;
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
    a_commit_is_one_revision,
    a_commit_on_a_changed_setting_is_a_conflict,
    of_two_commits_on_one_base_one_is_a_conflict,
    a_commit_depends_on_other_keys,
    a_commit_that_is_too_large_is_refused,
    a_settled_commit_stays_decided,
    control_keys_are_not_followed,
    a_writer_reads_the_present_and_the_past,
    keys_end_with_their_lease,
    a_key_has_the_lease_of_its_last_write,
    a_write_to_a_killed_store_is_a_fault_in_time,
];

/// Limit for calls of an engine: long enough for a slow machine, short enough for a test.
const WITHIN: Duration = Duration::from_secs(2);
/// Limit for everything else; only a broken promise takes this long.
const LIMIT: Duration = Duration::from_secs(60);

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

fn a_commit_is_one_revision(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    cluster.change(&[("a", Some("1")), ("b", Some("1"))]);
    let mut engine = cluster.engine();
    let base = expect(engine.snapshot(LIMIT));
    let mut commit = commit_on(&base, &mut *writer, "first");
    commit.writes = vec![
        StoreWrite::put(setting("a"), "2"),
        StoreWrite::delete(setting("b")),
        StoreWrite::put(setting("c"), "ä=2\n"),
        StoreWrite::put(control("history/1"), "first"),
    ];
    let committed = expect(writer.commit(&commit, LIMIT));
    let snapshot = follow(&mut engine, base, &["a=2", "c=ä=2\n"]);
    assert_eq!(snapshot.revision, committed.revision);
    let written = expect(writer.scan("", LIMIT));
    assert_eq!(
        texts(&written),
        [format!("{HEAD}=first"), "history/1=first".to_owned()]
    );
    for value in written.values.values().chain(snapshot.values.values()) {
        assert_eq!(value.revision(), committed.revision, "{written:?}");
    }
    let history = expect(writer.scan("history/", LIMIT));
    assert_eq!(texts(&history), ["history/1=first"]);
}

fn a_commit_on_a_changed_setting_is_a_conflict(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    for change in [("a", Some("2")), ("b", None), ("new", Some("1"))] {
        cluster.change(&[("a", Some("1")), ("b", Some("1")), ("new", None)]);
        let base = expect(cluster.engine().snapshot(LIMIT));
        let mut commit = commit_on(&base, &mut *writer, "commit");
        commit.writes = vec![StoreWrite::put(setting("a"), "3")];
        cluster.change(&[change]);
        let before = expect(cluster.engine().snapshot(LIMIT));
        let fault = expect_fault(writer.commit(&commit, LIMIT));
        assert_eq!(fault.kind(), FaultKind::Conflict, "{change:?}: {fault}");
        let after = expect(cluster.engine().snapshot(LIMIT));
        assert_eq!(
            texts(&after),
            texts(&before),
            "{change:?}: nothing is written"
        );
    }
    // A reserved key is not a setting.
    let base = expect(cluster.engine().snapshot(LIMIT));
    let commit = commit_on(&base, &mut *writer, "last");
    cluster.change(&[("@pulse", Some("1"))]);
    expect(writer.commit(&commit, LIMIT));
}

fn of_two_commits_on_one_base_one_is_a_conflict(cluster: &mut dyn Cluster) {
    let engine = cluster.engine();
    let (Some(mut writer), Some(mut other)) = (engine.writer(), engine.writer()) else {
        return;
    };
    cluster.change(&[("a", Some("1"))]);
    for round in 0..2 {
        let base = expect(cluster.engine().snapshot(LIMIT));
        // Neither writes a setting, so only the head can differ.
        let one = commit_on(&base, &mut *writer, &format!("one {round}"));
        let two = commit_on(&base, &mut *other, &format!("two {round}"));
        expect(writer.commit(&one, LIMIT));
        let fault = expect_fault(other.commit(&two, LIMIT));
        assert_eq!(fault.kind(), FaultKind::Conflict, "{fault}");
    }
}

fn a_commit_depends_on_other_keys(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    cluster.change(&[("a", Some("1")), ("@rollout", Some("1"))]);
    let held = expect(writer.put(&control("lock"), b"me", None, LIMIT));
    let base = expect(cluster.engine().snapshot(LIMIT));
    let rollout = base.values["@rollout"].revision();
    let is_refused = |writer: &mut dyn Writer, unchanged: &[(StoreKey, Option<u64>)]| {
        let mut commit = commit_on(&base, writer, &format!("{unchanged:?}"));
        commit.unchanged = unchanged.to_vec();
        commit.writes = vec![StoreWrite::put(control("history/1"), "1")];
        match writer.commit(&commit, LIMIT) {
            Ok(_) => false,
            Err(fault) if fault.kind() == FaultKind::Conflict => true,
            Err(fault) => panic!("{:?}: {fault}", fault.kind()),
        }
    };
    let present = [
        (control("lock"), Some(held)),
        (setting("@rollout"), Some(rollout)),
        (control("other"), None),
    ];
    assert!(!is_refused(&mut *writer, &present));
    for other in [
        (control("lock"), Some(held - 1)),
        (control("lock"), None),
        (setting("@rollout"), None),
        (control("other"), Some(held)),
    ] {
        let mut keys = present.to_vec();
        keys.retain(|(key, _)| *key != other.0);
        keys.push(other);
        assert!(is_refused(&mut *writer, &keys), "{keys:?}");
    }
    cluster.change(&[("@rollout", None)]);
    assert!(is_refused(&mut *writer, &present), "a deletion is a change");
}

fn a_commit_that_is_too_large_is_refused(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    let base = expect(cluster.engine().snapshot(LIMIT));
    let mut many = commit_on(&base, &mut *writer, "many");
    many.writes = (0..101)
        .map(|number| StoreWrite::put(setting(&format!("key/{number}")), "1"))
        .collect();
    let mut large = commit_on(&base, &mut *writer, "large");
    large.writes = vec![StoreWrite::put(setting("a"), vec![b'x'; 1024 * 1024])];
    for commit in [&many, &large] {
        let fault = expect_fault(writer.commit(commit, LIMIT));
        assert_eq!(fault.kind(), FaultKind::TooLarge, "{fault}");
    }
    // Exactly at the limit.
    many.writes.pop();
    expect(writer.commit(&many, LIMIT));
    let snapshot = expect(cluster.engine().snapshot(LIMIT));
    assert_eq!(snapshot.values.len(), 100);
}

fn a_settled_commit_stays_decided(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    cluster.change(&[("a", Some("1"))]);
    let base = expect(cluster.engine().snapshot(LIMIT));
    let mut lost = commit_on(&base, &mut *writer, "lost");
    lost.writes = vec![StoreWrite::put(setting("a"), "lost")];
    for _ in 0..2 {
        assert_eq!(expect(writer.settle(&lost, LIMIT)), Settled::NotApplied);
    }
    let fault = expect_fault(writer.commit(&lost, LIMIT));
    assert_eq!(fault.kind(), FaultKind::Conflict, "it can never be applied");

    let mut applied = commit_on(&base, &mut *writer, "applied");
    applied.writes = vec![
        StoreWrite::put(setting("a"), "2"),
        StoreWrite::put(control("history/1"), "applied"),
    ];
    expect(writer.commit(&applied, LIMIT));
    assert_eq!(expect(writer.settle(&applied, LIMIT)), Settled::Applied);
    let base = expect(cluster.engine().snapshot(LIMIT));
    let next = commit_on(&base, &mut *writer, "next");
    expect(writer.commit(&next, LIMIT));
    assert_eq!(
        expect(writer.settle(&applied, LIMIT)),
        Settled::Applied,
        "its control key proves it after the next commit"
    );
    assert_eq!(expect(writer.settle(&lost, LIMIT)), Settled::NotApplied);
}

fn control_keys_are_not_followed(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    cluster.change(&[("a", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = expect(engine.snapshot(LIMIT));
    let written = expect(writer.put(&control("fleet/1"), b"status", None, LIMIT));
    assert!(written > snapshot.revision);
    let changes = expect(engine.changes(snapshot.revision, WITHIN));
    assert_eq!(changes, None, "no key below the prefix has changed");
    assert_eq!(texts(&expect(engine.snapshot(LIMIT))), ["a=1"]);
    expect(writer.put(&setting("@pulse"), b"1", None, LIMIT));
    follow(&mut engine, snapshot, &["@pulse=1", "a=1"]);
}

fn a_writer_reads_the_present_and_the_past(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    cluster.change(&[("a", Some("1")), ("b", Some("1"))]);
    let first = expect(writer.read(None, LIMIT));
    assert_eq!(first, expect(cluster.engine().snapshot(LIMIT)));
    cluster.change(&[("b", None), ("@pulse", Some("1"))]);
    let second = expect(writer.read(None, LIMIT));
    assert_eq!(texts(&second), ["@pulse=1", "a=1"]);
    let past = expect(writer.read(Some(first.revision), LIMIT));
    assert_eq!((past.revision, past.values), (first.revision, first.values));
    cluster.change(&[("a", Some("2"))]);
    cluster.compact();
    let fault = expect_fault(writer.read(Some(first.revision), LIMIT));
    assert_eq!(fault.kind(), FaultKind::Compacted, "{fault}");
    let future = expect(writer.read(None, LIMIT)).revision + 1000;
    expect_fault(writer.read(Some(future), LIMIT));
}

fn keys_end_with_their_lease(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    let ttl = Duration::from_secs(4);
    let fleet = |writer: &mut dyn Writer| texts(&expect(writer.scan("fleet/", LIMIT)));
    let lease = expect(writer.grant(ttl, LIMIT));
    expect(writer.put(&control("fleet/1"), b"up", Some(lease), LIMIT));
    let began = Instant::now();
    while began.elapsed() < ttl * 2 {
        expect(writer.keep_alive(lease, LIMIT));
        assert_eq!(fleet(&mut *writer), ["fleet/1=up"], "it is kept alive");
        thread::sleep(ttl / 8);
    }
    let began = Instant::now();
    while !fleet(&mut *writer).is_empty() {
        assert!(began.elapsed() < LIMIT, "a key outlives its lease");
        thread::sleep(Duration::from_millis(50));
    }
    let fault = expect_fault(writer.keep_alive(lease, LIMIT));
    assert_eq!(fault.kind(), FaultKind::LeaseExpired, "{fault}");

    let lease = expect(writer.grant(Duration::from_secs(10 * 60), LIMIT));
    expect(writer.put(&control("fleet/2"), b"up", Some(lease), LIMIT));
    expect(writer.revoke(lease, LIMIT));
    assert!(fleet(&mut *writer).is_empty(), "a revoked lease has ended");
}

fn a_key_has_the_lease_of_its_last_write(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    cluster.change(&[("a", Some("1"))]);
    let long = Duration::from_secs(10 * 60);
    let control_keys = |writer: &mut dyn Writer| texts(&expect(writer.scan("", LIMIT)));
    let [first, second] = [(); 2].map(|()| expect(writer.grant(long, LIMIT)));
    expect(writer.put(&control("fleet/1"), b"up", Some(first), LIMIT));
    expect(writer.put(&control("fleet/1"), b"leaving", Some(second), LIMIT));
    expect(writer.revoke(first, LIMIT));
    assert_eq!(control_keys(&mut *writer), ["fleet/1=leaving"]);
    expect(writer.revoke(second, LIMIT));
    assert!(control_keys(&mut *writer).is_empty());

    let fault = expect_fault(writer.put(&control("fleet/1"), b"up", Some(first), LIMIT));
    assert_eq!(fault.kind(), FaultKind::LeaseExpired, "{fault}");
    let base = expect(cluster.engine().snapshot(LIMIT));
    let mut commit = commit_on(&base, &mut *writer, "commit");
    commit.writes = vec![StoreWrite::put(control("lock"), "me").with_lease(first)];
    let fault = expect_fault(writer.commit(&commit, LIMIT));
    assert_eq!(fault.kind(), FaultKind::LeaseExpired, "{fault}");
    assert!(control_keys(&mut *writer).is_empty(), "nothing is written");

    let lease = expect(writer.grant(long, LIMIT));
    commit.writes = vec![
        StoreWrite::put(control("lock"), "me").with_lease(lease),
        StoreWrite::put(setting("@pulse"), "1").with_lease(lease),
    ];
    expect(writer.commit(&commit, LIMIT));
    let written = [format!("{HEAD}=commit"), "lock=me".to_owned()];
    assert_eq!(control_keys(&mut *writer), written);
    expect(writer.revoke(lease, LIMIT));
    assert_eq!(control_keys(&mut *writer), written[..1]);
    let settings = texts(&expect(cluster.engine().snapshot(LIMIT)));
    assert_eq!(settings, ["a=1"]);
}

fn a_write_to_a_killed_store_is_a_fault_in_time(cluster: &mut dyn Cluster) {
    let Some(mut writer) = cluster.engine().writer() else {
        return;
    };
    cluster.change(&[("a", Some("1"))]);
    let base = expect(cluster.engine().snapshot(LIMIT));
    let mut commit = commit_on(&base, &mut *writer, "commit");
    commit.writes = vec![StoreWrite::put(setting("a"), "2")];
    cluster.kill();
    in_time("commit() to a killed store", || {
        expect_fault(writer.commit(&commit, WITHIN));
    });
    cluster.start();
    let began = Instant::now();
    let settled = loop {
        match writer.settle(&commit, WITHIN) {
            Ok(settled) => break settled,
            Err(fault) => assert!(began.elapsed() < LIMIT, "not settled: {fault}"),
        }
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(
        settled,
        Settled::NotApplied,
        "a killed store applies nothing"
    );
}

fn setting(key: &str) -> StoreKey {
    StoreKey::Setting(key.to_owned())
}

fn control(key: &str) -> StoreKey {
    StoreKey::Control(key.to_owned())
}

/// A commit without writes, on the present head.
fn commit_on(base: &StoreSnapshot, writer: &mut dyn Writer, new_head: &str) -> Commit {
    let head = expect(writer.scan(HEAD, LIMIT)).values.remove(HEAD);
    Commit {
        base: Arc::new(base.clone()),
        head,
        new_head: new_head.into(),
        unchanged: Vec::new(),
        writes: Vec::new(),
    }
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
