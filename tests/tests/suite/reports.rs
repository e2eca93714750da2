//! Problems as operators read them, without the rest of the report.

use settings_core::{Error, Loaded, Problem, ProblemKind};

/// One line per problem, with its help and notes below.
pub(crate) fn lines(problems: &[Problem]) -> String {
    let mut lines = Vec::new();
    for problem in problems {
        lines.push(format!("{:?} {problem}", problem.kind()));
        lines.extend(problem.help().map(|help| format!("  help: {help}")));
        lines.extend(problem.notes().map(|note| format!("  note: {note}")));
    }
    lines.join("\n")
}

/// The problems of settings that do not load.
pub(crate) fn problems<T>(loaded: Result<Loaded<T>, Error>) -> String {
    match loaded {
        Ok(loaded) => panic!("loads, with the warnings {:?}", loaded.warnings()),
        Err(error) => lines(error.problems()),
    }
}

/// The kind of the only problem, and its key if it has one.
#[track_caller]
pub(crate) fn only_problem<T>(loaded: Result<T, Error>) -> (ProblemKind, String) {
    let Err(error) = loaded else {
        panic!("expected a problem, found valid settings");
    };
    let [problem] = error.problems() else {
        panic!("expected one problem, found {error}");
    };
    let key = problem.key().unwrap_or_default().to_owned();
    (problem.kind(), key)
}

/// The warnings of settings that load.
pub(crate) fn warnings<T>(loaded: Result<Loaded<T>, Error>) -> String {
    lines(loaded.unwrap().warnings())
}
