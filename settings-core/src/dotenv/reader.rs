//! Reader of the lines of a file: the position, the key and the value of each assignment.

use std::mem;

use zeroize::Zeroizing;

use super::assignments::Assignments;
use super::bad_line::{BadLine, bad_line};
use super::error::{Limit, MAX_ERRORS, ParseError, SyntaxFault, SyntaxRule, keep_first};
use super::expand::{self, ReferenceScope};
use super::scan::{self, after_blanks, after_key, begins_key};
use super::text::{MAX_VALUE, Text};
use super::value::{self, QuoteForm, WrittenValue};
use super::{Outside, Parsed};

const MAX_FILE: usize = 16 << 20;
/// The limit for the bytes that all references of a file insert, so that a small file cannot exhaust the memory.
const MAX_BROUGHT_IN: usize = 64 << 20;

/// The largest number of assignments for which memory is reserved in advance.
const MAX_EXPECTED: usize = 1 << 14;

/// Reads a whole file.
pub(super) fn read<'a>(bytes: &'a [u8], outside: Outside<'_>) -> Result<Parsed<'a>, ParseError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(ParseError::of_file(SyntaxRule::Utf16));
    }
    if bytes.len() > MAX_FILE {
        return Err(ParseError::of_file(SyntaxRule::LimitExceeded(Limit::File)));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = str::from_utf8(bytes) {
        return LineReader::new(text, &[], outside).read();
    }
    let (text, damaged) = repair(bytes);
    let outcome = LineReader::new(&text, &damaged, outside).read().map(drop);
    // Every damaged line is an error, so there is one.
    Err(outcome
        .err()
        .unwrap_or_else(|| ParseError::of_file(SyntaxRule::InvalidUtf8)))
}

/// The file with each byte that is not UTF-8 replaced by one without a meaning, and the position of
/// the first such byte of each line.
fn repair(bytes: &[u8]) -> (Zeroizing<String>, Vec<usize>) {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
    let mut damaged = Vec::new();
    let mut is_intact = true;
    for chunk in bytes.utf8_chunks() {
        is_intact |= chunk.valid().contains(['\n', '\r']);
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            if is_intact {
                damaged.push(text.len());
                is_intact = false;
            }
            text.push('?');
        }
    }
    (text, damaged)
}

struct LineReader<'a, 'r> {
    text: &'a str,
    /// The positions of bytes that are not UTF-8, one per line.
    damaged: &'r [usize],
    outside: Outside<'r>,
    at: usize,
    line: u32,
    /// Whether there is a NUL in the current statement, or perhaps after it, in a quote
    /// that is not closed.
    nul: bool,
    assignments: Assignments<'a>,
    faults: Vec<SyntaxFault<'a>>,
    /// The number of errors that were dropped, because the limit was reached.
    omitted: usize,
    /// The remaining bytes that references may insert; `None` after an excess.
    budget: Option<usize>,
}

impl<'a, 'r> LineReader<'a, 'r> {
    fn new(text: &'a str, damaged: &'r [usize], outside: Outside<'r>) -> Self {
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1;
        LineReader {
            text,
            damaged,
            outside,
            at: 0,
            line: 1,
            nul: false,
            assignments: Assignments::with_capacity(lines.min(MAX_EXPECTED)),
            faults: Vec::new(),
            omitted: 0,
            budget: Some(MAX_BROUGHT_IN),
        }
    }

    fn read(mut self) -> Result<Parsed<'a>, ParseError> {
        while self.at < self.text.len() {
            self.statement();
            if self.faults.len() > 2 * MAX_ERRORS {
                keep_first(&mut self.faults, &mut self.omitted);
            }
            self.skip_line_end();
        }
        if !self.faults.is_empty() {
            return Err(ParseError::located(self.text, self.faults, self.omitted));
        }
        let (entries, warnings) = self.assignments.finish();
        Ok(Parsed { entries, warnings })
    }

    /// Reads a comment, an assignment or an empty line, up to its line end.
    fn statement(&mut self) {
        let bytes = self.text.as_bytes();
        let (start, line) = (self.at, self.line);
        self.nul = false;

        let key_at = self.after_export(after_blanks(bytes, start));
        let key_end = after_key(bytes, key_at);
        let equals = after_blanks(bytes, key_end);
        if bytes.get(equals) != Some(&b'=') || !begins_key(bytes[key_at]) {
            return self.not_plain(start, key_at);
        }

        let key = &self.text[key_at..key_end];
        let value = self.value(equals);
        let text = if self.is_damaged(start) {
            None
        } else {
            self.text_of(&value, Some(key))
        };
        let quoted = value.form != QuoteForm::Unquoted;
        let column = key_at - start + 1;
        if self.assignments.is_full() {
            let rule = SyntaxRule::LimitExceeded(Limit::Assignments);
            self.faults.push(SyntaxFault::new(key_at, rule));
            self.at = self.text.len();
            return;
        }
        self.assignments.push((key, column), text, line, quoted);
    }

    /// Skips `export` if a key follows it.
    #[inline]
    fn after_export(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        if !bytes[at..].starts_with(b"export") {
            return at;
        }
        let blank = at + "export".len();
        let key = after_blanks(bytes, blank);
        match bytes.get(key) {
            Some(&byte) if key > blank && begins_key(byte) => key,
            _ => at,
        }
    }

    /// Reads a line that is not an assignment to a valid key; `first` is its first character after
    /// blanks and `export`.
    #[cold]
    fn not_plain(&mut self, start: usize, first: usize) {
        let bytes = self.text.as_bytes();
        if matches!(bytes.get(first), None | Some(b'\n' | b'\r')) {
            self.at = first;
            return;
        }
        (self.at, self.nul) = scan::line_end(bytes, first);
        if bytes[first] == b'#' {
            self.is_damaged(start);
            return;
        }
        match bad_line(&self.text[..self.at], first) {
            BadLine::Key(fault, equals) => {
                let value = self.value(equals);
                if !self.is_damaged(start) {
                    self.faults.push(fault);
                    self.text_of(&value, None);
                }
            }
            BadLine::NoAssignment(fault) => {
                if !self.is_damaged(start) {
                    self.faults.push(fault);
                }
            }
        }
    }

    /// Finds the end of the value after the `=`, and goes to the line end after it.
    #[inline]
    fn value(&mut self, equals: usize) -> WrittenValue {
        let value = value::find(self.text.as_bytes(), equals);
        self.at = value.line_end;
        self.line += value.more_lines;
        self.nul |= value.nul;
        value
    }

    /// The text of a value, or nothing if it is unknown.
    #[inline]
    fn text_of(&mut self, value: &WrittenValue, key: Option<&'a str>) -> Option<Text<'a>> {
        let raw = &self.text[value.start..value.end];
        if !value.special && value.fault.is_none() && raw.len() <= MAX_VALUE {
            return Some(Text::Borrowed(raw));
        }
        self.built_text(raw, value, key)
    }

    #[cold]
    fn built_text(
        &mut self,
        raw: &'a str,
        value: &WrittenValue,
        key: Option<&'a str>,
    ) -> Option<Text<'a>> {
        let before = self.faults.len();
        let text = if raw.len() > MAX_VALUE {
            self.faults.push(SyntaxFault::new(
                value.opens,
                SyntaxRule::LimitExceeded(Limit::Written),
            ));
            None
        } else if !value.special {
            Some(Text::Borrowed(raw))
        } else if value.form == QuoteForm::Single {
            Some(Text::Built(expand::line_ends(raw)))
        } else {
            let scope = ReferenceScope {
                outside: self.outside,
                above: &self.assignments,
                budget: &mut self.budget,
                faults: &mut self.faults,
            };
            let double = value.form == QuoteForm::Double;
            expand::expand(raw, value.start, value.opens, double, scope).map(Text::Built)
        };
        if let Some((at, rule)) = value.fault {
            self.faults.push(SyntaxFault::new(at, rule));
        }
        for fault in &mut self.faults[before..] {
            fault.key = key;
        }
        text.filter(|_| self.faults.len() == before)
    }

    /// Whether the statement from `start` up to here contains a NUL or bytes that are not UTF-8; if
    /// so, adds an error, one per line.
    #[inline]
    fn is_damaged(&mut self, start: usize) -> bool {
        (self.nul || !self.damaged.is_empty()) && self.damage(start)
    }

    #[cold]
    fn damage(&mut self, start: usize) -> bool {
        let before = self.faults.len();
        let from = self.damaged.partition_point(|at| *at < start);
        let to = self.damaged.partition_point(|at| *at < self.at);
        for &at in &self.damaged[from..to] {
            self.faults
                .push(SyntaxFault::new(at, SyntaxRule::InvalidUtf8));
        }
        let mut first = true;
        for (at, byte) in (start..).zip(&self.text.as_bytes()[start..self.at]) {
            match byte {
                b'\n' | b'\r' => first = true,
                0 if mem::take(&mut first) => {
                    self.faults.push(SyntaxFault::new(at, SyntaxRule::NulByte));
                }
                _ => {}
            }
        }
        self.faults.len() > before
    }

    #[inline]
    fn skip_line_end(&mut self) {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at) {
            Some(b'\r') if bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
            _ => self.at += 1,
        }
        self.line += 1;
    }
}
