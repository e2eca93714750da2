//! Repeated loads: a consistent reading of all files, a build, and a comparison with the running settings.

use super::{
    event::Change,
    file_state::{FileState, WatchedPath},
    fingerprint::{Fingerprint, FingerprintObserver, ValueHash},
    merge::KeptSettings,
};
use crate::{
    build::Assemble,
    error::{
        Error,
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        source_report::{SourceReport, SourceStatus},
    },
    loaded::Loaded,
    loader::{self, Loader, reading::Reading},
    schema::reload::reloads,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::RandomState,
    path::{Path, PathBuf},
    slice,
    time::{Duration, Instant},
};

/// How long a load waits for files that keep changing while they are read.
const MAX_UNSTABLE: Duration = Duration::from_secs(5);

/// State that is kept from one load to the next.
#[derive(Default)]
pub(super) struct Reloader {
    key: RandomState,
    /// The paths that the last load read or looked for.
    pub(super) paths: BTreeSet<WatchedPath>,
    /// State of these files when the last valid load read them.
    pub(super) file_state: FileState,
    /// Hashes of the raw values in force.
    running: Fingerprint,
    /// Hashes of the raw values of the last valid load, in force or not.
    seen: Fingerprint,
    /// Values that were taken back, each with the reason: the hashes of the settings that reload.
    blocked: Vec<(BTreeMap<String, ValueHash>, &'static str)>,
    /// Result of the candidate that was loaded last.
    #[cfg(feature = "remote")]
    candidate: Option<CandidateLoad>,
    /// The report of the last load, if it was rejected.
    last_rejection: Option<String>,
    /// Hashes of the values that were overridden in the last load, each with its setting.
    overridden: HashSet<(usize, u64)>,
    /// The warnings of the last valid load.
    warned: Vec<String>,
}

/// The candidate of a rollout that was loaded.
#[cfg(feature = "remote")]
#[derive(Clone, Debug)]
pub(super) struct CandidateLoad {
    pub(super) rollout: String,
    pub(super) result: CandidateResult,
}

/// Result of loading a candidate.
#[cfg(feature = "remote")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CandidateResult {
    InForce,
    /// It is in force and changes no value.
    NoEffect,
    /// It is invalid: keys and kinds of the problems.
    Rejected(Vec<(String, String)>),
    /// It changes settings that do not reload.
    RestartRequired(Vec<String>),
}

#[cfg(feature = "remote")]
impl CandidateResult {
    pub(super) fn is_in_force(&self) -> bool {
        matches!(self, Self::InForce | Self::NoEffect)
    }
}

/// Result of a reload.
pub(super) enum Outcome<T> {
    /// The sources set the same values as at the last valid load.
    Unchanged,
    /// A valid load, to be put in force.
    Valid {
        value: Box<Loaded<T>>,
        changed: Vec<Change>,
        restart_required: Vec<String>,
    },
    Rejected {
        error: Error,
        /// Whether the previous load was rejected with the same report.
        is_repeated: bool,
    },
}

impl Reloader {
    /// Loads for the first time.
    pub(super) fn first<T: Assemble>(loader: &Loader<T>) -> Result<(Self, Loaded<T>), Error> {
        let mut reloader = Self::default();
        let sources = reloader.known().read(loader)?;
        let mut reading = sources.reading;
        reloader.paths = sources.paths;
        #[cfg(feature = "remote")]
        let served = std::mem::take(&mut reading.served);
        let overridden = reading.resolved.take_overridden(&reloader.key);
        let mut observer = FingerprintObserver::default();
        let value = Loader::<T>::build(reading, Some(&mut observer))?;
        #[cfg(feature = "remote")]
        Reading::accept(&served);
        reloader.warn(value.warnings());
        reloader.file_state = sources.file_state;
        reloader.overridden = without_origins(overridden);
        reloader.running = fingerprint::<T>(observer);
        reloader.seen = reloader.running.clone();
        Ok((reloader, value))
    }

    /// Puts a reading next to the running settings.
    pub(super) fn next<T: Assemble>(
        &mut self,
        loader: &Loader<T>,
        sources: Result<SourcesRead, Error>,
        running: &Loaded<T>,
    ) -> Outcome<T> {
        #[cfg(feature = "remote")]
        let candidate = sources.as_ref().ok().and_then(SourcesRead::candidate);
        let loaded = sources.and_then(|sources| self.load(loader, sources, running));
        #[cfg(feature = "remote")]
        match candidate {
            Some(rollout) => self.record_candidate(rollout, &loaded),
            None if loaded.is_ok() => self.candidate = None,
            // The candidate is still in force, if it was.
            None => {}
        }
        match loaded {
            Ok(outcome) => {
                self.last_rejection = None;
                outcome
            }
            Err(error) => self.reject(error),
        }
    }

    /// Records what became of a candidate, unless that is known.
    #[cfg(feature = "remote")]
    fn record_candidate<T>(&mut self, rollout: String, loaded: &Result<Outcome<T>, Error>) {
        let known = self.candidate.as_ref();
        if known.is_some_and(|known| known.rollout == rollout) {
            return;
        }
        let result = match loaded {
            Ok(Outcome::Valid { changed, .. }) if !changed.is_empty() => CandidateResult::InForce,
            Ok(_) => CandidateResult::NoEffect,
            Err(error) => {
                let problems = error.problems().iter().map(|problem| {
                    let key = problem.key().unwrap_or_default().to_owned();
                    (key, crate::error::json::kind(problem.kind()).to_owned())
                });
                CandidateResult::Rejected(problems.collect())
            }
        };
        self.candidate = Some(CandidateLoad { rollout, result });
    }

    /// Result of the candidate of a rollout.
    #[cfg(feature = "remote")]
    pub(super) fn candidate(&self, rollout: &str) -> Option<&CandidateResult> {
        let candidate = self.candidate.as_ref();
        let candidate = candidate.filter(|candidate| candidate.rollout == rollout);
        candidate.map(|candidate| &candidate.result)
    }

    /// The error of a candidate that changes settings which do not reload, when it is loaded for the first time.
    #[cfg(feature = "remote")]
    fn refuse_restart(
        &mut self,
        settings: &'static str,
        rollout: &str,
        restart_required: Vec<String>,
    ) -> Result<(), Error> {
        if restart_required.is_empty() || self.candidate(rollout).is_some() {
            return Ok(());
        }
        let keys = restart_required.join(", ");
        let what = format!("the rollout changes settings that only change at a restart: {keys}");
        let help = "deploy them together with the program instead";
        self.candidate = Some(CandidateLoad {
            rollout: rollout.to_owned(),
            result: CandidateResult::RestartRequired(restart_required),
        });
        let problem = Problem::new(ProblemKind::Source, what).with_help(help);
        Err(Error::new(settings, vec![problem]))
    }

    /// The state that a reading depends on, so that it needs no lock.
    pub(super) fn known(&self) -> KnownPaths {
        KnownPaths {
            key: self.key.clone(),
            paths: self.paths.clone(),
        }
    }

    pub(super) fn reject<T>(&mut self, error: Error) -> Outcome<T> {
        let report = error.to_string();
        let is_repeated = self.last_rejection.as_ref() == Some(&report);
        self.last_rejection = Some(report);
        Outcome::Rejected { error, is_repeated }
    }

    fn load<T: Assemble>(
        &mut self,
        loader: &Loader<T>,
        sources: SourcesRead,
        running: &Loaded<T>,
    ) -> Result<Outcome<T>, Error> {
        #[cfg(feature = "remote")]
        let candidate = sources.candidate();
        let mut reading = sources.reading;
        let file_state = sources.file_state;
        self.paths = sources.paths;
        #[cfg(feature = "remote")]
        let served = std::mem::take(&mut reading.served);
        let emptied = file_state
            .emptied(&self.file_state)
            .filter(|path| self.is_read(path, running))
            .map(emptied);
        let gone = gone(&reading, &self.file_state).map(disappeared);
        let unfinished: Vec<Problem> = emptied.chain(gone).collect();
        if !unfinished.is_empty() {
            return Err(Error::new(T::SCHEMA.root.name, unfinished));
        }
        let overridden = reading.resolved.take_overridden(&self.key);
        let mut again = reading.again();
        let mut observer = FingerprintObserver::new(self.running.renew());
        let alone = Loader::<T>::build(reading, Some(&mut observer))?;
        let new = fingerprint::<T>(observer);
        self.file_state = file_state;
        let kept = KeptSettings::of(T::layout(), &self.running, &new);
        if new.leaves == self.seen.leaves {
            // They may have been taken back since they were loaded.
            self.refuse_blocked(T::SCHEMA.root.name, &kept.in_force(&self.running, &new))?;
            #[cfg(feature = "remote")]
            Reading::accept(&served);
            self.warn(alone.warnings());
            self.warn_of_overridden(overridden, &alone);
            return Ok(Outcome::Unchanged);
        }
        #[cfg(feature = "remote")]
        if let Some(rollout) = candidate {
            let changed = kept.differing(&self.seen, &new).restart_required;
            self.refuse_restart(T::SCHEMA.root.name, &rollout, changed)?;
        }
        let mut differing = kept.differing(&self.running, &new);
        let mut in_force = new.clone();
        let value = if kept.any() {
            kept.keep_hidden(running, &mut again.resolved);
            let observer = FingerprintObserver::new(self.running.renew());
            let mut observer = observer.keeping(kept.kept(running));
            let value = Loader::build(again, Some(&mut observer))
                .map_err(|error| beside(error, &differing.restart_required))?;
            in_force.take_dependent(&observer.fingerprint);
            differing = kept.differing(&self.running, &in_force);
            value
        } else {
            alone
        };
        let in_force = kept.in_force(&self.running, &in_force);
        self.refuse_blocked(T::SCHEMA.root.name, &in_force)?;
        // Before any state changes: this calls application code, which may panic.
        approve(loader, &value, &differing.changed)?;
        let changed = Change::between(differing.changed, &running.rows(), &value.rows());
        // Only after a valid load: a rejected snapshot must not become the last good copy on disk.
        #[cfg(feature = "remote")]
        Reading::accept(&served);
        self.running = in_force;
        self.seen = new;
        self.warn(value.warnings());
        self.warn_of_overridden(overridden, &value);
        Ok(Outcome::Valid {
            value: Box::new(value),
            changed,
            restart_required: differing.restart_required,
        })
    }

    /// The hashes of the values in force.
    pub(super) fn values_in_force(&self) -> Fingerprint {
        self.running.clone()
    }

    /// Rejects the values in force from now on.
    pub(super) fn block(&mut self, reason: &'static str) {
        #[cfg(feature = "remote")]
        {
            self.candidate = None;
        }
        self.blocked.push((self.running.leaves.clone(), reason));
    }

    /// Accepts all values again.
    pub(super) fn unblock(&mut self) {
        self.blocked.clear();
    }

    /// Makes earlier values the ones in force. Returns the keys that change.
    pub(super) fn return_to<T: Assemble>(&mut self, values: Fingerprint) -> Vec<String> {
        let kept = KeptSettings::of(T::layout(), &self.running, &values);
        let differing = kept.differing(&self.running, &values);
        self.running = values;
        differing.changed
    }

    /// The error of values that would put in force what was taken back.
    fn refuse_blocked(&self, settings: &'static str, in_force: &Fingerprint) -> Result<(), Error> {
        let mut blocked = self.blocked.iter();
        let Some((_, reason)) = blocked.find(|(values, _)| *values == in_force.leaves) else {
            return Ok(());
        };
        let what = format!("these values were taken back, because {reason}");
        let help = "change them, or restart the program, which loads them again";
        let problem = Problem::new(ProblemKind::Source, what).with_help(help);
        Err(Error::new(settings, vec![problem]))
    }

    /// Emits the warnings that are new since the last load.
    fn warn(&mut self, warnings: &[Problem]) {
        let warned: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        for (warning, words) in warnings.iter().zip(&warned) {
            if !self.warned.contains(words) {
                loader::emit(slice::from_ref(warning));
            }
        }
        self.warned = warned;
    }

    /// Emits an event for each value that changed in a source, but has no effect because a higher layer overrides it.
    fn warn_of_overridden<T: Assemble>(
        &mut self,
        overridden: Vec<(usize, Origin, u64)>,
        loaded: &Loaded<T>,
    ) {
        for (at, origin, hash) in &overridden {
            if self.overridden.contains(&(*at, *hash)) {
                continue;
            }
            let winner = &loaded.resolved().slots[*at].origin;
            if winner.layer() > origin.layer() {
                has_no_effect(T::layout().key_of(*at), origin, winner);
            }
        }
        self.overridden = without_origins(overridden);
    }

    /// Whether a file is declared or named, or is a file of a directory that sets a value.
    fn is_read<T: Assemble>(&self, path: &Path, running: &Loaded<T>) -> bool {
        let mut slots = running.resolved().slots.iter();
        self.paths.contains(&WatchedPath::File(path.to_owned()))
            || slots.any(|slot| slot.origin.path() == Some(path))
    }
}

/// The paths that the last load read or looked for, and the key of its hashes.
#[derive(Clone)]
pub(super) struct KnownPaths {
    key: RandomState,
    pub(super) paths: BTreeSet<WatchedPath>,
}

/// A consistent reading of all sources.
pub(super) struct SourcesRead {
    reading: Reading,
    file_state: FileState,
    /// The paths that were read or looked for.
    pub(super) paths: BTreeSet<WatchedPath>,
}

#[cfg(feature = "remote")]
impl SourcesRead {
    /// The rollout whose candidate was read.
    fn candidate(&self) -> Option<String> {
        let mut served = self.reading.served.iter();
        served.find_map(|(_, served)| Some(served.candidate.as_ref()?.to_string()))
    }
}

impl KnownPaths {
    /// Reads the layers consistently: no file changed during the reading, and a second reading gave the same values.
    pub(super) fn read<T: Assemble>(mut self, loader: &Loader<T>) -> Result<SourcesRead, Error> {
        let begin = Instant::now();
        loop {
            let before = FileState::of(&self.paths);
            let reading = loader.reading();
            let paths = read_paths(&reading);
            let are_known = paths == self.paths;
            self.paths = paths;
            let file_state = if are_known {
                let is_stable = before.has_stream() || self.is_stable(loader, &reading, &before);
                is_stable.then_some(before)
            } else {
                Some(FileState::of(&self.paths)).filter(FileState::has_stream)
            };
            if let Some(file_state) = file_state {
                return Ok(SourcesRead {
                    reading,
                    file_state,
                    paths: self.paths,
                });
            }
            if begin.elapsed() > MAX_UNSTABLE {
                let what = "the files kept changing while they were read";
                let problem = Problem::new(ProblemKind::Source, what).with_help(
                    "replace a file by a finished one instead of writing to it repeatedly",
                );
                return Err(Error::new(T::SCHEMA.root.name, vec![problem]));
            }
        }
    }

    /// Whether a second reading gives the same values, and no file has changed since `before`.
    fn is_stable<T: Assemble>(
        &self,
        loader: &Loader<T>,
        reading: &Reading,
        before: &FileState,
    ) -> bool {
        let print = reading.resolved.fingerprint(&self.key);
        let is_same = print == loader.reading().resolved.fingerprint(&self.key);
        is_same && *before == FileState::of(&self.paths)
    }
}

/// With the feature `tracing`, reports a change that a higher layer overrides.
fn has_no_effect(key: &str, origin: &Origin, winner: &Origin) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: "settings",
        key,
        %origin,
        "{key} in {origin} has no effect: {winner} overrides it"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (key, origin, winner);
}

/// Each overridden value: its setting and its hash.
fn without_origins(overridden: Vec<(usize, Origin, u64)>) -> HashSet<(usize, u64)> {
    let values = overridden.into_iter();
    values.map(|(at, _, hash)| (at, hash)).collect()
}

/// Returns the hashes of the raw values of a build.
fn fingerprint<T: Assemble>(observer: FingerprintObserver) -> Fingerprint {
    let layout = T::layout();
    let mut fingerprint = observer.fingerprint;
    fingerprint.forget_computed(|leaf| !reloads(layout, usize::from(leaf)));
    fingerprint
}

/// Returns the paths that a load reads or looks for.
fn read_paths(reading: &Reading) -> BTreeSet<WatchedPath> {
    let declared = reading.reports.iter().filter_map(
        |SourceReport {
             layer, name: place, ..
         }| {
            let path = PathBuf::from(place);
            match layer {
                Layer::File | Layer::EnvFile => Some(WatchedPath::File(path)),
                Layer::SecretsDir => Some(WatchedPath::Directory(path)),
                _ => None,
            }
        },
    );
    let named = reading.resolved.named_files();
    let patterns = reading.patterns.iter().cloned();
    declared
        .chain(patterns.map(WatchedPath::Pattern))
        .chain(named.map(|path| WatchedPath::File(path.into())))
        .collect()
}

fn emptied(path: &Path) -> Problem {
    let shown = path.display();
    let what = format!("{shown} is empty now, as a file is while it is being written");
    Problem::new(ProblemKind::Source, what).with_help(
        "replace it in one step; to remove all settings in it, leave a comment or a blank line in it",
    )
}

/// Returns the files that are absent now and were read before, unless they may disappear.
fn gone<'r>(reading: &'r Reading, before: &'r FileState) -> impl Iterator<Item = &'r SourceReport> {
    reading.reports.iter().filter(|report| {
        matches!(report.layer, Layer::File | Layer::EnvFile)
            && report.status == SourceStatus::Absent
            && !report.may_disappear
            && before.has_file(Path::new(&report.name))
            && !Path::new(&report.name).exists()
    })
}

fn disappeared(report: &SourceReport) -> Problem {
    let shown = &report.name;
    let what = format!("{shown} is absent now, but was read before");
    Problem::new(ProblemKind::Source, what).with_help(format!(
        "restore it; to remove all settings in it, leave a comment or a blank line in it, or declare it as optional(\"{shown}\")"
    ))
}

/// Asks the program whether a change may be put in force.
fn approve<T: Assemble>(
    loader: &Loader<T>,
    value: &Loaded<T>,
    changed: &[String],
) -> Result<(), Error> {
    if changed.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = changed.iter().map(String::as_str).collect();
    loader.approved(value, &keys).map_err(|reason| {
        let name = T::SCHEMA.root.name;
        let what = format!("the program rejects the change of {}: ", keys.join(", "));
        let what = what + &value.masked_reason(&reason);
        Error::new(name, vec![Problem::new(ProblemKind::Rule, what).at(name)])
    })
}

/// Adds a note to the problems of a load in which some settings keep their running value.
fn beside(error: Error, kept: &[String]) -> Error {
    if kept.is_empty() {
        return error;
    }
    let note = format!(
        "checked together with the running values of {}, which only change at a restart",
        kept.join(", ")
    );
    error.noted(&note)
}
