//! `dump`: every setting with its value and its origin.

use super::{
    Session,
    command::{
        CUT_HINT, Command, CommandArguments, CommandOption, FULL, OptionValue, Positional, Usage,
        names,
    },
    output::Output,
};
use crate::{
    build::rows::Row,
    error::style::Look,
    settings::Settings,
    view::{env, fingerprint, html::Page, inspect::Inspection, json, select, table::Table, toml},
};

#[derive(Clone, Copy)]
enum DumpFormat {
    Table,
    Json,
    Toml,
    Env,
    Html,
}

const FORMATS: [(&str, DumpFormat); 5] = [
    ("table", DumpFormat::Table),
    ("json", DumpFormat::Json),
    ("toml", DumpFormat::Toml),
    ("env", DumpFormat::Env),
    ("html", DumpFormat::Html),
];

const FORMAT_NAMES: [&str; FORMATS.len()] = names(&FORMATS);

const USAGE: Usage = Usage {
    name: "dump",
    about: "print every setting with its value and its origin; secrets are masked",
    positionals: &[Positional::Patterns],
    options: &[
        CommandOption {
            name: "--only",
            value: OptionValue::Keys,
            about: "print these settings and groups, by key, variable or pattern",
        },
        CommandOption {
            name: "--changed",
            value: OptionValue::None,
            about: "print what is not at its default",
        },
        CommandOption {
            name: "--sources",
            value: OptionValue::None,
            about: "print every source as well, lowest first, whether it was read or not",
        },
        CommandOption {
            name: "--format",
            value: OptionValue::OneOf(&FORMAT_NAMES),
            about: "choose the format; json includes the origins, html is one page with the report",
        },
        FULL,
    ],
    examples: &[
        (
            "timeout",
            "settings whose key or variable contains \"timeout\"",
        ),
        (
            "'server.*' --changed",
            "settings of the group server that are not at their default",
        ),
        (
            "--format env",
            "a .env file that sets the same values, without the secrets",
        ),
        (
            "--format html > settings.html",
            "a page with the documentation of each setting",
        ),
    ],
};

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: USAGE,
        run: dump,
    }
}

fn dump<S: Settings>(session: &Session<'_, S>, arguments: &CommandArguments) -> Output {
    let load = session.loader.inspect();
    let rows = match select_rows::<S>(&load, arguments, &session.caller) {
        Ok(rows) => rows,
        Err(error) => return Output::usage_error(error),
    };
    let sources = arguments
        .has("--sources")
        .then_some(load.sources.as_slice());
    let format = arguments.choice("--format", &FORMATS);
    let out = match format.unwrap_or(DumpFormat::Table) {
        DumpFormat::Json => {
            // Settings that do not load have none.
            let fingerprint = load.error.is_none().then(|| fingerprint::of(&load.rows));
            let json = json::with_origins(&rows, fingerprint.as_deref(), sources);
            if session.look.width.is_some() {
                json::pretty(&json)
            } else {
                json
            }
        }
        DumpFormat::Toml => {
            let comments = sources.map(select::sources_in_comments);
            comments.unwrap_or_default() + &toml::document(&rows)
        }
        DumpFormat::Env => {
            let comments = sources.map(select::sources_in_comments);
            comments.unwrap_or_default() + &env::lines(&rows)
        }
        DumpFormat::Html => Page {
            layout: S::layout(),
            rows,
            error: load.error.as_ref(),
            warnings: &load.warnings,
            sources: &load.sources,
            live: None,
        }
        .render(),
        DumpFormat::Table => {
            let width = session.look.width.filter(|_| !arguments.has(FULL.name));
            let look = Look {
                width,
                ..session.look
            };
            let mut out = String::new();
            let was_cut = Table::new(&rows, look).write(&mut out);
            if was_cut.unwrap_or(false) {
                out.push_str(&look.dim(CUT_HINT));
                out.push('\n');
            }
            if let Some(sources) = sources {
                out.push('\n');
                out.push_str(&select::sources(sources, look));
            }
            out
        }
    };
    match &load.error {
        Some(error) => Output::of(out).failed(error),
        None => Output::of(out).warned(<S as Settings>::SCHEMA.root.name, &load.warnings),
    }
}

/// The rows that the arguments select.
fn select_rows<S: Settings>(
    load: &Inspection,
    arguments: &CommandArguments,
    caller: &str,
) -> Result<Vec<Row>, String> {
    let mut rows = load.rows.clone();
    rows.retain(|row| !row.hidden);
    let only = arguments.texts("--only");
    let only: Vec<&str> = only.iter().flat_map(|keys| select::keys(keys)).collect();
    if !only.is_empty() {
        rows = select::only(S::layout(), rows, &only, caller)?;
    }
    let patterns = arguments.positional_texts();
    if !patterns.is_empty() {
        rows = select::matching(S::layout(), rows, &patterns, caller)?;
    }
    if arguments.has("--changed") {
        rows.retain(select::is_changed);
    }
    Ok(rows)
}
