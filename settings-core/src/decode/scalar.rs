//! Bools, numbers and names, read from text that is already trimmed.

use crate::schema::Kind;
use std::str::FromStr;

/// An integer type.
pub(super) trait Whole: Copy {
    /// What its values are.
    const KIND: Kind;

    /// The number of this sign and magnitude, if the type holds it.
    fn narrow(negative: bool, magnitude: u64) -> Option<Self>;

    /// The same for a magnitude of any size.
    fn wide(negative: bool, magnitude: u128) -> Option<Self>;
}

/// A whole number: decimal, at most one sign, `_` between digits.
#[inline]
pub(super) fn whole<N: Whole>(text: &str) -> Option<N> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    // Nineteen digits cannot overflow.
    if digits.is_empty() || digits.len() > 19 {
        return N::wide(negative, magnitude(digits)?);
    }
    let mut number = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return N::wide(negative, magnitude(digits)?);
        }
        number = number * 10 + u64::from(digit);
    }
    N::narrow(negative, number)
}

/// A number with or without fraction and exponent, `_` between digits; never `nan` or `inf`.
pub(super) fn float<F: FromStr + Into<f64> + Copy>(text: &str) -> Option<F> {
    let bytes = text.as_bytes();
    if !bytes
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b'_'))
    {
        return None;
    }
    let number: F = if bytes.contains(&b'_') {
        let joined = bytes
            .split(|byte| !byte.is_ascii_digit() && *byte != b'_')
            .all(is_spaced);
        if !joined {
            return None;
        }
        text.replace('_', "").parse().ok()?
    } else {
        text.parse().ok()?
    };
    number.into().is_finite().then_some(number)
}

/// The name that is meant: ignoring case, `-` and `_`, but an exact match wins.
///
/// # Errors
///
/// Two names are meant as well as each other.
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

fn fold(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars()
        .filter(|character| !matches!(character, '-' | '_'))
        .flat_map(char::to_lowercase)
}

#[cold]
fn magnitude(digits: &[u8]) -> Option<u128> {
    if digits.is_empty() || !is_spaced(digits) {
        return None;
    }
    digits
        .iter()
        .filter(|byte| **byte != b'_')
        .try_fold(0_u128, |number, byte| {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            number.checked_mul(10)?.checked_add(digit.into())
        })
}

/// Whether every `_` stands between two digits.
fn is_spaced(digits: &[u8]) -> bool {
    digits.first() != Some(&b'_')
        && digits.last() != Some(&b'_')
        && !digits.windows(2).any(|pair| pair == b"__")
}

macro_rules! signed {
    ($($type:ident)*) => {$(
        impl Whole for $type {
            const KIND: Kind = Kind::Integer {
                min: $type::MIN as i128,
                max: $type::MAX as u128,
            };

            #[inline]
            fn narrow(negative: bool, magnitude: u64) -> Option<Self> {
                let number = i128::from(magnitude);
                Self::try_from(if negative { -number } else { number }).ok()
            }

            fn wide(negative: bool, magnitude: u128) -> Option<Self> {
                let number = if negative {
                    0_i128.checked_sub_unsigned(magnitude)?
                } else {
                    i128::try_from(magnitude).ok()?
                };
                Self::try_from(number).ok()
            }
        }
    )*};
}
signed!(i8 i16 i32 i64 i128);

macro_rules! unsigned {
    ($($type:ident)*) => {$(
        impl Whole for $type {
            const KIND: Kind = Kind::Integer {
                min: 0,
                max: $type::MAX as u128,
            };

            #[inline]
            fn narrow(negative: bool, magnitude: u64) -> Option<Self> {
                if negative && magnitude != 0 {
                    return None;
                }
                Self::try_from(magnitude).ok()
            }

            fn wide(negative: bool, magnitude: u128) -> Option<Self> {
                if negative && magnitude != 0 {
                    return None;
                }
                Self::try_from(magnitude).ok()
            }
        }
    )*};
}
unsigned!(u8 u16 u32 u64 u128);

#[cfg(test)]
mod tests {
    use super::{float, name, whole};
    use crate::truth::truth;
    use proptest::prelude::*;

    #[test]
    fn bools_are_these_words_in_any_case_and_nothing_else() {
        for text in [
            "true", "TRUE", "True", "1", "yes", "Yes", "on", "ON", "t", "y", "Y",
        ] {
            assert_eq!(truth(text), Some(true), "{text}");
        }
        for text in ["false", "FALSE", "0", "no", "NO", "off", "f", "F", "n"] {
            assert_eq!(truth(text), Some(false), "{text}");
        }
        for text in [
            "", "2", "truee", "enabled", "tru", "01", "да", "null", "-1", "\u{11}", "\0y", "y\0",
            "\0",
        ] {
            assert_eq!(truth(text), None, "{text}");
        }
    }

    #[test]
    fn integers_are_decimal_with_one_sign_and_underscores_between_digits() {
        assert_eq!(whole::<u16>("8080"), Some(8080));
        assert_eq!(whole::<u16>("+8080"), Some(8080));
        assert_eq!(whole::<u16>("-0"), Some(0));
        assert_eq!(whole::<u16>("007"), Some(7));
        assert_eq!(whole::<i8>("-128"), Some(-128));
        assert_eq!(whole::<u32>("1_000_000"), Some(1_000_000));
        assert_eq!(whole::<u64>("18446744073709551615"), Some(u64::MAX));
        assert_eq!(whole::<i64>("-9223372036854775808"), Some(i64::MIN));
        for text in [
            "",
            "-",
            "+",
            "+-1",
            "--1",
            "-1",
            "65536",
            "_1",
            "1_",
            "1__0",
            "1.0",
            "1e3",
            "0x10",
            "1 0",
            "٣",
            "99999999999999999999999999999999999999999999",
        ] {
            assert_eq!(whole::<u16>(text), None, "{text}");
        }
        assert_eq!(whole::<i8>("-129"), None);
        assert_eq!(whole::<i8>("128"), None);
    }

    #[test]
    fn floats_have_exponents_but_are_never_nan_or_infinite() {
        assert_eq!(float::<f64>("1e3"), Some(1000.0));
        assert_eq!(float::<f64>("-1.5E-3"), Some(-0.0015));
        assert_eq!(float::<f64>("1_000.5"), Some(1000.5));
        assert_eq!(float::<f32>("0.1"), Some(0.1));
        for text in [
            "", ".", "nan", "NaN", "inf", "-inf", "infinity", "1e999", "1_", "_1", "1_.5", "1._5",
            "1__0", "1e", "1,5", "0x1p3",
        ] {
            assert_eq!(float::<f64>(text), None, "{text}");
        }
        assert_eq!(float::<f32>("1e39"), None);
    }

    #[test]
    fn names_ignore_case_and_joints_but_an_exact_one_wins() {
        let names = ["read_only", "ReadWrite", "readonly", "ab", "a_b"];
        assert_eq!(name("readonly", &names), Ok(Some("readonly")));
        assert_eq!(name("read_only", &names), Ok(Some("read_only")));
        assert_eq!(name("READ-WRITE", &names), Ok(Some("ReadWrite")));
        assert_eq!(name("readwrite", &names), Ok(Some("ReadWrite")));
        assert_eq!(name("Read-Only", &names), Err(()));
        assert_eq!(name("0", &names), Ok(None));
    }

    proptest! {
        #[test]
        fn integers_of_full_range_are_read_back(small: i8, signed: i128, unsigned: u128, long: u64) {
            prop_assert_eq!(whole::<i8>(&small.to_string()), Some(small));
            prop_assert_eq!(whole::<i128>(&signed.to_string()), Some(signed));
            prop_assert_eq!(whole::<u128>(&unsigned.to_string()), Some(unsigned));
            prop_assert_eq!(whole::<u64>(&long.to_string()), Some(long));
            prop_assert_eq!(whole::<i32>(&signed.to_string()), i32::try_from(signed).ok());
            prop_assert_eq!(whole::<u64>(&unsigned.to_string()), u64::try_from(unsigned).ok());
        }

        #[test]
        fn floats_are_read_back(number in proptest::num::f64::NORMAL) {
            prop_assert_eq!(float::<f64>(&number.to_string()), Some(number));
            prop_assert_eq!(float::<f64>(&format!("{number:e}")), Some(number));
        }
    }
}
