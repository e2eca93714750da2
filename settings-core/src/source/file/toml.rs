//! TOML, by the `toml` crate, whose tree is taken over as it is.

use std::borrow::Cow;

use ::toml::Spanned;
use ::toml::de::{DeArray, DeFloat, DeInteger, DeTable, DeValue, Error};

use super::{SyntaxError, TOO_DEEP};
use crate::value::node::{Entry, Item, MAX_DEPTH, Node, Offset};

/// `toml` limits the nesting of `{` to 80, but each of them may add a dotted key's whole length to the
/// tree, which it then drops by recursion: a thread's stack would not hold it.
const MAX_PARTS: usize = 16;
const HARMLESS_BRACES: usize = 8;

pub(crate) fn read(text: &str) -> Result<Node<'_>, SyntaxError> {
    if text.matches('{').nth(HARMLESS_BRACES).is_some()
        && let Some(at) = key_of_too_many_parts(text)
    {
        return Err(SyntaxError::new(at, "a dotted key has more than 16 parts"));
    }
    let root = DeTable::parse(text).map_err(|error| SyntaxError {
        at: error.span().map(|span| Offset::new(span.start)),
        what: words(&error),
    })?;
    let mut taker = Taker {
        text,
        too_deep: None,
    };
    let root = taker.table(root.into_inner(), 0);
    match taker.too_deep {
        None => Ok(root),
        Some(at) => Err(SyntaxError::new(at, TOO_DEEP)),
    }
}

/// Takes toml's tree over.
struct Taker<'t> {
    text: &'t str,
    /// Where something was left out, looked at in the end: a `Result` at each of the values costs more.
    too_deep: Option<usize>,
}

impl<'t> Taker<'t> {
    fn table(&mut self, table: DeTable<'t>, depth: usize) -> Node<'t> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            entries.push(Entry {
                key_at: Offset::new(key.span().start),
                key: key.into_inner(),
                at: Offset::new(value.span().start),
                value: self.value(value, depth),
            });
        }
        Node::Table(entries)
    }

    fn list(&mut self, array: DeArray<'t>, depth: usize) -> Node<'t> {
        let mut items = Vec::with_capacity(array.len());
        for value in array {
            items.push(Item {
                at: Offset::new(value.span().start),
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
                self.too_deep = Some(span.start);
                Node::Null
            }
            DeValue::Array(array) => self.list(array, depth + 1),
            DeValue::Table(table) => self.table(table, depth + 1),
        }
    }
}

/// An integer in decimal; one of another radix that 128 bits cannot hold stays as it is written.
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

/// Where a key of more than [`MAX_PARTS`] parts stands, if one does. Cuts a text as toml does, also one that
/// is not well formed, of which toml builds what it can.
fn key_of_too_many_parts(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut parts) = (0, 1);
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        at += match byte {
            b'#' => until(rest, b"\r\n"),
            b'"' | b'\'' => string(rest, byte),
            b'.' => {
                parts += 1;
                if parts > MAX_PARTS {
                    return Some(at);
                }
                1
            }
            b' ' | b'\t' => 1,
            b'=' | b',' | b'[' | b']' | b'{' | b'}' | b'\r' | b'\n' => {
                parts = 1;
                1
            }
            // A quote inside such a word opens no string.
            _ => until(rest, b".=,[]{} \t#\r\n"),
        };
    }
    None
}

/// How many bytes a string takes, with its quotes; one on one line ends with the line at the latest.
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

/// Our words for toml's. Its own name the mistake first and what it expected behind a comma; they are
/// only looked at, so that no later version of the crate can quote the file through us.
fn words(error: &Error) -> &'static str {
    let message = error.message();
    let mistake = message.split_once(',').map_or(message, |(first, _)| first);
    match mistake {
        "duplicate key" => "this key or table stands twice",
        "string values must be quoted" if error.span().is_some_and(|span| span.is_empty()) => {
            "expected a value after `=`"
        }
        "string values must be quoted" | "invalid boolean" => {
            "this value is no number, bool or date; a string needs quotes"
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
        "unexpected `=` in array" => "a list has no `=`; a table stands between `{` and `}`",
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
            "this string in double quotes is not closed, or holds a control character"
        }
        "invalid literal string" | "invalid multi-line literal string" => {
            "this string in single quotes is not closed, or holds a control character"
        }
        "missing opening quote" => "a quote without its first one",
        "missing escaped value" => {
            "unknown escape after `\\`; single quotes take text as it stands"
        }
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
        "`_` may only go between digits" => "`_` may only stand between digits",
        "cannot recurse further; max recursion depth met" => {
            "lists and tables in brackets are nested more than 80 deep"
        }
        "recursion limit" => "a dotted key has more than 80 parts",
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

    fn entries(text: &str) -> Vec<Entry<'_>> {
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
    fn a_date_is_its_text_as_it_stands() {
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
    fn keys_and_strings_are_borrowed_where_they_stand_as_they_are() {
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
    fn an_error_says_what_is_wrong_and_where() {
        let is = |text: &str, line: &str, words: &str| {
            assert_eq!(what(text), (line.to_owned(), words), "{text}");
        };
        is("a = 1\na = 2\n", "a = 2", "this key or table stands twice");
        is("[a]\n[a]\n", "a]", "this key or table stands twice");
        is(
            "a = hunter2\n",
            "hunter2",
            "this value is no number, bool or date; a string needs quotes",
        );
        is("a\n", "", "expected `=` and a value after the key");
        is("a =\n", "", "expected a value after `=`");
        is(
            "a = \"x\n",
            "",
            "this string in double quotes is not closed, or holds a control character",
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
            "unknown escape after `\\`; single quotes take text as it stands",
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
        assert_eq!(
            what(&format!("a = {}", "[".repeat(10_000))).1,
            "lists and tables in brackets are nested more than 80 deep"
        );
    }

    #[test]
    fn what_is_parsed_without_a_look_at_its_keys_fits_a_stack() {
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
            if key_of_too_many_parts(&text).is_none() {
                let (tree, _) = DeTable::parse_recoverable(&text);
                let brackets = text.matches(['[', '{']).count();
                let deepest = tree.get_ref().values().map(of_spanned).max().unwrap_or(0);
                // A header and a key before any bracket, and a bracket's own level.
                prop_assert!(deepest <= 2 * MAX_PARTS + brackets * (MAX_PARTS + 1), "{text}");
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
