//! `check`: validation of the settings, of the schema alone, or of the `.env` file of another deployment.

use super::{
    Session,
    command::{Command, CommandArguments, CommandOption, OptionValue, Usage, names},
    output::Output,
    secret_files,
};
use crate::source::contents::Contents;
use crate::{
    dotenv::portable::{self, PortabilityHint},
    error::{
        Error, json,
        origin::Layer,
        problem::{Problem, ProblemKind},
    },
    loader::{Loader, check_schema},
    settings::Settings,
    value::json::quoted,
    view::inspect::Inspection,
};
use std::{ffi::OsStr, fmt::Write, path::Path};

#[derive(Clone, Copy, PartialEq)]
enum ReportFormat {
    Text,
    Json,
}

const FORMATS: [(&str, ReportFormat); 2] =
    [("text", ReportFormat::Text), ("json", ReportFormat::Json)];

const FORMAT_NAMES: [&str; FORMATS.len()] = names(&FORMATS);

const USAGE: Usage = Usage {
    name: "check",
    about: "check that the settings are valid; exit with 78 if they are not",
    positionals: &[],
    options: &[
        CommandOption {
            name: "--schema",
            value: OptionValue::None,
            about: "check the schema and its defaults only, where there are no values",
        },
        CommandOption {
            name: "--env-file",
            value: OptionValue::File,
            about: "check this .env file alone, as another deployment uses it",
        },
        CommandOption {
            name: "--format",
            value: OptionValue::OneOf(&FORMAT_NAMES),
            about: "report as text on stderr, or as JSON on stdout",
        },
        CommandOption {
            name: "--quiet",
            value: OptionValue::None,
            about: "print problems only: nothing if the settings are valid",
        },
    ],
    examples: &[
        (
            "--env-file production.env",
            "before a deployment, on another machine",
        ),
        ("--schema", "in a build, where no setting has a value"),
        ("--quiet", "in a script that only needs the exit code"),
    ],
};

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: USAGE,
        run: check,
    }
}

fn check<S: Settings>(session: &Session<'_, S>, arguments: &CommandArguments) -> Output {
    let verdict = match (arguments.value("--env-file"), arguments.has("--schema")) {
        (Some(_), true) => {
            let error = "--schema checks no values: omit --env-file, or --schema";
            return Output::usage_error(error.to_owned());
        }
        (Some(file), false) => of_file::<S>(file),
        (None, true) => Verdict {
            subject: "the schema is valid".to_owned(),
            warnings: Vec::new(),
            error: check_schema::check::<S>().err(),
            hints: Vec::new(),
        },
        (None, false) => Verdict::of(
            "the settings are valid".to_owned(),
            session.loader.inspect(),
            <S as Settings>::SCHEMA.secrets_from,
        ),
    };
    let format = arguments.choice("--format", &FORMATS);
    match format.unwrap_or(ReportFormat::Text) {
        ReportFormat::Json => verdict.to_json(),
        ReportFormat::Text if arguments.has("--quiet") => verdict.quiet(),
        ReportFormat::Text => verdict.to_text(<S as Settings>::SCHEMA.root.name),
    }
}

/// Checks a file alone, without other files and without the environment of this machine.
fn of_file<S: Settings>(file: &OsStr) -> Verdict {
    let subject = format!("{} is valid", file.display());
    let load = Loader::<S>::empty().required_env_file(file).inspect();
    let mut verdict = Verdict::of(subject, load, <S as Settings>::SCHEMA.secrets_from);
    if let Some(error) = verdict.error.take() {
        // A setting has a problem of this kind only if its `_FILE` names a file that is on the other machine.
        let is_elsewhere =
            |problem: &Problem| problem.kind() == ProblemKind::Source && problem.key().is_some();
        let warnings = error.warnings().to_vec();
        let (left, elsewhere) = error.without(is_elsewhere);
        // What a file that cannot be read does not set is no second problem.
        let is_unread = |problem: &Problem| problem.kind() == ProblemKind::Source;
        let left = left.or_else(|error| {
            if error.problems().iter().any(is_unread) {
                error
                    .without(|problem| problem.kind() == ProblemKind::Missing)
                    .0
            } else {
                Err(error)
            }
        });
        let note =
            "it may exist where the settings are loaded; what depends on it is not checked here";
        let elsewhere = elsewhere.into_iter().map(|problem| problem.with_note(note));
        match left {
            Ok(()) => verdict
                .warnings
                .extend(warnings.into_iter().chain(elsewhere)),
            Err(error) => verdict.error = Some(error.with_warnings(elsewhere)),
        }
    }
    if let Ok(contents) = Contents::read(Path::new(file)) {
        verdict.hints = portable::hints(&contents.bytes);
    }
    verdict
}

/// The result of a check.
struct Verdict {
    /// The sentence for a result without errors.
    subject: String,
    warnings: Vec<Problem>,
    error: Option<Error>,
    hints: Vec<PortabilityHint>,
}

impl Verdict {
    /// The result of a load, with warnings about secrets that other users may read.
    fn of(subject: String, load: Inspection, policy: &[Layer]) -> Self {
        let readable = secret_files::warnings(&load, policy);
        let mut warnings = load.warnings;
        let error = match load.error {
            Some(error) => Some(error.with_warnings(readable)),
            None => {
                warnings.extend(readable);
                None
            }
        };
        Self {
            subject,
            warnings,
            error,
            hints: Vec::new(),
        }
    }

    fn to_text(&self, settings: &'static str) -> Output {
        let mut output = match &self.error {
            Some(error) => Output::default().failed(error),
            None => Output::of(self.subject.clone()).warned(settings, &self.warnings),
        };
        if !self.hints.is_empty() {
            let before = if output.err.is_empty() { "" } else { "\n" };
            // Writing to a string does not fail.
            let _ = writeln!(
                output.err,
                "{before}other readers of .env files read these lines differently\n"
            );
            for hint in &self.hints {
                let _ = writeln!(output.err, "  {hint}");
                let _ = writeln!(output.err, "    help: {}", hint.help);
            }
        }
        output
    }

    fn quiet(&self) -> Output {
        match &self.error {
            Some(error) => Output::default().failed(error),
            None => Output::default(),
        }
    }

    fn to_json(&self) -> Output {
        let problems = self.error.as_ref().map_or(&[][..], Error::problems);
        let warnings = match &self.error {
            Some(error) => error.warnings(),
            None => &self.warnings,
        };
        let hints = self.hints.iter().map(|hint| {
            format!(
                r#"{{"line":{},"readers":{},"message":{},"help":{}}}"#,
                hint.line,
                json::texts(hint.readers.iter().copied()),
                quoted(&hint.to_string()),
                quoted(hint.help),
            )
        });
        let hints: Vec<String> = hints.collect();
        Output {
            out: format!(
                r#"{{"valid":{},"problems":{},"warnings":{},"portability":[{}]}}"#,
                self.error.is_none(),
                json::problems(problems),
                json::problems(warnings),
                hints.join(","),
            ),
            code: if self.error.is_some() { 78 } else { 0 },
            ..Output::default()
        }
    }
}
