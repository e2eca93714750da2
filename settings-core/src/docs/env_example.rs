//! `.env.example`: what must be set, then what may be.

use super::{
    outline::{Outline, Row},
    quoted::comment,
    words,
};
use crate::{build::Assemble, dotenv};
use std::fmt::Write;

/// A `.env.example`: the required variables first, to be filled in; then every other one in a comment, with its default.
///
/// Defaults stand in comments because a `.env` file beats every other file: one that repeats them hides what those say.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct AppSettings {
///     /// Name shown in logs.
///     #[settings(default = "my app")]
///     name: String,
///     /// Where to listen.
///     port: u16,
/// }
///
/// let example = docs::env_example::<AppSettings>();
/// assert!(example.contains("# Where to listen.\n# required; a whole number from 0 to 65535\nAPP_PORT=\n"));
/// assert!(example.contains("# Name shown in logs.\n# text\n#APP_NAME='my app'\n"));
/// ```
pub fn env_example<T: Assemble>() -> String {
    render(&Outline::of::<T>())
}

fn render(outline: &Outline) -> String {
    let mut out = String::new();
    for doc in outline.root.docs() {
        comment(&mut out, 0, doc);
    }
    if !out.is_empty() {
        out.push_str("#\n");
    }
    comment(
        &mut out,
        0,
        "Copy this to .env. To set what stands in a comment, remove the # before its name.",
    );
    let rows = outline.rows();
    let (required, rest): (Vec<&Row>, Vec<&Row>) =
        rows.into_iter().partition(|row| row.is_awaited());
    part(&mut out, "Required", &required);
    part(&mut out, "Optional", &rest);
    out
}

/// Readers disagree on escapes and references.
const PECULIAR: &str = "shells and other readers of .env files may read this value differently";

fn part(out: &mut String, title: &str, rows: &[&Row]) {
    if rows.is_empty() {
        return;
    }
    let _ = write!(out, "\n# ---- {title} ----\n");
    for row in rows {
        out.push('\n');
        comment(out, 0, row.leaf.doc);
        comment(out, 0, &words::facts(row));
        let value = row.known_default().and_then(dotenv::quote::quote);
        let value = value.as_ref().map_or("", |value| value.as_str());
        if value.contains('\\') || value.contains("${") {
            comment(out, 0, PECULIAR);
        }
        let assignment = format!("{}={value}", row.variable);
        let mark = if row.is_awaited() { "" } else { "#" };
        for line in assignment.split('\n') {
            let _ = writeln!(out, "{mark}{line}");
        }
    }
}
