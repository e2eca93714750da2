//! JSON files.

use super::{BOM, DUPLICATE_KEY, SyntaxError, TOO_DEEP, TOO_MANY};
use crate::value::json::{self, Why};
use crate::value::node::Node;

/// Reads a whole file.
pub(crate) fn read(text: &str) -> Result<Node<'_>, SyntaxError> {
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let root = json::node(text, start).map_err(|stop| {
        let error = |what| SyntaxError::new(stop.at, what);
        match stop.why {
            Why::Syntax(what) => error(what),
            Why::Depth => error(TOO_DEEP),
            Why::Count => error(TOO_MANY),
            Why::Duplicate { first } => error(DUPLICATE_KEY).after(first),
        }
    })?;
    match root {
        Node::Table(_) => Ok(root),
        _ => {
            let start = text.find(|ch: char| !ch.is_whitespace() && !BOM.contains(ch));
            Err(SyntaxError::new(start.unwrap_or(0), super::NO_TABLE))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Oracle;

    use super::super::NO_TABLE;
    use super::*;
    use crate::value::node::{Offset, is_same_number};

    const COMMENT: &str = "JSON has no comments";
    const NO_VALUE: &str =
        "expected a value: `true`, `false`, `null`, a number, `{`, `[`, or text in double quotes";

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
    fn a_repeated_key_is_refused_with_both_positions() {
        for text in [
            r#"{"a": 1, "b": 2, "a": 3}"#,
            r#"{"a": 1, "b": 2, "\u0061": 3, "a": 4, "b": 5}"#,
        ] {
            let error = read(text).unwrap_err();
            let first = error.first.map(Offset::bytes);
            assert_eq!(error.at.map(Offset::bytes), Some(17), "{text}");
            assert_eq!((error.what, first), (DUPLICATE_KEY, Some(1)), "{text}");
        }
        let inner = r#"{"a": [{"a": {"b": 1, "b": 2}}]}"#;
        assert_eq!(what(inner), (22, DUPLICATE_KEY));
    }

    #[test]
    fn integers_are_exact() {
        for number in ["-7", "340282366920938463463374607431768211455"] {
            let text = format!(r#"{{"a": {number}}}"#);
            assert_eq!(only_value(&text).as_scalar(), Some(number));
        }
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(
            only_value(r#"{"a": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00."}"#),
            Node::Text("\"\\/\u{8}\u{c}\n\r\té😀.".into())
        );
        let plain = only_value(r#"{"a": "plain"}"#);
        assert!(matches!(
            plain,
            Node::Text(std::borrow::Cow::Borrowed("plain"))
        ));
        assert_eq!(only_value(r#"{"a": ""}"#), Node::Text("".into()));
        assert_eq!(only_value(r#"{"a": null}"#), Node::Null);
    }

    #[test]
    fn an_error_has_a_message_and_a_position() {
        assert_eq!(what(""), (0, "the file is empty; an empty table is `{}`"));
        assert_eq!(what("[1]"), (0, NO_TABLE));
        assert_eq!(what(" 5"), (1, NO_TABLE));
        assert_eq!(what("{\"a\": hunter2}"), (6, NO_VALUE));
        assert_eq!(what("{\"a\": nullify}"), (6, NO_VALUE));
        assert_eq!(what("{\"a\": 'x'}"), (6, "strings use double quotes"));
        for (value, message) in [
            (
                "True",
                "`true`, `false` and `null` are written in lower case",
            ),
            ("None", "no value is written `null`"),
            ("NaN", "JSON has neither NaN nor infinity"),
            (
                "\u{201c}x\u{201d}",
                "text needs the plain quotes `\"`, not typographic ones",
            ),
        ] {
            assert_eq!(what(&format!("{{\"a\": {value}}}")), (6, message));
        }
        assert_eq!(
            what("a = 'x'"),
            (0, "expected `{`, with which a JSON file begins")
        );
        assert_eq!(what("{\"a\": 1 // one\n}"), (8, COMMENT));
        assert_eq!(what("{a: 1}"), (1, "expected a key in double quotes"));
        assert_eq!(
            what("{\"a\": 1,}"),
            (8, "remove the comma before the closing bracket")
        );
        assert_eq!(
            what("{\"a\": [1,]}"),
            (9, "remove the comma before the closing bracket")
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
            (7, "half of a Unicode surrogate pair without the other half")
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
            (Node::Number(ours), Oracle::Number(oracle)) => {
                // serde_json may differ in the last digit.
                let (float, oracle) = (ours.parse::<f64>().unwrap(), oracle.as_f64().unwrap());
                is_same_number(ours, &oracle.to_string())
                    || (float - oracle).abs() <= oracle.abs() * 1e-15
            }
            (Node::Null, Oracle::Null) => true,
            (Node::List(ours), Oracle::Array(oracle)) => {
                ours.len() == oracle.len()
                    && ours
                        .iter()
                        .zip(oracle)
                        .all(|(ours, oracle)| agrees(&ours.value, oracle))
            }
            (Node::Table(ours), Oracle::Object(oracle)) => {
                ours.len() == oracle.len()
                    && ours.iter().all(|entry| {
                        let oracle = oracle.get(&*entry.key);
                        oracle.is_some_and(|oracle| agrees(&entry.value, oracle))
                    })
            }
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
                    // serde_json keeps the last of several equal keys.
                    let is_known = error.what == DUPLICATE_KEY || error.what == NO_TABLE && !oracle.is_object();
                    prop_assert!(is_known, "{text}: {}", error.what);
                }
                // The text of numbers that are too large for a float is kept.
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
