//! The part of an instance in a rollout: a function of the snapshot, its registration and the rollouts that it has left.

use super::{
    Millis,
    pulse::Pulse,
    rollout::{Rollout, RolloutFlaw, RolloutState},
    status::InstanceState,
};
use crate::{error::redact, remote::StoreSnapshot};
use std::collections::VecDeque;

/// Bad health calls in a row after which an instance leaves a rollout.
const MOST_BAD: u32 = 3;
/// Rollouts that an instance remembers to have left.
const MOST_LEFT: usize = 100;
/// Maximum random delay of an instance that leaves because the controller is unresponsive.
pub(crate) const ORPHAN_SPREAD: Millis = 30_000;

/// State that an instance keeps from snapshot to snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    id: String,
    /// The revision at which it registered.
    registered: Option<u64>,
    left: VecDeque<(String, InstanceState)>,
    /// The rollout that the phase is about.
    subject: Option<String>,
    phase: Phase,
    controller: Option<Supervision>,
    /// The last health call; `None` without a health function.
    healthy: Option<bool>,
    bad_in_a_row: u32,
    /// Good calls that the rollout requires.
    bake: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Base,
    Waiting {
        until: Millis,
    },
    /// The candidate is being loaded.
    Trying,
    Baking {
        good: u64,
    },
    Passed,
    NoEffect,
    Out(InstanceState),
}

/// The pulses of the controller of a rollout, as an instance received them.
#[derive(Clone, Debug)]
struct Supervision {
    rollout: String,
    /// Revisions of the rollout and of the pulse.
    heard: (u64, Option<u64>),
    heard_at: Millis,
    connected_at: Millis,
    state: RolloutState,
    state_at: Millis,
    /// Time when it leaves, after a random delay.
    leaves_at: Option<Millis>,
}

/// Everything that an instance sees at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    /// The latest snapshot, also while the store is unavailable.
    pub(crate) snapshot: &'a StoreSnapshot,
    /// The rollout in it.
    pub(crate) rollout: Option<&'a Result<Rollout, RolloutFlaw>>,
    pub(crate) is_connected: bool,
    pub(crate) now: Millis,
    pub(crate) random: u64,
}

/// Event in the life of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A snapshot, or only time.
    Seen,
    /// A health call has ended, or a second has passed without a health function.
    Health(Option<bool>),
    /// The candidate was loaded.
    Tried(TrialResult),
    /// Something else took the candidate back, such as a probation.
    TakenBack,
    /// It registered under a new id.
    Registered { id: String, revision: u64 },
    /// Its registration has ended.
    Unregistered,
}

/// Result of loading a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrialResult {
    /// It is in force.
    InForce,
    /// It is in force and changes nothing.
    NoEffect,
    Rejected,
    RestartRequired,
}

/// Next action of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    None,
    /// Load the candidate of this rollout, and report the result.
    Try(String),
    /// Put the base in force, for this reason.
    Leave(String),
    /// The candidate has become the base.
    Finish,
}

impl Membership {
    pub(crate) fn new(id: String) -> Self {
        Self {
            id,
            registered: None,
            left: VecDeque::new(),
            subject: None,
            phase: Phase::Base,
            controller: None,
            healthy: None,
            bad_in_a_row: 0,
            bake: 0,
        }
    }

    /// The rollout whose candidate counts.
    pub(crate) fn admitted(&self) -> Option<&str> {
        let is_admitted = matches!(
            self.phase,
            Phase::Trying | Phase::Baking { .. } | Phase::Passed | Phase::NoEffect
        );
        self.subject.as_deref().filter(|_| is_admitted)
    }

    pub(crate) fn state(&self) -> InstanceState {
        match self.phase {
            Phase::Base | Phase::Waiting { .. } | Phase::Trying => InstanceState::Base,
            Phase::Baking { .. } => InstanceState::Baking,
            Phase::Passed => InstanceState::Passed,
            Phase::NoEffect => InstanceState::NoEffect,
            Phase::Out(state) => state,
        }
    }

    /// The rollout that the state is about.
    pub(crate) fn rollout(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn registered(&self) -> Option<u64> {
        self.registered
    }

    pub(crate) fn healthy(&self) -> Option<bool> {
        self.healthy
    }

    /// Takes one step. After a `Try`, the result is the next input.
    pub(crate) fn step(&mut self, input: Input, seen: Seen<'_>) -> Action {
        let reverted = match input {
            Input::Seen => None,
            Input::Health(answer) => self.called(answer),
            Input::TakenBack => self.admitted().is_some().then_some("it was taken back"),
            Input::Tried(result) => {
                self.tried(result);
                None
            }
            Input::Registered { id, revision } => {
                self.id = id;
                self.registered = Some(revision);
                None
            }
            Input::Unregistered => {
                // No rollout names this id.
                self.id.clear();
                self.registered = None;
                None
            }
        };
        if let Some(reason) = reverted {
            return self.leave(InstanceState::Reverted, reason.to_owned());
        }
        self.evaluate(seen)
    }

    /// Records a health call. Returns why the candidate has failed, if it has.
    fn called(&mut self, answer: Option<bool>) -> Option<&'static str> {
        self.healthy = answer;
        if answer.unwrap_or(true) {
            self.bad_in_a_row = 0;
            if let Phase::Baking { good } = &mut self.phase {
                *good += 1;
                if *good >= self.bake {
                    self.phase = Phase::Passed;
                }
            }
            return None;
        }
        self.bad_in_a_row += 1;
        let is_tested = matches!(self.phase, Phase::Baking { .. } | Phase::Passed);
        (is_tested && self.bad_in_a_row >= MOST_BAD)
            .then_some("the program was unhealthy three times in a row")
    }

    fn tried(&mut self, result: TrialResult) {
        if self.phase != Phase::Trying {
            return;
        }
        self.bad_in_a_row = 0;
        match result {
            TrialResult::InForce => self.phase = Phase::Baking { good: 0 },
            TrialResult::NoEffect => self.phase = Phase::NoEffect,
            TrialResult::Rejected => self.never_again(InstanceState::Rejected),
            TrialResult::RestartRequired => self.never_again(InstanceState::RestartRequired),
        }
    }

    /// Decides anew whether the candidate counts.
    fn evaluate(&mut self, seen: Seen<'_>) -> Action {
        let rollout = match seen.rollout {
            Some(Ok(rollout)) => rollout,
            Some(Err(RolloutFlaw::UnknownVersion)) => {
                self.controller = None;
                if self.admitted().is_none() {
                    // Its state is about no rollout that it knows.
                    self.subject = None;
                }
                let reason = "the rollout has a version that this program does not know";
                return self.without(Phase::Out(InstanceState::Unready), reason.to_owned());
            }
            Some(Err(RolloutFlaw::Malformed)) | None => {
                self.controller = None;
                let reason = "the rollout was removed";
                return self.without(self.base_phase(), reason.to_owned());
            }
        };
        let id = &rollout.id;
        if self.subject.as_ref() != Some(id) {
            if let Some(other) = self.admitted() {
                let reason = format!("rollout {other} was replaced by rollout {id}");
                return self.leave(InstanceState::Reverted, reason);
            }
            self.subject = Some(id.clone());
            let mut left = self.left.iter();
            let left = left.find(|(left, _)| left == id);
            self.phase = left.map_or(Phase::Base, |(_, state)| Phase::Out(*state));
        }
        match rollout.state {
            RolloutState::Running | RolloutState::Paused => self.supervise(rollout, seen),
            RolloutState::Done if self.admitted().is_some() => {
                self.controller = None;
                self.phase = Phase::Base;
                return Action::Finish;
            }
            RolloutState::Done => {
                self.controller = None;
                self.phase = Phase::Base;
                return Action::None;
            }
            RolloutState::Aborted => {
                self.controller = None;
                let reason = match rollout.reason.as_str() {
                    "" => format!("rollout {id} was aborted"),
                    // Others have written it, and it is printed with the event.
                    reason => {
                        let reason = redact::escape_truncated(reason);
                        format!("rollout {id} was aborted: {reason}")
                    }
                };
                return self.without(self.base_phase(), reason);
            }
        }
        if self.has_left() {
            return Action::None;
        }
        if !rollout.has_member(&self.id, self.registered) {
            return self.without(Phase::Base, format!("it is no member of rollout {id}"));
        }
        if !rollout.base.is_base_of(seen.snapshot) {
            let reason = format!("settings changed that rollout {id} is based on");
            return self.without(Phase::Out(InstanceState::Unready), reason);
        }
        if self.is_orphaned(rollout, seen) {
            let reason = format!("nothing was heard of the controller of rollout {id}");
            if self.admitted().is_some() {
                return self.leave(InstanceState::Orphaned, reason);
            }
            self.never_again(InstanceState::Orphaned);
            return Action::None;
        }
        self.enter(rollout, seen)
    }

    /// Moves towards the candidate, which counts.
    fn enter(&mut self, rollout: &Rollout, seen: Seen<'_>) -> Action {
        self.bake = rollout.timing.bake;
        let is_healthy = self.healthy != Some(false);
        match self.phase {
            Phase::Base | Phase::Waiting { .. } | Phase::Out(_) if !is_healthy => {
                self.phase = Phase::Out(InstanceState::Unready);
                Action::None
            }
            Phase::Base | Phase::Out(_) => {
                let spread = rollout.timing.spread * 1000;
                let until = seen.now + seen.random % (spread + 1);
                self.phase = Phase::Waiting { until };
                self.enter_if_due(until, seen.now)
            }
            Phase::Waiting { until } => self.enter_if_due(until, seen.now),
            Phase::Trying | Phase::Baking { .. } | Phase::Passed | Phase::NoEffect => Action::None,
        }
    }

    fn enter_if_due(&mut self, until: Millis, now: Millis) -> Action {
        match &self.subject {
            Some(id) if now >= until => {
                self.phase = Phase::Trying;
                Action::Try(id.clone())
            }
            _ => Action::None,
        }
    }

    /// Goes on without the candidate.
    fn without(&mut self, phase: Phase, reason: String) -> Action {
        if self.admitted().is_some() {
            let state = match phase {
                Phase::Out(state) => state,
                _ => InstanceState::Base,
            };
            return self.leave(state, reason);
        }
        self.phase = phase;
        Action::None
    }

    /// The phase without a rollout: a failure is still reported, until there is another rollout.
    fn base_phase(&self) -> Phase {
        match self.phase {
            Phase::Out(state) if state.is_failed() => self.phase,
            _ => Phase::Base,
        }
    }

    fn leave(&mut self, state: InstanceState, reason: String) -> Action {
        self.never_again(state);
        Action::Leave(reason)
    }

    fn never_again(&mut self, state: InstanceState) {
        if let Some(id) = self.subject.clone() {
            self.left.push_back((id, state));
            if self.left.len() > MOST_LEFT {
                self.left.pop_front();
            }
        }
        self.phase = Phase::Out(state);
    }

    fn has_left(&self) -> bool {
        let mut left = self.left.iter();
        self.subject
            .as_ref()
            .is_some_and(|subject| left.any(|(id, _)| id == subject))
    }

    /// Records every sign of life of the controller: a new pulse, or a change of the rollout.
    fn supervise(&mut self, rollout: &Rollout, seen: Seen<'_>) {
        let value = |key: &str| seen.snapshot.values.get(key);
        let pulse = value(super::PULSE);
        let pulse = pulse.filter(|value| {
            Pulse::read(value.bytes()).is_some_and(|pulse| pulse.rollout == rollout.id)
        });
        let revision = value(super::ROLLOUT).map_or(0, super::super::answer::Value::revision);
        let heard = (revision, pulse.map(super::super::answer::Value::revision));
        let known = self.controller.as_mut();
        let Some(known) = known.filter(|known| known.rollout == rollout.id) else {
            self.controller = Some(Supervision {
                rollout: rollout.id.clone(),
                heard,
                heard_at: seen.now,
                connected_at: seen.now,
                state: rollout.state,
                state_at: seen.now,
                leaves_at: None,
            });
            return;
        };
        let is_new_pulse = heard.1.is_some() && heard.1 != known.heard.1;
        if heard.0 != known.heard.0 || is_new_pulse {
            known.heard_at = seen.now;
        }
        // A pulse that has ended is no sign of life, and neither is the same one again.
        known.heard = (heard.0, heard.1.or(known.heard.1));
        if seen.is_connected {
            known.connected_at = seen.now;
        }
        if known.state != rollout.state {
            known.state = rollout.state;
            known.state_at = seen.now;
        }
    }

    fn is_orphaned(&mut self, rollout: &Rollout, seen: Seen<'_>) -> bool {
        let Some(known) = &mut self.controller else {
            return false;
        };
        let for_seconds =
            |since: Millis, seconds: u64| seen.now.saturating_sub(since) >= seconds * 1000;
        let (orphan, hold) = (rollout.timing.orphan, rollout.timing.hold);
        let is_silent = match rollout.state {
            RolloutState::Paused => {
                for_seconds(known.state_at, hold) || for_seconds(known.connected_at, orphan)
            }
            _ => for_seconds(known.heard_at, orphan),
        };
        if !is_silent {
            known.leaves_at = None;
            return false;
        }
        let wait = seen.random % (ORPHAN_SPREAD + 1);
        let leaves_at = *known.leaves_at.get_or_insert(seen.now + wait);
        seen.now >= leaves_at
    }
}
