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

/// Help of the whole command, or of a group of subcommands.
pub(super) fn overview(caller: &str, group: &str, usages: &[Usage], look: Look) -> String {
    let caller = if group.is_empty() {
        caller.to_owned()
    } else {
        format!("{caller} {group}")
    };
    let mut out = format!("usage: {caller} COMMAND\n\n");
    let lines = usages
        .iter()
        .map(|usage| (synopsis(usage), usage.about.to_owned()));
    table(&mut out, &lines.collect::<Vec<_>>(), look);
    let _ = writeln!(out, "\nrun `{caller} COMMAND --help` for details");
    out
}

/// Help of one subcommand, with its options and examples.
pub(super) fn command(caller: &str, usage: &Usage, look: Look) -> String {
    let mut out = format!(
        "{}\n\n  {}\n",
        usage_line(caller, usage),
        look.wrapped(usage.about, 2)
    );
    if !usage.options.is_empty() {
        out.push('\n');
        let lines = usage.options.iter().flat_map(|option| {
            let about = (synopsis_of_option(option), option.about.to_owned());
            let choices = match option.value {
                OptionValue::OneOf(choices) => Some((String::new(), choices.join(", "))),
                _ => None,
            };
            [about].into_iter().chain(choices)
        });
        table(&mut out, &lines.collect::<Vec<_>>(), look);
    }
    for (nth, (arguments, about)) in usage.examples.iter().enumerate() {
        if nth == 0 {
            out.push_str("\nexamples:\n");
        }
        let line = format!("  {caller} {} {arguments}", usage.name);
        let _ = writeln!(out, "{}", line.trim_end());
        let _ = writeln!(out, "      {}", look.wrapped(about, 6));
    }
    out
}

/// The error about a word that is no subcommand of a group.
pub(super) fn unknown_command(caller: &str, group: &str, word: &str, usages: &[Usage]) -> String {
    let what = if word.starts_with('-') {
        "option"
    } else {
        "command"
    };
    let word = redact::escape_truncated(word).to_string();
    let (prefix, caller) = if group.is_empty() {
        (String::new(), caller.to_owned())
    } else {
        (format!("{group} "), format!("{caller} {group}"))
    };
    let names = usages.iter().map(|usage| usage.name);
    let near = suggest::nearest_value(&format!("{prefix}{word}"), names);
    let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    format!("unknown {what} {prefix}{word}{near}\n\nrun `{caller} --help` for the list of commands")
}

/// The error about an argument of a subcommand, with its usage.
pub(super) fn invalid_argument(caller: &str, usage: &Usage, error: &str) -> String {
    format!(
        "{error}\n\n{}\nrun `{caller} {} --help` for details",
        usage_line(caller, usage),
        usage.name
    )
}

/// Writes names, and their descriptions in a column beside them. A long name is on a line of its own.
fn table(out: &mut String, lines: &[(String, String)], look: Look) {
    const WIDEST: usize = 26;
    let widths = lines.iter().map(|(name, _)| columns(name));
    let name_width = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let column = name_width + 4;
    for (name, about) in lines {
        let about = look.wrapped(about, column);
        // Writing to a string does not fail.
        let _ = if columns(name) > name_width {
            writeln!(out, "  {name}\n{:column$}{about}", "")
        } else {
            writeln!(out, "  {name:name_width$}  {about}")
        };
    }
}

fn usage_line(caller: &str, usage: &Usage) -> String {
    let options = if usage.options.is_empty() {
        ""
    } else {
        " [OPTIONS]"
    };
    format!("usage: {caller} {}{options}", synopsis(usage))
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
            let what = what.trim_start_matches("a ");
            let what = what.split_once(' ').map_or(what, |(first, _)| first);
            format!("{name} {}", what.to_uppercase())
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
