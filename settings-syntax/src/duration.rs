//! Durations such as `1h 30m`.

use std::time::Duration;

/// The canonical unit names, for messages.
pub const UNITS: &str = "ns, us, ms, s, m, h, d, w";

/// A regular expression for the text of durations, which also matches the empty text.
pub const PATTERN: &str = concat!(
    r"^([0-9]+(\.[0-9]+)?|([0-9]+(\.[0-9]+)? *w(ks?|eeks?)? *)?([0-9]+(\.[0-9]+)? *d(ays?)? *)?",
    r"([0-9]+(\.[0-9]+)? *h(rs?|ours?)? *)?([0-9]+(\.[0-9]+)? *m(in(ute)?s?)? *)?",
    r"([0-9]+(\.[0-9]+)? *s(ec(ond)?s?)? *)?([0-9]+(\.[0-9]+)? *m(s(ec)?|illis(econds?)?) *)?",
    r"([0-9]+(\.[0-9]+)? *([uµμ]s|usec|micros(econds?)?) *)?([0-9]+ *n(s(ec)?|anos(econds?)?) *)?)$"
);

const SECOND: u128 = 1_000_000_000;

/// The nanoseconds of each unit, largest first, with its names: first the canonical one, then humantime's words.
const NAMES: &[(u128, &[&str])] = &[
    (7 * 24 * 3600 * SECOND, &["w", "wk", "wks", "week", "weeks"]),
    (24 * 3600 * SECOND, &["d", "day", "days"]),
    (3600 * SECOND, &["h", "hr", "hrs", "hour", "hours"]),
    (60 * SECOND, &["m", "min", "mins", "minute", "minutes"]),
    (SECOND, &["s", "sec", "secs", "second", "seconds"]),
    (
        1_000_000,
        &["ms", "msec", "millis", "millisecond", "milliseconds"],
    ),
    // Two characters look like this prefix: the micro sign and the Greek letter.
    (
        1_000,
        &[
            "us",
            "\u{b5}s",
            "\u{3bc}s",
            "usec",
            "micros",
            "microsecond",
            "microseconds",
        ],
    ),
    (1, &["ns", "nsec", "nanos", "nanosecond", "nanoseconds"]),
];

/// Reads `30s`, `1h 30m`, `1.5s`, `5 minutes`; a plain number is seconds.
///
/// Units are ordered from large to small, each at most once. A fraction has to be a whole number of nanoseconds, so
/// that nothing is rounded. There is no sign and no exponent.
pub fn parse(text: &str) -> Option<Duration> {
    parse_in(text, SECOND)
}

/// The same, where a plain number counts the unit of this name.
pub fn parse_with_unit(text: &str, name: &str) -> Option<Duration> {
    parse_in(text, unit(name)?)
}

/// Whether a duration may have a unit of this name.
pub fn is_unit(name: &str) -> bool {
    unit(name).is_some()
}

fn parse_in(text: &str, plain: u128) -> Option<Duration> {
    let mut rest = text;
    let mut total: u128 = 0;
    let mut smallest = u128::MAX;
    loop {
        let (number, after) = split_while(rest, |byte| byte.is_ascii_digit() || byte == b'.');
        let (name, after) = split_while(after.trim_ascii_start(), |byte| {
            byte.is_ascii_alphabetic() || !byte.is_ascii()
        });
        let unit = match name {
            "" if smallest == u128::MAX && after.is_empty() => plain,
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
    for &(unit, names) in NAMES {
        let count = left / unit;
        left %= unit;
        if count > 0 {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&count.to_string());
            text.push_str(names[0]);
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
    NAMES
        .iter()
        .find(|(_, names)| names.contains(&name))
        .map(|&(nanoseconds, _)| nanoseconds)
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
    use super::{NAMES, PATTERN, format, parse};
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
    fn every_word_of_humantime_is_a_unit() {
        for (texts, expected) in [
            (
                &["5 nsec", "5nanos", "5 nanoseconds"][..],
                Duration::from_nanos(5),
            ),
            (
                &["5µs", "5μs", "5 usec", "5 microseconds"],
                Duration::from_micros(5),
            ),
            (
                &["5 msec", "5millis", "5 milliseconds"],
                Duration::from_millis(5),
            ),
            (
                &["5sec", "5 secs", "5 second", "5 seconds"],
                Duration::from_secs(5),
            ),
            (
                &["5min", "5 mins", "5 minute", "5 minutes"],
                Duration::from_mins(5),
            ),
            (
                &["5hr", "5 hrs", "5 hour", "5 hours"],
                Duration::from_hours(5),
            ),
            (&["1day", "1 days", "24 hours"], Duration::from_hours(24)),
            (
                &["1wk", "1 wks", "1week", "1 weeks", "7days"],
                Duration::from_hours(7 * 24),
            ),
            (
                &["1 hour 30 minutes", "1hour30min"],
                Duration::from_mins(90),
            ),
        ] {
            for text in texts {
                assert_eq!(parse(text), Some(expected), "{text}");
            }
        }
    }

    #[test]
    fn the_pattern_matches_every_unit_and_no_other_word() {
        let pattern = regex::Regex::new(PATTERN).unwrap();
        for name in NAMES.iter().flat_map(|(_, names)| *names) {
            for text in [
                format!("5{name}"),
                format!("5  {name} "),
                format!("5 {name} 0ns"),
            ] {
                let is_duration = parse(text.trim_end()).is_some();
                assert_eq!(pattern.is_match(&text), is_duration, "{text}");
            }
        }
        assert!(pattern.is_match("30") && pattern.is_match("0.5"));
        for text in [
            "s",
            "-1s",
            "1y",
            "5 parsecs",
            "5 microsec",
            "1s,2s",
            "1..5s",
            "1 month",
        ] {
            assert!(!pattern.is_match(text), "{text}");
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
            "1 month",
            "1 Minute",
            "5 parsecs",
            "5 µ",
            "PT30S",
            "1 hour, 30 minutes",
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
        fn no_text_panics(text in "[0-9.]{0,45}[a-zµ ]{0,3}[0-9.]{0,45}[a-zµ]{0,3}|.*") {
            let _ = parse(&text);
        }
    }
}
