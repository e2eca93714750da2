//! A store in memory that does what a test says: for the conformance kit, and for tests of programs.

use crate::remote::{Engine, Fault, FaultKind, StoreChange, StoreChanges, StoreSnapshot, Value};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A store in memory, with the history and the faults of a real one. Clones are the same store.
///
/// ```
/// use settings_core::remote::{StoreState, Store, testing::InMemoryStore};
///
/// let cluster = InMemoryStore::new();
/// cluster.disconnect();
/// let store = Store::builder(cluster.engine()).start();
/// while store.status().state != StoreState::Unavailable {
///     std::thread::yield_now();
/// }
/// assert!(store.status().to_string().ends_with("(the connection was cut), serving nothing"));
/// ```
#[derive(Clone, Default)]
pub struct InMemoryStore {
    world: Arc<(Mutex<World>, Condvar)>,
}

/// A client of a [`InMemoryStore`] store.
pub struct InMemoryEngine {
    store: InMemoryStore,
    /// Which of the lives of the store it is connected to, if it is.
    life: Option<u64>,
}

/// What a [`InMemoryStore`] store held once.
#[derive(Clone, Debug)]
pub struct Backup {
    revision: u64,
    values: BTreeMap<String, Value>,
}

#[derive(Default)]
struct World {
    revision: u64,
    values: BTreeMap<String, Value>,
    history: Vec<StoreChanges>,
    /// History up to here is gone.
    compacted: u64,
    life: u64,
    cut: bool,
    frozen: bool,
    asked: u64,
}

impl InMemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new client.
    pub fn engine(&self) -> InMemoryEngine {
        InMemoryEngine {
            store: self.clone(),
            life: None,
        }
    }

    /// Writes keys, all at one revision.
    pub fn put<K: Into<String>, V: Into<Vec<u8>>>(&self, pairs: impl IntoIterator<Item = (K, V)>) {
        let pairs = pairs.into_iter();
        self.change(pairs.map(|(key, value)| (key.into(), Some(value.into()))));
    }

    /// Deletes a key.
    pub fn delete(&self, key: &str) {
        self.change([(key.to_owned(), None)]);
    }

    /// Writes and deletes keys, all at one revision.
    pub fn change(&self, changes: impl IntoIterator<Item = (String, Option<Vec<u8>>)>) {
        let mut world = self.world();
        world.revision += 1;
        let revision = world.revision;
        let changes = changes.into_iter().map(|(key, value)| StoreChange {
            key,
            value: value.map(|bytes| Value::new(bytes, revision)),
        });
        let changes = StoreChanges {
            revision,
            changes: changes.collect(),
        };
        world.history.push(changes.clone());
        let before = StoreSnapshot {
            revision,
            values: std::mem::take(&mut world.values),
        };
        world.values = before.after(changes).values;
        self.tell();
    }

    /// Forgets the history up to now.
    pub fn compact(&self) {
        let mut world = self.world();
        world.compacted = world.revision;
        world.history.clear();
    }

    /// Breaks every connection, and refuses new ones.
    pub fn disconnect(&self) {
        let mut world = self.world();
        world.cut = true;
        world.life += 1;
        self.tell();
    }

    /// Takes connections again.
    pub fn reconnect(&self) {
        self.world().cut = false;
        self.tell();
    }

    /// Keeps every connection, but says nothing.
    pub fn pause(&self) {
        self.world().frozen = true;
        self.tell();
    }

    /// Speaks again.
    pub fn resume(&self) {
        self.world().frozen = false;
        self.tell();
    }

    /// What it holds now.
    pub fn backup(&self) -> Backup {
        let world = self.world();
        Backup {
            revision: world.revision,
            values: world.values.clone(),
        }
    }

    /// Becomes what it was, revision and all; connections break.
    pub fn restore(&self, backup: &Backup) {
        let mut world = self.world();
        world.revision = backup.revision;
        world.values = backup.values.clone();
        world.history.clear();
        world.compacted = backup.revision;
        world.life += 1;
        self.tell();
    }

    /// How often it was asked for anything.
    pub fn asked(&self) -> u64 {
        self.world().asked
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.world.1.notify_all();
    }

    /// Waits until the store says something, or can't.
    fn heard(
        &self,
        within: Duration,
        life: Option<u64>,
        has_news: impl Fn(&World) -> bool,
    ) -> Result<MutexGuard<'_, World>, Fault> {
        let end = Instant::now() + within;
        let mut world = self.world();
        world.asked += 1;
        loop {
            if world.cut || life.is_some_and(|life| life != world.life) {
                return Err(Fault::new(FaultKind::Unavailable, "the connection was cut"));
            }
            if !world.frozen && has_news(&world) {
                return Ok(world);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() && world.frozen {
                return Err(Fault::new(
                    FaultKind::Unresponsive,
                    "the store says nothing",
                ));
            }
            if left.is_zero() {
                return Ok(world);
            }
            let waited = self.world.1.wait_timeout(world, left);
            world = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Engine for InMemoryEngine {
    fn describe(&self) -> Cow<'_, str> {
        "memory /".into()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        let world = self.store.heard(within, None, |_| true)?;
        self.life = Some(world.life);
        Ok(StoreSnapshot {
            revision: world.revision,
            values: world.values.clone(),
        })
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        let world = self
            .store
            .heard(within, self.life, |world| world.revision != after)?;
        if world.revision < after {
            let what = format!("is at revision {}, was at {after}", world.revision);
            return Err(Fault::new(FaultKind::RevisionRegressed, what));
        }
        if after < world.compacted {
            let what = format!("history up to revision {} is gone", world.compacted);
            return Err(Fault::new(FaultKind::Compacted, what));
        }
        let new = world.history.iter().filter(|each| each.revision > after);
        let changes: Vec<StoreChange> = new.flat_map(|each| each.changes.clone()).collect();
        let revision = world.revision;
        Ok((revision > after).then_some(StoreChanges { revision, changes }))
    }
}

impl fmt::Debug for InMemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemoryStore(@{})", self.world().revision)
    }
}

impl fmt::Debug for InMemoryEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemoryEngine(of {:?})", self.store)
    }
}
