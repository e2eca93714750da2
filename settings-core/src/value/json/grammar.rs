//! The grammar of JSON (RFC 8259). A text is read once, and a builder creates the value.
//!
//! This crate has its own reader: `serde_json` reports no positions, rounds large numbers, and reads numbers in another
//! way as soon as any crate of the program enables `arbitrary_precision`.

use super::{Json, Quoted};
use crate::value::node::{MAX_VALUES, repeated_key};
use crate::value::quotes::{NEEDS_PLAIN_QUOTES, is_typographic_quote};

/// A builder of values for a text that is being read.
pub(crate) trait Build<'t> {
    /// A value.
    type Value;
    /// The elements of a list so far.
    type List: Default;
    /// The members of a table so far.
    type Table: Default;

    /// Anything but a list or a table.
    fn scalar(scalar: Json<'t>) -> Self::Value;
    /// Adds an element, which begins at this byte offset.
    fn element(list: &mut Self::List, at: usize, value: Self::Value);
    /// Adds a member, whose key and value begin at these byte offsets.
    fn member(
        table: &mut Self::Table,
        key: Quoted<'t>,
        key_at: usize,
        at: usize,
        value: Self::Value,
    );
    /// Ends a list.
    fn list(list: Self::List) -> Self::Value;
    /// Ends a table.
    fn table(table: Self::Table) -> Self::Value;
}

/// The reason why the reading stopped, and the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GrammarError {
    /// The byte offset.
    pub(crate) at: usize,
    pub(crate) why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The text is not JSON from this offset on.
    Syntax(&'static str),
    /// Lists and tables exceed the limit for nesting.
    Depth,
    /// The number of values exceeds the limit.
    Count,
    /// The table already has this key, at another byte offset.
    Duplicate { first: usize },
}

/// Reads the one value of a text from `start` on, within a limit for nesting.
pub(crate) fn read<'t, B: Build<'t>>(
    text: &'t str,
    start: usize,
    limit: usize,
) -> Result<B::Value, GrammarError> {
    let mut reader = GrammarReader {
        text,
        at: start,
        limit,
        values: 0,
    };
    if reader.skip_space().is_none() {
        return Err(reader.error("the file is empty; an empty table is `{}`"));
    }
    let root = reader.value::<B>(0)?;
    match reader.skip_space() {
        Some(b'/' | b'#') => Err(reader.error(COMMENT)),
        Some(_) => Err(reader.error("expected the end of the file after the last bracket")),
        None => Ok(root),
    }
}

/// Builder without a result, to check a text only.
impl Build<'_> for () {
    type Value = ();
    type List = ();
    type Table = ();

    fn scalar(_: Json<'_>) {}
    fn element((): &mut (), _: usize, (): ()) {}
    fn member((): &mut (), _: Quoted<'_>, _: usize, _: usize, (): ()) {}
    fn list((): ()) {}
    fn table((): ()) {}
}

const COMMENT: &str = "JSON has no comments";

/// A text and the offset of the next byte to read.
struct GrammarReader<'t> {
    text: &'t str,
    at: usize,
    limit: usize,
    values: usize,
}

impl<'t> GrammarReader<'t> {
    fn value<B: Build<'t>>(&mut self, depth: usize) -> Result<B::Value, GrammarError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(GrammarError {
                at: self.at,
                why: Why::Count,
            });
        }
        match self.skip_space() {
            Some(b'"') => Ok(B::scalar(Json::String(self.string()?))),
            Some(b'{' | b'[') if depth == self.limit => Err(GrammarError {
                at: self.at,
                why: Why::Depth,
            }),
            Some(b'{') => self.table::<B>(depth),
            Some(b'[') => self.list::<B>(depth),
            Some(b'-' | b'0'..=b'9') => Ok(B::scalar(Json::Number(self.number()?))),
            Some(b't') => Ok(B::scalar(self.word("true", Json::Bool(true))?)),
            Some(b'f') => Ok(B::scalar(self.word("false", Json::Bool(false))?)),
            Some(b'n') => Ok(B::scalar(self.word("null", Json::Null)?)),
            Some(b'/' | b'#') => Err(self.error(COMMENT)),
            Some(b'\'') => Err(self.error("strings use double quotes")),
            Some(b'}' | b']' | b',') => Err(self.error("expected a value before this")),
            Some(_) if depth == 0 => Err(self.error("expected `{`, with which a JSON file begins")),
            Some(_) => Err(self.error(no_value(&self.text[self.at..]))),
            None => Err(self.error("the file ends where a value is expected")),
        }
    }

    fn table<B: Build<'t>>(&mut self, depth: usize) -> Result<B::Value, GrammarError> {
        let mut table = B::Table::default();
        let mut keys = Vec::new();
        self.at += 1;
        if self.skip_space() == Some(b'}') {
            self.at += 1;
            return Ok(B::table(table));
        }
        loop {
            let space = self.skip_space();
            let key_at = self.at;
            let key = match space {
                Some(b'"') => self.string()?,
                Some(b'/' | b'#') => return Err(self.error(COMMENT)),
                Some(b'}') => return Err(self.error("remove the comma before the closing bracket")),
                None => return Err(self.error("the file ends inside a table")),
                Some(_) => return Err(self.error("expected a key in double quotes")),
            };
            if self.skip_space() != Some(b':') {
                return Err(self.error("expected `:` after the key"));
            }
            self.at += 1;
            self.skip_space();
            let at = self.at;
            let value = self.value::<B>(depth + 1)?;
            B::member(&mut table, key, key_at, at, value);
            keys.push((key.plain(), key_at));
            match self.skip_space() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                Some(b'/' | b'#') => return Err(self.error(COMMENT)),
                Some(_) => return Err(self.error("expected `,` or `}` after the value")),
                None => return Err(self.error("the file ends inside a table")),
            }
        }
        self.at += 1;
        if let Some((first, second)) = repeated_key(&keys, |(key, _)| key) {
            let why = Why::Duplicate {
                first: keys[first].1,
            };
            return Err(GrammarError {
                at: keys[second].1,
                why,
            });
        }
        Ok(B::table(table))
    }

    fn list<B: Build<'t>>(&mut self, depth: usize) -> Result<B::Value, GrammarError> {
        let mut list = B::List::default();
        self.at += 1;
        if self.skip_space() == Some(b']') {
            self.at += 1;
            return Ok(B::list(list));
        }
        loop {
            if self.skip_space() == Some(b']') {
                return Err(self.error("remove the comma before the closing bracket"));
            }
            let at = self.at;
            let value = self.value::<B>(depth + 1)?;
            B::element(&mut list, at, value);
            match self.skip_space() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                Some(b'/' | b'#') => return Err(self.error(COMMENT)),
                Some(_) => return Err(self.error("expected `,` or `]` after the value")),
                None => return Err(self.error("the file ends inside a list")),
            }
        }
        self.at += 1;
        Ok(B::list(list))
    }

    fn word(&mut self, word: &str, value: Json<'t>) -> Result<Json<'t>, GrammarError> {
        let end = self.at + word.len();
        let bytes = self.text.as_bytes();
        if bytes.get(self.at..end) != Some(word.as_bytes())
            || bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)
        {
            return Err(self.error(NO_VALUE));
        }
        self.at = end;
        Ok(value)
    }

    /// The number as it is written.
    fn number(&mut self) -> Result<&'t str, GrammarError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits("expected a digit after `-`")?;
        if leading_zero && digits > 1 {
            return Err(syntax(
                start,
                "a number can't begin with a zero; text needs quotes",
            ));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("expected a digit after the point")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits("expected a digit in the exponent")?;
        }
        if let Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.') = self.peek() {
            return Err(syntax(start, "not a number; text needs quotes"));
        }
        Ok(self.since(start))
    }

    fn digits(&mut self, what: &'static str) -> Result<usize, GrammarError> {
        let rest = &self.text.as_bytes()[self.at..];
        let digits = rest
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(rest.len());
        if digits == 0 {
            return Err(self.error(what));
        }
        self.at += digits;
        Ok(digits)
    }

    /// Reads a string, from its opening to its closing quote.
    fn string(&mut self) -> Result<Quoted<'t>, GrammarError> {
        let open = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|&byte| ends_plain_text(byte));
            self.at += plain.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => {
                    let inner = self.since(open + 1);
                    self.at += 1;
                    return Ok(Quoted { inner, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => {
                    let what = "a line break, tab or other control character in a string is written `\\n`, `\\t` or `\\u00…`";
                    return Err(self.error(what));
                }
                None => return Err(syntax(open, "this string is not closed")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), GrammarError> {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => self.unicode(start),
            _ => {
                let what = "unknown escape; a backslash itself is written `\\\\`";
                Err(syntax(start, what))
            }
        }
    }

    /// Reads the four digits after `\u`, and a second `\u` if both form a surrogate pair.
    fn unicode(&mut self, start: usize) -> Result<(), GrammarError> {
        let wrong = syntax(start, "expected the four digits of a Unicode character");
        let half = syntax(
            start,
            "half of a Unicode surrogate pair without the other half",
        );
        self.at += 1;
        match self.four_digits().ok_or(wrong)? {
            0xd800..0xdc00 => {}
            0xdc00..0xe000 => return Err(half),
            _ => return Ok(()),
        }
        if !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            return Err(half);
        }
        self.at += 2;
        match self.four_digits().ok_or(wrong)? {
            0xdc00..0xe000 => Ok(()),
            _ => Err(half),
        }
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        let number = digits.iter().try_fold(0, |number, &digit| {
            Some(number * 16 + char::from(digit).to_digit(16)?)
        })?;
        self.at += 4;
        Some(number)
    }

    fn skip_space(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Both ends are next to ASCII bytes or at the ends of the text, so they are character boundaries.
    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn error(&self, what: &'static str) -> GrammarError {
        syntax(self.at, what)
    }
}

const NO_VALUE: &str =
    "expected a value: `true`, `false`, `null`, a number, `{`, `[`, or text in double quotes";

/// The message for a text that begins like no value.
fn no_value(text: &str) -> &'static str {
    let word = text
        .split(|ch: char| !ch.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    match word {
        "True" | "False" | "Null" | "TRUE" | "FALSE" | "NULL" => {
            "`true`, `false` and `null` are written in lower case"
        }
        "None" | "nil" | "undefined" => "no value is written `null`",
        "NaN" | "Infinity" | "inf" => "JSON has neither NaN nor infinity",
        "" if text.starts_with(is_typographic_quote) => NEEDS_PLAIN_QUOTES,
        _ => NO_VALUE,
    }
}

fn syntax(at: usize, what: &'static str) -> GrammarError {
    GrammarError {
        at,
        why: Why::Syntax(what),
    }
}

fn ends_plain_text(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}
