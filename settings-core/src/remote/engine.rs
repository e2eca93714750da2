//! `Engine`: what a kind of store must know, and the words it answers in.

use crate::error::redact;
use std::{borrow::Cow, collections::BTreeMap, error, fmt, sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// A kind of store: reads everything below a prefix, then waits for changes.
///
/// A [`Store`](super::Store) calls it from one thread, so its methods may block, but not longer than they are told to.
/// After any [`Fault`] it is asked for a snapshot again, and should begin with a new connection.
/// The kit `remote::testing::conformance`, with the feature `testing`, holds an engine to all that is said here.
///
/// One that knows of a single revision, and is heard as long as there is no other:
///
/// ```
/// use settings_core::remote::{StoreChanges, Engine, Fault, FaultKind, StoreSnapshot, Value};
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
///             return Err(Fault::new(FaultKind::RevisionRegressed, "is at revision 1"));
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
    /// The store and prefix as a person would name them, without credentials: `etcd /shop/`. Origins are this and the
    /// key.
    fn describe(&self) -> Cow<'_, str>;

    /// Everything below the prefix, as of one revision, within this time.
    ///
    /// # Errors
    ///
    /// A fault if it could not be read whole.
    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault>;

    /// Waits for changes after a revision, at most for this time, and without any for not less than a quarter of it.
    ///
    /// All changes of one revision come together, and none is left out. `None` means that nothing has changed *and*
    /// that the store has been heard in this time: silence is a fault.
    ///
    /// # Errors
    ///
    /// A fault if the store is away, has said nothing even when it was asked, no longer has this part of its history, or
    /// is at an earlier revision than this one.
    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault>;
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
}

/// Everything below a prefix, as of one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSnapshot {
    /// The revision of the store.
    pub revision: u64,
    /// Every key, without the prefix.
    pub values: BTreeMap<String, Value>,
}

/// The value of a key, as bytes that should be UTF-8; wiped when the last copy is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    bytes: Arc<Zeroizing<Vec<u8>>>,
    revision: u64,
}

/// What has changed since a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreChanges {
    /// The revision after all of them.
    pub revision: u64,
    /// In the order in which they happened.
    pub changes: Vec<StoreChange>,
}

/// What has become of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreChange {
    /// The key, without the prefix.
    pub key: String,
    /// What it holds now; `None` if it was deleted.
    pub value: Option<Value>,
}

/// Why a store could not be read or heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    what: Box<str>,
}

/// What kind of fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The store can't be reached, or the connection broke.
    Unavailable,
    /// It is connected, but says nothing, not even when it is asked.
    Unresponsive,
    /// It doesn't let this program in.
    PermissionDenied,
    /// The history after the revision asked for is gone.
    Compacted,
    /// It is at an earlier revision than it has been.
    RevisionRegressed,
    /// What it says makes no sense.
    Malformed,
}

impl StoreSnapshot {
    /// Whether every key holds the same, whenever it was written.
    pub(super) fn says_what(&self, other: &Self) -> bool {
        let mut pairs = self.values.iter().zip(&other.values);
        self.values.len() == other.values.len()
            && pairs.all(|((key, value), (same, as_before))| {
                key == same && value.bytes == as_before.bytes
            })
    }
}

impl Value {
    /// A value, and the revision at which its key was last changed.
    pub fn new(bytes: impl Into<Vec<u8>>, revision: u64) -> Self {
        Self {
            bytes: Arc::new(Zeroizing::new(bytes.into())),
            revision,
        }
    }

    /// What the key holds.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The revision at which the key was last changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

impl StoreSnapshot {
    /// The same after some changes.
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

impl Fault {
    /// A fault with a description for operators. Passwords of URLs in the text are masked; any other secret must not be
    /// in it.
    pub fn new(kind: FaultKind, what: impl AsRef<str>) -> Self {
        Self {
            kind,
            what: redact::escape_line(redact::mask_urls(what.as_ref()).into_owned()).into(),
        }
    }

    /// The fault of a store that did not answer within this time.
    pub fn no_answer(within: Duration) -> Self {
        let within = settings_syntax::duration::format(within);
        Self::new(
            FaultKind::Unresponsive,
            format!("no answer within {within}"),
        )
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl error::Error for Fault {}

/// Never the value: it may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value(@{})", self.revision)
    }
}
