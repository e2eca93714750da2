//! Files are watched, and read again when they change and are whole.
//!
//! What the system tells is only a hint that it is time to look: whether anything changed is judged by content.

use super::{
    Live, Shared,
    file_state::{Generation, MAX_DEPTH, Place, Step, entries},
    path_resolution::{End, Trail},
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
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    time::{Duration, Instant, SystemTime},
};

/// How often everything is read again while the system does not tell of every folder.
const UNWATCHED: Duration = Duration::from_secs(2);
/// How much longer than for others it takes to believe that a file is gone.
const GONE: u32 = 20;
/// How long a program may have a file open that it wrote to, or go on changing what is there.
const WRITING: Duration = Duration::from_secs(10);
/// Whatever is asked for, nobody spins.
const SHORTEST: Duration = Duration::from_millis(10);

/// How files are watched, by [`Live::watch_with`].
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
    /// Files settle for 50 ms, and everything is read again each minute.
    pub fn new() -> Self {
        Self {
            settle: Duration::from_millis(50),
            every: Duration::from_mins(1),
        }
    }

    /// How long a file that was written must stay as it is before it is read; twenty times that, if it is gone.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// How often everything is read again, whatever the system tells; not less than 10 ms apart.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every.max(SHORTEST);
        self
    }
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Loads the settings again when a file changes that the last load looked at, from a thread of its own.
    ///
    /// Every folder is watched that leads to one of the files or to a link on the way, so that it does not matter
    /// whether a file is written, replaced, removed and made again, or its folder is, or a link is moved.
    ///
    /// - Files that are swapped by a link, as those of a Kubernetes volume, are read at once.
    /// - A file that is written or replaced where it is must stay as it is for a moment, and on Linux be closed by who
    ///   wrote it. One that is gone must stay away for longer. What finds no rest is read all the same after ten seconds,
    ///   and refused if it is not sound.
    /// - What the system can't watch, because its watches are used up or a folder may not be read, is looked at every
    ///   two seconds. [`status`](Live::status) tells which folders those are, and how often the system lost events.
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
    /// drop(watching); // or `watching.detach()`, to watch as long as there are settings
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the system's, if no thread can be started. That nothing can be watched is no error.
    pub fn watch(&self) -> io::Result<TriggerGuard> {
        self.watch_with(WatchOptions::new())
    }

    /// The same, otherwise than usual.
    ///
    /// # Errors
    ///
    /// Returns the system's, if no thread can be started.
    pub fn watch_with(&self, watch: WatchOptions) -> io::Result<TriggerGuard> {
        let (sender, receiver) = mpsc::channel();
        let stop = sender.clone();
        let shared = Arc::downgrade(&self.shared);
        let places = self.shared.turn().places.clone();
        let mut eyes = FsWatcher::new(sender);
        // What changes once this has returned is told; what changed before is found by looking.
        eyes.look_at(&places);
        let mut watching = Watching {
            watch,
            eyes,
            receiver,
            places,
            is_new: true,
        };
        let _ = watching.tell(&shared, None);
        let watched = Watched::begin(Weak::clone(&shared));
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

/// The status tells of watching as long as anyone does.
struct Watched<T>(Weak<Shared<T>>);

impl<T> Watched<T> {
    fn begin(shared: Weak<Shared<T>>) -> Self {
        if let Some(shared) = shared.upgrade() {
            shared.standing().watchers += 1;
        }
        Self(shared)
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            let mut standing = shared.standing();
            standing.watchers -= 1;
            if standing.watchers == 0 {
                standing.watching = None;
            }
        }
    }
}

/// The thread that watches.
struct Watching {
    watch: WatchOptions,
    eyes: FsWatcher,
    receiver: Receiver<Message>,
    places: BTreeSet<Place>,
    /// Whether a folder is watched whose earlier changes were not told.
    is_new: bool,
}

impl Watching {
    /// Looks where the last load looked, waits for a change, and loads again. `None` if it is to stop.
    fn turn<T: Assemble + Send + Sync + 'static>(
        &mut self,
        shared: &Weak<Shared<T>>,
    ) -> Option<()> {
        self.places.clone_from(&shared.upgrade()?.turn().places);
        self.is_new |= self.eyes.look_at(&self.places);
        self.tell(shared, None)?;
        if !std::mem::take(&mut self.is_new) {
            self.wait(self.every())?;
        }
        self.settle(shared)?;
        shared.upgrade()?.reload_by_trigger();
        Some(())
    }

    /// Waits until the files are as they are going to stay.
    fn settle<T>(&self, shared: &Weak<Shared<T>>) -> Option<()> {
        let mut unsettled = None;
        let mut now = Generation::of(&self.places);
        let begin = Instant::now();
        let mut since = begin;
        loop {
            let step = now.step_from(&shared.upgrade()?.turn().generation);
            let needed = match step {
                Step::Swapped => Duration::ZERO,
                Step::Written => self.watch.settle,
                Step::Gone => self.watch.settle.saturating_mul(GONE),
            };
            let open = self.eyes.interest.writing();
            let left = needed.saturating_sub(since.elapsed()).max(open);
            // Whoever never leaves it alone must not keep every change away.
            if left.is_zero() || begin.elapsed() > needed.saturating_add(WRITING) {
                return Some(());
            }
            if unsettled.is_none() {
                unsettled = Some(SystemTime::now());
                self.tell(shared, unsettled)?;
            }
            if self.wait(left)? {
                since = Instant::now();
            }
            let next = Generation::of(&self.places);
            if next != now {
                now = next;
                since = Instant::now();
            }
        }
    }

    /// Waits for a change; gives whether there was one before the time was up. `None` if it is to stop.
    fn wait(&self, time: Duration) -> Option<bool> {
        let mut next = match self.receiver.recv_timeout(time) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => return Some(false),
            Err(RecvTimeoutError::Disconnected) => return None,
        };
        // Of many hints one is enough.
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

    /// How often everything is read again.
    fn every(&self) -> Duration {
        if self.eyes.unwatched.is_empty() {
            self.watch.every
        } else {
            self.watch.every.min(UNWATCHED)
        }
    }

    fn tell<T>(&self, shared: &Weak<Shared<T>>, unsettled: Option<SystemTime>) -> Option<()> {
        let unwatched = self.eyes.unwatched.iter();
        let status = WatchStatus {
            folders: self.eyes.watched.iter().cloned().collect(),
            unwatched: unwatched
                .map(|(folder, why)| (folder.clone(), why.clone()))
                .collect(),
            overflows: self.eyes.interest.overflows.load(Ordering::Relaxed),
            every: self.every(),
            unsettled,
        };
        shared.upgrade()?.standing().watching = Some(status);
        Some(())
    }
}

/// What the system is asked to tell.
struct FsWatcher {
    /// Why there is none, if there is none.
    watcher: Result<RecommendedWatcher, String>,
    interest: Arc<EventFilter>,
    watched: BTreeSet<PathBuf>,
    unwatched: BTreeMap<PathBuf, String>,
}

/// Which of the things that the system tells matter.
#[derive(Default)]
struct EventFilter {
    names: Mutex<Names>,
    /// Files that were written to and not closed since, on systems that tell.
    writing: Mutex<BTreeMap<PathBuf, Instant>>,
    overflows: AtomicU64,
}

#[derive(Default)]
struct Names {
    /// Names on the way to a file.
    steps: BTreeSet<PathBuf>,
    /// Folders of which every name matters.
    folders: BTreeSet<PathBuf>,
}

impl FsWatcher {
    fn new(sender: Sender<Message>) -> Self {
        let interest = Arc::new(EventFilter::default());
        let told = Arc::clone(&interest);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if told.is_stirred(event) {
                // Whoever stopped listening has stopped watching.
                let _ = sender.send(Message::Changed);
            }
        });
        Self {
            watcher: watcher.map_err(|error| told_error(&error)),
            interest,
            watched: BTreeSet::new(),
            unwatched: BTreeMap::new(),
        }
    }

    /// Watches every folder on the way to these places; gives whether one was not watched before.
    fn look_at(&mut self, places: &BTreeSet<Place>) -> bool {
        let names = Names::of(places);
        let folders: BTreeSet<PathBuf> = names
            .steps
            .iter()
            .filter_map(|step| step.parent())
            .chain(names.folders.iter().map(PathBuf::as_path))
            .filter(|folder| folder.is_dir())
            .map(Path::to_owned)
            .collect();
        *lock(&self.interest.names) = names;
        self.unwatched.clear();
        let watcher = match &mut self.watcher {
            Ok(watcher) => watcher,
            Err(why) => {
                let why = why.clone();
                self.unwatched
                    .extend(folders.into_iter().map(|folder| (folder, why.clone())));
                return false;
            }
        };
        for gone in self.watched.difference(&folders) {
            // The system forgets by itself what was removed.
            let _ = watcher.unwatch(gone);
        }
        let mut seen = BTreeSet::new();
        for folder in folders {
            // Again and again: it may be another folder of the same name by now.
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    seen.insert(folder);
                }
                Err(error) => {
                    self.unwatched.insert(folder, told_error(&error));
                }
            }
        }
        let is_new = !seen.is_subset(&self.watched);
        self.watched = seen;
        is_new
    }
}

impl Names {
    fn of(places: &BTreeSet<Place>) -> Self {
        let mut names = Self::default();
        for place in places {
            match place {
                Place::File(path) => drop(names.way(path)),
                Place::Folder(path) => names.folder(path, 0),
            }
        }
        names
    }

    fn way(&mut self, path: &Path) -> Option<PathBuf> {
        let trail = Trail::of(path);
        self.steps
            .extend(trail.steps.into_iter().map(|step| step.path));
        match trail.end {
            End::Found(real, metadata) if metadata.is_dir() => Some(real),
            _ => None,
        }
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        let Some(real) = self.way(path) else {
            return;
        };
        self.folders.insert(real);
        for path in entries(path) {
            if !path.is_dir() {
                self.way(&path);
            } else if depth < MAX_DEPTH {
                self.folder(&path, depth + 1);
            }
        }
    }

    fn matter(&self, path: &Path) -> bool {
        let in_folder = |parent| self.folders.contains(parent);
        self.steps.contains(path) || path.parent().is_some_and(in_folder)
    }
}

impl EventFilter {
    /// Whether it is time to look.
    fn is_stirred(&self, event: notify::Result<Event>) -> bool {
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
            // To read a file is no reason to read it again.
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

    /// How long it may take until every file is closed that was written to.
    fn writing(&self) -> Duration {
        let mut writing = lock(&self.writing);
        writing.retain(|_, since| since.elapsed() < WRITING);
        let left = writing
            .values()
            .map(|since| WRITING.saturating_sub(since.elapsed()));
        left.max().unwrap_or_default()
    }
}

/// Never the paths: they are beside it.
fn told_error(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => "no more watches are left".to_owned(),
        notify::ErrorKind::Io(error) => error.to_string(),
        notify::ErrorKind::PathNotFound => "not found".to_owned(),
        _ => "the system refuses".to_owned(),
    }
}

fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{DataChange, Flag};

    fn interest(path: &Path) -> EventFilter {
        let interest = EventFilter::default();
        lock(&interest.names).steps.insert(path.to_owned());
        interest
    }

    #[test]
    fn lost_events_are_a_reason_to_look_and_are_counted() {
        let interest = EventFilter::default();
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(interest.is_stirred(Ok(lost)));
        assert_eq!(interest.overflows.into_inner(), 1);
    }

    #[test]
    fn what_happens_to_other_files_is_no_reason_to_look() {
        let interest = interest(Path::new("/etc/app.toml"));
        let write = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let of = |path: &str| Event::new(write).add_path(path.into());
        assert!(!interest.is_stirred(Ok(of("/etc/passwd"))));
        assert!(interest.is_stirred(Ok(of("/etc/app.toml"))));
    }

    #[test]
    fn to_read_a_file_is_no_reason_to_read_it_again() {
        let interest = interest(Path::new("/etc/app.toml"));
        for kind in [
            AccessKind::Open(AccessMode::Any),
            AccessKind::Close(AccessMode::Read),
        ] {
            let event = Event::new(EventKind::Access(kind)).add_path("/etc/app.toml".into());
            assert!(!interest.is_stirred(Ok(event)));
        }
    }

    #[test]
    fn without_watches_it_looks_often_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.toml");
        let (_sender, receiver) = mpsc::channel();
        let mut watching = Watching {
            watch: WatchOptions::new(),
            eyes: FsWatcher {
                watcher: Err("no more watches are left".to_owned()),
                interest: Arc::default(),
                watched: BTreeSet::new(),
                unwatched: BTreeMap::new(),
            },
            receiver,
            places: BTreeSet::from([Place::File(file)]),
            is_new: false,
        };
        assert!(!watching.eyes.look_at(&watching.places));
        let folder = folder.path().canonicalize().unwrap();
        assert_eq!(watching.eyes.unwatched[&folder], "no more watches are left");
        assert_eq!(watching.every(), UNWATCHED);
    }
}
