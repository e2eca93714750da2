//! `store push --rollout` and `store rollout …`: a change that reaches a few instances first.

use super::{
    EX_CONFIG, EX_TEMPFAIL, MESSAGE, OpenStore, STORE, ended, gate::GateCommand, plan::Plan,
};
use crate::{
    cli::{
        Session,
        command::{Command, CommandArguments, CommandOption, OptionValue, Usage},
        output::{self, Output},
    },
    docs,
    error::redact,
    remote::{
        Commit, Fault, FaultKind, Settled, Value,
        fleet::{
            LOCK, ROLLOUT as ROLLOUT_KEY,
            commits::{
                self, ControllerEnd, LOCK_LEASE, LockAttempt, Moment, Progress, RolloutController,
                read_fleet, rollout_of,
            },
            controller::{
                self, ControllerOptions, Decision, Gate, StageMemory, StageView, Tally, summary,
            },
            rollout::{
                BAKE as BAKE_RANGE, BaseMark, HOLD as HOLD_RANGE, ORPHAN as ORPHAN_RANGE, Rollout,
                RolloutFlaw, RolloutState, RolloutTiming, SPREAD as SPREAD_RANGE,
            },
            stages::Stage,
        },
        push::{PushDraft, StoreContents},
    },
    settings::Settings,
    view::time,
};
use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    ops::RangeInclusive,
    thread,
    time::{Duration, Instant, SystemTime},
};
use zeroize::Zeroizing;

pub(super) const ROLLOUT: CommandOption = CommandOption {
    name: "--rollout",
    value: OptionValue::Text("stages such as 5%,25%,100%"),
    about: "change these shares of the fleet one after the other; zone=a:5% is a share of the instances with a label",
};
pub(super) const BAKE: CommandOption = CommandOption {
    name: "--bake",
    value: OptionValue::Text("a duration"),
    about: "how long an instance has to be healthy before its stage may end; 10m by default",
};
pub(super) const DETACH: CommandOption = CommandOption {
    name: "--detach",
    value: OptionValue::None,
    about: "start the rollout and exit; `store rollout run` has to control it",
};
pub(super) const FORCE: CommandOption = CommandOption {
    name: "--force",
    value: OptionValue::None,
    about: "start although some instances are unhealthy",
};
pub(super) const GATE: CommandOption = CommandOption {
    name: "--gate",
    value: OptionValue::Text("a command"),
    about: "end a stage only if this command succeeds; three failures in a row abort the rollout",
};
pub(super) const TOLERATE: CommandOption = CommandOption {
    name: "--tolerate",
    value: OptionValue::Text("a percentage"),
    about: "accept the loss of this share of the instances of a stage; 2% by default",
};
pub(super) const PAUSE_AFTER: CommandOption = CommandOption {
    name: "--pause-after",
    value: OptionValue::Text("a stage"),
    about: "pause after this stage, until `store rollout promote`",
};
pub(super) const TIMEOUT: CommandOption = CommandOption {
    name: "--timeout",
    value: OptionValue::Text("a duration"),
    about: "limit the time of a stage; twice the value of --bake and 5m by default",
};
pub(super) const ORPHAN: CommandOption = CommandOption {
    name: "--orphan",
    value: OptionValue::Text("a duration"),
    about: "abort the rollout if its controller is unresponsive for this long; 2m by default",
};
pub(super) const SPREAD: CommandOption = CommandOption {
    name: "--spread",
    value: OptionValue::Text("a duration"),
    about: "limit the random delay before an instance loads the change; 10s by default",
};
pub(super) const HOLD: CommandOption = CommandOption {
    name: "--hold",
    value: OptionValue::Text("a duration"),
    about: "abort the rollout if it is paused for this long; 1d by default",
};

const RUN: Usage = Usage {
    name: "store rollout run",
    about: "control the current rollout, or wait until its controller ends",
    positionals: &[],
    options: &[GATE, TOLERATE, PAUSE_AFTER, TIMEOUT, STORE],
    examples: &[("", "take over from a controller that was killed")],
};
const STATUS: Usage = Usage {
    name: "store rollout status",
    about: "print the current rollout, or the last one",
    positionals: &[],
    options: &[STORE],
    examples: &[("", "the stage, and what its members report")],
};
const PROMOTE: Usage = Usage {
    name: "store rollout promote",
    about: "continue a paused rollout, as its controller",
    positionals: &[],
    options: &[DETACH, GATE, TOLERATE, PAUSE_AFTER, TIMEOUT, STORE],
    examples: &[("", "after a look at the first stage")],
};
const ABORT: Usage = Usage {
    name: "store rollout abort",
    about: "abort the current rollout; every instance returns to its previous settings",
    positionals: &[],
    options: &[MESSAGE, STORE],
    examples: &[("--message 'latency is up'", "with a reason")],
};

/// Time between two steps of a controller.
const STEP: Duration = Duration::from_secs(1);
/// Time without an answer of the store after which a controller gives up.
const PATIENCE: Duration = Duration::from_secs(120);
/// Attempts of a command whose commit is a conflict.
const ATTEMPTS: u32 = 10;

pub(super) const fn run_command<S: Settings>() -> Command<S> {
    Command {
        usage: RUN,
        run: |session, arguments| ended(run(session, arguments)),
    }
}

pub(super) const fn status_command<S: Settings>() -> Command<S> {
    Command {
        usage: STATUS,
        run: |session, arguments| ended(status(session, arguments)),
    }
}

pub(super) const fn promote_command<S: Settings>() -> Command<S> {
    Command {
        usage: PROMOTE,
        run: |session, arguments| ended(promote(session, arguments)),
    }
}

pub(super) const fn abort_command<S: Settings>() -> Command<S> {
    Command {
        usage: ABORT,
        run: |session, arguments| ended(abort(session, arguments)),
    }
}

/// The choices of a push with `--rollout`.
pub(super) struct Choices {
    stages: Vec<Stage>,
    timing: RolloutTiming,
    control: ControlChoices,
    is_detached: bool,
    is_forced: bool,
}

/// The choices of a controller.
struct ControlChoices {
    gate: Option<String>,
    tolerate: u64,
    pause_after: Option<usize>,
    timeout: Option<Duration>,
}

impl Choices {
    /// `None` without `--rollout`.
    pub(super) fn of_push(arguments: &CommandArguments) -> Result<Option<Self>, Output> {
        let Some(stages) = arguments.text(ROLLOUT.name) else {
            let others = [
                BAKE,
                DETACH,
                FORCE,
                GATE,
                TOLERATE,
                PAUSE_AFTER,
                TIMEOUT,
                ORPHAN,
                SPREAD,
                HOLD,
            ];
            return match others.iter().find(|option| arguments.has(option.name)) {
                Some(option) => {
                    let error = format!("{} needs --rollout", option.name);
                    Err(Output::usage_error(error))
                }
                None => Ok(None),
            };
        };
        let stages = Stage::read_all(stages)
            .map_err(|expected| Output::usage_error(format!("--rollout: {expected}")))?;
        let preset = RolloutTiming::default();
        let timing = RolloutTiming {
            bake: seconds(arguments, BAKE.name, preset.bake, &BAKE_RANGE)?,
            orphan: seconds(arguments, ORPHAN.name, preset.orphan, &ORPHAN_RANGE)?,
            spread: seconds(arguments, SPREAD.name, preset.spread, &SPREAD_RANGE)?,
            hold: seconds(arguments, HOLD.name, preset.hold, &HOLD_RANGE)?,
        };
        Ok(Some(Self {
            stages,
            timing,
            control: ControlChoices::of(arguments)?,
            is_detached: arguments.has(DETACH.name),
            is_forced: arguments.has(FORCE.name),
        }))
    }
}

impl ControlChoices {
    fn of(arguments: &CommandArguments) -> Result<Self, Output> {
        let number = |option: &str, text: &str, most: u64| {
            let number = text.trim_end_matches('%').parse().ok();
            number
                .filter(|number| *number <= most)
                .ok_or_else(|| Output::usage_error(format!("{option} needs a number up to {most}")))
        };
        let tolerate = arguments.text(TOLERATE.name);
        let tolerate = tolerate.map(|text| number(TOLERATE.name, text, 100));
        let pause_after = arguments.text(PAUSE_AFTER.name);
        let pause_after = pause_after.map(|text| number(PAUSE_AFTER.name, text, 20));
        let pause_after = pause_after.transpose()?;
        Ok(Self {
            gate: arguments.text(GATE.name).map(str::to_owned),
            tolerate: tolerate.transpose()?.unwrap_or(2),
            pause_after: pause_after.and_then(|stage| usize::try_from(stage).ok()),
            timeout: duration(arguments, TIMEOUT.name)?,
        })
    }

    fn options(&self, rollout: &Rollout) -> ControllerOptions {
        let preset = Duration::from_secs(2 * rollout.timing.bake + 300);
        let timeout = self.timeout.unwrap_or(preset).as_millis();
        ControllerOptions {
            tolerate: self.tolerate,
            pause_after: self.pause_after,
            timeout: u64::try_from(timeout).unwrap_or(u64::MAX),
        }
    }
}

/// The duration that an option states.
pub(super) fn duration(
    arguments: &CommandArguments,
    option: &str,
) -> Result<Option<Duration>, Output> {
    let stated = arguments.text(option).map(|text| {
        settings_syntax::duration::parse(text).ok_or_else(|| {
            Output::usage_error(format!("{option} needs a duration such as 10m or 30s"))
        })
    });
    stated.transpose()
}

fn seconds(
    arguments: &CommandArguments,
    option: &str,
    preset: u64,
    range: &RangeInclusive<u64>,
) -> Result<u64, Output> {
    let Some(stated) = duration(arguments, option)? else {
        return Ok(preset);
    };
    let seconds = stated.as_secs();
    if range.contains(&seconds) && stated.subsec_nanos() == 0 {
        return Ok(seconds);
    }
    let shown = |seconds: &u64| settings_syntax::duration::format(Duration::from_secs(*seconds));
    Err(Output::usage_error(format!(
        "{option} needs whole seconds from {} to {}",
        shown(range.start()),
        shown(range.end())
    )))
}

/// Refuses a change while a rollout is in progress.
pub(super) fn refuse_open(store: &OpenStore, contents: &StoreContents) -> Result<(), Output> {
    let what = match rollout_of(contents) {
        Some(Ok(rollout)) if rollout.state.is_open() => {
            format!("rollout {} is {}", rollout.id, rollout.state.word())
        }
        Some(Err(RolloutFlaw::UnknownVersion)) => {
            "there is a rollout of a newer program".to_owned()
        }
        _ => return Ok(()),
    };
    let help =
        "wait until it ends (`store rollout status`), or abort it with `store rollout abort`";
    Err(Output {
        err: format!(
            "{}: {what}: nothing was written\n  help: {help}",
            store.name
        ),
        code: EX_TEMPFAIL,
        ..Output::default()
    })
}

/// Refuses a rollout of settings that only change at a restart.
pub(super) fn refuse_restart<S: Settings>(plan: &Plan) -> Result<(), Output> {
    let keys = plan.needs_restart::<S>();
    if keys.is_empty() {
        return Ok(());
    }
    let keys: Vec<String> = keys.iter().map(|key| shown(key)).collect();
    let help = "deploy them together with the program, or push without --rollout";
    Err(Output {
        err: format!(
            "a rollout cannot change settings that are not `reload`: {}\n  help: {help}",
            keys.join(", ")
        ),
        code: EX_CONFIG,
        ..Output::default()
    })
}

/// A warning about instances whose schema is not that of this program.
pub(super) fn other_schemas<S: Settings>(store: &OpenStore) -> Result<String, Output> {
    let fleet = read_fleet(&mut **store.writer(), store.within);
    let (fleet, _) = match fleet {
        Ok(read) => read,
        // A role that may push need not have access to the fleet.
        Err(fault) if fault.kind() == FaultKind::PermissionDenied => return Ok(String::new()),
        Err(fault) => return Err(store.failed(&fault)),
    };
    let schema = docs::schema_hash::<S>();
    let known = || fleet.0.values().flatten();
    let mut others: Vec<String> = known()
        .filter(|status| status.schema != schema)
        .map(|status| {
            format!("{} {}", status.name, status.version)
                .trim_end()
                .to_owned()
        })
        .collect();
    let count = others.len();
    if count == 0 {
        return Ok(String::new());
    }
    others.sort();
    others.dedup();
    others.truncate(5);
    Ok(format!(
        "warning: {count} of {} instances have other settings than this program ({}), so the check may not hold for them\n",
        known().count(),
        others.join(", ")
    ))
}

/// Starts a rollout of a push, and is its controller.
pub(super) fn start<S: Settings>(
    session: &Session<'_, S>,
    store: &OpenStore,
    contents: &StoreContents,
    plan: &Plan,
    draft: PushDraft,
    choices: Choices,
    mut output: Output,
) -> Result<Output, Output> {
    let failed = |fault: &Fault, output: &Output| {
        let mut failed = store.failed(fault);
        failed.out.clone_from(&output.out);
        failed
    };
    let refused = |what: String| Output {
        err: format!("{}: {what}: nothing was written", store.name),
        code: 1,
        ..Output::default()
    };
    if !choices.is_detached {
        wait_for_lock(session, store).map_err(|fault| failed(&fault, &output))?;
    }
    let read = read_fleet(&mut **store.writer(), store.within);
    let (fleet, as_of) = read.map_err(|fault| failed(&fault, &output))?;
    let unhealthy: Vec<String> = fleet.unhealthy().take(5).map(shown).collect();
    if !unhealthy.is_empty() && !choices.is_forced {
        return Err(refused(format!(
            "{} of {} instances are unhealthy ({}); --force starts the rollout nevertheless",
            fleet.unhealthy().count(),
            fleet.0.len(),
            unhealthy.join(", ")
        )));
    }
    let (set, unset) = plan.candidate();
    let rollout = Rollout {
        id: format!("{:016x}", fastrand::u64(..)),
        push: contents.last_push + 1,
        state: RolloutState::Running,
        stage: 1,
        stages: choices.stages,
        members: None,
        as_of,
        base: BaseMark::of(&contents.snapshot),
        set,
        unset,
        timing: choices.timing,
        author: draft.author,
        message: draft.message,
        reason: String::new(),
    };
    let Some(rollout) = controller::first_stage(rollout, &fleet, fastrand::u64(..)) else {
        return Err(refused(
            "no instance is registered that the first stage could choose".to_owned(),
        ));
    };
    if !rollout.is_in_range() {
        return Err(refused(
            "the change is too large for a rollout, or its message is longer than 4 KiB".to_owned(),
        ));
    }
    let lock = match choices.is_detached {
        true => None,
        false => {
            let lease = store.writer().grant(LOCK_LEASE, store.within);
            let lease = lease.map_err(|fault| failed(&fault, &output))?;
            Some((lease, format!("{:032x}", fastrand::u128(..))))
        }
    };
    let started = {
        let lock = lock.as_ref().map(|(lease, id)| (*lease, id.as_str()));
        commits::start(contents, &rollout, lock).and_then(|commit| begin(session, store, &commit))
    };
    let revision = started.map_err(|fault| failed(&fault, &output))?;
    if !output.out.is_empty() {
        output.out.push('\n');
    }
    let what = format!("rollout {} of push {}", rollout.id, rollout.push);
    session.progress(&format!("{what} has begun"));
    let Some((lease, _)) = lock else {
        // Writing to a string does not fail.
        let _ = writeln!(
            output.out,
            "{what} has begun: control it with `store rollout run`"
        );
        return Ok(output);
    };
    let conductor = Conductor::new(session, store, choices.control);
    let options = conductor.choices.options(&rollout);
    let changes = plan.changes.clone();
    let controller = RolloutController::new(
        &rollout,
        (lease, revision),
        options,
        changes,
        conductor.now(),
    );
    conductor.conduct(controller, output)
}

/// Waits until the lock is free. A controller that was killed holds it until its lease ends, also if its rollout was aborted.
fn wait_for_lock<S>(session: &Session<'_, S>, store: &OpenStore) -> Result<(), Fault> {
    let since = Instant::now();
    let mut is_told = false;
    while !store.writer().scan(LOCK, store.within)?.values.is_empty() {
        if since.elapsed() > PATIENCE {
            let message =
                "another controller is there, and does not end: see `store rollout status`";
            return Err(Fault::new(FaultKind::Unavailable, message));
        }
        if !is_told {
            is_told = true;
            session.progress("the controller of another rollout is there; waiting until it ends");
        }
        thread::sleep(STEP);
    }
    Ok(())
}

/// Commits the start of a rollout. Returns the revision, which is also that of the lock.
///
/// If the answer is lost, the store decides what has become of the commit, as soon as it answers again.
fn begin<S>(session: &Session<'_, S>, store: &OpenStore, commit: &Commit) -> Result<u64, Fault> {
    let lost = match store.writer().commit(commit, store.within) {
        Err(fault) if fault.kind() == FaultKind::Uncertain => fault,
        decided => return decided.map(|committed| committed.revision),
    };
    session.progress("the answer of the store was lost; waiting for another one");
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        let settled = store.writer().settle(commit, store.within);
        match settled {
            Ok(Settled::Applied) => {
                if let Ok(read) = store.writer().read(None, store.within) {
                    let written = read.values.get(ROLLOUT_KEY);
                    // It may have been removed since, which the next step finds out.
                    return Ok(written.map_or(read.revision, Value::revision));
                }
            }
            Ok(Settled::NotApplied) => {
                let message = "the answer to the commit was lost; it was not applied";
                return Err(Fault::new(FaultKind::Unavailable, message));
            }
            Err(_) => {}
        }
        thread::sleep(STEP);
    }
    Err(lost)
}

fn run<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let choices = ControlChoices::of(arguments)?;
    let store = OpenStore::of(session, arguments)?;
    Conductor::new(session, &store, choices).take_over(Output::default())
}

fn promote<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let choices = ControlChoices::of(arguments)?;
    let store = OpenStore::of(session, arguments)?;
    for _ in 0..ATTEMPTS {
        let contents = settings_of(&store)?;
        let rollout = open_rollout(&store, &contents)?;
        let read = read_fleet(&mut **store.writer(), store.within);
        let (fleet, as_of) = read.map_err(|fault| store.failed(&fault))?;
        let mut memory = StageMemory::default();
        memory.look(&rollout, &fleet);
        let view = StageView {
            rollout: &rollout,
            fleet: &fleet,
            is_base: rollout.base.is_base_of(&contents.snapshot),
            elapsed: 0,
            gate: Gate::Open,
        };
        let decision = controller::promote(&view, &memory, &choices.options(&rollout));
        let next = decision.map(|decision| {
            controller::after(&rollout, &decision, &fleet, as_of, fastrand::u64(..))
        });
        let next = match next {
            Ok(Some(next)) => next,
            Ok(None) => return Err(refused(&store, "no instance can be chosen")),
            Err(why) => return Err(refused(&store, &why)),
        };
        let promoted = commits::promote(&contents, &next, &mut **store.writer(), store.within);
        match promoted {
            Ok(_) => {
                let line = format!("rollout {} is in stage {}", next.id, next.stage);
                session.progress(&line);
                if arguments.has(DETACH.name) {
                    return Ok(Output::of(line));
                }
                return Conductor::new(session, &store, choices).take_over(Output::default());
            }
            Err(fault) if may_repeat(&fault) => {}
            Err(fault) => return Err(store.failed(&fault)),
        }
    }
    Err(refused(&store, "the store keeps changing"))
}

fn abort<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let store = OpenStore::of(session, arguments)?;
    let reason = arguments.text(MESSAGE.name).unwrap_or("by an operator");
    let mut aborted = None;
    for _ in 0..ATTEMPTS {
        let contents = store.contents()?;
        let rollout = match open_rollout(&store, &contents) {
            Ok(rollout) => rollout,
            // The answer to the last attempt was lost.
            Err(_) if aborted.is_some() => break,
            Err(output) => return Err(output),
        };
        let at = time::utc(SystemTime::now());
        let writer = &mut **store.writer();
        match commits::abort(&contents, &rollout, reason, &at, writer, store.within) {
            Ok(_) => {
                aborted = Some(rollout.id);
                break;
            }
            Err(fault) if may_repeat(&fault) => aborted = Some(rollout.id),
            Err(fault) => return Err(store.failed(&fault)),
        }
    }
    match aborted {
        Some(id) => Ok(Output::of(format!("rollout {id} is aborted"))),
        None => Err(refused(&store, "the store keeps changing")),
    }
}

fn status<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let store = OpenStore::of(session, arguments)?;
    let contents = settings_of(&store)?;
    let rollout = match rollout_of(&contents) {
        Some(Ok(rollout)) => rollout,
        other => return Err(no_rollout(&store, other.as_ref())),
    };
    let mut out = format!(
        "{}: rollout {} of push {} is {}",
        store.name,
        rollout.id,
        rollout.push,
        rollout.state.word()
    );
    // Writing to a string does not fail.
    let stages: Vec<String> = rollout.stages.iter().map(ToString::to_string).collect();
    let _ = write!(out, ", stage {} of {}", rollout.stage, stages.join(", "));
    if !rollout.reason.is_empty() {
        let _ = write!(out, "\n  reason: {}", shown(&rollout.reason));
    }
    let _ = write!(out, "\n  author: {}", shown(&rollout.author));
    if !rollout.message.is_empty() {
        let _ = write!(out, "\n  message: {}", shown(&rollout.message));
    }
    if rollout.state.is_open() {
        let keys: Vec<String> = rollout.keys().map(|key| shown(key)).collect();
        let _ = write!(out, "\n  changes: {}", keys.join(", "));
        let read = read_fleet(&mut **store.writer(), store.within);
        let (fleet, _) = read.map_err(|fault| store.failed(&fault))?;
        let mut memory = StageMemory::default();
        memory.look(&rollout, &fleet);
        let tally = Tally::of(&rollout, &fleet, &memory);
        let _ = write!(out, "\n  members: {}", summary(&tally));
        for (id, why) in &tally.failed {
            let _ = write!(out, "\n    {}: {}", shown(id), shown(why));
        }
        let locked = store.writer().scan(LOCK, store.within);
        let locked = locked.map_err(|fault| store.failed(&fault))?;
        let orphan = settings_syntax::duration::format(Duration::from_secs(rollout.timing.orphan));
        let controller = match (locked.values.is_empty(), rollout.state) {
            (false, _) => "is there".to_owned(),
            (true, RolloutState::Paused) => {
                "none is needed until `store rollout promote`".to_owned()
            }
            (true, _) => format!(
                "none: instances go back after {orphan} without one; `store rollout run` takes over"
            ),
        };
        let _ = write!(out, "\n  controller: {controller}");
    }
    out.push('\n');
    Ok(Output::of(out))
}

/// A controller in this process.
struct Conductor<'a, 's, S> {
    session: &'a Session<'s, S>,
    store: &'a OpenStore,
    choices: ControlChoices,
    began: Instant,
}

impl<'a, 's, S: Settings> Conductor<'a, 's, S> {
    fn new(session: &'a Session<'s, S>, store: &'a OpenStore, choices: ControlChoices) -> Self {
        Self {
            session,
            store,
            choices,
            began: Instant::now(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn moment(&self, gate: Gate) -> Moment {
        Moment {
            now: self.now(),
            gate,
            seed: fastrand::u64(..),
            within: self.store.within,
        }
    }

    /// Waits for the lock, and moves the rollout to its end.
    fn take_over(&self, output: Output) -> Result<Output, Output> {
        let store = self.store;
        let mut is_told = false;
        let mut silence = Silence::default();
        loop {
            let read = StoreContents::read_settings(&mut **store.writer(), store.within);
            let contents = match read {
                Ok(contents) => contents,
                Err(fault) if silence.is_over(&fault) => return Err(store.failed(&fault)),
                Err(_) => {
                    thread::sleep(STEP);
                    continue;
                }
            };
            let rollout = open_rollout(store, &contents)?;
            let plan = self.plan(&contents, &rollout);
            if let Some(error) = &plan.error {
                let mut output = output.failed(error);
                output
                    .err
                    .push_str("the change is invalid for this program");
                return Err(output);
            }
            let taken = RolloutController::take_over(
                &contents,
                &rollout,
                self.choices.options(&rollout),
                plan.changes.clone(),
                &mut **store.writer(),
                self.moment(Gate::Open),
            );
            match taken {
                Ok(LockAttempt::Taken(controller)) => return self.conduct(*controller, output),
                Ok(LockAttempt::Held) if !is_told => {
                    is_told = true;
                    self.session
                        .progress("another controller is active; waiting until it ends");
                }
                Ok(LockAttempt::Held) => silence = Silence::default(),
                Err(fault) if silence.is_over(&fault) => return Err(store.failed(&fault)),
                Err(_) => {}
            }
            thread::sleep(STEP);
        }
    }

    /// The candidate of a rollout as this program sees it.
    fn plan(&self, contents: &StoreContents, rollout: &Rollout) -> Plan {
        let set = rollout.set.iter();
        let set = set.map(|(key, text)| (key.clone(), Some(Zeroizing::new(text.clone()))));
        let unset = rollout.unset.iter().map(|key| (key.clone(), None));
        let writes = set.chain(unset).collect();
        Plan::of_writes::<S>(
            &self.store.name,
            &contents.snapshot,
            writes,
            BTreeMap::new(),
        )
    }

    /// Steps until the rollout is over.
    fn conduct(
        &self,
        mut controller: RolloutController,
        mut output: Output,
    ) -> Result<Output, Output> {
        let store = self.store;
        let mut gate = GateCommand::new(self.choices.gate.as_deref());
        let mut said = String::new();
        let mut silence = Silence::default();
        loop {
            let moment = self.moment(gate.result());
            let at = time::utc(SystemTime::now());
            let step = controller.step(&mut **store.writer(), moment, &at);
            match step {
                Ok(progress) => {
                    silence = Silence::default();
                    let line = line(&progress);
                    if line != said {
                        self.session.progress(&line);
                        said = line;
                    }
                    let state = progress.rollout.state;
                    if !state.is_open() || progress.decision == Decision::Pause {
                        controller.release(&mut **store.writer(), store.within);
                        end(&progress, &mut output);
                        return Ok(output);
                    }
                }
                Err(ControllerEnd::Gone) => {
                    controller.release(&mut **store.writer(), store.within);
                    return Err(refused(store, "the rollout was removed"));
                }
                Err(ControllerEnd::LockLost) => {
                    self.session.progress("the lock was lost");
                    return self.take_over(output);
                }
                Err(ControllerEnd::Fault(fault)) => {
                    if silence.is_over(&fault) {
                        return Err(store.failed(&fault));
                    }
                }
            }
            thread::sleep(STEP);
        }
    }
}

/// Time without an answer of the store.
#[derive(Default)]
struct Silence(Option<Instant>);

impl Silence {
    /// Records a fault, and returns whether there is nothing more to wait for.
    fn is_over(&mut self, fault: &Fault) -> bool {
        let since = *self.0.get_or_insert_with(Instant::now);
        match fault.kind() {
            FaultKind::Unavailable
            | FaultKind::Unresponsive
            | FaultKind::Conflict
            | FaultKind::Uncertain
            | FaultKind::LeaseExpired => since.elapsed() > PATIENCE,
            _ => true,
        }
    }
}

impl<S> Session<'_, S> {
    fn progress(&self, line: &str) {
        if self.has_progress {
            output::progress(line);
        }
    }
}

/// The state of a rollout in one line.
fn line(progress: &Progress) -> String {
    let rollout = &progress.rollout;
    let stage = format!("stage {} of {}", rollout.stage, rollout.stages.len());
    let state = rollout.state.word();
    format!("{state}, {stage}: {}", shown(&summary(&progress.tally)))
}

/// Last output of a controller.
fn end(progress: &Progress, output: &mut Output) {
    let rollout = &progress.rollout;
    let what = format!("rollout {} of push {}", rollout.id, rollout.push);
    let line = match rollout.state {
        // Another controller has ended it, and this one has never looked at its members.
        RolloutState::Done if progress.tally.members == 0 => format!("{what} is done"),
        RolloutState::Done => {
            let unchecked = progress.tally.unchecked;
            let without = match unchecked {
                0 => String::new(),
                _ => format!(", {unchecked} without a health function"),
            };
            format!("{what} is done: {} passed{without}", progress.tally.passed)
        }
        RolloutState::Aborted => {
            output.code = 1;
            format!("{what} was aborted: {}", shown(&rollout.reason))
        }
        RolloutState::Paused | RolloutState::Running => format!(
            "{what} is paused after stage {}: continue it with `store rollout promote`, or abort it with `store rollout abort`",
            rollout.stage
        ),
    };
    output.out.push_str(&line);
    output.out.push('\n');
}

fn settings_of(store: &OpenStore) -> Result<StoreContents, Output> {
    let contents = StoreContents::read_settings(&mut **store.writer(), store.within);
    contents.map_err(|fault| store.failed(&fault))
}

fn open_rollout(store: &OpenStore, contents: &StoreContents) -> Result<Rollout, Output> {
    match rollout_of(contents) {
        Some(Ok(rollout)) if rollout.state.is_open() => Ok(rollout),
        other => Err(no_rollout(store, other.as_ref())),
    }
}

/// The output if there is no rollout, or none is in progress.
fn no_rollout(store: &OpenStore, found: Option<&Result<Rollout, RolloutFlaw>>) -> Output {
    refused(
        store,
        &match found {
            None => "there is no rollout".to_owned(),
            Some(Ok(rollout)) => {
                format!("rollout {} is {} already", rollout.id, rollout.state.word())
            }
            Some(Err(RolloutFlaw::UnknownVersion)) => {
                "the rollout was started by a newer program: use that one".to_owned()
            }
            Some(Err(RolloutFlaw::Malformed)) => {
                "the key @rollout is malformed, so every instance ignores it; delete it".to_owned()
            }
        },
    )
}

fn refused(store: &OpenStore, what: &str) -> Output {
    Output {
        err: format!("{}: {what}", store.name),
        code: 1,
        ..Output::default()
    }
}

fn may_repeat(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::Conflict | FaultKind::Uncertain)
}

/// Text from the store or from arguments, as output shows it.
fn shown(text: &str) -> String {
    redact::escape_truncated(text).to_string()
}

impl fmt::Display for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stages: Vec<String> = self.stages.iter().map(ToString::to_string).collect();
        f.write_str(&stages.join(", "))
    }
}
