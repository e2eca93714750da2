//! Help texts of the command.

use super::command::{CommandOption, OptionValue, Usage};
use crate::error::{
    redact,
    style::{Look, columns},
};
use settings_syntax::suggest;
use std::{ffi::OsString, fmt::Write, path::Path};

/// The name by which the program was started.
pub(super) fn program(called: Option<OsString>) -> String {
    let called = called.unwrap_or_default();
    let name = Path::new(&called).file_name().unwrap_or_default();
    match name.to_string_lossy().into_owned() {
        name if name.is_empty() => "program".to_owned(),
        name => name,
    }
}

/// The arguments before those that another parser passed to the command.
pub(super) fn caller(all: &[OsString], words: &[OsString]) -> String {
    let before = all.strip_suffix(words).unwrap_or(all);
    let program = program(before.first().cloned());
    let commands = before.get(1..).unwrap_or_default();
    let is_flag = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    if commands.iter().any(is_flag) {
        // Only the other parser knows which words are values of flags.
        return match commands.last() {
            Some(last) if last == "settings" => format!("{program} settings"),
            _ => program,
        };
    }
    commands.iter().fold(program, |caller, command| {
        format!("{caller} {}", command.to_string_lossy())
    })
}

/// Help of the whole command.
pub(super) fn overview(caller: &str, usages: &[Usage], look: Look) -> String {
    let mut out = format!("usage: {caller} COMMAND\n\n");
    for usage in usages {
        line(&mut out, &synopsis(usage), usage.about, look);
    }
    let _ = writeln!(out, "\nrun `{caller} COMMAND --help` for details");
    out
}

/// Help of one subcommand, with its options and examples.
pub(super) fn command(caller: &str, usage: &Usage, look: Look) -> String {
    let options = if usage.options.is_empty() {
        ""
    } else {
        " [OPTIONS]"
    };
    let mut out = format!(
        "usage: {caller} {}{options}\n\n  {}\n",
        synopsis(usage),
        look.wrapped(usage.about, 2)
    );
    for (nth, option) in usage.options.iter().enumerate() {
        if nth == 0 {
            out.push('\n');
        }
        line(&mut out, &synopsis_of_option(option), option.about, look);
        if let OptionValue::OneOf(choices) = option.value {
            line(&mut out, "", &choices.join(", "), look);
        }
    }
    for (nth, (arguments, about)) in usage.examples.iter().enumerate() {
        if nth == 0 {
            out.push_str("\nexamples:\n");
        }
        let _ = writeln!(out, "  {caller} {} {arguments}", usage.name);
        let _ = writeln!(out, "      {}", look.wrapped(about, 6));
    }
    out
}

pub(super) fn unknown_command(caller: &str, name: &str, usages: &[Usage], look: Look) -> String {
    let name = redact::escape_truncated(name).to_string();
    let names = usages.iter().map(|usage| usage.name);
    let near = suggest::nearest_value(&name, names);
    let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    format!(
        "unknown command {name}{near}\n\n{}",
        overview(caller, usages, look)
    )
}

/// Writes a name, and its description in a column beside it.
fn line(out: &mut String, name: &str, about: &str, look: Look) {
    const COLUMN: usize = 24;
    let gap = (COLUMN - 2).saturating_sub(columns(name)).max(2);
    // Writing to a string does not fail.
    let _ = writeln!(out, "  {name}{:gap$}{}", "", look.wrapped(about, COLUMN));
}

fn synopsis(usage: &Usage) -> String {
    let positionals = usage.positionals.iter().map(|positional| positional.name());
    let all: Vec<&str> = [usage.name].into_iter().chain(positionals).collect();
    all.join(" ")
}

fn synopsis_of_option(option: &CommandOption) -> String {
    let name = option.name;
    match option.value {
        OptionValue::None => name.to_owned(),
        OptionValue::OneOf(_) => format!("{name} FORMAT"),
        OptionValue::File => format!("{name} FILE"),
        OptionValue::Text(what) => {
            format!("{name} {}", what.trim_start_matches("a ").to_uppercase())
        }
        OptionValue::Keys => format!("{name} KEY..."),
    }
}

#[cfg(test)]
mod tests {
    use super::caller;
    use std::ffi::OsString;

    #[test]
    fn the_caller_is_what_was_typed_before_the_arguments() {
        for (before, expected) in [
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
            assert_eq!(caller(&all, &words), expected);
        }
    }
}
