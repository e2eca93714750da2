//! For `main`: warnings and the report on stderr, in colour on a terminal only, and the exit code.

use crate::{
    build::Assemble,
    error::{Error, problem::Problem, report::Report},
    loaded::Loaded,
};
use std::io::{self, IsTerminal, Write};

/// The exit code for a configuration that is wrong, from BSD's `sysexits.h`.
pub(crate) const EX_CONFIG: i32 = 78;

/// What was loaded; or exits with the report.
pub(crate) fn or_exit<L>(loaded: Result<L, Error>) -> L {
    loaded.unwrap_or_else(|error| {
        print(Report::of(&error), error.problems());
        std::process::exit(EX_CONFIG)
    })
}

/// Prints the warnings of what was loaded.
pub(crate) fn warn<T: Assemble>(loaded: &Loaded<T>) {
    print(
        Report::of_warnings(T::SCHEMA.root.name, loaded.warnings()),
        loaded.warnings(),
    );
}

fn print(report: Report<'_>, about: &[Problem]) {
    if about.is_empty() {
        return;
    }
    // Nobody is left to tell if stderr is closed.
    let _ = writeln!(io::stderr(), "{}", page(report));
}

/// A report for stderr: in colour on a terminal, and no wider than it as far as that is known.
pub(crate) fn page(report: Report<'_>) -> String {
    let is_terminal = io::stderr().is_terminal();
    let report = report.within(width(is_terminal, &io::stderr()));
    if wants_colour(is_terminal) {
        report.coloured()
    } else {
        report.to_string()
    }
}

/// The default build is spared the crate that knows.
#[cfg(not(all(feature = "cli", any(unix, windows))))]
pub(crate) fn width<T>(_: bool, _: &T) -> Option<usize> {
    None
}

/// How wide a terminal is, if it is one.
#[cfg(all(feature = "cli", unix))]
pub(crate) fn width(is_terminal: bool, of: &impl std::os::fd::AsFd) -> Option<usize> {
    let size = is_terminal.then(|| terminal_size::terminal_size_of(of))??;
    Some(usize::from(size.0.0)).filter(|width| *width > 0)
}

/// How wide a terminal is, if it is one.
#[cfg(all(feature = "cli", windows))]
pub(crate) fn width(is_terminal: bool, of: &impl std::os::windows::io::AsHandle) -> Option<usize> {
    let size = is_terminal.then(|| terminal_size::terminal_size_of(of))??;
    Some(usize::from(size.0.0)).filter(|width| *width > 0)
}

/// <https://bixense.com/clicolors/>: `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is a terminal.
#[expect(
    clippy::disallowed_methods,
    reason = "how to print is no setting of the application"
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
