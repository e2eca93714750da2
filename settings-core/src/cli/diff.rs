//! `diff`: differences between two `.env` files, or between a file and the environment.

use super::{
    Session,
    command::{
        CUT_HINT, Command, CommandArguments, CommandOption, FULL, OptionValue, Positional, Usage,
        names,
    },
    differences::{Differences, Side},
    output::Output,
};
use crate::{
    error::{
        Error,
        problem::{Problem, ProblemKind},
        style::Look,
    },
    loader::Loader,
    settings::Settings,
    view::json,
};
use std::ffi::OsStr;

#[derive(Clone, Copy)]
enum DiffFormat {
    Table,
    Json,
}

const FORMATS: [(&str, DiffFormat); 2] = [("table", DiffFormat::Table), ("json", DiffFormat::Json)];

const FORMAT_NAMES: [&str; FORMATS.len()] = names(&FORMATS);

const USAGE: Usage = Usage {
    name: "diff",
    about: "compare two .env files, or a file and the environment; exit with 1 if they differ",
    positionals: &[Positional::File, Positional::OptionalFile],
    options: &[
        CommandOption {
            name: "--format",
            value: OptionValue::OneOf(&FORMAT_NAMES),
            about: "choose the format",
        },
        FULL,
    ],
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
    let sides = side_of::<S>(before).and_then(|before| Ok((before, side_of::<S>(after)?)));
    let (before, after) = match sides {
        Ok(sides) => sides,
        Err(error) => return Output::default().failed(&error),
    };
    let format = arguments.choice("--format", &FORMATS);
    let differences = Differences::between(&before, &after);
    let mut out = match format.unwrap_or(DiffFormat::Table) {
        DiffFormat::Json if session.look.width.is_some() => json::pretty(&differences.json()),
        DiffFormat::Json => differences.json(),
        DiffFormat::Table => {
            let width = session.look.width.filter(|_| !arguments.has(FULL.name));
            let look = Look {
                width,
                ..session.look
            };
            let (mut table, was_cut) = differences.table(look);
            if was_cut {
                table.push_str(&look.dim(CUT_HINT));
            }
            table
        }
    };
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    Output {
        out,
        code: u8::from(!differences.is_empty()),
        ..Output::default()
    }
}

/// The values of a file alone, or of the environment if there is no file.
fn side_of<S: Settings>(file: Option<&OsStr>) -> Result<Side, Error> {
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
    Ok(Side::of_load(&name, &load))
}
