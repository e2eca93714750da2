//! Words for true and false.

/// Words for true.
pub const TRUE: [&str; 6] = ["true", "1", "yes", "on", "t", "y"];

/// Words for false.
pub const FALSE: [&str; 6] = ["false", "0", "no", "off", "f", "n"];

/// Reads a word of [`TRUE`] or [`FALSE`], in any case.
#[inline]
pub fn parse(text: &str) -> Option<bool> {
    if is_any(text, &TRUE) {
        Some(true)
    } else if is_any(text, &FALSE) {
        Some(false)
    } else {
        None
    }
}

#[inline]
fn is_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn booleans_are_these_words_in_any_case_and_nothing_else() {
        for text in [
            "true", "TRUE", "True", "1", "yes", "Yes", "on", "ON", "t", "y", "Y",
        ] {
            assert_eq!(parse(text), Some(true), "{text}");
        }
        for text in ["false", "FALSE", "0", "no", "NO", "off", "f", "F", "n"] {
            assert_eq!(parse(text), Some(false), "{text}");
        }
        for text in [
            "", "2", "truee", "enabled", "tru", "01", "да", "null", "-1", "\u{11}", "\0y", "y\0",
            "\0",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
