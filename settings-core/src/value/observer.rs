//! Observers of decoding: rules see each scalar as its type requested it.

use serde::de::Expected;
use std::time::Duration;

use super::path::Segment;

/// Receives each scalar of a value in the form that its type requested.
///
/// A rule sees the text of a newtype or of a secret this way.
pub trait ValueObserver {
    /// The type requested text.
    fn text(&mut self, text: &str) {
        let _ = text;
    }

    /// The type requested a string; `expected` is what it states in errors.
    fn asked(&mut self, text: &str, expected: Option<&dyn Expected>) {
        let _ = (text, expected);
    }

    /// Whether the observer sees the fields of structs, the content of variants and keys of maps.
    fn sees_fields(&self) -> bool {
        false
    }

    /// The type requested a number.
    fn number(&mut self, number: Number) {
        let _ = number;
    }

    /// The type requested a bool.
    fn truth(&mut self, truth: bool) {
        let _ = truth;
    }

    /// The type requested a duration.
    fn duration(&mut self, duration: Duration) {
        let _ = duration;
    }

    /// The type requested the name of a variant, in the spelling of the type.
    fn variant(&mut self, name: &str) {
        let _ = name;
    }

    /// A list or map has been read; it has this many elements.
    fn list(&mut self, length: usize) {
        let _ = length;
    }

    /// An element of a list or map follows. The result is passed to [`ValueObserver::leave`].
    fn enter(&mut self) -> usize {
        0
    }

    /// The element has been read; `segment` is its position in the list or map.
    fn leave(&mut self, mark: usize, segment: Segment<'_>) {
        let _ = (mark, segment);
    }

    /// Discards all calls so far: the value is read again in another way.
    fn reset(&mut self) {}
}

/// A number of any type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer up to [`i128::MAX`].
    Int(i128),
    /// An integer beyond [`i128::MAX`].
    Uint(u128),
    /// A float of 32 bits. Its `0.1` is another number than that of 64 bits.
    Single(f32),
    /// A float of 64 bits.
    Float(f64),
}

macro_rules! whole {
    ($($type:ty)*) => {$(
        impl From<$type> for Number {
            #[inline]
            fn from(number: $type) -> Self {
                Self::Int(i128::from(number))
            }
        }
    )*};
}
whole!(i8 i16 i32 i64 i128 u8 u16 u32 u64);

impl From<u128> for Number {
    fn from(number: u128) -> Self {
        i128::try_from(number).map_or(Self::Uint(number), Self::Int)
    }
}

impl From<f32> for Number {
    fn from(number: f32) -> Self {
        Self::Single(number)
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Uint(number) => number.fmt(f),
            Self::Single(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
        }
    }
}
