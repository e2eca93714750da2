//! Errors of a `.env` file, with their positions.

use crate::value::sort::sort_by_key;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::error::problem_list::and_more;

/// The errors of a `.env` file, in file order.
///
/// `Display` and `Debug` print one error per line, and no part of a value.
///
/// ```
/// let error = settings_core::dotenv::parse(b"PORT 80\nKEY: hunter2\n", |_| None).unwrap_err();
///
/// assert_eq!(error.errors().len(), 2);
/// assert_eq!(
///     error.to_string(),
///     "line 1, column 1: no `=` on this line; write `KEY=value`, or `#` before a comment\n\
///      line 2, column 4: a `:` after the key; write `=` instead"
/// );
/// assert_eq!(format!("{error:?}"), error.to_string());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ParseError {
    errors: Box<[LineError]>,
    omitted: usize,
}

/// One error of a `.env` file.
///
/// ```
/// let error = settings_core::dotenv::parse(b"KEY=\"p\\ss\"", |_| None).unwrap_err();
/// let [error] = error.errors() else { panic!() };
///
/// assert_eq!(error.rule(), "unknown-escape");
/// assert_eq!((error.line(), error.column()), (1, 7));
/// assert_eq!(error.key(), Some("KEY"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct LineError {
    pub(super) rule: SyntaxRule,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) key: Option<Arc<str>>,
    pub(super) subject: Option<Box<ErrorSubject>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SyntaxRule {
    LooksLikeIni,
    ColonSeparator,
    MissingEquals,
    EmptyKey,
    InvalidKey,
    UnterminatedQuote,
    TextAfterQuote,
    UnknownEscape,
    BadReference,
    UndefinedReference,
    RequiredReference,
    NulByte,
    InvalidUtf8,
    Utf16,
    LimitExceeded(Limit),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    File,
    Written,
    Expanded,
    Total,
    Depth,
    Assignments,
}

/// An error without line and column.
pub(super) struct SyntaxFault<'a> {
    /// The byte offset in the text.
    pub(super) at: usize,
    pub(super) rule: SyntaxRule,
    /// The key whose value is invalid, if it is a valid key.
    pub(super) key: Option<&'a str>,
    pub(super) subject: Option<Box<ErrorSubject>>,
}

/// The parts of a failed reference that may be shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ErrorSubject {
    pub(super) name: Option<Box<str>>,
    pub(super) message: Option<Box<str>>,
}

impl ParseError {
    /// The errors, in file order: at least one, and at most the first 100.
    pub fn errors(&self) -> &[LineError] {
        &self.errors
    }

    /// The number of errors after the first 100.
    ///
    /// ```
    /// let lines = "no assignment\n".repeat(1_000);
    /// let error = settings_core::dotenv::parse(lines.as_bytes(), |_| None).unwrap_err();
    ///
    /// assert_eq!((error.errors().len(), error.omitted()), (100, 900));
    /// assert!(error.to_string().ends_with("\nand 900 more errors"));
    /// ```
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// An error of the file as a whole.
    pub(super) fn of_file(rule: SyntaxRule) -> Self {
        ParseError::located("", vec![SyntaxFault::new(0, rule)], 0)
    }

    /// Sorts the errors and finds the line and column of each in `text`.
    pub(super) fn located(
        text: &str,
        mut faults: Vec<SyntaxFault<'_>>,
        mut omitted: usize,
    ) -> Self {
        keep_first(&mut faults, &mut omitted);
        let mut place = ErrorPosition::default();
        let mut last_key: Option<Arc<str>> = None;
        let errors = faults.into_iter().map(|fault| {
            place.advance(text, fault.at);
            let key = fault.key.filter(|key| key.len() <= LONGEST_NAME);
            if last_key.as_deref() != key {
                last_key = key.map(Arc::from);
            }
            LineError {
                rule: fault.rule,
                line: place.line + 1,
                column: place.column + 1,
                key: last_key.clone(),
                subject: fault.subject,
            }
        });
        ParseError {
            errors: errors.collect(),
            omitted,
        }
    }
}

impl LineError {
    /// The name of the violated rule, such as `missing-equals`.
    pub fn rule(&self) -> &'static str {
        self.rule.name()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line as usize
    }

    /// The column, counted in characters from 1.
    pub fn column(&self) -> usize {
        self.column as usize
    }

    /// The key whose value is invalid, if a valid key of sensible length precedes the `=`.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            error.fmt(f)?;
        }
        match self.omitted {
            0 => Ok(()),
            1 => f.write_str("\nand 1 more error"),
            more => write!(f, "\n{} errors", and_more(more)),
        }
    }
}

/// Prints the same as `Display`.
impl fmt::Debug for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ParseError {}

/// Prints the same as `Display`.
impl fmt::Debug for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LineError {}

impl SyntaxRule {
    fn name(self) -> &'static str {
        match self {
            SyntaxRule::LooksLikeIni => "looks-like-ini",
            SyntaxRule::ColonSeparator => "colon-separator",
            SyntaxRule::MissingEquals => "missing-equals",
            SyntaxRule::EmptyKey => "empty-key",
            SyntaxRule::InvalidKey => "invalid-key",
            SyntaxRule::UnterminatedQuote => "unterminated-quote",
            SyntaxRule::TextAfterQuote => "text-after-quote",
            SyntaxRule::UnknownEscape => "unknown-escape",
            SyntaxRule::BadReference => "bad-reference",
            SyntaxRule::UndefinedReference => "undefined-reference",
            SyntaxRule::RequiredReference => "required-reference",
            SyntaxRule::NulByte => "nul-byte",
            SyntaxRule::InvalidUtf8 => "invalid-utf8",
            SyntaxRule::Utf16 => "utf16",
            SyntaxRule::LimitExceeded(_) => "limit-exceeded",
        }
    }
}

impl SyntaxFault<'_> {
    pub(super) fn new(at: usize, rule: SyntaxRule) -> Self {
        SyntaxFault {
            at,
            rule,
            key: None,
            subject: None,
        }
    }
}

impl ErrorSubject {
    /// The name in a reference, and the message of `:?` or `?`.
    pub(super) fn new(name: &str, message: Option<&str>) -> Self {
        ErrorSubject {
            name: (name.len() <= LONGEST_NAME).then(|| name.into()),
            message: message
                .filter(|message| !message.is_empty())
                .map(|message| message.chars().take(LONGEST_MESSAGE).collect()),
        }
    }
}

/// The errors of a file that are reported.
pub(super) const MAX_ERRORS: usize = 100;

/// Sorts the errors, keeps the first ones and counts the others.
pub(super) fn keep_first(faults: &mut Vec<SyntaxFault<'_>>, omitted: &mut usize) {
    sort_by_key(faults, |fault| fault.at);
    *omitted += faults.len().saturating_sub(MAX_ERRORS);
    faults.truncate(MAX_ERRORS);
}

/// The limit for keys and names in messages; longer ones are omitted.
const LONGEST_NAME: usize = 100;
/// The limit for messages of `:?` in characters; longer ones are cut.
const LONGEST_MESSAGE: usize = 300;

/// A position in the text that only moves forward, so that all errors are located in one pass.
#[derive(Default)]
struct ErrorPosition {
    at: usize,
    line: u32,
    column: u32,
}

impl ErrorPosition {
    fn advance(&mut self, text: &str, to: usize) {
        let bytes = text.as_bytes();
        while self.at < to {
            let byte = bytes[self.at];
            self.at += 1;
            if byte == b'\n' || byte == b'\r' && bytes.get(self.at) != Some(&b'\n') {
                self.line += 1;
                self.column = 0;
            } else if byte & 0xc0 != 0x80 {
                self.column += 1;
            }
        }
    }
}
