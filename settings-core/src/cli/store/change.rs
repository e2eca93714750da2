//! `store set`, `unset`, `log` and `rollback`: single settings, and the history of pushes.

use super::{
    AUTHOR, EX_TEMPFAIL, MESSAGE, OpenStore, STORE, YES, ended,
    plan::Plan,
    push::{PushNote, revision, write},
    rollout,
    statement::{NO_STORE_KEY, Stated, key_inside},
};
use crate::{
    cli::{
        Session,
        command::{Command, CommandArguments, CommandOption, OptionValue, Positional, Usage},
        output::Output,
    },
    error::redact::{self, MASK},
    remote::{
        Value,
        history::{KeptValue, PushEntry, PushKind},
        push::StoreContents,
    },
    schema::{layout::Target, lookup::NameTarget, target::target_of},
    settings::Settings,
};
use std::{
    collections::BTreeMap,
    fmt::Write,
    io::{self, Read},
};
use zeroize::Zeroizing;

const SET: Usage = Usage {
    name: "store set",
    about: "check a value together with the settings in the store, and write it",
    positionals: &[Positional::Key, Positional::Text("VALUE")],
    options: &[YES, MESSAGE, AUTHOR, STORE],
    examples: &[
        ("log_level debug", "change one setting"),
        (
            "db.password - < password.txt",
            "a secret, which is not in the arguments",
        ),
    ],
};

const UNSET: Usage = Usage {
    name: "store unset",
    about: "remove settings from the store, so that lower layers and defaults apply",
    positionals: &[Positional::Key, Positional::Keys],
    options: &[YES, MESSAGE, AUTHOR, STORE],
    examples: &[("log_level", "back to the default")],
};

const LOG: Usage = Usage {
    name: "store log",
    about: "print the pushes, the last one first",
    positionals: &[],
    options: &[CHANGES, STORE],
    examples: &[("--changes", "with the values of each push")],
};

const CHANGES: CommandOption = CommandOption {
    name: "--changes",
    value: OptionValue::None,
    about: "print what each push changed",
};

const ROLLBACK: Usage = Usage {
    name: "store rollback",
    about: "undo a push: restore the values that its settings had before it; the last push by default",
    positionals: &[Positional::OptionalText("[PUSH]")],
    options: &[
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
    examples: &[("", "take back the last push"), ("41", "take back push 41")],
};

pub(super) const fn set_command<S: Settings>() -> Command<S> {
    Command {
        usage: SET,
        run: |session, arguments| ended(set(session, arguments)),
    }
}

pub(super) const fn unset_command<S: Settings>() -> Command<S> {
    Command {
        usage: UNSET,
        run: |session, arguments| ended(unset(session, arguments)),
    }
}

pub(super) const fn log_command<S: Settings>() -> Command<S> {
    Command {
        usage: LOG,
        run: |session, arguments| ended(log(session, arguments)),
    }
}

pub(super) const fn rollback_command<S: Settings>() -> Command<S> {
    Command {
        usage: ROLLBACK,
        run: |session, arguments| ended(rollback(session, arguments)),
    }
}

fn set<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let [key, value] = &arguments.positional_texts()[..] else {
        return Err(Output::usage_error(
            "store set needs a KEY and a VALUE".to_owned(),
        ));
    };
    let mut text = Zeroizing::new(value.clone());
    if *text == "-" {
        text.clear();
        let read = io::stdin().read_to_string(&mut text);
        read.map_err(|error| Output::usage_error(format!("stdin cannot be read: {error}")))?;
        // An editor or `echo` ends the last line.
        let end = text.strip_suffix('\n').map_or(text.len(), str::len);
        text.truncate(end);
    }
    let stated = Stated {
        key: store_key::<S>(key)?,
        text: Some(text),
        origin: None,
    };
    state(session, arguments, vec![stated])
}

fn unset<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let keys = arguments.positional_texts();
    let stated = keys.iter().map(|key| {
        Ok(Stated {
            // A key that matches no setting may be in the store nevertheless.
            key: store_key::<S>(key).unwrap_or_else(|_| key.clone()),
            text: None,
            origin: None,
        })
    });
    let stated: Vec<Stated> = stated.collect::<Result<_, Output>>()?;
    state(session, arguments, stated)
}

fn state<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
    stated: Vec<Stated>,
) -> Result<Output, Output> {
    let store = OpenStore::of(session, arguments)?;
    let contents = store.contents()?;
    let plan = Plan::of::<S>(&store.name, &contents.snapshot, stated, false);
    let before = revision(&store, &contents);
    let note = PushNote {
        kind: PushKind::Push,
        message: arguments.text(MESSAGE.name).unwrap_or_default().to_owned(),
        differences: plan.differences(&before, "after it", session.look),
    };
    write(session, arguments, &store, &contents, &plan, note)
}

/// The key in the store of a setting, by its key or variable.
fn store_key<S: Settings>(given: &str) -> Result<String, Output> {
    let layout = S::layout();
    let known = target_of(layout, given);
    let (name, path) = match known {
        Some(NameTarget::Name(name)) if name.target == Target::Leaf => (name, Vec::new()),
        Some(NameTarget::Inside(name, path)) => (name, path),
        _ => {
            let near = settings_syntax::suggest::nearest(given, layout.keys());
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            let given = redact::escape_truncated(given);
            return Err(Output::usage_error(format!(
                "{given} does not match any setting{near}"
            )));
        }
    };
    key_inside(layout, name.index.into(), &path).ok_or_else(|| {
        let given = redact::escape_truncated(given);
        Output::usage_error(format!(
            "{given}: {NO_STORE_KEY}\n  help: set the whole map as JSON"
        ))
    })
}

fn log<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let store = OpenStore::of(session, arguments)?;
    let contents = store.contents()?;
    let look = session.look;
    let mut out = String::new();
    for (revision, entry) in contents.history.iter().rev() {
        let shown = |text: &str| redact::escape_truncated(text).to_string();
        let message = match &*entry.message {
            "" => String::new(),
            message => format!(": {}", shown(message)),
        };
        let count = entry.changes.len();
        let line = format!(
            "{} {}  @{revision}  {}  {}, {count} changed, by {}{message}",
            entry.kind.word(),
            entry.push,
            shown(&entry.at),
            shown(&entry.outcome),
            shown(&entry.author),
        );
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", look.bold(&line));
        if arguments.has(CHANGES.name) {
            for change in &entry.changes {
                let (old, new) = (kept(&change.old), kept(&change.new));
                let _ = writeln!(out, "  {}: {old} -> {new}", shown(&change.key));
            }
        }
    }
    if out.is_empty() {
        out = format!("{} has no pushes yet", store.name);
    }
    Ok(Output::of(out))
}

fn kept(value: &KeptValue) -> String {
    match value {
        KeptValue::Absent => "-".to_owned(),
        KeptValue::Secret => MASK.to_owned(),
        KeptValue::Text(text) => redact::quote_value(text).to_string(),
    }
}

fn rollback<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let store = OpenStore::of(session, arguments)?;
    let contents = store.contents()?;
    let (at, entry) = pushed(&store, &contents, arguments)?;
    let changed_since: Vec<String> = entry
        .changes
        .iter()
        .filter(|change| {
            let now = contents.snapshot.values.get(&change.key);
            match change.new {
                KeptValue::Absent => now.is_some(),
                _ => now.map(Value::revision) != Some(at),
            }
        })
        .map(|change| redact::escape_truncated(&change.key).to_string())
        .collect();
    if !changed_since.is_empty() {
        let keys = changed_since.join(", ");
        return Err(Output {
            err: format!(
                "{}: conflict: changed since push {}: {keys}\n  help: roll back the later pushes first, or set these by `store set`",
                store.name, entry.push
            ),
            code: EX_TEMPFAIL,
            ..Output::default()
        });
    }
    let (mut writes, mut lost) = (BTreeMap::new(), Vec::new());
    for change in &entry.changes {
        match &change.old {
            KeptValue::Absent => drop(writes.insert(change.key.clone(), None)),
            KeptValue::Text(text) => {
                let text = Some(Zeroizing::new(text.clone()));
                drop(writes.insert(change.key.clone(), text));
            }
            KeptValue::Secret => lost.push(redact::escape_truncated(&change.key).to_string()),
        }
    }
    let plan = Plan::of_writes::<S>(&store.name, &contents.snapshot, writes, BTreeMap::new());
    let before = revision(&store, &contents);
    let message = arguments.text(MESSAGE.name).map(str::to_owned);
    let note = PushNote {
        kind: PushKind::Rollback,
        message: message.unwrap_or_else(|| format!("rollback of push {}", entry.push)),
        differences: plan.differences(&before, "after it", session.look),
    };
    let mut output = write(session, arguments, &store, &contents, &plan, note)?;
    if !lost.is_empty() {
        let keys = lost.join(", ");
        // Writing to a string does not fail.
        let _ = writeln!(
            output.err,
            "not rolled back, since the history keeps no secrets: {keys}\n  help: set them by `store set`"
        );
        output.code = 1;
    }
    Ok(output)
}

/// The push that the arguments name, or the last one, with its revision.
fn pushed<'c>(
    store: &OpenStore,
    contents: &'c StoreContents,
    arguments: &CommandArguments,
) -> Result<(u64, &'c PushEntry), Output> {
    let wanted = arguments.positional_texts().first().cloned();
    let mut history = contents.history.iter().rev();
    let found = match &wanted {
        // An aborted rollout has changed nothing.
        None => history.find(|(_, entry)| !entry.changes.is_empty()),
        Some(wanted) => {
            let number = wanted.parse::<u64>().ok();
            history.find(|(_, entry)| Some(entry.push) == number)
        }
    };
    found.map(|(at, entry)| (*at, entry)).ok_or_else(|| {
        let name = &store.name;
        let error = match wanted {
            None => format!("{name} has no pushes yet"),
            Some(wanted) => {
                let wanted = redact::escape_truncated(&wanted);
                format!("{name} has no push {wanted} in its history; see `store log`")
            }
        };
        Output::usage_error(error)
    })
}
