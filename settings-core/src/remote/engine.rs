//! The `Engine` trait, and the data that engines return.

use super::writer::Writer;
use crate::error::redact;
use std::{borrow::Cow, collections::BTreeMap, error, fmt, sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// Driver for one kind of store: reads everything below a prefix, then waits for changes.
///
/// A [`Store`](super::Store) calls its engine from one thread. Each call may block for at most the duration that it is
/// given. After a [`Fault`] the store asks for a snapshot again, and the engine opens a new connection. The conformance kit
/// in `remote::testing` (feature `testing`) tests everything that this page requires.
///
/// # No change may be missed
///
/// A change that an engine misses leaves a wrong value in force until the same key changes again, while the store counts as
/// connected. A change can be missed in three windows:
///
/// | window | the engine |
/// |---|---|
/// | between the read in [`snapshot`](Self::snapshot) and the first wait in [`changes`](Self::changes) | subscribes first, then reads, and drops what is not newer than the read |
/// | between two calls of `changes` | keeps its subscription open, so that changes are queued; returns [`Compacted`](FaultKind::Compacted) if they are not |
/// | after a lost connection, or when the subscription fell behind | returns `Compacted` or [`Unavailable`](FaultKind::Unavailable) instead of asking for a replay of history |
///
/// The history of a store is no substitute for a subscription. For example, a watch of etcd 3.4 that begins at the revision
/// of a compaction omits the deletions of that revision. A server may also replay history by itself for a subscriber that
/// is too slow. For this case the store asks for a new snapshot after each 100 results with changes: an engine whose server
/// queues more than that before it replays never returns a replayed change.
///
/// # Example
///
/// An engine for a store that never changes:
///
/// ```
/// use settings_core::remote::{Engine, Fault, FaultKind, StoreChanges, StoreSnapshot, Value};
/// use std::{borrow::Cow, thread, time::Duration};
///
/// struct Fixed;
///
/// impl Engine for Fixed {
///     fn describe(&self) -> Cow<'_, str> {
///         "fixed /".into()
///     }
///
///     fn snapshot(&mut self, _: Duration) -> Result<StoreSnapshot, Fault> {
///         let values = [("port".to_owned(), Value::new("80", 1))].into();
///         Ok(StoreSnapshot { revision: 1, values })
///     }
///
///     fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
///         if after > 1 {
///             return Err(Fault::new(FaultKind::RevisionRegressed, "the store is at revision 1"));
///         }
///         thread::sleep(within / 2);
///         Ok(None)
///     }
/// }
///
/// # use settings_core::{Settings, remote::Store};
/// # #[derive(Debug, Settings)]
/// # struct App { port: u16 }
/// let store = Store::builder(Fixed).start();
/// assert_eq!(App::empty_loader().store(&store).load()?.port, 80);
/// # Ok::<(), settings_core::Error>(())
/// ```
pub trait Engine: Send + 'static {
    /// Name of the store and its prefix, such as `etcd /shop/`. An origin is this name followed by a key.
    ///
    /// Passwords of URLs in it are masked by the store; it must not contain any other secret.
    fn describe(&self) -> Cow<'_, str>;

    /// Reads everything below the prefix at one revision.
    ///
    /// Every change after that revision must be in a result of [`changes`](Self::changes).
    ///
    /// # Errors
    ///
    /// Returns a fault if not everything could be read.
    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault>;

    /// Waits for changes after the revision that this engine returned last.
    ///
    /// A result contains all changes of a revision or none of them. `None` means that nothing has changed *and* that the
    /// store has answered in the meantime; no answer is a fault. A wait without a change lasts at least a quarter of
    /// `within`.
    ///
    /// # Errors
    ///
    /// Returns a fault if the store is unavailable or unresponsive. Returns [`FaultKind::Compacted`] if changes after
    /// `after` may be missing, for example because this engine has not returned that revision, and
    /// [`FaultKind::RevisionRegressed`] if the store is at an earlier revision.
    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault>;

    /// A writer for the same store and prefix, with a connection of its own, or `None` if this engine cannot write.
    ///
    /// Nothing is connected until the first call. A prefix that does not end in `/` has no control keys, and so no writer.
    fn writer(&self) -> Option<Box<dyn Writer>> {
        None
    }
}

impl<E: Engine + ?Sized> Engine for Box<E> {
    fn describe(&self) -> Cow<'_, str> {
        (**self).describe()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        (**self).snapshot(within)
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        (**self).changes(after, within)
    }

    fn writer(&self) -> Option<Box<dyn Writer>> {
        (**self).writer()
    }
}

/// Everything below a prefix at one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSnapshot {
    /// Revision of the store.
    pub revision: u64,
    /// Values by key; keys are without the prefix.
    pub values: BTreeMap<String, Value>,
}

/// Value of a key: bytes, expected to be UTF-8, that are wiped when the last copy is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    bytes: Arc<Zeroizing<Vec<u8>>>,
    revision: u64,
}

/// Changes since a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreChanges {
    /// Revision of the store after these changes.
    pub revision: u64,
    /// The changes, in the order in which they happened.
    pub changes: Vec<StoreChange>,
}

/// Change of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreChange {
    /// The key, without the prefix.
    pub key: String,
    /// The new value; `None` if the key was deleted.
    pub value: Option<Value>,
}

/// Error of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    message: Box<str>,
}

/// Kind of a [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The store cannot be reached, or the connection was lost.
    Unavailable,
    /// The store is connected but does not answer.
    Unresponsive,
    /// The store refuses access to this program.
    PermissionDenied,
    /// Changes after the requested revision are no longer known.
    Compacted,
    /// The store is at an earlier revision than before.
    RevisionRegressed,
    /// An answer of the store cannot be understood.
    Malformed,
    /// A commit is based on settings or a head that have changed since.
    Conflict,
    /// A commit exceeds a limit.
    TooLarge,
    /// No answer to a write: it may have been applied, or may be applied later.
    Uncertain,
    /// The lease has ended.
    LeaseExpired,
    /// This kind of store, or its version, cannot do this.
    Unsupported,
}

impl StoreSnapshot {
    /// The keys and values that are settings: all whose name does not begin with the reserved `@`.
    ///
    /// ```
    /// use settings_core::remote::{StoreSnapshot, Value};
    ///
    /// let values = ["@rollout", "port"].map(|key| (key.to_owned(), Value::new("80", 1)));
    /// let snapshot = StoreSnapshot { revision: 1, values: values.into() };
    /// let keys: Vec<&str> = snapshot.settings().map(|(key, _)| key).collect();
    /// assert_eq!(keys, ["port"]);
    /// ```
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Value)> {
        let all = self.values.iter().map(|(key, value)| (key.as_str(), value));
        all.filter(|(key, _)| !is_reserved(key))
    }

    /// Whether the settings are the same, regardless of the revisions.
    pub(super) fn has_same_settings(&self, other: &Self) -> bool {
        let this = self.settings().map(|(key, value)| (key, value.bytes()));
        this.eq(other.settings().map(|(key, value)| (key, value.bytes())))
    }

    /// This snapshot with changes applied to it.
    #[must_use]
    pub fn after(&self, changes: StoreChanges) -> Self {
        let mut values = self.values.clone();
        for change in changes.changes {
            match change.value {
                Some(value) => values.insert(change.key, value),
                None => values.remove(&change.key),
            };
        }
        Self {
            revision: changes.revision,
            values,
        }
    }
}

/// Leading slashes do not count, as they do not when a key is matched to a setting.
fn is_reserved(key: &str) -> bool {
    key.trim_start_matches('/').starts_with('@')
}

impl Value {
    /// A value, and the revision at which its key was last changed.
    pub fn new(bytes: impl Into<Vec<u8>>, revision: u64) -> Self {
        Self {
            bytes: Arc::new(Zeroizing::new(bytes.into())),
            revision,
        }
    }

    /// The bytes as they are in the store.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Revision at which the key was last changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

impl Fault {
    /// A fault with a message for operators. Passwords of URLs in the message are masked; it must not contain any other
    /// secret.
    pub fn new(kind: FaultKind, message: impl AsRef<str>) -> Self {
        let message = redact::mask_urls(message.as_ref()).into_owned();
        Self {
            kind,
            message: redact::escape_line(message).into(),
        }
    }

    /// The fault of a store that did not answer within this time.
    ///
    /// ```
    /// use settings_core::remote::{Fault, FaultKind};
    /// use std::time::Duration;
    ///
    /// let fault = Fault::no_answer(Duration::from_secs(5));
    /// assert_eq!(fault.kind(), FaultKind::Unresponsive);
    /// assert_eq!(fault.to_string(), "no answer within 5s");
    /// ```
    pub fn no_answer(within: Duration) -> Self {
        let within = settings_syntax::duration::format(within);
        Self::new(
            FaultKind::Unresponsive,
            format!("no answer within {within}"),
        )
    }

    /// Kind of the fault.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }
}

/// The text with passwords of URLs masked, for names and `Debug` output of engines.
///
/// ```
/// use settings_core::remote::mask_passwords;
///
/// let endpoint = "https://shop:hunter2@etcd-1:2379";
/// assert_eq!(mask_passwords(endpoint), "https://shop:[redacted]@etcd-1:2379");
/// ```
pub fn mask_passwords(text: &str) -> Cow<'_, str> {
    redact::mask_urls(text)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Fault {}

/// Without the bytes, which may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value(@{})", self.revision)
    }
}
