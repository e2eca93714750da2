//! Integers and floats as decimal text.

use std::str::FromStr;

/// An integer type.
pub trait Integer: Copy {
    /// The number of this sign and magnitude, or `None` if it is out of range.
    fn from_u64(negative: bool, magnitude: u64) -> Option<Self>;

    /// The same for a magnitude of any size.
    fn from_u128(negative: bool, magnitude: u128) -> Option<Self>;
}

/// Reads a decimal integer: at most one sign, `_` between digits; also `1e+06` if it is a whole number.
#[inline]
pub fn integer<N: Integer>(text: &str) -> Option<N> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    // Nineteen digits cannot overflow.
    if digits.is_empty() || digits.len() > 19 {
        return N::from_u128(negative, magnitude(digits)?);
    }
    let mut number = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return N::from_u128(negative, magnitude(digits)?);
        }
        number = number * 10 + u64::from(digit);
    }
    N::from_u64(negative, number)
}

/// Reads a finite float: at most one sign, `_` between digits, `1e3`.
pub fn float<F: FromStr + Into<f64> + Copy>(text: &str) -> Option<F> {
    let bytes = text.as_bytes();
    if !bytes
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b'_'))
    {
        return None;
    }
    let number: F = if bytes.contains(&b'_') {
        let joins_digits = bytes
            .split(|byte| !byte.is_ascii_digit() && *byte != b'_')
            .all(has_separators_between_digits);
        if !joins_digits {
            return None;
        }
        text.replace('_', "").parse().ok()?
    } else {
        text.parse().ok()?
    };
    number.into().is_finite().then_some(number)
}

#[cold]
fn magnitude(digits: &[u8]) -> Option<u128> {
    if let Some(at) = digits.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        return scaled(&digits[..at], &digits[at + 1..]);
    }
    if digits.is_empty() || !has_separators_between_digits(digits) {
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

/// Reads a number in exponent form, as templates of Helm print large integers.
fn scaled(mantissa: &[u8], exponent: &[u8]) -> Option<u128> {
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let (is_negative, exponent) = match exponent {
        [b'-', exponent @ ..] => (true, exponent),
        [b'+', exponent @ ..] | exponent => (false, exponent),
    };
    let (whole, fraction) = match mantissa.iter().position(|byte| *byte == b'.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &b"0"[..]),
    };
    if !is_number(whole) || !is_number(fraction) || !is_number(exponent) {
        return None;
    }
    let digits = [whole, fraction].concat();
    let zeros = digits
        .iter()
        .rev()
        .take_while(|byte| **byte == b'0')
        .count();
    if zeros == digits.len() {
        return Some(0);
    }
    let exponent: i32 = std::str::from_utf8(exponent).ok()?.parse().ok()?;
    let exponent = if is_negative { -exponent } else { exponent };
    let shift = exponent
        .checked_sub(i32::try_from(fraction.len()).ok()?)?
        .checked_add(i32::try_from(zeros).ok()?)?;
    let number = magnitude(&digits[..digits.len() - zeros])?;
    number.checked_mul(10_u128.checked_pow(u32::try_from(shift).ok()?)?)
}

fn has_separators_between_digits(digits: &[u8]) -> bool {
    digits.first() != Some(&b'_')
        && digits.last() != Some(&b'_')
        && !digits.windows(2).any(|pair| pair == b"__")
}

macro_rules! signed {
    ($($type:ident)*) => {$(
        impl Integer for $type {
            #[inline]
            fn from_u64(negative: bool, magnitude: u64) -> Option<Self> {
                let number = i128::from(magnitude);
                Self::try_from(if negative { -number } else { number }).ok()
            }

            fn from_u128(negative: bool, magnitude: u128) -> Option<Self> {
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
        impl Integer for $type {
            #[inline]
            fn from_u64(negative: bool, magnitude: u64) -> Option<Self> {
                if negative && magnitude != 0 {
                    return None;
                }
                Self::try_from(magnitude).ok()
            }

            fn from_u128(negative: bool, magnitude: u128) -> Option<Self> {
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
    use super::{float, integer};
    use proptest::prelude::*;

    #[test]
    fn integers_are_decimal_with_one_sign_and_underscores_between_digits() {
        assert_eq!(integer::<u16>("8080"), Some(8080));
        assert_eq!(integer::<u16>("+8080"), Some(8080));
        assert_eq!(integer::<u16>("-0"), Some(0));
        assert_eq!(integer::<u16>("007"), Some(7));
        assert_eq!(integer::<i8>("-128"), Some(-128));
        assert_eq!(integer::<u32>("1_000_000"), Some(1_000_000));
        assert_eq!(integer::<u64>("18446744073709551615"), Some(u64::MAX));
        assert_eq!(integer::<i64>("-9223372036854775808"), Some(i64::MIN));
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
            "1e-1",
            "1.25e1",
            "1e5",
            "1e",
            "e3",
            ".5e1",
            "1.e1",
            "1e+-1",
            "1e1.0",
            "1_0e1",
            "1e99999999999999999999",
            "0x10",
            "1 0",
            "٣",
            "ten",
            "99999999999999999999999999999999999999999999",
        ] {
            assert_eq!(integer::<u16>(text), None, "{text}");
        }
        assert_eq!(integer::<i8>("-129"), None);
        assert_eq!(integer::<i8>("128"), None);
    }

    #[test]
    fn a_whole_number_may_have_an_exponent() {
        assert_eq!(integer::<u32>("1e+06"), Some(1_000_000));
        assert_eq!(integer::<u32>("1.048576e+06"), Some(1_048_576));
        assert_eq!(integer::<u32>("2.5E3"), Some(2500));
        assert_eq!(integer::<u32>("1200e-2"), Some(12));
        assert_eq!(integer::<u32>("0e9"), Some(0));
        assert_eq!(integer::<i32>("-1e3"), Some(-1000));
        assert_eq!(integer::<u64>("1.8446744073709551615e19"), Some(u64::MAX));
        assert_eq!(integer::<u64>("1.8446744073709551616e19"), None);
    }

    #[test]
    fn floats_have_exponents_but_are_never_nan_or_infinite() {
        assert_eq!(float::<f64>("1e3"), Some(1000.0));
        assert_eq!(float::<f64>("-1.5E-3"), Some(-0.0015));
        assert_eq!(float::<f64>("1_000.5"), Some(1000.5));
        assert_eq!(float::<f32>("0.1"), Some(0.1));
        for text in [
            "", ".", "nan", "NaN", "inf", "-inf", "infinity", "1e999", "1_", "_1", "-_1", "1_.5",
            "1_.0", "1._5", "1__0", "1e", "1,5", "0x1p3",
        ] {
            assert_eq!(float::<f64>(text), None, "{text}");
        }
        assert_eq!(float::<f32>("1e39"), None);
    }

    proptest! {
        #[test]
        fn integers_of_full_range_are_read_back(small: i8, signed: i128, unsigned: u128, long: u64) {
            prop_assert_eq!(integer::<i8>(&small.to_string()), Some(small));
            prop_assert_eq!(integer::<i128>(&signed.to_string()), Some(signed));
            prop_assert_eq!(integer::<u128>(&unsigned.to_string()), Some(unsigned));
            prop_assert_eq!(integer::<u64>(&long.to_string()), Some(long));
            prop_assert_eq!(integer::<i32>(&signed.to_string()), i32::try_from(signed).ok());
            prop_assert_eq!(integer::<u64>(&unsigned.to_string()), u64::try_from(unsigned).ok());
        }

        #[test]
        fn floats_are_read_back(number in proptest::num::f64::NORMAL) {
            prop_assert_eq!(float::<f64>(&number.to_string()), Some(number));
            prop_assert_eq!(float::<f64>(&format!("{number:e}")), Some(number));
        }
    }
}
