//! Answers of engines: snapshots, changes and faults.

use crate::error::redact;
use std::{borrow::Cow, collections::BTreeMap, error, fmt, sync::Arc, time::Duration};
use zeroize::Zeroizing;

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

/// Whether a key is reserved for control data. Leading slashes are ignored, as when a key is matched to a setting.
pub(super) fn is_reserved(key: &str) -> bool {
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

/// Prints everything except the bytes, which may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value(@{})", self.revision)
    }
}
