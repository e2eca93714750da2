//! What every engine promises, and a store on top of it, as tests that any kind of store can be run through.
//!
//! Say in [`Cluster`] how a store of your kind is started, written and hurt, and hand each promise a new one:
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

use crate::remote::{Engine, Fault, FaultKind, Store, StoreSnapshot, StoreState, Value};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// A store that a promise can write to and hurt. Keys are without the prefix.
pub trait Cluster {
    /// A new client of it.
    fn engine(&self) -> Box<dyn Engine>;
    /// Writes keys, or deletes those without a value, all at one revision.
    fn change(&mut self, changes: &[(&str, Option<&str>)]);
    /// Forgets the history up to now.
    fn compact(&mut self);
    /// Ends it without a farewell.
    fn kill(&mut self);
    /// Starts it again after it was killed, with what it held.
    fn start(&mut self);
    /// Keeps every connection, but says nothing.
    fn pause(&mut self);
    /// Speaks again.
    fn resume(&mut self);
    /// Keeps what it holds now.
    fn back_up(&mut self);
    /// After it was killed, starts it with what was kept, at the revision of then.
    fn restore(&mut self);
}

/// Something that every engine, or every store on top of one, promises.
#[derive(Clone, Copy)]
pub struct Promise {
    /// What is promised, in snake case.
    pub name: &'static str,
    check: fn(&mut dyn Cluster),
}

impl Promise {
    /// Holds a cluster to it, which must be new: nothing may have been written yet.
    ///
    /// # Panics
    ///
    /// Panics if the promise is broken, and says how.
    pub fn check(&self, cluster: &mut dyn Cluster) {
        (self.check)(cluster);
    }
}

macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        /// Every promise.
        pub const PROMISES: &[Promise] = &[$(Promise { name: stringify!($name), check: $name }),*];
    };
}

promises![
    a_snapshot_holds_everything,
    quiet_is_neither_silence_nor_haste,
    a_change_and_a_deletion_are_told,
    nothing_is_lost_between_snapshot_and_changes,
    one_revision_is_never_torn,
    history_that_is_gone_is_said_to_be,
    a_revision_that_is_yet_to_come_is_refused,
    a_dead_store_is_a_fault_in_time,
    a_frozen_store_is_a_fault_in_time,
    a_store_killed_and_restarted_is_followed,
    a_store_frozen_and_thawed_is_followed,
    compaction_while_cut_off_loses_nothing,
    a_restored_backup_is_taken_over_and_told,
    nobody_spins_while_the_store_is_away,
];

/// How long a call of an engine may take here. Long enough for a slow machine, short enough for a test.
const WITHIN: Duration = Duration::from_secs(2);
/// After this, what was waited for will not come.
const NEVER: Duration = Duration::from_mins(1);

fn a_snapshot_holds_everything(cluster: &mut dyn Cluster) {
    cluster.change(&[
        ("a", Some("1")),
        ("server/bind", Some("::1")),
        ("empty", Some("")),
    ]);
    cluster.change(&[("gone", Some("soon"))]);
    cluster.change(&[("gone", None), ("a", Some("ä=2\n"))]);
    let snapshot = sound(cluster.engine().snapshot(NEVER));
    assert_eq!(
        texts(&snapshot),
        ["a=ä=2\n", "empty=", "server/bind=::1"],
        "a snapshot holds every key once, as it was last written"
    );
    let changed = |key: &str| snapshot.values[key].revision();
    assert!(
        changed("empty") < changed("a") && changed("a") <= snapshot.revision,
        "a value knows the revision of its last change: {snapshot:?}"
    );
}

fn quiet_is_neither_silence_nor_haste(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = sound(engine.snapshot(NEVER));
    for _ in 0..3 {
        let began = Instant::now();
        let changes = sound(engine.changes(snapshot.revision, WITHIN));
        assert_eq!(changes, None, "nothing was changed");
        let took = began.elapsed();
        assert!(
            took >= WITHIN / 4,
            "an engine waits for changes, not {took:?}"
        );
    }
}

fn a_change_and_a_deletion_are_told(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1")), ("b", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = sound(engine.snapshot(NEVER));
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
    let snapshot = sound(engine.snapshot(NEVER));
    cluster.change(&[("a", Some("2"))]);
    cluster.change(&[("b", Some("2"))]);
    cluster.change(&[("a", Some("3"))]);
    follow(&mut engine, snapshot, &["a=3", "b=2"]);
}

fn one_revision_is_never_torn(cluster: &mut dyn Cluster) {
    let keys: Vec<String> = (0..10).map(|at| format!("key/{at}")).collect();
    let write = |cluster: &mut dyn Cluster, value: &str| {
        let all: Vec<_> = keys.iter().map(|key| (key.as_str(), Some(value))).collect();
        cluster.change(&all);
    };
    write(cluster, "0");
    let mut engine = cluster.engine();
    let (begun, begins) = mpsc::channel();
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut snapshot = sound(engine.snapshot(NEVER));
            begun.send(()).expect("the writer waits for it");
            loop {
                let mut texts: Vec<_> = snapshot.values.values().map(Value::bytes).collect();
                assert_eq!(texts.len(), 10, "torn: {snapshot:?}");
                texts.dedup();
                assert_eq!(texts.len(), 1, "torn: {snapshot:?}");
                if texts == [b"20"] {
                    return;
                }
                if let Some(changes) = sound(engine.changes(snapshot.revision, NEVER)) {
                    snapshot = snapshot.after(changes);
                }
            }
        });
        // The last is not read at once, so at least one revision is told as a change.
        begins.recv().expect("the reader could not begin");
        for value in 1..=20 {
            write(cluster, &value.to_string());
        }
        reader.join().expect("the reader found something torn");
    });
}

fn history_that_is_gone_is_said_to_be(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let snapshot = sound(cluster.engine().snapshot(NEVER));
    cluster.change(&[("a", Some("2"))]);
    cluster.change(&[("a", Some("3"))]);
    cluster.compact();
    let fault = faulty(cluster.engine().changes(snapshot.revision, NEVER));
    assert_eq!(fault.kind(), FaultKind::Compacted, "{fault}");
}

fn a_revision_that_is_yet_to_come_is_refused(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let snapshot = sound(cluster.engine().snapshot(NEVER));
    let fault = faulty(cluster.engine().changes(snapshot.revision + 1000, WITHIN));
    assert_eq!(fault.kind(), FaultKind::RevisionRegressed, "{fault}");
}

fn a_dead_store_is_a_fault_in_time(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = sound(engine.snapshot(NEVER));
    assert_eq!(sound(engine.changes(snapshot.revision, WITHIN)), None);
    cluster.kill();
    in_time("hearing of a death", || {
        faulty(engine.changes(snapshot.revision, WITHIN));
    });
    in_time("reading a dead store", || {
        faulty(engine.snapshot(WITHIN));
    });
}

fn a_frozen_store_is_a_fault_in_time(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    let mut engine = cluster.engine();
    let snapshot = sound(engine.snapshot(NEVER));
    assert_eq!(sound(engine.changes(snapshot.revision, WITHIN)), None);
    cluster.pause();
    in_time("hearing nothing", || {
        faulty(engine.changes(snapshot.revision, WITHIN));
    });
    in_time("reading a frozen store", || {
        faulty(engine.snapshot(WITHIN));
    });
    cluster.resume();
    sound(engine.snapshot(NEVER));
}

fn a_store_killed_and_restarted_is_followed(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    cluster.kill();
    until("its death is noticed", &store, |store| {
        is(store, StoreState::Unavailable)
    });
    assert_eq!(held(&store), ["a=1"], "what was read stays in force");
    cluster.start();
    cluster.change(&[("a", Some("2"))]);
    until("the change is heard of", &store, |store| {
        held(store) == ["a=2"]
    });
    until("it is connected", &store, |store| {
        is(store, StoreState::Connected)
    });
    assert!(store.status().last_error.is_some(), "{store:?}");
}

fn a_store_frozen_and_thawed_is_followed(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    cluster.pause();
    until("its silence is noticed", &store, |store| {
        is(store, StoreState::Unavailable)
    });
    cluster.resume();
    until("it is connected again", &store, |store| {
        is(store, StoreState::Connected)
    });
    cluster.change(&[("a", Some("2"))]);
    until("the change is heard of", &store, |store| {
        held(store) == ["a=2"]
    });
}

fn compaction_while_cut_off_loses_nothing(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    cluster.pause();
    until("it is cut off", &store, |store| {
        is(store, StoreState::Unavailable)
    });
    cluster.resume();
    cluster.change(&[("a", Some("2")), ("b", Some("2"))]);
    cluster.change(&[("b", None), ("c", Some("3"))]);
    cluster.compact();
    until("all is caught up with", &store, |store| {
        held(store) == ["a=2", "c=3"]
    });
}

fn a_restored_backup_is_taken_over_and_told(cluster: &mut dyn Cluster) {
    cluster.change(&[("a", Some("1"))]);
    cluster.back_up();
    cluster.change(&[("a", Some("2"))]);
    cluster.change(&[("a", Some("3")), ("b", Some("3"))]);
    let store = start(cluster);
    until("it is read", &store, |store| held(store) == ["a=3", "b=3"]);
    let revision = store.status().revision;
    cluster.kill();
    cluster.restore();
    until("the backup is taken over", &store, |store| {
        held(store) == ["a=1"]
    });
    let status = store.status();
    assert!(status.revision < revision, "{store:?}");
    let error = status.last_error.map(|error| error.kind);
    assert_eq!(error, Some(FaultKind::RevisionRegressed), "{store:?}");
    cluster.change(&[("a", Some("4"))]);
    until("changes are heard of again", &store, |store| {
        held(store) == ["a=4"]
    });
}

fn nobody_spins_while_the_store_is_away(cluster: &mut dyn Cluster) {
    let store = connected(cluster);
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    store.on_change(move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    cluster.kill();
    until("its death is noticed", &store, |store| {
        is(store, StoreState::Unavailable)
    });
    let (before, began) = (store.status().attempts, Instant::now());
    thread::sleep(Duration::from_secs(2));
    let attempts = store.status().attempts - before;
    // Each wait is at least half of 50, 100, 200 and then 400 ms.
    let most = 4 + began.elapsed().as_millis() / 200;
    assert!(u128::from(attempts) <= most, "{attempts} attempts in 2 s");
    cluster.start();
    until("it is connected again", &store, |store| {
        is(store, StoreState::Connected)
    });
    assert_eq!(calls.load(Ordering::Relaxed), 0, "nothing has changed");
}

/// A store that has read `a=1`.
fn connected(cluster: &mut dyn Cluster) -> Store {
    cluster.change(&[("a", Some("1"))]);
    let store = start(cluster);
    until("it is read", &store, |store| held(store) == ["a=1"]);
    store
}

fn start(cluster: &dyn Cluster) -> Store {
    Store::builder(cluster.engine())
        .heartbeat(WITHIN)
        .retry(Duration::from_millis(50)..=Duration::from_millis(400))
        .start()
}

/// Follows the changes until the store holds this.
fn follow(engine: &mut dyn Engine, mut snapshot: StoreSnapshot, wanted: &[&str]) -> StoreSnapshot {
    let began = Instant::now();
    while texts(&snapshot) != wanted {
        assert!(
            began.elapsed() < NEVER,
            "{wanted:?} never came, but {:?}",
            texts(&snapshot)
        );
        if let Some(changes) = sound(engine.changes(snapshot.revision, WITHIN)) {
            assert!(changes.revision > snapshot.revision, "{changes:?}");
            snapshot = snapshot.after(changes);
        }
    }
    snapshot
}

fn until(what: &str, store: &Store, holds: impl Fn(&Store) -> bool) {
    let began = Instant::now();
    while !holds(store) {
        assert!(began.elapsed() < NEVER, "never: {what}; {store:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn in_time(what: &str, act: impl FnOnce()) {
    let began = Instant::now();
    act();
    let took = began.elapsed();
    assert!(
        took < WITHIN * 4,
        "{what} took {took:?}, and may take {WITHIN:?}"
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
    let each = snapshot.values.iter();
    each.map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value.bytes())))
        .collect()
}

#[track_caller]
fn sound<T>(answer: Result<T, Fault>) -> T {
    answer.unwrap_or_else(|fault| panic!("{:?}: {fault}", fault.kind()))
}

#[track_caller]
fn faulty<T: fmt::Debug>(answer: Result<T, Fault>) -> Fault {
    answer.expect_err("this should be a fault")
}

impl fmt::Debug for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
