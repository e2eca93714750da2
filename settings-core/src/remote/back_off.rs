//! Exponential back-off between attempts.

use std::{ops::RangeInclusive, time::Duration};

/// Exponential back-off from the shortest to the longest wait. Half of each wait is random, so that the clients of a
/// store that comes back do not connect all at once.
#[derive(Debug)]
pub(super) struct BackOff {
    range: RangeInclusive<Duration>,
    failures: u32,
}

impl BackOff {
    pub(super) fn new(range: RangeInclusive<Duration>) -> Self {
        Self { range, failures: 0 }
    }

    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Whether nothing has failed since the last success.
    pub(super) fn is_fresh(&self) -> bool {
        self.failures == 0
    }

    pub(super) fn next(&mut self) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        let whole = self.range.start().saturating_mul(factor);
        let half = whole.min(*self.range.end()) / 2;
        half + half.mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_half_is_random() {
        let (shortest, longest) = (Duration::from_millis(100), Duration::from_secs(5));
        let mut back_off = BackOff::new(shortest..=longest);
        let mut whole = shortest;
        for _ in 0..100 {
            let wait = back_off.next();
            assert!(wait >= whole / 2 && wait <= whole, "{wait:?} of {whole:?}");
            whole = (whole * 2).min(longest);
        }
        back_off.reset();
        assert!(back_off.next() <= shortest);
    }
}
