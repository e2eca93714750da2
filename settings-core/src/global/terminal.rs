//! Output for `main`: warnings and the report on stderr, with colours on a terminal, and the exit code.

use crate::{
    build::Assemble,
    error::{Error, json, report::Report},
    loaded::Loaded,
};
use std::io::{self, IsTerminal, Write};

/// Exit code for an invalid configuration, from BSD's `sysexits.h`.
pub(crate) const EX_CONFIG: i32 = 78;

/// Returns the loaded settings, or prints the report and exits.
pub(crate) fn or_exit<L>(loaded: Result<L, Error>, is_json: bool) -> L {
    loaded.unwrap_or_else(|error| {
        if is_json {
            print(&error.to_json());
        } else {
            print(&format!("{}\n", render(Report::of(&error))));
        }
        std::process::exit(EX_CONFIG)
    })
}

/// Prints the warnings of a load.
pub(crate) fn warn<T: Assemble>(loaded: &Loaded<T>, is_json: bool) {
    let (settings, warnings) = (T::SCHEMA.root.name, loaded.warnings());
    if is_json {
        print(&json::lines("warning", settings, warnings));
    } else if !warnings.is_empty() {
        let report = Report::of_warnings(settings, warnings);
        print(&format!("{}\n", render(report)));
    }
}

fn print(text: &str) {
    // There is no other place to report a closed stderr.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Renders a report for stderr, with the colours and the width of the terminal where they are known.
pub(crate) fn render(report: Report<'_>) -> String {
    let is_terminal = io::stderr().is_terminal();
    let report = report.within(width(is_terminal, &io::stderr()));
    if wants_colour(is_terminal) {
        report.coloured()
    } else {
        report.to_string()
    }
}

/// The width is unknown in the default build, which does without the crate `terminal_size`.
#[cfg(not(all(feature = "cli", any(unix, windows))))]
pub(crate) fn width<T>(_: bool, _: &T) -> Option<usize> {
    None
}

/// Returns the width of the terminal, if the output is one.
#[cfg(all(feature = "cli", unix))]
pub(crate) fn width(is_terminal: bool, of: &impl std::os::fd::AsFd) -> Option<usize> {
    let size = is_terminal.then(|| terminal_size::terminal_size_of(of))??;
    Some(usize::from(size.0.0)).filter(|width| *width > 0)
}

/// Returns the width of the terminal, if the output is one.
#[cfg(all(feature = "cli", windows))]
pub(crate) fn width(is_terminal: bool, of: &impl std::os::windows::io::AsHandle) -> Option<usize> {
    let size = is_terminal.then(|| terminal_size::terminal_size_of(of))??;
    Some(usize::from(size.0.0)).filter(|width| *width > 0)
}

/// Decides by `NO_COLOR`, then `CLICOLOR_FORCE`, then whether the output is a terminal: <https://bixense.com/clicolors/>.
#[expect(
    clippy::disallowed_methods,
    reason = "colours are a preference of the terminal, not a setting of the program"
)]
pub(crate) fn wants_colour(is_terminal: bool) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") {
        return false;
    }
    if std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") {
        return true;
    }
    is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
