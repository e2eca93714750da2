//! The commits of a rollout: its start, its transitions and its end, each in one transaction.

use super::{
    FLEET, LOCK, Millis, PULSE, ROLLOUT,
    controller::{ControllerOptions, Decision, Gate, StageMemory, StageView, Tally, after, step},
    pulse::Pulse,
    rollout::{MAX_SIZE, Rollout, RolloutFlaw, RolloutState},
    selection::Fleet,
};
use crate::remote::{
    Commit, Fault, FaultKind, Lease, StoreKey, StoreWrite, Value, Writer,
    history::{KeyChange, PushEntry, PushHead, PushKind},
    push::StoreContents,
};
use std::time::Duration;

/// Lease of the lock.
pub(crate) const LOCK_LEASE: Duration = Duration::from_secs(15);
/// Time between two pulses, and two refreshes of the lease.
const PULSE_EVERY: Millis = 10_000;
const REFRESH_EVERY: Millis = 5_000;

/// A controller that holds the lock.
pub(crate) struct RolloutController {
    rollout: String,
    lease: Lease,
    /// The revision at which it took the lock.
    lock: u64,
    options: ControllerOptions,
    /// The changes of the rollout, as the history keeps them.
    changes: Vec<KeyChange>,
    memory: StageMemory,
    /// The members when it looked last at a rollout under way. After its end they report something else.
    tally: Tally,
    /// The stage that it saw last, and since when.
    stage: (usize, Millis),
    pulses: u64,
    pulse_at: Millis,
    refresh_at: Millis,
}

/// Observations and actions of a controller in one step.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    pub(crate) rollout: Rollout,
    pub(crate) tally: Tally,
    /// The decision; the rollout is the one after it.
    pub(crate) decision: Decision,
}

/// Reason why a controller ends.
#[derive(Clone, Debug)]
pub(crate) enum ControllerEnd {
    /// Another controller may have taken over.
    LockLost,
    /// The rollout is not there any more, or cannot be read.
    Gone,
    Fault(Fault),
}

/// Result of an attempt to become the controller.
pub(crate) enum LockAttempt {
    Taken(Box<RolloutController>),
    /// Another controller holds the lock.
    Held,
}

/// Where in time a step is, and what the caller adds to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Millis,
    pub(crate) gate: Gate,
    pub(crate) seed: u64,
    /// UTC, for the history.
    pub(crate) within: Duration,
}

impl From<Fault> for ControllerEnd {
    fn from(fault: Fault) -> Self {
        if fault.kind() == FaultKind::LeaseExpired {
            Self::LockLost
        } else {
            Self::Fault(fault)
        }
    }
}

/// The rollout in a store that a command has read.
pub(crate) fn rollout_of(contents: &StoreContents) -> Option<Result<Rollout, RolloutFlaw>> {
    Rollout::of(&contents.snapshot)
}

/// The instances that are registered, and the revision at which they were read.
pub(crate) fn read_fleet(writer: &mut dyn Writer, within: Duration) -> Result<(Fleet, u64), Fault> {
    let scanned = writer.scan(FLEET, within)?;
    Ok((Fleet::of(&scanned), scanned.revision))
}

/// The commit that writes a rollout that has just begun. With a lease, this controller takes the lock as well.
pub(crate) fn start(
    contents: &StoreContents,
    rollout: &Rollout,
    lock: Option<(Lease, &str)>,
) -> Result<Commit, Fault> {
    let written = rollout.write();
    if written.len() > MAX_SIZE {
        let message = "the change is larger than 512 KiB: push it in parts";
        return Err(Fault::new(FaultKind::TooLarge, message));
    }
    let mut writes = vec![StoreWrite::put(setting(ROLLOUT), written)];
    let mut unchanged = vec![(setting(ROLLOUT), revision_of(contents, ROLLOUT))];
    if let Some((lease, id)) = lock {
        writes.push(StoreWrite::put(control(LOCK), id).with_lease(lease));
        unchanged.push((control(LOCK), None));
    }
    Ok(on(contents, rollout.push, unchanged, writes))
}

/// Ends a rollout without a lock.
pub(crate) fn abort(
    contents: &StoreContents,
    rollout: &Rollout,
    reason: &str,
    at: &str,
    writer: &mut dyn Writer,
    within: Duration,
) -> Result<u64, Fault> {
    let ended = rollout.ended(RolloutState::Aborted, reason);
    let unchanged = vec![(setting(ROLLOUT), revision_of(contents, ROLLOUT))];
    let writes = end_writes(contents, rollout, &ended, Vec::new(), at)?;
    commit(contents, rollout.push, unchanged, writes, writer, within)
}

/// Writes a rollout that a command has moved on, without a lock.
pub(crate) fn promote(
    contents: &StoreContents,
    rollout: &Rollout,
    writer: &mut dyn Writer,
    within: Duration,
) -> Result<u64, Fault> {
    let unchanged = vec![(setting(ROLLOUT), revision_of(contents, ROLLOUT))];
    let writes = vec![StoreWrite::put(setting(ROLLOUT), rollout.write())];
    commit(contents, rollout.push, unchanged, writes, writer, within)
}

impl RolloutController {
    /// A controller of this rollout that has the lock already.
    pub(crate) fn new(
        rollout: &Rollout,
        (lease, lock): (Lease, u64),
        options: ControllerOptions,
        changes: Vec<KeyChange>,
        now: Millis,
    ) -> Self {
        Self {
            rollout: rollout.id.clone(),
            lease,
            lock,
            options,
            changes,
            memory: StageMemory::default(),
            tally: Tally::default(),
            stage: (rollout.stage, now),
            pulses: 0,
            pulse_at: now,
            refresh_at: now,
        }
    }

    /// Takes the lock, if it is free.
    pub(crate) fn take_over(
        contents: &StoreContents,
        rollout: &Rollout,
        options: ControllerOptions,
        changes: Vec<KeyChange>,
        writer: &mut dyn Writer,
        moment: Moment,
    ) -> Result<LockAttempt, Fault> {
        let within = moment.within;
        if !writer.scan(LOCK, within)?.values.is_empty() {
            return Ok(LockAttempt::Held);
        }
        let lease = writer.grant(LOCK_LEASE, within)?;
        let id = format!("{:032x}", fastrand::Rng::with_seed(moment.seed).u128(..));
        let writes = vec![StoreWrite::put(control(LOCK), id).with_lease(lease)];
        let unchanged = vec![(control(LOCK), None)];
        let push = contents.last_push;
        match commit(contents, push, unchanged, writes, writer, within) {
            Ok(lock) => {
                let lock = (lease, lock);
                let controller = Self::new(rollout, lock, options, changes, moment.now);
                Ok(LockAttempt::Taken(Box::new(controller)))
            }
            Err(fault) => {
                // If it was applied after all, the lock ends with its lease.
                let _ = writer.revoke(lease, within);
                match fault.kind() {
                    FaultKind::Conflict | FaultKind::Uncertain => Ok(LockAttempt::Held),
                    _ => Err(fault),
                }
            }
        }
    }

    /// Proves that this controller lives, looks at the stage, and moves the rollout on if it is time to.
    pub(crate) fn step(
        &mut self,
        writer: &mut dyn Writer,
        moment: Moment,
        at: &str,
    ) -> Result<Progress, ControllerEnd> {
        let within = moment.within;
        self.prove(writer, moment)?;
        let contents = StoreContents::read_settings(writer, within)?;
        let rollout = match rollout_of(&contents) {
            Some(Ok(rollout)) if rollout.id == self.rollout => rollout,
            _ => return Err(ControllerEnd::Gone),
        };
        if self.stage.0 != rollout.stage {
            self.stage = (rollout.stage, moment.now);
        }
        let (fleet, as_of) = read_fleet(writer, within)?;
        self.memory.look(&rollout, &fleet);
        let view = StageView {
            rollout: &rollout,
            fleet: &fleet,
            is_base: rollout.base.is_base_of(&contents.snapshot),
            elapsed: moment.now.saturating_sub(self.stage.1),
            gate: moment.gate,
        };
        let decision = step(&view, &self.memory, &self.options);
        if rollout.state.is_open() {
            self.tally = Tally::of(&rollout, &fleet, &self.memory);
        }
        let tally = self.tally.clone();
        let Some(next) = after(&rollout, &decision, &fleet, as_of, moment.seed) else {
            return Ok(Progress {
                rollout,
                tally,
                decision: Decision::Wait,
            });
        };
        let moved = self.transit(contents, &rollout, &next, writer, within, at);
        match moved {
            Ok(_) => Ok(Progress {
                rollout: next,
                tally,
                decision,
            }),
            // The next step sees what has become of it.
            Err(fault) if matches!(fault.kind(), FaultKind::Conflict | FaultKind::Uncertain) => {
                Ok(Progress {
                    rollout,
                    tally,
                    decision: Decision::Wait,
                })
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// Gives the lock back.
    pub(crate) fn release(self, writer: &mut dyn Writer, within: Duration) {
        // Otherwise it ends with its lease.
        let _ = writer.revoke(self.lease, within);
    }

    /// Refreshes the lease and the pulse. The pulse is on the lease, so a controller that has lost the lock cannot write it.
    fn prove(&mut self, writer: &mut dyn Writer, moment: Moment) -> Result<(), ControllerEnd> {
        if moment.now >= self.refresh_at {
            writer.keep_alive(self.lease, moment.within)?;
            self.refresh_at = moment.now + REFRESH_EVERY;
        }
        if moment.now >= self.pulse_at {
            self.pulses += 1;
            let pulse = Pulse {
                rollout: self.rollout.clone(),
                number: self.pulses,
            };
            let (key, value) = (setting(PULSE), pulse.write());
            writer.put(&key, value.as_bytes(), Some(self.lease), moment.within)?;
            self.pulse_at = moment.now + PULSE_EVERY;
        }
        Ok(())
    }

    fn transit(
        &self,
        contents: StoreContents,
        rollout: &Rollout,
        next: &Rollout,
        writer: &mut dyn Writer,
        within: Duration,
        at: &str,
    ) -> Result<u64, Fault> {
        let unchanged = vec![
            (setting(ROLLOUT), revision_of(&contents, ROLLOUT)),
            (control(LOCK), Some(self.lock)),
        ];
        let mut contents = contents;
        let writes = if next.state.is_open() {
            vec![StoreWrite::put(setting(ROLLOUT), next.write())]
        } else {
            let history = writer.scan(crate::remote::history::HISTORY, within)?;
            contents.history = PushEntry::all(&history);
            let mut writes = Vec::new();
            if next.state == RolloutState::Done {
                let set = rollout.set.iter();
                writes
                    .extend(set.map(|(key, text)| StoreWrite::put(setting(key), text.as_bytes())));
                let unset = rollout.unset.iter();
                writes.extend(unset.map(|key| StoreWrite::delete(setting(key))));
            }
            writes.extend(end_writes(
                &contents,
                rollout,
                next,
                self.changes.clone(),
                at,
            )?);
            writes
        };
        commit(&contents, rollout.push, unchanged, writes, writer, within)
    }
}

/// The writes at the end of a rollout: without its candidate, and with its entry in the history.
fn end_writes(
    contents: &StoreContents,
    rollout: &Rollout,
    ended: &Rollout,
    changes: Vec<KeyChange>,
    at: &str,
) -> Result<Vec<StoreWrite>, Fault> {
    let is_done = ended.state == RolloutState::Done;
    let entry = PushEntry {
        push: rollout.push,
        // The id of the commit is that of the rollout: both are unique.
        id: rollout.id.clone(),
        kind: PushKind::Rollout,
        at: at.to_owned(),
        author: rollout.author.clone(),
        message: rollout.message.clone(),
        outcome: if is_done {
            "applied".to_owned()
        } else {
            format!("aborted: {}", ended.reason)
        },
        changes: if is_done { changes } else { Vec::new() },
    };
    let mut writes = vec![StoreWrite::put(setting(ROLLOUT), ended.write())];
    writes.extend(contents.history_writes(&entry)?);
    Ok(writes)
}

/// Commits on what was read. An answer that was lost is settled as far as possible, and reported as uncertain: the caller
/// reads the store again.
fn commit(
    contents: &StoreContents,
    push: u64,
    unchanged: Vec<(StoreKey, Option<u64>)>,
    writes: Vec<StoreWrite>,
    writer: &mut dyn Writer,
    within: Duration,
) -> Result<u64, Fault> {
    let commit = on(contents, push, unchanged, writes);
    let committed = writer.commit(&commit, within);
    if committed.as_ref().is_err_and(is_uncertain) {
        // From now on it can never be applied, or it was. Only an unavailable store leaves this open.
        let _ = writer.settle(&commit, within);
    }
    committed.map(|committed| committed.revision)
}

fn is_uncertain(fault: &Fault) -> bool {
    fault.kind() == FaultKind::Uncertain
}

/// A commit on what was read.
fn on(
    contents: &StoreContents,
    push: u64,
    unchanged: Vec<(StoreKey, Option<u64>)>,
    writes: Vec<StoreWrite>,
) -> Commit {
    Commit {
        base: contents.snapshot.clone(),
        head: contents.head.clone(),
        new_head: PushHead::new(push.max(contents.last_push))
            .write()
            .into_bytes(),
        unchanged,
        writes,
    }
}

fn revision_of(contents: &StoreContents, key: &str) -> Option<u64> {
    contents.snapshot.values.get(key).map(Value::revision)
}

fn setting(key: &str) -> StoreKey {
    StoreKey::Setting(key.to_owned())
}

fn control(key: &str) -> StoreKey {
    StoreKey::Control(key.to_owned())
}
