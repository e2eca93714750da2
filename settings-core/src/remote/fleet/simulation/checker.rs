//! The invariants, checked after everything that happens.

use super::world::{Checks, SimulatedInstance, TIMING, World};
use crate::remote::{
    StoreSnapshot, Value,
    fleet::{
        FLEET, Millis, PULSE, ROLLOUT,
        instance::ORPHAN_SPREAD,
        rollout::{Rollout, RolloutState},
        status::{InstanceState, InstanceStatus},
    },
    testing::InMemoryStore,
};
use std::collections::{BTreeMap, BTreeSet};

/// Time for a tick, a late call and a step of the simulation, beyond what is promised.
const SLACK: Millis = 8_000;

#[derive(Default)]
pub(super) struct Checker {
    /// The store when it was last checked.
    revision: u64,
    before: StoreSnapshot,
    before_rollout: Option<Rollout>,
    statuses: BTreeMap<String, Option<InstanceStatus>>,
    /// Times of the last sign of a controller, and of the abort of the rollout.
    heard_at: Millis,
    ended_at: Option<Millis>,
    /// Most members of a stage of each rollout; `None` is everyone.
    sizes: BTreeMap<String, Option<usize>>,
    /// The rollout that each instance runs, and those that it has left, by its place in the world.
    ran: BTreeMap<usize, String>,
    gone: BTreeMap<usize, BTreeSet<String>>,
    is_restored: bool,
}

impl Checks for Checker {
    fn starts(&mut self, rollout: &Rollout) {
        self.sizes.insert(rollout.id.clone(), Some(0));
    }

    fn restored(&mut self) {
        self.is_restored = true;
    }

    fn reported(&mut self, store: &InMemoryStore, rollout: &Rollout) {
        let snapshot = store.snapshot();
        let text = |key: &str| snapshot.values[key].bytes().to_vec();
        let now = Rollout::of(&snapshot).and_then(Result::ok);
        let state = now.map(|now| now.state);
        assert_eq!(
            state,
            Some(rollout.state),
            "a controller reported something else"
        );
        let push = (rollout.push + 1).to_string();
        let is_new = text("a") == push.as_bytes();
        assert_eq!(is_new, rollout.state == RolloutState::Done, "{rollout:?}");
    }

    fn instance(&mut self, now: Millis, instance: &SimulatedInstance) {
        let runs = &instance.runs;
        assert_eq!(
            runs.get("a"),
            runs.get("b"),
            "a mixture of base and candidate"
        );
        let Some(id) = &instance.candidate else {
            return;
        };
        let rollout = instance
            .rollout
            .as_ref()
            .and_then(|rollout| rollout.as_ref().ok());
        let is_member = rollout.is_some_and(|rollout| {
            let (id, registered) = (instance.machine.id(), instance.machine.registered());
            rollout.has_member(id, registered)
        });
        assert!(is_member, "at {now}: it runs {id} and is no member of it");
    }

    fn world(&mut self, world: &World, what: &str) {
        let revision = world.store.revision();
        if revision != self.revision || self.is_restored {
            self.revision = revision;
            self.store(world, what);
        }
        self.instances(world);
    }
}

impl Checker {
    fn store(&mut self, world: &World, what: &str) {
        let snapshot = world.store.snapshot();
        let changed = |key: &str| {
            let of = |snapshot: &StoreSnapshot| snapshot.values.get(key).map(Value::revision);
            of(&snapshot) != of(&self.before)
        };
        let is_moved = changed(ROLLOUT);
        if snapshot.values.contains_key(PULSE) && changed(PULSE) || is_moved || self.is_restored {
            self.heard_at = world.now;
        }
        Self::base(world, &snapshot);
        if is_moved || self.is_restored {
            let rollout = Rollout::of(&snapshot).and_then(Result::ok);
            if self.is_restored {
                self.ended_at = None;
            } else {
                self.transition(world, rollout.as_ref(), what);
            }
            if let Some(rollout) = &rollout {
                let size = self.sizes.entry(rollout.id.clone()).or_insert(Some(0));
                *size = match (&rollout.members, *size) {
                    (Some(members), Some(size)) => Some(size.max(members.len())),
                    (None, Some(size)) if !rollout.state.is_open() => Some(size),
                    _ => None,
                };
            }
            if rollout
                .as_ref()
                .is_some_and(|rollout| rollout.state.is_open())
            {
                self.ended_at = None;
            } else if self.ended_at.is_none() {
                self.ended_at = Some(world.now);
            }
            self.before_rollout = rollout;
            self.is_restored = false;
        }
        self.before = snapshot;
        self.statuses = statuses(world);
    }

    /// Whole pushes only, and no foreign write is lost.
    fn base(world: &World, snapshot: &StoreSnapshot) {
        let text = |key: &str| {
            let value = snapshot.values.get(key)?;
            Some(String::from_utf8_lossy(value.bytes()).into_owned())
        };
        assert_eq!(text("a"), text("b"), "a part of a push");
        assert_eq!(text("foreign"), world.foreign, "a foreign write is lost");
    }

    /// Each change of the rollout is a step of the table, made by the holder of the lock or by an operator.
    fn transition(&self, world: &World, now: Option<&Rollout>, what: &str) {
        let operator = ["Abort", "RemoveRollout", "Promote"].contains(&what);
        assert!(
            operator || world.is_locked(),
            "{what} moved a rollout without the lock"
        );
        let before = self.before_rollout.as_ref();
        let Some(now) = now else {
            assert_eq!(what, "RemoveRollout");
            return;
        };
        let Some(before) = before.filter(|before| before.id == now.id) else {
            let was_open = before.is_some_and(|before| before.state.is_open());
            assert!(!was_open && now.state == RolloutState::Running && now.stage == 1);
            return;
        };
        let is_next = now.stage == before.stage + 1;
        let is_same = now.stage == before.stage;
        let is_allowed = match (before.state, now.state) {
            (RolloutState::Running, RolloutState::Running) => is_next,
            (RolloutState::Running, RolloutState::Paused) => is_same && !before.is_last_stage(),
            (RolloutState::Paused, RolloutState::Running) => is_next && operator,
            (RolloutState::Running, RolloutState::Done) => is_same && before.is_last_stage(),
            (RolloutState::Running | RolloutState::Paused, RolloutState::Aborted) => is_same,
            _ => false,
        };
        assert!(is_allowed, "from {before:?} to {now:?}");
        let is_promotion = is_next || now.state == RolloutState::Done;
        if is_promotion && what != "a late call" {
            self.promotion(before);
        }
        if is_next && let (Some(earlier), Some(members)) = (&before.members, &now.members) {
            let kept = earlier.iter().filter(|id| self.statuses.contains_key(*id));
            assert!(
                kept.clone().all(|id| members.contains(id)),
                "a member was dropped"
            );
        }
    }

    /// No member has failed or is pending.
    fn promotion(&self, before: &Rollout) {
        for (id, status) in &self.statuses {
            let Some(status) = status else {
                panic!("{id} has a malformed status");
            };
            if !before.has_member(id, status.registered) {
                continue;
            }
            let is_of_this = status.rollout.as_ref() == Some(&before.id);
            let is_good = match status.state {
                InstanceState::Passed | InstanceState::NoEffect => is_of_this,
                InstanceState::Unready | InstanceState::Leaving => true,
                _ => false,
            };
            assert!(is_good, "promoted although {id} is {:?}", status.state);
        }
    }

    fn instances(&mut self, world: &World) {
        let state = self.before_rollout.as_ref().map(|rollout| rollout.state);
        let mut running: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, instance) in world.instances.iter().enumerate() {
            if !instance.is_alive {
                continue;
            }
            let gone = self.gone.entry(at).or_default();
            if let Some(ran) = self.ran.get(&at)
                && instance.candidate.as_ref() != Some(ran)
            {
                // An instance that kept it until it became the base has not left it.
                if !instance.finished.contains(ran) {
                    gone.insert(ran.clone());
                }
                self.ran.remove(&at);
            }
            let Some(id) = &instance.candidate else {
                continue;
            };
            assert!(!gone.contains(id), "it enters {id} again");
            self.ran.insert(at, id.clone());
            *running.entry(id).or_default() += 1;
            if world.now < instance.paused_until {
                continue;
            }
            let orphaned = TIMING.orphan * 1000 + ORPHAN_SPREAD + SLACK;
            let undisturbed = instance.disturbed_until + SLACK;
            if state == Some(RolloutState::Running) {
                let deadline = (self.heard_at + orphaned).max(undisturbed);
                assert!(
                    world.now < deadline,
                    "without a controller it still runs {id}"
                );
            }
            if let Some(ended_at) = self.ended_at {
                let connected = ended_at.max(instance.disturbed_until);
                let promptly = connected + world.plan.delay + 2_000 + 250;
                assert!(world.now <= promptly, "it still runs {id} after its end");
            }
        }
        for (id, count) in running {
            if let Some(Some(size)) = self.sizes.get(id) {
                assert!(
                    count <= *size,
                    "{count} instances run {id}, of a stage of {size}"
                );
            }
        }
    }
}

fn statuses(world: &World) -> BTreeMap<String, Option<InstanceStatus>> {
    let control = world.store.control();
    let values = control.values.iter().filter_map(|(key, value)| {
        let id = key.strip_prefix(FLEET)?;
        Some((id.to_owned(), InstanceStatus::read(value.bytes())))
    });
    values.collect()
}
