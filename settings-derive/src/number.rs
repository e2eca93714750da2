//! The forms of text that integers, floats, bools and durations are read from.

use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// An integer of any width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Int {
    negative: bool,
    magnitude: u128,
}

impl Int {
    pub(crate) const fn new(negative: bool, magnitude: u128) -> Self {
        Int {
            negative: negative && magnitude != 0,
            magnitude,
        }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.magnitude == 0
    }

    pub(crate) fn is_negative(self) -> bool {
        self.negative
    }

    pub(crate) fn magnitude(self) -> u128 {
        self.magnitude
    }

    /// The nearest float.
    #[expect(clippy::cast_precision_loss, reason = "bounds of floats are floats")]
    pub(crate) fn to_float(self) -> f64 {
        let float = self.magnitude as f64;
        if self.negative { -float } else { float }
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude.cmp(&other.magnitude),
            (true, true) => other.magnitude.cmp(&self.magnitude),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        write!(f, "{sign}{}", self.magnitude)
    }
}

/// What a range compares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(Int),
    Float(f64),
    Duration(Duration),
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(b)),
            (Number::Int(a), Number::Float(b)) => a.to_float().partial_cmp(b),
            (Number::Float(a), Number::Int(b)) => a.partial_cmp(&b.to_float()),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(b),
            (Number::Duration(a), Number::Duration(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// Reads a bool word, in any case.
pub(crate) fn bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "t" | "y" => Some(true),
        "false" | "0" | "no" | "off" | "f" | "n" => Some(false),
        _ => None,
    }
}

/// Reads a decimal integer: one sign, `_` between digits.
pub(crate) fn int(text: &str) -> Option<Int> {
    let (negative, digits) = signed(text.trim());
    let magnitude = plain_digits(digits)?.parse().ok()?;
    Some(Int::new(negative, magnitude))
}

/// Reads a finite float: one sign, `_` between digits, `1e3`.
pub(crate) fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_written_in_digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE_".contains(&byte));
    let groups: Vec<&str> = text.split('_').collect();
    let stand_between_digits = groups.windows(2).all(|pair| {
        pair[0].ends_with(|c: char| c.is_ascii_digit())
            && pair[1].starts_with(|c: char| c.is_ascii_digit())
    });
    if !is_written_in_digits || !stand_between_digits {
        return None;
    }
    let float: f64 = text.replace('_', "").parse().ok()?;
    float.is_finite().then_some(float)
}

/// Reads a duration: `1h 30m`, `1.5s`; units once each, largest first; a plain number is seconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0_u128;
    let mut last_unit = None;
    while last_unit.is_none() || !rest.is_empty() {
        let (number, after) = split_while(rest, |c| c.is_ascii_digit() || c == '.');
        let (name, after) = split_while(after.trim_ascii_start(), |c| c.is_ascii_alphabetic());
        let unit = match name {
            "" if last_unit.is_none() && after.is_empty() => NANOS_PER_SECOND,
            _ => nanos_per(name)?,
        };
        if last_unit.is_some_and(|last| last <= unit) {
            return None;
        }
        last_unit = Some(unit);
        total = total.checked_add(nanos_of(number, unit)?)?;
        rest = after.trim_ascii_start();
    }
    let seconds = u64::try_from(total / NANOS_PER_SECOND).ok()?;
    let nanos = u32::try_from(total % NANOS_PER_SECOND).ok()?;
    Some(Duration::new(seconds, nanos))
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The digits without their `_`, each of which must stand between two digits.
fn plain_digits(text: &str) -> Option<String> {
    let is_sound = text
        .split('_')
        .all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    is_sound.then(|| text.replace('_', ""))
}

fn split_while(text: &str, accepts: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !accepts(c)).unwrap_or(text.len()))
}

fn nanos_per(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => NANOS_PER_SECOND,
        "m" | "min" => 60 * NANOS_PER_SECOND,
        "h" => 3_600 * NANOS_PER_SECOND,
        "d" => 86_400 * NANOS_PER_SECOND,
        "w" => 604_800 * NANOS_PER_SECOND,
        _ => return None,
    })
}

/// `number` units in nanoseconds, if that is exact.
fn nanos_of(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let mut nanos = whole.parse::<u128>().ok()?.checked_mul(unit)?;
    let digits = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        return None;
    }
    if !digits.is_empty() {
        let parts = 10_u128.checked_pow(u32::try_from(digits.len()).ok()?)?;
        let scaled = digits.parse::<u128>().ok()?.checked_mul(unit)?;
        nanos = nanos.checked_add(scaled / parts)?;
        if scaled % parts != 0 {
            return None;
        }
    }
    Some(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_take_one_sign_and_underscores_between_digits() {
        assert_eq!(int("1_000"), Some(Int::new(false, 1000)));
        assert_eq!(int(" -5 "), Some(Int::new(true, 5)));
        assert_eq!(int("-0"), Some(Int::new(false, 0)));
        for text in ["", "+-1", "_1", "1_", "1__0", "0x10", "1.0", "ten"] {
            assert_eq!(int(text), None, "{text}");
        }
    }

    #[test]
    fn floats_are_finite() {
        assert_eq!(float("1e3"), Some(1000.0));
        assert_eq!(float("-2.5"), Some(-2.5));
        assert_eq!(float("1_000.5"), Some(1000.5));
        for text in [
            "nan",
            "inf",
            "-infinity",
            "1e999",
            "",
            "1,5",
            "1__0",
            "-_1",
            "1_.0",
            "_1",
            "1_",
        ] {
            assert_eq!(float(text), None, "{text}");
        }
    }

    #[test]
    fn durations_go_from_large_to_small() {
        assert_eq!(duration("90"), Some(Duration::from_secs(90)));
        assert_eq!(duration("1h 30m"), Some(Duration::from_mins(90)));
        assert_eq!(duration("1h30min"), Some(Duration::from_mins(90)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("0.5"), Some(Duration::from_millis(500)));
        for text in [
            "1.s",
            ".5s",
            "0.1ns",
            "",
            "30m 1h",
            "1h 1h",
            "-1s",
            "5 parsecs",
            "h",
            "1h 30",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn bools_are_words() {
        assert_eq!(bool("Yes"), Some(true));
        assert_eq!(bool("off"), Some(false));
        assert_eq!(bool("2"), None);
    }
}
