//! Durations such as `1h 30m`.

use std::time::Duration;

/// The units, largest first, in nanoseconds.
const UNITS: &[(&str, u128)] = &[
    ("w", 7 * 24 * 3600 * SECOND),
    ("d", 24 * 3600 * SECOND),
    ("h", 3600 * SECOND),
    ("m", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];
const SECOND: u128 = 1_000_000_000;

/// Reads `30s`, `1h 30m`, `1.5s`; a plain number is seconds.
///
/// Units are ordered from large to small, each at most once. A fraction has to be a whole number of nanoseconds, so
/// that nothing is rounded. There is no sign and no exponent.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total: u128 = 0;
    let mut smallest = u128::MAX;
    loop {
        let (number, after) = split_while(rest, |byte| byte.is_ascii_digit() || byte == b'.');
        let (name, after) =
            split_while(after.trim_ascii_start(), |byte| byte.is_ascii_alphabetic());
        let unit = match name {
            "" if smallest == u128::MAX && after.is_empty() => SECOND,
            _ => unit(name)?,
        };
        if unit >= smallest {
            return None;
        }
        smallest = unit;
        total = total.checked_add(scale(number, unit)?)?;
        rest = after.trim_ascii_start();
        if rest.is_empty() {
            return whole(total);
        }
    }
}

/// Formats a duration as text that [`parse`] reads: `1h 30m`.
pub fn format(duration: Duration) -> String {
    let mut left = duration.as_nanos();
    let mut text = String::new();
    for &(name, unit) in UNITS {
        let count = left / unit;
        left %= unit;
        if count > 0 {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&count.to_string());
            text.push_str(name);
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

fn split_while(text: &str, accepts: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|byte| !accepts(byte))
        .unwrap_or(text.len());
    text.split_at(end)
}

fn unit(name: &str) -> Option<u128> {
    let name = if name == "min" { "m" } else { name };
    UNITS
        .iter()
        .find(|(unit, _)| *unit == name)
        .map(|&(_, nanoseconds)| nanoseconds)
}

/// The nanoseconds of `number` units, or `None` if they are not a whole number.
fn scale(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
        None => (number, ""),
    };
    let mut nanoseconds = whole.parse::<u128>().ok()?.checked_mul(unit)?;
    if !fraction.is_empty() {
        let parts = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let scaled = fraction.parse::<u128>().ok()?.checked_mul(unit)?;
        if scaled % parts != 0 {
            return None;
        }
        nanoseconds = nanoseconds.checked_add(scaled / parts)?;
    }
    Some(nanoseconds)
}

fn whole(nanoseconds: u128) -> Option<Duration> {
    let seconds = u64::try_from(nanoseconds / SECOND).ok()?;
    let rest = u32::try_from(nanoseconds % SECOND).ok()?;
    Some(Duration::new(seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::{format, parse};
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn every_unit_is_read() {
        for (text, expected) in [
            ("7ns", Duration::from_nanos(7)),
            ("7us", Duration::from_micros(7)),
            ("7ms", Duration::from_millis(7)),
            ("7s", Duration::from_secs(7)),
            ("7m", Duration::from_mins(7)),
            ("7min", Duration::from_mins(7)),
            ("7h", Duration::from_hours(7)),
            ("7d", Duration::from_hours(7 * 24)),
            ("7w", Duration::from_hours(7 * 7 * 24)),
            ("30", Duration::from_secs(30)),
            ("0", Duration::ZERO),
            ("1h30m", Duration::from_mins(90)),
            ("1h 30m", Duration::from_mins(90)),
            ("1 h  30 min", Duration::from_mins(90)),
            ("1.5s", Duration::from_millis(1500)),
            ("0.5", Duration::from_millis(500)),
            ("0.000000001s", Duration::from_nanos(1)),
            ("18446744073709551615s", Duration::from_secs(u64::MAX)),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            " ",
            "s",
            "-1s",
            "+1s",
            "30m 1h",
            "1s 1s",
            "1m 1min",
            "1h 30",
            "1y",
            "1S",
            "1,5s",
            ".5s",
            "1.s",
            "1..5s",
            "1e3",
            "1.0000000001s",
            "0.1ns",
            "18446744073709551616s",
            "99999999999999999999999999999999999999999w",
            "1h,30m",
            "nan",
            "inf",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_formatted_duration_is_parsed_back(seconds: u64, nanoseconds in 0_u32..1_000_000_000) {
            let duration = Duration::new(seconds, nanoseconds);
            prop_assert_eq!(parse(&format(duration)), Some(duration));
        }

        #[test]
        fn no_text_panics(text in "[0-9.]{0,45}[a-z ]{0,3}[0-9.]{0,45}[a-z]{0,3}|.*") {
            let _ = parse(&text);
        }
    }
}
