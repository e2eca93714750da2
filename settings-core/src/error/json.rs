//! Problems as JSON, for programs.

use crate::{
    error::{
        Error,
        problem::{Problem, ProblemKind},
    },
    value::json::quoted,
};
use std::fmt::Write;

impl Error {
    /// The report for programs and log collectors: one JSON object per line, first the problems, then the warnings.
    ///
    /// Each has `level`, `settings`, `kind`, `key`, `variable`, `origin`, `message`, `excerpt`, `help` and `notes`. Secret values are
    /// masked, as in the report.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { port: u16 }
    /// let error = App::empty_loader().env_from([("PORT", "lots")]).load().unwrap_err();
    /// let line: serde_json::Value = serde_json::from_str(error.to_json().lines().next().unwrap())?;
    /// assert_eq!(line["key"], "port");
    /// assert_eq!(line["kind"], "malformed");
    /// assert_eq!(line["origin"], "environment variable PORT");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        lines("error", self.settings(), self.problems())
            + &lines("warning", self.settings(), self.warnings())
    }
}

/// One JSON object per line.
pub(crate) fn lines(level: &str, settings: &str, problems: &[Problem]) -> String {
    let mut out = String::new();
    for problem in problems {
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "{{\"level\":\"{level}\",\"settings\":{},{}}}",
            quoted(settings),
            members(problem)
        );
    }
    out
}

/// Problems as a JSON array.
#[cfg(any(feature = "cli", feature = "live"))]
pub(crate) fn problems(problems: &[Problem]) -> String {
    let each = problems
        .iter()
        .map(|problem| format!("{{{}}}", members(problem)));
    format!("[{}]", each.collect::<Vec<_>>().join(","))
}

/// Texts as a JSON array.
pub(crate) fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let each: Vec<String> = texts.map(quoted).collect();
    format!("[{}]", each.join(","))
}

/// The members of the JSON object of a problem.
fn members(problem: &Problem) -> String {
    let optional = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
    let origin = problem.origin().map(ToString::to_string);
    format!(
        r#""kind":"{}","key":{},"variable":{},"origin":{},"message":{},"excerpt":{},"help":{},"notes":{}"#,
        kind(problem.kind()),
        optional(problem.key()),
        optional(problem.env_name()),
        optional(origin.as_deref()),
        quoted(&problem.to_string()),
        optional(problem.excerpt()),
        texts(problem.help()),
        texts(problem.notes()),
    )
}

pub(crate) fn kind(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Missing => "missing",
        ProblemKind::Malformed => "malformed",
        ProblemKind::Rule => "rule",
        ProblemKind::Unknown => "unknown",
        ProblemKind::Ambiguous => "ambiguous",
        ProblemKind::Source => "source",
        ProblemKind::Deprecated => "deprecated",
        ProblemKind::Shadowed => "shadowed",
    }
}
