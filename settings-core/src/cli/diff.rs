//! `diff`: differences between two `.env` files, or between a file and the environment.

use super::{
    Session,
    command::{Command, CommandArguments, Positional, Usage},
    output::Output,
};
use crate::{
    build::rows::{Row, Shows},
    error::{
        Error,
        problem::{Problem, ProblemKind},
        redact,
        style::{Look, columns},
    },
    loader::Loader,
    settings::Settings,
    view::{inspect::Inspection, select},
};
use std::{ffi::OsStr, fmt::Write};

const USAGE: Usage = Usage {
    name: "diff",
    about: "compare two .env files, or a file and the environment; exit with 1 if they differ",
    positionals: &[Positional::File, Positional::OptionalFile],
    options: &[],
    examples: &[
        (
            "staging.env production.env",
            "what differs between two deployments",
        ),
        (".env", "what differs between a file and the environment"),
    ],
};

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: USAGE,
        run: diff,
    }
}

fn diff<S: Settings>(session: &Session<'_, S>, arguments: &CommandArguments) -> Output {
    let (before, after) = (arguments.positional(0), arguments.positional(1));
    let sides = Side::of::<S>(before).and_then(|before| Ok((before, Side::of::<S>(after)?)));
    let (before, after) = match sides {
        Ok(sides) => sides,
        Err(error) => return Output::default().failed(&error),
    };
    let out = differences(&before, &after, session.look);
    let code = u8::from(!out.is_empty());
    Output {
        out,
        code,
        ..Output::default()
    }
}

/// One line per difference below the names of both sides; empty without one.
pub(super) fn differences(before: &Side, after: &Side, look: Look) -> String {
    let lines = compare(before, after);
    let mut out = String::new();
    if lines.is_empty() {
        return out;
    }
    let width = lines.iter().map(|line| columns(&line.name)).max();
    let width = width.unwrap_or(0);
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "{}",
        DiffMark::Removed.paint(look, &format!("- {}", before.name))
    );
    let _ = writeln!(
        out,
        "{}\n",
        DiffMark::Added.paint(look, &format!("+ {}", after.name))
    );
    for DiffLine { mark, name, text } in &lines {
        let gap = width - columns(name);
        let line = format!("{} {name}{:gap$}  {text}", mark.sign(), "");
        let _ = writeln!(out, "{}", mark.paint(look, &line));
    }
    out
}

/// The values of one side.
pub(super) struct Side {
    name: String,
    rows: Vec<Row>,
    /// Names that do not match any setting.
    unknown: Vec<String>,
}

impl Side {
    /// The values of a file alone, or of the environment if there is no file.
    fn of<S: Settings>(file: Option<&OsStr>) -> Result<Self, Error> {
        let loader = match file {
            Some(file) => Loader::<S>::empty().required_env_file(file),
            None => Loader::<S>::empty().env(),
        };
        let load = loader.inspect();
        // A file that cannot be read has no values. An invalid value is compared too.
        let is_of_source =
            |problem: &&Problem| problem.kind() == ProblemKind::Source && problem.key().is_none();
        let unread: Vec<Problem> = load
            .problems()
            .iter()
            .filter(is_of_source)
            .cloned()
            .collect();
        if !unread.is_empty() {
            return Err(Error::new(<S as Settings>::SCHEMA.root.name, unread));
        }
        let name = file.map_or("the environment".into(), OsStr::to_string_lossy);
        Ok(Self::of_load(&name, &load))
    }

    pub(super) fn of_load(name: &str, load: &Inspection) -> Self {
        let is_set = |row: &&Row| row.origin.is_some() && select::is_changed(row);
        Self {
            name: redact::escape_truncated(name).to_string(),
            rows: load.seen.iter().filter(is_set).cloned().collect(),
            unknown: load.unknown.clone(),
        }
    }
}

struct DiffLine {
    mark: DiffMark,
    name: String,
    text: String,
}

#[derive(Clone, Copy)]
enum DiffMark {
    Added,
    Removed,
    Changed,
    Unknown,
}

impl DiffMark {
    fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
            Self::Unknown => '?',
        }
    }

    fn paint(self, look: Look, text: &str) -> String {
        let text = match self {
            Self::Added => look.good(text),
            Self::Removed => look.alarm(text),
            Self::Changed => look.warn(text),
            Self::Unknown => look.dim(text),
        };
        text.into_owned()
    }
}

fn compare(before: &Side, after: &Side) -> Vec<DiffLine> {
    let line = |mark, row: &Row| DiffLine {
        mark,
        name: name(row),
        text: row.value.to_string(),
    };
    let mut lines = Vec::new();
    for row in &before.rows {
        match after.rows.iter().find(|other| other.key == row.key) {
            None => lines.push(line(DiffMark::Removed, row)),
            Some(other) => lines.extend(change(row, other)),
        }
    }
    let is_new = |row: &&Row| !before.rows.iter().any(|other| other.key == row.key);
    lines.extend(
        after
            .rows
            .iter()
            .filter(is_new)
            .map(|row| line(DiffMark::Added, row)),
    );
    for (side, other) in [(before, after), (after, before)] {
        let only_here = side
            .unknown
            .iter()
            .filter(|name| !other.unknown.contains(name));
        lines.extend(only_here.map(|name| DiffLine {
            mark: DiffMark::Unknown,
            name: name.clone(),
            text: format!("only in {}; does not match any setting", side.name),
        }));
    }
    lines
}

fn change(before: &Row, after: &Row) -> Option<DiffLine> {
    if before.value == after.value && before.hash == after.hash {
        return None;
    }
    let text = if before.value == after.value {
        match before.value {
            Shows::Masked => "differs".to_owned(),
            Shows::Invalid => "differs; both are invalid".to_owned(),
            _ => format!("differs in what is masked: {}", before.value),
        }
    } else {
        format!("{} -> {}", before.value, after.value)
    };
    Some(DiffLine {
        mark: DiffMark::Changed,
        name: name(before),
        text,
    })
}

fn name(row: &Row) -> String {
    redact::escape_truncated(&row.key).to_string()
}
