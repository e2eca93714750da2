//! The kit for engines: the in-memory store keeps every promise, and an engine that breaks one is found out.

use settings_core::remote::{
    Engine, Fault, StoreChanges, StoreSnapshot,
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

/// A store in memory, and what its engines do wrong.
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

/// An engine that waits in a way of its own.
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
fn an_engine_that_polls_without_waiting_is_found_out() {
    assert!(breaks("quiet_is_neither_silence_nor_haste", |engine| {
        Box::new(Spoilt(engine, |engine, after, _| {
            engine.changes(after, Duration::ZERO)
        }))
    }));
}

#[test]
fn an_engine_that_takes_silence_for_quiet_is_found_out() {
    assert!(breaks("a_frozen_store_is_a_fault_in_time", |engine| {
        Box::new(Spoilt(engine, |engine, after, within| {
            engine.changes(after, within).or(Ok(None))
        }))
    }));
}

#[test]
fn an_engine_that_tears_a_revision_is_found_out() {
    assert!(breaks("one_revision_is_never_torn", |engine| {
        Box::new(Spoilt(engine, |engine, after, within| {
            let mut changes = engine.changes(after, within)?;
            if let Some(changes) = &mut changes {
                changes.changes.truncate(5);
            }
            Ok(changes)
        }))
    }));
}
