//! `one_of("a", "b")`: one of several texts.

pub(super) fn holds(texts: &[&str], text: &str) -> bool {
    texts.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn text_is_compared_exactly() {
        assert!(holds(&["a", "b"], "b"));
        assert!(!holds(&["a", "b"], "B"));
        assert!(!holds(&["a", "b"], "b "));
        assert!(!holds(&[], ""));
    }
}
