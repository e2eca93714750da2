//! The conformance kit: the in-memory store keeps every promise, and an engine that breaks one fails.

use settings_core::remote::{
    Engine, Fault, FaultKind, StoreChange, StoreChanges, StoreSnapshot,
    testing::{
        Backup, InMemoryStore,
        conformance::{Cluster, PROMISES},
    },
};
use std::{
    borrow::Cow,
    panic::{self, AssertUnwindSafe},
    thread,
    time::Duration,
};

/// An in-memory store whose engines have a fault.
struct InMemory {
    store: InMemoryStore,
    backup: Option<Backup>,
    spoil: fn(Box<dyn Engine>) -> Box<dyn Engine>,
}

impl Cluster for InMemory {
    fn engine(&self) -> Box<dyn Engine> {
        (self.spoil)(Box::new(self.store.engine()))
    }

    fn change(&mut self, changes: &[(&str, Option<&str>)]) {
        let changes = changes.iter();
        let changes = changes.map(|(key, value)| ((*key).to_owned(), value.map(Into::into)));
        self.store.change(changes);
    }

    fn compact(&mut self) {
        self.store.compact();
    }

    fn kill(&mut self) {
        self.store.disconnect();
    }

    fn start(&mut self) {
        self.store.reconnect();
    }

    fn pause(&mut self) {
        self.store.pause();
    }

    fn resume(&mut self) {
        self.store.resume();
    }

    fn back_up(&mut self) {
        self.backup = Some(self.store.backup());
    }

    fn restore(&mut self) {
        self.store.restore(self.backup.as_ref().unwrap());
        self.store.reconnect();
    }
}

fn in_memory(spoil: fn(Box<dyn Engine>) -> Box<dyn Engine>) -> InMemory {
    InMemory {
        store: InMemoryStore::new(),
        backup: None,
        spoil,
    }
}

#[test]
fn the_in_memory_store_keeps_every_promise() {
    thread::scope(|scope| {
        for promise in PROMISES {
            scope.spawn(|| promise.check(&mut in_memory(|engine| engine)));
        }
    });
}

type Wait = fn(&mut dyn Engine, u64, Duration) -> Result<Option<StoreChanges>, Fault>;

/// An engine with another `changes`.
struct Spoilt(Box<dyn Engine>, Wait);

impl Engine for Spoilt {
    fn describe(&self) -> Cow<'_, str> {
        self.0.describe()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        self.0.snapshot(within)
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        self.1(&mut *self.0, after, within)
    }
}

fn breaks(promise: &str, spoil: fn(Box<dyn Engine>) -> Box<dyn Engine>) -> bool {
    let promise = PROMISES.iter().find(|each| each.name == promise).unwrap();
    let check = || promise.check(&mut in_memory(spoil));
    panic::catch_unwind(AssertUnwindSafe(check)).is_err()
}

#[test]
fn an_engine_that_polls_without_waiting_fails() {
    assert!(breaks(
        "a_wait_without_changes_is_neither_an_error_nor_too_short",
        |engine| {
            Box::new(Spoilt(engine, |engine, after, _| {
                engine.changes(after, Duration::ZERO)
            }))
        }
    ));
}

#[test]
fn an_engine_that_ignores_a_missing_answer_fails() {
    assert!(breaks("a_paused_store_is_a_fault_in_time", |engine| {
        Box::new(Spoilt(engine, |engine, after, within| {
            engine.changes(after, within).or(Ok(None))
        }))
    }));
}

#[test]
fn an_engine_that_splits_a_revision_fails() {
    assert!(breaks("a_revision_is_never_split", |engine| {
        Box::new(Spoilt(engine, |engine, after, within| {
            let mut changes = engine.changes(after, within)?;
            if let Some(changes) = &mut changes {
                changes.changes.truncate(5);
            }
            Ok(changes)
        }))
    }));
}

/// The same as a watch of etcd 3.4 that begins at the revision of a compaction.
#[test]
fn an_engine_whose_replay_omits_deletions_fails() {
    for promise in [
        "a_deletion_compacted_before_the_first_wait_is_not_lost",
        "a_deletion_compacted_between_two_waits_is_not_lost",
    ] {
        assert!(breaks(promise, |engine| {
            Box::new(Spoilt(engine, |engine, after, within| {
                match engine.changes(after, within) {
                    Err(fault) if fault.kind() == FaultKind::Compacted => {
                        let now = engine.snapshot(within)?;
                        let puts = now.values.into_iter().map(|(key, value)| StoreChange {
                            key,
                            value: Some(value),
                        });
                        Ok(Some(StoreChanges {
                            revision: now.revision,
                            changes: puts.collect(),
                        }))
                    }
                    changes => changes,
                }
            }))
        }));
    }
}
