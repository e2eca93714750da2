//! Rows as a `.env` file that reads back to the same settings.

use crate::{
    dotenv, redact,
    shown::{Row, Shows},
    to_json,
};
use std::fmt::Write;

/// One line a leaf; what is masked or has no value is a comment.
pub(crate) fn lines(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        let Some(variable) = &row.variable else {
            continue;
        };
        let text = match &row.value {
            Shows::Text(text) if text.contains(redact::MASK) => None,
            Shows::Text(text) => dotenv::quote::quote(text),
            Shows::Structure(value) => dotenv::quote::quote(&to_json::value(value)),
            Shows::Masked | Shows::Nothing => None,
        };
        // Writing to a string does not fail.
        let _ = match (text, &row.value) {
            (Some(text), _) => writeln!(out, "{variable}={}", *text),
            (None, Shows::Nothing) => writeln!(out, "# {variable}="),
            (None, _) => writeln!(out, "# {variable}={}", redact::MASK),
        };
    }
    out
}
