//! The thread of a store: reads everything, listens, and begins again after a fault.

use super::{
    back_off::BackOff,
    engine::{Engine, Fault, FaultKind},
    shared::Shared,
};
use std::{
    panic::{self, AssertUnwindSafe},
    time::Duration,
};

pub(super) struct Rhythm {
    /// How long a call of the engine may take.
    pub(super) within: Duration,
    pub(super) back_off: BackOff,
}

/// Returns when the store was dropped.
pub(super) fn run(mut engine: Box<dyn Engine>, shared: &Shared, mut rhythm: Rhythm) {
    while !shared.is_stopped() {
        let session = || session(&mut *engine, shared, &mut rhythm);
        let fault = match panic::catch_unwind(AssertUnwindSafe(session)) {
            Ok(Ok(())) => return,
            Ok(Err(fault)) => fault,
            Err(_) => Fault::new(FaultKind::Malformed, "its engine panicked"),
        };
        shared.faulted(&fault);
        // History that is lost is mended by reading everything again, at once unless that was just done.
        let is_history = matches!(
            fault.kind(),
            FaultKind::Compacted | FaultKind::RevisionRegressed
        );
        let at_once = is_history && rhythm.back_off.is_fresh();
        let wait = rhythm.back_off.next();
        if !at_once && shared.stopped_within(wait) {
            return;
        }
    }
}

fn session(engine: &mut dyn Engine, shared: &Shared, rhythm: &mut Rhythm) -> Result<(), Fault> {
    shared.attempt();
    let snapshot = engine.snapshot(rhythm.within)?;
    let mut revision = snapshot.revision;
    shared.resynced(snapshot);
    while !shared.is_stopped() {
        match engine.changes(revision, rhythm.within)? {
            Some(changes) if changes.revision <= revision => {
                let what = format!(
                    "told of revision {} after revision {revision}",
                    changes.revision
                );
                return Err(Fault::new(FaultKind::RevisionRegressed, what));
            }
            Some(changes) => {
                revision = changes.revision;
                shared.changed(changes);
            }
            None => shared.heard(),
        }
        // Only now: a connection that breaks as soon as it is made must not be tried faster and faster.
        rhythm.back_off.reset();
    }
    Ok(())
}
