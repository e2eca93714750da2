//! `Store`: a store as a layer, and how it is started.

use super::{
    back_off::BackOff,
    driver::{self, Rhythm},
    engine::{Engine, Fault, FaultKind, StoreSnapshot},
    last_good::LastGood,
    shared::{Served, Shared},
    status::{ServedFrom, StoreStatus},
};
use crate::error::redact;
use std::{fmt, ops::RangeInclusive, path::PathBuf, sync::Arc, thread, time::Duration};

/// Whatever is asked for, nobody spins.
const SHORTEST: Duration = Duration::from_millis(10);

/// A store that is kept up to date, to be named as a layer by [`Loader::store`](crate::Loader::store).
///
/// Clones are the same store. When the last one is dropped, also by the loaders that name it, its thread ends, at the
/// latest after one [`heartbeat`](StoreBuilder::heartbeat).
#[derive(Clone)]
pub struct Store {
    handle: Arc<Handle>,
}

/// How a store is driven; made by [`Store::builder`].
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
    shared: Arc<Shared>,
}

impl Store {
    /// A store that this engine reads.
    pub fn builder(engine: impl Engine) -> StoreBuilder {
        StoreBuilder {
            engine: Box::new(engine),
            deadline: Duration::from_secs(5),
            heartbeat: Duration::from_secs(10),
            retry: Duration::from_millis(100)..=Duration::from_secs(30),
            last_good: None,
        }
    }

    /// Calls this whenever a load would now read something else than before; the first answer of a store is that too, if
    /// it is still to come.
    ///
    /// It is called on the thread that listens to the store, so it should only wake another one. What it panics with is
    /// dropped. A closure that owns this store, or a loader that names it, keeps it from ever ending: let it own
    /// something weak.
    pub fn on_change(&self, callback: impl Fn() + Send + Sync + 'static) {
        self.on_change_while(move || {
            callback();
            true
        });
    }

    /// The same, until it gives `false`.
    pub(crate) fn on_change_while(&self, callback: impl Fn() -> bool + Send + Sync + 'static) {
        self.shared().on_change(Arc::new(callback));
    }

    /// What it is doing, and how old that is which it serves.
    pub fn status(&self) -> StoreStatus {
        self.shared().status()
    }

    /// The latest snapshot, if there is one by now; never one from disk.
    pub fn snapshot(&self) -> Option<Arc<StoreSnapshot>> {
        self.shared().snapshot()
    }

    /// What stands before a key in an origin.
    pub(crate) fn place(&self) -> &str {
        self.shared().place()
    }

    /// What a load reads: the latest snapshot. Waits for the first one until the deadline, then turns to the disk.
    ///
    /// Tells why, if there is nothing.
    pub(crate) fn served(&self) -> Result<Served, String> {
        self.shared().served()
    }

    /// Notes that a load has put a snapshot in force.
    pub(crate) fn accept(&self, served: &Served) {
        if served.from == ServedFrom::Store {
            self.shared().accept(&served.snapshot);
        }
    }

    fn shared(&self) -> &Shared {
        &self.handle.shared
    }
}

impl StoreBuilder {
    /// How long a load waits for the first snapshot, counted from [`start`](Self::start). 5 s, unless told otherwise.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long the store may say nothing, asked or not, before it counts as away; also how long reading it may take.
    /// 10 s, unless told otherwise; not less than 10 ms.
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat.max(SHORTEST);
        self
    }

    /// The shortest and the longest wait before the next try. From 100 ms to 30 s, unless told otherwise; not less than
    /// 10 ms.
    pub fn retry(mut self, waits: RangeInclusive<Duration>) -> Self {
        let (shortest, longest) = waits.into_inner();
        self.retry = shortest.max(SHORTEST)..=longest.max(SHORTEST);
        self
    }

    /// Keeps on disk what was last in force, for a start when the store is away. The directory must exist.
    ///
    /// Written after each load that succeeds with a new snapshot, so an unsound one is never kept: beside the path, with
    /// mode 0600, then renamed to it. It holds every value, secrets too.
    pub fn last_good(mut self, path: impl Into<PathBuf>) -> Self {
        self.last_good = Some(path.into());
        self
    }

    /// Starts the thread that reads the store and listens to it.
    pub fn start(self) -> Store {
        let place = redact::mask_urls(&self.engine.describe()).into_owned();
        let place: Box<str> = redact::escape_line(place).into();
        let last_good = self.last_good.map(|path| LastGood::new(path, &place));
        let shared = Arc::new(Shared::new(place, self.deadline, self.heartbeat, last_good));
        let rhythm = Rhythm {
            within: self.heartbeat,
            back_off: BackOff::new(self.retry),
        };
        let (engine, theirs) = (self.engine, shared.clone());
        let thread = thread::Builder::new().name("settings-remote".to_owned());
        if let Err(error) = thread.spawn(move || driver::run(engine, &theirs, rhythm)) {
            let what = format!("no thread could be started: {error}");
            shared.faulted(&Fault::new(FaultKind::Unavailable, what));
        }
        Store {
            handle: Arc::new(Handle { shared }),
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
        write!(f, "Store({}: {})", self.place(), self.status())
    }
}

impl fmt::Debug for StoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreBuilder({})", self.engine.describe())
    }
}
