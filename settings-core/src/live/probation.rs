//! Probation: a revision that makes the program unhealthy is taken back.

use super::{
    Live, LiveShared,
    event::{Change, Event},
    fingerprint::Fingerprint,
    health::{HealthAnswer, HealthCalls, Stopped},
    lock,
    reload::{Outcome, Reloader},
    revision::Revision,
    status::{ProbationStatus, Reversion},
    trial::{Trial, Verdict},
    trigger::TriggerGuard,
};
use crate::{build::Assemble, loader::turns::PATIENCE};
use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// Longest time between two health calls.
const INTERVAL: Duration = Duration::from_secs(1);
/// Least number of good calls.
const LEAST_CALLS: u32 = 3;
/// Reverts without a pass after which triggers pause.
const MOST_REVERTS: u32 = 3;
/// How long they pause.
const PAUSE: Duration = Duration::from_secs(600);

/// A revision to go back to.
pub(super) struct PointOfReturn<T> {
    pub(super) revision: Arc<Revision<T>>,
    pub(super) values: Fingerprint,
    /// Whether to go back also if the sources set the same values as before.
    pub(super) is_needed: bool,
}

/// State of the probation.
pub(super) struct Probation<T> {
    needed: u32,
    /// The trial of the revision with this number. There is none for the one that passed.
    trial: Option<(u64, Trial)>,
    /// The last revision that passed, and the hashes of its values.
    passed: Arc<Revision<T>>,
    passed_values: Fingerprint,
    /// Whether the last health call was good.
    is_healthy: bool,
    reverts: u64,
    reverts_since_pass: u32,
    last_revert: Option<Reversion>,
    paused_until: Option<Instant>,
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Puts each new revision on probation: it is taken back if the program becomes unhealthy.
    ///
    /// `health` returns whether the program is healthy, for example by its own readiness. It is called once a second, on a
    /// thread of its own, for as long as the guard exists. A revision *passes* after as many good calls as `duration` has
    /// seconds. Calls are counted, so a process that is paused needs longer. After three bad calls in a row before that,
    /// the settings go back to the last revision that passed; the one in force now counts as such. A panic, or a call
    /// that takes longer than five seconds, is a bad call. With a `duration` below three seconds, three calls are made in
    /// that time.
    ///
    /// - A reload during the probation is applied, and the count begins again, with the same point of return.
    /// - A revert is a new revision with a higher number, an [`Event::Reverted`], and part of [`status`](Live::status).
    ///   It reads the sources again: if they contain valid settings other than those that failed, these are put in force
    ///   instead.
    /// - The settings that failed are rejected until another revision has passed, or the program is restarted. A restart
    ///   loads what the sources contain: the probation protects a running process, not a start.
    /// - After three reverts without a pass, triggers reload nothing for ten minutes; [`reload`](Live::reload) still does.
    /// - If the program was unhealthy before a revision, the revision is only taken back after it was healthy in between.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8, reload)] workers: u32 }
    /// use settings_core::live::Event;
    /// use std::time::Duration;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("app.env");
    /// let live = App::empty_loader().env_file(&file).live()?;
    /// let events = live.subscribe_channel();
    /// # let other = live.clone();
    /// # let is_ready = move || other.current().workers > 0;
    /// live.probation(Duration::from_millis(30), is_ready)?.detach(); // minutes in a real program
    ///
    /// std::fs::write(&file, "WORKERS=0")?;
    /// live.reload()?;
    /// # events.recv()?;
    /// let Event::Reverted { revision, reason, .. } = events.recv()? else { panic!() };
    /// assert_eq!((revision, live.current().workers), (3, 8));
    /// assert_eq!(reason, "the program was unhealthy three times in a row");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system if no thread can be started, and an error if the settings are on probation
    /// already.
    pub fn probation(
        &self,
        duration: Duration,
        health: impl FnMut() -> bool + Send + 'static,
    ) -> io::Result<TriggerGuard> {
        let needed = u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        let needed = needed.max(LEAST_CALLS);
        let interval = (duration / needed).min(INTERVAL);
        let turn = self.shared.turn(Some(PATIENCE));
        let _turn = turn.map_err(io::Error::other)?;
        let reloader = self.shared.reloader();
        let mut probation = lock(&self.shared.probation);
        if probation.is_some() {
            let error = "the settings are on probation already";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, error));
        }
        let (mut calls, stop) = HealthCalls::start(health)?;
        let shared = Arc::downgrade(&self.shared);
        let run = move || {
            let mut each = || {
                let answer = calls.call()?;
                let shared = shared.upgrade().ok_or(Stopped)?;
                shared.health_answered(answer);
                drop(shared);
                calls.pause(interval)
            };
            while each().is_ok() {}
            if let Some(shared) = shared.upgrade() {
                *lock(&shared.probation) = None;
            }
        };
        let stop = move || stop.stop();
        let guard = self.shared.trigger("settings-probation", stop, run)?;
        *probation = Some(Probation {
            needed,
            trial: None,
            passed: self.shared.current.load_full(),
            passed_values: reloader.values_in_force(),
            is_healthy: true,
            reverts: 0,
            reverts_since_pass: 0,
            last_revert: None,
            paused_until: None,
        });
        Ok(guard)
    }
}

impl<T: Assemble + Send + Sync + 'static> LiveShared<T> {
    fn health_answered(&self, answer: HealthAnswer) {
        let current = self.current.load_full();
        let verdict = {
            let mut probation = lock(&self.probation);
            let Some(probation) = probation.as_mut() else {
                return;
            };
            probation.record(current.number, answer.is_good())
        };
        match verdict {
            Verdict::Pending => {}
            Verdict::Passed => self.pass(&current),
            Verdict::Failed => self.revert(&current, answer.reason()),
        }
        let is_over = {
            let mut probation = lock(&self.probation);
            let probation = probation.as_mut();
            probation.is_some_and(Probation::end_of_pause)
        };
        if is_over {
            // The changes in the meantime.
            self.reload_by_trigger();
        }
    }

    /// Makes a revision the point of return, if it is still in force.
    fn pass(&self, revision: &Arc<Revision<T>>) {
        let mut reloader = self.reloader();
        let mut probation = lock(&self.probation);
        if self.current.load().number != revision.number {
            return;
        }
        if let Some(probation) = probation.as_mut() {
            reloader.unblock();
            probation.trial = None;
            probation.passed = revision.clone();
            probation.passed_values = reloader.values_in_force();
            probation.reverts_since_pass = 0;
            probation.paused_until = None;
        }
    }

    /// Goes back to the last revision that passed, if this one is still in force.
    fn revert(&self, failed: &Arc<Revision<T>>, reason: &'static str) {
        self.go_back(
            reason,
            |reloader, current| {
                if current.number != failed.number {
                    return None;
                }
                let probation = lock(&self.probation);
                let probation = probation.as_ref()?;
                reloader.block(reason);
                Some(PointOfReturn {
                    revision: probation.passed.clone(),
                    values: probation.passed_values.clone(),
                    is_needed: true,
                })
            },
            |next, is_returned| {
                if let Some(probation) = lock(&self.probation).as_mut() {
                    probation.reverted(failed.number, reason);
                    if is_returned {
                        probation.passed = next.clone();
                    }
                }
            },
        );
    }

    /// Reads the sources again and puts them in force as a revert, or else an earlier revision.
    ///
    /// `point` decides under the lock whether there is anything to take back. `reverted` is called before the swap, with
    /// the new revision and whether it is that of the point of return.
    pub(super) fn go_back(
        &self,
        reason: &str,
        point: impl FnOnce(&mut Reloader, &Revision<T>) -> Option<PointOfReturn<T>>,
        reverted: impl FnOnce(&Arc<Revision<T>>, bool),
    ) {
        // A panic in application code is a load that is invalid.
        let read = panic::catch_unwind(AssertUnwindSafe(|| self.read_in_turn(None)));
        let (sources, turn, reading) = match read {
            Ok(Ok((sources, turn, reading))) => (Some(sources), Ok(turn), Some(reading)),
            _ => (None, self.turn(None), None),
        };
        let Ok(turn) = turn else {
            return;
        };
        turn.calls_functions();
        let mut reloader = self.reloader();
        let failed = self.current.load_full();
        let Some(point) = point(&mut reloader, &failed) else {
            return;
        };
        let outcome = sources.and_then(|sources| {
            let load = AssertUnwindSafe(|| self.next(&mut reloader, sources, &failed));
            panic::catch_unwind(load).ok()
        });
        if let Some(reading) = reading {
            reading.finish();
        }
        let (loaded, changed, is_returned) = match outcome {
            Some(Outcome::Unchanged) if !point.is_needed => return,
            Some(Outcome::Valid {
                value,
                changed,
                restart_required,
            }) => {
                self.status().restart_required = restart_required;
                (Arc::new(*value), changed, false)
            }
            _ => {
                let passed = point.revision;
                let changed = reloader.return_to::<T>(point.values);
                let (old, new) = (failed.loaded.rows(), passed.loaded.rows());
                let changed = Change::between(changed, &old, &new);
                (passed.loaded.clone(), changed, true)
            }
        };
        let next = Arc::new(Revision::new(failed.number + 1, loaded));
        reverted(&next, is_returned);
        let revision = next.number;
        {
            let mut status = self.status();
            status.rejected = None;
            self.current.store(next);
        }
        self.publish(&Event::Reverted {
            revision,
            reason: reason.to_owned(),
            changed,
        });
    }
}

impl<T> LiveShared<T> {
    /// Whether triggers pause after too many reverts.
    pub(super) fn is_paused(&self) -> bool {
        let probation = lock(&self.probation);
        let until = probation
            .as_ref()
            .and_then(|probation| probation.paused_until);
        until.is_some_and(|until| Instant::now() < until)
    }

    pub(super) fn probation_status(&self, revision: u64) -> Option<ProbationStatus> {
        let probation = lock(&self.probation);
        let probation = probation.as_ref()?;
        let trial = probation.trial.filter(|(number, _)| *number == revision);
        Some(ProbationStatus {
            passed: probation.passed.number == revision,
            good: trial.map_or(0, |(_, trial)| trial.good),
            needed: probation.needed,
            healthy: probation.is_healthy,
            reverts: probation.reverts,
            last_revert: probation.last_revert.clone(),
            paused: probation.paused_until.is_some(),
        })
    }
}

impl<T> Probation<T> {
    fn record(&mut self, revision: u64, is_good: bool) -> Verdict {
        let was_healthy = std::mem::replace(&mut self.is_healthy, is_good);
        if revision == self.passed.number {
            return Verdict::Pending;
        }
        let mut trial = match self.trial {
            Some((number, trial)) if number == revision => trial,
            // Of a revision that was replaced: its health says nothing about the time before it.
            Some((_, replaced)) => Trial::new(self.needed, replaced.was_healthy),
            None => Trial::new(self.needed, was_healthy),
        };
        let verdict = trial.record(is_good);
        self.trial = Some((revision, trial));
        verdict
    }

    fn reverted(&mut self, revision: u64, reason: &'static str) {
        self.trial = None;
        // Until the next call: the bad health was that of the revision.
        self.is_healthy = true;
        self.reverts += 1;
        self.reverts_since_pass += 1;
        self.last_revert = Some(Reversion {
            at: SystemTime::now(),
            revision,
            reason: reason.to_owned(),
        });
        if self.reverts_since_pass >= MOST_REVERTS {
            self.paused_until = Some(Instant::now() + PAUSE);
        }
    }

    /// Ends a pause whose time is over, and returns whether it did.
    fn end_of_pause(&mut self) -> bool {
        let is_over = self
            .paused_until
            .is_some_and(|until| Instant::now() >= until);
        if is_over {
            self.paused_until = None;
            self.reverts_since_pass = 0;
        }
        is_over
    }
}
