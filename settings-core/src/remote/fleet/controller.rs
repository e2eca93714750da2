//! Controller of a rollout: decides when a stage ends, and what follows.

use super::{
    Millis,
    rollout::{Rollout, RolloutState},
    selection::Fleet,
    status::{InstanceState, InstanceStatus},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Number of failed gate calls in a row that abort a rollout.
const MOST_FAILED_GATES: u32 = 3;
/// Maximum number of instances that a reason names.
const MOST_NAMED: usize = 5;

/// Choices of the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ControllerOptions {
    /// Share of the instances of a stage that may be lost, in percent.
    pub(crate) tolerate: u64,
    /// The stage after which the rollout pauses.
    pub(crate) pause_after: Option<usize>,
    /// Maximum time of a stage.
    pub(crate) timeout: Millis,
}

/// A rollout and the fleet, as a controller sees them at one moment.
#[derive(Clone, Debug)]
pub(crate) struct StageView<'a> {
    pub(crate) rollout: &'a Rollout,
    pub(crate) fleet: &'a Fleet,
    /// Whether the settings are those that the candidate changes.
    pub(crate) is_base: bool,
    /// Time since it saw this stage for the first time.
    pub(crate) elapsed: Millis,
    pub(crate) gate: Gate,
}

/// Results of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// There is none, or its last call was good.
    Open,
    /// It has not been called yet, or has failed this many times in a row.
    Closed(u32),
}

/// State that this controller keeps about the instances. A new controller works without it.
#[derive(Clone, Debug, Default)]
pub(crate) struct StageMemory {
    /// All instances that were members at the last look.
    members: BTreeSet<String>,
    /// The instances that ended in an orderly way.
    left: BTreeSet<String>,
}

/// Next action of a controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Wait,
    /// Start the next stage.
    Advance,
    Pause,
    /// Make the candidate the base.
    Finish,
    Abort(String),
}

/// The members of a stage, counted by state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) members: usize,
    pub(crate) pending: usize,
    pub(crate) passed: usize,
    pub(crate) no_effect: usize,
    pub(crate) left: usize,
    pub(crate) lost: usize,
    /// Members that passed without a health function.
    pub(crate) unchecked: usize,
    /// Each with its fault.
    pub(crate) failed: BTreeMap<String, String>,
}

impl StageMemory {
    /// Records the instances that are registered now.
    pub(crate) fn look(&mut self, rollout: &Rollout, fleet: &Fleet) {
        for (id, status) in &fleet.0 {
            let registered = status.as_ref().and_then(|status| status.registered);
            if rollout.has_member(id, registered) {
                self.members.insert(id.clone());
            }
            let state = status.as_ref().map(|status| status.state);
            if state == Some(InstanceState::Leaving) {
                self.left.insert(id.clone());
            }
        }
    }
}

impl Tally {
    pub(crate) fn of(rollout: &Rollout, fleet: &Fleet, memory: &StageMemory) -> Self {
        let mut ids: BTreeSet<&String> = match &rollout.members {
            Some(members) => members.iter().collect(),
            None => memory.members.iter().collect(),
        };
        if rollout.members.is_none() {
            // One that does not know its own registration yet may be a member, and a malformed one as well.
            let unknown = fleet.0.iter().filter(|(_, status)| {
                let status = status.as_ref();
                status.is_none_or(|status| status.registered.is_none_or(|at| at <= rollout.as_of))
            });
            ids.extend(unknown.map(|(id, _)| id));
        }
        let mut tally = Self {
            members: ids.len(),
            ..Self::default()
        };
        for id in ids {
            tally.count(rollout, id, fleet.0.get(id), memory);
        }
        tally
    }

    fn count(
        &mut self,
        rollout: &Rollout,
        id: &str,
        status: Option<&Option<InstanceStatus>>,
        memory: &StageMemory,
    ) {
        let status = match status {
            Some(Some(status)) => status,
            Some(None) => {
                self.failed
                    .insert(id.to_owned(), "malformed status".to_owned());
                return;
            }
            None if memory.left.contains(id) => {
                self.left += 1;
                return;
            }
            None => {
                self.lost += 1;
                return;
            }
        };
        let is_of_this = status.rollout.as_deref() == Some(&rollout.id);
        match status.state {
            InstanceState::Leaving => self.left += 1,
            // Not that of an earlier rollout, after which it has not reported again yet.
            InstanceState::Unready if is_of_this || status.rollout.is_none() => self.lost += 1,
            state if is_of_this && state.is_failed() => {
                self.failed.insert(id.to_owned(), failure(status));
            }
            InstanceState::Passed if is_of_this => {
                self.passed += 1;
                self.unchecked += usize::from(status.healthy.is_none());
            }
            InstanceState::NoEffect if is_of_this => self.no_effect += 1,
            _ => self.pending += 1,
        }
    }

    /// Whether the stage has reached its goal.
    fn is_complete(&self, tolerated: usize) -> bool {
        let passed = self.passed + self.no_effect;
        self.failed.is_empty()
            && self.pending == 0
            && self.lost <= tolerated
            && self.passed > 0
            && passed * 2 >= self.members - self.left
    }
}

/// Decides about a stage. The caller has looked at the fleet with `memory`.
pub(crate) fn step(
    view: &StageView<'_>,
    memory: &StageMemory,
    options: &ControllerOptions,
) -> Decision {
    let rollout = view.rollout;
    if !rollout.state.is_open() {
        return Decision::Wait;
    }
    if !view.is_base {
        return Decision::Abort("settings were changed by something else".to_owned());
    }
    let tally = Tally::of(rollout, view.fleet, memory);
    let tolerated = usize::try_from(options.tolerate).unwrap_or(100) * tally.members / 100;
    if let Some(reason) = cause(view, &tally, tolerated) {
        return Decision::Abort(reason);
    }
    if rollout.state == RolloutState::Paused {
        return Decision::Wait;
    }
    if !tally.is_complete(tolerated) || view.gate != Gate::Open {
        return match view.elapsed >= options.timeout {
            true => Decision::Abort(format!(
                "stage {} was not complete in time: {}",
                rollout.stage,
                summary(&tally)
            )),
            false => Decision::Wait,
        };
    }
    if options.pause_after == Some(rollout.stage) && !rollout.is_last_stage() {
        return Decision::Pause;
    }
    next(rollout)
}

/// Decides whether a paused rollout may continue, by the same conditions as at any other time.
pub(crate) fn promote(
    view: &StageView<'_>,
    memory: &StageMemory,
    options: &ControllerOptions,
) -> Result<Decision, String> {
    let tally = Tally::of(view.rollout, view.fleet, memory);
    let tolerated = usize::try_from(options.tolerate).unwrap_or(100) * tally.members / 100;
    if view.rollout.state != RolloutState::Paused {
        return Err("the rollout is not paused".to_owned());
    }
    if !view.is_base {
        return Err("settings were changed by something else".to_owned());
    }
    if !tally.is_complete(tolerated) {
        return Err(format!(
            "stage {} is not complete: {}",
            view.rollout.stage,
            summary(&tally)
        ));
    }
    Ok(next(view.rollout))
}

/// The rollout after a decision, at the revision at which the fleet was read. `None` if nothing changes, or there is nobody
/// to choose.
pub(crate) fn after(
    rollout: &Rollout,
    decision: &Decision,
    fleet: &Fleet,
    as_of: u64,
    seed: u64,
) -> Option<Rollout> {
    let changed = match decision {
        Decision::Wait => return None,
        Decision::Pause => Rollout {
            state: RolloutState::Paused,
            ..rollout.clone()
        },
        Decision::Finish => rollout.ended(RolloutState::Done, ""),
        Decision::Abort(reason) => rollout.ended(RolloutState::Aborted, reason),
        Decision::Advance => {
            let next = Rollout {
                state: RolloutState::Running,
                stage: rollout.stage + 1,
                as_of,
                ..rollout.clone()
            };
            let earlier = rollout.members.clone().unwrap_or_default();
            with_members(next, fleet, &earlier, seed)?
        }
    };
    Some(changed)
}

/// The first stage of a rollout. `None` if no instance can be chosen.
pub(crate) fn first_stage(rollout: Rollout, fleet: &Fleet, seed: u64) -> Option<Rollout> {
    with_members(rollout, fleet, &BTreeSet::new(), seed)
}

fn with_members(
    rollout: Rollout,
    fleet: &Fleet,
    earlier: &BTreeSet<String>,
    seed: u64,
) -> Option<Rollout> {
    let members = fleet.select(&rollout.stages[rollout.stage - 1], earlier, seed)?;
    let members = (!rollout.is_last_stage()).then_some(members);
    Some(Rollout { members, ..rollout })
}

fn next(rollout: &Rollout) -> Decision {
    if rollout.is_last_stage() {
        Decision::Finish
    } else {
        Decision::Advance
    }
}

/// Reason why a stage has failed, if it has.
fn cause(view: &StageView<'_>, tally: &Tally, tolerated: usize) -> Option<String> {
    let outside = || outside(view);
    if !tally.failed.is_empty() {
        let mut reason = format!("{} of {} failed: ", tally.failed.len(), tally.members);
        let named = tally.failed.iter().take(MOST_NAMED);
        let named: Vec<String> = named.map(|(id, why)| format!("{id} ({why})")).collect();
        reason.push_str(&named.join(", "));
        if tally.failed.len() > MOST_NAMED {
            reason.push_str(", …");
        }
        return Some(reason + &outside());
    }
    if tally.lost > tolerated {
        let reason = format!("{} of {} were lost", tally.lost, tally.members);
        return Some(reason + &outside());
    }
    let is_decided = tally.pending == 0 && tally.passed == 0 && tally.no_effect > 0;
    if is_decided {
        return Some(format!(
            "the change has no effect on any of {}",
            tally.members
        ));
    }
    match view.gate {
        Gate::Closed(failed) if failed >= MOST_FAILED_GATES => {
            Some(format!("the gate failed {failed} times in a row"))
        }
        Gate::Open | Gate::Closed(_) => None,
    }
}

/// Note about unhealthy instances outside the stage, because then the cause may be another one.
fn outside(view: &StageView<'_>) -> String {
    let is_outside = |id: &str| {
        let status = view.fleet.0.get(id).and_then(Option::as_ref);
        let registered = status.and_then(|status| status.registered);
        !view.rollout.has_member(id, registered)
    };
    let unhealthy = view.fleet.unhealthy().filter(|id| is_outside(id)).count();
    let others = view.fleet.0.keys().filter(|id| is_outside(id)).count();
    let mut text = String::new();
    if unhealthy > 0 {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "; outside the stage {unhealthy} of {others} are unhealthy too, so it may not be the change"
        );
    }
    text
}

/// The failure that a status reports.
fn failure(status: &InstanceStatus) -> String {
    let word = status.state.word();
    let keys: Vec<&str> = match status.state {
        InstanceState::RestartRequired => {
            status.restart_required.iter().map(String::as_str).collect()
        }
        _ => status
            .problems
            .iter()
            .map(|(key, _)| key.as_str())
            .collect(),
    };
    match keys.len() {
        0 => word.to_owned(),
        1..=3 => format!("{word}: {}", keys.join(", ")),
        _ => format!("{word}: {}, …", keys[..3].join(", ")),
    }
}

/// The members of a stage in one line.
pub(crate) fn summary(tally: &Tally) -> String {
    let counts = [
        (tally.passed, "passed"),
        (tally.no_effect, "without effect"),
        (tally.pending, "pending"),
        (tally.failed.len(), "failed"),
        (tally.lost, "lost"),
        (tally.left, "left"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    match counts.is_empty() {
        true => "no members".to_owned(),
        false => format!("{} of {}", counts.join(", "), tally.members),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::fleet::{
        rollout::{BaseMark, RolloutTiming},
        stages::Stage,
    };

    const OPTIONS: ControllerOptions = ControllerOptions {
        tolerate: 2,
        pause_after: None,
        timeout: 60_000,
    };

    fn status(state: InstanceState) -> InstanceStatus {
        InstanceStatus {
            name: "shop".to_owned(),
            version: String::new(),
            schema: "00000000".to_owned(),
            labels: BTreeMap::new(),
            base: 1,
            registered: Some(1),
            healthy: Some(true),
            rollout: Some("r".to_owned()),
            state,
            since: String::new(),
            problems: Vec::new(),
            restart_required: Vec::new(),
        }
    }

    /// A first stage with these members, `None` for one that is gone, and a fleet with others.
    fn stage(members: &[Option<InstanceState>], others: &[Option<bool>]) -> (Rollout, Fleet) {
        let ids = (0..members.len()).map(|nth| format!("m{nth}"));
        let mut fleet = Fleet::default();
        for (id, state) in ids.clone().zip(members) {
            if let Some(state) = state {
                fleet.0.insert(id, Some(status(*state)));
            }
        }
        for (nth, healthy) in others.iter().enumerate() {
            let mut status = status(InstanceState::Base);
            status.healthy = *healthy;
            status.registered = Some(20);
            fleet.0.insert(format!("o{nth}"), Some(status));
        }
        let rollout = Rollout {
            id: "r".to_owned(),
            push: 2,
            state: RolloutState::Running,
            stage: 1,
            stages: Stage::read_all("10%,100%").unwrap(),
            members: Some(ids.collect()),
            as_of: 10,
            base: BaseMark {
                revision: 5,
                keys: 1,
            },
            set: [("a".to_owned(), "2".to_owned())].into(),
            unset: BTreeSet::new(),
            timing: RolloutTiming::default(),
            author: String::new(),
            message: String::new(),
            reason: String::new(),
        };
        (rollout, fleet)
    }

    fn decide(
        (rollout, fleet): &(Rollout, Fleet),
        change: impl FnOnce(&mut StageView<'_>),
        options: &ControllerOptions,
    ) -> Decision {
        let mut view = StageView {
            rollout,
            fleet,
            is_base: true,
            elapsed: 0,
            gate: Gate::Open,
        };
        change(&mut view);
        step(&view, &StageMemory::default(), options)
    }

    fn aborts(decision: &Decision, expected: &str) {
        assert_eq!(*decision, Decision::Abort(expected.to_owned()));
    }

    use InstanceState::{Baking, Leaving, NoEffect, Orphaned, Passed, Rejected, Unready};

    #[test]
    fn a_stage_ends_when_enough_have_passed_and_none_is_pending() {
        let decided =
            |members: &[Option<InstanceState>]| decide(&stage(members, &[]), |_| {}, &OPTIONS);
        assert_eq!(decided(&[Some(Passed)]), Decision::Advance);
        assert_eq!(decided(&[Some(Passed), Some(NoEffect)]), Decision::Advance);
        assert_eq!(decided(&[Some(Passed), Some(Leaving)]), Decision::Advance);
        assert_eq!(decided(&[Some(Passed), Some(Baking)]), Decision::Wait);
        assert_eq!(
            decided(&[Some(Passed), Some(InstanceState::Base)]),
            Decision::Wait
        );
        assert_eq!(decided(&[Some(Leaving)]), Decision::Wait);
        let mut many = vec![Some(Passed); 49];
        many.push(None);
        assert_eq!(decided(&many), Decision::Advance, "1 of 50 may be lost");
        many.pop();
        many[0] = Some(Unready);
        aborts(&decided(&many), "1 of 49 were lost");
        // A status about an earlier rollout is no answer to this one, and one about none is of a program that cannot read it.
        let mut stale = stage(&[Some(Passed), Some(Unready)], &[]);
        let mut about = |rollout: Option<&str>| {
            let status = stale.1.0.get_mut("m1").unwrap().as_mut().unwrap();
            status.rollout = rollout.map(str::to_owned);
            decide(&stale, |_| {}, &OPTIONS)
        };
        assert_eq!(about(Some("earlier")), Decision::Wait);
        aborts(&about(None), "1 of 2 were lost");
        let pause = ControllerOptions {
            pause_after: Some(1),
            ..OPTIONS
        };
        let passed = stage(&[Some(Passed)], &[]);
        assert_eq!(decide(&passed, |_| {}, &pause), Decision::Pause);
    }

    #[test]
    fn every_cause_ends_a_rollout() {
        let members = [Some(Passed), Some(Rejected), Some(Orphaned)];
        let mut failed = stage(&members, &[Some(false), None]);
        let rejected = failed.1.0.get_mut("m1").unwrap().as_mut().unwrap();
        rejected.problems = vec![("pool".to_owned(), "rule".to_owned())];
        aborts(
            &decide(&failed, |_| {}, &OPTIONS),
            "2 of 3 failed: m1 (rejected: pool), m2 (orphaned); outside the stage 1 of 2 are unhealthy too, so it may not \
             be the change",
        );
        failed.1.0.insert("m0".to_owned(), None);
        let decision = decide(&failed, |_| {}, &OPTIONS);
        let Decision::Abort(reason) = decision else {
            panic!("{decision:?}");
        };
        assert!(
            reason.starts_with("3 of 3 failed: m0 (malformed status)"),
            "{reason}"
        );

        let overridden = stage(&[Some(NoEffect), Some(NoEffect)], &[]);
        aborts(
            &decide(&overridden, |_| {}, &OPTIONS),
            "the change has no effect on any of 2",
        );
        let passed = stage(&[Some(Passed)], &[]);
        aborts(
            &decide(&passed, |view| view.is_base = false, &OPTIONS),
            "settings were changed by something else",
        );
        let closed = |failed| decide(&passed, |view| view.gate = Gate::Closed(failed), &OPTIONS);
        assert_eq!([closed(0), closed(2)], [Decision::Wait, Decision::Wait]);
        aborts(&closed(3), "the gate failed 3 times in a row");
        let baking = stage(&[Some(Passed), Some(Baking)], &[]);
        aborts(
            &decide(&baking, |view| view.elapsed = 60_000, &OPTIONS),
            "stage 1 was not complete in time: 1 passed, 1 pending of 2",
        );
    }

    #[test]
    fn a_paused_rollout_only_goes_on_by_promotion() {
        let (mut rollout, fleet) = stage(&[Some(Passed)], &[Some(true)]);
        rollout.state = RolloutState::Paused;
        let mut paused = (rollout, fleet);
        assert_eq!(decide(&paused, |_| {}, &OPTIONS), Decision::Wait);
        let promoted = |paused: &(Rollout, Fleet)| {
            let view = StageView {
                rollout: &paused.0,
                fleet: &paused.1,
                is_base: true,
                elapsed: 0,
                gate: Gate::Open,
            };
            promote(&view, &StageMemory::default(), &OPTIONS)
        };
        assert_eq!(promoted(&paused), Ok(Decision::Advance));
        let next = after(&paused.0, &Decision::Advance, &paused.1, 30, 1).unwrap();
        assert_eq!((next.stage, next.state), (2, RolloutState::Running));
        assert_eq!((next.members, next.as_of), (None, 30));
        paused.1.0.insert("m0".to_owned(), Some(status(Baking)));
        let expected = "stage 1 is not complete: 1 pending of 1";
        assert_eq!(promoted(&paused), Err(expected.to_owned()));
    }

    #[test]
    fn everyone_who_had_registered_counts_in_the_last_stage() {
        let (mut rollout, mut fleet) = stage(&[Some(Passed), Some(Passed)], &[Some(true)]);
        (rollout.stage, rollout.members) = (2, None);
        let mut memory = StageMemory::default();
        memory.look(&rollout, &fleet);
        // One is gone, and one does not know its registration yet.
        fleet.0.remove("m0");
        let mut first = status(InstanceState::Base);
        first.registered = None;
        fleet.0.insert("n".to_owned(), Some(first));
        let tally = Tally::of(&rollout, &fleet, &memory);
        assert_eq!(summary(&tally), "1 passed, 1 pending, 1 lost of 3");
    }
}
