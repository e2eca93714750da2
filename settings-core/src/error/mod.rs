//! `Error`: an opaque type with every problem of one load.

pub(crate) mod json;
pub(crate) mod origin;
pub(crate) mod problem;
pub(crate) mod problem_list;
pub(crate) mod redact;
pub(crate) mod report;
pub(crate) mod source_report;
pub(crate) mod style;

use crate::error::problem::{Problem, ProblemKind};

/// Every problem of one load.
///
/// `Display` and `Debug` both print the report, wrapped at 100 columns: each problem with its origin, what was
/// expected, and how to fix it. It contains no secret values.
///
/// ```
/// # use settings_core::Settings;
/// # #[derive(Debug, Settings)]
/// # struct App { port: u16, name: String }
/// let error = App::empty_loader().load().unwrap_err();
/// assert_eq!(error.problems().len(), 2);
/// assert!(error.to_string().starts_with("2 problems in the settings"));
/// ```
#[derive(Clone, thiserror::Error)]
#[error("{}", crate::error::report::Report::of(self))]
pub struct Error(Box<FailedLoad>);

#[derive(Clone)]
struct FailedLoad {
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    /// The struct that was to be loaded.
    settings: &'static str,
    /// Structs whose cross-field rules were not checked.
    unchecked: Vec<String>,
    /// Every source with its status.
    read: Option<String>,
}

impl Error {
    pub(crate) fn new(settings: &'static str, problems: Vec<Problem>) -> Self {
        Self(Box::new(FailedLoad {
            settings,
            problems,
            warnings: Vec::new(),
            unchecked: Vec::new(),
            read: None,
        }))
    }

    pub(crate) fn with_context(
        mut self,
        warnings: Vec<Problem>,
        unchecked: Vec<String>,
        read: &str,
    ) -> Self {
        self.0.warnings = warnings;
        self.0.unchecked = unchecked;
        self.0.read = Some(redact::escape_line(redact::mask_urls(read).into_owned()));
        self
    }

    /// The problems, at least one: sources first, then settings in the order of the struct, then names that match no
    /// setting.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// Warnings, which alone would not have stopped the load.
    pub fn warnings(&self) -> &[Problem] {
        &self.0.warnings
    }

    /// Adds a note to each problem.
    #[cfg(feature = "live")]
    pub(crate) fn noted(mut self, note: &str) -> Self {
        let problems = std::mem::take(&mut self.0.problems).into_iter();
        self.0.problems = problems.map(|problem| problem.with_note(note)).collect();
        self
    }

    /// The error of a second initialization of the value that `get()` returns.
    pub(crate) fn filled(settings: &'static str) -> Self {
        let problem = Problem::new(
            ProblemKind::Source,
            format!("{settings} cannot be initialised: it has been loaded already"),
        );
        let help = format!("call `init` before anything calls {settings}::get()");
        Self::new(settings, vec![problem.with_help(help)])
    }

    /// Adds warnings.
    #[cfg(feature = "cli")]
    pub(crate) fn with_warnings(mut self, more: impl IntoIterator<Item = Problem>) -> Self {
        self.0.warnings.extend(more);
        self
    }

    /// Separates these problems from the rest, which is an error if it is not empty.
    #[cfg(feature = "cli")]
    pub(crate) fn without(
        mut self,
        these: fn(&Problem) -> bool,
    ) -> (Result<(), Self>, Vec<Problem>) {
        let (apart, left) = self.0.problems.into_iter().partition(these);
        self.0.problems = left;
        let left = if self.0.problems.is_empty() {
            Ok(())
        } else {
            Err(self)
        };
        (left, apart)
    }

    pub(crate) fn settings(&self) -> &'static str {
        self.0.settings
    }

    pub(crate) fn read(&self) -> Option<&str> {
        self.0.read.as_deref()
    }

    pub(crate) fn unchecked(&self) -> &[String] {
        &self.0.unchecked
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
