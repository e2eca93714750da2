//! One load after another: read in one piece, built, and compared with what runs.

use super::{
    event::Change,
    file_state::{Generation, Place},
    merge::Staying,
};
use crate::{
    build::{Assemble, Observer, Prints},
    error::{
        Error,
        origin::Layer,
        problem::{Problem, ProblemKind},
        source_report::SourceReport,
    },
    loaded::Loaded,
    loader::reading::Reading,
    loader::{self, Loader},
    schema::reload::reloads,
};
use std::{
    collections::BTreeSet,
    hash::RandomState,
    path::{Path, PathBuf},
    slice,
    time::{Duration, Instant},
};

/// How long files may keep changing while they are read.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is remembered from one load to the next.
#[derive(Default)]
pub(super) struct Turn {
    key: RandomState,
    /// Where the last load looked.
    pub(super) places: BTreeSet<Place>,
    /// What stood there when the last sound load read it.
    pub(super) generation: Generation,
    /// What each leaf that is in force came as.
    running: Prints,
    /// What each leaf came as in the last sound load, in force or not.
    seen: Prints,
    /// The report of the last load, if it was refused.
    refused: Option<String>,
    /// What the last sound load warned of.
    warned: Vec<String>,
}

/// What a load came to.
pub(super) enum Outcome<T> {
    /// It says what the last sound one said.
    Same,
    /// It is to be in force.
    Sound {
        value: Box<Loaded<T>>,
        changed: Vec<Change>,
        restart_required: Vec<String>,
    },
    Refused {
        error: Error,
        /// Whether the last one was refused for the same.
        again: bool,
    },
}

impl Turn {
    /// The first load.
    pub(super) fn first<T: Assemble>(loader: &Loader<T>) -> Result<(Self, Loaded<T>), Error> {
        let mut turn = Self::default();
        #[cfg_attr(not(feature = "remote"), expect(unused_mut, reason = "of stores"))]
        let (mut reading, generation) = turn.read(loader)?;
        #[cfg(feature = "remote")]
        let served = std::mem::take(&mut reading.served);
        let mut aside = Observer::prints(Prints::default(), None);
        let value = Loader::<T>::put_together(reading, Some(&mut aside))?;
        #[cfg(feature = "remote")]
        Reading::accept(&served);
        turn.warn(value.warnings());
        turn.generation = generation;
        turn.running = prints::<T>(aside);
        turn.seen = turn.running.clone();
        Ok((turn, value))
    }

    /// Loads once more, beside what runs.
    pub(super) fn next<T: Assemble>(
        &mut self,
        loader: &Loader<T>,
        running: &Loaded<T>,
    ) -> Outcome<T> {
        match self.load(loader, running) {
            Ok(outcome) => {
                self.refused = None;
                outcome
            }
            Err(error) => self.refuse(error),
        }
    }

    pub(super) fn refuse<T>(&mut self, error: Error) -> Outcome<T> {
        let report = error.to_string();
        let again = self.refused.as_ref() == Some(&report);
        self.refused = Some(report);
        Outcome::Refused { error, again }
    }

    fn load<T: Assemble>(
        &mut self,
        loader: &Loader<T>,
        running: &Loaded<T>,
    ) -> Result<Outcome<T>, Error> {
        #[cfg_attr(not(feature = "remote"), expect(unused_mut, reason = "of stores"))]
        let (mut reading, generation) = self.read(loader)?;
        #[cfg(feature = "remote")]
        let served = std::mem::take(&mut reading.served);
        let emptied: Vec<Problem> = generation
            .emptied(&self.generation)
            .filter(|path| self.is_read(path, running))
            .map(emptied)
            .collect();
        if !emptied.is_empty() {
            return Err(Error::new(T::SCHEMA.root.name, emptied));
        }
        let mut again = reading.again();
        let mut aside = Observer::prints(self.running.anew(), None);
        let alone = Loader::<T>::put_together(reading, Some(&mut aside))?;
        let new = prints::<T>(aside);
        self.generation = generation;
        if new.leaves == self.seen.leaves {
            #[cfg(feature = "remote")]
            Reading::accept(&served);
            self.warn(alone.warnings());
            return Ok(Outcome::Same);
        }
        let staying = Staying::of(T::layout(), &self.running, &new);
        let differing = staying.differing(&self.running, &new);
        let value = if staying.any() {
            staying.keep_hidden(running, &mut again.resolved);
            let mut aside = Observer::prints(self.running.anew(), Some(staying.kept(running)));
            Loader::put_together(again, Some(&mut aside))
                .map_err(|error| beside(error, &differing.restart_required))?
        } else {
            alone
        };
        // Before anything is noted: it calls functions of the program, and who panics must find all as it was.
        let changed = Change::between(differing.changed, &running.rows(), &value.rows());
        // Only now: what was refused must not be what a start without the store takes from disk.
        #[cfg(feature = "remote")]
        Reading::accept(&served);
        self.running = staying.in_force(&self.running, &new);
        self.seen = new;
        self.warn(value.warnings());
        Ok(Outcome::Sound {
            value: Box::new(value),
            changed,
            restart_required: differing.restart_required,
        })
    }

    /// Tells of what there is to be warned of and was not before.
    fn warn(&mut self, warnings: &[Problem]) {
        let warned: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        for (warning, told) in warnings.iter().zip(&warned) {
            if !self.warned.contains(told) {
                loader::emit(slice::from_ref(warning));
            }
        }
        self.warned = warned;
    }

    /// Whether a file is one that was declared or named, or in a folder one that gave a leaf its value.
    fn is_read<T: Assemble>(&self, path: &Path, running: &Loaded<T>) -> bool {
        let mut slots = running.resolved().slots.iter();
        self.places.contains(&Place::File(path.to_owned()))
            || slots.any(|slot| slot.origin.path() == Some(path))
    }

    /// Reads the layers so that all files are of one moment: nothing moved while they were read, and a second reading
    /// found the same.
    fn read<T: Assemble>(&mut self, loader: &Loader<T>) -> Result<(Reading, Generation), Error> {
        let begin = Instant::now();
        loop {
            let before = Generation::of(&self.places);
            let reading = loader.reading();
            let places = places(&reading);
            let are_known = places == self.places;
            self.places = places;
            if are_known {
                if before.has_stream() {
                    return Ok((reading, before));
                }
                let print = reading.resolved.print(&self.key);
                let is_same = print == loader.reading().resolved.print(&self.key);
                if is_same && before == Generation::of(&self.places) {
                    return Ok((reading, before));
                }
            } else {
                let now = Generation::of(&self.places);
                if now.has_stream() {
                    return Ok((reading, now));
                }
            }
            if begin.elapsed() > PATIENCE {
                let what = "the files kept changing while they were read";
                let problem = Problem::new(ProblemKind::Source, what).with_help(
                    "replace a file by a finished one, instead of writing it over and over",
                );
                return Err(Error::new(T::SCHEMA.root.name, vec![problem]));
            }
        }
    }
}

/// What each leaf of a build came as.
fn prints<T: Assemble>(aside: Observer) -> Prints {
    let layout = T::layout();
    let mut prints = aside.prints.unwrap_or_default();
    prints.forget_computed(|leaf| !reloads(layout, usize::from(leaf)));
    prints
}

/// Where a load looks for files.
fn places(reading: &Reading) -> BTreeSet<Place> {
    let declared = reading.looked.iter().filter_map(
        |SourceReport {
             layer, name: place, ..
         }| {
            let path = PathBuf::from(place);
            match layer {
                Layer::File | Layer::EnvFile => Some(Place::File(path)),
                Layer::SecretsDir => Some(Place::Folder(path)),
                _ => None,
            }
        },
    );
    let named = reading.resolved.named_files();
    declared
        .chain(named.map(|path| Place::File(path.into())))
        .collect()
}

fn emptied(path: &Path) -> Problem {
    let shown = path.display();
    let what = format!("{shown} holds nothing any more, as a file does while it is being written");
    Problem::new(ProblemKind::Source, what).with_help(format!(
        "write it whole; to take out all that was in it, remove {shown}, or leave a comment or a blank line"
    ))
}

/// The problems of a load in which some leaves keep their running value.
fn beside(error: Error, staying: &[String]) -> Error {
    if staying.is_empty() {
        return error;
    }
    let note = format!(
        "checked beside what runs: {} would change at a restart only",
        staying.join(", ")
    );
    error.noted(&note)
}
