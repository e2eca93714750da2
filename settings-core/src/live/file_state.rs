//! What the files of a load are at one moment, so that a reading can be told to be of one piece.

use super::path_resolution::{End, Trail};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, Metadata},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// No more files of one folder than a secrets directory may have.
const MAX_ENTRIES: usize = 10_000;
/// No deeper than a secrets directory may be.
pub(super) const MAX_DEPTH: usize = 16;

/// A file or folder that a load looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    File(PathBuf),
    Folder(PathBuf),
}

/// The files at their places, and the links on the way to them, as they were at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Generation {
    files: BTreeMap<PathBuf, State>,
    /// The links on the way, and names that lead nowhere.
    steps: BTreeMap<PathBuf, Option<Stamp>>,
}

/// A file by the name under which it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    File {
        /// Where it is without links.
        real: PathBuf,
        stamp: Stamp,
        length: u64,
    },
    /// What can't be read twice, as a FIFO.
    Stream,
    Absent,
}

/// What changes when a file or link is written or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    changed: (i64, i64),
    modified: Option<SystemTime>,
    length: u64,
}

/// How a generation differs from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    not(feature = "watch"),
    expect(dead_code, reason = "only who watches has to wait")
)]
pub(super) enum Step {
    /// Every file that differs is another one, behind a link that was moved: it was whole before it got there.
    Swapped,
    /// A file was written or replaced where it is.
    Written,
    /// A file that held something is gone.
    Gone,
}

impl Generation {
    pub(super) fn of(places: &BTreeSet<Place>) -> Self {
        let mut generation = Self::default();
        for place in places {
            match place {
                Place::File(path) => generation.file(path),
                Place::Folder(path) => generation.folder(path, 0),
            }
        }
        generation
    }

    /// Whether something is there that can't be read a second time.
    pub(super) fn has_stream(&self) -> bool {
        self.files.values().any(|state| *state == State::Stream)
    }

    /// The files that hold nothing now, though they did before.
    pub(super) fn emptied<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a Path> {
        self.files.iter().filter_map(|(path, state)| {
            let had = before.files.get(path).is_some_and(State::holds_something);
            let is_empty = matches!(state, State::File { length: 0, .. });
            (had && is_empty).then_some(path.as_path())
        })
    }

    /// How this one came out of another.
    #[cfg(feature = "watch")]
    pub(super) fn step_from(&self, before: &Self) -> Step {
        let differs = self
            .files
            .iter()
            .filter(|(path, state)| before.files.get(*path) != Some(state));
        let steps = differs.map(|(path, state)| match (before.files.get(path), state) {
            (Some(State::File { real: was, .. }), State::File { real, .. }) if was != real => {
                Step::Swapped
            }
            (Some(before), State::Absent) if before.holds_something() => Step::Gone,
            _ => Step::Written,
        });
        let lost = before
            .files
            .iter()
            .any(|(path, state)| state.holds_something() && !self.files.contains_key(path));
        let lost = lost.then_some(Step::Gone);
        steps.chain(lost).max().unwrap_or(Step::Swapped)
    }

    fn file(&mut self, path: &Path) {
        let state = match self.follow(path) {
            Some((real, metadata)) if metadata.is_file() => State::File {
                real,
                stamp: Stamp::of(&metadata),
                length: metadata.len(),
            },
            Some((_, metadata)) if !metadata.is_dir() => State::Stream,
            _ => State::Absent,
        };
        self.files.insert(path.to_owned(), state);
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        if self.follow(path).is_none() || depth > MAX_DEPTH {
            return;
        }
        for path in entries(path) {
            if self.files.len() > MAX_ENTRIES {
                return;
            }
            if path.is_dir() {
                self.folder(&path, depth + 1);
            } else {
                self.file(&path);
            }
        }
    }

    /// What stands at the end of a way, whose links are noted.
    fn follow(&mut self, path: &Path) -> Option<(PathBuf, Metadata)> {
        let trail = Trail::of(path);
        for step in trail.steps {
            let stamp = match &step.metadata {
                Some(metadata) if metadata.is_symlink() => Some(Stamp::of(metadata)),
                Some(_) => continue,
                None => None,
            };
            self.steps.insert(step.path, stamp);
        }
        match trail.end {
            End::Found(real, metadata) => Some((real, metadata)),
            End::Absent | End::Closed => None,
        }
    }
}

/// The files and folders of a secrets directory.
pub(super) fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let listing = fs::read_dir(folder).into_iter().flatten().flatten();
    let listed = listing.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    listed.take(MAX_ENTRIES).map(|entry| entry.path())
}

impl State {
    fn holds_something(&self) -> bool {
        matches!(self, Self::File { length: 1.., .. })
    }
}

impl Stamp {
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
