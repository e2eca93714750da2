//! A writer over a connection that loses calls and answers, and applies some calls later.

use crate::remote::{
    Commit, Committed, Engine, Fault, FaultKind, Lease, Settled, StoreKey, StoreSnapshot, Writer,
    fleet::Millis, testing::InMemoryStore,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

pub(super) const WITHIN: Duration = Duration::from_secs(1);

/// Calls whose answer was lost, which are applied later.
pub(super) type Late = Arc<Mutex<Vec<(Millis, LateCall)>>>;

pub(super) enum LateCall {
    Commit(Commit),
    Put(StoreKey, Vec<u8>, Option<Lease>),
}

pub(super) struct Link {
    writer: Box<dyn Writer>,
    late: Late,
    random: fastrand::Rng,
    /// Calls that fail, in percent.
    loss: u32,
    pub(super) is_cut: bool,
    pub(super) now: Millis,
}

#[derive(PartialEq)]
enum Fate {
    Fine,
    NeverSent,
    AnswerLost,
    AppliedLater,
}

impl Link {
    pub(super) fn new(store: &InMemoryStore, late: &Late, loss: u32, seed: u64) -> Self {
        Self {
            writer: store.engine().writer().unwrap(),
            late: late.clone(),
            random: fastrand::Rng::with_seed(seed),
            loss,
            is_cut: false,
            now: 0,
        }
    }

    fn fate(&mut self) -> Fate {
        if self.is_cut {
            return Fate::NeverSent;
        }
        if self.random.u32(..100) >= self.loss {
            return Fate::Fine;
        }
        match self.random.u32(..3) {
            0 => Fate::NeverSent,
            1 => Fate::AnswerLost,
            _ => Fate::AppliedLater,
        }
    }

    /// Calls the store, unless the call or its answer is lost.
    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut dyn Writer) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match self.fate() {
            Fate::Fine => call(&mut *self.writer),
            Fate::AnswerLost => {
                let _ = call(&mut *self.writer);
                Err(fault(FaultKind::Unresponsive))
            }
            Fate::NeverSent | Fate::AppliedLater => Err(fault(FaultKind::Unavailable)),
        }
    }

    fn later(&mut self, call: LateCall) {
        // Before an instance stops to write its status again.
        let wait = self.random.u64(1..4_000);
        self.late.lock().unwrap().push((self.now + wait, call));
    }
}

/// Applies the calls that are due.
pub(super) fn apply_late(store: &InMemoryStore, late: &Late, now: Millis) {
    let mut writer = store.engine().writer().unwrap();
    let all = std::mem::take(&mut *late.lock().unwrap());
    let (due, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|(at, _)| *at <= now);
    *late.lock().unwrap() = rest;
    for (_, call) in due {
        match call {
            LateCall::Commit(commit) => drop(writer.commit(&commit, WITHIN)),
            LateCall::Put(key, value, lease) => drop(writer.put(&key, &value, lease, WITHIN)),
        }
    }
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind, "lost")
}

impl Writer for Link {
    fn commit(&mut self, commit: &Commit, within: Duration) -> Result<Committed, Fault> {
        match self.fate() {
            Fate::Fine => self.writer.commit(commit, within),
            Fate::NeverSent => Err(fault(FaultKind::Unavailable)),
            Fate::AnswerLost => {
                let _ = self.writer.commit(commit, within);
                Err(fault(FaultKind::Uncertain))
            }
            Fate::AppliedLater => {
                self.later(LateCall::Commit(commit.clone()));
                Err(fault(FaultKind::Uncertain))
            }
        }
    }

    fn settle(&mut self, commit: &Commit, within: Duration) -> Result<Settled, Fault> {
        self.call(|writer| writer.settle(commit, within))
    }

    fn read(&mut self, at: Option<u64>, within: Duration) -> Result<StoreSnapshot, Fault> {
        self.call(|writer| writer.read(at, within))
    }

    fn put(
        &mut self,
        key: &StoreKey,
        value: &[u8],
        lease: Option<Lease>,
        within: Duration,
    ) -> Result<u64, Fault> {
        match self.fate() {
            Fate::Fine => self.writer.put(key, value, lease, within),
            Fate::NeverSent => Err(fault(FaultKind::Unavailable)),
            Fate::AnswerLost => {
                let _ = self.writer.put(key, value, lease, within);
                Err(fault(FaultKind::Uncertain))
            }
            Fate::AppliedLater => {
                self.later(LateCall::Put(key.clone(), value.to_vec(), lease));
                Err(fault(FaultKind::Uncertain))
            }
        }
    }

    fn grant(&mut self, ttl: Duration, within: Duration) -> Result<Lease, Fault> {
        self.call(|writer| writer.grant(ttl, within))
    }

    fn keep_alive(&mut self, lease: Lease, within: Duration) -> Result<(), Fault> {
        self.call(|writer| writer.keep_alive(lease, within))
    }

    fn revoke(&mut self, lease: Lease, within: Duration) -> Result<(), Fault> {
        self.call(|writer| writer.revoke(lease, within))
    }

    fn scan(&mut self, prefix: &str, within: Duration) -> Result<StoreSnapshot, Fault> {
        self.call(|writer| writer.scan(prefix, within))
    }
}
