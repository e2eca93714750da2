//! `docs`: every document that can be made from the schema.

use super::{
    Asked,
    arguments::{Command, Flag, Given, Value},
    output::Answer,
};
use crate::{docs, settings::Settings};
use std::path::Path;

pub(super) const COMMAND: Command = Command {
    name: "docs",
    about: "documents made from the schema; nothing is loaded for them",
    words: &[],
    flags: &[
        Flag {
            name: "--format",
            value: Value::OneOf(&[
                "markdown",
                "env",
                "toml",
                "yaml",
                "json-schema",
                "kubernetes",
                "compose",
                "systemd",
                "man",
            ]),
            about: "which document; if nothing is said, what the checked file's name tells, else markdown",
        },
        Flag {
            name: "--check",
            value: Value::File,
            about: "fail with a diff if this file is not what would be printed",
        },
    ],
};

impl<S: Settings> Asked<'_, S> {
    pub(super) fn docs(&self, given: &Given) -> Answer {
        let file = given.value("--check").map(Path::new);
        let format = match (given.text("--format"), file) {
            (Some(format), _) => format,
            (None, None) => "markdown",
            (None, Some(file)) => match format_of(file) {
                Some(format) => format,
                None => {
                    return Answer::misused(format!(
                        "the name of {} does not tell which document it holds: say so by --format",
                        file.display()
                    ));
                }
            },
        };
        let text = match format {
            "env" => docs::env_example::<S>(),
            "toml" => docs::toml::<S>(),
            "yaml" => docs::yaml::<S>(),
            "json-schema" => docs::json_schema::<S>(),
            "kubernetes" => docs::kubernetes::<S>(),
            "compose" => docs::compose::<S>(),
            "systemd" => docs::systemd::<S>(),
            "man" => docs::man::<S>(),
            _ => docs::markdown::<S>(),
        };
        let Some(file) = file else {
            return Answer::of(text);
        };
        match docs::difference(file, &text) {
            Ok(()) => Answer::of(format!("{} is up to date", file.display())),
            Err(difference) => Answer {
                err: format!(
                    "{difference}write it anew: {} docs --format {format} > {}",
                    self.caller,
                    file.display()
                ),
                code: 1,
                ..Answer::default()
            },
        }
    }
}

/// The document that a file of this name most likely holds. Three of them are YAML.
fn format_of(file: &Path) -> Option<&'static str> {
    let name = file.file_name()?.to_str()?;
    if name.starts_with(".env") {
        return Some("env");
    }
    if matches!(
        name,
        "compose.yaml" | "compose.yml" | "docker-compose.yaml" | "docker-compose.yml"
    ) {
        return Some("compose");
    }
    match file.extension()?.to_str()? {
        "env" => Some("env"),
        "md" => Some("markdown"),
        "toml" => Some("toml"),
        "json" => Some("json-schema"),
        "service" | "conf" => Some("systemd"),
        "1" | "5" | "7" | "8" => Some("man"),
        _ => None,
    }
}
