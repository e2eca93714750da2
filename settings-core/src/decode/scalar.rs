//! Integer types and names of variants, read from text that is already trimmed.

use crate::schema::Kind;
pub(super) use settings_syntax::number::{float, integer};

/// An integer type.
pub(super) trait Integer: settings_syntax::number::Integer {
    /// The kind of its values.
    const KIND: Kind;
}

/// The name that matches a text: an exact match, or one that differs in case, `-` and `_` only.
///
/// # Errors
///
/// Returns an error if two names match equally well.
pub(super) fn name<'n>(text: &str, names: &[&'n str]) -> Result<Option<&'n str>, ()> {
    if let Some(exact) = names.iter().find(|name| **name == text) {
        return Ok(Some(exact));
    }
    let mut folded = names.iter().filter(|name| fold(name).eq(fold(text)));
    match (folded.next(), folded.next()) {
        (_, Some(_)) => Err(()),
        (found, None) => Ok(found.copied()),
    }
}

/// The name that a bool of a file means: `true` or `false`, otherwise another word for the same value.
pub(crate) fn name_of_bool<'n>(value: bool, names: &[&'n str]) -> Option<&'n str> {
    let words = if value {
        ["true", "yes", "on"]
    } else {
        ["false", "no", "off"]
    };
    words.iter().find_map(|word| name(word, names).ok()?)
}

fn fold(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars()
        .filter(|character| !matches!(character, '-' | '_'))
        .flat_map(char::to_lowercase)
}

macro_rules! integer {
    ($($type:ident)*) => {$(
        impl Integer for $type {
            #[allow(clippy::cast_possible_wrap, reason = "the smallest `u128` is 0")]
            const KIND: Kind = Kind::Integer {
                min: $type::MIN as i128,
                max: $type::MAX as u128,
            };
        }
    )*};
}
integer!(i8 i16 i32 i64 i128 u8 u16 u32 u64 u128);

#[cfg(test)]
mod tests {
    use super::{name, name_of_bool};

    #[test]
    fn a_bool_means_the_name_that_is_a_word_for_it() {
        let names = ["off", "On", "True", "auto"];
        assert_eq!(name_of_bool(true, &names), Some("True"));
        assert_eq!(name_of_bool(false, &names), Some("off"));
        assert_eq!(name_of_bool(true, &["auto", "1", "y"]), None);
    }

    #[test]
    fn names_ignore_case_and_separators_but_an_exact_one_wins() {
        let names = ["read_only", "ReadWrite", "readonly", "ab", "a_b"];
        assert_eq!(name("readonly", &names), Ok(Some("readonly")));
        assert_eq!(name("read_only", &names), Ok(Some("read_only")));
        assert_eq!(name("READ-WRITE", &names), Ok(Some("ReadWrite")));
        assert_eq!(name("readwrite", &names), Ok(Some("ReadWrite")));
        assert_eq!(name("Read-Only", &names), Err(()));
        assert_eq!(name("0", &names), Ok(None));
    }
}
