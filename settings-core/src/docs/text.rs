//! Keys and comments of TOML and YAML documents.

use crate::value::json::{is_unseen, quoted};
use std::fmt::Write;

/// A key of TOML or YAML, quoted unless both read it as text.
pub(super) fn key(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let bare = text.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_')
        && text
            .chars()
            .all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-'))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if bare { text.to_owned() } else { quoted(text) }
}

/// Writes a comment, with `#` on each line.
pub(super) fn comment(out: &mut String, indent: usize, text: &str) {
    for line in lines(text) {
        let space = if line.is_empty() { "" } else { " " };
        // Writing to a string does not fail.
        let _ = writeln!(out, "{:indent$}#{space}{line}", "");
    }
}

/// The lines of a text, without characters that end a comment early.
fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|line| {
        let visible = |ch: char| if is_unseen(ch) { ' ' } else { ch };
        line.trim_end().chars().map(visible).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{key, lines};

    #[test]
    fn a_key_that_a_reader_takes_for_a_value_is_quoted() {
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
