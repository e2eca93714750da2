//! Rows as a `.env` file that loads to the same settings.

use crate::{
    build::rows::{Row, Shows, Written},
    dotenv,
    error::redact,
    view::json,
};
use std::{collections::BTreeMap, fmt::Write};
use zeroize::Zeroizing;

/// Renders one line per setting. Settings that are masked, have no value, or whose value has no text, are comments.
pub(crate) fn lines(rows: &[Row]) -> String {
    let mut out = String::new();
    let mut wholes: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        // Writing to a string does not fail.
        let _ = match &row.whole {
            Some(whole) => {
                wholes.entry(&whole.variable).or_default().push(row);
                Ok(())
            }
            None => line(&mut out, row),
        };
    }
    for (variable, rows) in wholes {
        let _ = whole(&mut out, variable, &rows);
    }
    out
}

fn line(out: &mut String, row: &Row) -> std::fmt::Result {
    let Some(variable) = &row.variable else {
        return Ok(());
    };
    if let Some(element) = &row.opens {
        writeln!(out, "{element}='{{}}'")?;
    }
    match (&row.written, text(row)) {
        (Written::Empty, _) => writeln!(out, "{variable}="),
        (_, Some(text)) => writeln!(out, "{variable}={}", *text),
        (_, None) => comment(out, variable, &row.value),
    }
}

/// Writes the entries of a map as one JSON object, because their keys cannot be part of variable names.
fn whole(out: &mut String, variable: &str, rows: &[&Row]) -> std::fmt::Result {
    match dotenv::quote::quote(&json::part(rows)) {
        Some(text) => writeln!(out, "{variable}={}", *text)?,
        None => writeln!(out, "# {variable}=")?,
    }
    for row in rows.iter().filter(|row| row.written == Written::Nothing) {
        if row.variable.is_some() {
            comment(
                out,
                &redact::escape_truncated(&row.key).to_string(),
                &row.value,
            )?;
        }
    }
    Ok(())
}

/// The text after the `=`, if a text represents the value.
fn text(row: &Row) -> Option<Zeroizing<String>> {
    match (&row.written, &row.value) {
        (Written::Text(text), _) => dotenv::quote::quote(text),
        (Written::Structure, Shows::Structure(value)) => dotenv::quote::quote(&json::value(value)),
        _ => None,
    }
}

fn comment(out: &mut String, name: &str, value: &Shows) -> std::fmt::Result {
    match value {
        Shows::Nothing | Shows::Invalid => writeln!(out, "# {name}="),
        // `Display` escapes line breaks and control characters.
        value => writeln!(out, "# {name}={value}"),
    }
}
