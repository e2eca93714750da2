//! `--help` and `--version` of a program whose arguments are settings.

use crate::{
    build::Assemble,
    docs,
    error::style::Look,
    global::terminal::{wants_colour, width},
    loader::Loader,
    schema::target::target_of_key,
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
    let is_setting = |key: &str| target_of_key(T::layout(), key).is_some();
    let Some(request) = loader
        .arguments()
        .find_map(|arguments| requested(arguments, is_setting))
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

/// The request of these arguments. A setting of the same name has precedence.
fn requested(arguments: &[OsString], is_setting: impl Fn(&str) -> bool) -> Option<Request> {
    let mut before: Option<&str> = None;
    for argument in arguments {
        let argument = argument.to_str();
        // `-h` may be the value of the flag before it.
        let is_value = before.is_some_and(|flag| flag.starts_with("--") && !flag.contains('='));
        match argument {
            Some("--help") if !is_setting("help") => return Some(Request::Help),
            Some("-h") if !is_value => return Some(Request::Help),
            Some("--version") if !is_setting("version") => return Some(Request::Version),
            _ => before = argument,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Request, requested};
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
            assert_eq!(requested(&arguments, |_| false), expected, "{arguments:?}");
        }
        let version = [OsString::from("--version"), OsString::from("2")];
        assert_eq!(requested(&version, |key| key == "version"), None);
    }
}
