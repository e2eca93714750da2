//! `join_fleet`: this process takes part in rollouts of changes to the settings in a store.

use super::{
    InstanceState, Live, LiveShared,
    health::{self, HealthAnswer, LIMIT},
    lock,
    probation::PointOfReturn,
    reload::CandidateResult,
    status::FleetStatus,
    trigger::TriggerGuard,
};
use crate::{
    build::Assemble,
    docs,
    remote::{
        SharedWriter, Store, StoreSnapshot, StoreState, Value,
        fleet::{
            Millis, ROLLOUT,
            instance::{Action, Input, Membership, Seen, TrialResult},
            is_name,
            registration::Registration,
            rollout::{Rollout, RolloutFlaw},
            status::{InstanceStatus, MAX_LABELS},
        },
    },
    view::time,
};
use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{
        Arc, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant, SystemTime},
};

/// Limit for each write.
const WITHIN: Duration = Duration::from_secs(2);
/// Longest wait between two attempts to reach the store.
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// This process, as a member of a fleet; see [`Live::join_fleet`].
pub struct Instance {
    name: String,
    version: String,
    labels: BTreeMap<String, String>,
    health: Option<Box<dyn FnMut() -> bool + Send>>,
    second: Duration,
}

impl Instance {
    /// An instance of this program. It is not the name of the host: every process has a random id besides.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: String::new(),
            labels: BTreeMap::new(),
            health: None,
            second: Duration::from_secs(1),
        }
    }

    /// The version of the program, as operators see it.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// A label by which a stage of a rollout can choose instances, such as `zone` and `a`. At most 8.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(name.into(), value.into());
        self
    }

    /// Whether the program is healthy, for example by its own readiness. It is called once a second, on a thread of its own.
    ///
    /// A panic, or a call that takes longer than five seconds, is a bad call. Without a health function, a rollout only proves
    /// that the process accepts the settings and lives.
    #[must_use]
    pub fn health(mut self, health: impl FnMut() -> bool + Send + 'static) -> Self {
        self.health = Some(Box::new(health));
        self
    }

    /// The length of a second, in which health calls and the times of a rollout are counted. For tests.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn second(mut self, second: Duration) -> Self {
        self.second = second.max(Duration::from_millis(1));
        self
    }

    fn check(&self) -> Result<(), String> {
        let words = "1 to 63 letters, digits, dots, dashes and underscores";
        if !is_name(&self.name) {
            return Err(format!("the name of an instance has {words}"));
        }
        if !self.version.is_empty() && !is_name(&self.version) {
            return Err(format!("the version of an instance has {words}"));
        }
        if !self
            .labels
            .iter()
            .all(|(name, value)| is_name(name) && is_name(value))
        {
            return Err(format!("the name and the value of a label have {words}"));
        }
        if self.labels.len() > MAX_LABELS {
            return Err(format!("an instance has at most {MAX_LABELS} labels"));
        }
        Ok(())
    }
}

enum FleetSignal {
    Changed,
    Health(HealthAnswer),
    Stop,
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Joins the fleet of a store that is a layer of the loader: this process follows the store and takes part in rollouts.
    ///
    /// A rollout is a change of the settings that reaches a few instances first. An instance that is chosen loads the
    /// change, the *candidate*, and calls its health function. It reports the result to the store, below the prefix with `@`
    /// in place of its last `/`, and goes back to the settings in the store, the *base*:
    ///
    /// - if the candidate is invalid here, or changes a setting that is not [`reload`](derive@crate::Settings#reload);
    ///   nothing of it is put in force then;
    /// - after three bad health calls in a row;
    /// - if the rollout is aborted, if something else changes the settings, or if nothing is heard of its controller.
    ///
    /// Each revert is an [`Event::Reverted`](super::Event::Reverted). A start always loads the base. A process without
    /// permission to write, or that does not join, gets the change when it has become the base.
    ///
    /// The store is followed as by [`follow`](Self::follow), which is not needed besides, and its
    /// [`retry`](crate::remote::StoreBuilder::retry) is at most two seconds. Dropping the guard reports that this instance
    /// leaves, and puts the base in force.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use settings_core::{Settings, live::{Instance, InstanceState}, remote::{Store, testing::InMemoryStore}};
    ///
    /// # #[derive(Debug, Settings)]
    /// # struct Shop { #[settings(default = 10, reload)] db_pool_size: u32 }
    /// let cluster = InMemoryStore::new(); // a store in memory, for tests
    /// let store = Store::builder(cluster.engine()).start();
    /// let live = Shop::empty_loader().store(&store).live()?;
    /// # let is_ready = || true;
    /// let instance = Instance::new("shop").version("1.2.0").label("zone", "a").health(is_ready);
    /// let fleet = live.join_fleet(&store, instance)?;
    ///
    /// let status = live.status().fleet.expect("it has joined");
    /// assert_eq!((status.state, status.error), (InstanceState::Base, None));
    /// drop(fleet); // or `fleet.detach()`, to take part for as long as the settings exist
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if a name or label has other characters than letters, digits, dots, dashes and underscores, if the
    /// store is no layer of the loader or cannot be written, if the settings have joined a fleet already, or if no thread can
    /// be started. An unavailable store is not an error.
    pub fn join_fleet(&self, store: &Store, instance: Instance) -> io::Result<TriggerGuard> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
        instance.check().map_err(invalid)?;
        if !self.shared.loader.stores().any(|layer| layer.is(store)) {
            return Err(invalid(
                "the store is no layer of these settings".to_owned(),
            ));
        }
        let writer = store.writer().ok_or_else(|| {
            invalid(
                "the engine of the store cannot write, or its prefix does not end in /".to_owned(),
            )
        })?;
        let mut fleet = lock(&self.shared.fleet);
        if fleet.is_some() {
            let error = "the settings have joined a fleet already";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, error));
        }
        let (sender, signals) = mpsc::channel();
        let (changed, stop, answers) = (sender.clone(), sender.clone(), sender.clone());
        let has_health = instance.health.is_some();
        let requests = match instance.health {
            Some(health) => {
                let answered = move |answer| answers.send(FleetSignal::Health(answer)).is_ok();
                Some(health::start(health, answered)?)
            }
            None => None,
        };
        let member = Member {
            status: InstanceStatus {
                name: instance.name,
                version: instance.version,
                schema: docs::schema_hash::<T>(),
                labels: instance.labels,
                base: 0,
                registered: None,
                healthy: None,
                rollout: None,
                state: InstanceState::Base,
                since: time::utc(SystemTime::now()),
                problems: Vec::new(),
                restart_required: Vec::new(),
            },
            membership: Membership::new(String::new()),
            registration: Registration::default(),
            health: requests.map(|requests| HealthClock {
                requests,
                asked_at: None,
            }),
            has_health,
            rollout: None,
            resyncs: 0,
            was_connected: false,
            began: Instant::now(),
            second: instance.second,
            tick_at: Instant::now(),
            point: None,
        };
        *fleet = Some(member.shown());
        drop(fleet);
        let shared = Arc::downgrade(&self.shared);
        // The thread must not keep the store alive: its settings do.
        let handle = store.downgrade();
        let run = move || {
            let mut member = member;
            member.run(&signals, &writer, || {
                let shared = shared.upgrade()?;
                Some((shared, handle.upgrade()?))
            });
            if let (Some(shared), Some(store)) = (shared.upgrade(), handle.upgrade()) {
                member.leave(&shared, &store);
                *lock(&shared.fleet) = None;
            }
        };
        let stop = move || drop(stop.send(FleetSignal::Stop));
        let trigger = self.shared.trigger("settings-fleet", stop, run);
        let trigger = trigger.inspect_err(|_| *lock(&self.shared.fleet) = None)?;
        store.retry_within(LONGEST_RETRY);
        store.on_change_while(move || changed.send(FleetSignal::Changed).is_ok());
        // Changes between the last load and this subscription are found by one load.
        let _ = sender.send(FleetSignal::Changed);
        Ok(trigger)
    }
}

/// This process in its fleet, on the thread of `join_fleet`.
struct Member<T> {
    /// The last report; the next one differs only in what changes.
    status: InstanceStatus,
    membership: Membership,
    registration: Registration,
    health: Option<HealthClock>,
    has_health: bool,
    /// The rollout of the latest snapshot, with the value that it was read from.
    rollout: Option<(Value, Result<Rollout, RolloutFlaw>)>,
    /// Snapshots that the store has read as a whole.
    resyncs: u64,
    /// Whether the store was connected a second ago.
    was_connected: bool,
    began: Instant,
    second: Duration,
    tick_at: Instant,
    /// The settings to return to from the candidate.
    point: Option<PointOfReturn<T>>,
}

/// Calls of the health function.
struct HealthClock {
    requests: Sender<()>,
    /// Start of the call that has not returned yet.
    asked_at: Option<Instant>,
}

type Present<T> = (Arc<LiveShared<T>>, Store);

impl<T: Assemble + Send + Sync + 'static> Member<T> {
    fn run(
        &mut self,
        signals: &Receiver<FleetSignal>,
        writer: &SharedWriter,
        present: impl Fn() -> Option<Present<T>>,
    ) {
        loop {
            let left = self.tick_at.saturating_duration_since(Instant::now());
            let signal = signals.recv_timeout(left);
            let Some((shared, store)) = present() else {
                break;
            };
            match signal {
                Ok(FleetSignal::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(FleetSignal::Changed) => {
                    self.take(&shared, &store, Input::Seen);
                    // A store that has changed again meanwhile may not have the candidate any more. The next step takes it
                    // back, as a revert.
                    if self.membership.admitted().is_none() {
                        shared.reload_by_trigger();
                    }
                }
                Ok(FleetSignal::Health(answer)) => self.answered(&shared, &store, answer),
                Err(RecvTimeoutError::Timeout) => self.tick(&shared, &store, writer),
            }
            self.report(&shared, &store);
        }
        if self.was_connected {
            self.end(writer);
        }
    }

    /// Runs the tasks that are due once a second.
    fn tick(&mut self, shared: &Arc<LiveShared<T>>, store: &Store, writer: &SharedWriter) {
        self.tick_at = Instant::now() + self.second;
        self.was_connected = is_connected(store);
        if self.was_connected {
            let resyncs = store.status().resyncs;
            if resyncs != self.resyncs {
                self.resyncs = resyncs;
                self.registration.rewrite();
            }
            self.report(shared, store);
            let status = self.status.clone();
            let moment = (self.now(), fastrand::u64(..));
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let happened = self
                .registration
                .step(&mut **writer, &status, moment, WITHIN);
            drop(writer);
            if let Some(input) = happened {
                self.take(shared, store, input);
            }
        }
        let is_in_force = |rollout: &str| {
            let reloader = shared.reloader();
            let result = reloader.candidate(rollout);
            result.is_some_and(CandidateResult::is_in_force)
        };
        if self
            .membership
            .admitted()
            .is_some_and(|rollout| !is_in_force(rollout))
        {
            self.take(shared, store, Input::TakenBack);
        }
        match &mut self.health {
            None => self.take(shared, store, Input::Health(None)),
            Some(health) => match health.asked_at {
                None => {
                    health.asked_at = Some(Instant::now());
                    // The thread only ends with this sender.
                    let _ = health.requests.send(());
                    self.take(shared, store, Input::Seen);
                }
                Some(since) if since.elapsed() > LIMIT => {
                    self.take(shared, store, Input::Health(Some(false)));
                }
                Some(_) => self.take(shared, store, Input::Seen),
            },
        }
    }

    fn answered(&mut self, shared: &Arc<LiveShared<T>>, store: &Store, answer: HealthAnswer) {
        let asked_at = self
            .health
            .as_mut()
            .and_then(|health| health.asked_at.take());
        // A late answer was counted as a bad one.
        if asked_at.is_some_and(|since| since.elapsed() <= LIMIT) {
            self.take(shared, store, Input::Health(Some(answer.is_good())));
        }
    }

    /// Takes a step, and does what it asks for.
    fn take(&mut self, shared: &Arc<LiveShared<T>>, store: &Store, input: Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let snapshot = store.snapshot().unwrap_or_default();
            self.look(&snapshot);
            let seen = Seen {
                snapshot: &snapshot,
                rollout: self.rollout.as_ref().map(|(_, rollout)| rollout),
                is_connected: is_connected(store),
                now: self.now(),
                random: fastrand::u64(..),
            };
            match self.membership.step(input, seen) {
                Action::None => {}
                Action::Try(rollout) => {
                    next = Some(Input::Tried(self.try_candidate(shared, store, &rollout)));
                }
                Action::Leave(reason) => self.go_back(shared, store, &reason),
                Action::Finish => {
                    store.admit(None);
                    self.point = None;
                    shared.reload_caught();
                }
            }
            if self.membership.admitted().is_none() {
                store.admit(None);
            }
        }
    }

    /// Reads the rollout of a snapshot, if it is another one.
    fn look(&mut self, snapshot: &StoreSnapshot) {
        // Not by its revision: a store that was restored from a backup counts the same revisions again.
        let value = snapshot.values.get(ROLLOUT);
        if self.rollout.as_ref().map(|(value, _)| value) != value {
            self.rollout = value.cloned().zip(Rollout::of(snapshot));
        }
    }

    fn try_candidate(
        &mut self,
        shared: &Arc<LiveShared<T>>,
        store: &Store,
        rollout: &str,
    ) -> TrialResult {
        self.status.problems.clear();
        {
            let reloader = shared.reloader();
            self.point = Some(PointOfReturn {
                revision: shared.current.load_full(),
                values: reloader.values_in_force(),
                is_needed: false,
            });
        }
        store.admit(Some(rollout));
        shared.reload_caught();
        let result = shared.reloader().candidate(rollout).cloned();
        let result = match result {
            Some(CandidateResult::InForce) => return TrialResult::InForce,
            Some(CandidateResult::NoEffect) => return TrialResult::NoEffect,
            Some(CandidateResult::Rejected(problems)) => {
                self.status.problems = problems;
                TrialResult::Rejected
            }
            Some(CandidateResult::RestartRequired(keys)) => {
                self.status.restart_required = keys;
                TrialResult::RestartRequired
            }
            // The snapshot has changed meanwhile, or application code panicked.
            None => TrialResult::Rejected,
        };
        store.admit(None);
        self.point = None;
        // Its rejection is none of the settings in force.
        shared.reload_caught();
        result
    }

    /// Puts the base in force, as a revert.
    fn go_back(&mut self, shared: &Arc<LiveShared<T>>, store: &Store, reason: &str) {
        store.admit(None);
        let Some(point) = self.point.take() else {
            return;
        };
        let subject = self.membership.rollout().map(str::to_owned);
        shared.go_back(
            reason,
            |reloader, _| {
                // Another trigger may have loaded the base already.
                let is_in_force = |rollout: &String| {
                    reloader.candidate(rollout) == Some(&CandidateResult::InForce)
                };
                subject.filter(is_in_force).map(|_| point)
            },
            |_, _| {},
        );
        shared.reload_caught();
    }

    /// Writes down what the next status says.
    fn report(&mut self, shared: &LiveShared<T>, store: &Store) {
        let state = self.membership.state();
        let rollout = self.membership.rollout().map(str::to_owned);
        if state != self.status.state || rollout != self.status.rollout {
            self.status.since = time::utc(SystemTime::now());
        }
        if state != InstanceState::Rejected {
            self.status.problems.clear();
        }
        if state != InstanceState::RestartRequired {
            let keys = shared.status().restart_required.clone();
            self.status.restart_required = keys;
        }
        self.status.state = state;
        self.status.rollout = rollout;
        self.status.base = store.accepted_base();
        self.status.registered = self.membership.registered();
        self.status.healthy = self.membership.healthy().filter(|_| self.has_health);
        *lock(&shared.fleet) = Some(self.shown());
    }

    fn shown(&self) -> FleetStatus {
        FleetStatus {
            id: self.membership.id().to_owned(),
            rollout: self.status.rollout.clone(),
            state: self.status.state,
            healthy: self.status.healthy,
            error: self.registration.denied().map(str::to_owned),
        }
    }

    /// Ends the registration.
    fn end(&mut self, writer: &SharedWriter) {
        self.status.state = InstanceState::Leaving;
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.registration.leave(&mut **writer, &self.status, WITHIN);
    }

    /// Puts the base in force, since nothing would take a candidate back any more.
    fn leave(&mut self, shared: &Arc<LiveShared<T>>, store: &Store) {
        if self.membership.admitted().is_some() {
            self.go_back(shared, store, "the program has left the fleet");
        }
    }

    fn now(&self) -> Millis {
        let seconds = self.began.elapsed().as_secs_f64() / self.second.as_secs_f64();
        Duration::try_from_secs_f64(seconds).map_or(Millis::MAX, |time| {
            Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX)
        })
    }
}

fn is_connected(store: &Store) -> bool {
    store.status().state == StoreState::Connected
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("labels", &self.labels)
            .field("has_health", &self.health.is_some())
            .finish_non_exhaustive()
    }
}
