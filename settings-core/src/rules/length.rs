//! `length(2..)`: the number of characters or elements.

/// The length of text: characters, not bytes.
pub(super) fn of(text: &str) -> usize {
    text.chars().count()
}

pub(super) fn holds(min: Option<usize>, max: Option<usize>, length: usize) -> bool {
    min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max)
}

#[cfg(test)]
mod tests {
    use super::{holds, of};

    #[test]
    fn text_is_counted_in_characters() {
        assert_eq!(of("äöü😀"), 4);
    }

    #[test]
    fn both_ends_are_allowed() {
        assert!(holds(Some(2), Some(3), 2));
        assert!(holds(Some(2), Some(3), 3));
        assert!(!holds(Some(2), Some(3), 1));
        assert!(!holds(Some(2), Some(3), 4));
        assert!(holds(None, None, 0));
    }
}
