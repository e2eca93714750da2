//! JSON (RFC 8259), read by ourselves: `serde_json` tells no positions, rounds large numbers, and reads
//! numbers in another way as soon as any crate of the program asks for `arbitrary_precision`.

use std::borrow::Cow;

use super::{BOM, SyntaxError, TOO_DEEP};
use crate::tree::{Entry, Item, MAX_DEPTH, Node, Offset};

/// Reads a whole file.
#[cfg(feature = "json")]
pub(crate) fn read(text: &str) -> Result<Node<'_>, SyntaxError> {
    match read_value(text)? {
        root @ Node::Table(_) => Ok(root),
        _ => {
            let start = text.find(|ch: char| !ch.is_whitespace() && !BOM.contains(ch));
            Err(SyntaxError::new(start.unwrap_or(0), super::NO_TABLE))
        }
    }
}

/// Reads a value of any kind.
pub(crate) fn read_value(text: &str) -> Result<Node<'_>, SyntaxError> {
    let mut reader = Reader {
        text,
        at: if text.starts_with(BOM) { BOM.len() } else { 0 },
    };
    if reader.skip_space().is_none() {
        return Err(reader.error("the file is empty; an empty table is `{}`"));
    }
    let root = reader.value(0)?;
    match reader.skip_space() {
        Some(b'/' | b'#') => Err(reader.error(COMMENT)),
        Some(_) => Err(reader.error("expected the end of the file after the last bracket")),
        None => Ok(root),
    }
}

const COMMENT: &str = "JSON has no comments";

/// A text, and how many of its bytes have been read.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self, depth: usize) -> Result<Node<'t>, SyntaxError> {
        match self.skip_space() {
            Some(b'"') => Ok(Node::Text(self.string()?)),
            Some(b'{' | b'[') if depth > MAX_DEPTH => Err(self.error(TOO_DEEP)),
            Some(b'{') => self.table(depth),
            Some(b'[') => self.list(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'n') => self.word("null", Node::Null),
            Some(b'/' | b'#') => Err(self.error(COMMENT)),
            Some(b'\'') => Err(self.error("a string stands in double quotes")),
            Some(b'}' | b']' | b',') => Err(self.error("expected a value before this")),
            Some(_) => Err(self.error(NO_VALUE)),
            None => Err(self.error("the file ends where a value is expected")),
        }
    }

    fn table(&mut self, depth: usize) -> Result<Node<'t>, SyntaxError> {
        let mut entries = Vec::new();
        self.at += 1;
        if self.skip_space() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Table(entries));
        }
        loop {
            let space = self.skip_space();
            let key_at = Offset::new(self.at);
            let key = match space {
                Some(b'"') => self.string()?,
                Some(b'/' | b'#') => return Err(self.error(COMMENT)),
                Some(b'}') => return Err(self.error("no comma may stand before a closing bracket")),
                None => return Err(self.error("the file ends inside a table")),
                Some(_) => return Err(self.error("expected a key in double quotes")),
            };
            if self.skip_space() != Some(b':') {
                return Err(self.error("expected `:` after the key"));
            }
            self.at += 1;
            self.skip_space();
            let at = Offset::new(self.at);
            let value = self.value(depth + 1)?;
            entries.push(Entry {
                key,
                key_at,
                at,
                value,
            });
            match self.skip_space() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                Some(b'/' | b'#') => return Err(self.error(COMMENT)),
                Some(_) => return Err(self.error("expected `,` or `}` after the value")),
                None => return Err(self.error("the file ends inside a table")),
            }
        }
        self.at += 1;
        Ok(Node::Table(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Node<'t>, SyntaxError> {
        let mut items = Vec::new();
        self.at += 1;
        if self.skip_space() == Some(b']') {
            self.at += 1;
            return Ok(Node::List(items));
        }
        loop {
            if self.skip_space() == Some(b']') {
                return Err(self.error("no comma may stand before a closing bracket"));
            }
            let at = Offset::new(self.at);
            let value = self.value(depth + 1)?;
            items.push(Item { at, value });
            match self.skip_space() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                Some(b'/' | b'#') => return Err(self.error(COMMENT)),
                Some(_) => return Err(self.error("expected `,` or `]` after the value")),
                None => return Err(self.error("the file ends inside a list")),
            }
        }
        self.at += 1;
        Ok(Node::List(items))
    }

    fn word(&mut self, word: &str, node: Node<'t>) -> Result<Node<'t>, SyntaxError> {
        let end = self.at + word.len();
        let bytes = self.text.as_bytes();
        if bytes.get(self.at..end) != Some(word.as_bytes())
            || bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)
        {
            return Err(self.error(NO_VALUE));
        }
        self.at = end;
        Ok(node)
    }

    fn number(&mut self) -> Result<Node<'t>, SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits("expected a digit after `-`")?;
        if leading_zero && digits > 1 {
            return Err(SyntaxError::new(
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
            return Err(SyntaxError::new(start, "not a number; text needs quotes"));
        }
        Ok(Node::number(Cow::Borrowed(self.since(start))))
    }

    fn digits(&mut self, what: &'static str) -> Result<usize, SyntaxError> {
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

    /// From the opening quote to behind the closing one.
    fn string(&mut self) -> Result<Cow<'t, str>, SyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut start = self.at;
        let mut unescaped = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|&byte| ends_plain_text(byte));
            self.at += plain.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => {
                    let last = self.since(start);
                    self.at += 1;
                    if unescaped.is_empty() {
                        return Ok(Cow::Borrowed(last));
                    }
                    unescaped.push_str(last);
                    return Ok(Cow::Owned(unescaped));
                }
                Some(b'\\') => {
                    unescaped.push_str(self.since(start));
                    unescaped.push(self.escape()?);
                    start = self.at;
                }
                Some(_) => {
                    let what = "a line break, tab or other control character in a string is written `\\n`, `\\t` or `\\u00…`";
                    return Err(self.error(what));
                }
                None => return Err(SyntaxError::new(open, "this string is not closed")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let char = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => {
                let what = "unknown escape; a backslash itself is written `\\\\`";
                return Err(SyntaxError::new(start, what));
            }
        };
        self.at += 1;
        Ok(char)
    }

    /// The four digits after `\u`, and the four of a second `\u` where two make one character.
    fn unicode(&mut self, start: usize) -> Result<char, SyntaxError> {
        let wrong = SyntaxError::new(start, "expected the four digits of a Unicode character");
        let half = SyntaxError::new(start, "half of a Unicode surrogate pair stands alone");
        self.at += 1;
        let first = self.four_digits().ok_or(wrong)?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(wrong);
        }
        if first >= 0xdc00 || !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            return Err(half);
        }
        self.at += 2;
        let second = self.four_digits().ok_or(wrong)?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(half);
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(wrong)
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

    /// Every call's ends are ASCII bytes or the text's own, so the slice is never empty by mistake.
    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn error(&self, what: &'static str) -> SyntaxError {
        SyntaxError::new(self.at, what)
    }
}

const NO_VALUE: &str =
    "expected a value: `true`, `false`, `null`, a number, `{`, `[`, or text in double quotes";

fn ends_plain_text(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Oracle;

    use super::super::NO_TABLE;
    use super::*;

    fn what(text: &str) -> (usize, &'static str) {
        let error = read(text).unwrap_err();
        (error.at.unwrap().bytes(), error.what)
    }

    fn only_value(text: &str) -> Node<'_> {
        let Ok(Node::Table(mut entries)) = read(text) else {
            panic!("no table");
        };
        entries.pop().unwrap().value
    }

    #[test]
    fn a_value_points_to_its_first_character() {
        let text = "\u{feff}{ \"a\" : [ 1,\n {\"b\":  \"x\"} ] }";
        let Ok(Node::Table(entries)) = read(text) else {
            panic!("no table");
        };
        let rest = |at: Offset| text[at.bytes()..].chars().next();
        assert_eq!(rest(entries[0].at), Some('['));
        let Node::List(items) = &entries[0].value else {
            panic!("no list");
        };
        assert_eq!(rest(items[0].at), Some('1'));
        assert_eq!(rest(items[1].at), Some('{'));
        let Node::Table(inner) = &items[1].value else {
            panic!("no table");
        };
        assert!(text[inner[0].at.bytes()..].starts_with("\"x\""));
    }

    #[test]
    fn a_key_that_stands_twice_is_kept_twice() {
        let Ok(Node::Table(entries)) = read(r#"{"a": 1, "b": 2, "a": 3}"#) else {
            panic!("no table");
        };
        let keys: Vec<_> = entries.iter().map(|entry| &*entry.key).collect();
        assert_eq!(keys, ["a", "b", "a"]);
    }

    #[test]
    fn integers_are_exact() {
        assert_eq!(only_value(r#"{"a": -7}"#), Node::Int(-7));
        let large = "340282366920938463463374607431768211455";
        let text = format!(r#"{{"a": {large}}}"#);
        assert_eq!(
            only_value(&text).into_value().to_u128(),
            large.parse::<u128>().ok()
        );
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(
            only_value(r#"{"a": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00."}"#),
            Node::Text("\"\\/\u{8}\u{c}\n\r\té😀.".into())
        );
        let plain = only_value(r#"{"a": "plain"}"#);
        assert!(matches!(plain, Node::Text(Cow::Borrowed("plain"))));
        assert_eq!(only_value(r#"{"a": ""}"#), Node::Text("".into()));
        assert_eq!(only_value(r#"{"a": null}"#), Node::Null);
    }

    #[test]
    fn an_error_says_what_is_wrong_and_where() {
        assert_eq!(what(""), (0, "the file is empty; an empty table is `{}`"));
        assert_eq!(what("[1]"), (0, NO_TABLE));
        assert_eq!(what(" 5"), (1, NO_TABLE));
        assert_eq!(what("{\"a\": hunter2}"), (6, NO_VALUE));
        assert_eq!(what("{\"a\": nullify}"), (6, NO_VALUE));
        assert_eq!(
            what("{\"a\": 'x'}"),
            (6, "a string stands in double quotes")
        );
        assert_eq!(what("{\"a\": 1 // one\n}"), (8, COMMENT));
        assert_eq!(what("{a: 1}"), (1, "expected a key in double quotes"));
        assert_eq!(
            what("{\"a\": 1,}"),
            (8, "no comma may stand before a closing bracket")
        );
        assert_eq!(
            what("{\"a\": [1,]}"),
            (9, "no comma may stand before a closing bracket")
        );
        assert_eq!(what("{\"a\" 1}"), (5, "expected `:` after the key"));
        assert_eq!(
            what("{\"a\": 1 \"b\": 2}"),
            (8, "expected `,` or `}` after the value")
        );
        assert_eq!(what("{\"a\": \"x}"), (6, "this string is not closed"));
        assert_eq!(
            what("{\"a\": 012}"),
            (6, "a number can't begin with a zero; text needs quotes")
        );
        assert_eq!(what("{\"a\": 12h}"), (6, "not a number; text needs quotes"));
        assert_eq!(
            what("{\"a\": \"\\q\"}"),
            (7, "unknown escape; a backslash itself is written `\\\\`")
        );
        assert_eq!(
            what("{\"a\": \"\\ud800\"}"),
            (7, "half of a Unicode surrogate pair stands alone")
        );
        assert_eq!(
            what("{} x"),
            (3, "expected the end of the file after the last bracket")
        );
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| {
            let lists = ["[".repeat(depth), "]".repeat(depth)];
            format!("{{\"a\":{}}}", lists.concat())
        };
        assert!(read(&nested(128)).is_ok());
        assert_eq!(what(&nested(129)), (5 + 128, TOO_DEEP));
        assert_eq!(what(&nested(1_000_000)).1, TOO_DEEP);
    }

    fn agrees(ours: &Node<'_>, oracle: &Oracle) -> bool {
        match (ours, oracle) {
            (Node::Bool(ours), Oracle::Bool(oracle)) => ours == oracle,
            (Node::Text(ours), Oracle::String(oracle)) => ours == oracle,
            (Node::Int(ours), Oracle::Number(oracle)) => {
                // serde_json reads `-0` as a float.
                oracle.as_i64() == Some(*ours) || *ours == 0
            }
            (Node::Float(ours), Oracle::Number(oracle)) => {
                let oracle = oracle.as_f64().unwrap();
                (ours - oracle).abs() <= oracle.abs() * 1e-15
            }
            (Node::Null, Oracle::Null) | (Node::Number(_), Oracle::Number(_)) => true,
            (Node::List(ours), Oracle::Array(oracle)) => {
                ours.len() == oracle.len()
                    && ours
                        .iter()
                        .zip(oracle)
                        .all(|(ours, oracle)| agrees(&ours.value, oracle))
            }
            (Node::Table(ours), Oracle::Object(oracle)) => oracle.iter().all(|(key, oracle)| {
                let last = ours.iter().rfind(|entry| entry.key == *key);
                last.is_some_and(|entry| agrees(&entry.value, oracle))
            }),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn what_serde_json_reads_is_read_and_what_it_refuses_is_refused(
            parts in prop::collection::vec(prop::sample::select(vec![
                "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"b\":", "1", "-", "0", ".", "e5", "E-9",
                "true", "false", "null", "tru", " ", "\n", "\\", "\\n", "\\u00e9", "\\ud83d", "\\ude00",
                "é", "\u{1}", "18446744073709551616", "{\"a\":", "}", "]", "1.5", "/",
            ]), 0..14),
            whole in any::<bool>(),
        ) {
            let inner = parts.concat();
            let text = if whole { format!("{{\"a\":{inner}}}") } else { inner };
            match (read(&text), serde_json::from_str::<Oracle>(&text)) {
                (Ok(ours), Ok(oracle)) => prop_assert!(agrees(&ours, &oracle), "{text}"),
                (Err(error), Ok(oracle)) => {
                    prop_assert!(error.what == NO_TABLE && !oracle.is_object(), "{text}: {}", error.what);
                }
                // Numbers too large for a float: we keep their text.
                (Ok(_), Err(error)) => prop_assert!(error.to_string().starts_with("number out of range"), "{text}"),
                (Err(_), Err(_)) => {}
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("{{\"a\": {text}"));
            let _ = read(&format!("{{\"a\": \"{text}"));
        }
    }
}
