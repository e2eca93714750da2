//! The `Writer` trait, and the data of a commit.

use super::answer::{Fault, FaultKind, StoreSnapshot, Value, is_reserved};
use std::{sync::Arc, time::Duration};

/// Connection that writes to a store, made by [`Engine::writer`](super::Engine::writer).
///
/// A writer knows two ranges of keys. *Settings* are below the prefix of the engine, such as `/shop/`. *Control* keys are
/// below that prefix with `@` in place of its last `/`, such as `/shop@`; they are never in a snapshot or a change of the
/// engine, so writing one costs the programs that read the settings nothing.
///
/// Each call may block for at most `within`. A writer has a connection of its own and opens a new one after a fault. If the
/// store rejects its credentials because they have expired, it authenticates and repeats the call once: such a rejection
/// means that nothing was written.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use settings_core::remote::{Commit, Engine, FaultKind, StoreKey, StoreWrite, testing::InMemoryStore};
/// use std::time::Duration;
///
/// let cluster = InMemoryStore::new();
/// cluster.put([("db_pool_size", "25")]);
/// let mut engine = cluster.engine();
/// let within = Duration::from_secs(5);
/// let commit = Commit {
///     base: engine.snapshot(within)?.into(),
///     head: None,
///     new_head: b"1".into(),
///     unchanged: Vec::new(),
///     writes: vec![StoreWrite::put(StoreKey::Setting("db_pool_size".into()), "30")],
/// };
/// let mut writer = engine.writer().expect("this engine can write");
/// let committed = writer.commit(&commit, within)?;
/// assert_eq!(engine.snapshot(within)?.revision, committed.revision);
///
/// let again = writer.commit(&commit, within).unwrap_err(); // its base and head are outdated
/// assert_eq!(again.kind(), FaultKind::Conflict);
/// # }
/// # Ok::<(), settings_core::remote::Fault>(())
/// ```
pub trait Writer: Send {
    /// Applies all writes of a commit and its new head in one revision, or none of them.
    ///
    /// # Errors
    ///
    /// Returns [`FaultKind::Conflict`] if the head, a setting or a key of [`unchanged`](Commit::unchanged) differs from what
    /// the commit was computed from, also if a setting was added or deleted; [`FaultKind::LeaseExpired`] if a lease of a write
    /// has ended; [`FaultKind::TooLarge`] before anything is sent, see [`Commit::check_limits`]; and
    /// [`FaultKind::Uncertain`] if the commit was sent but no answer came. Then [`settle`](Self::settle) decides.
    fn commit(&mut self, commit: &Commit, within: Duration) -> Result<Committed, Fault>;

    /// Decides whether a commit was applied whose answer was lost.
    ///
    /// Reading is not enough, since the lost commit may still be applied later. So this rewrites the head under the
    /// condition of the commit. If that succeeds, the commit was not applied and never will be. If not, it was applied if
    /// the head, or a control key that it wrote, has the value that it wrote; these values must therefore be unique.
    ///
    /// # Errors
    ///
    /// Returns a fault if there is no decision yet. The call may be repeated.
    fn settle(&mut self, commit: &Commit, within: Duration) -> Result<Settled, Fault>;

    /// Reads everything below the prefix of the settings, now or at an earlier revision.
    ///
    /// # Errors
    ///
    /// Returns [`FaultKind::Compacted`] if that revision is gone, or another fault if not everything could be read.
    fn read(&mut self, at: Option<u64>, within: Duration) -> Result<StoreSnapshot, Fault>;

    /// Writes one key without a condition. Returns the revision.
    ///
    /// With a lease, the key is deleted when that lease ends. A key has the lease of its last write only.
    ///
    /// # Errors
    ///
    /// Returns a fault if the key was not written, such as [`FaultKind::LeaseExpired`], or [`FaultKind::Uncertain`].
    fn put(
        &mut self,
        key: &StoreKey,
        value: &[u8],
        lease: Option<Lease>,
        within: Duration,
    ) -> Result<u64, Fault>;

    /// Starts a lease that ends after this time unless it is kept alive. The store may round the time up.
    ///
    /// # Errors
    ///
    /// Returns a fault if there is no lease.
    fn grant(&mut self, ttl: Duration, within: Duration) -> Result<Lease, Fault>;

    /// Restarts the time of a lease.
    ///
    /// # Errors
    ///
    /// Returns [`FaultKind::LeaseExpired`] if the lease has ended.
    fn keep_alive(&mut self, lease: Lease, within: Duration) -> Result<(), Fault>;

    /// Ends a lease and deletes its keys.
    ///
    /// # Errors
    ///
    /// Returns a fault if the lease may not have ended.
    fn revoke(&mut self, lease: Lease, within: Duration) -> Result<(), Fault>;

    /// Reads all control keys that begin with `prefix`, at one revision.
    ///
    /// # Errors
    ///
    /// Returns a fault if not everything could be read.
    fn scan(&mut self, prefix: &str, within: Duration) -> Result<StoreSnapshot, Fault>;
}

/// Control key that each commit rewrites, so that of two commits on the same base only one succeeds.
pub const HEAD: &str = "control/head";

/// Most settings that a commit may write.
const MAX_WRITES: usize = 100;
/// Most other keys that it may write, besides the head.
const MAX_CONTROL_WRITES: usize = 20;
/// Most keys besides the settings and the head that a commit may require to be unchanged.
const MAX_UNCHANGED: usize = 20;
/// Most bytes that a commit may write, keys included.
const MAX_BYTES: usize = 1024 * 1024;
/// Most settings below a prefix.
const MAX_SETTINGS: usize = 1000;

/// Writes that are applied together, or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The settings that the commit was computed from.
    pub base: Arc<StoreSnapshot>,
    /// The value of [`HEAD`] that was read with the base; `None` if there was none.
    pub head: Option<Value>,
    /// The new value of [`HEAD`]. It must differ from that of every other commit.
    pub new_head: Vec<u8>,
    /// Other keys that must be unchanged, each with the revision at which it was last changed; `None` if it does not exist.
    pub unchanged: Vec<(StoreKey, Option<u64>)>,
    /// Other keys to write, each at most once.
    pub writes: Vec<StoreWrite>,
}

/// Key of a [`Writer`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreKey {
    /// A key below the prefix of the engine: a setting, or a reserved name that begins with `@`.
    Setting(String),
    /// A control key.
    Control(String),
}

/// Write of one key.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreWrite {
    /// The key.
    pub key: StoreKey,
    /// The new value; `None` deletes the key.
    pub value: Option<Vec<u8>>,
    /// The lease with which the key ends.
    pub lease: Option<Lease>,
}

/// Result of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Committed {
    /// The revision that contains the writes.
    pub revision: u64,
    /// Settings of the base that were deleted by something else, where the store could not make that a conflict: etcd
    /// cannot for more than 100 settings.
    pub foreign_deletions: Vec<String>,
}

/// Decision on a commit whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The commit was applied.
    Applied,
    /// The commit was not applied, and never will be.
    NotApplied,
}

/// A lease of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease(u64);

impl Committed {
    /// A commit that was applied at this revision.
    pub fn new(revision: u64) -> Self {
        Self {
            revision,
            foreign_deletions: Vec::new(),
        }
    }
}

impl Commit {
    /// Checks the limits of a commit: 100 settings, 20 other keys and 1 MiB, for at most 1,000 settings in the base and 20
    /// other keys that must be unchanged.
    ///
    /// # Errors
    ///
    /// Returns [`FaultKind::TooLarge`] with the limit.
    pub fn check_limits(&self) -> Result<(), Fault> {
        let too_large = |message: String| Err(Fault::new(FaultKind::TooLarge, message));
        let settings = self.writes.iter().filter(|write| write.is_setting());
        let count = settings.count();
        if count > MAX_WRITES {
            return too_large(format!(
                "the commit writes {count} settings, more than {MAX_WRITES}"
            ));
        }
        let count = self.writes.len() - count;
        if count > MAX_CONTROL_WRITES {
            return too_large(format!(
                "the commit writes {count} control keys, more than {MAX_CONTROL_WRITES}"
            ));
        }
        let count = self.unchanged.len();
        if count > MAX_UNCHANGED {
            return too_large(format!(
                "the commit depends on {count} other keys, more than {MAX_UNCHANGED}"
            ));
        }
        let bytes: usize = self.writes.iter().map(StoreWrite::size).sum();
        let bytes = bytes + self.new_head.len();
        if bytes > MAX_BYTES {
            return too_large(format!("the commit has {bytes} bytes, more than 1 MiB"));
        }
        let count = self.base.settings().count();
        if count > MAX_SETTINGS {
            return too_large(format!(
                "there are {count} settings, more than {MAX_SETTINGS}"
            ));
        }
        Ok(())
    }

    /// Whether a control key has the value that this commit writes to it.
    pub fn has_written(&self, control_key: &str, value: &[u8]) -> bool {
        if control_key == HEAD {
            return value == self.new_head;
        }
        let mut control = self.writes.iter();
        control.any(|write| {
            write.key == StoreKey::Control(control_key.to_owned())
                && write.value.as_deref() == Some(value)
        })
    }
}

impl Settled {
    /// The decision for a commit that was applied, or was not.
    pub fn of(is_applied: bool) -> Self {
        if is_applied {
            Self::Applied
        } else {
            Self::NotApplied
        }
    }
}

impl StoreWrite {
    /// Writes a value.
    pub fn put(key: StoreKey, value: impl Into<Vec<u8>>) -> Self {
        Self {
            key,
            value: Some(value.into()),
            lease: None,
        }
    }

    /// Deletes a key.
    pub fn delete(key: StoreKey) -> Self {
        Self {
            key,
            value: None,
            lease: None,
        }
    }

    /// Attaches the key to a lease, so that it is deleted when the lease ends.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use settings_core::remote::{Engine, StoreKey, StoreWrite, testing::InMemoryStore};
    /// use std::time::Duration;
    ///
    /// let mut writer = InMemoryStore::new().engine().writer().expect("this engine can write");
    /// let lease = writer.grant(Duration::from_secs(15), Duration::from_secs(5))?;
    /// let write = StoreWrite::put(StoreKey::Control("lock".into()), "me").with_lease(lease);
    /// assert_eq!(write.lease, Some(lease));
    /// # }
    /// # Ok::<(), settings_core::remote::Fault>(())
    /// ```
    #[must_use]
    pub fn with_lease(self, lease: Lease) -> Self {
        Self {
            lease: Some(lease),
            ..self
        }
    }

    fn is_setting(&self) -> bool {
        matches!(&self.key, StoreKey::Setting(key) if !is_reserved(key))
    }

    fn size(&self) -> usize {
        let (StoreKey::Setting(key) | StoreKey::Control(key)) = &self.key;
        key.len() + self.value.as_ref().map_or(0, Vec::len)
    }
}

impl Lease {
    /// The lease with this id, for engines.
    pub fn new(id: u64) -> Self {
        Self(id)
    }

    /// Id of the lease.
    pub fn id(self) -> u64 {
        self.0
    }
}

/// Prints everything except the value, which may be a secret.
impl std::fmt::Debug for StoreWrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = if self.value.is_some() {
            "put"
        } else {
            "delete"
        };
        write!(f, "{verb} {:?}", self.key)
    }
}
