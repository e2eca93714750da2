//! TOML files, parsed by the `toml` crate, whose tree is converted.

use std::borrow::Cow;
use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeArray, DeFloat, DeInteger, DeTable, DeValue, Error};

use super::{SyntaxError, TOO_DEEP, TOO_MANY};
use crate::value::node::{Item, MAX_DEPTH, MAX_VALUES, Node, Offset, TableEntry};
use crate::value::quotes::{NEEDS_PLAIN_QUOTES, is_typographic_quote};

/// `toml` limits the nesting of `{` to 80, but each of them may add a dotted key's whole length to the
/// tree, which it then drops recursively: a thread's stack would overflow.
const MAX_PARTS_IN_BRACES: usize = 16;
const HARMLESS_BRACES: usize = 8;

/// `toml` reads dotted keys of at most this many parts, but keeps every part before it refuses a longer one.
const MAX_PARTS: usize = 80;

/// `toml` reads lists and tables in brackets up to 80 deep. Values below this depth are read by themselves.
const MAX_BRACKETS: usize = 64;

pub(crate) fn read(text: &str) -> Result<Node<'_>, SyntaxError> {
    if text.len() > HARMLESS_SIZE
        && let Some((at, what)) = excess(text)
    {
        return Err(SyntaxError::new(at, what));
    }
    let bytes = text.as_bytes();
    if memchr::memchr_iter(b'{', bytes)
        .nth(HARMLESS_BRACES)
        .is_some()
        && let Some(at) = key_of_too_many_parts(text, MAX_PARTS_IN_BRACES)
    {
        return Err(SyntaxError::new(at, "a dotted key has more than 16 parts"));
    }
    let brackets = memchr::memchr2_iter(b'[', b'{', bytes).filter(|at| !is_in_header(bytes, *at));
    if brackets.take(MAX_BRACKETS + 1).count() > MAX_BRACKETS {
        let deep = deep_values(text).map_err(|at| SyntaxError::new(at, TOO_DEEP))?;
        if !deep.is_empty() {
            return read_in_parts(text, &deep);
        }
    }
    read_at_once(text)
}

const TOO_MANY_PARTS: &str = "a dotted key has more than 80 parts";

fn read_at_once(text: &str) -> Result<Node<'_>, SyntaxError> {
    let root = DeTable::parse(text).map_err(|error| {
        // `toml` says of such a key that it is nested too deeply.
        let long_key = key_of_too_many_parts(text, MAX_PARTS);
        let is_first = |at: &usize| error.span().is_none_or(|span| *at <= span.end);
        match long_key.filter(is_first) {
            Some(at) => SyntaxError::new(at, TOO_MANY_PARTS),
            None => SyntaxError {
                first: duplicate(&error).and_then(|span| first_key(text, span)),
                ..syntax_error(&error, text, 0)
            },
        }
    })?;
    let mut taker = Taker::new(text, 0);
    let root = taker.table(root.into_inner(), 0);
    taker.finish(root)
}

/// Reads a text without its deepest values, then these values, and inserts them.
fn read_in_parts(text: &str, deep: &[Range<usize>]) -> Result<Node<'static>, SyntaxError> {
    let mut shallow = text.to_owned();
    for range in deep {
        let filler = format!("0{}", " ".repeat(range.len() - 1));
        shallow.replace_range(range.clone(), &filler);
    }
    let mut root = read_at_once(&shallow)?.into_owned();
    put_back(&mut root, 0, text, deep)?;
    Ok(root)
}

/// Replaces the fillers in a value by the values themselves, at a given depth.
fn put_back(
    node: &mut Node<'static>,
    depth: usize,
    text: &str,
    deep: &[Range<usize>],
) -> Result<(), SyntaxError> {
    let values: Vec<(Offset, &mut Node<'static>)> = match node {
        Node::List(items) => items
            .iter_mut()
            .map(|item| (item.at, &mut item.value))
            .collect(),
        Node::Table(entries) => {
            let entries = entries.iter_mut();
            entries.map(|entry| (entry.at, &mut entry.value)).collect()
        }
        _ => return Ok(()),
    };
    for (at, value) in values {
        let range = deep.binary_search_by_key(&at.bytes(), |range| range.start);
        match range.ok().and_then(|nth| text.get(deep[nth].clone())) {
            Some(inner) => {
                let parsed = DeValue::parse(inner);
                let parsed = parsed.map_err(|error| syntax_error(&error, inner, at.bytes()))?;
                let mut taker = Taker::new(inner, at.bytes());
                let read = taker.value(parsed, depth);
                *value = taker.finish(read)?.into_owned();
            }
            None => put_back(value, depth + 1, text, deep)?,
        }
    }
    Ok(())
}

/// The error of a text that begins at `base` in the file.
fn syntax_error(error: &Error, text: &str, base: usize) -> SyntaxError {
    let start = error.span().map(|span| span.start);
    let rest = start.and_then(|start| text.get(start..));
    let is_typographic = rest.is_some_and(|rest| rest.starts_with(is_typographic_quote));
    SyntaxError {
        at: start.map(|start| Offset::new(base + start)),
        what: if is_typographic {
            NEEDS_PLAIN_QUOTES
        } else {
            words(error)
        },
        first: None,
    }
}

/// The key that an error calls a duplicate.
fn duplicate(error: &Error) -> Option<Range<usize>> {
    let is_duplicate = error.message().starts_with("duplicate key");
    error.span().filter(|_| is_duplicate)
}

/// The position of the first key of the same name in the same table.
///
/// The text before the duplicate is valid. With another name in its place, the parser shows which table it is in.
fn first_key(text: &str, duplicate: Range<usize>) -> Option<Offset> {
    const NAME: &str = "\u{1f50e}";
    let name = text.get(duplicate.clone())?.trim_matches(['"', '\'']);
    let before = text.get(..duplicate.start)?;
    [" = 0", "]", "]]"].iter().find_map(|rest| {
        let probe = format!("{before}\"{NAME}\"{rest}\n");
        let root = DeTable::parse(&probe).ok()?.into_inner();
        let mut tables = vec![&root];
        while let Some(table) = tables.pop() {
            if table.keys().any(|key| &**key.get_ref() == NAME) {
                let first = table.keys().find(|key| &**key.get_ref() == name)?;
                return Some(Offset::new(first.span().start));
            }
            for value in table.values() {
                tables_in(value.get_ref(), &mut tables);
            }
        }
        None
    })
}

/// Adds the tables in a value.
fn tables_in<'v, 't>(value: &'v DeValue<'t>, tables: &mut Vec<&'v DeTable<'t>>) {
    match value {
        DeValue::Table(table) => tables.push(table),
        DeValue::Array(items) => {
            for item in items {
                tables_in(item.get_ref(), tables);
            }
        }
        _ => {}
    }
}

/// No file of this size exceeds [`SPARE_MEMORY`], whatever it contains.
const HARMLESS_SIZE: usize = 64 << 10;

/// The memory that a file may take beyond ten times its size.
const SPARE_MEMORY: usize = 64 << 20;

/// The memory that `toml` takes for a token, and for a key, a table and a list beside their tokens.
const TOKEN_MEMORY: usize = 72;
const KEY_MEMORY: usize = 220;
const TABLE_MEMORY: usize = 1200;
const LIST_MEMORY: usize = 320;

/// The position at which a file exceeds the limit for values or for memory. `toml` checks neither.
fn excess(text: &str) -> Option<(usize, &'static str)> {
    let limit = SPARE_MEMORY + 10 * text.len();
    let (mut values, mut memory) = (0, 0);
    // The parts of the current word are those of a key, or a number that is a value.
    let (mut parts, mut is_number) = (0, false);
    let (mut begins_line, mut depth) = (true, 0_usize);
    for Token { at, first, length } in tokens(text) {
        memory += TOKEN_MEMORY;
        match first {
            b'.' if parts + 1 == MAX_PARTS => return Some((at, TOO_MANY_PARTS)),
            b'.' => parts += 1,
            b'=' | b',' | b'[' | b']' | b'{' | b'}' | b'\n' => {
                // `1.5 = 2` is a key, `[1.5]` a list or a header, and `1.5.2` not a number.
                if !(is_number && parts == 1 && matches!(first, b',' | b']' | b'}' | b'\n')) {
                    memory += parts * TABLE_MEMORY;
                }
                parts = 0;
                is_number = false;
                match first {
                    b'=' => {
                        values += 1;
                        memory += KEY_MEMORY;
                    }
                    b',' => values += 1,
                    b'[' if begins_line => memory += TABLE_MEMORY,
                    b'[' => {
                        memory += LIST_MEMORY;
                        depth += 1;
                    }
                    b'{' => {
                        memory += TABLE_MEMORY;
                        depth += 1;
                    }
                    b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            _ if parts == 0 => is_number |= matches!(first, b'0'..=b'9' | b'+' | b'-'),
            _ => {}
        }
        begins_line =
            first == b'\n' && depth == 0 || begins_line && matches!(first, b' ' | b'\t' | b'\r');
        if values > MAX_VALUES {
            return Some((at, TOO_MANY));
        }
        if memory > limit {
            return Some((at + length - 1, TOO_LARGE));
        }
    }
    None
}

const TOO_LARGE: &str = "the tables, lists and keys up to here take more memory than 64 MiB and ten times the size of the file";

/// A token of TOML: its position, its first byte and its length.
struct Token {
    at: usize,
    first: u8,
    length: usize,
}

/// Splits a text as `toml` does, also one that is not well formed, because `toml` builds a partial tree of it.
fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = *bytes.get(at)?;
        let rest = &bytes[at..];
        let length = match first {
            b'#' => until(rest, b"\r\n"),
            b'"' | b'\'' => string(rest, first),
            b'.' | b'=' | b',' | b'[' | b']' | b'{' | b'}' | b' ' | b'\t' | b'\r' | b'\n' => 1,
            // A quote inside such a word does not open a string.
            _ => until(rest, b".=,[]{} \t#\r\n"),
        };
        let token = Token { at, first, length };
        at += length;
        Some(token)
    })
}

/// Whether a bracket is that of `[name]` or `[[name]]` at the start of a line, so that nothing is nested in it.
fn is_in_header(text: &[u8], at: usize) -> bool {
    let (before, after) = (&text[..at], &text[at + 1..]);
    let before = before.strip_suffix(b"[").unwrap_or(before);
    let after = after.strip_prefix(b"[").unwrap_or(after);
    let is_bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    matches!(before, [] | [.., b'\n']) && after.iter().find(|byte| !is_bare(byte)) == Some(&b']')
}

/// The values in brackets that begin directly below [`MAX_BRACKETS`]; an error with the position if values are too
/// deep.
fn deep_values(text: &str) -> Result<Vec<Range<usize>>, usize> {
    let (mut depth, mut start) = (0, 0);
    let (mut begins_line, mut is_header) = (true, false);
    let mut found = Vec::new();
    for Token { at, first, .. } in tokens(text) {
        let begins = std::mem::take(&mut begins_line);
        match first {
            b'\n' => {
                begins_line = depth == 0;
                is_header = false;
            }
            b' ' | b'\t' | b'\r' => begins_line = begins,
            b'[' if begins => is_header = true,
            b'[' | b'{' if !is_header => {
                depth += 1;
                if depth == MAX_BRACKETS + 1 {
                    start = at;
                }
                if depth > MAX_DEPTH {
                    return Err(at);
                }
            }
            b']' | b'}' if !is_header && depth > 0 => {
                if depth == MAX_BRACKETS + 1 {
                    found.push(start..at + 1);
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Converts toml's tree.
struct Taker<'t> {
    text: &'t str,
    /// The offset of the text in the file.
    base: usize,
    /// The position of a value that was omitted; checked at the end, as a `Result` for each value costs more.
    too_deep: Option<usize>,
}

impl<'t> Taker<'t> {
    fn new(text: &'t str, base: usize) -> Self {
        Self {
            text,
            base,
            too_deep: None,
        }
    }

    fn finish(self, node: Node<'t>) -> Result<Node<'t>, SyntaxError> {
        match self.too_deep {
            None => Ok(node),
            Some(at) => Err(SyntaxError::new(at, TOO_DEEP)),
        }
    }

    fn at(&self, span: &Range<usize>) -> Offset {
        Offset::new(self.base + span.start)
    }

    fn table(&mut self, table: DeTable<'t>, depth: usize) -> Node<'t> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            entries.push(TableEntry {
                key_at: self.at(&key.span()),
                key: key.into_inner(),
                at: self.at(&value.span()),
                value: self.value(value, depth),
            });
        }
        Node::Table(entries)
    }

    fn list(&mut self, array: DeArray<'t>, depth: usize) -> Node<'t> {
        let mut items = Vec::with_capacity(array.len());
        for value in array {
            items.push(Item {
                at: self.at(&value.span()),
                value: self.value(value, depth),
            });
        }
        Node::List(items)
    }

    fn value(&mut self, value: Spanned<DeValue<'t>>, depth: usize) -> Node<'t> {
        let span = value.span();
        match value.into_inner() {
            DeValue::String(string) => Node::Text(string),
            DeValue::Boolean(bool) => Node::Bool(bool),
            DeValue::Integer(integer) => int(&integer),
            DeValue::Float(number) => float(&number),
            DeValue::Datetime(_) => {
                Node::Text(Cow::Borrowed(self.text.get(span).unwrap_or_default()))
            }
            DeValue::Array(_) | DeValue::Table(_) if depth == MAX_DEPTH => {
                self.too_deep = Some(self.base + span.start);
                Node::Null
            }
            DeValue::Array(array) => self.list(array, depth + 1),
            DeValue::Table(table) => self.table(table, depth + 1),
        }
    }
}

/// An integer in decimal; one of another radix that exceeds 128 bits is unchanged.
fn int<'t>(integer: &DeInteger<'t>) -> Node<'t> {
    let (digits, radix) = (integer.as_str(), integer.radix());
    if radix == 10 {
        return Node::number(digits.to_owned());
    }
    let text = u128::from_str_radix(digits, radix)
        .map_or_else(|_| integer.to_string(), |int| int.to_string());
    Node::number(text)
}

fn float<'t>(number: &DeFloat<'t>) -> Node<'t> {
    Node::number(number.as_str().to_owned())
}

/// The position in a key at which it has more parts than allowed.
fn key_of_too_many_parts(text: &str, allowed: usize) -> Option<usize> {
    let mut parts = 1;
    for Token { at, first, .. } in tokens(text) {
        match first {
            b'.' => {
                parts += 1;
                if parts > allowed {
                    return Some(at);
                }
            }
            b'=' | b',' | b'[' | b']' | b'{' | b'}' | b'\r' | b'\n' => parts = 1,
            _ => {}
        }
    }
    None
}

/// The length of a string in bytes, with its quotes; a single-line string ends at the end of the line at the latest.
fn string(text: &[u8], quote: u8) -> usize {
    let three = [quote; 3];
    let long = text.starts_with(&three);
    let quotes = if long { &three[..] } else { &three[..1] };
    let mut at = quotes.len();
    while at < text.len() && !text[at..].starts_with(quotes) {
        at += match text[at..] {
            [b'\\', b'\\' | b'"', ..] if quote == b'"' => 2,
            [b'\n', ..] if !long => return at,
            _ => 1,
        };
    }
    at += quotes.len();
    // Up to two quotes before the last three belong to the text.
    let more = text.iter().skip(at).take_while(|&&byte| byte == quote);
    at + if long { more.take(2).count() } else { 0 }
}

fn until(text: &[u8], ends: &[u8]) -> usize {
    text.iter()
        .position(|byte| ends.contains(byte))
        .unwrap_or(text.len())
}

/// The message for an error of toml. Its own names the error first, then what it expected after a comma; it is
/// not printed, as a later version of the crate may quote the file.
fn words(error: &Error) -> &'static str {
    let message = error.message();
    let mistake = message.split_once(',').map_or(message, |(first, _)| first);
    match mistake {
        "duplicate key" => "duplicate key or table",
        "string values must be quoted" if error.span().is_some_and(|span| span.is_empty()) => {
            "expected a value after `=`"
        }
        "string values must be quoted" | "invalid boolean" => {
            "this value is not a number, bool or date; a string needs quotes"
        }
        "key with no value" => "expected `=` and a value after the key",
        "missing value for key" | "missing value" => "expected a value after `=`",
        "extra `=`" => "one `=` too many",
        "invalid key" | "invalid unquoted key" | "unquoted keys cannot be empty" => {
            "expected a key: letters, digits, `_` and `-`, or anything in quotes"
        }
        "keys cannot be multi-line literal strings" | "keys cannot be multi-line basic strings" => {
            "a key can't be a string of several lines"
        }
        "invalid table" | "missing table open" => "expected a table's name between `[` and `]`",
        "unclosed table" => "expected `]` after the table's name",
        "unclosed array table" => "expected `]]` after the table's name",
        "unclosed array" => "expected `]` at the end of the list",
        "unclosed inline table" => "expected `}` at the end of the table",
        "missing array opening" => "a `]` without its `[`",
        "missing inline table opening" => "a `}` without its `{`",
        "missing comma between array elements" => "expected a comma between the list's elements",
        "missing comma between key-value pairs" => "expected a comma between the table's keys",
        "extra comma in array" | "extra comma in inline table" => "one comma too many",
        "unexpected `=` in array" => "a list has no `=`; a table is written between `{` and `}`",
        "missing key for inline table element"
        | "missing assignment between key-value pairs"
        | "extra assignment between key-value pairs"
        | "invalid inline table element"
        | "invalid key-value pair" => "expected `key = value`",
        "unexpected key or value" => "expected the end of the line after the value",
        "unexpected content between comment and newline" | "unexpected content" => {
            "expected `key = value` or `[table]`"
        }
        "invalid basic string" | "invalid multi-line basic string" => {
            "this string in double quotes is not closed, or contains a control character"
        }
        "invalid literal string" | "invalid multi-line literal string" => {
            "this string in single quotes is not closed, or contains a control character"
        }
        "missing opening quote" => "a quote without its first one",
        "missing escaped value" => "unknown escape after `\\`; single quotes keep text as it is",
        "too few unicode value digits" | "invalid value" => {
            "expected the hexadecimal digits of a Unicode character"
        }
        "carriage return must be followed by newline" => {
            "a carriage return without a line feed behind it"
        }
        "invalid comment character" | "missing comment start" => "a control character in a comment",
        "redundant numeric sign" | "unexpected sign" => "a number takes one sign at most",
        "integers with a radix cannot be signed" => {
            "a number that begins with `0x`, `0o` or `0b` takes no sign"
        }
        "radix must be lowercase" => "`0x`, `0o` and `0b` are written in lower case",
        "redundant integer number prefix" => "a decimal number takes no prefix",
        "unexpected leading zero" => "a number can't begin with a zero; text needs quotes",
        "`_` may only go between digits" => "`_` is only allowed between digits",
        "cannot recurse further; max recursion depth met" => TOO_DEEP,
        "recursion limit" => TOO_MANY_PARTS,
        _ if mistake.starts_with("cannot extend value") => {
            "this key is a value already, and can't have keys of its own"
        }
        "invalid integer number"
        | "invalid float"
        | "invalid hexadecimal number"
        | "invalid octal number"
        | "invalid binary number" => "not a number; text needs quotes",
        "invalid date-time" | "invalid datetime" | "invalid date" | "invalid time"
        | "invalid offset" => "not a date or time; text needs quotes",
        _ if mistake.starts_with("invalid") => "not a value of TOML's; text needs quotes",
        _ => "not valid TOML",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries(text: &str) -> Vec<TableEntry<'_>> {
        match read(text) {
            Ok(Node::Table(entries)) => entries,
            Ok(_) => panic!("no table"),
            Err(error) => panic!("{text}: {} at {:?}", error.what, error.at),
        }
    }

    fn one(value: &str) -> Node<'static> {
        let text: &'static str = format!("a = {value}\n").leak();
        entries(text).pop().unwrap().value
    }

    fn what(text: &str) -> (String, &'static str) {
        let error = read(text).unwrap_err();
        let at = error.at.map_or(text.len(), Offset::bytes);
        let line = text[at..].lines().next().unwrap_or_default();
        (line.to_owned(), error.what)
    }

    #[test]
    fn every_kind_of_value_is_taken_over() {
        assert_eq!(one("'x'"), Node::Text("x".into()));
        assert_eq!(one("true"), Node::Bool(true));
        assert_eq!(one("1_000"), Node::number("1000"));
        assert_eq!(one("+5"), Node::number("5"));
        assert_eq!(one("0xff"), Node::number("255"));
        assert_eq!(one("1_0.5"), Node::number("10.5"));
        assert_eq!(one("-inf"), Node::number("-inf"));
        assert_eq!(one("+nan"), Node::number("nan"));
        assert!(matches!(one("[1, 'x']"), Node::List(items) if items.len() == 2));
        assert!(matches!(one("{b.c = 1, d = 2}"), Node::Table(entries) if entries.len() == 2));
    }

    #[test]
    fn a_number_that_would_change_is_its_text() {
        let number = |text: &str| Node::Number(text.to_owned().into());
        assert_eq!(
            one("9_223_372_036_854_775_808"),
            number("9223372036854775808")
        );
        assert_eq!(
            one("0xffffffffffffffffff"),
            number("4722366482869645213695")
        );
        let wide = format!("0x{}", "f".repeat(40));
        assert_eq!(one(&wide), number(&wide));
        assert_eq!(
            one("3.14159265358979323846"),
            number("3.14159265358979323846")
        );
        assert_eq!(one("1e999"), number("1e999"));
    }

    #[test]
    fn a_date_is_its_text() {
        for date in [
            "1979-05-27T07:32:00Z",
            "1979-05-27 07:32:00.500",
            "1979-05-27",
            "07:32:00",
        ] {
            assert_eq!(one(date), Node::Text(date.to_owned().into()));
        }
    }

    #[test]
    fn keys_and_strings_without_escapes_are_borrowed() {
        let text = "key = 'text'\n\"qu\\u00e9\" = \"a\\nb\"\n";
        let entries = entries(text);
        assert!(matches!(&entries[0].key, Cow::Borrowed("key")));
        assert!(matches!(
            &entries[0].value,
            Node::Text(Cow::Borrowed("text"))
        ));
        assert_eq!(entries[1].key, "qué");
        assert_eq!(entries[1].value, Node::Text("a\nb".into()));
    }

    #[test]
    fn a_value_points_to_its_first_character() {
        let text =
            "\u{feff}port = \"x\" # é\n[server]\nbind = 1\n[[list]]\na.b = [ 2 ]\n[x.y]\nz = 1";
        let root = entries(text);
        let rest = |at: Offset| text[at.bytes()..].lines().next().unwrap();
        let [list, port, server, implicit] = &root[..] else {
            panic!("four keys");
        };
        assert_eq!(rest(port.at), "\"x\" # é");
        assert_eq!(rest(server.at), "[server]");
        assert_eq!(rest(list.at), "[[list]]");
        assert_eq!(rest(implicit.at), "x.y]");
        let Node::Table(server) = &server.value else {
            panic!("no table");
        };
        assert_eq!(rest(server[0].at), "1");
        let Node::List(items) = &list.value else {
            panic!("no list");
        };
        assert_eq!(rest(items[0].at), "[[list]]");
    }

    #[test]
    fn an_empty_file_is_an_empty_table() {
        for text in ["", "\u{feff}", "# nothing\r\n"] {
            assert_eq!(read(text), Ok(Node::Table(Vec::new())));
        }
    }

    #[test]
    fn an_error_has_a_message_and_a_position() {
        let is = |text: &str, line: &str, words: &str| {
            assert_eq!(what(text), (line.to_owned(), words), "{text}");
        };
        is("a = 1\na = 2\n", "a = 2", "duplicate key or table");
        is("[a]\n[a]\n", "a]", "duplicate key or table");
        is(
            "a = hunter2\n",
            "hunter2",
            "this value is not a number, bool or date; a string needs quotes",
        );
        is("a\n", "", "expected `=` and a value after the key");
        is(
            "a = \u{201c}x\u{201d}\n",
            "\u{201c}x\u{201d}",
            "text needs the plain quotes `\"`, not typographic ones",
        );
        is("a =\n", "", "expected a value after `=`");
        is(
            "a = \"x\n",
            "",
            "this string in double quotes is not closed, or contains a control character",
        );
        is("a = [1, 2\n", "", "expected `]` at the end of the list");
        is(
            "a = [1, 'x' 2]\n",
            "2]",
            "expected a comma between the list's elements",
        );
        is(
            "a = 'x' b = 2\n",
            "b = 2",
            "expected the end of the line after the value",
        );
        is(
            "a.b = 1\na.b.c = 1\n",
            "b.c = 1",
            "this key is a value already, and can't have keys of its own",
        );
        is(
            "a = 012\n",
            "012",
            "a number can't begin with a zero; text needs quotes",
        );
        is(
            "a = \"\\q\"\n",
            "q\"",
            "unknown escape after `\\`; single quotes keep text as it is",
        );
        is(
            "a = 2001-13-01\n",
            "2001-13-01",
            "not a date or time; text needs quotes",
        );
    }

    #[test]
    fn no_error_quotes_the_file() {
        let values = [
            "hunter2",
            "\"hunter2",
            "'hunter2",
            "\"\"\"hunter2",
            "'''hunter2",
            "[hunter2]",
            "{hunter2}",
            "{hunter2 = }",
            "hunter2 = 1",
            "1hunter2",
            "2001-01-01hunter2",
            "12:00hunter2",
            "0xhunter2",
            "truehunter2",
            "+hunter2",
            "\"\\hunter2\"",
            "\"\\uhunter2\"",
            "'x' hunter2",
            "1.hunter2",
            "1_hunter2",
            ".hunter2",
            "\u{1}hunter2",
            "hunter2\rx",
            "]hunter2",
            "}hunter2",
            "=hunter2",
            "[1 hunter2",
            "{a = 1 hunter2",
            "*hunter2",
            "# hunter2",
            "\"hunter2\u{1}\"",
            "{hunter2 = 1, hunter2 = 2}",
            "[hunter2 = 1]",
            "[,hunter2]",
            "{,hunter2=1}",
            "+-1hunter2",
            "+0x1hunter2",
            "0Xhunter2",
            "1__0",
        ];
        for value in values {
            for text in [
                format!("password = {value}\n"),
                format!("password = {value}"),
                format!("[hunter2]\n[hunter2]\npassword = {value}"),
                format!("hunter2 = 1\nhunter2.password = {value}\nhunter2.x = 1"),
                format!("[{value}\n"),
                format!("[[{value}]\n"),
                format!("{value}\n"),
            ] {
                let Err(error) = read(&text) else {
                    continue;
                };
                assert!(!error.what.contains("hunter2"), "{text}");
                let parsed = DeTable::parse(&text).map(|_| ()).unwrap_err();
                assert_ne!(error.what, "not valid TOML", "{text}: {}", parsed.message());
                assert!(error.at.is_some(), "{text}");
            }
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let key = ["a"; 16].join(".");
        let nested = |levels: usize| {
            let open = format!("{{{key} = ").repeat(levels);
            format!("{key} = {open}1{}\n", "}".repeat(levels))
        };
        assert!(read(&nested(7)).is_ok());
        assert_eq!(what(&nested(9)).1, TOO_DEEP);
        assert_eq!(what(&nested(70)).1, TOO_DEEP);
        assert_eq!(what(&format!("a = {}", "[".repeat(10_000))).1, TOO_DEEP);
    }

    #[test]
    fn brackets_may_be_nested_as_deep_as_in_other_formats() {
        let lists = |depth: usize| format!("{}'x'{}", "[".repeat(depth), "]".repeat(depth));
        let tables = |depth: usize| format!("{}1{}", "{ b = ".repeat(depth), " }".repeat(depth));
        let nested = |mut node: &Node<'_>| {
            for depth in 0.. {
                node = match node {
                    Node::List(items) => &items[0].value,
                    Node::Table(entries) => &entries[0].value,
                    _ => return depth,
                };
            }
            unreachable!()
        };
        for depth in [60, 64, 65, 80, 100, 128] {
            for value in [lists(depth), tables(depth)] {
                let text = format!("a = {value} # [\nc = 5\n[t]\nd = [\"[[\", '{{']\n");
                let root = entries(&text);
                assert_eq!(nested(&root[0].value), depth);
                assert_eq!(root[1].value, Node::number("5"));
                assert!(text[root[2].at.bytes()..].starts_with("[t]"));
            }
        }
        for value in [lists(129), tables(129), format!("[0, {}]", lists(128))] {
            assert_eq!(what(&format!("a = {value}\n")).1, TOO_DEEP);
        }
        assert_eq!(what(&format!("[t]\na = {}\n", lists(128))).1, TOO_DEEP);
        // Positions of errors count from the start of the file too.
        let text = format!("a = {}[1 2]{}\n", "[".repeat(70), "]".repeat(70));
        let at = read(&text).unwrap_err().at.map_or(0, Offset::bytes);
        assert!((74..80).contains(&at), "{at}");
    }

    #[test]
    fn a_large_file_has_a_limit_for_its_parts() {
        let list = |count: usize| format!("a = [{}]\n", "1,".repeat(count));
        assert!(read(&list(300_000)).is_ok());
        assert_eq!(what(&list(4 * MAX_VALUES)).1, TOO_MANY);
        for text in ["[".repeat(16 << 20), "1 ".repeat(8 << 20)] {
            assert_eq!(what(&text).1, TOO_LARGE);
        }
    }

    #[test]
    fn the_memory_of_a_large_file_has_a_limit() {
        let many = |piece: &str, size: usize| piece.repeat(size / piece.len());
        for text in [
            many("[a.a.a.a.a]\n", 1 << 20),
            many("a.a.a.a.a = 1\n", 1 << 20),
            format!("a = [{}]\n", many("{a=1},\n", 1 << 20)),
            format!("a = [{}]\n", many("[[[[1]]]],\n", 1 << 20)),
        ] {
            let error = read(&text).unwrap_err();
            assert_eq!(error.what, TOO_LARGE, "{text:.40}");
            let at = error.at.map_or(0, Offset::bytes);
            assert!((64 << 10..text.len()).contains(&at), "{at}: {text:.40}");
        }
        // Numbers, texts and comments are not keys.
        for piece in ["1.5,\n", "'a.b.c.d',\n", "#a.b.c.d\n", "[1.5, 2],\n"] {
            let text = format!("a = [\n{}]\n", many(piece, 600_000));
            assert!(read(&text).is_ok(), "{piece}");
        }
        for parts in [80, 1 << 20] {
            let key = format!("\n{}a = 1\n", "a.".repeat(parts));
            assert_eq!(what(&key).1, TOO_MANY_PARTS);
            assert_eq!(read(&key).unwrap_err().at.map(Offset::bytes), Some(160));
        }
    }

    #[test]
    fn deep_values_with_long_keys_fit_the_stack() {
        let key = ["a"; 79].join(".");
        let lists = "[".repeat(70);
        let deep = format!(
            "[{key}]\n{key} = {lists}{}",
            format!("{{{key} = ").repeat(8)
        );
        assert!(read(&deep).is_err());
        let whole = format!("{deep}1{}{}", "}".repeat(8), "]".repeat(70));
        assert_eq!(what(&whole).1, TOO_DEEP);
    }

    #[test]
    fn a_key_of_too_many_parts_is_refused_before_the_stack_is_full() {
        let parts = "\"a.b\" . 'a'.".repeat(10) + "a";
        let too_many = "a dotted key has more than 16 parts";
        let braces = "b = [{}, {}, {}, {}, {}, {}, {}, {}, {}]\n";
        assert_eq!(what(&format!("{braces}{parts} = 1\n")).1, too_many);
        assert_eq!(what(&format!("{braces}[{parts}]\n")).1, too_many);
        assert_eq!(
            what(&format!("{braces}x = {{ {parts} = 1 }}\n")).1,
            too_many
        );
        let long = ["a"; 100].join(".");
        assert_eq!(
            read(&format!("{long} = 1")).unwrap_err().what,
            "a dotted key has more than 80 parts"
        );
        let deep = format!("{{{} = ", ["a"; 79].join(".")).repeat(79);
        assert_eq!(what(&format!("x = {deep}")).1, too_many);
    }

    #[test]
    fn dots_elsewhere_are_no_parts() {
        let dots = "a.".repeat(40);
        for text in [
            format!("a = '{dots}'\nb = \"{dots}\\\"{dots}\"\n"),
            format!("a = '''\n{dots} = 1\n'''\nb = \"\"\"\n{dots} = \\\"\"\"\"\n"),
            format!("# {dots}\na = [{}]\n", "1.5, ".repeat(40)),
        ] {
            let text =
                format!("x = [{{}}, {{}}, {{}}, {{}}, {{}}, {{}}, {{}}, {{}}, {{}}]\n{text}");
            assert!(read(&text).is_ok(), "{text}");
        }
    }

    fn depth(value: &DeValue<'_>) -> usize {
        match value {
            DeValue::Array(array) => 1 + array.iter().map(of_spanned).max().unwrap_or(0),
            DeValue::Table(table) => 1 + table.values().map(of_spanned).max().unwrap_or(0),
            _ => 0,
        }
    }

    fn of_spanned(value: &Spanned<DeValue<'_>>) -> usize {
        depth(value.get_ref())
    }

    proptest! {
        #[test]
        fn no_long_key_escapes_the_look_before_the_parsing(
            parts in prop::collection::vec(prop::sample::select(vec![
                "a", ".", " = ", "=", ", ", "[", "]", "{", "}", "'", "\"", "'''", "\"\"\"", "\\", "#", "\n", "\r\n",
                "\r", " ", "1", "'x'", "\"x\"", "\"\"\"x\"\"\"", "'''x'''", "a = ", "a = [", "a = {", "{a = ",
                "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a",
                "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1",
            ]), 0..25),
        ) {
            let text = parts.concat();
            if key_of_too_many_parts(&text, MAX_PARTS_IN_BRACES).is_none() {
                let (tree, _) = DeTable::parse_recoverable(&text);
                let brackets = text.matches(['[', '{']).count();
                let deepest = tree.get_ref().values().map(of_spanned).max().unwrap_or(0);
                // A header and a key before any bracket, and a bracket's own level.
                prop_assert!(deepest <= 2 * MAX_PARTS_IN_BRACES + brackets * (MAX_PARTS_IN_BRACES + 1), "{text}");
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("a = {text}"));
        }

        #[test]
        fn no_mixture_of_tokens_panics(
            parts in prop::collection::vec(prop::sample::select(vec![
                "a", "b", "é", ".", "=", " = ", ",", "[", "]", "[[", "]]", "{", "}", "'", "\"", "'''",
                "\"\"\"", "\\", "\\u00e9", "#", "\n", "\r\n", "\r", " ", "1", "0x", "1.5", "-", "+", "_",
                "true", "inf", "nan", "1979-05-27", "T07:32:00Z", "e5", "\0", "\u{feff}",
                "a.a.a.a.a.a.a.a.a",
            ]), 0..40),
        ) {
            let text = parts.concat();
            let _ = read(&text);
        }
    }
}
