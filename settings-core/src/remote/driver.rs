//! Thread of a store: reads everything, waits for changes, and starts over after a fault.

use super::{
    answer::{Fault, FaultKind},
    back_off::BackOff,
    engine::Engine,
    shared::StoreShared,
};
use std::{
    panic::{self, AssertUnwindSafe},
    time::Duration,
};

/// Number of results with changes after which everything is read again.
///
/// etcd replays history for a watcher that is 128 responses behind, and its history may lack deletions. At 100 the replay
/// is never reached. `Engine` documents the number.
const RESYNC_AFTER: u32 = 100;

pub(super) struct Timing {
    /// Limit for each call of the engine.
    pub(super) within: Duration,
    pub(super) back_off: BackOff,
}

/// Returns when the store is dropped.
pub(super) fn run(mut engine: Box<dyn Engine>, shared: &StoreShared, mut timing: Timing) {
    while !shared.is_stopped() {
        let follow = || follow(&mut *engine, shared, &mut timing);
        let fault = match panic::catch_unwind(AssertUnwindSafe(follow)) {
            Ok(Ok(())) => return,
            Ok(Err(fault)) => fault,
            Err(_) => Fault::new(FaultKind::Malformed, "the engine panicked"),
        };
        shared.faulted(&fault);
        // Reading everything again repairs these, so it is done at once, unless it has just failed to.
        let is_history = matches!(
            fault.kind(),
            FaultKind::Compacted | FaultKind::RevisionRegressed
        );
        let at_once = is_history && timing.back_off.is_fresh();
        let wait = timing.back_off.next().min(shared.longest_retry());
        if !at_once && shared.stopped_within(wait) {
            return;
        }
    }
}

/// Follows the store until it is dropped or a fault occurs.
fn follow(engine: &mut dyn Engine, shared: &StoreShared, timing: &mut Timing) -> Result<(), Fault> {
    while !shared.is_stopped() {
        shared.attempt();
        let snapshot = engine.snapshot(timing.within)?;
        let mut revision = snapshot.revision;
        shared.resynced(snapshot);
        let mut results = 0;
        while results < RESYNC_AFTER && !shared.is_stopped() {
            match engine.changes(revision, timing.within)? {
                Some(changes) if changes.revision <= revision => {
                    let message = format!(
                        "the engine returned revision {} after revision {revision}",
                        changes.revision
                    );
                    return Err(Fault::new(FaultKind::RevisionRegressed, message));
                }
                Some(changes) => {
                    revision = changes.revision;
                    results += 1;
                    shared.changed(changes);
                }
                None => shared.heard(),
            }
            // Not after the snapshot: a connection that is lost as soon as it is made must not be retried ever faster.
            timing.back_off.reset();
        }
    }
    Ok(())
}
