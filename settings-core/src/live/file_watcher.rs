//! Trigger that reloads when a file changes.
//!
//! Events of the operating system are only hints to look: whether anything changed is decided by content.

use super::{
    Live, Shared,
    file_state::{FileState, MAX_DEPTH, Transition, WatchedPath, entries},
    lock,
    path_resolution::{PathResolution, PathTarget},
    status::WatchStatus,
    trigger::TriggerGuard,
};
use crate::build::Assemble;
use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    time::{Duration, Instant, SystemTime},
};

/// Polling interval while a directory cannot be watched.
const POLL_UNWATCHED: Duration = Duration::from_secs(2);
/// Factor by which a missing file must be missing longer than a written one must be unchanged.
const GONE_FACTOR: u32 = 20;
/// Maximum time to wait for a file that is still open for writing or keeps changing.
const MAX_UNSETTLED: Duration = Duration::from_secs(10);
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
            every: Duration::from_mins(1),
        }
    }

    /// Sets how long a written file must be unchanged before it is read. A missing file must be missing twenty times as long.
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
    ///   missing file must be missing for longer. After ten seconds the files are read in any case, and rejected if they are
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
        let _ = watching.tell(&shared, None);
        let watched = WatcherCount::begin(Weak::clone(&shared));
        let run = move || {
            let _watched = watched;
            while watching.turn(&shared).is_some() {}
        };
        let stop = move || drop(stop.send(Message::Stop));
        self.shared.trigger("settings-watch", stop, run)
    }
}

enum Message {
    Changed,
    Stop,
}

/// Counts this watcher in the status for as long as it exists.
struct WatcherCount<T>(Weak<Shared<T>>);

impl<T> WatcherCount<T> {
    fn begin(shared: Weak<Shared<T>>) -> Self {
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
    receiver: Receiver<Message>,
    paths: BTreeSet<WatchedPath>,
    /// Whether a directory is newly watched, so that earlier changes in it were missed.
    is_new: bool,
}

impl WatcherThread {
    /// Watches the paths of the last load, waits for a change, and reloads. Returns `None` to stop.
    fn turn<T: Assemble + Send + Sync + 'static>(
        &mut self,
        shared: &Weak<Shared<T>>,
    ) -> Option<()> {
        self.paths.clone_from(&shared.upgrade()?.reloader().paths);
        self.is_new |= self.fs_watcher.watch_paths(&self.paths);
        self.tell(shared, None)?;
        if !std::mem::take(&mut self.is_new) {
            self.wait(self.every())?;
        }
        self.settle(shared)?;
        shared.upgrade()?.reload_by_trigger();
        Some(())
    }

    /// Waits until the files are no longer changing.
    fn settle<T>(&self, shared: &Weak<Shared<T>>) -> Option<()> {
        let mut unsettled = None;
        let mut now = FileState::of(&self.paths);
        let begin = Instant::now();
        let mut since = begin;
        loop {
            let step = now.transition_from(&shared.upgrade()?.reloader().file_state);
            let needed = match step {
                Transition::Swapped => Duration::ZERO,
                Transition::Written => self.watch.settle,
                Transition::Gone => self.watch.settle.saturating_mul(GONE_FACTOR),
            };
            let open = self.fs_watcher.filter.writing();
            let left = needed.saturating_sub(since.elapsed()).max(open);
            // A file that never settles must not block every change.
            if left.is_zero() || begin.elapsed() > needed.saturating_add(MAX_UNSETTLED) {
                return Some(());
            }
            if unsettled.is_none() {
                unsettled = Some(SystemTime::now());
                self.tell(shared, unsettled)?;
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
                Message::Stop => return None,
                Message::Changed => match self.receiver.try_recv() {
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

    fn tell<T>(&self, shared: &Weak<Shared<T>>, unsettled: Option<SystemTime>) -> Option<()> {
        let unwatched = self.fs_watcher.unwatched.iter();
        let status = WatchStatus {
            directories: self.fs_watcher.watched.iter().cloned().collect(),
            unwatched: unwatched
                .map(|(directory, why)| (directory.clone(), why.clone()))
                .collect(),
            overflows: self.fs_watcher.filter.overflows.load(Ordering::Relaxed),
            every: self.every(),
            unsettled,
        };
        shared.upgrade()?.status().watching = Some(status);
        Some(())
    }
}

/// The watched directories.
struct FsWatcher {
    /// The watcher, or why it could not be created.
    watcher: Result<RecommendedWatcher, String>,
    filter: Arc<EventFilter>,
    watched: BTreeSet<PathBuf>,
    unwatched: BTreeMap<PathBuf, String>,
}

/// Selects the relevant events of the operating system.
#[derive(Default)]
struct EventFilter {
    names: Mutex<Names>,
    /// Files that are open for writing, on systems that report it.
    writing: Mutex<BTreeMap<PathBuf, Instant>>,
    overflows: AtomicU64,
}

#[derive(Default)]
struct Names {
    /// Names on the path of a file.
    steps: BTreeSet<PathBuf>,
    /// Directories in which every name is relevant.
    directories: BTreeSet<PathBuf>,
}

impl FsWatcher {
    fn new(sender: Sender<Message>) -> Self {
        let filter = Arc::new(EventFilter::default());
        let told = Arc::clone(&filter);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if told.is_relevant(event) {
                // A closed receiver means that the watcher has stopped.
                let _ = sender.send(Message::Changed);
            }
        });
        Self {
            watcher: watcher.map_err(|error| error_text(&error)),
            filter,
            watched: BTreeSet::new(),
            unwatched: BTreeMap::new(),
        }
    }

    /// Watches every directory on these paths; returns whether one of them is new.
    fn watch_paths(&mut self, paths: &BTreeSet<WatchedPath>) -> bool {
        let names = Names::of(paths);
        let directories: BTreeSet<PathBuf> = names
            .steps
            .iter()
            .filter_map(|step| step.parent())
            .chain(names.directories.iter().map(PathBuf::as_path))
            .filter(|directory| directory.is_dir())
            .map(Path::to_owned)
            .collect();
        *lock(&self.filter.names) = names;
        self.unwatched.clear();
        let watcher = match &mut self.watcher {
            Ok(watcher) => watcher,
            Err(why) => {
                let why = why.clone();
                self.unwatched.extend(
                    directories
                        .into_iter()
                        .map(|directory| (directory, why.clone())),
                );
                return false;
            }
        };
        for gone in self.watched.difference(&directories) {
            // An error is fine: a deleted directory is no longer watched.
            let _ = watcher.unwatch(gone);
        }
        let mut seen = BTreeSet::new();
        for directory in directories {
            // Repeated each time, because the directory may have been replaced by another of the same name.
            match watcher.watch(&directory, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    seen.insert(directory);
                }
                Err(error) => {
                    self.unwatched.insert(directory, error_text(&error));
                }
            }
        }
        let is_new = !seen.is_subset(&self.watched);
        self.watched = seen;
        is_new
    }
}

impl Names {
    fn of(paths: &BTreeSet<WatchedPath>) -> Self {
        let mut names = Self::default();
        for place in paths {
            match place {
                WatchedPath::File(path) => drop(names.way(path)),
                WatchedPath::Directory(path) => names.directory(path, 0),
            }
        }
        names
    }

    fn way(&mut self, path: &Path) -> Option<PathBuf> {
        let resolution = PathResolution::of(path);
        self.steps
            .extend(resolution.steps.into_iter().map(|step| step.path));
        match resolution.end {
            PathTarget::Found(real, metadata) if metadata.is_dir() => Some(real),
            _ => None,
        }
    }

    fn directory(&mut self, path: &Path, depth: usize) {
        let Some(real) = self.way(path) else {
            return;
        };
        self.directories.insert(real);
        for path in entries(path) {
            if !path.is_dir() {
                self.way(&path);
            } else if depth < MAX_DEPTH {
                self.directory(&path, depth + 1);
            }
        }
    }

    fn matter(&self, path: &Path) -> bool {
        let in_directory = |parent| self.directories.contains(parent);
        self.steps.contains(path) || path.parent().is_some_and(in_directory)
    }
}

impl EventFilter {
    /// Whether an event is a reason to look at the files.
    fn is_relevant(&self, event: notify::Result<Event>) -> bool {
        let Ok(event) = event else {
            return true;
        };
        if event.need_rescan() {
            self.overflows.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        let names = lock(&self.names);
        let paths: Vec<PathBuf> = event
            .paths
            .into_iter()
            .filter(|path| names.matter(path))
            .collect();
        drop(names);
        if paths.is_empty() {
            return false;
        }
        let mut writing = lock(&self.writing);
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Remove(_)
            | EventKind::Modify(ModifyKind::Name(_)) => {
                for path in &paths {
                    writing.remove(path);
                }
            }
            // Opening and reading a file changes nothing.
            EventKind::Access(_) => return false,
            EventKind::Modify(ModifyKind::Data(_)) if cfg!(target_os = "linux") => {
                for path in paths {
                    writing.entry(path).or_insert_with(Instant::now);
                }
            }
            _ => {}
        }
        true
    }

    /// Returns how long to wait at most for files that are open for writing.
    fn writing(&self) -> Duration {
        let mut writing = lock(&self.writing);
        writing.retain(|_, since| since.elapsed() < MAX_UNSETTLED);
        let left = writing
            .values()
            .map(|since| MAX_UNSETTLED.saturating_sub(since.elapsed()));
        left.max().unwrap_or_default()
    }
}

/// Describes an error without its path, which the caller shows.
fn error_text(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => "the limit of watches is reached".to_owned(),
        notify::ErrorKind::Io(error) => error.to_string(),
        notify::ErrorKind::PathNotFound => "not found".to_owned(),
        _ => "refused by the operating system".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{DataChange, Flag};

    fn filter(path: &Path) -> EventFilter {
        let filter = EventFilter::default();
        lock(&filter.names).steps.insert(path.to_owned());
        filter
    }

    #[test]
    fn dropped_events_trigger_a_look_and_are_counted() {
        let filter = EventFilter::default();
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(filter.is_relevant(Ok(lost)));
        assert_eq!(filter.overflows.into_inner(), 1);
    }

    #[test]
    fn events_of_other_files_are_ignored() {
        let filter = filter(Path::new("/etc/app.toml"));
        let write = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let of = |path: &str| Event::new(write).add_path(path.into());
        assert!(!filter.is_relevant(Ok(of("/etc/passwd"))));
        assert!(filter.is_relevant(Ok(of("/etc/app.toml"))));
    }

    #[test]
    fn read_access_is_ignored() {
        let filter = filter(Path::new("/etc/app.toml"));
        for kind in [
            AccessKind::Open(AccessMode::Any),
            AccessKind::Close(AccessMode::Read),
        ] {
            let event = Event::new(EventKind::Access(kind)).add_path("/etc/app.toml".into());
            assert!(!filter.is_relevant(Ok(event)));
        }
    }

    #[test]
    fn unwatched_directories_are_polled_and_reported_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("app.toml");
        let (_sender, receiver) = mpsc::channel();
        let mut watching = WatcherThread {
            watch: WatchOptions::new(),
            fs_watcher: FsWatcher {
                watcher: Err("no more watches are left".to_owned()),
                filter: Arc::default(),
                watched: BTreeSet::new(),
                unwatched: BTreeMap::new(),
            },
            receiver,
            paths: BTreeSet::from([WatchedPath::File(file)]),
            is_new: false,
        };
        assert!(!watching.fs_watcher.watch_paths(&watching.paths));
        let directory = directory.path().canonicalize().unwrap();
        assert_eq!(
            watching.fs_watcher.unwatched[&directory],
            "no more watches are left"
        );
        assert_eq!(watching.every(), POLL_UNWATCHED);
    }
}
