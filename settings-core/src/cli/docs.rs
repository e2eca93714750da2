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
            about: "which document; markdown if nothing is said",
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
        let format = given
            .text("--format")
            .or_else(|| file.and_then(format_of))
            .unwrap_or("markdown");
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

/// The document that a file of this name most likely holds.
fn format_of(file: &Path) -> Option<&'static str> {
    let name = file.file_name()?.to_str()?;
    if name.starts_with(".env") {
        return Some("env");
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
