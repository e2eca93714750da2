//! Lists in text, such as `[a, b]`.

/// The text inside brackets, if the first bracket is closed at the end of the text: `[a, b]`, but not `[::]:80,[::1]`.
pub fn inside_brackets(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let mut depth = 0_usize;
    for byte in inner.bytes() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    (depth == 0).then(|| inner.trim())
}

#[cfg(test)]
mod tests {
    use super::inside_brackets;

    #[test]
    fn brackets_of_a_list_enclose_all_of_it() {
        assert_eq!(inside_brackets("[a, b]"), Some("a, b"));
        assert_eq!(inside_brackets("[ [::]:80 ]"), Some("[::]:80"));
        assert_eq!(inside_brackets("[]"), Some(""));
        for text in ["", "[", "]", "a", "[a", "[::]:80", "[a],[b]", "[[a]"] {
            assert_eq!(inside_brackets(text), None, "{text}");
        }
    }
}
