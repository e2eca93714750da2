//! State of the files of a load at one moment, to detect changes during a reading.

use super::path_resolution::{PathResolution, PathTarget};
use crate::source::file::pattern;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, Metadata},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Maximum number of files of one directory; the limit of secrets directories.
const MAX_ENTRIES: usize = 10_000;
/// Maximum depth of a directory; the limit of secrets directories.
pub(super) const MAX_DEPTH: usize = 16;

/// A file or directory that a load reads or looks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WatchedPath {
    File(PathBuf),
    Directory(PathBuf),
    /// The files that a pattern matches.
    Pattern(PathBuf),
}

/// The files of a load and the links on their paths, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileState {
    files: BTreeMap<PathBuf, State>,
    /// Links on the paths, and names that do not exist.
    steps: BTreeMap<PathBuf, Option<FileStamp>>,
}

/// State of one file, by the path under which it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    File {
        /// Its path without links.
        real: PathBuf,
        stamp: FileStamp,
        length: u64,
    },
    /// A FIFO or another file that cannot be read twice.
    Stream,
    Absent,
}

/// Metadata that changes when a file or link is written or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileStamp {
    file: (u64, u64),
    changed: (i64, i64),
    modified: Option<SystemTime>,
    length: u64,
}

/// Changes of the files from one moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    not(feature = "watch"),
    expect(dead_code, reason = "only the file watcher waits")
)]
pub(super) enum Transition {
    /// A link on the path was moved to another file, which was complete before.
    Swapped,
    /// A file was written or replaced in place.
    Written,
    /// A file that had content is gone.
    Gone,
}

impl FileState {
    pub(super) fn of(paths: &BTreeSet<WatchedPath>) -> Self {
        let mut file_state = Self::default();
        for place in paths {
            match place {
                WatchedPath::File(path) => file_state.file(path),
                WatchedPath::Directory(path) => file_state.directory(path, 0),
                WatchedPath::Pattern(path) => file_state.pattern(path),
            }
        }
        file_state
    }

    /// Whether one of the files cannot be read twice.
    pub(super) fn has_stream(&self) -> bool {
        self.files.values().any(|state| *state == State::Stream)
    }

    /// Returns the files that are empty now and had content before.
    pub(super) fn emptied<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a Path> {
        self.files.iter().filter_map(|(path, state)| {
            let had = before.files.get(path).is_some_and(State::holds_something);
            let is_empty = matches!(state, State::File { length: 0, .. });
            (had && is_empty).then_some(path.as_path())
        })
    }

    /// Whether this file existed.
    pub(super) fn has_file(&self, path: &Path) -> bool {
        matches!(self.files.get(path), Some(State::File { .. }))
    }

    /// Returns the most severe change since `before`.
    #[cfg(feature = "watch")]
    pub(super) fn transition_from(&self, before: &Self) -> Transition {
        let differs = self
            .files
            .iter()
            .filter(|(path, state)| before.files.get(*path) != Some(state));
        let steps = differs.map(|(path, state)| match (before.files.get(path), state) {
            (Some(State::File { real: was, .. }), State::File { real, .. }) if was != real => {
                Transition::Swapped
            }
            (Some(before), State::Absent) if before.holds_something() => Transition::Gone,
            _ => Transition::Written,
        });
        let lost = before
            .files
            .iter()
            .any(|(path, state)| state.holds_something() && !self.files.contains_key(path));
        let lost = lost.then_some(Transition::Gone);
        steps.chain(lost).max().unwrap_or(Transition::Swapped)
    }

    fn file(&mut self, path: &Path) {
        let state = match self.follow(path) {
            Some((real, metadata)) if metadata.is_file() => State::File {
                real,
                stamp: FileStamp::of(&metadata),
                length: metadata.len(),
            },
            Some((_, metadata)) if !metadata.is_dir() => State::Stream,
            _ => State::Absent,
        };
        self.files.insert(path.to_owned(), state);
    }

    fn directory(&mut self, path: &Path, depth: usize) {
        if self.follow(path).is_none() || depth > MAX_DEPTH {
            return;
        }
        for path in entries(path) {
            if self.files.len() > MAX_ENTRIES {
                return;
            }
            if path.is_dir() {
                self.directory(&path, depth + 1);
            } else {
                self.file(&path);
            }
        }
    }

    fn pattern(&mut self, pattern: &Path) {
        self.follow(pattern::directory(pattern));
        for path in pattern::matching(pattern).unwrap_or_default() {
            self.file(&path);
        }
    }

    /// Resolves a path, recording the links on it.
    fn follow(&mut self, path: &Path) -> Option<(PathBuf, Metadata)> {
        let resolution = PathResolution::of(path);
        for step in resolution.steps {
            let stamp = match &step.metadata {
                Some(metadata) if metadata.is_symlink() => Some(FileStamp::of(metadata)),
                Some(_) => continue,
                None => None,
            };
            self.steps.insert(step.path, stamp);
        }
        match resolution.end {
            PathTarget::Found(real, metadata) => Some((real, metadata)),
            PathTarget::Absent | PathTarget::Closed => None,
        }
    }
}

/// Lists the files and subdirectories of a secrets directory.
pub(super) fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let listing = fs::read_dir(directory).into_iter().flatten().flatten();
    let listed = listing.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    listed.take(MAX_ENTRIES).map(|entry| entry.path())
}

impl State {
    fn holds_something(&self) -> bool {
        matches!(self, Self::File { length: 1.., .. })
    }
}

impl FileStamp {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            file: (metadata.dev(), metadata.ino()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            modified: metadata.modified().ok(),
            length: metadata.len(),
        }
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Self {
        Self {
            file: (0, 0),
            changed: (0, 0),
            modified: metadata.modified().ok(),
            length: metadata.len(),
        }
    }
}
