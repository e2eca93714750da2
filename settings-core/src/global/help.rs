//! `--help` and `--version` of a program whose arguments are settings.

use crate::{
    build::Assemble,
    docs,
    error::style::Look,
    global::terminal::{wants_colour, width},
    loader::Loader,
    schema::{Kind, Leaf, lookup::NameTarget, target::target_of_key},
};
use std::{
    ffi::OsString,
    io::{self, IsTerminal, Write},
    path::Path,
};

/// The request of the arguments instead of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Request {
    Help,
    Version,
}

/// Prints the usage or the version and exits, if the arguments of the loader ask for it.
pub(crate) fn exit_if_requested<T: Assemble>(loader: &Loader<T>) {
    let Some(request) = loader
        .arguments()
        .find_map(|arguments| requested(arguments, |key| FlagUse::of::<T>(key)))
    else {
        return;
    };
    let program = std::env::args_os().next().unwrap_or_default();
    let program = Path::new(&program).file_name().unwrap_or_default();
    let program = program.to_string_lossy();
    let text = match request {
        Request::Help => {
            let is_terminal = io::stdout().is_terminal();
            let look = Look {
                width: width(is_terminal, &io::stdout()),
                colour: wants_colour(is_terminal),
            };
            docs::usage::<T>(&program, look)
        }
        Request::Version => match T::SCHEMA.version {
            Some(version) => format!("{program} {version}\n"),
            None => format!("{program}\n"),
        },
    };
    // A closed pipe is not an error.
    let _ = io::stdout().write_all(text.as_bytes());
    std::process::exit(0)
}

/// Use of a name by a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
enum FlagUse {
    /// No setting has the name.
    Free,
    /// A bool, whose flag needs no value.
    Bool,
    /// A setting whose flag needs a value.
    Value,
}

impl FlagUse {
    fn of<T: Assemble>(key: &str) -> Self {
        let layout = T::layout();
        match target_of_key(layout, key) {
            None => Self::Free,
            Some(NameTarget::Name(name)) => match layout.leaf_of(name).map(Leaf::kind) {
                Some(Kind::Bool) => Self::Bool,
                _ => Self::Value,
            },
            Some(NameTarget::Inside(..)) => Self::Value,
        }
    }

    /// Whether the flag is not one of the setting. A flag without the value that it needs is not.
    fn is_request(self, next: Option<&OsString>) -> bool {
        let has_value = next.is_some_and(|next| !next.as_encoded_bytes().starts_with(b"--"));
        match self {
            Self::Free => true,
            Self::Bool => false,
            Self::Value => !has_value,
        }
    }
}

/// The request of these arguments. A setting of the same name has precedence.
fn requested(arguments: &[OsString], flag_use: impl Fn(&str) -> FlagUse) -> Option<Request> {
    let mut before: Option<&str> = None;
    for (nth, argument) in arguments.iter().enumerate() {
        let (argument, next) = (argument.to_str(), arguments.get(nth + 1));
        // `-h` may be the value of the flag before it.
        let is_value = before.is_some_and(|flag| flag.starts_with("--") && !flag.contains('='));
        match argument {
            Some("--help") if flag_use("help").is_request(next) => return Some(Request::Help),
            Some("-h") if !is_value => return Some(Request::Help),
            Some("--version") if flag_use("version").is_request(next) => {
                return Some(Request::Version);
            }
            _ => before = argument,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{FlagUse, Request, requested};
    use std::ffi::OsString;

    #[test]
    fn requests_are_recognized_unless_they_are_settings_or_values() {
        for (arguments, expected) in [
            (&["--help"][..], Some(Request::Help)),
            (&["--port", "1", "-h"], Some(Request::Help)),
            (&["--port=1", "--version"], Some(Request::Version)),
            (&["--name", "-h"], None),
            (&["--name=-h"], None),
            (&["--port", "1"], None),
            (&[], None),
        ] {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            let requested = requested(&arguments, |_| FlagUse::Free);
            assert_eq!(requested, expected, "{arguments:?}");
        }
        for (arguments, flag_use, expected) in [
            (&["--version", "2"][..], FlagUse::Value, None),
            (&["--version"], FlagUse::Value, Some(Request::Version)),
            (
                &["--version", "--port"],
                FlagUse::Value,
                Some(Request::Version),
            ),
            (&["--version"], FlagUse::Bool, None),
        ] {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            let requested = requested(&arguments, |_| flag_use);
            assert_eq!(requested, expected, "{arguments:?} {flag_use:?}");
        }
    }
}
