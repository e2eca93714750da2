//! `one_of("a", "b")`: text that is one of a few.

pub(super) fn holds(texts: &[&str], text: &str) -> bool {
    texts.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn text_is_compared_as_it_stands() {
        assert!(holds(&["a", "b"], "b"));
        assert!(!holds(&["a", "b"], "B"));
        assert!(!holds(&["a", "b"], "b "));
        assert!(!holds(&[], ""));
    }
}
