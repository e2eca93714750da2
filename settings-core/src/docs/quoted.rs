//! Text inside of a document that it may not break.

use std::fmt::Write;

/// A string in double quotes: JSON, and TOML and YAML too.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for ch in text.chars() {
        match ch {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ch if is_unseen(ch) => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(ch));
            }
            ch => out.push(ch),
        }
    }
    out.push('"');
    out
}

/// A key of TOML or YAML: bare, where both read it as nothing but text.
pub(super) fn key(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let bare = text.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_')
        && text
            .chars()
            .all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-'))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if bare { text.to_owned() } else { quoted(text) }
}

/// A comment, which begins with `#` on each of its lines.
pub(super) fn comment(out: &mut String, indent: usize, text: &str) {
    for line in lines(text) {
        let space = if line.is_empty() { "" } else { " " };
        // Writing to a string does not fail.
        let _ = writeln!(out, "{:indent$}#{space}{line}", "");
    }
}

/// The lines of a text that somebody wrote, without anything that ends a comment early.
fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|line| {
        let seen = |ch: char| if is_unseen(ch) { ' ' } else { ch };
        line.trim_end().chars().map(seen).collect()
    })
}

/// Controls, and what some readers take for the end of a line.
fn is_unseen(ch: char) -> bool {
    ch.is_control() || matches!(ch, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{key, lines, quoted};

    #[test]
    fn what_would_end_a_string_is_escaped() {
        assert_eq!(quoted("a\"b\\c\n"), r#""a\"b\\c\n""#);
        assert_eq!(
            quoted("\0\u{7f}\u{85}\u{2028}é"),
            r#""\u0000\u007f\u0085\u2028é""#
        );
    }

    #[test]
    fn a_key_that_some_reader_takes_for_a_value_is_quoted() {
        assert_eq!(key("db_pool-2"), "db_pool-2");
        for text in ["on", "No", "1st", "a.b", "", "~", "null"] {
            assert!(key(text).starts_with('"'), "{text}");
        }
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        let lines: Vec<_> = lines("one\u{85}x\ntwo\u{2028}x \r\n").collect();
        assert_eq!(lines, ["one x", "two x"]);
    }
}
