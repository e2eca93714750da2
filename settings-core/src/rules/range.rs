//! `range(1..=9)`: numbers and durations within bounds.

use crate::schema::{Bound, Range};
use crate::value::observer::Number;
use settings_syntax::duration;
use std::cmp::Ordering;
use std::time::Duration;

/// Whether the number is within bounds; `false` for one that cannot be compared.
pub(super) fn holds(range: &Range, number: Number) -> bool {
    within(range, |bound| compare(number, bound))
}

/// Whether the duration is within bounds.
pub(super) fn holds_duration(range: &Range, duration: Duration) -> bool {
    within(range, |bound| match bound {
        Bound::Text(text) => duration::parse(text).map(|bound| duration.cmp(&bound)),
        _ => None,
    })
}

fn within(range: &Range, compare: impl Fn(Bound) -> Option<Ordering>) -> bool {
    let above = range.min == Bound::None || compare(range.min).is_some_and(Ordering::is_ge);
    let below = range.max == Bound::None
        || match compare(range.max) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => range.inclusive,
            Some(Ordering::Greater) | None => false,
        };
    above && below
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "bounds are literals of the number's own type; only a newtype mixes them"
)]
fn compare(number: Number, bound: Bound) -> Option<Ordering> {
    match (number, bound) {
        (Number::Int(number), Bound::Int(bound)) => Some(number.cmp(&bound)),
        (Number::Uint(number), Bound::Uint(bound)) => Some(number.cmp(&bound)),
        (Number::Int(_), Bound::Uint(_)) => Some(Ordering::Less),
        (Number::Uint(_), Bound::Int(_)) => Some(Ordering::Greater),
        (Number::Single(number), Bound::Float(bound)) => number.partial_cmp(&(bound as f32)),
        (Number::Single(number), Bound::Int(bound)) => number.partial_cmp(&(bound as f32)),
        (Number::Single(number), Bound::Uint(bound)) => number.partial_cmp(&(bound as f32)),
        (Number::Float(number), Bound::Float(bound)) => number.partial_cmp(&bound),
        (Number::Float(number), Bound::Int(bound)) => number.partial_cmp(&(bound as f64)),
        (Number::Float(number), Bound::Uint(bound)) => number.partial_cmp(&(bound as f64)),
        (Number::Int(number), Bound::Float(bound)) => (number as f64).partial_cmp(&bound),
        (Number::Uint(number), Bound::Float(bound)) => (number as f64).partial_cmp(&bound),
        (_, Bound::None | Bound::Text(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{holds, holds_duration};
    use crate::schema::{Bound, Range};
    use std::time::Duration;

    const fn range(min: Bound, max: Bound, inclusive: bool) -> Range {
        Range {
            min,
            max,
            inclusive,
        }
    }

    #[test]
    fn integers_are_compared_over_their_full_range() {
        let wide = range(Bound::Int(i128::MIN), Bound::Uint(u128::MAX), true);
        assert!(holds(&wide, i128::MIN.into()));
        assert!(holds(&wide, u128::MAX.into()));
        let positive = range(Bound::Int(1), Bound::None, true);
        assert!(holds(&positive, u128::MAX.into()));
        assert!(!holds(&positive, 0.into()));
        let below = range(Bound::None, Bound::Uint(u128::MAX), false);
        assert!(!holds(&below, u128::MAX.into()));
        assert!(holds(&below, i128::MAX.into()));
    }

    #[test]
    fn an_open_end_is_not_allowed() {
        let digits = range(Bound::Int(0), Bound::Int(10), false);
        assert!(holds(&digits, 0.into()));
        assert!(holds(&digits, 9.into()));
        assert!(!holds(&digits, 10.into()));
    }

    #[test]
    fn a_float_is_compared_in_its_own_width() {
        let range = range(Bound::Float(0.1), Bound::Float(0.3), true);
        assert!(holds(&range, 0.1_f32.into()));
        assert!(holds(&range, 0.3_f32.into()));
        assert!(holds(&range, 0.3_f64.into()));
        assert!(!holds(&range, 0.31_f32.into()));
        assert!(!holds(&range, f64::NAN.into()));
    }

    #[test]
    fn durations_are_compared_with_what_their_text_means() {
        let range = range(Bound::Text("1s"), Bound::Text("1h 30m"), true);
        assert!(holds_duration(&range, Duration::from_mins(90)));
        assert!(!holds_duration(&range, Duration::from_secs(5401)));
        assert!(!holds_duration(&range, Duration::from_millis(999)));
    }
}
