//! `InMemoryStore`: a store for tests, with the history and the faults of a real one.

use crate::remote::{
    Commit, Committed, Engine, Fault, FaultKind, HEAD, Lease, Settled, StoreChange, StoreChanges,
    StoreKey, StoreSnapshot, Value, Writer,
};
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
    shared: Arc<(Mutex<StoredKeys>, Condvar)>,
}

/// Engine for an [`InMemoryStore`].
pub struct InMemoryEngine {
    store: InMemoryStore,
    /// The epoch of the store in which this engine connected.
    epoch: Option<u64>,
}

/// Writer for an [`InMemoryStore`].
#[derive(Debug)]
pub struct InMemoryWriter {
    store: InMemoryStore,
}

/// Copy of an [`InMemoryStore`] at one revision.
#[derive(Clone, Debug)]
pub struct Backup {
    revision: u64,
    values: BTreeMap<String, Value>,
    control: BTreeMap<String, Value>,
    leases: BTreeMap<u64, Leased>,
}

#[derive(Default)]
struct StoredKeys {
    revision: u64,
    values: BTreeMap<String, Value>,
    control: BTreeMap<String, Value>,
    leases: BTreeMap<u64, Leased>,
    last_lease: u64,
    history: Vec<StoreChanges>,
    /// The history up to this revision is gone.
    compacted: u64,
    /// The values at that revision.
    compacted_values: BTreeMap<String, Value>,
    /// Number of times that all connections were closed.
    epoch: u64,
    disconnected: bool,
    paused: bool,
    asked: u64,
    /// The time of a stopped clock.
    clock: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Leased {
    ttl: Duration,
    end: Instant,
    /// Whether it was revoked.
    ended: bool,
    keys: Vec<StoreKey>,
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
        let changes = changes.into_iter();
        let changes = changes.map(|(key, value)| (StoreKey::Setting(key), value));
        self.contents().write(changes);
        self.notify();
    }

    /// Discards the history up to the present revision.
    pub fn compact(&self) {
        let mut contents = self.contents();
        contents.compacted = contents.revision;
        contents.compacted_values = contents.values.clone();
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

    /// Stops the clock by which leases end; from now on only [`advance`](Self::advance) moves it.
    ///
    /// ```
    /// use settings_core::remote::{Engine, FaultKind, testing::InMemoryStore};
    /// use std::time::Duration;
    ///
    /// let cluster = InMemoryStore::new();
    /// cluster.stop_clock();
    /// let mut writer = cluster.engine().writer().expect("this engine can write");
    /// let (ttl, within) = (Duration::from_secs(15), Duration::from_secs(5));
    /// let lease = writer.grant(ttl, within)?;
    /// cluster.advance(ttl);
    /// let fault = writer.keep_alive(lease, within).unwrap_err();
    /// assert_eq!(fault.kind(), FaultKind::LeaseExpired);
    /// # Ok::<(), settings_core::remote::Fault>(())
    /// ```
    pub fn stop_clock(&self) {
        let mut contents = self.contents();
        let now = contents.now();
        contents.clock = Some(now);
    }

    /// Moves the clock by which leases end, and stops it.
    pub fn advance(&self, by: Duration) {
        let mut contents = self.contents();
        let now = contents.now() + by;
        contents.clock = Some(now);
        contents.expire();
        self.notify();
    }

    /// Everything below the prefix.
    pub fn snapshot(&self) -> StoreSnapshot {
        let contents = self.contents();
        StoreSnapshot {
            revision: contents.revision,
            values: contents.values.clone(),
        }
    }

    /// The present revision.
    #[cfg(test)]
    pub(crate) fn revision(&self) -> u64 {
        self.contents().revision
    }

    /// All control keys.
    ///
    /// ```
    /// use settings_core::remote::testing::InMemoryStore;
    ///
    /// let cluster = InMemoryStore::new();
    /// cluster.put([("port", "80")]);
    /// assert_eq!(cluster.snapshot().values["port"].bytes(), b"80");
    /// assert!(cluster.control().values.is_empty());
    /// ```
    pub fn control(&self) -> StoreSnapshot {
        let contents = self.contents();
        StoreSnapshot {
            revision: contents.revision,
            values: contents.control.clone(),
        }
    }

    /// A copy of the present contents.
    pub fn backup(&self) -> Backup {
        let contents = self.contents();
        Backup {
            revision: contents.revision,
            values: contents.values.clone(),
            control: contents.control.clone(),
            leases: contents.leases.clone(),
        }
    }

    /// Replaces the contents and the revision by those of a backup, and closes all connections. The time of each lease begins
    /// again.
    pub fn restore(&self, backup: &Backup) {
        let mut contents = self.contents();
        contents.revision = backup.revision;
        contents.values = backup.values.clone();
        contents.control = backup.control.clone();
        let now = contents.now();
        contents.leases = backup.leases.clone();
        for lease in contents.leases.values_mut() {
            lease.end = now + lease.ttl;
        }
        contents.history.clear();
        contents.compacted = backup.revision;
        contents.compacted_values = backup.values.clone();
        contents.epoch += 1;
        self.notify();
    }

    /// Number of calls of all engines of this store so far.
    pub fn asked(&self) -> u64 {
        self.contents().asked
    }

    fn contents(&self) -> MutexGuard<'_, StoredKeys> {
        let contents = self.shared.0.lock();
        let mut contents = contents.unwrap_or_else(PoisonError::into_inner);
        contents.expire();
        contents
    }

    fn notify(&self) {
        self.shared.1.notify_all();
    }

    /// Waits until the store has an answer, or cannot give one.
    fn answer(
        &self,
        within: Duration,
        epoch: Option<u64>,
        is_ready: impl Fn(&StoredKeys) -> bool,
    ) -> Result<MutexGuard<'_, StoredKeys>, Fault> {
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

impl StoredKeys {
    /// Writes keys, and deletes those without a value, in one revision.
    fn write(&mut self, writes: impl IntoIterator<Item = (StoreKey, Option<Vec<u8>>)>) {
        self.revision += 1;
        let revision = self.revision;
        let mut changes = Vec::new();
        for (key, value) in writes {
            for lease in self.leases.values_mut() {
                lease.keys.retain(|leased| *leased != key);
            }
            let value = value.map(|bytes| Value::new(bytes, revision));
            match key {
                StoreKey::Setting(key) => changes.push(StoreChange { key, value }),
                StoreKey::Control(key) => {
                    match value {
                        Some(value) => self.control.insert(key, value),
                        None => self.control.remove(&key),
                    };
                }
            }
        }
        if changes.is_empty() {
            return;
        }
        let changes = StoreChanges { revision, changes };
        self.history.push(changes.clone());
        let before = StoreSnapshot {
            revision,
            values: std::mem::take(&mut self.values),
        };
        self.values = before.after(changes).values;
    }

    /// Ends the leases whose time is over.
    fn expire(&mut self) {
        let now = self.now();
        let mut keys: Vec<StoreKey> = Vec::new();
        self.leases.retain(|_, lease| {
            let is_alive = lease.end > now && !lease.ended;
            if !is_alive {
                keys.append(&mut lease.keys);
            }
            is_alive
        });
        if !keys.is_empty() {
            self.write(keys.into_iter().map(|key| (key, None)));
        }
    }

    fn now(&self) -> Instant {
        self.clock.unwrap_or_else(Instant::now)
    }

    fn revision_of(&self, key: &StoreKey) -> Option<u64> {
        let value = match key {
            StoreKey::Setting(key) => self.values.get(key),
            StoreKey::Control(key) => self.control.get(key),
        };
        value.map(Value::revision)
    }

    /// The contents at a revision.
    fn at(&self, revision: u64) -> Result<StoreSnapshot, Fault> {
        if revision < self.compacted {
            let message = format!("revisions before {} are compacted", self.compacted);
            return Err(Fault::new(FaultKind::Compacted, message));
        }
        if revision > self.revision {
            let message = format!("the store is at revision {}, not {revision}", self.revision);
            return Err(Fault::new(FaultKind::RevisionRegressed, message));
        }
        let mut snapshot = StoreSnapshot {
            revision: self.compacted,
            values: self.compacted_values.clone(),
        };
        let until = self.history.iter();
        for changes in until.take_while(|changes| changes.revision <= revision) {
            snapshot = snapshot.after(changes.clone());
        }
        snapshot.revision = revision;
        Ok(snapshot)
    }

    fn head_is(&self, expected: Option<&Value>) -> bool {
        self.control.get(HEAD).map(Value::revision) == expected.map(Value::revision)
    }

    /// Whether each setting was last changed when it was in the base, and there are no others.
    fn settings_are(&self, base: &StoreSnapshot) -> bool {
        let now = StoreSnapshot {
            revision: self.revision,
            values: self.values.clone(),
        };
        let revisions = |snapshot: &StoreSnapshot| -> Vec<(String, u64)> {
            let settings = snapshot.settings();
            settings
                .map(|(key, value)| (key.to_owned(), value.revision()))
                .collect()
        };
        revisions(&now) == revisions(base)
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
        let contents = self.store.answer(within, self.epoch, |contents| {
            let last = contents.history.last();
            contents.revision < after || last.is_some_and(|last| last.revision > after)
        })?;
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
        let revision = contents.history.last().map_or(after, |last| last.revision);
        Ok((revision > after).then_some(StoreChanges { revision, changes }))
    }

    fn writer(&self) -> Option<Box<dyn Writer>> {
        let store = self.store.clone();
        Some(Box::new(InMemoryWriter { store }))
    }
}

impl Writer for InMemoryWriter {
    fn commit(&mut self, commit: &Commit, within: Duration) -> Result<Committed, Fault> {
        commit.check_limits()?;
        let mut contents = self.store.answer(within, None, |_| true)?;
        if !contents.head_is(commit.head.as_ref()) {
            let message = "another commit was applied in the meantime";
            return Err(Fault::new(FaultKind::Conflict, message));
        }
        if !contents.settings_are(&commit.base) {
            let message = "a setting was changed in the meantime";
            return Err(Fault::new(FaultKind::Conflict, message));
        }
        let mut unchanged = commit.unchanged.iter();
        if !unchanged.all(|(key, revision)| contents.revision_of(key) == *revision) {
            let message = "a key was changed in the meantime";
            return Err(Fault::new(FaultKind::Conflict, message));
        }
        for lease in commit.writes.iter().filter_map(|write| write.lease) {
            contents.lease(lease)?;
        }
        let writes = commit.writes.iter().cloned();
        let writes = writes.map(|write| (write.key, write.value));
        let head = StoreKey::Control(HEAD.to_owned());
        contents.write(writes.chain([(head, Some(commit.new_head.clone()))]));
        for write in &commit.writes {
            if let Some(lease) = write.lease {
                contents.lease(lease)?.keys.push(write.key.clone());
            }
        }
        let revision = contents.revision;
        self.store.notify();
        Ok(Committed::new(revision))
    }

    fn settle(&mut self, commit: &Commit, within: Duration) -> Result<Settled, Fault> {
        let mut contents = self.store.answer(within, None, |_| true)?;
        if contents.head_is(commit.head.as_ref()) {
            let head = StoreKey::Control(HEAD.to_owned());
            let old = commit.head.as_ref().map(|head| head.bytes().to_vec());
            contents.write([(head, Some(old.unwrap_or_default()))]);
            return Ok(Settled::NotApplied);
        }
        let mut control = contents.control.iter();
        let applied = control.any(|(key, value)| commit.has_written(key, value.bytes()));
        Ok(Settled::of(applied))
    }

    fn read(&mut self, at: Option<u64>, within: Duration) -> Result<StoreSnapshot, Fault> {
        let contents = self.store.answer(within, None, |_| true)?;
        contents.at(at.unwrap_or(contents.revision))
    }

    fn put(
        &mut self,
        key: &StoreKey,
        value: &[u8],
        lease: Option<Lease>,
        within: Duration,
    ) -> Result<u64, Fault> {
        let mut contents = self.store.answer(within, None, |_| true)?;
        if let Some(lease) = lease {
            contents.lease(lease)?;
        }
        contents.write([(key.clone(), Some(value.to_vec()))]);
        if let Some(lease) = lease {
            contents.lease(lease)?.keys.push(key.clone());
        }
        self.store.notify();
        Ok(contents.revision)
    }

    fn grant(&mut self, ttl: Duration, within: Duration) -> Result<Lease, Fault> {
        let mut contents = self.store.answer(within, None, |_| true)?;
        contents.last_lease += 1;
        let id = contents.last_lease;
        let leased = Leased {
            ttl,
            end: contents.now() + ttl,
            ended: false,
            keys: Vec::new(),
        };
        contents.leases.insert(id, leased);
        Ok(Lease::new(id))
    }

    fn keep_alive(&mut self, lease: Lease, within: Duration) -> Result<(), Fault> {
        let mut contents = self.store.answer(within, None, |_| true)?;
        let now = contents.now();
        let leased = contents.lease(lease)?;
        leased.end = now + leased.ttl;
        Ok(())
    }

    fn revoke(&mut self, lease: Lease, within: Duration) -> Result<(), Fault> {
        let mut contents = self.store.answer(within, None, |_| true)?;
        if let Ok(leased) = contents.lease(lease) {
            leased.ended = true;
            contents.expire();
            self.store.notify();
        }
        Ok(())
    }

    fn scan(&mut self, prefix: &str, within: Duration) -> Result<StoreSnapshot, Fault> {
        let contents = self.store.answer(within, None, |_| true)?;
        let control = contents.control.iter();
        let values = control.filter(|(key, _)| key.starts_with(prefix));
        Ok(StoreSnapshot {
            revision: contents.revision,
            values: values
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        })
    }
}

impl StoredKeys {
    fn lease(&mut self, lease: Lease) -> Result<&mut Leased, Fault> {
        let leased = self.leases.get_mut(&lease.id());
        leased.ok_or_else(|| Fault::new(FaultKind::LeaseExpired, "the lease has ended"))
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
