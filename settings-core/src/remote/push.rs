//! A push: what it reads of a store, and the commit by which it changes the settings.

use super::{
    answer::{Fault, FaultKind, StoreSnapshot, Value},
    history::{HISTORY, KEPT, KeyChange, MAX_ENTRY, PushEntry, PushHead, PushKind},
    writer::{Commit, Committed, HEAD, Settled, StoreKey, StoreWrite, Writer},
};
use std::{sync::Arc, thread, time::Duration};

/// Attempts to settle a commit whose answer was lost.
const ATTEMPTS: u32 = 20;
/// Wait between these attempts.
const RETRY: Duration = Duration::from_millis(250);

/// Everything that a push reads.
pub(crate) struct StoreContents {
    /// Everything below the prefix.
    pub(crate) snapshot: Arc<StoreSnapshot>,
    pub(crate) head: Option<Value>,
    pub(crate) last_push: u64,
    /// The pushes that are kept, oldest first, each with its revision.
    pub(crate) history: Vec<(u64, PushEntry)>,
}

/// A push before it has a number.
pub(crate) struct PushDraft {
    pub(crate) kind: PushKind,
    /// UTC, as the history keeps it.
    pub(crate) at: String,
    pub(crate) author: String,
    pub(crate) message: String,
    pub(crate) changes: Vec<KeyChange>,
    pub(crate) writes: Vec<StoreWrite>,
}

/// A push that was applied.
pub(crate) struct Pushed {
    pub(crate) push: u64,
    pub(crate) revision: u64,
    /// Settings that something else deleted, where the store could not make that a conflict.
    pub(crate) foreign_deletions: Vec<String>,
}

impl StoreContents {
    pub(crate) fn read(writer: &mut dyn Writer, within: Duration) -> Result<Self, Fault> {
        // The head first: a push that is applied in between makes the commit a conflict.
        let head = writer.scan(HEAD, within)?.values.remove(HEAD);
        let history = PushEntry::all(&writer.scan(HISTORY, within)?);
        Self::with_history(head, history, writer, within)
    }

    /// Reads everything except the history, which may be large.
    pub(crate) fn read_settings(writer: &mut dyn Writer, within: Duration) -> Result<Self, Fault> {
        let head = writer.scan(HEAD, within)?.values.remove(HEAD);
        Self::with_history(head, Vec::new(), writer, within)
    }

    fn with_history(
        head: Option<Value>,
        history: Vec<(u64, PushEntry)>,
        writer: &mut dyn Writer,
        within: Duration,
    ) -> Result<Self, Fault> {
        let of_head = head.as_ref().and_then(|head| PushHead::read(head.bytes()));
        let of_history = history.last().map(|(_, entry)| entry.push);
        Ok(Self {
            snapshot: Arc::new(writer.read(None, within)?),
            last_push: of_head.map(|head| head.push).max(of_history).unwrap_or(0),
            head,
            history,
        })
    }

    /// Writes the settings, the head and the history in one commit.
    pub(crate) fn push(
        &self,
        draft: PushDraft,
        writer: &mut dyn Writer,
        within: Duration,
    ) -> Result<Pushed, Fault> {
        let head = PushHead::new(self.last_push + 1);
        let push = head.push;
        let entry = PushEntry {
            push,
            id: head.id.clone(),
            kind: draft.kind,
            at: draft.at,
            author: draft.author,
            message: draft.message,
            outcome: "applied".to_owned(),
            changes: draft.changes,
        };
        let mut all = draft.writes;
        all.extend(self.history_writes(&entry)?);
        let commit = Commit {
            base: self.snapshot.clone(),
            head: self.head.clone(),
            new_head: head.write().into_bytes(),
            unchanged: Vec::new(),
            writes: all,
        };
        let committed = commit_settled(&commit, push, writer, within)?;
        Ok(Pushed {
            push,
            revision: committed.revision,
            foreign_deletions: committed.foreign_deletions,
        })
    }
}

impl StoreContents {
    /// The writes that add an entry to the history, and remove the oldest.
    pub(crate) fn history_writes(&self, entry: &PushEntry) -> Result<Vec<StoreWrite>, Fault> {
        let written = entry.write();
        if written.len() > MAX_ENTRY {
            let message = "the history of this push is larger than 256 KiB: push it in parts";
            return Err(Fault::new(FaultKind::TooLarge, message));
        }
        let key = StoreKey::Control(PushEntry::key(entry.push));
        let mut writes = vec![StoreWrite::put(key, written)];
        let too_many = (self.history.len() + 1).saturating_sub(KEPT);
        let oldest = self.history.iter().take(too_many);
        // More than one is left over only if something else wrote them.
        writes.extend(
            oldest.take(10).map(|(_, entry)| {
                StoreWrite::delete(StoreKey::Control(PushEntry::key(entry.push)))
            }),
        );
        Ok(writes)
    }
}

/// Commits, and settles the commit if its answer is lost.
fn commit_settled(
    commit: &Commit,
    push: u64,
    writer: &mut dyn Writer,
    within: Duration,
) -> Result<Committed, Fault> {
    match writer.commit(commit, within) {
        Err(fault) if fault.kind() == FaultKind::Uncertain => {}
        decided => return decided,
    }
    for _ in 0..ATTEMPTS {
        match writer.settle(commit, within) {
            Ok(Settled::Applied) => {
                let key = PushEntry::key(push);
                let written = writer.scan(&key, within)?;
                let revision = written.values.get(&key).map(Value::revision);
                return Ok(Committed::new(revision.unwrap_or(written.revision)));
            }
            Ok(Settled::NotApplied) => {
                let message = "the answer to the commit was lost; it was not applied";
                return Err(Fault::new(FaultKind::Unavailable, message));
            }
            Err(_) => thread::sleep(RETRY),
        }
    }
    let message = format!(
        "the answer to the commit was lost, and the store does not answer; it may still be applied, as push {push}"
    );
    Err(Fault::new(FaultKind::Uncertain, message))
}
