//! Trigger that reloads when a file changes.
//!
//! Events of the operating system are only hints to look: whether anything changed is decided by content.

use super::{
    Live, LiveShared,
    file_state::{FileState, Transition, WatchedPath},
    fs_events::{FsWatcher, MAX_OPEN, Wakeup},
    status::WatchStatus,
    trigger::TriggerGuard,
};
use crate::build::Assemble;
use std::{
    collections::BTreeSet,
    io,
    sync::{
        Arc, Weak,
        mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
    },
    time::{Duration, Instant, SystemTime},
};

/// Polling interval while a directory cannot be watched.
const POLL_UNWATCHED: Duration = Duration::from_secs(2);
/// Factor by which a missing file must be missing longer than a written one must be unchanged.
const GONE_FACTOR: u32 = 40;
/// Minimum polling interval.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// Options of the file watcher, for [`Live::watch_with`].
///
/// ```
/// use settings_core::live::WatchOptions;
/// use std::time::Duration;
///
/// let watch = WatchOptions::new().settle(Duration::from_millis(200)).every(Duration::from_secs(600));
/// ```
#[derive(Clone, Debug)]
pub struct WatchOptions {
    settle: Duration,
    every: Duration,
}

impl WatchOptions {
    /// The defaults: files settle for 50 ms, and everything is read again every minute.
    pub fn new() -> Self {
        Self {
            settle: Duration::from_millis(50),
            every: Duration::from_secs(60),
        }
    }

    /// Sets how long a written file must be unchanged before it is read. A missing file must be missing forty times as
    /// long, two seconds by default, before the reload is rejected.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// Sets the interval after which everything is read again without an event; at least 10 ms.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every.max(MIN_INTERVAL);
        self
    }
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Reloads the settings when a file of the last load changes, on a thread of its own.
    ///
    /// Every directory on the path of a file, or of a link on it, is watched. So it does not matter whether a file is written,
    /// replaced or deleted and created again, whether its directory is, or whether a link is moved.
    ///
    /// - Files that are swapped by a link, such as those of a Kubernetes volume, are read at once.
    /// - A file that is written or replaced in place must be unchanged for a moment and, on Linux, closed by its writer. A
    ///   missing file may come back for two seconds; then the reload is rejected, unless the file is declared as
    ///   [`optional`](derive@crate::Settings#file). After ten seconds the files are read in any case, and rejected if they are
    ///   invalid.
    /// - A directory that cannot be watched, because the watches of the system are used up or it may not be read, is polled
    ///   every two seconds. [`status`](Live::status) lists such directories and counts lost events.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080, reload)] port: u16 }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("app.env");
    /// # std::fs::write(&file, "PORT=80")?;
    /// let live = App::empty_loader().env_file(&file).live()?;
    /// let events = live.subscribe_channel();
    /// let watching = live.watch()?;
    ///
    /// std::fs::write(&file, "PORT=81")?;
    /// events.recv()?;
    /// assert_eq!(live.current().port, 81);
    ///
    /// drop(watching); // or `watching.detach()`, to watch for as long as the settings exist
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system if no thread can be started. A directory that cannot be watched is not an error.
    pub fn watch(&self) -> io::Result<TriggerGuard> {
        self.watch_with(WatchOptions::new())
    }

    /// Like [`watch`](Self::watch), with other options.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system if no thread can be started.
    pub fn watch_with(&self, watch: WatchOptions) -> io::Result<TriggerGuard> {
        let (sender, receiver) = mpsc::channel();
        let stop = sender.clone();
        let shared = Arc::downgrade(&self.shared);
        let paths = self.shared.reloader().paths.clone();
        let mut fs_watcher = FsWatcher::new(sender);
        // Later changes are reported by the watcher; earlier ones are found by looking once.
        fs_watcher.watch_paths(&paths);
        let mut watching = WatcherThread {
            watch,
            fs_watcher,
            receiver,
            paths,
            is_new: true,
        };
        let _ = watching.report_status(&shared, None);
        let watched = WatcherCount::begin(Weak::clone(&shared));
        let run = move || {
            let _watched = watched;
            while watching.run_once(&shared).is_some() {}
        };
        let stop = move || drop(stop.send(Wakeup::Stop));
        self.shared.trigger("settings-watch", stop, run)
    }
}

/// Counts this watcher in the status for as long as it exists.
struct WatcherCount<T>(Weak<LiveShared<T>>);

impl<T> WatcherCount<T> {
    fn begin(shared: Weak<LiveShared<T>>) -> Self {
        if let Some(shared) = shared.upgrade() {
            shared.status().watchers += 1;
        }
        Self(shared)
    }
}

impl<T> Drop for WatcherCount<T> {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            let mut status = shared.status();
            status.watchers -= 1;
            if status.watchers == 0 {
                status.watching = None;
            }
        }
    }
}

/// State of the watcher's thread.
struct WatcherThread {
    watch: WatchOptions,
    fs_watcher: FsWatcher,
    receiver: Receiver<Wakeup>,
    paths: BTreeSet<WatchedPath>,
    /// Whether a directory is newly watched, so that earlier changes in it were missed.
    is_new: bool,
}

impl WatcherThread {
    /// Watches the paths of the last load, waits for a change, and reloads. Returns `None` to stop.
    fn run_once<T: Assemble + Send + Sync + 'static>(
        &mut self,
        shared: &Weak<LiveShared<T>>,
    ) -> Option<()> {
        self.paths.clone_from(&shared.upgrade()?.reloader().paths);
        self.is_new |= self.fs_watcher.watch_paths(&self.paths);
        self.report_status(shared, None)?;
        if !std::mem::take(&mut self.is_new) {
            self.wait(self.every())?;
        }
        self.settle(shared)?;
        shared.upgrade()?.reload_by_trigger();
        Some(())
    }

    /// Waits until the files are no longer changing.
    fn settle<T>(&self, shared: &Weak<LiveShared<T>>) -> Option<()> {
        let mut unsettled = None;
        let mut now = FileState::of(&self.paths);
        let begin = Instant::now();
        let mut since = begin;
        loop {
            let transition = now.transition_from(&shared.upgrade()?.reloader().file_state);
            let needed = match transition {
                Transition::Swapped => Duration::ZERO,
                Transition::Written => self.watch.settle,
                Transition::Gone => self.watch.settle.saturating_mul(GONE_FACTOR),
            };
            let open = self.fs_watcher.time_to_close();
            let left = needed.saturating_sub(since.elapsed()).max(open);
            // A file that never settles must not block every change.
            if left.is_zero() || begin.elapsed() > needed.saturating_add(MAX_OPEN) {
                return Some(());
            }
            if unsettled.is_none() {
                unsettled = Some(SystemTime::now());
                self.report_status(shared, unsettled)?;
            }
            if self.wait(left)? {
                since = Instant::now();
            }
            let next = FileState::of(&self.paths);
            if next != now {
                now = next;
                since = Instant::now();
            }
        }
    }

    /// Waits for an event; returns whether one came within `time`, or `None` to stop.
    fn wait(&self, time: Duration) -> Option<bool> {
        let mut next = match self.receiver.recv_timeout(time) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => return Some(false),
            Err(RecvTimeoutError::Disconnected) => return None,
        };
        // Several queued events need one look.
        loop {
            match next {
                Wakeup::Stop => return None,
                Wakeup::Changed => match self.receiver.try_recv() {
                    Ok(message) => next = message,
                    Err(TryRecvError::Empty) => return Some(true),
                    Err(TryRecvError::Disconnected) => return None,
                },
            }
        }
    }

    /// Returns the current polling interval.
    fn every(&self) -> Duration {
        if self.fs_watcher.unwatched.is_empty() {
            self.watch.every
        } else {
            self.watch.every.min(POLL_UNWATCHED)
        }
    }

    /// Reports the state of the watcher in the status of the settings.
    fn report_status<T>(
        &self,
        shared: &Weak<LiveShared<T>>,
        unsettled: Option<SystemTime>,
    ) -> Option<()> {
        let unwatched = self.fs_watcher.unwatched.iter();
        let status = WatchStatus {
            directories: self.fs_watcher.watched.iter().cloned().collect(),
            unwatched: unwatched
                .map(|(directory, why)| (directory.clone(), why.clone()))
                .collect(),
            overflows: self.fs_watcher.overflows(),
            every: self.every(),
            unsettled,
        };
        shared.upgrade()?.status().watching = Some(status);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwatched_directories_are_polled() {
        let (_sender, receiver) = mpsc::channel();
        let unwatched = "the limit of watches is reached";
        let file = tempfile::tempdir().unwrap().keep().join("app.toml");
        let paths = BTreeSet::from([WatchedPath::File(file.clone())]);
        let mut watching = WatcherThread {
            watch: WatchOptions::new(),
            fs_watcher: FsWatcher::unavailable(unwatched),
            receiver,
            paths,
            is_new: false,
        };
        assert!(!watching.fs_watcher.watch_paths(&watching.paths));
        assert_eq!(watching.every(), POLL_UNWATCHED);
        let directory = file.parent().unwrap();
        let reason = &watching.fs_watcher.unwatched[&directory.canonicalize().unwrap()];
        assert_eq!(reason, unwatched);
        std::fs::remove_dir(directory).unwrap();
    }
}
