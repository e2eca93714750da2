//! JSON text, checked once and then read in place.
//!
//! No tree is built: numbers keep every digit, and the only copy ever made, of a string with
//! escapes in it, is wiped. A JSON library would leave its buffers behind.

mod grammar;
mod node;
mod string;

pub(crate) use grammar::Why;
pub(crate) use node::node;
pub(crate) use string::{is_unseen, quoted, write_string};

use std::{
    fmt,
    ops::{Deref, Range},
};
use zeroize::Zeroizing;

/// The limit for the nesting of lists and maps.
pub(crate) const DEPTH: usize = 128;

/// The reason why a text is not JSON, or not a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The first character that is not JSON, as a column in characters from 1.
    Syntax { column: usize },
    /// The nesting is deeper than [`DEPTH`].
    Depth,
    /// Two keys of one object are equal. Both begin at these columns, in characters from 1.
    DuplicateKey { first: usize, second: usize },
    /// Two pairs of `key=value,key=value`, counted from 1, have the same key.
    DuplicatePair { first: usize, second: usize },
    /// Two names of a map, counted from 1, mean the same key.
    SameKey { first: usize, second: usize },
}

impl Flaw {
    /// Whether two keys of a map are equal.
    pub(crate) fn is_duplicate(self) -> bool {
        match self {
            Self::DuplicateKey { .. } | Self::DuplicatePair { .. } | Self::SameKey { .. } => true,
            Self::Syntax { .. } | Self::Depth => false,
        }
    }
}

/// Help for such a text, as a sentence without a full stop.
impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { column } => write!(
                f,
                "text that begins with `[` or `{{` is read as JSON, and this is not JSON from \
                 character {column} on"
            ),
            Self::Depth => write!(f, "values may be nested {DEPTH} deep at most"),
            Self::DuplicateKey { first, second } => write!(
                f,
                "the key at character {second} is the same as at character {first}: remove one of them"
            ),
            Self::DuplicatePair { first, second } => write!(
                f,
                "pair {second} has the key of pair {first}: remove one of them"
            ),
            Self::SameKey { first, second } => write!(
                f,
                "names {first} and {second} mean the same key: remove one of them"
            ),
        }
    }
}

/// A value in a checked text.
#[derive(Debug, Clone)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    /// The number as it is written.
    Number(&'a str),
    String(Quoted<'a>),
    List(JsonItems<'a>),
    Map(JsonMembers<'a>),
}

/// The text between the quotes of a string, with its escapes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quoted<'a> {
    inner: &'a str,
    escaped: bool,
}

/// A string with its escapes resolved; a copy is wiped when it is dropped.
#[derive(Debug)]
pub(crate) enum Plain<'a> {
    Borrowed(&'a str),
    Copied(Zeroizing<String>),
}

/// The elements of a list, each as its own JSON text.
#[derive(Debug, Clone)]
pub(crate) struct JsonItems<'a> {
    rest: &'a str,
}

/// The members of a map, each value as its own JSON text.
#[derive(Debug, Clone)]
pub(crate) struct JsonMembers<'a> {
    rest: &'a str,
}

/// Checks that the whole `text` is one JSON value.
pub(crate) fn check(text: &str) -> Result<(), Flaw> {
    let column = |at: usize| {
        let before = text.bytes().take(at);
        before.filter(|byte| !is_tail(*byte)).count() + 1
    };
    grammar::read::<()>(text, 0, DEPTH).map_err(|stop| match stop.why {
        Why::Depth | Why::Count => Flaw::Depth,
        Why::Syntax(_) => Flaw::Syntax {
            column: column(stop.at),
        },
        Why::Duplicate { first } => Flaw::DuplicateKey {
            first: column(first),
            second: column(stop.at),
        },
    })
}

/// Reads the value of a checked text.
pub(crate) fn read(text: &str) -> Json<'_> {
    let text = text.trim_ascii();
    match text.as_bytes().first() {
        Some(b'"') => {
            let inner = text.get(1..end_of_string(text) - 1).unwrap_or("");
            let escaped = inner.contains('\\');
            Json::String(Quoted { inner, escaped })
        }
        Some(b'[') => Json::List(JsonItems { rest: &text[1..] }),
        Some(b'{') => Json::Map(JsonMembers { rest: &text[1..] }),
        Some(b't') => Json::Bool(true),
        Some(b'f') => Json::Bool(false),
        Some(b'n') | None => Json::Null,
        Some(_) => Json::Number(text),
    }
}

/// The ranges of the strings in a JSON list or map, without their quotes; `None` for any other text.
pub(crate) fn strings(text: &str) -> Option<Vec<Range<usize>>> {
    let inner = text.trim_ascii();
    if !inner.starts_with(['[', '{']) || check(inner).is_err() {
        return None;
    }
    let mut strings = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..)?.find('"') {
        let start = at + open;
        at = start + end_of_string(&text[start..]);
        strings.push(start + 1..at - 1);
    }
    Some(strings)
}

impl<'a> Quoted<'a> {
    /// The string, with its escapes resolved.
    pub(crate) fn plain(self) -> Plain<'a> {
        if self.escaped {
            Plain::Copied(unescape(self.inner))
        } else {
            Plain::Borrowed(self.inner)
        }
    }

    /// The string as it is written, without its quotes.
    pub(crate) fn escaped(self) -> &'a str {
        self.inner
    }
}

impl<'a> JsonMembers<'a> {
    /// The members that are left, as they are written.
    pub(crate) fn text(&self) -> &'a str {
        self.rest
    }
}

impl Deref for Plain<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Copied(text) => text,
        }
    }
}

impl<'a> Iterator for JsonItems<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        next_value(&mut self.rest)
    }
}

impl<'a> Iterator for JsonMembers<'a> {
    type Item = (Quoted<'a>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let Json::String(key) = read(next_value(&mut self.rest)?) else {
            return None;
        };
        Some((key, next_value(&mut self.rest)?))
    }
}

/// Splits off the value at the start of `rest`, and the comma or colon after it.
fn next_value<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let text = rest.trim_ascii_start();
    let end = match text.as_bytes().first()? {
        b']' | b'}' => return None,
        b'"' => end_of_string(text),
        b'[' | b'{' => end_of_nest(text),
        _ => text
            .bytes()
            .position(|byte| {
                matches!(byte, b',' | b':' | b']' | b'}') || byte.is_ascii_whitespace()
            })
            .unwrap_or(text.len()),
    };
    let (value, after) = text.split_at(end);
    let after = after.trim_ascii_start();
    *rest = after.strip_prefix([',', ':']).unwrap_or(after);
    Some(value)
}

/// The end of the string at the start of the text; the end of the text if the string is not closed.
pub(crate) fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn end_of_nest(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += end_of_string(&text[at..]);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// No escape is shorter than its character, so the copy never grows, which would leave an old buffer behind.
fn unescape(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut characters = after.chars();
        let character = match characters.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (character, length) = code_point(after.get(1..).unwrap_or(""));
                characters = after.get(1 + length..).unwrap_or("").chars();
                character
            }
            Some(other) => other,
            None => break,
        };
        plain.push(character);
        rest = characters.as_str();
    }
    plain.push_str(rest);
    plain
}

/// The character of `XXXX` or `XXXX\uXXXX`, and the length of the escape in bytes.
fn code_point(digits: &str) -> (char, usize) {
    let hex = |range| u32::from_str_radix(digits.get(range).unwrap_or(""), 16).ok();
    let Some(first) = hex(0..4) else {
        return (char::REPLACEMENT_CHARACTER, 0);
    };
    if let Some(character) = char::from_u32(first) {
        return (character, 4);
    }
    let pair = hex(6..10).and_then(|second| {
        let (high, low) = (first.checked_sub(0xD800)?, second.checked_sub(0xDC00)?);
        char::from_u32(0x1_0000 + (high << 10) + low)
    });
    match pair {
        Some(character) => (character, 10),
        None => (char::REPLACEMENT_CHARACTER, 4),
    }
}

fn is_tail(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, Flaw, Json, check, read};
    use proptest::prelude::*;
    use serde_json::Value;

    /// The tree that `serde_json` would build.
    fn same(text: &str, value: &Value) -> bool {
        match (read(text), value) {
            (Json::Null, Value::Null) => true,
            (Json::Bool(ours), Value::Bool(theirs)) => ours == *theirs,
            // `serde_json` may differ in the last digit.
            (Json::Number(ours), Value::Number(theirs)) => {
                let (ours, theirs) = (ours.parse().unwrap_or(f64::NAN), theirs.as_f64());
                theirs.is_some_and(|theirs| (ours - theirs).abs() <= theirs.abs() * 1e-15)
            }
            (Json::String(ours), Value::String(theirs)) => *ours.plain() == **theirs,
            (Json::List(ours), Value::Array(theirs)) => {
                ours.clone().count() == theirs.len()
                    && ours.zip(theirs).all(|(ours, theirs)| same(ours, theirs))
            }
            (Json::Map(ours), Value::Object(theirs)) => {
                ours.clone().count() == theirs.len()
                    && ours.clone().all(|(key, value)| {
                        theirs
                            .get(&*key.plain())
                            .is_some_and(|theirs| same(value, theirs))
                    })
            }
            _ => false,
        }
    }

    #[test]
    fn nesting_beyond_the_limit_has_its_own_error() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(check(&nested(DEPTH)), Ok(()));
        assert_eq!(check(&nested(DEPTH + 1)), Err(Flaw::Depth));
        assert_eq!(check(&"[".repeat(1_000_000)), Err(Flaw::Depth));
    }

    #[test]
    fn a_flaw_is_placed() {
        assert_eq!(check("[1,,2]"), Err(Flaw::Syntax { column: 4 }));
        assert_eq!(check(r#"{"ä": x}"#), Err(Flaw::Syntax { column: 7 }));
        assert_eq!(check(""), Err(Flaw::Syntax { column: 1 }));
        assert_eq!(check("[1] 2"), Err(Flaw::Syntax { column: 5 }));
    }

    #[test]
    fn equal_keys_of_one_object_are_refused() {
        let duplicate = |first, second| Err(Flaw::DuplicateKey { first, second });
        assert_eq!(check(r#"{"ä":1,"a":2,"ä":3,"a":4}"#), duplicate(2, 14));
        assert_eq!(check(r#"[{"b":{"a":1,"\u0061":2}}]"#), duplicate(8, 14));
        assert_eq!(check(r#"[{"a":1},{"a":{"a":2},"A":3}]"#), Ok(()));
    }

    #[test]
    fn escapes_are_resolved() {
        let Json::String(text) = read(r#""a\n\"\\\/\u00e9\ud83d\ude00z""#) else {
            panic!("not a string");
        };
        assert_eq!(&*text.plain(), "a\n\"\\/é😀z");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn what_is_json_is_what_serde_json_says(
            text in r#"([\[\]{},: "]|true|null|-?[0-9]{1,3}(\.[0-9])?|e1|"[a-z\\ä]{0,4}"|\\u(d83d|de00|00e9)){0,12}"#
        ) {
            let theirs = serde_json::from_str::<Value>(&text);
            // JSON does not limit numbers; only the requesting type does.
            let fits = |error: &serde_json::Error| !error.to_string().contains("out of range");
            prop_assume!(theirs.as_ref().err().is_none_or(fits));
            let ours = check(&text);
            // `serde_json` keeps the last of several equal keys.
            prop_assume!(!matches!(ours, Err(Flaw::DuplicateKey { .. })));
            prop_assert_eq!(ours.is_ok(), theirs.is_ok());
            if let Ok(value) = theirs {
                prop_assert!(same(&text, &value));
            }
        }

        #[test]
        fn what_serde_json_writes_reads_the_same(
            keys in proptest::collection::vec(any::<String>(), 0..5), number: i64, pretty: bool
        ) {
            let mut value = serde_json::json!([number, keys, null, true]);
            for key in &keys {
                value = serde_json::json!([{ key: value }, key]);
            }
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(check(&text), Ok(()));
            prop_assert!(same(&text, &value));
        }

        #[test]
        fn unchecked_text_never_panics(text in r#"([\[\]{},:"\\]|ä|\\u|[0-9a-f]){0,20}"#) {
            fn walk(text: &str, depth: usize) {
                if depth > 30 { return }
                match read(text) {
                    Json::String(text) => { let _ = text.plain(); }
                    Json::List(items) => items.for_each(|item| walk(item, depth + 1)),
                    Json::Map(members) => members.for_each(|(key, item)| {
                        let _ = key.plain();
                        walk(item, depth + 1);
                    }),
                    _ => {}
                }
            }
            walk(&text, 0);
        }
    }
}
