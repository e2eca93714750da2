//! `check`: whether the settings load; for an image, whether the schema is sound; for another deployment, whether its file is.

use super::{
    Asked,
    arguments::{Command, Flag, Given, Value},
    output::Answer,
    readable,
};
use crate::source::contents::Contents;
use crate::{
    dotenv::portable::{self, Hint},
    error::{
        Error,
        problem::{Problem, ProblemKind},
    },
    loader::Loader,
    loader::check_schema,
    settings::Settings,
    value::json::quoted,
    view::inspect::Inspection,
};
use std::{ffi::OsStr, fmt::Write, path::Path};

pub(super) const COMMAND: Command = Command {
    name: "check",
    about: "whether the settings are sound; 78 if they are not",
    words: &[],
    flags: &[
        Flag {
            name: "--schema",
            value: Value::None,
            about: "only the schema and its defaults, for where there are no values",
        },
        Flag {
            name: "--env-file",
            value: Value::File,
            about: "this .env file alone, as another deployment has it",
        },
        Flag {
            name: "--format",
            value: Value::OneOf(&["text", "json"]),
            about: "the report for people, on stderr, or for programs, on stdout",
        },
    ],
};

/// What was found.
struct Verdict {
    what: String,
    warnings: Vec<Problem>,
    error: Option<Error>,
    hints: Vec<Hint>,
}

impl<S: Settings> Asked<'_, S> {
    pub(super) fn check(&self, given: &Given) -> Answer {
        if given.has("--schema") && given.has("--env-file") {
            let why = "--schema is checked without values: leave out --env-file, or --schema";
            return Answer::misused(why.to_owned());
        }
        let verdict = match given.value("--env-file") {
            Some(file) => of_file::<S>(file),
            None if given.has("--schema") => Verdict {
                what: "the schema is sound".to_owned(),
                warnings: Vec::new(),
                error: check_schema::check::<S>().err(),
                hints: Vec::new(),
            },
            None => Verdict::of("the settings are sound".to_owned(), self.loader.inspect()),
        };
        if given.text("--format") == Some("json") {
            verdict.json()
        } else {
            verdict.text(<S as Settings>::SCHEMA.root.name)
        }
    }
}

/// The file alone: neither other files nor the environment of this machine say anything of another's.
fn of_file<S: Settings>(file: &OsStr) -> Verdict {
    let sound = format!("{} is sound", file.display());
    let load = Loader::<S>::empty().required_env_file(file).inspect();
    let mut verdict = Verdict::of(sound, load);
    if let Some(error) = verdict.error.take() {
        // Of a leaf, only the file that its `_FILE` names can't be read, and that stands on the other machine.
        let is_elsewhere =
            |problem: &Problem| problem.kind() == ProblemKind::Source && problem.key().is_some();
        let noticed = error.warnings().to_vec();
        let (left, elsewhere) = error.without(is_elsewhere);
        let note =
            "it may be there where the settings are loaded; what depends on it is not checked";
        let elsewhere = elsewhere.into_iter().map(|it| it.with_note(note));
        match left {
            Ok(()) => verdict
                .warnings
                .extend(noticed.into_iter().chain(elsewhere)),
            Err(error) => verdict.error = Some(error.with_warnings(elsewhere)),
        }
    }
    if let Ok(contents) = Contents::read(Path::new(file)) {
        verdict.hints = portable::hints(&contents.bytes);
    }
    verdict
}

impl Verdict {
    /// Whether the settings load, and whether what is secret is: a load itself leaves who may read a file to the system.
    fn of(what: String, load: Inspection) -> Self {
        let open = readable::warnings(&load);
        let mut warnings = load.warnings;
        let error = match load.error {
            Some(error) => Some(error.with_warnings(open)),
            None => {
                warnings.extend(open);
                None
            }
        };
        Self {
            what,
            warnings,
            error,
            hints: Vec::new(),
        }
    }

    fn text(self, settings: &'static str) -> Answer {
        let mut answer = match &self.error {
            Some(error) => Answer::default().failed(error),
            None => Answer::of(self.what).warned(settings, &self.warnings),
        };
        if !self.hints.is_empty() {
            let before = if answer.err.is_empty() { "" } else { "\n" };
            // Writing to a string does not fail.
            let _ = writeln!(answer.err, "{before}other readers of .env files differ\n");
            for hint in &self.hints {
                let _ = writeln!(answer.err, "  {hint}");
                let _ = writeln!(answer.err, "    help: {}", hint.help);
            }
        }
        answer
    }

    fn json(&self) -> Answer {
        let problems = self.error.as_ref().map_or(&[][..], Error::problems);
        let warnings = match &self.error {
            Some(error) => error.warnings(),
            None => &self.warnings,
        };
        let hints = self.hints.iter().map(|hint| {
            format!(
                r#"{{"line":{},"readers":{},"message":{},"help":{}}}"#,
                hint.line,
                array(hint.readers.iter().copied()),
                quoted(&hint.to_string()),
                quoted(hint.help),
            )
        });
        let hints: Vec<String> = hints.collect();
        Answer {
            out: format!(
                r#"{{"sound":{},"problems":{},"warnings":{},"portability":[{}]}}"#,
                self.error.is_none(),
                all(problems),
                all(warnings),
                hints.join(","),
            ),
            code: if self.error.is_some() { 78 } else { 0 },
            ..Answer::default()
        }
    }
}

fn all(problems: &[Problem]) -> String {
    let each: Vec<String> = problems.iter().map(one).collect();
    format!("[{}]", each.join(","))
}

fn one(problem: &Problem) -> String {
    let maybe = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
    let origin = problem.origin().map(ToString::to_string);
    format!(
        r#"{{"kind":"{}","leaf":{},"variable":{},"origin":{},"message":{},"help":{},"notes":{}}}"#,
        kind(problem.kind()),
        maybe(problem.key()),
        maybe(problem.env_name()),
        maybe(origin.as_deref()),
        quoted(&problem.to_string()),
        array(problem.help()),
        array(problem.notes()),
    )
}

fn array<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let each: Vec<String> = texts.map(quoted).collect();
    format!("[{}]", each.join(","))
}

fn kind(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Missing => "missing",
        ProblemKind::Malformed => "malformed",
        ProblemKind::Rule => "rule",
        ProblemKind::Unknown => "unknown",
        ProblemKind::Ambiguous => "ambiguous",
        ProblemKind::Source => "source",
        ProblemKind::Deprecated => "deprecated",
        ProblemKind::Shadowed => "shadowed",
    }
}
