//! Output of text as a JSON string, which TOML and YAML read as well.

use std::fmt::Write;

/// A text in double quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_string(&mut out, text);
    out
}

/// Writes a text in double quotes; no character of it takes more than six bytes.
pub(crate) fn write_string(out: &mut String, text: &str) {
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
}

/// Whether a character is a control, changes the direction of the text, or is the end of a line for some readers.
pub(crate) fn is_unseen(ch: char) -> bool {
    let is_direction = matches!(ch, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    ch.is_control() || is_direction || matches!(ch, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_character_that_would_end_a_string_is_escaped() {
        assert_eq!(quoted("a\"b\\c\n"), r#""a\"b\\c\n""#);
        assert_eq!(
            quoted("\0\u{7f}\u{85}\u{2028}\u{202e}\u{2066}é"),
            r#""\u0000\u007f\u0085\u2028\u202e\u2066é""#
        );
    }
}
