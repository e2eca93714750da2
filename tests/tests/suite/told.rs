//! Problems as a person reads them, without the page around them.

use settings_core::{Error, Loaded, Problem};

/// A line a problem, and below it what to do.
pub(crate) fn told(problems: &[Problem]) -> String {
    let mut lines = Vec::new();
    for problem in problems {
        lines.push(format!("{:?} {problem}", problem.kind()));
        lines.extend(problem.help().map(|help| format!("  help: {help}")));
        lines.extend(problem.notes().map(|note| format!("  note: {note}")));
    }
    lines.join("\n")
}

/// The problems that keep settings from loading.
pub(crate) fn problems<T>(loaded: Result<Loaded<T>, Error>) -> String {
    match loaded {
        Ok(loaded) => panic!("loads, with the warnings {:?}", loaded.warnings()),
        Err(error) => told(error.problems()),
    }
}

/// What was noticed, but did not keep settings from loading.
pub(crate) fn warnings<T>(loaded: Result<Loaded<T>, Error>) -> String {
    told(loaded.unwrap().warnings())
}
