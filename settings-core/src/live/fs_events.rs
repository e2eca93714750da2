//! Events of the operating system about the files of a load: which directories are watched, and which events matter.

use super::{
    file_state::{MAX_DEPTH, WatchedPath, entries},
    lock,
    path_resolution::{PathResolution, PathTarget},
};
use crate::source::file::pattern;
use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc::Sender,
    },
    time::{Duration, Instant},
};

/// Maximum time to wait for a file that is still open for writing or keeps changing.
pub(super) const MAX_OPEN: Duration = Duration::from_secs(10);

/// Wakes the thread of the watcher.
pub(super) enum Wakeup {
    /// A relevant file or directory changed.
    Changed,
    /// The trigger is being stopped.
    Stop,
}

/// The watched directories.
pub(super) struct FsWatcher {
    /// The watcher, or why it could not be created.
    watcher: Result<RecommendedWatcher, String>,
    filter: Arc<EventFilter>,
    pub(super) watched: BTreeSet<PathBuf>,
    /// Directories that cannot be watched, each with the reason.
    pub(super) unwatched: BTreeMap<PathBuf, String>,
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
    /// Creates the watcher of the operating system; each relevant event is sent to `sender`.
    pub(super) fn new(sender: Sender<Wakeup>) -> Self {
        let filter = Arc::new(EventFilter::default());
        let events = Arc::clone(&filter);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if events.is_relevant(event) {
                // A closed receiver means that the watcher has stopped.
                let _ = sender.send(Wakeup::Changed);
            }
        });
        Self {
            watcher: watcher.map_err(|error| error_text(&error)),
            filter,
            watched: BTreeSet::new(),
            unwatched: BTreeMap::new(),
        }
    }

    /// A watcher that could not be created.
    #[cfg(test)]
    pub(super) fn unavailable(reason: &str) -> Self {
        Self {
            watcher: Err(reason.to_owned()),
            filter: Arc::default(),
            watched: BTreeSet::new(),
            unwatched: BTreeMap::new(),
        }
    }

    /// Returns how long to wait at most for files that are open for writing.
    pub(super) fn time_to_close(&self) -> Duration {
        self.filter.writing()
    }

    /// Returns how often the operating system dropped events.
    pub(super) fn overflows(&self) -> u64 {
        self.filter.overflows.load(Ordering::Relaxed)
    }

    /// Watches every directory on these paths; returns whether one of them is new.
    pub(super) fn watch_paths(&mut self, paths: &BTreeSet<WatchedPath>) -> bool {
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
                WatchedPath::Pattern(path) => names.pattern(path),
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

    fn pattern(&mut self, pattern: &Path) {
        if let Some(real) = self.way(pattern::directory(pattern)) {
            self.directories.insert(real);
        }
        for path in pattern::matching(pattern).unwrap_or_default() {
            self.way(&path);
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
        writing.retain(|_, since| since.elapsed() < MAX_OPEN);
        let left = writing
            .values()
            .map(|since| MAX_OPEN.saturating_sub(since.elapsed()));
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
}
