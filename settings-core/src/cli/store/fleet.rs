//! `store fleet`: the instances that are registered, and waiting for all of them to have a revision.

use super::{OpenStore, STORE, ended, rollout};
use crate::{
    cli::{
        Session,
        command::{Command, CommandArguments, CommandOption, OptionValue, Usage, names},
        output::Output,
    },
    error::{redact, style::columns},
    remote::fleet::{
        commits::{read_fleet, rollout_of},
        selection::Fleet,
        status::{InstanceState, InstanceStatus},
    },
    settings::Settings,
    value::json::quoted,
};
use std::{
    fmt::Write,
    thread,
    time::{Duration, Instant},
};

#[derive(Clone, Copy, PartialEq)]
enum FleetFormat {
    Table,
    Json,
}

const FORMATS: [(&str, FleetFormat); 2] =
    [("table", FleetFormat::Table), ("json", FleetFormat::Json)];
const FORMAT_NAMES: [&str; FORMATS.len()] = names(&FORMATS);

const FLEET: Usage = Usage {
    name: "store fleet",
    about: "print the instances that are registered; with --wait, once all of them run a revision",
    positionals: &[],
    options: &[
        CommandOption {
            name: "--wait",
            value: OptionValue::Text("a revision"),
            about: "wait until every registered instance runs the settings of this revision",
        },
        CommandOption {
            name: "--expect",
            value: OptionValue::Text("a number"),
            about: "wait until at least this many are registered; 1 by default",
        },
        CommandOption {
            name: "--timeout",
            value: OptionValue::Text("a duration"),
            about: "wait no longer; 5m by default",
        },
        CommandOption {
            name: "--format",
            value: OptionValue::OneOf(&FORMAT_NAMES),
            about: "choose the format",
        },
        STORE,
    ],
    examples: &[
        ("", "every instance"),
        ("--wait 81240 --expect 3", "after a push, in a deployment"),
    ],
};

/// Time between two reads of the fleet.
const POLL: Duration = Duration::from_millis(500);

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: FLEET,
        run: |session, arguments| ended(fleet(session, arguments)),
    }
}

/// Goal of `--wait`.
struct Goal {
    revision: u64,
    count: usize,
    until: Instant,
}

fn fleet<S: Settings>(
    session: &Session<'_, S>,
    arguments: &CommandArguments,
) -> Result<Output, Output> {
    let goal = goal(arguments)?;
    let format = arguments.choice("--format", &FORMATS);
    let store = OpenStore::of(session, arguments)?;
    loop {
        let read = read_fleet(&mut **store.writer(), store.within);
        let (fleet, missing) = match (read, &goal) {
            (Ok((fleet, _)), Some(goal)) => {
                let missing = missing(&fleet, goal);
                (fleet, missing)
            }
            (Ok((fleet, _)), None) => (fleet, None),
            // A store that is unavailable for a moment is waited for as well.
            (Err(_), Some(goal)) if Instant::now() < goal.until => {
                thread::sleep(POLL);
                continue;
            }
            (Err(fault), _) => return Err(store.failed(&fault)),
        };
        let is_over = goal
            .as_ref()
            .is_none_or(|goal| Instant::now() >= goal.until);
        if missing.is_some() && !is_over {
            thread::sleep(POLL);
            continue;
        }
        let out = match format {
            Some(FleetFormat::Json) => json(&fleet),
            _ => table(&store, &fleet)?,
        };
        let mut output = Output::of(out);
        if let Some(missing) = missing {
            output.err = format!("timeout: {missing}");
            output.code = 1;
        }
        return Ok(output);
    }
}

fn goal(arguments: &CommandArguments) -> Result<Option<Goal>, Output> {
    let number = |option: &str| {
        let number = arguments.text(option).map(|text| {
            let number = text.trim_start_matches('@').parse::<u64>();
            number.map_err(|_| Output::usage_error(format!("{option} needs a number")))
        });
        number.transpose()
    };
    let (revision, count) = (number("--wait")?, number("--expect")?);
    let timeout = rollout::duration(arguments, "--timeout")?;
    let Some(revision) = revision else {
        if count.is_some() || timeout.is_some() {
            let error = "--expect and --timeout need --wait";
            return Err(Output::usage_error(error.to_owned()));
        }
        return Ok(None);
    };
    let timeout = timeout.unwrap_or(Duration::from_secs(300));
    Ok(Some(Goal {
        revision,
        count: usize::try_from(count.unwrap_or(1)).unwrap_or(usize::MAX),
        until: Instant::now() + timeout.min(Duration::from_secs(24 * 3600)),
    }))
}

/// Part of the goal that is not reached yet. Instances that are lost or ending are not waited for.
fn missing(fleet: &Fleet, goal: &Goal) -> Option<String> {
    let instances = fleet.0.iter().filter(|(_, status)| {
        let state = status.as_ref().map(|status| status.state);
        state != Some(InstanceState::Leaving)
    });
    let count = instances.clone().count();
    let behind = instances.filter(|(_, status)| {
        let base = status.as_ref().map(|status| status.base);
        base.is_none_or(|base| base < goal.revision)
    });
    let behind: Vec<String> = behind
        .map(|(id, status)| match status {
            Some(status) => format!("{} {} @{}", status.name, shown(id), status.base),
            None => format!("{} (malformed)", shown(id)),
        })
        .collect();
    if !behind.is_empty() {
        return Some(format!("not at @{}: {}", goal.revision, behind.join(", ")));
    }
    (count < goal.count).then(|| format!("{count} are registered, not {}", goal.count))
}

/// An id is only a part of a key, which anyone may have written.
fn shown(id: &str) -> String {
    redact::escape_truncated(id).to_string()
}

fn table(store: &OpenStore, fleet: &Fleet) -> Result<String, Output> {
    let contents = store.contents()?;
    let mut out = format!("{} @{}", store.name, contents.snapshot.revision);
    if let Some(Ok(rollout)) = rollout_of(&contents)
        && rollout.state.is_open()
    {
        // Writing to a string does not fail.
        let _ = write!(
            out,
            ", rollout {} {} in stage {} of {}",
            rollout.id,
            rollout.state.word(),
            rollout.stage,
            rollout.stages.len()
        );
    }
    out.push('\n');
    if fleet.0.is_empty() {
        out.push_str("no instance is registered\n");
        return Ok(out);
    }
    let heads = [
        "name", "id", "version", "schema", "labels", "base", "health", "state", "since",
    ];
    let mut rows: Vec<[String; 9]> = vec![heads.map(str::to_owned)];
    let mut instances: Vec<_> = fleet.0.iter().collect();
    instances.sort_by_key(|(id, status)| {
        let name = status.as_ref().map(|status| status.name.as_str());
        (name.is_none(), name, *id)
    });
    rows.extend(
        instances
            .into_iter()
            .map(|(id, status)| row(id, status.as_ref())),
    );
    let widths: Vec<usize> = (0..heads.len())
        .map(|at| rows.iter().map(|row| columns(&row[at])).max().unwrap_or(0))
        .collect();
    out.push('\n');
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let gap = width - columns(cell);
            let _ = write!(line, "{cell}{:gap$}  ", "");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    Ok(out)
}

fn row(id: &str, status: Option<&InstanceStatus>) -> [String; 9] {
    let none = || "-".to_owned();
    let Some(status) = status else {
        let mut row = [(); 9].map(|()| none());
        row[1] = shown(id);
        row[7] = String::from("malformed");
        return row;
    };
    let labels = status.labels.iter();
    let labels: Vec<String> = labels
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let health = match status.healthy {
        Some(true) => "good",
        Some(false) => "bad",
        None => "-",
    };
    let state = status.state.word();
    let keys = status.problems.iter().map(|(key, _)| key);
    let keys: Vec<String> = keys
        .chain(&status.restart_required)
        .map(|key| shown(key))
        .collect();
    let state = match keys.is_empty() {
        true => state.to_owned(),
        false => format!("{state} ({})", keys.join(", ")),
    };
    let or_none = |text: &str| {
        if text.is_empty() {
            none()
        } else {
            text.to_owned()
        }
    };
    [
        status.name.clone(),
        shown(id),
        or_none(&status.version),
        status.schema.clone(),
        or_none(&labels.join(",")),
        format!("@{}", status.base),
        health.to_owned(),
        state,
        or_none(&shown(&status.since)),
    ]
}

fn json(fleet: &Fleet) -> String {
    let rows = fleet.0.iter().map(|(id, status)| {
        let Some(status) = status else {
            return format!(r#"{{"id":{},"state":"malformed"}}"#, quoted(id));
        };
        let labels = status.labels.iter();
        let labels = labels.map(|(name, value)| format!("{}:{}", quoted(name), quoted(value)));
        let labels: Vec<String> = labels.collect();
        let healthy = status.healthy.map_or("null".to_owned(), |healthy| healthy.to_string());
        let rollout = status.rollout.as_deref().map_or("null".to_owned(), quoted);
        format!(
            r#"{{"id":{},"name":{},"version":{},"schema":{},"labels":{{{}}},"base":{},"healthy":{healthy},"rollout":{rollout},"state":{}}}"#,
            quoted(id),
            quoted(&status.name),
            quoted(&status.version),
            quoted(&status.schema),
            labels.join(","),
            status.base,
            quoted(status.state.word()),
        )
    });
    let rows: Vec<String> = rows.collect();
    format!("[{}]", rows.join(","))
}
