//! `docs`: the documents that are generated from the schema.

use super::{
    Session,
    command::{Command, CommandArguments, CommandOption, OptionValue, Usage},
    output::Output,
};
use crate::{
    docs::{self, DocumentFormat, Options},
    settings::Settings,
};
use std::path::Path;

const FORMAT_NAMES: [&str; DocumentFormat::ALL.len()] = {
    let mut names = [""; DocumentFormat::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = DocumentFormat::ALL[at].name();
        at += 1;
    }
    names
};

const USAGE: Usage = Usage {
    name: "docs",
    about: "print a document generated from the schema; no source is read",
    positionals: &[],
    options: &[
        CommandOption {
            name: "--format",
            value: OptionValue::OneOf(&FORMAT_NAMES),
            about: "choose the document; by default by the name of the checked file, otherwise markdown",
        },
        CommandOption {
            name: "--check",
            value: OptionValue::File,
            about: "compare this file with the document; print a diff and exit with 1 if they differ",
        },
        CommandOption {
            name: "--name",
            value: OptionValue::Text("a name"),
            about: "name the program in manifests, units and man pages",
        },
        CommandOption {
            name: "--schema",
            value: OptionValue::Text("a url"),
            about: "name the JSON Schema in TOML and YAML templates, for editors",
        },
        CommandOption {
            name: "--strict",
            value: OptionValue::None,
            about: "make the JSON Schema require what has no default",
        },
    ],
    examples: &[
        ("> SETTINGS.md", "the reference"),
        ("--check SETTINGS.md", "whether it is up to date"),
        (
            "--format toml --schema ./app.schema.json > config.toml",
            "a template that editors complete",
        ),
        ("--format kubernetes --name shop > shop.yaml", "manifests"),
    ],
};

pub(super) const fn command<S: Settings>() -> Command<S> {
    Command {
        usage: USAGE,
        run: docs,
    }
}

fn docs<S: Settings>(session: &Session<'_, S>, arguments: &CommandArguments) -> Output {
    let file = arguments.value("--check").map(Path::new);
    let mut formats = DocumentFormat::ALL.into_iter();
    let named = formats.find(|format| arguments.text("--format") == Some(format.name()));
    let format = match (named, file) {
        (Some(format), _) => format,
        (None, None) => DocumentFormat::Markdown,
        (None, Some(file)) => match DocumentFormat::of_file(file) {
            Some(format) => format,
            None => {
                return Output::usage_error(format!(
                    "the name of {} does not show which document it contains: add --format",
                    file.display()
                ));
            }
        },
    };
    let mut options = Options::new().strict(arguments.has("--strict"));
    if let Some(name) = arguments.text("--name") {
        options = options.name(name);
    }
    if let Some(schema) = arguments.text("--schema") {
        options = options.schema(schema);
    }
    let text = docs::render::<S>(format, &options);
    let Some(file) = file else {
        return Output::of(text);
    };
    match docs::difference(file, &text) {
        Ok(()) => Output::of(format!("{} is up to date", file.display())),
        Err(difference) => Output {
            err: format!(
                "{difference}to update it: {} docs --format {format} > {}",
                session.caller,
                file.display()
            ),
            code: 1,
            ..Output::default()
        },
    }
}
