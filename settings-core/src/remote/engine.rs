//! The `Engine` trait.

use super::{
    answer::{Fault, StoreChanges, StoreSnapshot},
    writer::Writer,
};
use std::{borrow::Cow, time::Duration};

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
/// | between two calls of `changes` | keeps its subscription open, so that changes are queued; returns [`Compacted`](super::FaultKind::Compacted) if they are not |
/// | after a lost connection, or when the subscription fell behind | returns `Compacted` or [`Unavailable`](super::FaultKind::Unavailable) instead of asking for a replay of history |
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
    /// Returns a fault if the store is unavailable or unresponsive. Returns [`FaultKind::Compacted`](super::FaultKind::Compacted) if changes after
    /// `after` may be missing, for example because this engine has not returned that revision, and
    /// [`FaultKind::RevisionRegressed`](super::FaultKind::RevisionRegressed) if the store is at an earlier revision.
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
