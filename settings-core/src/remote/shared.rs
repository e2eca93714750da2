//! What the thread of a store and its handles share: what is served, what is going on, and who wants to hear of it.

use super::{
    engine::{Fault, FaultKind, StoreChanges, StoreSnapshot},
    last_good::LastGood,
    status::{LastError, ServedFrom, StoreState, StoreStatus, about},
};
use settings_syntax::duration;
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// A last good snapshot that is still in force is written again when it is older than this, so that its age means
/// something.
const REFRESH: Duration = Duration::from_hours(1);

/// What a load takes from a store.
pub(crate) struct Served {
    pub(crate) snapshot: Arc<StoreSnapshot>,
    pub(crate) from: ServedFrom,
    /// How long ago the store confirmed it, as a person says it.
    pub(crate) age: String,
    /// Why the store is away, if it is.
    pub(crate) error: String,
}

/// Whether it wants to be called again.
pub(super) type Callback = Arc<dyn Fn() -> bool + Send + Sync>;

/// What the thread and the handles of a store share.
pub(super) struct Shared {
    place: Box<str>,
    deadline: Duration,
    heartbeat: Duration,
    /// When the wait for a first snapshot is over.
    until: Option<Instant>,
    last_good: Option<LastGood>,
    facts: Mutex<Facts>,
    /// Told when there is a first snapshot, and when the store is dropped.
    told: Condvar,
}

struct Facts {
    stopped: bool,
    state: StoreState,
    since: SystemTime,
    heard: Instant,
    held: Option<Held>,
    /// What was last put in force by a load.
    accepted: Option<Arc<StoreSnapshot>>,
    /// When it was written to disk.
    written: Option<SystemTime>,
    last_error: Option<LastError>,
    disk_error: Option<String>,
    attempts: u64,
    resyncs: u64,
    changes: u64,
    faults: u64,
    callbacks: Vec<Callback>,
}

#[derive(Clone)]
struct Held {
    snapshot: Arc<StoreSnapshot>,
    from: ServedFrom,
    confirmed: SystemTime,
}

impl Shared {
    pub(super) fn new(
        place: Box<str>,
        deadline: Duration,
        heartbeat: Duration,
        last_good: Option<LastGood>,
    ) -> Self {
        let now = Instant::now();
        Self {
            place,
            deadline,
            heartbeat,
            until: now.checked_add(deadline),
            last_good,
            facts: Mutex::new(Facts {
                stopped: false,
                state: StoreState::Starting,
                since: SystemTime::now(),
                heard: now,
                held: None,
                accepted: None,
                written: None,
                last_error: None,
                disk_error: None,
                attempts: 0,
                resyncs: 0,
                changes: 0,
                faults: 0,
                callbacks: Vec::new(),
            }),
            told: Condvar::new(),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
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
        self.told.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.facts().stopped
    }

    /// Waits; tells whether the store was dropped meanwhile.
    pub(super) fn stopped_within(&self, wait: Duration) -> bool {
        let facts = self.facts();
        let waited = self
            .told
            .wait_timeout_while(facts, wait, |facts| !facts.stopped);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopped
    }

    pub(super) fn attempt(&self) {
        self.facts().attempts += 1;
    }

    /// Everything was read anew.
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
                format!("went back from revision {was} to {is}, as if restored from a backup"),
            );
        }
        facts.connected();
        self.hold(facts, snapshot);
    }

    pub(super) fn changed(&self, changes: StoreChanges) {
        let mut facts = self.facts();
        facts.changes += 1;
        facts.connected();
        let Some(held) = &facts.held else {
            return;
        };
        let snapshot = held.snapshot.after(changes);
        self.hold(facts, snapshot);
    }

    /// The store said that nothing has changed.
    pub(super) fn heard(&self) {
        let mut facts = self.facts();
        facts.connected();
        let now = SystemTime::now();
        let Some(held) = &mut facts.held else {
            return;
        };
        held.confirmed = now;
        let snapshot = held.snapshot.clone();
        let in_force = facts.accepted.as_ref();
        let is_old =
            |written: SystemTime| now.duration_since(written).is_ok_and(|age| age > REFRESH);
        if in_force.is_some_and(|accepted| Arc::ptr_eq(accepted, &snapshot))
            && facts.written.is_some_and(is_old)
        {
            drop(facts);
            self.write(&snapshot);
        }
    }

    pub(super) fn faulted(&self, fault: &Fault) {
        let mut facts = self.facts();
        facts.error(fault.kind(), fault.to_string());
        facts.turn(StoreState::Unavailable);
    }

    fn hold(&self, mut facts: MutexGuard<'_, Facts>, snapshot: StoreSnapshot) {
        let snapshot = Arc::new(snapshot);
        let before = facts.held.replace(Held {
            snapshot: snapshot.clone(),
            from: ServedFrom::Store,
            confirmed: SystemTime::now(),
        });
        let same = before.filter(|before| before.snapshot.says_what(&snapshot));
        if let Some(before) = &same
            && let Some(accepted) = &mut facts.accepted
            && Arc::ptr_eq(accepted, &before.snapshot)
        {
            *accepted = snapshot;
        }
        let callbacks = match same {
            Some(before) if before.from == ServedFrom::Store => Vec::new(),
            // Under the lock, so that one who comes after a load is not told of what that has read.
            _ => facts.callbacks.clone(),
        };
        drop(facts);
        self.told.notify_all();
        for callback in callbacks {
            // Who panics there is told by the hook; this thread must go on.
            if let Ok(false) = panic::catch_unwind(AssertUnwindSafe(|| callback())) {
                let is_other = |other: &Callback| !Arc::ptr_eq(other, &callback);
                self.facts().callbacks.retain(is_other);
            }
        }
    }

    /// Waits for the first snapshot until the deadline, then turns to the disk.
    pub(super) fn served(&self) -> Result<Served, String> {
        let left = self.until.map_or(Duration::MAX, |until| {
            until.saturating_duration_since(Instant::now())
        });
        let facts = self.facts();
        let waited = self
            .told
            .wait_timeout_while(facts, left, |facts| facts.held.is_none() && !facts.stopped);
        let mut facts = waited.unwrap_or_else(PoisonError::into_inner).0;
        if facts.held.is_none() {
            let why = self.why(&facts);
            let Some(last_good) = &self.last_good else {
                return Err(why);
            };
            match last_good.read() {
                Ok((snapshot, confirmed)) => {
                    facts.disk_error = None;
                    facts.held = Some(Held {
                        snapshot: Arc::new(snapshot),
                        from: ServedFrom::Disk,
                        confirmed,
                    });
                }
                Err(error) => {
                    let error = error.to_string();
                    facts.disk_error = Some(error.clone());
                    return Err(format!("{why}; {error}"));
                }
            }
        }
        match &facts.held {
            Some(held) => Ok(Served {
                snapshot: held.snapshot.clone(),
                from: held.from,
                age: about(held.confirmed.elapsed().unwrap_or_default()),
                error: self.why(&facts),
            }),
            None => Err("nothing was read".to_owned()),
        }
    }

    fn why(&self, facts: &Facts) -> String {
        match &facts.last_error {
            Some(error) => error.message.clone(),
            None => format!("no answer within {}", duration::format(self.deadline)),
        }
    }

    /// Notes that a load has put it in force.
    pub(super) fn accept(&self, snapshot: &Arc<StoreSnapshot>) {
        let mut facts = self.facts();
        let in_force = facts.accepted.as_ref();
        if in_force.is_some_and(|accepted| Arc::ptr_eq(accepted, snapshot)) {
            return;
        }
        facts.accepted = Some(snapshot.clone());
        drop(facts);
        self.write(snapshot);
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
        // Only an engine that blocks for longer than it may comes here.
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
            name: self.place.to_string(),
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

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    fn connected(&mut self) {
        self.heard = Instant::now();
        self.turn(StoreState::Connected);
    }

    fn turn(&mut self, state: StoreState) {
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
