//! `diff`: how two `.env` files, or a file and the environment, differ in what they set.

use super::{
    Asked,
    arguments::{Command, Given, Word},
    output::Answer,
};
use crate::{
    error::{
        Error,
        problem::{Problem, ProblemKind},
        redact,
        style::columns,
    },
    loader::Loader,
    settings::Settings,
    view::{
        rows::{Row, Shows},
        select,
    },
};
use std::{ffi::OsStr, fmt::Write};

pub(super) const COMMAND: Command = Command {
    name: "diff",
    about: "what two .env files set differently, or a file and the environment; 1 if they do",
    words: &[Word::File, Word::MaybeFile],
    flags: &[],
};

impl<S: Settings> Asked<'_, S> {
    pub(super) fn diff(given: &Given) -> Answer {
        let (before, after) = (given.os_word(0), given.os_word(1));
        let sides = set_by::<S>(before).and_then(|before| Ok((before, set_by::<S>(after)?)));
        let (before, after) = match sides {
            Ok(sides) => sides,
            Err(error) => return Answer::default().failed(&error),
        };
        let mut lines: Vec<(char, String, String)> = Vec::new();
        for row in &before {
            match after.iter().find(|other| other.key == row.key) {
                None => lines.push(('-', key(row), row.value.to_string())),
                Some(other) => lines.extend(change(row, other)),
            }
        }
        let is_new = |row: &&Row| !before.iter().any(|other| other.key == row.key);
        let added = after.iter().filter(is_new);
        lines.extend(added.map(|row| ('+', key(row), row.value.to_string())));
        let width = lines.iter().map(|(_, key, _)| columns(key)).max();
        let width = width.unwrap_or(0);
        let mut out = String::new();
        for (mark, key, value) in &lines {
            // Writing to a string does not fail.
            let _ = writeln!(out, "{mark} {key:width$}  {value}");
        }
        Answer {
            out,
            code: u8::from(!lines.is_empty()),
            ..Answer::default()
        }
    }
}

/// The leaves that a file sets by itself, or the environment if there is none.
fn set_by<S: Settings>(file: Option<&OsStr>) -> Result<Vec<Row>, Error> {
    let loader = match file {
        Some(file) => Loader::<S>::empty().required_env_file(file),
        None => Loader::<S>::empty().env(),
    };
    let load = loader.inspect();
    // A file that can't be read sets nothing; a value that is wrong differs all the same.
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
    let is_set = |row: &Row| row.origin.is_some() && select::is_changed(row);
    Ok(load.seen.into_iter().filter(is_set).collect())
}

fn change(before: &Row, after: &Row) -> Option<(char, String, String)> {
    if before.value == after.value && before.hash == after.hash {
        return None;
    }
    let told = if before.value == after.value {
        match before.value {
            Shows::Masked => "differs".to_owned(),
            Shows::Invalid => "differs; neither is sound".to_owned(),
            _ => format!("differs in what is not shown: {}", before.value),
        }
    } else {
        format!("{} -> {}", before.value, after.value)
    };
    Some(('~', key(before), told))
}

fn key(row: &Row) -> String {
    redact::escape_truncated(&row.key).to_string()
}
