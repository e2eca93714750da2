//! `Store`, and the builder that starts one.

#[cfg(any(feature = "cli", feature = "live"))]
use super::writer::Writer;
use super::{
    answer::{Fault, FaultKind, StoreSnapshot, mask_passwords},
    back_off::BackOff,
    driver::{self, Timing},
    engine::Engine,
    last_good::LastGood,
    shared::{Served, StoreShared},
    status::{ServedFrom, StoreStatus},
};
use crate::error::redact;
#[cfg(any(feature = "cli", feature = "live"))]
use std::sync::Mutex;
use std::{fmt, ops::RangeInclusive, path::PathBuf, sync::Arc, thread, time::Duration};

/// Least heartbeat and retry, so that no configuration makes a busy loop.
const SHORTEST: Duration = Duration::from_millis(10);

/// A store that a thread keeps up to date, as a layer of loaders by [`Loader::store`](crate::Loader::store).
///
/// Clones are handles to the same store. Its thread ends when the last handle is dropped, those of loaders included, at
/// the latest after one [`heartbeat`](StoreBuilder::heartbeat).
#[derive(Clone)]
pub struct Store {
    handle: Arc<Handle>,
}

/// Configuration of a store, made by [`Store::builder`].
///
/// ```
/// # #[cfg(feature = "testing")] {
/// # use settings_core::remote::{Store, testing::InMemoryStore};
/// # use std::time::Duration;
/// # let engine = InMemoryStore::new().engine();
/// let store = Store::builder(engine)
///     .deadline(Duration::from_secs(2))
///     .heartbeat(Duration::from_secs(5))
///     .retry(Duration::from_millis(50)..=Duration::from_secs(10))
///     .start();
/// # }
/// ```
#[must_use = "a store does nothing until `start` is called"]
pub struct StoreBuilder {
    engine: Box<dyn Engine>,
    deadline: Duration,
    heartbeat: Duration,
    retry: RangeInclusive<Duration>,
    last_good: Option<PathBuf>,
}

struct Handle {
    shared: Arc<StoreShared>,
    /// Shared by everything in this process that writes to the store.
    #[cfg(any(feature = "cli", feature = "live"))]
    writer: Option<SharedWriter>,
}

/// Handle to a store that does not keep it alive.
#[cfg(feature = "live")]
pub(crate) struct WeakStore(std::sync::Weak<Handle>);

#[cfg(feature = "live")]
impl WeakStore {
    pub(crate) fn upgrade(&self) -> Option<Store> {
        let handle = self.0.upgrade()?;
        Some(Store { handle })
    }
}

/// A writer, which one caller uses at a time.
#[cfg(any(feature = "cli", feature = "live"))]
pub(crate) type SharedWriter = Arc<Mutex<Box<dyn Writer>>>;

impl Store {
    /// Configures a store that uses this engine.
    pub fn builder(engine: impl Engine) -> StoreBuilder {
        StoreBuilder {
            engine: Box::new(engine),
            deadline: Duration::from_secs(5),
            heartbeat: Duration::from_secs(10),
            retry: Duration::from_millis(100)..=Duration::from_secs(30),
            last_good: None,
        }
    }

    /// Calls `callback` whenever a load would read other settings than before. The first snapshot counts too, if there
    /// is none yet. Reserved keys, whose names begin with `@`, do not count.
    ///
    /// The callback runs on the thread of the store, so it should only wake another thread. A panic in it is ignored.
    /// The thread never ends if the callback owns this store, or a loader that reads it; use a weak reference instead.
    pub fn on_change(&self, callback: impl Fn() + Send + Sync + 'static) {
        self.on_change_while(move || {
            callback();
            true
        });
    }

    /// Like [`on_change`](Self::on_change), until the callback returns `false`.
    pub(crate) fn on_change_while(&self, callback: impl Fn() -> bool + Send + Sync + 'static) {
        self.shared().on_change(Arc::new(callback));
    }

    /// State of the store, and the age of its snapshot.
    pub fn status(&self) -> StoreStatus {
        self.shared().status()
    }

    /// The latest snapshot from the store, reserved keys included; `None` before the first. It is never one from disk.
    pub fn snapshot(&self) -> Option<Arc<StoreSnapshot>> {
        self.shared().snapshot()
    }

    /// The writer of the engine, if it has one.
    #[cfg(any(feature = "cli", feature = "live"))]
    pub(crate) fn writer(&self) -> Option<SharedWriter> {
        self.handle.writer.clone()
    }

    /// How long a load waits for the first snapshot.
    #[cfg(feature = "cli")]
    pub(crate) fn deadline(&self) -> Duration {
        self.shared().deadline()
    }

    /// The part of an origin before the key.
    pub(crate) fn name(&self) -> &str {
        self.shared().name()
    }

    /// The snapshot for a load. Waits for the first one until the deadline, then reads the last good one from disk.
    ///
    /// The error states why there is none.
    pub(crate) fn served(&self) -> Result<Served, String> {
        self.shared().served()
    }

    /// Records that a load has put a snapshot in force.
    pub(crate) fn accept(&self, served: &Served) {
        if served.from == ServedFrom::Store {
            self.shared().accept(served);
        }
    }

    /// Makes loads read the candidate of this rollout, or of none.
    #[cfg(feature = "live")]
    pub(crate) fn admit(&self, rollout: Option<&str>) {
        self.shared().admit(rollout);
    }

    /// The revision up to which the settings of the store are in force.
    #[cfg(feature = "live")]
    pub(crate) fn accepted_base(&self) -> u64 {
        self.shared().accepted_base()
    }

    /// Shortens the longest wait between two attempts.
    #[cfg(feature = "live")]
    pub(crate) fn retry_within(&self, longest: Duration) {
        self.shared().retry_within(longest);
    }

    /// A handle that does not keep the store alive.
    #[cfg(feature = "live")]
    pub(crate) fn downgrade(&self) -> WeakStore {
        WeakStore(Arc::downgrade(&self.handle))
    }

    /// Whether both are handles to the same store.
    #[cfg(feature = "live")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.handle, &other.handle)
    }

    fn shared(&self) -> &StoreShared {
        &self.handle.shared
    }
}

impl StoreBuilder {
    /// How long a load waits for the first snapshot, counted from [`start`](Self::start). Default: 5 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long the store may fail to answer before it counts as unavailable; also the limit for reading everything.
    /// Default: 10 s. At least 10 ms.
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat.max(SHORTEST);
        self
    }

    /// The shortest and the longest wait before the next attempt. Default: 100 ms to 30 s. At least 10 ms.
    pub fn retry(mut self, waits: RangeInclusive<Duration>) -> Self {
        let (shortest, longest) = waits.into_inner();
        self.retry = shortest.max(SHORTEST)..=longest.max(SHORTEST);
        self
    }

    /// Keeps the snapshot in force in a file, for a start while the store is unavailable. The directory must exist.
    ///
    /// The file is written after each load that succeeds with a new snapshot, so it never contains invalid settings:
    /// first beside the path, with mode 0600, then renamed. It contains every value, secrets too. A load that reads the
    /// file warns if users other than its owner may write it.
    pub fn last_good(mut self, path: impl Into<PathBuf>) -> Self {
        self.last_good = Some(path.into());
        self
    }

    /// Starts the thread that reads the store and waits for changes.
    pub fn start(self) -> Store {
        let name = mask_passwords(&self.engine.describe()).into_owned();
        let name: Box<str> = redact::escape_line(name).into();
        let last_good = self.last_good.map(|path| LastGood::new(path, &name));
        let shared = Arc::new(StoreShared::new(
            name,
            self.deadline,
            self.heartbeat,
            last_good,
        ));
        let timing = Timing {
            within: self.heartbeat,
            back_off: BackOff::new(self.retry),
        };
        #[cfg(any(feature = "cli", feature = "live"))]
        let writer = self.engine.writer();
        let (engine, for_thread) = (self.engine, shared.clone());
        let thread = thread::Builder::new().name("settings-remote".to_owned());
        if let Err(error) = thread.spawn(move || driver::run(engine, &for_thread, timing)) {
            let message = format!("no thread could be started: {error}");
            shared.faulted(&Fault::new(FaultKind::Unavailable, message));
        }
        Store {
            handle: Arc::new(Handle {
                shared,
                #[cfg(any(feature = "cli", feature = "live"))]
                writer: writer.map(|writer| Arc::new(Mutex::new(writer))),
            }),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({}: {})", self.name(), self.status())
    }
}

impl fmt::Debug for StoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.engine.describe();
        write!(f, "StoreBuilder({})", mask_passwords(&name))
    }
}
