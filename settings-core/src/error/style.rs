//! Width and colours of printed text.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Width and colours of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Columns of the terminal; without it nothing is cut or wrapped.
    pub(crate) width: Option<usize>,
    pub(crate) colour: bool,
}

impl Look {
    pub(crate) fn bold(self, text: &str) -> Cow<'_, str> {
        self.paint("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> Cow<'_, str> {
        self.paint("2", text)
    }

    #[cfg(feature = "cli")]
    pub(crate) fn good(self, text: &str) -> Cow<'_, str> {
        self.paint("32", text)
    }

    #[cfg(feature = "cli")]
    pub(crate) fn warn(self, text: &str) -> Cow<'_, str> {
        self.paint("33", text)
    }

    pub(crate) fn alarm(self, text: &str) -> Cow<'_, str> {
        self.paint("31", text)
    }

    fn paint<'t>(self, code: &str, text: &'t str) -> Cow<'t, str> {
        if self.colour && !text.is_empty() {
            Cow::Owned(format!("\x1b[{code}m{text}\x1b[0m"))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Wraps a text that begins at column `indent`; further lines begin there too.
    pub(crate) fn wrapped(self, text: &str, indent: usize) -> String {
        let Some(width) = self.width else {
            return text.to_owned();
        };
        let width = width.max(indent + 20);
        let mut out = String::with_capacity(text.len());
        let mut column = indent;
        for (nth, word) in text.split(' ').enumerate() {
            let length = columns(word);
            if nth > 0 && column + 1 + length > width {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent));
                column = indent;
            } else if nth > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out
    }
}

/// Columns that a text takes on a terminal.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// Cuts a text that is too long, and marks the cut.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if columns(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut left = width.saturating_sub(1);
    let fits = |ch: &char| {
        let width = ch.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    let mut shown: String = text.chars().take_while(fits).collect();
    shown.push('…');
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::{Look, columns, cut};

    #[test]
    fn text_is_cut_and_wrapped_at_the_width() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("ab", 0), "…");
        assert_eq!(columns("日本 e\u{301}🦀"), 8);
        assert_eq!(columns("…€ 👩\u{200d}🚀"), 5);
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語x", 6), "日本…");
        let look = Look {
            width: Some(24),
            colour: true,
        };
        assert_eq!(
            look.wrapped("one two three four five", 4),
            "one two three four\n    five"
        );
        assert_eq!(look.dim("a"), "\x1b[2ma\x1b[0m");
        assert_eq!(Look::default().wrapped("one two", 4), "one two");
        assert_eq!(Look::default().bold("a"), "a");
    }
}
