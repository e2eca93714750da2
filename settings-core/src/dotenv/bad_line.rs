//! Errors of lines that do not assign to a valid key.

use super::error::{SyntaxFault, SyntaxRule};
use super::scan::{after_key, begins_key};

pub(super) enum BadLine {
    NoAssignment(SyntaxFault<'static>),
    /// The key is invalid, but a value follows this `=`.
    Key(SyntaxFault<'static>, usize),
}

/// The error of a line that does not assign to a valid key; `text` ends with the line.
pub(super) fn bad_line(text: &str, first: usize) -> BadLine {
    let bytes = text.as_bytes();
    let blank = |at: usize| matches!(bytes[at], b' ' | b'\t');
    let comment = (first + 1..bytes.len())
        .find(|&at| bytes[at] == b'#' && blank(at - 1))
        .unwrap_or(bytes.len());
    let body = text[first..comment].trim_end_matches([' ', '\t']);

    if body.starts_with('[') && body.ends_with(']') {
        return BadLine::NoAssignment(SyntaxFault::new(first, SyntaxRule::LooksLikeIni));
    }
    let key_end = after_key(bytes, first);
    if begins_key(bytes[first])
        && bytes.get(key_end) == Some(&b':')
        && (key_end + 1 == bytes.len() || blank(key_end + 1))
    {
        return BadLine::NoAssignment(SyntaxFault::new(key_end, SyntaxRule::ColonSeparator));
    }
    let Some(equals) = body.find('=').map(|at| first + at) else {
        return BadLine::NoAssignment(SyntaxFault::new(first, SyntaxRule::MissingEquals));
    };
    let fault = if equals == first {
        SyntaxFault::new(equals, SyntaxRule::EmptyKey)
    } else if begins_key(bytes[first]) {
        SyntaxFault::new(key_end, SyntaxRule::InvalidKey)
    } else {
        SyntaxFault::new(first, SyntaxRule::InvalidKey)
    };
    BadLine::Key(fault, equals)
}
