//! Detection of passwords and tokens in texts of unknown format.
//!
//! A password may contain every character that the surrounding syntax forbids. If a text can be
//! read in two ways, the reading that hides more applies.

mod pairs;
mod phrases;
#[cfg(test)]
mod tests;
mod urls;

use super::replace;
use crate::value::json;
use std::{borrow::Cow, ops::Range};

/// Returns `text` with the passwords and tokens in it masked: those of URLs, connection strings,
/// `key=value` and `key: value` pairs, commands, headers and PEM blocks.
///
/// Takes time in proportion to the text.
pub(crate) fn mask_urls(text: &str) -> Cow<'_, str> {
    replace(text, credentials(text))
}

/// The passwords and tokens of a text, in no particular order.
pub(crate) fn credentials(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if text.contains([':', '=']) {
        match json::strings(text) {
            // A URL does not extend from one string of JSON into the next.
            Some(strings) => {
                for string in strings {
                    let known = found.len();
                    urls::find(&text[string.clone()], &mut found);
                    for range in &mut found[known..] {
                        *range = range.start + string.start..range.end + string.start;
                    }
                }
            }
            None => urls::find(text, &mut found),
        }
        pairs::find(text, &mut found);
    }
    pairs::in_elements(text, &mut found);
    phrases::find(text, &mut found);
    found
}

/// The longest suffix of `text` that consists of such characters.
fn trailing(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let rest = text.trim_end_matches(belongs);
    &text[rest.len()..]
}

/// Words that follow a sensitive name in a sentence: `the password: too short`.
const PROSE: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "by",
    "can",
    "cannot",
    "contains",
    "could",
    "does",
    "empty",
    "expected",
    "expired",
    "failed",
    "for",
    "found",
    "from",
    "given",
    "has",
    "have",
    "if",
    "in",
    "incorrect",
    "invalid",
    "is",
    "it",
    "its",
    "length",
    "longer",
    "may",
    "mismatch",
    "missing",
    "must",
    "no",
    "none",
    "not",
    "nothing",
    "null",
    "of",
    "on",
    "only",
    "or",
    "required",
    "set",
    "should",
    "shorter",
    "that",
    "the",
    "this",
    "to",
    "too",
    "unset",
    "was",
    "were",
    "when",
    "which",
    "with",
    "wrong",
];

/// Whether a sentence continues after a sensitive name.
fn is_prose(text: &str) -> bool {
    let first = text.split_ascii_whitespace().next().unwrap_or_default();
    PROSE.contains(&first.trim_end_matches([',', ';', '.']))
}
