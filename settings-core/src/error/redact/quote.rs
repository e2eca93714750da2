//! Escapes and limits for external text in reports, which may contain control characters.

use std::fmt::{self, Display, Write as _};
use unicode_width::UnicodeWidthChar;

/// The limit for the columns of a value between its quotes.
const VALUE: usize = 60;

/// The limit for the columns of a name or a sentence.
const SENTENCE: usize = 200;

/// A value for a report: in double quotes, escaped, cut to 60 columns and then with its length.
///
/// The caller masks secrets first, because the cut may split one.
pub(crate) fn quote_value(text: &str) -> Printable<'_> {
    Printable {
        text,
        quoted: true,
        width: VALUE,
    }
}

/// A name or a sentence for a report: without quotes, with invisible characters escaped, cut to 200
/// columns.
pub(crate) fn escape_truncated(text: &str) -> Printable<'_> {
    Printable {
        text,
        quoted: false,
        width: SENTENCE,
    }
}

/// A reason from code of the program: complete, in one line, with control characters escaped.
pub(crate) fn escape_reason(reason: &str) -> String {
    let lines = reason.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    escape_line(lines.join(" "))
}

/// A whole text in one line, with invisible characters escaped.
pub(crate) fn escape_line(text: String) -> String {
    let printable = Printable {
        text: &text,
        quoted: false,
        width: usize::MAX,
    };
    if text.chars().all(|c| printable.is_shown(c)) {
        return text;
    }
    printable.to_string()
}

/// A text that prints escaped and cut to a width.
#[derive(Clone, Copy)]
pub(crate) struct Printable<'a> {
    text: &'a str,
    quoted: bool,
    width: usize,
}

impl Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, cut) = self.fitting();
        let quote = if self.quoted { "\"" } else { "" };
        f.write_str(quote)?;
        for c in shown.chars() {
            if self.is_shown(c) {
                f.write_char(c)?;
            } else {
                write!(f, "{}", c.escape_debug())?;
            }
        }
        if !cut {
            return f.write_str(quote);
        }
        let length = self.text.chars().count();
        write!(f, "…{quote} ({length} characters)")
    }
}

impl Printable<'_> {
    /// The beginning of the text that fits, and whether there is more.
    fn fitting(&self) -> (&str, bool) {
        let mut width = 0;
        // The cut if the rest does not fit: one column is for the ellipsis.
        let mut fits = 0;
        for (at, c) in self.text.char_indices() {
            if width < self.width {
                fits = at;
            }
            width += self.columns(c);
            if width > self.width {
                return (&self.text[..fits], true);
            }
        }
        (self.text, false)
    }

    /// Columns of `c` on a terminal.
    fn columns(self, c: char) -> usize {
        if self.is_shown(c) {
            c.width().unwrap_or(0)
        } else {
            c.escape_debug().len()
        }
    }

    /// Whether `c` is printed unchanged. Control and format characters, blanks other than the space
    /// and combining marks are escaped.
    fn is_shown(self, c: char) -> bool {
        match c {
            '"' | '\\' => !self.quoted,
            '\'' => true,
            _ => c.escape_debug().len() == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_quoted_escaped_and_cut() {
        for (text, expected) in [
            ("", r#""""#),
            ("lots", r#""lots""#),
            ("  it's ", r#""  it's ""#),
            ("say \"no\"", r#""say \"no\"""#),
            ("C:\\new", r#""C:\\new""#),
            ("a\r\nb\tc\0", r#""a\r\nb\tc\0""#),
            ("\u{1b}[31mred\u{9b}", r#""\u{1b}[31mred\u{9b}""#),
            (
                "a\u{202e}b\u{2066}c\u{200f}",
                r#""a\u{202e}b\u{2066}c\u{200f}""#,
            ),
            (
                "a\u{200b}\u{feff}\u{200d}\u{ad}",
                r#""a\u{200b}\u{feff}\u{200d}\u{ad}""#,
            ),
            ("a\u{a0}b\u{2028}", r#""a\u{a0}b\u{2028}""#),
            ("e\u{301}\u{fe0f}", r#""e\u{301}\u{fe0f}""#),
            ("größer 日本", r#""größer 日本""#),
        ] {
            assert_eq!(quote_value(text).to_string(), expected);
        }
        let long = "x".repeat(60);
        assert_eq!(quote_value(&long).to_string(), format!("\"{long}\""));
        let longer = "x".repeat(1204);
        let cut = format!("\"{}…\" (1204 characters)", &longer[..59]);
        assert_eq!(quote_value(&longer).to_string(), cut);
        let wide = "本".repeat(40);
        let cut = format!("\"{}…\" (40 characters)", "本".repeat(29));
        assert_eq!(quote_value(&wide).to_string(), cut);
        let narrow = "…€".repeat(30);
        assert_eq!(quote_value(&narrow).to_string(), format!("\"{narrow}\""));
    }

    #[test]
    fn a_sentence_is_kept_readable() {
        for (text, expected) in [
            ("no \"such\" C:\\new", "no \"such\" C:\\new"),
            ("two\nlines\u{1b}[2J", "two\\nlines\\u{1b}[2J"),
        ] {
            assert_eq!(escape_truncated(text).to_string(), expected);
        }
        let cut = format!("{}… (300 characters)", "x".repeat(199));
        assert_eq!(escape_truncated(&"x".repeat(300)).to_string(), cut);
    }

    const INVISIBLE: [char; 5] = ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{2028}'];

    proptest! {
        #[test]
        fn nothing_in_it_moves_the_cursor(text in any::<String>()) {
            let shown = quote_value(&text).to_string();
            prop_assert!(shown.chars().all(|c| !c.is_control()));
            let hidden = shown.contains(INVISIBLE);
            prop_assert!(!hidden);
            prop_assert!(shown.chars().count() <= 60 + 30);
        }
    }
}
