//! `store get`: the settings in the store, masked, each with the push that wrote it.

use super::{
    OpenStore, STORE, ended,
    plan::{inspect, judged},
};
use crate::{
    build::rows::Row,
    cli::{
        Session,
        command::{
            Command, CommandArguments, CommandOption, OptionValue, Positional, Usage, names,
        },
        output::Output,
    },
    error::{
        origin::Origin,
        redact::{self, MASK},
        style::columns,
    },
    remote::{
        Fault, FaultKind, StoreSnapshot, Value,
        history::{KeptValue, PushEntry},
        push::StoreContents,
    },
    settings::Settings,
    value::json::quoted,
    view::select,
};
use std::{collections::BTreeMap, fmt::Write};

#[derive(Clone, Copy)]
enum GetFormat {
    Table,
    Json,
}

const FORMATS: [(&str, GetFormat); 2] = [("table", GetFormat::Table), ("json", GetFormat::Json)];

const FORMAT_NAMES: [&str; FORMATS.len()] = names(&FORMATS);

const GET: Usage = Usage {
    name: "store get",
    about: "print the settings in the store, and the push that wrote each; secrets are masked",
    positionals: &[Positional::Keys],
    options: &[
        CommandOption {
            name: "--revision",
            value: OptionValue::Text("a revision"),
            about: "print the settings as they were at this revision",
        },
        CommandOption {
            name: "--format",
            value: OptionValue::OneOf(&FORMAT_NAMES),
            about: "choose the format",
        },
        STORE,
    ],
    examples: &[
        ("", "every setting in the store"),
        ("server --revision 81200", "a group, as it was"),
    ],
};

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: GET,
        run: |session, arguments| ended(get(session, arguments)),
    }
}

/// A setting in the store.
struct GetLine {
    key: String,
    value: String,
    revision: Option<u64>,
    /// The push that wrote it; `None` if it is older than the history.
    writer: Option<String>,
}

fn get<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let store = OpenStore::of(session, arguments)?;
    let at = arguments.text("--revision").map(|text| {
        let number = text.trim_start_matches('@').parse::<u64>();
        number.map_err(|_| Output::usage_error("--revision needs a number".to_owned()))
    });
    let at = at.transpose()?;
    let contents = store.contents()?;
    let (snapshot, is_rebuilt) = match at {
        None => ((*contents.snapshot).clone(), false),
        Some(at) => past(&store, &contents, at)?,
    };
    let load = inspect::<S>(&store.name, &snapshot, BTreeMap::new());
    let rows: Vec<Row> = load
        .seen
        .iter()
        .filter(|row| {
            row.origin
                .as_ref()
                .is_some_and(|origin| origin.revision().is_some())
        })
        .cloned()
        .collect();
    let keys = arguments.positional_texts();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let has_all = keys.is_empty();
    let rows = if has_all {
        rows
    } else {
        // A known key without a value in the store has no row.
        let known = load.seen.clone();
        let wanted = select::only(S::layout(), known, &keys, &session.caller)
            .map_err(Output::usage_error)?;
        let is_wanted = |row: &Row| wanted.iter().any(|wanted| wanted.key == row.key);
        rows.into_iter().filter(is_wanted).collect()
    };
    let mut lines: Vec<GetLine> = rows
        .iter()
        .map(|row| {
            let revision = row.origin.as_ref().and_then(Origin::revision);
            GetLine {
                key: redact::escape_truncated(&row.key).to_string(),
                value: row.value.to_string(),
                writer: revision.and_then(|revision| contents.writer_of(revision)),
                revision,
            }
        })
        .collect();
    if has_all {
        lines.extend(load.unknown.iter().map(|key| {
            let value = snapshot.values.get(key);
            let revision = value.map(Value::revision);
            GetLine {
                key: format!("{key} (no setting)"),
                value: MASK.to_owned(),
                writer: revision.and_then(|revision| contents.writer_of(revision)),
                revision,
            }
        }));
    }
    let format = arguments.choice("--format", &FORMATS);
    let out = match format.unwrap_or(GetFormat::Table) {
        GetFormat::Table => table(&store.name, snapshot.revision, &lines),
        GetFormat::Json => json(snapshot.revision, &lines),
    };
    let output = Output::of(out);
    if is_rebuilt {
        let revision = snapshot.revision;
        return Ok(Output {
            err: format!("revision {revision} is compacted: rebuilt from the history\n"),
            ..output
        });
    }
    let (error, warnings) = judged(load);
    Ok(match error {
        Some(error) => output.failed(&error),
        None => output.warned(<S as Settings>::SCHEMA.root.name, &warnings),
    })
}

fn table(store: &str, revision: u64, lines: &[GetLine]) -> String {
    let mut out = format!("{store} @{revision}\n");
    if lines.is_empty() {
        return out;
    }
    out.push('\n');
    let width = |of: fn(&GetLine) -> &str| lines.iter().map(|line| columns(of(line))).max();
    let key_width = width(|line| &line.key).unwrap_or(0);
    let value_width = width(|line| &line.value).unwrap_or(0).min(40);
    for line in lines {
        let key_gap = key_width - columns(&line.key);
        let value_gap = value_width.saturating_sub(columns(&line.value));
        let at = line.revision.filter(|revision| *revision > 0);
        let at = at.map_or(String::new(), |revision| format!("@{revision}"));
        let writer = line.writer.as_deref().unwrap_or_default();
        let text = format!(
            "{}{:key_gap$}  {}{:value_gap$}  {at}  {writer}",
            line.key, "", line.value, ""
        );
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", text.trim_end());
    }
    out
}

fn json(revision: u64, lines: &[GetLine]) -> String {
    let lines = lines.iter().map(|line| {
        let null = || "null".to_owned();
        format!(
            r#"{{"key":{},"value":{},"revision":{},"writer":{}}}"#,
            quoted(&line.key),
            quoted(&line.value),
            line.revision
                .map_or_else(null, |revision| revision.to_string()),
            line.writer.as_deref().map_or_else(null, quoted),
        )
    });
    let lines: Vec<String> = lines.collect();
    format!(
        r#"{{"revision":{revision},"settings":[{}]}}"#,
        lines.join(",")
    )
}

impl StoreContents {
    /// The push of a revision. `None` for a revision before the history.
    fn writer_of(&self, revision: u64) -> Option<String> {
        let (oldest, _) = self.history.first()?;
        let mut pushes = self.history.iter();
        match pushes.find(|(at, _)| *at == revision) {
            Some((_, entry)) => Some(format!("{} {}", entry.kind.word(), entry.push)),
            None if revision > *oldest => Some("not by a push".to_owned()),
            None => None,
        }
    }
}

/// The contents at an earlier revision: from the store, or from the history if it is compacted. The second value is
/// whether it comes from the history.
fn past(
    store: &OpenStore,
    contents: &StoreContents,
    at: u64,
) -> Result<(StoreSnapshot, bool), Output> {
    let read = store.writer().read(Some(at), store.within);
    match read {
        Ok(snapshot) => Ok((snapshot, false)),
        Err(fault) if fault.kind() == FaultKind::Compacted => match rebuilt(contents, at) {
            Some(snapshot) => Ok((snapshot, true)),
            None => {
                let message = format!("{fault}, and the history does not cover revision {at}");
                Err(store.failed(&Fault::new(FaultKind::Compacted, message)))
            }
        },
        Err(fault) => Err(store.failed(&fault)),
    }
}

/// Takes back the pushes after a revision. `None` if the history does not reach it, or something else changed a setting
/// since.
fn rebuilt(contents: &StoreContents, at: u64) -> Option<StoreSnapshot> {
    let (oldest, _) = contents.history.first()?;
    if at < *oldest || at > contents.snapshot.revision {
        return None;
    }
    let mut values: BTreeMap<String, Value> = contents
        .snapshot
        .settings()
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect();
    let pushes: Vec<&(u64, PushEntry)> = contents.history.iter().collect();
    let is_push = |revision: u64| pushes.iter().any(|(at, _)| *at == revision);
    let mut revisions = values.values().map(Value::revision);
    if revisions.any(|revision| revision > at && !is_push(revision)) {
        return None;
    }
    for (_, entry) in pushes.into_iter().rev().take_while(|(of, _)| *of > at) {
        for change in &entry.changes {
            let now = values.get(&change.key);
            let is_as_pushed = match &change.new {
                KeptValue::Absent => now.is_none(),
                KeptValue::Secret => now.is_some(),
                KeptValue::Text(text) => now.is_some_and(|now| now.bytes() == text.as_bytes()),
            };
            if !is_as_pushed {
                return None;
            }
            match &change.old {
                KeptValue::Absent => drop(values.remove(&change.key)),
                KeptValue::Secret => drop(values.insert(change.key.clone(), Value::new(MASK, 0))),
                KeptValue::Text(text) => {
                    let value = Value::new(text.as_bytes(), 0);
                    drop(values.insert(change.key.clone(), value));
                }
            }
        }
    }
    Some(StoreSnapshot {
        revision: at,
        values,
    })
}
