//! `InMemoryStore`: a store for tests, with the history and the faults of a real one.

use crate::remote::{Engine, Fault, FaultKind, StoreChange, StoreChanges, StoreSnapshot, Value};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Store in memory, with the history and the faults of a real one. Clones are handles to the same store.
///
/// ```
/// use settings_core::remote::{Store, StoreState, testing::InMemoryStore};
///
/// let cluster = InMemoryStore::new();
/// cluster.disconnect();
/// let store = Store::builder(cluster.engine()).start();
/// while store.status().state != StoreState::Unavailable {
///     std::thread::yield_now();
/// }
/// assert!(store.status().to_string().ends_with("(the connection was closed), serving nothing"));
/// ```
#[derive(Clone, Default)]
pub struct InMemoryStore {
    shared: Arc<(Mutex<Contents>, Condvar)>,
}

/// Engine for an [`InMemoryStore`].
pub struct InMemoryEngine {
    store: InMemoryStore,
    /// The epoch of the store in which this engine connected.
    epoch: Option<u64>,
}

/// Copy of an [`InMemoryStore`] at one revision.
#[derive(Clone, Debug)]
pub struct Backup {
    revision: u64,
    values: BTreeMap<String, Value>,
}

#[derive(Default)]
struct Contents {
    revision: u64,
    values: BTreeMap<String, Value>,
    history: Vec<StoreChanges>,
    /// The history up to this revision is gone.
    compacted: u64,
    /// Number of times that all connections were closed.
    epoch: u64,
    disconnected: bool,
    paused: bool,
    asked: u64,
}

impl InMemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new engine for this store.
    pub fn engine(&self) -> InMemoryEngine {
        InMemoryEngine {
            store: self.clone(),
            epoch: None,
        }
    }

    /// Writes keys, in one revision.
    pub fn put<K: Into<String>, V: Into<Vec<u8>>>(&self, pairs: impl IntoIterator<Item = (K, V)>) {
        let pairs = pairs.into_iter();
        self.change(pairs.map(|(key, value)| (key.into(), Some(value.into()))));
    }

    /// Deletes a key.
    pub fn delete(&self, key: &str) {
        self.change([(key.to_owned(), None)]);
    }

    /// Writes keys, and deletes those without a value, in one revision.
    pub fn change(&self, changes: impl IntoIterator<Item = (String, Option<Vec<u8>>)>) {
        let mut contents = self.contents();
        contents.revision += 1;
        let revision = contents.revision;
        let changes = changes.into_iter().map(|(key, value)| StoreChange {
            key,
            value: value.map(|bytes| Value::new(bytes, revision)),
        });
        let changes = StoreChanges {
            revision,
            changes: changes.collect(),
        };
        contents.history.push(changes.clone());
        let before = StoreSnapshot {
            revision,
            values: std::mem::take(&mut contents.values),
        };
        contents.values = before.after(changes).values;
        self.notify();
    }

    /// Discards the history up to the present revision.
    pub fn compact(&self) {
        let mut contents = self.contents();
        contents.compacted = contents.revision;
        contents.history.clear();
    }

    /// Closes all connections, and refuses new ones until [`reconnect`](Self::reconnect).
    pub fn disconnect(&self) {
        let mut contents = self.contents();
        contents.disconnected = true;
        contents.epoch += 1;
        self.notify();
    }

    /// Accepts connections again.
    pub fn reconnect(&self) {
        self.contents().disconnected = false;
        self.notify();
    }

    /// Keeps all connections, but does not answer until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.contents().paused = true;
        self.notify();
    }

    /// Answers again.
    pub fn resume(&self) {
        self.contents().paused = false;
        self.notify();
    }

    /// A copy of the present contents.
    pub fn backup(&self) -> Backup {
        let contents = self.contents();
        Backup {
            revision: contents.revision,
            values: contents.values.clone(),
        }
    }

    /// Replaces the contents and the revision by those of a backup, and closes all connections.
    pub fn restore(&self, backup: &Backup) {
        let mut contents = self.contents();
        contents.revision = backup.revision;
        contents.values = backup.values.clone();
        contents.history.clear();
        contents.compacted = backup.revision;
        contents.epoch += 1;
        self.notify();
    }

    /// Number of calls of all engines of this store so far.
    pub fn asked(&self) -> u64 {
        self.contents().asked
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self) {
        self.shared.1.notify_all();
    }

    /// Waits until the store has an answer, or cannot give one.
    fn answer(
        &self,
        within: Duration,
        epoch: Option<u64>,
        is_ready: impl Fn(&Contents) -> bool,
    ) -> Result<MutexGuard<'_, Contents>, Fault> {
        let end = Instant::now() + within;
        let mut contents = self.contents();
        contents.asked += 1;
        loop {
            if contents.disconnected || epoch.is_some_and(|epoch| epoch != contents.epoch) {
                let message = "the connection was closed";
                return Err(Fault::new(FaultKind::Unavailable, message));
            }
            if !contents.paused && is_ready(&contents) {
                return Ok(contents);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() && contents.paused {
                return Err(Fault::no_answer(within));
            }
            if left.is_zero() {
                return Ok(contents);
            }
            let waited = self.shared.1.wait_timeout(contents, left);
            contents = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Engine for InMemoryEngine {
    fn describe(&self) -> Cow<'_, str> {
        "memory /".into()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        let contents = self.store.answer(within, None, |_| true)?;
        self.epoch = Some(contents.epoch);
        Ok(StoreSnapshot {
            revision: contents.revision,
            values: contents.values.clone(),
        })
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        let contents = self
            .store
            .answer(within, self.epoch, |contents| contents.revision != after)?;
        if contents.revision < after {
            let message = format!(
                "the store is at revision {}, not {after}",
                contents.revision
            );
            return Err(Fault::new(FaultKind::RevisionRegressed, message));
        }
        if after < contents.compacted {
            let message = format!("revisions up to {} are compacted", contents.compacted);
            return Err(Fault::new(FaultKind::Compacted, message));
        }
        let history = contents.history.iter();
        let newer = history.filter(|changes| changes.revision > after);
        let changes: Vec<StoreChange> = newer.flat_map(|newer| newer.changes.clone()).collect();
        let revision = contents.revision;
        Ok((revision > after).then_some(StoreChanges { revision, changes }))
    }
}

impl fmt::Debug for InMemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemoryStore(@{})", self.contents().revision)
    }
}

impl fmt::Debug for InMemoryEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InMemoryEngine({:?})", self.store)
    }
}
