//! Trial of a revision: it passes after enough good health calls, and fails after three bad ones in a row.

/// Bad calls in a row after which a revision has failed.
const MOST_BAD: u32 = 3;

/// Health calls since a revision was put in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trial {
    pub(super) good: u32,
    pub(super) needed: u32,
    bad_in_a_row: u32,
    /// Whether the program was healthy before the revision, or has been since. If not, its bad health proves nothing about
    /// the revision, which may be the one that repairs it.
    pub(super) was_healthy: bool,
}

/// Result of a trial so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pending,
    Passed,
    Failed,
}

impl Trial {
    pub(super) fn new(needed: u32, was_healthy: bool) -> Self {
        Self {
            good: 0,
            needed,
            bad_in_a_row: 0,
            was_healthy,
        }
    }

    pub(super) fn record(&mut self, is_good: bool) -> Verdict {
        if is_good {
            self.was_healthy = true;
            self.bad_in_a_row = 0;
            self.good += 1;
            return if self.good >= self.needed {
                Verdict::Passed
            } else {
                Verdict::Pending
            };
        }
        if !self.was_healthy {
            return Verdict::Pending;
        }
        self.bad_in_a_row += 1;
        if self.bad_in_a_row >= MOST_BAD {
            Verdict::Failed
        } else {
            Verdict::Pending
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Trial, Verdict};

    fn verdicts(was_healthy: bool, calls: &str) -> Vec<Verdict> {
        let mut trial = Trial::new(4, was_healthy);
        let calls = calls.chars();
        calls.map(|call| trial.record(call == '+')).collect()
    }

    #[test]
    fn it_passes_after_enough_good_calls_with_bad_ones_between() {
        assert_eq!(verdicts(true, "++++").last(), Some(&Verdict::Passed));
        assert_eq!(verdicts(true, "--+--+--++").last(), Some(&Verdict::Passed));
        assert!(!verdicts(true, "--+--+--+").contains(&Verdict::Passed));
    }

    #[test]
    fn it_fails_after_three_bad_calls_in_a_row() {
        assert_eq!(verdicts(true, "---").last(), Some(&Verdict::Failed));
        assert_eq!(verdicts(true, "+++---").last(), Some(&Verdict::Failed));
        assert!(!verdicts(true, "--+--+--").contains(&Verdict::Failed));
    }

    #[test]
    fn a_program_that_was_unhealthy_before_fails_only_after_it_was_healthy() {
        assert!(!verdicts(false, "----------").contains(&Verdict::Failed));
        assert_eq!(verdicts(false, "-----+---").last(), Some(&Verdict::Failed));
        assert_eq!(verdicts(false, "-----++++").last(), Some(&Verdict::Passed));
    }
}
