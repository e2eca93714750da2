//! The world of one schedule: a store, instances, controllers, and what happens to them.

use super::{
    End,
    links::{Late, Link, WITHIN, apply_late},
};
use crate::remote::{
    Committed, Engine, Fault, FaultKind, StoreSnapshot,
    fleet::{
        LOCK, Millis, ROLLOUT,
        commits::{
            self, ControllerEnd, LOCK_LEASE, LockAttempt, Moment, RolloutController, read_fleet,
        },
        controller::{self, ControllerOptions, Decision, Gate, StageMemory, StageView},
        instance::{Action, Input, Membership, Seen, TrialResult},
        registration::Registration,
        rollout::{BaseMark, Rollout, RolloutFlaw, RolloutState, RolloutTiming},
        stages::Stage,
        status::InstanceStatus,
    },
    push::StoreContents,
    testing::{Backup, InMemoryStore},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

/// Resolution of the simulated time.
const STEP: Millis = 250;
/// Simulated time of a schedule.
const END: Millis = 300_000;
/// Start of the rollout.
const BEGIN: Millis = 5_000;

pub(super) const TIMING: RolloutTiming = RolloutTiming {
    bake: 4,
    orphan: 20,
    spread: 2,
    hold: 60,
};

/// Event of a schedule.
pub(super) struct Plan {
    instances: Vec<Behaviour>,
    stages: &'static str,
    /// Calls that are lost, in percent.
    loss: u32,
    /// Longest delay of a snapshot.
    pub(super) delay: Millis,
    pause_after: Option<usize>,
    events: Vec<(Millis, Event)>,
}

/// Reaction of an instance to the candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Behaviour {
    Good,
    WithoutHealth,
    Invalid,
    NeedsRestart,
    Overridden,
    /// Unhealthy after so many seconds with the candidate.
    Unhealthy(u64),
    /// Now and then unhealthy, whatever it runs.
    Flaky,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    KillController,
    PauseController(Millis),
    AnotherController,
    Cut(usize, Millis),
    CutController(Millis),
    Pause(usize, Millis),
    /// It dies, and is started again.
    Crash(usize),
    Leave(usize),
    Join,
    ForeignPut,
    ForeignDelete,
    Abort,
    Promote,
    RemoveRollout,
    Compact,
    BackUp,
    Restore,
}

impl Plan {
    pub(super) fn random(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ 0x5eed);
        let count = random.usize(1..8);
        let bad = random.u32(..3) == 0;
        let instances = (0..count).map(|_| match random.u32(..12) {
            0..3 => Behaviour::WithoutHealth,
            3 => Behaviour::Overridden,
            4 if bad => Behaviour::Invalid,
            5 if bad => Behaviour::NeedsRestart,
            6 if bad => Behaviour::Unhealthy(random.u64(..6)),
            7 => Behaviour::Flaky,
            _ => Behaviour::Good,
        });
        let instances = instances.collect();
        let mut events = Vec::new();
        for _ in 0..random.usize(..5) {
            let at = random.u64(BEGIN..100_000);
            let (which, time) = (random.usize(..count), random.u64(500..60_000));
            let event = match random.u32(..26) {
                0..3 => Event::KillController,
                3 | 4 => Event::PauseController(time),
                5..8 => Event::AnotherController,
                8..11 => Event::Cut(which, time),
                11 | 12 => Event::CutController(time),
                13 | 14 => Event::Pause(which, time),
                15 => Event::Crash(which),
                16 => Event::Leave(which),
                17 => Event::Join,
                18 => Event::ForeignPut,
                19 => Event::ForeignDelete,
                20 => Event::Abort,
                21 | 22 => Event::Promote,
                23 => Event::RemoveRollout,
                24 => Event::Compact,
                _ => {
                    events.push((random.u64(..at), Event::BackUp));
                    Event::Restore
                }
            };
            events.push((at, event));
        }
        events.sort_by_key(|(at, _)| *at);
        let stages = ["100%", "20%,100%", "1%,50%,100%", "zone=a:50%,100%"];
        Self {
            instances,
            stages: stages[random.usize(..stages.len())],
            loss: [0, 0, 3, 15][random.usize(..4)],
            delay: random.u64(1..1_500),
            pause_after: (random.u32(..6) == 0).then_some(1),
            events,
        }
    }

    /// A candidate that every instance takes, and no faults.
    pub(super) fn good(seed: u64) -> Self {
        Self {
            instances: vec![Behaviour::Good; 1 + usize::try_from(seed % 9).unwrap()],
            ..Self::calm()
        }
    }

    /// A candidate that one instance in the first stage cannot take.
    pub(super) fn bad(seed: u64) -> Self {
        let bad = [
            Behaviour::Invalid,
            Behaviour::NeedsRestart,
            Behaviour::Overridden,
            Behaviour::Unhealthy(seed % 2),
        ];
        Self {
            instances: vec![bad[usize::try_from(seed % 4).unwrap()]; 3],
            ..Self::calm()
        }
    }

    fn calm() -> Self {
        Self {
            instances: Vec::new(),
            stages: "20%,100%",
            loss: 0,
            delay: 500,
            pause_after: None,
            events: Vec::new(),
        }
    }
}

/// The invariants.
pub(super) trait Checks {
    /// A rollout that an operator has just started.
    fn starts(&mut self, rollout: &Rollout);
    /// The store was restored from a backup.
    fn restored(&mut self);
    /// A controller has reported this as its end.
    fn reported(&mut self, store: &InMemoryStore, rollout: &Rollout);
    /// An instance has taken a step.
    fn instance(&mut self, now: Millis, instance: &SimulatedInstance);
    /// Something has happened.
    fn world(&mut self, world: &World, what: &str);
}

pub(super) struct World {
    pub(super) now: Millis,
    pub(super) store: InMemoryStore,
    pub(super) plan: Plan,
    pub(super) instances: Vec<SimulatedInstance>,
    controllers: Vec<SimulatedController>,
    pub(super) random: fastrand::Rng,
    late: Late,
    backup: Option<(Backup, Option<String>)>,
    /// The value that something else wrote last.
    pub(super) foreign: Option<String>,
    writes: u64,
    rollouts: u64,
    checks: Option<Box<dyn Checks>>,
    ends: Vec<End>,
    /// The revision that was last sent to the instances.
    delivered: u64,
    /// Whether what happens is printed.
    is_traced: bool,
}

pub(super) struct SimulatedInstance {
    behaviour: Behaviour,
    pub(super) machine: Membership,
    registration: Registration,
    link: Link,
    pub(super) snapshot: StoreSnapshot,
    pub(super) rollout: Option<Result<Rollout, RolloutFlaw>>,
    deliveries: VecDeque<(Millis, StoreSnapshot)>,
    cut_until: Millis,
    pub(super) paused_until: Millis,
    /// Time when it was last cut off or stopped.
    pub(super) disturbed_until: Millis,
    pub(super) is_alive: bool,
    tick_at: Millis,
    /// The values in force, and the rollout from which they are.
    pub(super) runs: BTreeMap<String, String>,
    pub(super) candidate: Option<String>,
    /// The rollouts whose candidate it kept until that was the base.
    pub(super) finished: BTreeSet<String>,
    candidate_since: Millis,
    zone: &'static str,
}

struct SimulatedController {
    controller: Option<RolloutController>,
    link: Link,
    paused_until: Millis,
    cut_until: Millis,
    is_alive: bool,
    tick_at: Millis,
    seed: u64,
}

impl World {
    /// Runs a schedule, and panics if an invariant is broken.
    pub(super) fn run(seed: u64, plan: Plan, checks: Box<dyn Checks>, is_traced: bool) -> End {
        let store = InMemoryStore::new();
        store.stop_clock();
        store.put([("a", "1"), ("b", "1"), ("foreign", "0")]);
        let mut world = Self {
            now: 0,
            store,
            random: fastrand::Rng::with_seed(seed),
            plan,
            instances: Vec::new(),
            controllers: Vec::new(),
            late: Late::default(),
            backup: None,
            foreign: Some("0".to_owned()),
            writes: 0,
            rollouts: 0,
            checks: Some(checks),
            ends: Vec::new(),
            delivered: 0,
            is_traced,
        };
        for behaviour in world.plan.instances.clone() {
            world.join(behaviour);
        }
        let mut events: VecDeque<_> = std::mem::take(&mut world.plan.events).into();
        while world.now < END && !world.is_over(&events) {
            world.now += STEP;
            world.store.advance(Duration::from_millis(STEP));
            apply_late(&world.store, &world.late, world.now);
            world.check("a late call", true);
            while events.front().is_some_and(|(at, _)| *at <= world.now) {
                if let Some((_, event)) = events.pop_front() {
                    world.happens(event);
                }
            }
            if world.now == BEGIN || (world.now == 120_000 && world.ends == [End::Aborted]) {
                world.begin();
            }
            for at in 0..world.controllers.len() {
                world.control(at);
            }
            for at in 0..world.instances.len() {
                world.instance(at);
            }
        }
        world.ends.first().copied().unwrap_or(End::Open)
    }

    /// Whether nothing else happens: everyone runs the base, and no rollout is open.
    fn is_over(&self, events: &VecDeque<(Millis, Event)>) -> bool {
        let is_open = self
            .rollout()
            .is_some_and(|rollout| rollout.state.is_open());
        let instances = self.instances.iter().filter(|instance| instance.is_alive);
        let all_on_base = instances
            .clone()
            .all(|instance| instance.candidate.is_none());
        events.is_empty()
            && !is_open
            && all_on_base
            && self.now > BEGIN + 1_000
            && (self.ends != [End::Aborted] || self.now > 121_000 || self.rollouts > 1)
    }

    pub(super) fn rollout(&self) -> Option<Rollout> {
        Rollout::of(&self.store.snapshot())?.ok()
    }

    fn join(&mut self, behaviour: Behaviour) {
        let seed = self.random.u64(..);
        let snapshot = self.store.snapshot();
        let zone = if self.instances.len().is_multiple_of(2) {
            "a"
        } else {
            "b"
        };
        let mut instance = SimulatedInstance {
            behaviour,
            machine: Membership::new(String::new()),
            registration: Registration::default(),
            link: Link::new(&self.store, &self.late, self.plan.loss, seed),
            rollout: Rollout::of(&snapshot),
            runs: BTreeMap::new(),
            snapshot,
            deliveries: VecDeque::new(),
            cut_until: 0,
            paused_until: 0,
            disturbed_until: 0,
            is_alive: true,
            tick_at: self.now + self.random.u64(..1000),
            candidate: None,
            finished: BTreeSet::new(),
            candidate_since: 0,
            zone,
        };
        // A start always loads the base.
        instance.load(self.now);
        self.instances.push(instance);
    }

    /// Sends the latest snapshot to every instance that is connected, after a delay, and sometimes twice.
    fn deliver(&mut self) {
        let revision = self.store.revision();
        if std::mem::replace(&mut self.delivered, revision) == revision {
            return;
        }
        let snapshot = self.store.snapshot();
        for instance in &mut self.instances {
            if !instance.is_alive || instance.cut_until > self.now {
                continue;
            }
            let last = instance.deliveries.back();
            let latest = last.map_or(&instance.snapshot, |(_, latest)| latest);
            if *latest == snapshot {
                continue;
            }
            let earliest = last.map_or(0, |(at, _)| *at);
            let at = (self.now + self.random.u64(..self.plan.delay)).max(earliest);
            instance.deliveries.push_back((at, snapshot.clone()));
            if self.random.u32(..10) == 0 {
                instance.deliveries.push_back((at + 1, snapshot.clone()));
            }
        }
    }

    fn happens(&mut self, event: Event) {
        let mut restored = false;
        let now = self.now;
        let until = |time: Millis| now + time;
        match event {
            Event::KillController => {
                if let Some(one) = self.controllers.iter_mut().find(|one| one.is_alive) {
                    one.is_alive = false;
                }
            }
            Event::PauseController(time) => {
                for one in self.controllers.iter_mut().take(1) {
                    one.paused_until = until(time);
                }
            }
            Event::CutController(time) => {
                for one in self.controllers.iter_mut().take(1) {
                    one.cut_until = until(time);
                }
            }
            Event::AnotherController => self.another_controller(),
            Event::Cut(at, time) => {
                let instance = &mut self.instances[at];
                instance.cut_until = until(time);
                instance.disturbed_until = instance.disturbed_until.max(until(time));
                instance.deliveries.clear();
            }
            Event::Pause(at, time) => {
                let instance = &mut self.instances[at];
                instance.paused_until = until(time);
                instance.disturbed_until = instance.disturbed_until.max(until(time));
            }
            Event::Crash(at) => {
                let behaviour = self.instances[at].behaviour;
                self.instances[at].is_alive = false;
                self.join(behaviour);
            }
            Event::Leave(at) => {
                let instance = &mut self.instances[at];
                if instance.is_alive {
                    instance.is_alive = false;
                    let leaving = instance.status(true);
                    instance
                        .registration
                        .leave(&mut instance.link, &leaving, WITHIN);
                }
            }
            Event::Join => self.join(Behaviour::Good),
            Event::ForeignPut => {
                self.writes += 1;
                let value = self.writes.to_string();
                self.store.put([("foreign", value.as_str())]);
                self.foreign = Some(value);
            }
            Event::ForeignDelete => {
                self.store.delete("foreign");
                self.foreign = None;
            }
            Event::RemoveRollout => self.store.delete(ROLLOUT),
            Event::Abort => self.abort(),
            Event::Promote => self.promote(),
            Event::Compact => self.store.compact(),
            Event::BackUp => self.backup = Some((self.store.backup(), self.foreign.clone())),
            Event::Restore => {
                if let Some((backup, foreign)) = &self.backup {
                    self.store.restore(backup);
                    self.foreign.clone_from(foreign);
                    restored = true;
                    self.late.lock().unwrap().clear();
                }
            }
        }
        if restored {
            self.checks().restored();
        }
        self.check(&format!("{event:?}"), true);
    }

    fn options(&self) -> ControllerOptions {
        ControllerOptions {
            tolerate: 2,
            pause_after: self.plan.pause_after,
            timeout: 60_000,
        }
    }

    /// An operator starts a rollout, which is its controller.
    fn begin(&mut self) {
        let mut writer = self.store.engine().writer().unwrap();
        let contents = StoreContents::read(&mut *writer, WITHIN).unwrap();
        let current = Rollout::of(&contents.snapshot);
        if current.is_some_and(|rollout| rollout.is_ok_and(|rollout| rollout.state.is_open())) {
            return;
        }
        let (fleet, as_of) = read_fleet(&mut *writer, WITHIN).unwrap();
        self.rollouts += 1;
        let text = (contents.last_push + 2).to_string();
        let rollout = Rollout {
            id: format!("{:016x}", self.random.u64(..)),
            push: contents.last_push + 1,
            state: RolloutState::Running,
            stage: 1,
            stages: Stage::read_all(self.plan.stages).unwrap(),
            members: None,
            as_of,
            base: BaseMark::of(&contents.snapshot),
            set: [("a".to_owned(), text.clone()), ("b".to_owned(), text)].into(),
            unset: BTreeSet::new(),
            timing: TIMING,
            author: String::new(),
            message: String::new(),
            reason: String::new(),
        };
        let seed = self.random.u64(..);
        let Some(rollout) = controller::first_stage(rollout, &fleet, seed) else {
            return;
        };
        let lease = writer.grant(LOCK_LEASE, WITHIN).unwrap();
        let lock = Some((lease, "operator"));
        let commit = commits::start(&contents, &rollout, lock).unwrap();
        let committed = writer.commit(&commit, WITHIN);
        let is_uncertain = |fault: &Fault| fault.kind() == FaultKind::Uncertain;
        if committed.as_ref().is_err_and(is_uncertain) {
            let _ = writer.settle(&commit, WITHIN);
        }
        let Ok(Committed { revision, .. }) = committed else {
            return;
        };
        self.checks().starts(&rollout);
        let options = self.options();
        let controller =
            RolloutController::new(&rollout, (lease, revision), options, Vec::new(), self.now);
        self.add_controller(Some(controller));
        self.check("start", true);
    }

    fn another_controller(&mut self) {
        self.add_controller(None);
    }

    fn add_controller(&mut self, controller: Option<RolloutController>) {
        let seed = self.random.u64(..);
        self.controllers.insert(
            0,
            SimulatedController {
                controller,
                link: Link::new(&self.store, &self.late, self.plan.loss, seed),
                paused_until: 0,
                cut_until: 0,
                is_alive: true,
                tick_at: self.now,
                seed,
            },
        );
    }

    fn abort(&mut self) {
        let mut writer = self.store.engine().writer().unwrap();
        let contents = StoreContents::read(&mut *writer, WITHIN).unwrap();
        let Some(Ok(rollout)) = Rollout::of(&contents.snapshot) else {
            return;
        };
        if rollout.state.is_open() {
            let writer = &mut *writer;
            commits::abort(&contents, &rollout, "by hand", "", writer, WITHIN).unwrap();
            self.end(End::Aborted);
        }
    }

    fn promote(&mut self) {
        let mut writer = self.store.engine().writer().unwrap();
        let contents = StoreContents::read(&mut *writer, WITHIN).unwrap();
        let Some(Ok(rollout)) = Rollout::of(&contents.snapshot) else {
            return;
        };
        let (fleet, as_of) = read_fleet(&mut *writer, WITHIN).unwrap();
        let mut memory = StageMemory::default();
        memory.look(&rollout, &fleet);
        let view = StageView {
            rollout: &rollout,
            fleet: &fleet,
            is_base: rollout.base.is_base_of(&contents.snapshot),
            elapsed: 0,
            gate: Gate::Open,
        };
        let Ok(decision) = controller::promote(&view, &memory, &self.options()) else {
            return;
        };
        let seed = self.random.u64(..);
        if let Some(next) = controller::after(&rollout, &decision, &fleet, as_of, seed) {
            commits::promote(&contents, &next, &mut *writer, WITHIN).unwrap();
        }
    }

    fn end(&mut self, end: End) {
        self.ends.push(end);
    }

    /// One step of a controller.
    fn control(&mut self, at: usize) {
        let now = self.now;
        let options = self.options();
        let one = &mut self.controllers[at];
        if !one.is_alive || one.paused_until > now || one.tick_at > now {
            return;
        }
        one.tick_at = now + 1_000;
        one.link.is_cut = one.cut_until > now;
        one.link.now = now;
        one.seed = one.seed.wrapping_add(1);
        let moment = Moment {
            now,
            gate: Gate::Open,
            seed: one.seed,
            within: WITHIN,
        };
        let Some(controller) = &mut one.controller else {
            let Ok(contents) = StoreContents::read_settings(&mut one.link, WITHIN) else {
                return;
            };
            let Some(Ok(rollout)) = Rollout::of(&contents.snapshot) else {
                return;
            };
            let (link, changes) = (&mut one.link, Vec::new());
            if rollout.state.is_open()
                && let Ok(LockAttempt::Taken(controller)) = RolloutController::take_over(
                    &contents, &rollout, options, changes, link, moment,
                )
            {
                one.controller = Some(*controller);
            }
            return self.check("taking over", true);
        };
        match controller.step(&mut one.link, moment, "") {
            Ok(progress) if !progress.rollout.state.is_open() => {
                one.is_alive = false;
                let ended = one.controller.take();
                let end = match progress.decision {
                    Decision::Finish => Some(End::Done),
                    Decision::Abort(_) => Some(End::Aborted),
                    // Someone else has ended it.
                    _ => None,
                };
                if let Some(end) = end {
                    let store = self.store.clone();
                    self.checks().reported(&store, &progress.rollout);
                    self.end(end);
                }
                self.check("a controller", true);
                if let Some(controller) = ended {
                    controller.release(&mut self.controllers[at].link, WITHIN);
                }
            }
            Ok(_) => {}
            Err(ControllerEnd::Gone) => one.is_alive = false,
            Err(ControllerEnd::LockLost) => one.controller = None,
            Err(ControllerEnd::Fault(_)) => {}
        }
        self.check("a controller", true);
    }

    /// One step of an instance.
    fn instance(&mut self, at: usize) {
        let now = self.now;
        let random = self.random.u64(..);
        let checks = self.checks.as_mut().unwrap();
        let instance = &mut self.instances[at];
        if !instance.is_alive || instance.paused_until > now {
            return;
        }
        // On a new connection, everything is read again.
        if instance.cut_until <= now && instance.cut_until != 0 {
            instance.cut_until = 0;
            instance.deliveries.push_back((now, self.store.snapshot()));
        }
        while instance
            .deliveries
            .front()
            .is_some_and(|(at, _)| *at <= now)
        {
            if let Some((_, snapshot)) = instance.deliveries.pop_front() {
                instance.rollout = Rollout::of(&snapshot);
                instance.snapshot = snapshot;
                instance.take(Input::Seen, now, random);
                instance.load(now);
                checks.instance(now, instance);
            }
        }
        let is_tick = instance.tick_at <= now;
        if is_tick {
            instance.tick_at = now + 1_000;
            instance.tick(now, random, &mut self.random);
        } else {
            let before = instance.machine.admitted().is_some();
            instance.take(Input::Seen, now, random);
            if before != instance.machine.admitted().is_some() {
                instance.load(now);
            }
        }
        checks.instance(now, instance);
        if is_tick {
            self.check("a status", false);
        }
    }

    fn check(&mut self, what: &str, delivers: bool) {
        if self.is_traced {
            self.print(what);
        }
        if delivers {
            self.deliver();
        }
        if let Some(mut checks) = self.checks.take() {
            checks.world(self, what);
            self.checks = Some(checks);
        }
    }

    fn checks(&mut self) -> &mut dyn Checks {
        &mut **self.checks.as_mut().unwrap()
    }

    /// Prints the rollout in the store, and what each instance makes of it.
    fn print(&self, what: &str) {
        let rollout = self
            .rollout()
            .map(|rollout| (rollout.id, rollout.state, rollout.stage));
        let instances = self.instances.iter().map(|instance| {
            let (machine, id) = (&instance.machine, instance.candidate.as_ref());
            format!(
                "{:?}{}",
                machine.state(),
                if id.is_some() { "*" } else { "" }
            )
        });
        let instances: Vec<String> = instances.collect();
        let now = self.now;
        eprintln!("{now:>6} {what:<20} {rollout:?} {}", instances.join(" "));
    }

    /// Whether the lock is held.
    pub(super) fn is_locked(&self) -> bool {
        self.store.control().values.contains_key(LOCK)
    }
}

impl SimulatedInstance {
    /// Reports, is called for its health, and takes a step.
    fn tick(&mut self, now: Millis, random: u64, dice: &mut fastrand::Rng) {
        self.link.is_cut = self.cut_until > now;
        self.link.now = now;
        let status = self.status(false);
        let id = dice.u64(..);
        let input = self
            .registration
            .step(&mut self.link, &status, (now, id), WITHIN);
        if let Some(input) = input {
            self.take(input, now, random);
        }
        let runs_for = now.saturating_sub(self.candidate_since);
        let health = match self.behaviour {
            Behaviour::WithoutHealth => None,
            Behaviour::Unhealthy(after) => {
                let is_new = self.runs.get("a").is_some_and(|push| push != "1");
                Some(!(is_new && runs_for >= after * 1_000))
            }
            Behaviour::Flaky => Some(dice.u32(..8) > 0),
            _ => Some(true),
        };
        self.take(Input::Health(health), now, random);
        if self.machine.admitted() != self.candidate.as_deref() {
            self.load(now);
        }
    }

    fn take(&mut self, input: Input, now: Millis, random: u64) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let seen = Seen {
                snapshot: &self.snapshot,
                rollout: self.rollout.as_ref(),
                is_connected: self.cut_until <= now,
                now,
                random,
            };
            let action = self.machine.step(input, seen);
            if action == Action::Finish {
                self.finished
                    .extend(self.machine.rollout().map(str::to_owned));
            }
            if let Action::Try(_) = action {
                let result = match self.behaviour {
                    Behaviour::Invalid => TrialResult::Rejected,
                    Behaviour::NeedsRestart => TrialResult::RestartRequired,
                    Behaviour::Overridden => TrialResult::NoEffect,
                    _ => TrialResult::InForce,
                };
                next = Some(Input::Tried(result));
            }
        }
    }

    /// Puts the view in force.
    fn load(&mut self, now: Millis) {
        let admitted = self.machine.admitted();
        let view = Rollout::view(self.rollout.as_ref(), &self.snapshot, admitted);
        let candidate = view
            .is_some()
            .then(|| admitted.map(str::to_owned))
            .flatten();
        let view = view.as_ref().unwrap_or(&self.snapshot);
        let runs: BTreeMap<String, String> = view
            .settings()
            .map(|(key, value)| {
                (
                    key.to_owned(),
                    String::from_utf8_lossy(value.bytes()).into(),
                )
            })
            .collect();
        if self.runs.get("a") != runs.get("a") {
            self.candidate_since = now;
        }
        self.runs = runs;
        self.candidate = candidate;
    }

    fn status(&self, is_leaving: bool) -> InstanceStatus {
        InstanceStatus {
            name: "shop".to_owned(),
            version: String::new(),
            schema: "00000000".to_owned(),
            labels: [("zone".to_owned(), self.zone.to_owned())].into(),
            base: self.snapshot.revision,
            registered: self.machine.registered(),
            healthy: self.machine.healthy(),
            rollout: self.machine.rollout().map(str::to_owned),
            state: match is_leaving {
                true => crate::remote::fleet::status::InstanceState::Leaving,
                false => self.machine.state(),
            },
            since: String::new(),
            problems: Vec::new(),
            restart_required: Vec::new(),
        }
    }
}
