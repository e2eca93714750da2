//! Live settings: reloaded at run time, and replaced as a whole by a valid load.
//!
//! [`Loader::live`] returns a [`Live`]. [`Live::current`] returns the settings in force, [`Live::reload`] and the triggers
//! [`watch`](Live#method.watch), [`follow`](Live#method.follow) and [`reload_on_sighup`](Live#method.reload_on_sighup) load
//! them again, and [`Live::subscribe`] reports what changed. An invalid load is rejected, and the running settings stay.
//!
//! ```
//! use settings_core::Settings;
//!
//! #[derive(Debug, Settings)]
//! struct App {
//!     /// Takes effect at run time.
//!     #[settings(default = "info", one_of("debug", "info", "warn"), reload)]
//!     log_level: String,
//!     /// Takes effect at the next start.
//!     #[settings(default = 8080)]
//!     port: u16,
//! }
//!
//! # let directory = tempfile::tempdir()?;
//! # let file = directory.path().join("app.env");
//! # std::fs::write(&file, "LOG_LEVEL=info")?;
//! let live = App::empty_loader().env_file(&file).live()?;
//!
//! std::fs::write(&file, "LOG_LEVEL=debug\nPORT=9090")?;
//! assert_eq!(live.reload()?, 2);
//! let app = live.current();
//! assert_eq!((app.log_level.as_str(), app.port), ("debug", 8080));
//! assert_eq!(live.status().restart_required, ["port"]);
//!
//! std::fs::write(&file, "LOG_LEVEL=lots")?;
//! assert!(live.reload().is_err());
//! assert_eq!(live.current().log_level, "debug");
//! assert!(live.status().rejected.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is read
//!
//! Files, `.env` files, secrets directories, files named by a `<NAME>_FILE` variable, and providers are read again at each
//! reload. The process environment is read again too, although nothing can change it from outside. A store contributes its
//! latest snapshot. Values passed by `env_from`, arguments and `set` stay the same.
//!
//! All files of a load belong to one moment. If a file, or a link on the path to it, changes while they are read, all are read
//! again, for at most five seconds. So the files of a Kubernetes volume, which change together by its `..data` link, are never
//! mixed. A file that had content and is empty now is rejected, because that is how a file looks while it is being written. A
//! FIFO cannot be read twice: do not use one here.
//!
//! # What may change
//!
//! Settings and groups marked [`reload`](derive@crate::Settings#reload). Every other setting keeps a clone of its running
//! value. Its key is listed in [`restart_required`](Event::Applied::restart_required) until the change is undone or the
//! program restarts. A new load must be valid by itself, as it would be at a start, and valid together with the values that
//! are kept.
//!
//! - A list or map of groups changes as a whole, if its field or every setting of its group is marked.
//! - An `Option<Group>` appears and disappears at run time under the same condition, otherwise at a restart.
//! - A field marked `skip` is its `Default` in each revision.
//!
//! A value that is kept must be `Clone`. A type that is not is a compile error where `live` is called, and only there:
//!
//! ```compile_fail
//! # use settings_core::Settings;
//! #[derive(serde::Deserialize)]
//! struct Handle;
//!
//! #[derive(Settings)]
//! struct App {
//!     handle: Handle,
//! }
//!
//! let live = App::empty_loader().live();
//! ```
//!
//! # Events
//!
//! [`subscribe`](Live::subscribe) calls a function, [`subscribe_channel`](Live::subscribe_channel) returns a channel, and with
//! the feature `tokio`, `Live::subscribe_watch` provides the last event to async code. Each subscriber has its own queue and,
//! while events wait in it, its own thread, so a slow or panicking subscriber delays no other. A queue holds 256 events; beyond
//! that the oldest are dropped, which shows as a gap in the revision numbers. A load without changes causes no event, and the
//! same rejection is reported once.
//!
//! A warning is not an event. The warnings of the running revision are [`Loaded::warnings`](crate::Loaded::warnings). With the
//! feature `tracing`, each new warning is emitted, also when nothing else changed.
//!
//! # Triggers
//!
//! A trigger reloads on a thread of its own: `watch` when a file changes (feature `watch`), [`Live::follow`] when a store
//! changes (feature `remote`), `reload_on_sighup` at SIGHUP (feature `sighup`). Each returns a [`TriggerGuard`], and there may be
//! several at once.
//!
//! # Probation
//!
//! Settings may be valid and still wrong. With [`probation`](Live#method.probation), a revision that makes the program unhealthy is
//! taken back: the last revision that passed is put in force again, and an [`Event::Reverted`] reports it.
//!
//! # Fleets
//!
//! Several processes that read one store are a fleet. With [`Live::join_fleet`] (feature `remote`) a process takes part in
//! rollouts: a change reaches a few instances first, and each takes it back by itself if it is invalid or unhealthy there.
//!
#![cfg_attr(feature = "remote", doc = "[`Live::join_fleet`]: Live::join_fleet")]
#![cfg_attr(not(feature = "remote"), doc = "[`Live::join_fleet`]: crate#features")]
#![cfg_attr(feature = "remote", doc = "[`Live::follow`]: Live::follow")]
#![cfg_attr(not(feature = "remote"), doc = "[`Live::follow`]: crate#features")]

mod event;
mod file_state;
#[cfg(feature = "watch")]
mod file_watcher;
mod fingerprint;
#[cfg(feature = "remote")]
mod fleet;
#[cfg(feature = "watch")]
mod fs_events;
mod health;
mod merge;
mod on_change;
mod page;
mod path_resolution;
mod probation;
mod readings;
mod reload;
mod revision;
#[cfg(all(feature = "sighup", unix))]
mod sighup;
mod snapshot;
mod status;
#[cfg(feature = "remote")]
mod store_trigger;
mod subscribers;
mod trial;
mod trigger;

pub use event::{Change, Event};
#[cfg(feature = "watch")]
pub use file_watcher::WatchOptions;
#[cfg(feature = "remote")]
pub use fleet::Instance;
pub use snapshot::{Reader, Snapshot};
#[cfg(feature = "remote")]
pub use status::FleetStatus;
#[cfg(feature = "watch")]
pub use status::WatchStatus;
pub use status::{ProbationStatus, Rejection, Reversion, Status};
pub use subscribers::Subscription;
pub use trigger::TriggerGuard;

use self::{
    probation::Probation,
    readings::{ActiveReading, Readings},
    reload::{KnownPaths, Outcome, Reloader, SourcesRead},
    revision::Revision,
    subscribers::Subscribers,
};
#[cfg(feature = "remote")]
pub use crate::remote::fleet::status::InstanceState;

#[cfg(feature = "remote")]
use crate::remote::Store;
use crate::{
    build::Assemble,
    error::{
        Error,
        problem::{Problem, ProblemKind},
    },
    loader::{
        Loader,
        turns::{PATIENCE, Refused, Turn, Turns},
    },
    schema::cloneable,
};
use arc_swap::ArcSwap;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Receiver},
    time::{Duration, SystemTime},
};

/// Settings that can be reloaded at run time; see [the module](self).
///
/// [`current`](Self::current) reads them, `watch` and the other triggers reload them, and
/// [`subscribe`](Self::subscribe) reports changes. A clone is another handle of the same settings.
///
/// ```
/// # use settings_core::Settings;
/// # #[derive(Debug, Settings)]
/// # struct App { #[settings(default = "info", reload)] log_level: String }
/// # let directory = tempfile::tempdir()?;
/// # let file = directory.path().join("app.env");
/// let live = App::empty_loader().env_file(&file).live()?;
/// assert_eq!(live.current().log_level, "info");
///
/// live.subscribe(|event| eprintln!("{event}")).detach();
/// std::fs::write(&file, "LOG_LEVEL=debug")?;
/// live.reload()?; // or `live.watch()?.detach()` once, to reload when the file changes
/// assert_eq!(live.current().log_level, "debug");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Live<T> {
    shared: Arc<LiveShared<T>>,
}

struct LiveShared<T> {
    loader: Loader<T>,
    current: ArcSwap<Revision<T>>,
    /// Held while a load is put next to the running settings, but not while its sources are read.
    reloader: Mutex<Reloader>,
    /// The turns in which application code runs.
    turns: Turns,
    readings: Readings,
    /// The paths of the last load, for the next reading.
    known: Mutex<KnownPaths>,
    status: Mutex<CurrentStatus>,
    /// Locked after `reloader`, if both are.
    probation: Mutex<Option<Probation<T>>>,
    #[cfg(feature = "remote")]
    fleet: Mutex<Option<FleetStatus>>,
    subscribers: Subscribers,
    ends: trigger::Ends,
}

/// The values that were read, the turn to put them in force, and the reading, which ends after that.
type ReadInTurn<'a> = (Result<SourcesRead, Error>, Turn<'a>, ActiveReading<'a>);

/// The part of `status` that changes without a new revision.
#[derive(Default)]
struct CurrentStatus {
    rejected: Option<Rejection>,
    rejections: u64,
    restart_required: Vec<String>,
    #[cfg(feature = "watch")]
    watching: Option<WatchStatus>,
    #[cfg(feature = "watch")]
    watchers: usize,
}

impl<T: Assemble + Send + Sync + 'static> Loader<T> {
    /// Loads the settings and keeps the loader for reloads.
    ///
    /// The types of all settings that are not marked [`reload`](derive@crate::Settings#reload) must be `Clone`; this is checked
    /// at compile time.
    ///
    /// # Errors
    ///
    /// Returns every problem of the load.
    pub fn live(self) -> Result<Live<T>, Error> {
        const { cloneable::refuse_unkept(T::SCHEMA.root, false) };
        let (reloader, loaded) = Reloader::first(&self)?;
        let known = Mutex::new(reloader.known());
        let first = Revision::new(1, Arc::new(loaded));
        Ok(Live {
            shared: Arc::new(LiveShared {
                loader: self,
                current: ArcSwap::from_pointee(first),
                reloader: Mutex::new(reloader),
                turns: Turns::new(),
                readings: Readings::default(),
                known,
                status: Mutex::default(),
                probation: Mutex::default(),
                #[cfg(feature = "remote")]
                fleet: Mutex::default(),
                subscribers: Subscribers::default(),
                ends: trigger::Ends::default(),
            }),
        })
    }
}

impl<T> Live<T> {
    /// The settings in force. Never blocks.
    #[inline]
    pub fn current(&self) -> Snapshot<T> {
        Snapshot(self.shared.current.load())
    }

    /// Returns a cached reader for one thread, which is cheaper than [`current`](Self::current).
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// let live = App::empty_loader().live()?;
    /// let mut reader = live.reader();
    /// std::thread::spawn(move || assert_eq!(reader.current().port, 8080)).join().unwrap();
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn reader(&self) -> Reader<T> {
        Reader::new(Arc::clone(&self.shared))
    }

    /// Number of the revision in force; the first is 1.
    pub fn revision(&self) -> u64 {
        self.shared.current.load().number
    }

    /// State of the settings, their stores and their file watcher. Does not wait for a running load.
    pub fn status(&self) -> Status {
        // The lock comes first: a revision is swapped under it, so both belong to one moment.
        let status = self.shared.status();
        self.shared.describe(&status, &self.shared.current.load())
    }

    /// Calls `callback` with each event, on a thread of its own.
    ///
    /// A callback that owns a `Live` keeps the settings, and itself, alive.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080)] port: u16 }
    /// # let live = App::empty_loader().live()?;
    /// live.subscribe(|event| eprintln!("{event}")).detach();
    /// # Ok::<(), settings_core::Error>(())
    /// ```
    pub fn subscribe(&self, callback: impl FnMut(&Event) + Send + 'static) -> Subscription {
        self.shared.subscribers.callback(callback)
    }

    /// Returns a channel of events. Dropping the receiver ends the subscription.
    pub fn subscribe_channel(&self) -> Receiver<Event> {
        self.shared.subscribers.channel()
    }

    /// Returns a watch channel with the last event, `None` until the first.
    #[cfg(feature = "tokio")]
    pub fn subscribe_watch(&self) -> tokio::sync::watch::Receiver<Option<Event>> {
        self.shared.subscribers.watch()
    }
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Loads the settings again and puts them in force if they are valid. Returns the number of the revision in force, which is
    /// the same as before if nothing changed.
    ///
    /// Concurrent calls run one after the other, except for the reading of sources: a call that waits for a file does not
    /// delay another one.
    ///
    /// # Errors
    ///
    /// Returns every problem of the load. The settings in force stay. A call during a reload of the same settings by the same
    /// thread, such as from a `validate` function, is an error too. So is one by another thread while such functions have not
    /// returned for ten seconds, because they may be waiting for that thread.
    pub fn reload(&self) -> Result<u64, Error> {
        self.shared.reload(Some(PATIENCE))
    }
}

impl<T: Assemble + Send + Sync + 'static> LiveShared<T> {
    /// Reloads, and waits for other reloads at most for this time while they call functions of the program.
    fn reload(&self, patience: Option<Duration>) -> Result<u64, Error> {
        let (sources, turn, reading) = self.read_in_turn(patience)?;
        self.finish(sources, &turn, &reading)
    }

    /// Reads the sources, and begins a turn in which no later reading is in force.
    fn read_in_turn(&self, patience: Option<Duration>) -> Result<ReadInTurn<'_>, Error> {
        for _ in 0..MAX_OVERTAKEN {
            // Without a lock: the reading may wait for a FIFO or a file system, and another reload must not.
            let reading = self.readings.begin().ok_or_else(nested_reload::<T>)?;
            let known = lock(&self.known).clone();
            let sources = known.read(&self.loader);
            let turn = self.turn(patience)?;
            if !reading.is_overtaken() {
                return Ok((sources, turn, reading));
            }
        }
        // Other reloads were faster again and again: now they wait.
        let turn = self.turn(patience)?;
        let reading = self.readings.begin().ok_or_else(nested_reload::<T>)?;
        let known = lock(&self.known).clone();
        Ok((known.read(&self.loader), turn, reading))
    }

    fn turn(&self, patience: Option<Duration>) -> Result<Turn<'_>, Error> {
        self.turns.begin(patience).map_err(|refused| match refused {
            Refused::Nested => nested_reload::<T>(),
            Refused::Stuck => stuck_reload::<T>(),
        })
    }

    fn finish(
        &self,
        sources: Result<SourcesRead, Error>,
        turn: &Turn<'_>,
        reading: &ActiveReading<'_>,
    ) -> Result<u64, Error> {
        turn.calls_functions();
        let mut reloader = self.reloader();
        let running = self.current.load_full();
        let outcome = self.next(&mut reloader, sources, &running);
        reading.finish();
        self.apply(&running, outcome)
    }

    /// Puts a reading next to the running settings, and remembers its paths.
    fn next(
        &self,
        reloader: &mut Reloader,
        sources: Result<SourcesRead, Error>,
        running: &Revision<T>,
    ) -> Outcome<T> {
        if let Ok(sources) = &sources {
            lock(&self.known).paths.clone_from(&sources.paths);
        }
        reloader.next(&self.loader, sources, &running.loaded)
    }

    /// Puts the result of a load in force and reports it, in the order of the loads.
    fn apply(&self, running: &Revision<T>, outcome: Outcome<T>) -> Result<u64, Error> {
        match outcome {
            Outcome::Unchanged => {
                self.status().rejected = None;
                Ok(running.number)
            }
            Outcome::Valid {
                value,
                changed,
                restart_required,
            } => {
                let next = Revision::new(running.number + 1, Arc::new(*value));
                let revision = next.number;
                {
                    let mut status = self.status();
                    status.rejected = None;
                    status.restart_required.clone_from(&restart_required);
                    self.current.store(Arc::new(next));
                }
                self.publish(&Event::Applied {
                    revision,
                    changed,
                    restart_required,
                });
                Ok(revision)
            }
            Outcome::Rejected { error, is_repeated } => {
                {
                    let mut status = self.status();
                    if !is_repeated || status.rejected.is_none() {
                        status.rejections += 1;
                        status.rejected = Some(Rejection {
                            at: SystemTime::now(),
                            error: error.clone(),
                        });
                    }
                }
                if !is_repeated {
                    self.publish(&Event::Rejected {
                        revision: running.number,
                        error: error.clone(),
                    });
                }
                Err(error)
            }
        }
    }

    fn publish(&self, event: &Event) {
        #[cfg(feature = "tracing")]
        match event {
            Event::Applied { revision, .. } => {
                tracing::info!(target: "settings::live", revision, "{event}");
            }
            Event::Reverted { revision, .. } => {
                tracing::warn!(target: "settings::live", revision, "{event}");
            }
            Event::Rejected { revision, error } => {
                let problems = error.problems();
                let keys: Vec<&str> = problems.iter().filter_map(Problem::key).collect();
                let origins = problems.iter().filter_map(Problem::origin);
                let origins: Vec<String> = origins.map(ToString::to_string).collect();
                tracing::warn!(
                    target: "settings::live",
                    revision,
                    problems = problems.len(),
                    key = keys.join(", "),
                    origin = origins.join(", "),
                    "{event}"
                );
            }
        }
        self.subscribers.publish(event);
    }
}

impl<T> LiveShared<T> {
    fn reloader(&self) -> MutexGuard<'_, Reloader> {
        lock(&self.reloader)
    }

    fn status(&self) -> MutexGuard<'_, CurrentStatus> {
        lock(&self.status)
    }

    #[cfg_attr(
        not(feature = "remote"),
        allow(clippy::unused_self, reason = "it holds the stores")
    )]
    fn describe(&self, status: &CurrentStatus, current: &Revision<T>) -> Status {
        Status {
            revision: current.number,
            since: current.since,
            fingerprint: current.fingerprint.to_string(),
            rejected: status.rejected.clone(),
            rejections: status.rejections,
            restart_required: status.restart_required.clone(),
            probation: self.probation_status(current.number),
            #[cfg(feature = "remote")]
            fleet: lock(&self.fleet).clone(),
            #[cfg(feature = "remote")]
            stores: self.loader.stores().map(Store::status).collect(),
            #[cfg(feature = "watch")]
            watching: status.watching.clone(),
        }
    }
}

/// Number of times that a reload reads again because a later one was faster, before it makes others wait.
const MAX_OVERTAKEN: usize = 3;

fn nested_reload<T: Assemble>() -> Error {
    let problem = Problem::new(
        ProblemKind::Source,
        "`reload` was called during a reload of the same settings",
    );
    let help = "do not call it from a function that the settings struct names, such as `validate`";
    Error::new(T::SCHEMA.root.name, vec![problem.with_help(help)])
}

fn stuck_reload<T: Assemble>() -> Error {
    let what = format!(
        "`reload` was called during a reload of the same settings, whose functions have not returned for {} seconds",
        PATIENCE.as_secs()
    );
    let help = "a function that the settings struct names, such as `validate`, must not wait for a thread that calls it";
    let problem = Problem::new(ProblemKind::Source, what).with_help(help);
    Error::new(T::SCHEMA.root.name, vec![problem])
}

fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("revision", &self.revision())
            .finish_non_exhaustive()
    }
}
