//! Typographic quotes, which word processors and chats write in place of plain ones.

/// The message about one in a file.
pub(crate) const NEEDS_PLAIN_QUOTES: &str =
    "text needs the plain quotes `\"`, not typographic ones";

pub(crate) fn is_typographic_quote(ch: char) -> bool {
    matches!(
        ch,
        '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}'
    )
}
