//! State that the thread of a store shares with its handles: the snapshot, the status and the callbacks.

#[cfg(feature = "live")]
use super::fleet::rollout::Rollout;
use super::{
    answer::{Fault, FaultKind, StoreChanges, StoreSnapshot, is_reserved},
    last_good::{KeptCopy, LastGood},
    status::{LastError, ServedFrom, StoreState, StoreStatus, about},
};
use settings_syntax::duration;
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// Age at which the last good snapshot is written again while it is still in force, so that its age is meaningful.
const REFRESH: Duration = Duration::from_secs(60 * 60);

/// A snapshot for a load.
pub(crate) struct Served {
    /// The settings that a load reads: those of the store, or with the candidate of a rollout.
    pub(crate) snapshot: Arc<StoreSnapshot>,
    /// Id of the rollout whose candidate it contains.
    pub(crate) candidate: Option<Arc<str>>,
    /// The revision up to which the settings of the store are in it.
    base: u64,
    pub(crate) from: ServedFrom,
    /// Time since the store confirmed it, as text.
    pub(crate) age: String,
    /// Reason why the store is unavailable, if it is.
    pub(crate) error: String,
    /// A file that is writable by users other than its owner, if the snapshot comes from one.
    pub(crate) writable_file: Option<String>,
}

/// Returns whether it wants to be called again.
pub(super) type Callback = Arc<dyn Fn() -> bool + Send + Sync>;

pub(super) struct StoreShared {
    name: Box<str>,
    deadline: Duration,
    heartbeat: Duration,
    /// End of the wait for the first snapshot; `None` is never.
    until: Option<Instant>,
    last_good: Option<LastGood>,
    facts: Mutex<StoreFacts>,
    /// Notified when there is a new snapshot, and when the store is dropped.
    changed: Condvar,
}

struct StoreFacts {
    stopped: bool,
    state: StoreState,
    since: SystemTime,
    /// Time of the last answer.
    heard: Instant,
    held: Option<Held>,
    /// The settings that a load last put in force, and the revision up to which its settings are those of the store.
    accepted: Option<Arc<StoreSnapshot>>,
    accepted_base: u64,
    /// The rollout whose candidate loads read.
    #[cfg(feature = "live")]
    admitted: Option<String>,
    /// Longest wait between two attempts, where it was shortened.
    longest_retry: Option<Duration>,
    /// Time when it was written to disk.
    written: Option<SystemTime>,
    last_error: Option<LastError>,
    disk_error: Option<String>,
    attempts: u64,
    resyncs: u64,
    changes: u64,
    faults: u64,
    callbacks: Vec<Callback>,
}

/// The latest snapshot, and what loads read of it.
struct Held {
    snapshot: Arc<StoreSnapshot>,
    /// The snapshot itself, or with a candidate.
    view: Arc<StoreSnapshot>,
    candidate: Option<Arc<str>>,
    /// The revision at which its settings last changed.
    base: u64,
    from: ServedFrom,
    confirmed: SystemTime,
    writable_file: Option<String>,
}

impl StoreShared {
    pub(super) fn new(
        name: Box<str>,
        deadline: Duration,
        heartbeat: Duration,
        last_good: Option<LastGood>,
    ) -> Self {
        let now = Instant::now();
        Self {
            name,
            deadline,
            heartbeat,
            until: now.checked_add(deadline),
            last_good,
            facts: Mutex::new(StoreFacts {
                stopped: false,
                state: StoreState::Starting,
                since: SystemTime::now(),
                heard: now,
                held: None,
                accepted: None,
                accepted_base: 0,
                #[cfg(feature = "live")]
                admitted: None,
                longest_retry: None,
                written: None,
                last_error: None,
                disk_error: None,
                attempts: 0,
                resyncs: 0,
                changes: 0,
                faults: 0,
                callbacks: Vec::new(),
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    #[cfg(feature = "cli")]
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    pub(super) fn on_change(&self, callback: Callback) {
        self.facts().callbacks.push(callback);
    }

    pub(super) fn snapshot(&self) -> Option<Arc<StoreSnapshot>> {
        let facts = self.facts();
        let held = facts.held.as_ref();
        held.filter(|held| held.from == ServedFrom::Store)
            .map(|held| held.snapshot.clone())
    }

    pub(super) fn stop(&self) {
        self.facts().stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.facts().stopped
    }

    /// Waits, and returns whether the store was dropped meanwhile.
    pub(super) fn stopped_within(&self, wait: Duration) -> bool {
        let facts = self.facts();
        let waited = self
            .changed
            .wait_timeout_while(facts, wait, |facts| !facts.stopped);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopped
    }

    pub(super) fn attempt(&self) {
        self.facts().attempts += 1;
    }

    /// Takes over a snapshot of everything.
    pub(super) fn resynced(&self, snapshot: StoreSnapshot) {
        let mut facts = self.facts();
        facts.resyncs += 1;
        let before = facts.held.as_ref();
        if let Some(before) = before.filter(|held| held.from == ServedFrom::Store)
            && before.snapshot.revision > snapshot.revision
        {
            let (was, is) = (before.snapshot.revision, snapshot.revision);
            facts.error(
                FaultKind::RevisionRegressed,
                format!("the revision regressed from {was} to {is}, as after a restored backup"),
            );
        }
        facts.connected();
        let base = snapshot.revision;
        self.hold(facts, Arc::new(snapshot), base);
    }

    pub(super) fn changed(&self, changes: StoreChanges) {
        let mut facts = self.facts();
        facts.changes += 1;
        facts.connected();
        let Some(held) = &facts.held else {
            return;
        };
        let mut keys = changes.changes.iter().map(|change| &change.key);
        let base = match keys.any(|key| !is_reserved(key)) {
            true => changes.revision,
            false => held.base,
        };
        let snapshot = held.snapshot.after(changes);
        self.hold(facts, Arc::new(snapshot), base);
    }

    /// Records that the store has answered, without a change.
    pub(super) fn heard(&self) {
        let mut facts = self.facts();
        facts.connected();
        let now = SystemTime::now();
        let Some(held) = &mut facts.held else {
            return;
        };
        held.confirmed = now;
        let snapshot = held.view.clone();
        let is_base = held.candidate.is_none();
        let in_force = facts.accepted.as_ref();
        let is_old =
            |written: SystemTime| now.duration_since(written).is_ok_and(|age| age > REFRESH);
        if is_base
            && in_force.is_some_and(|accepted| Arc::ptr_eq(accepted, &snapshot))
            && facts.written.is_some_and(is_old)
        {
            drop(facts);
            self.write(&snapshot);
        }
    }

    pub(super) fn faulted(&self, fault: &Fault) {
        let mut facts = self.facts();
        facts.error(fault.kind(), fault.to_string());
        facts.enter(StoreState::Unavailable);
    }

    /// Replaces the snapshot, and calls back if loads read other settings than before.
    fn hold(&self, mut facts: MutexGuard<'_, StoreFacts>, snapshot: Arc<StoreSnapshot>, base: u64) {
        let (view, candidate) = facts.view_of(&snapshot);
        let is_base = candidate.is_none();
        let before = facts.held.replace(Held {
            snapshot,
            view: view.clone(),
            candidate,
            base,
            from: ServedFrom::Store,
            confirmed: SystemTime::now(),
            writable_file: None,
        });
        let same = before.filter(|before| before.view.has_same_settings(&view));
        // A candidate that has become the base is not accepted as such before it was loaded once more.
        if let Some(before) = &same
            && before.candidate.is_none() == is_base
            && let Some(accepted) = &mut facts.accepted
            && Arc::ptr_eq(accepted, &before.view)
        {
            *accepted = view;
            if is_base {
                facts.accepted_base = base;
            }
        }
        let callbacks = match same {
            Some(before) if before.from == ServedFrom::Store => Vec::new(),
            // The list is taken under the lock, so that a callback that is added after a load is not called for that
            // snapshot.
            _ => facts.callbacks.clone(),
        };
        drop(facts);
        self.changed.notify_all();
        for callback in callbacks {
            // The panic hook has reported a panic; this thread must continue.
            if let Ok(false) = panic::catch_unwind(AssertUnwindSafe(|| callback())) {
                let is_other = |other: &Callback| !Arc::ptr_eq(other, &callback);
                self.facts().callbacks.retain(is_other);
            }
        }
    }

    /// Waits for the first snapshot until the deadline, then reads the last good one from disk.
    pub(super) fn served(&self) -> Result<Served, String> {
        let left = self.until.map_or(Duration::MAX, |until| {
            until.saturating_duration_since(Instant::now())
        });
        let facts = self.facts();
        let waited = self
            .changed
            .wait_timeout_while(facts, left, |facts| facts.held.is_none() && !facts.stopped);
        let facts = waited.unwrap_or_else(PoisonError::into_inner).0;
        if let Some(held) = &facts.held {
            return Ok(self.serve(&facts, held));
        }
        let why = self.error(&facts);
        drop(facts);
        let Some(last_good) = &self.last_good else {
            return Err(why);
        };
        // Without the lock, since a disk may be slow.
        let kept = last_good.read();
        let mut facts = self.facts();
        match kept {
            Ok(kept) => {
                facts.disk_error = None;
                facts.held.get_or_insert_with(|| Held::from(kept));
            }
            Err(error) => {
                let error = error.to_string();
                facts.disk_error = Some(error.clone());
                if facts.held.is_none() {
                    return Err(format!("{why}; {error}"));
                }
            }
        }
        match &facts.held {
            Some(held) => Ok(self.serve(&facts, held)),
            None => Err(why),
        }
    }

    fn serve(&self, facts: &StoreFacts, held: &Held) -> Served {
        Served {
            snapshot: held.view.clone(),
            candidate: held.candidate.clone(),
            base: held.base,
            from: held.from,
            age: about(held.confirmed.elapsed().unwrap_or_default()),
            error: self.error(facts),
            writable_file: held.writable_file.clone(),
        }
    }

    fn error(&self, facts: &StoreFacts) -> String {
        match &facts.last_error {
            Some(error) => error.message.clone(),
            None => format!("no answer within {}", duration::format(self.deadline)),
        }
    }

    /// Records that a load has put it in force.
    pub(super) fn accept(&self, served: &Served) {
        let snapshot = &served.snapshot;
        let mut facts = self.facts();
        if served.candidate.is_some() {
            // The last good copy is one of the base.
            facts.accepted = Some(snapshot.clone());
            return;
        }
        facts.accepted_base = facts.accepted_base.max(served.base);
        let in_force = facts.accepted.as_ref();
        if in_force.is_some_and(|accepted| Arc::ptr_eq(accepted, snapshot)) {
            return;
        }
        facts.accepted = Some(snapshot.clone());
        facts.accepted_base = served.base;
        drop(facts);
        self.write(snapshot);
    }

    /// The revision up to which the settings of the store are in force.
    #[cfg(feature = "live")]
    pub(super) fn accepted_base(&self) -> u64 {
        self.facts().accepted_base
    }

    /// Makes loads read the candidate of this rollout, for as long as the latest snapshot has it.
    #[cfg(feature = "live")]
    pub(super) fn admit(&self, rollout: Option<&str>) {
        let mut facts = self.facts();
        if facts.admitted.as_deref() == rollout {
            return;
        }
        facts.admitted = rollout.map(str::to_owned);
        let held = facts.held.as_ref();
        if let Some(held) = held.filter(|held| held.from == ServedFrom::Store) {
            let (snapshot, base) = (held.snapshot.clone(), held.base);
            self.hold(facts, snapshot, base);
        }
    }

    /// Shortens the longest wait between two attempts.
    #[cfg(feature = "live")]
    pub(super) fn retry_within(&self, longest: Duration) {
        self.facts().longest_retry = Some(longest);
        self.changed.notify_all();
    }

    pub(super) fn longest_retry(&self) -> Duration {
        self.facts().longest_retry.unwrap_or(Duration::MAX)
    }

    fn write(&self, snapshot: &StoreSnapshot) {
        let Some(last_good) = &self.last_good else {
            return;
        };
        let now = SystemTime::now();
        let written = last_good.write(snapshot, now);
        let mut facts = self.facts();
        match written {
            Ok(()) => {
                facts.disk_error = None;
                facts.written = Some(now);
            }
            Err(error) => facts.disk_error = Some(error.to_string()),
        }
    }

    pub(super) fn status(&self) -> StoreStatus {
        let facts = self.facts();
        let mut last_error = facts.last_error.clone();
        let (mut state, mut since) = (facts.state, facts.since);
        let silent = facts.heard.elapsed();
        // Only an engine that exceeds its time limit causes this.
        if state == StoreState::Connected && silent > self.heartbeat.saturating_mul(2) {
            state = StoreState::Unavailable;
            since = SystemTime::now().checked_sub(silent).unwrap_or(since);
            last_error = Some(LastError {
                kind: FaultKind::Unresponsive,
                message: format!("no answer for {}", about(silent)),
                at: SystemTime::now(),
            });
        }
        let held = facts.held.as_ref();
        StoreStatus {
            name: self.name.to_string(),
            state,
            since,
            revision: held.map(|held| held.snapshot.revision),
            served_from: held.map(|held| held.from),
            age: held.map(|held| held.confirmed.elapsed().unwrap_or_default()),
            last_error,
            disk_error: facts.disk_error.clone(),
            attempts: facts.attempts,
            resyncs: facts.resyncs,
            changes: facts.changes,
            faults: facts.faults,
        }
    }

    fn facts(&self) -> MutexGuard<'_, StoreFacts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoreFacts {
    /// The part of a snapshot that loads read.
    #[cfg(feature = "live")]
    fn view_of(&self, snapshot: &Arc<StoreSnapshot>) -> (Arc<StoreSnapshot>, Option<Arc<str>>) {
        if let Some(admitted) = &self.admitted {
            let rollout = Rollout::of(snapshot);
            let view = Rollout::view(rollout.as_ref(), snapshot, Some(admitted));
            if let Some(view) = view {
                return (Arc::new(view), Some(admitted.as_str().into()));
            }
        }
        (snapshot.clone(), None)
    }

    #[cfg(not(feature = "live"))]
    #[expect(
        clippy::unused_self,
        reason = "only live settings take part in rollouts"
    )]
    fn view_of(&self, snapshot: &Arc<StoreSnapshot>) -> (Arc<StoreSnapshot>, Option<Arc<str>>) {
        (snapshot.clone(), None)
    }

    fn connected(&mut self) {
        self.heard = Instant::now();
        self.enter(StoreState::Connected);
    }

    fn enter(&mut self, state: StoreState) {
        if self.state != state {
            self.state = state;
            self.since = SystemTime::now();
        }
    }

    fn error(&mut self, kind: FaultKind, message: String) {
        self.faults += 1;
        let at = SystemTime::now();
        self.last_error = Some(LastError { kind, message, at });
    }
}

impl From<KeptCopy> for Held {
    fn from(kept: KeptCopy) -> Self {
        let snapshot = Arc::new(kept.snapshot);
        Self {
            view: snapshot.clone(),
            candidate: None,
            base: snapshot.revision,
            snapshot,
            from: ServedFrom::Disk,
            confirmed: kept.confirmed,
            writable_file: kept.writable_file,
        }
    }
}
