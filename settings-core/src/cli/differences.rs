//! Differences between the settings of two sides, as a table and as JSON.

use crate::{
    build::rows::{Row, Shows},
    error::{
        redact,
        style::{Look, columns, cut},
    },
    value::json::quoted,
    view::{inspect::Inspection, json, select},
};
use std::{borrow::Cow, fmt::Write};

/// The values of one side.
pub(super) struct Side {
    name: String,
    rows: Vec<Row>,
    /// Names that do not match any setting.
    unknown: Vec<String>,
}

/// Differences between two sides.
pub(super) struct Differences<'a> {
    before: &'a Side,
    after: &'a Side,
    lines: Vec<DiffLine<'a>>,
}

/// A difference: a setting that one side or both set, or a name of one side that does not match any setting.
enum DiffLine<'a> {
    Removed(&'a Row),
    Added(&'a Row),
    Changed(&'a Row, &'a Row),
    Unknown { name: &'a str, only_in: &'a Side },
}

#[derive(Clone, Copy)]
enum DiffMark {
    Added,
    Removed,
    Changed,
    Unknown,
}

/// The minimum width of a value that is cut.
const LEAST_VALUE: usize = 16;

/// Between the two values of a change.
const ARROW: &str = " -> ";

impl Side {
    pub(super) fn of_load(name: &str, load: &Inspection) -> Self {
        let is_set = |row: &&Row| row.origin.is_some() && select::is_changed(row);
        Self {
            name: redact::escape_truncated(name).to_string(),
            rows: load.seen.iter().filter(is_set).cloned().collect(),
            unknown: load.unknown.clone(),
        }
    }
}

impl<'a> Differences<'a> {
    pub(super) fn between(before: &'a Side, after: &'a Side) -> Self {
        let mut lines = Vec::new();
        for row in &before.rows {
            match after.rows.iter().find(|other| other.key == row.key) {
                None => lines.push(DiffLine::Removed(row)),
                Some(other) if row.value == other.value && row.hash == other.hash => {}
                Some(other) => lines.push(DiffLine::Changed(row, other)),
            }
        }
        let is_new = |row: &&Row| !before.rows.iter().any(|other| other.key == row.key);
        lines.extend(after.rows.iter().filter(is_new).map(DiffLine::Added));
        for (side, other) in [(before, after), (after, before)] {
            let only_here = side
                .unknown
                .iter()
                .filter(|name| !other.unknown.contains(name));
            lines.extend(only_here.map(|name| DiffLine::Unknown {
                name,
                only_in: side,
            }));
        }
        Self {
            before,
            after,
            lines,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// One line per difference below the names of both sides, and whether a value was cut; empty without a difference.
    pub(super) fn table(&self, look: Look) -> (String, bool) {
        let (mut out, mut was_cut) = (String::new(), false);
        if self.lines.is_empty() {
            return (out, false);
        }
        for (mark, side) in [
            (DiffMark::Removed, self.before),
            (DiffMark::Added, self.after),
        ] {
            let line = format!("{} {}", mark.sign(), side.name);
            // Writing to a string does not fail.
            let _ = writeln!(out, "{}", mark.paint(look, &line));
        }
        out.push('\n');
        let names: Vec<String> = self.lines.iter().map(DiffLine::name).collect();
        let width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
        let left = look.width.map_or(usize::MAX, |all| {
            all.saturating_sub(width + "~   ".len()).max(LEAST_VALUE)
        });
        for (line, name) in self.lines.iter().zip(&names) {
            let (mark, gap) = (line.mark(), width - columns(name));
            let (text, is_cut) = line.text(left);
            was_cut |= is_cut;
            let line = format!("{} {name}{:gap$}  {text}", mark.sign(), "");
            let _ = writeln!(out, "{}", mark.paint(look, &line));
        }
        (out, was_cut)
    }

    /// The names of both sides and the differences, as a JSON object.
    pub(super) fn json(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(DiffLine::json).collect();
        format!(
            r#"{{"before":{},"after":{},"differences":[{}]}}"#,
            quoted(&self.before.name),
            quoted(&self.after.name),
            lines.join(",")
        )
    }
}

impl DiffLine<'_> {
    fn mark(&self) -> DiffMark {
        match self {
            Self::Removed(_) => DiffMark::Removed,
            Self::Added(_) => DiffMark::Added,
            Self::Changed(..) => DiffMark::Changed,
            Self::Unknown { .. } => DiffMark::Unknown,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Removed(row) | Self::Added(row) | Self::Changed(row, _) => {
                redact::escape_truncated(&row.key).to_string()
            }
            Self::Unknown { name, .. } => (*name).to_owned(),
        }
    }

    /// The difference as text, and whether a value was cut to fit into this width.
    fn text(&self, width: usize) -> (String, bool) {
        let (before, after) = match self {
            Self::Removed(row) | Self::Added(row) => {
                let value = row.value.to_string();
                let shown = cut(&value, width);
                return (shown.to_string(), shown != value);
            }
            Self::Unknown { only_in, .. } => {
                let text = format!("only in {}; does not match any setting", only_in.name);
                return (text, false);
            }
            Self::Changed(before, after) => (before, after),
        };
        if before.value != after.value {
            return change(&before.value.to_string(), &after.value.to_string(), width);
        }
        match before.value {
            Shows::Masked => ("differs".to_owned(), false),
            Shows::Invalid => ("differs; both are invalid".to_owned(), false),
            _ => {
                let words = "differs in what is masked: ";
                let value = before.value.to_string();
                let left = width.saturating_sub(words.len()).max(LEAST_VALUE);
                let shown = cut(&value, left);
                (format!("{words}{shown}"), shown != value)
            }
        }
    }

    fn json(&self) -> String {
        match self {
            Self::Removed(row) => format!(
                r#"{{"key":{},"change":"removed","before":{}}}"#,
                quoted(&row.key),
                json::leaf(row)
            ),
            Self::Added(row) => format!(
                r#"{{"key":{},"change":"added","after":{}}}"#,
                quoted(&row.key),
                json::leaf(row)
            ),
            Self::Changed(before, after) => format!(
                r#"{{"key":{},"change":"changed","before":{},"after":{}}}"#,
                quoted(&before.key),
                json::leaf(before),
                json::leaf(after)
            ),
            Self::Unknown { name, only_in } => format!(
                r#"{{"name":{},"change":"unknown","only_in":{}}}"#,
                quoted(name),
                quoted(&only_in.name)
            ),
        }
    }
}

impl DiffMark {
    fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
            Self::Unknown => '?',
        }
    }

    fn paint(self, look: Look, text: &str) -> String {
        let text = match self {
            Self::Added => look.good(text),
            Self::Removed => look.alarm(text),
            Self::Changed => look.warn(text),
            Self::Unknown => look.dim(text),
        };
        text.into_owned()
    }
}

/// Both values of a change. A short one leaves its space to the other.
fn change(before: &str, after: &str, width: usize) -> (String, bool) {
    let left = width.saturating_sub(ARROW.len()).max(2 * LEAST_VALUE);
    let half = left / 2;
    let of_before = half.max(left.saturating_sub(columns(after)));
    let of_after = half.max(left.saturating_sub(columns(before)));
    let shown = [cut(before, of_before), cut(after, of_after)];
    let was_cut = shown.iter().any(|text| matches!(text, Cow::Owned(_)));
    (shown.join(ARROW), was_cut)
}
