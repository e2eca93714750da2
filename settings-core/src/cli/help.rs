//! What the command says of itself.

use super::{
    COMMANDS,
    arguments::{Command, Flag, Value},
};
use crate::error::style::Look;
use settings_syntax::suggest;
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

/// What was typed before the words that another parser left to the command.
pub(super) fn caller(all: &[OsString], words: &[OsString]) -> String {
    let before = all.strip_suffix(words).unwrap_or(all);
    let program = program(before.first().cloned());
    let commands = before.get(1..).unwrap_or_default();
    let is_flag = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    if commands.iter().any(is_flag) {
        // Which of the others are values of flags, only their parser knows.
        return match commands.last() {
            Some(last) if last == "settings" => format!("{program} settings"),
            _ => program,
        };
    }
    commands.iter().fold(program, |caller, command| {
        format!("{caller} {}", command.to_string_lossy())
    })
}

/// Every command.
pub(super) fn all(caller: &str, look: Look) -> String {
    let mut out = format!("usage: {caller} COMMAND\n\n");
    for command in COMMANDS {
        line(&mut out, &synopsis(command), command.about, look);
    }
    let _ = writeln!(out, "\n{caller} COMMAND --help tells more of each");
    out
}

/// One command with its flags.
pub(super) fn one(caller: &str, command: &Command, look: Look) -> String {
    let flags = if command.flags.is_empty() {
        ""
    } else {
        " [FLAGS]"
    };
    let mut out = format!(
        "usage: {caller} {}{flags}\n\n  {}\n",
        synopsis(command),
        look.wrapped(command.about, 2)
    );
    for (nth, flag) in command.flags.iter().enumerate() {
        if nth == 0 {
            out.push('\n');
        }
        line(&mut out, &head(flag), flag.about, look);
        if let Value::OneOf(choices) = flag.value {
            line(&mut out, "", &choices.join(", "), look);
        }
    }
    out
}

pub(super) fn no_such_command(caller: &str, name: &str, look: Look) -> String {
    let name = crate::error::redact::escape_truncated(name);
    let names = COMMANDS.iter().map(|command| command.name);
    let near = suggest::nearest_value(&name.to_string(), names);
    let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    format!("there is no command {name}{near}\n\n{}", all(caller, look))
}

/// A name, and what is said of it in a column beside.
fn line(out: &mut String, name: &str, about: &str, look: Look) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "  {name:20}{}", look.wrapped(about, COLUMN));
}

/// Where what is said of a name begins.
const COLUMN: usize = 22;

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

#[cfg(test)]
mod tests {
    use super::caller;
    use std::ffi::OsString;

    #[test]
    fn the_caller_is_what_was_typed_as_far_as_that_can_be_told() {
        for (before, told) in [
            ("/bin/shop settings", "shop settings"),
            ("shop config", "shop config"),
            ("shop admin settings", "shop admin settings"),
            ("shop", "shop"),
            ("shop --port 1 settings", "shop settings"),
            ("shop --file x.toml", "shop"),
        ] {
            let words = ["dump", "--changed"].map(OsString::from);
            let before = before.split(' ').map(OsString::from);
            let all: Vec<_> = before.chain(words.clone()).collect();
            assert_eq!(caller(&all, &words), told);
        }
    }
}
