//! Failures that repeat: logged at once, then again with growing pauses, so that a lasting one is neither silent nor
//! floods the log.

use std::{
    fmt,
    time::{Duration, Instant},
};

/// Pause between the first two log entries.
const MIN_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause between two log entries.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Consecutive failures of one operation.
#[derive(Debug, Default)]
pub struct Outage(Option<Failures>);

/// Time since the start of an outage; prints whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(Duration);

#[derive(Debug)]
struct Failures {
    attempts: u64,
    since: Instant,
    reason: String,
    logged: Instant,
    pause: Duration,
}

impl Outage {
    /// Counts a failure. Calls `log` with the number of attempts and the time since the first one, if it is time to log
    /// it: for the first failure, after each pause, and for a new reason.
    pub fn fail(&mut self, reason: &str, now: Instant, log: impl FnOnce(u64, Elapsed)) {
        let failures = self.0.get_or_insert_with(|| Failures {
            attempts: 0,
            since: now,
            reason: String::new(),
            logged: now,
            pause: Duration::ZERO,
        });
        failures.attempts += 1;
        let is_new = failures.reason != reason;
        let pause = if is_new {
            failures.pause.min(MIN_PAUSE)
        } else {
            failures.pause
        };
        if now - failures.logged < pause {
            return;
        }
        reason.clone_into(&mut failures.reason);
        failures.logged = now;
        failures.pause = (failures.pause * 2).clamp(MIN_PAUSE, MAX_PAUSE);
        log(failures.attempts, Elapsed(now - failures.since));
    }

    /// Ends the outage. Returns how long it lasted, if there was one.
    pub fn end(&mut self, now: Instant) -> Option<Elapsed> {
        self.0.take().map(|failures| Elapsed(now - failures.since))
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds at which an outage is logged that fails every 100 ms with these reasons.
    fn logged(seconds: u64, reason: impl Fn(u64) -> &'static str) -> Vec<f64> {
        let (mut outage, start, mut logged) = (Outage::default(), Instant::now(), Vec::new());
        for tenth in 0..seconds * 10 {
            let now = start + Duration::from_millis(tenth * 100);
            outage.fail(reason(tenth), now, |attempt, since| {
                assert_eq!(attempt, tenth + 1);
                logged.push(since.0.as_secs_f64());
            });
        }
        assert!(outage.end(start + Duration::from_secs(seconds)).is_some());
        assert_eq!(outage.end(start), None);
        logged
    }

    #[test]
    fn a_lasting_failure_is_logged_with_growing_pauses() {
        assert_eq!(
            logged(200, |_| "refused"),
            [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0]
        );
    }

    #[test]
    fn a_new_reason_is_logged_soon() {
        let reason = |tenth| if tenth < 100 { "refused" } else { "timed out" };
        assert_eq!(logged(11, reason), [0.0, 1.0, 3.0, 7.0, 10.0]);
    }

    #[test]
    fn changing_reasons_do_not_flood_the_log() {
        let reason = |tenth| {
            if tenth % 2 == 0 {
                "refused"
            } else {
                "timed out"
            }
        };
        assert!(logged(10, reason).len() <= 10);
    }
}
