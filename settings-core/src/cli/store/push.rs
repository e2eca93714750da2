//! `store check`, `diff` and `push`: a file over the settings in the store.

use super::{
    AUTHOR, MESSAGE, OpenStore, PRUNE, STORE, YES, ended,
    plan::Plan,
    rollout::{self, Choices},
    statement,
};
use crate::{
    cli::{
        Session,
        command::{Command, CommandArguments, Positional, Usage},
        output::{self, Output},
    },
    error::redact,
    remote::{
        history::PushKind,
        push::{PushDraft, StoreContents},
    },
    settings::Settings,
    source::env,
    view::time,
};
use std::{fmt::Write, time::SystemTime};

const CHECK: Usage = Usage {
    name: "store check",
    about: "check a file together with the settings in the store; exit with 78 if they are invalid",
    positionals: &[Positional::File],
    options: &[PRUNE, STORE],
    examples: &[("production.env", "before a push, for example in CI")],
};

const DIFF: Usage = Usage {
    name: "store diff",
    about: "print what a push of a file would change; exit with 1 if it would change anything",
    positionals: &[Positional::File],
    options: &[PRUNE, STORE],
    examples: &[("production.env", "what a push would change")],
};

const PUSH: Usage = Usage {
    name: "store push",
    about: "check a file, and write the settings that it states into the store, all or none",
    positionals: &[Positional::File],
    options: &[
        PRUNE,
        YES,
        MESSAGE,
        AUTHOR,
        rollout::ROLLOUT,
        rollout::BAKE,
        rollout::DETACH,
        rollout::FORCE,
        rollout::GATE,
        rollout::TOLERATE,
        rollout::PAUSE_AFTER,
        rollout::TIMEOUT,
        rollout::ORPHAN,
        rollout::SPREAD,
        rollout::HOLD,
        STORE,
    ],
    examples: &[
        (
            "production.env",
            "show the changes, and ask before they are written",
        ),
        (
            "production.env --rollout 5%,25%,100% --bake 10m",
            "a few instances first; the change is taken back if one fails",
        ),
        (
            "production.toml --yes --message 'more workers'",
            "without a question, for example in CI",
        ),
    ],
};

pub(super) const fn check_command<S: Settings>() -> Command<S> {
    Command {
        usage: CHECK,
        run: |session, arguments| ended(check(session, arguments)),
    }
}

pub(super) const fn diff_command<S: Settings>() -> Command<S> {
    Command {
        usage: DIFF,
        run: |session, arguments| ended(diff(session, arguments)),
    }
}

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: PUSH,
        run: |session, arguments| ended(push(session, arguments)),
    }
}

/// A file over the settings in a store.
struct FilePlan {
    store: OpenStore,
    contents: StoreContents,
    plan: Plan,
    file: String,
}

impl FilePlan {
    fn of<S: Settings>(
        session: &Session<'_, S>,
        arguments: &CommandArguments,
    ) -> Result<Self, Output> {
        let store = OpenStore::of(session, arguments)?;
        let file = arguments.positional(0).unwrap_or_default();
        let stated = statement::of_file::<S>(file);
        let stated = stated.map_err(|error| Output::default().failed(&error))?;
        let contents = store.contents()?;
        let prune = arguments.has(PRUNE.name);
        Ok(Self {
            plan: Plan::of::<S>(&store.name, &contents.snapshot, stated, prune),
            file: redact::escape_truncated(&file.to_string_lossy()).to_string(),
            store,
            contents,
        })
    }

    fn differences<S>(&self, session: &Session<'_, S>) -> String {
        let before = revision(&self.store, &self.contents);
        self.plan.differences(&before, &self.file, session.look)
    }
}

fn check<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let of_file = FilePlan::of(session, arguments)?;
    if let Some(error) = &of_file.plan.error {
        return Err(Output::default().failed(error));
    }
    let before = revision(&of_file.store, &of_file.contents);
    let subject = format!("{} is valid over {before}", of_file.file);
    let settings = <S as Settings>::SCHEMA.root.name;
    Ok(Output::of(subject).warned(settings, &of_file.plan.warnings))
}

fn diff<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let of_file = FilePlan::of(session, arguments)?;
    let output = Output {
        out: of_file.differences(session),
        code: u8::from(!of_file.plan.is_empty()),
        ..Output::default()
    };
    Ok(match &of_file.plan.error {
        Some(error) => output.failed(error),
        None => output,
    })
}

fn push<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let of_file = FilePlan::of(session, arguments)?;
    let differences = of_file.differences(session);
    write(
        session,
        arguments,
        &of_file.store,
        &of_file.contents,
        &of_file.plan,
        PushNote {
            kind: PushKind::Push,
            message: arguments.text(MESSAGE.name).unwrap_or_default().to_owned(),
            differences,
        },
    )
}

/// Description of a push, for output and the history.
pub(super) struct PushNote {
    pub(super) kind: PushKind,
    pub(super) message: String,
    pub(super) differences: String,
}

/// The store at the revision that was read, as output shows it.
pub(super) fn revision(store: &OpenStore, contents: &StoreContents) -> String {
    format!("{} @{}", store.name, contents.snapshot.revision)
}

/// Refuses a plan that is invalid, asks, and writes it.
pub(super) fn write<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
    store: &OpenStore,
    contents: &StoreContents,
    plan: &Plan,
    note: PushNote,
) -> Result<Output, Output> {
    if let Some(error) = &plan.error {
        let help = "nothing was written";
        let mut output = Output::of(note.differences).failed(error);
        output.err.push_str(help);
        return Err(output);
    }
    if plan.is_empty() {
        return Ok(Output::of("nothing to change".to_owned()));
    }
    rollout::refuse_open(store, contents)?;
    let choices = Choices::of_push(arguments)?;
    if choices.is_some() {
        rollout::refuse_restart::<S>(plan)?;
    }
    let settings = <S as Settings>::SCHEMA.root.name;
    let mut output = Output::default().warned(settings, &plan.warnings);
    output.err.push_str(&rollout::other_schemas::<S>(store)?);
    if arguments.has(YES.name) {
        output.out = note.differences;
    } else {
        let count = plan.changes.len();
        let keys = if count == 1 { "key" } else { "keys" };
        let question = match &choices {
            None => format!("write {count} {keys} to {}?", store.name),
            Some(choices) => format!("roll out {count} {keys} of {} to {choices}?", store.name),
        };
        match output::ask(&note.differences, &question) {
            Some(true) => {}
            Some(false) => {
                output.err.push_str("nothing was written");
                output.code = 1;
                return Err(output);
            }
            None => {
                let error = "there is no terminal to ask on: pass --yes";
                return Err(Output::usage_error(error.to_owned()));
            }
        }
    }
    let author = arguments.text(AUTHOR.name).map(str::to_owned);
    let draft = PushDraft {
        kind: note.kind,
        at: time::utc(SystemTime::now()),
        author: author
            .or_else(env::user)
            .unwrap_or_else(|| "unknown".to_owned()),
        message: note.message,
        changes: plan.changes.clone(),
        writes: plan.writes(),
    };
    if let Some(choices) = choices {
        return rollout::start(session, store, contents, plan, draft, choices, output);
    }
    let pushed = contents.push(draft, &mut **store.writer(), store.within);
    let pushed = pushed.map_err(|fault| {
        let mut failed = store.failed(&fault);
        failed.out = std::mem::take(&mut output.out);
        failed
    })?;
    if !output.out.is_empty() {
        output.out.push('\n');
    }
    // Writing to a string does not fail.
    let _ = writeln!(
        output.out,
        "push {} is in {} @{}",
        pushed.push, store.name, pushed.revision
    );
    if !pushed.foreign_deletions.is_empty() {
        let keys = pushed.foreign_deletions.iter();
        let keys: Vec<String> = keys
            .map(|key| redact::escape_truncated(key).to_string())
            .collect();
        let _ = writeln!(
            output.err,
            "something else deleted {} at the same time: see `store diff`",
            keys.join(", ")
        );
        output.code = 1;
    }
    Ok(output)
}
