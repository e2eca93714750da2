//! The usage of a program whose arguments are settings, for its `--help`.

use super::flags::{FlagDoc, flags};
use crate::{
    build::Assemble,
    error::style::{Look, columns},
    schema::target::target_of_key,
};
use std::fmt::Write;

/// Renders the usage: every flag with its documentation, variable and default.
pub(crate) fn usage<T: Assemble>(program: &str, look: Look) -> String {
    let mut out = String::new();
    let doc = T::SCHEMA.root.doc.trim();
    if let Some(summary) = doc.split("\n\n").next().filter(|text| !text.is_empty()) {
        let _ = writeln!(out, "{}\n", look.wrapped(&summary.replace('\n', " "), 0));
    }
    let _ = write!(out, "usage: {program} [OPTIONS]\n\noptions:\n");
    let mut lines: Vec<(String, String)> = flags::<T>().iter().map(line).collect();
    let has_version = target_of_key(T::layout(), "version").is_some();
    lines.extend([
        (
            "--set KEY=VALUE".to_owned(),
            "set any setting, by its key or variable".to_owned(),
        ),
        ("-h, --help".to_owned(), "print this help".to_owned()),
        (
            "--version".to_owned(),
            if has_version {
                "without a value: print the version"
            } else {
                "print the version"
            }
            .to_owned(),
        ),
    ]);
    // A long name gets a line of its own.
    let names = lines.iter().map(|(name, _)| columns(name));
    let width = names.filter(|width| *width <= 30).max().unwrap_or(0);
    for (name, about) in lines {
        let (name_width, column) = (columns(&name), width + 4);
        // Writing to a string does not fail.
        let _ = write!(out, "  {name}");
        if name_width > width {
            let _ = write!(out, "\n{:column$}", "");
        } else {
            let gap = width - name_width + 2;
            let _ = write!(out, "{:gap$}", "");
        }
        let _ = writeln!(out, "{}", look.wrapped(&about, column));
    }
    out
}

fn line(flag: &FlagDoc) -> (String, String) {
    let letter = flag.letter.map(|letter| format!("-{letter}, "));
    let name = format!("{}--{}", letter.unwrap_or_default(), flag.name);
    let name = match flag.value_name() {
        "BOOL" => format!("{name}[=BOOL]"),
        value => format!("{name} {value}"),
    };
    let note = if flag.masked {
        " [secret: other users can see arguments]"
    } else {
        ""
    };
    (name, format!("{}{note}", flag.short))
}
