//! The texts of a row, for tables and pages: key, value, variable and origin.

use crate::{
    build::rows::{Row, Shows},
    error::{origin::Layer, redact},
    value::path::Segment,
};
use std::fmt;

/// The texts of a row.
pub(super) struct Line {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) variable: String,
    pub(super) origin: String,
    /// Its top-level group.
    pub(super) group: Option<String>,
    pub(super) state: LineState,
}

/// State of the value of a row.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum LineState {
    /// The names of the columns.
    Header,
    /// A source sets it.
    Set,
    /// It has its default, or no value.
    Default,
    Derived,
    Invalid,
}

impl Line {
    /// The header of a table.
    pub(super) fn header() -> Self {
        Self {
            key: "SETTING".to_owned(),
            value: "VALUE".to_owned(),
            variable: "VARIABLE".to_owned(),
            origin: "ORIGIN".to_owned(),
            group: None,
            state: LineState::Header,
        }
    }

    pub(super) fn of(row: &Row) -> Self {
        let is_derived = row.leaf.is_none() && row.variable.is_none() && row.origin.is_none();
        let origin = match row.origin_in_words() {
            Some(origin) => redact::escape_line(origin),
            None if is_derived => "derived".to_owned(),
            None => String::new(),
        };
        let is_default = |layer| layer == Layer::Default;
        let state = match (&row.value, &row.origin) {
            (Shows::Invalid, _) => LineState::Invalid,
            (_, None) if is_derived => LineState::Derived,
            (_, Some(origin)) if !is_default(origin.layer()) => LineState::Set,
            _ => LineState::Default,
        };
        let value = match (&row.value, &row.origin) {
            (Shows::Nothing, None) => "(unset)".to_owned(),
            (Shows::Nothing, Some(_)) => "(empty)".to_owned(),
            (Shows::Invalid, None) => "(missing: see the report)".to_owned(),
            (Shows::Invalid, Some(_)) => "(invalid: see the report)".to_owned(),
            (value, _) => value.to_string(),
        };
        let mut path = row.path.segments();
        let group = match (path.next(), path.next()) {
            (Some(Segment::Name(group)), Some(_)) => Some(group.to_owned()),
            _ => None,
        };
        Self {
            // The key of a map of groups may contain anything.
            key: redact::escape_truncated(&row.key).to_string(),
            value,
            variable: row.shell_variable().unwrap_or_default().to_owned(),
            origin,
            group,
            state,
        }
    }
}

impl fmt::Display for Shows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("-"),
            Self::Invalid => f.write_str("?"),
            Self::Masked => f.write_str(redact::MASK),
            Self::Text(text) if text.is_empty() => f.write_str("\"\""),
            // One line per value: line breaks are escaped.
            Self::Text(text) => f.write_str(&redact::escape_line(text.clone())),
            Self::Structure(value) => {
                f.write_str(&redact::escape_line(crate::view::json::value(value)))
            }
        }
    }
}
