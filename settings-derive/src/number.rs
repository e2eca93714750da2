//! Numbers and durations in defaults and in bounds of ranges.

use settings_syntax::number::Integer;
use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

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

impl Integer for Int {
    fn from_u64(negative: bool, magnitude: u64) -> Option<Self> {
        Some(Self::new(negative, magnitude.into()))
    }

    fn from_u128(negative: bool, magnitude: u128) -> Option<Self> {
        Some(Self::new(negative, magnitude))
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

/// A value that a range can compare.
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
