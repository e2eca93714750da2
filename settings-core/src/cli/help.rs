//! What the command says of itself.

use super::{
    COMMANDS,
    arguments::{Command, Flag, Value},
};
use crate::suggest;
use std::{ffi::OsString, fmt::Write, path::Path};

/// The name by which the program was called.
pub(super) fn program(called: Option<OsString>) -> String {
    let called = called.unwrap_or_default();
    let name = Path::new(&called).file_name().unwrap_or_default();
    match name.to_string_lossy().into_owned() {
        name if name.is_empty() => "program".to_owned(),
        name => name,
    }
}

/// Every command.
pub(super) fn all(caller: &str) -> String {
    let mut out = format!("usage: {caller} COMMAND\n\n");
    for command in COMMANDS {
        // Writing to a string does not fail.
        let _ = writeln!(out, "  {:20}{}", synopsis(command), command.about);
    }
    let _ = writeln!(out, "\n{caller} COMMAND --help tells more of each");
    out
}

/// One command with its flags.
pub(super) fn one(caller: &str, command: &Command) -> String {
    let flags = if command.flags.is_empty() {
        ""
    } else {
        " [FLAGS]"
    };
    let mut out = format!(
        "usage: {caller} {}{flags}\n\n  {}\n",
        synopsis(command),
        command.about
    );
    for (nth, flag) in command.flags.iter().enumerate() {
        let gap = if nth == 0 { "\n" } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(out, "{gap}  {:20}{}", head(flag), flag.about);
        if let Value::OneOf(choices) = flag.value {
            let _ = writeln!(out, "  {:20}{}", "", choices.join(", "));
        }
    }
    out
}

pub(super) fn no_such_command(caller: &str, name: &str) -> String {
    let name = crate::redact::legible(name);
    let names = COMMANDS.iter().map(|command| command.name);
    let near = suggest::nearest_value(&name.to_string(), names);
    let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    format!("there is no command {name}{near}\n\n{}", all(caller))
}

fn synopsis(command: &Command) -> String {
    let words = command.words.iter().map(|word| word.name());
    let all: Vec<&str> = [command.name].into_iter().chain(words).collect();
    all.join(" ")
}

fn head(flag: &Flag) -> String {
    let value = match flag.value {
        Value::None => "",
        Value::OneOf(_) => " FORMAT",
        Value::File => " FILE",
        Value::Keys => " KEY...",
    };
    format!("{}{value}", flag.name)
}
