//! Search for the end of a value, before its contents are read.

use super::error::SyntaxRule;
use super::scan::{self, SINGLE, UNQUOTED, after_blanks};

pub(super) struct WrittenValue {
    pub(super) form: QuoteForm,
    /// The offset of its first character, or of its quote.
    pub(super) opens: usize,
    /// The text between the quotes, if there are any.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it has line ends, escapes or references to replace.
    pub(super) special: bool,
    /// The quote is not closed, or followed by text.
    pub(super) fault: Option<(usize, SyntaxRule)>,
    /// The end of its last line, past a comment.
    pub(super) line_end: usize,
    /// The number of lines after its first.
    pub(super) more_lines: u32,
    /// Whether it contains a NUL.
    pub(super) nul: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum QuoteForm {
    Unquoted,
    Single,
    Double,
}

/// Finds the value after the `=`.
#[inline]
pub(super) fn find(bytes: &[u8], equals: usize) -> WrittenValue {
    let opens = after_blanks(bytes, equals + 1);
    let form = match bytes.get(opens) {
        Some(b'\'') => QuoteForm::Single,
        Some(b'"') => QuoteForm::Double,
        _ => QuoteForm::Unquoted,
    };
    let value = WrittenValue {
        form,
        opens,
        start: opens,
        end: opens,
        special: false,
        fault: None,
        line_end: opens,
        more_lines: 0,
        nul: false,
    };
    match form {
        QuoteForm::Unquoted => unquoted(bytes, value),
        QuoteForm::Single | QuoteForm::Double => quoted(bytes, value),
    }
}

/// An unquoted value ends at its line's end, or at a blank and `#`.
#[inline]
fn unquoted(bytes: &[u8], mut value: WrittenValue) -> WrittenValue {
    let mut at = value.start;
    loop {
        at = scan::below::<UNQUOTED>(bytes, at);
        match bytes.get(at) {
            None | Some(b'\n' | b'\r') => {
                value.line_end = at;
                break;
            }
            // The `=` or a blank precedes the first character.
            Some(b'#') if matches!(bytes[at - 1], b' ' | b'\t') => {
                value.end_line(bytes, at);
                break;
            }
            Some(b'$') => value.special |= bytes.get(at + 1) == Some(&b'{'),
            Some(0) => value.nul = true,
            Some(_) => {}
        }
        at += 1;
    }
    while at > value.start && matches!(bytes[at - 1], b' ' | b'\t') {
        at -= 1;
    }
    value.end = at;
    value
}

fn quoted(bytes: &[u8], mut value: WrittenValue) -> WrittenValue {
    let double = value.form == QuoteForm::Double;
    let mut at = value.opens + 1;
    loop {
        at = if double {
            scan::escape_or_below(bytes, at)
        } else {
            scan::below::<SINGLE>(bytes, at)
        };
        match bytes.get(at) {
            None => return unterminated(bytes, value),
            Some(b'\'') if !double => break,
            Some(b'"') if double => break,
            Some(b'\\') => {
                value.special = true;
                if let Some(b'"' | b'\\') = bytes.get(at + 1) {
                    at += 1;
                }
            }
            Some(b'$') => value.special |= double && bytes.get(at + 1) == Some(&b'{'),
            Some(b'\n') => value.more_lines += 1,
            Some(b'\r') => {
                value.special = true;
                value.more_lines += 1;
                if bytes.get(at + 1) == Some(&b'\n') {
                    at += 1;
                }
            }
            Some(0) => value.nul = true,
            Some(_) => {}
        }
        at += 1;
    }
    value.start = value.opens + 1;
    value.end = at;

    let after = after_blanks(bytes, at + 1);
    value.end_line(bytes, after);
    let is_comment = || bytes[after] == b'#' && after > at + 1;
    if after != value.line_end && !is_comment() {
        value.fault = Some((after, SyntaxRule::TextAfterQuote));
    }
    value
}

/// Skips a quote that is not closed; reading resumes on the next line.
#[cold]
fn unterminated(bytes: &[u8], mut value: WrittenValue) -> WrittenValue {
    value.fault = Some((value.opens, SyntaxRule::UnterminatedQuote));
    value.special = false;
    value.more_lines = 0;
    value.end_line(bytes, value.opens);
    value
}

impl WrittenValue {
    fn end_line(&mut self, bytes: &[u8], at: usize) {
        let (line_end, nul) = scan::line_end(bytes, at);
        self.line_end = line_end;
        self.nul |= nul;
    }
}
