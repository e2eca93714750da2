//! Settings that are loaded again while the program runs, and replaced as a whole by a sound load only.
//!
//! [`Loader::live`] gives [`Live`]. It reads the same layers whenever it is asked to or a trigger says so, and puts
//! what it read in force if there is no problem in it. What runs is never half of a change, and stays if the change is
//! refused.
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
//! Files, `.env` files, secrets directories, files that a `<NAME>_FILE` names, and providers are read anew. So is the
//! environment of the process, which nobody can change from outside, and of a store its latest snapshot. What was handed
//! over stays: `env_from`, arguments, `set`.
//!
//! All files of a load are of one moment: if a file or a link on the way to one moved while they were read, all are read
//! again, for five seconds at most. A Kubernetes volume, whose files change together by its `..data` link, is therefore
//! never seen half old, half new. A file that held something and is empty now is refused, since that is how a file looks
//! while it is written. A FIFO can't be read twice: leave it out.
//!
//! # What may change
//!
//! Leaves and groups that are marked [`reload`](derive@crate::Settings#reload). Any other keeps the value it runs with, by a
//! clone of it; its key is in [`restart_required`](Event::Applied::restart_required) until the change is taken back or
//! the program starts anew. What is read must be sound by itself, as it would be at a start, and then once more as it
//! would be served, running and new values together.
//!
//! - A list or map of groups changes as a whole, if its field is marked or every leaf of its group is.
//! - An `Option<Group>` appears and disappears at run time under the same condition; else it does so at a restart.
//! - A field with `skip` is its `Default` in each revision.
//!
//! A value that must stay has to be `Clone`. One that is not is a compile error, where `live` is called and only there:
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
//! [`subscribe`](Live::subscribe) calls a function, [`subscribe_channel`](Live::subscribe_channel) gives a channel, and with the
//! feature `tokio` `Live::subscribe_watch` the last event to be awaited. Each has a queue of its own, and a thread while something
//! waits in it, so that one who is slow, or panics, holds up nobody. A queue holds 256 events; of more the oldest are
//! dropped, which shows as a gap in the numbers of the revisions. Nothing is told when nothing changed, and a refusal only once.
//!
//! A warning is no event: those of the running revision are [`Loaded::warnings`](crate::Loaded::warnings), and with the feature
//! `tracing` each that was not there before is told, also when nothing else changed.
//!
//! # Triggers
//!
//! [`reload`](Live::reload) by hand; SIGHUP with the feature `sighup`; a change of the files with the feature `watch`; a
//! change in a store with the feature `remote`, by [`Live::follow`]. Each is a method that gives a `Trigger`; there may be
//! several at once.
//!
#![cfg_attr(feature = "remote", doc = "[`Live::follow`]: Live::follow")]
#![cfg_attr(not(feature = "remote"), doc = "[`Live::follow`]: crate#features")]

mod event;
mod file_state;
#[cfg(feature = "watch")]
mod file_watcher;
mod merge;
mod path_resolution;
mod reload;
mod revision;
#[cfg(all(feature = "sighup", unix))]
mod sighup;
mod snapshot;
mod status;
#[cfg(feature = "remote")]
mod store_trigger;
mod subscribers;
#[cfg(any(feature = "remote", feature = "watch", all(feature = "sighup", unix)))]
mod trigger;

pub use event::{Change, Event};
#[cfg(feature = "watch")]
pub use file_watcher::WatchOptions;
pub use snapshot::{Reader, Snapshot};
#[cfg(feature = "watch")]
pub use status::WatchStatus;
pub use status::{Rejection, Status};
pub use subscribers::Subscription;
#[cfg(any(feature = "remote", feature = "watch", all(feature = "sighup", unix)))]
pub use trigger::TriggerGuard;

use self::{reload::Outcome, reload::Turn, revision::Revision, subscribers::Subscribers};
#[cfg(feature = "remote")]
use crate::remote::Store;
use crate::{build::Assemble, error::Error, loader::Loader, schema::cloneable};
use arc_swap::ArcSwap;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Receiver},
    time::SystemTime,
};

/// Settings that are loaded again while the program runs; see [the module](self).
///
/// A clone is another handle of the same settings.
pub struct Live<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    loader: Loader<T>,
    current: ArcSwap<Revision<T>>,
    /// Whoever holds it loads; the others wait.
    turn: Mutex<Turn>,
    standing: Mutex<Standing>,
    subscribers: Subscribers,
    #[cfg(any(feature = "remote", feature = "watch", all(feature = "sighup", unix)))]
    ends: trigger::Ends,
}

/// What `status` tells besides the revision.
#[derive(Default)]
struct Standing {
    rejected: Option<Rejection>,
    rejections: u64,
    restart_required: Vec<String>,
    #[cfg(feature = "watch")]
    watching: Option<WatchStatus>,
    #[cfg(feature = "watch")]
    watchers: usize,
}

impl<T: Assemble + Send + Sync + 'static> Loader<T> {
    /// Loads the settings, and keeps the loader to load them again while the program runs.
    ///
    /// What is not marked [`reload`](derive@crate::Settings#reload) must be `Clone`, which is looked at in constant evaluation.
    ///
    /// # Errors
    ///
    /// Returns every problem that there is to mend.
    pub fn live(self) -> Result<Live<T>, Error> {
        const { cloneable::refuse_unkept(T::SCHEMA.root, false) };
        let (turn, loaded) = Turn::first(&self)?;
        let first = Revision {
            number: 1,
            since: SystemTime::now(),
            loaded,
        };
        Ok(Live {
            shared: Arc::new(Shared {
                loader: self,
                current: ArcSwap::from_pointee(first),
                turn: Mutex::new(turn),
                standing: Mutex::default(),
                subscribers: Subscribers::default(),
                #[cfg(any(feature = "remote", feature = "watch", all(feature = "sighup", unix)))]
                ends: trigger::Ends::default(),
            }),
        })
    }
}

impl<T> Live<T> {
    /// The settings as they are now. Waits for nobody.
    #[inline]
    pub fn current(&self) -> Snapshot<T> {
        Snapshot(self.shared.current.load())
    }

    /// Reads for one thread, at less cost than [`load`](Self::load).
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

    /// The number of the revision that is in force; the first is 1.
    pub fn revision(&self) -> u64 {
        self.shared.current.load().number
    }

    /// How they are doing. Waits for no load.
    pub fn status(&self) -> Status {
        // First the lock, under which a revision is swapped, so that the two are of one moment.
        let standing = self.shared.standing();
        let current = self.shared.current.load();
        Status {
            revision: current.number,
            since: current.since,
            rejected: standing.rejected.clone(),
            rejections: standing.rejections,
            restart_required: standing.restart_required.clone(),
            #[cfg(feature = "remote")]
            stores: self.shared.loader.stores().map(Store::status).collect(),
            #[cfg(feature = "watch")]
            watching: standing.watching.clone(),
        }
    }

    /// Calls `callback` with each event, on a thread of its own.
    ///
    /// A callback that holds a `Live` keeps the settings alive, and itself.
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

    /// The events by a channel; to drop the receiver ends the subscription.
    pub fn subscribe_channel(&self) -> Receiver<Event> {
        self.shared.subscribers.channel()
    }

    /// The last event, to be awaited; `None` until there is one.
    #[cfg(feature = "tokio")]
    pub fn subscribe_watch(&self) -> tokio::sync::watch::Receiver<Option<Event>> {
        self.shared.subscribers.watch()
    }
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Loads the settings again, and puts them in force if they are sound. Gives the number of the revision that is in
    /// force then: the same as before if nothing changed.
    ///
    /// Of several at once each waits for the one before it.
    ///
    /// # Errors
    ///
    /// Returns every problem that there is to mend. What was in force stays.
    pub fn reload(&self) -> Result<u64, Error> {
        self.shared.reload()
    }
}

impl<T: Assemble + Send + Sync + 'static> Shared<T> {
    fn reload(&self) -> Result<u64, Error> {
        let mut turn = self.turn();
        let running = self.current.load_full();
        let outcome = turn.next(&self.loader, &running.loaded);
        self.settle(&running, outcome)
    }

    /// What follows from a load, told to everyone in the order of the loads.
    fn settle(&self, running: &Revision<T>, outcome: Outcome<T>) -> Result<u64, Error> {
        match outcome {
            Outcome::Same => {
                self.standing().rejected = None;
                Ok(running.number)
            }
            Outcome::Sound {
                value,
                changed,
                restart_required,
            } => {
                let next = Revision {
                    number: running.number + 1,
                    since: SystemTime::now(),
                    loaded: *value,
                };
                let revision = next.number;
                {
                    let mut standing = self.standing();
                    standing.rejected = None;
                    standing.restart_required.clone_from(&restart_required);
                    self.current.store(Arc::new(next));
                }
                self.tell(&Event::Applied {
                    revision,
                    changed,
                    restart_required,
                });
                Ok(revision)
            }
            Outcome::Refused { error, again } => {
                {
                    let mut standing = self.standing();
                    if !again || standing.rejected.is_none() {
                        standing.rejections += 1;
                        standing.rejected = Some(Rejection {
                            at: SystemTime::now(),
                            error: error.clone(),
                        });
                    }
                }
                if !again {
                    self.tell(&Event::Rejected {
                        revision: running.number,
                        error: error.clone(),
                    });
                }
                Err(error)
            }
        }
    }

    fn tell(&self, event: &Event) {
        #[cfg(feature = "tracing")]
        match event {
            Event::Applied { revision, .. } => {
                tracing::info!(target: "settings::live", revision, "{event}");
            }
            Event::Rejected { revision, .. } => {
                tracing::warn!(target: "settings::live", revision, "{event}");
            }
        }
        self.subscribers.tell(event);
    }
}

impl<T> Shared<T> {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
