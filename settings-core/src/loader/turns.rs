//! Turns of loads that exclude each other.
//!
//! A load calls functions of the program, which may wait for another thread. If that thread waits for its own turn, both
//! would wait for ever, so the wait is limited while such functions run.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

/// The limit for the wait for a turn while another load calls functions of the program.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Turns, one at a time.
pub(crate) struct Turns {
    holder: Mutex<Option<Holder>>,
    changed: Condvar,
}

#[derive(Clone, Copy)]
struct Holder {
    thread: ThreadId,
    /// Time when it began to call functions of the program.
    calling_since: Option<Instant>,
}

/// A turn, which ends when it is dropped, also by a panic.
pub(crate) struct Turn<'a>(&'a Turns);

/// The reason why there is no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// This thread has a turn.
    Nested,
    /// Functions of the program did not return in time. They probably wait for this thread.
    Stuck,
}

impl Turns {
    pub(crate) const fn new() -> Self {
        Self {
            holder: Mutex::new(None),
            changed: Condvar::new(),
        }
    }

    /// Waits for a turn, without a limit if there is no `patience`.
    pub(crate) fn begin(&self, patience: Option<Duration>) -> Result<Turn<'_>, Refused> {
        let thread = thread::current().id();
        let mut current = self.holder();
        while let Some(holder) = *current {
            if holder.thread == thread {
                return Err(Refused::Nested);
            }
            let deadline = holder.calling_since.zip(patience);
            let left = deadline.map(|(since, patience)| patience.saturating_sub(since.elapsed()));
            current = match left {
                Some(Duration::ZERO) => return Err(Refused::Stuck),
                Some(left) => {
                    let waited = self.changed.wait_timeout(current, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.changed.wait(current);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
        *current = Some(Holder {
            thread,
            calling_since: None,
        });
        Ok(Turn(self))
    }

    fn holder(&self) -> MutexGuard<'_, Option<Holder>> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Records that functions of the program are called from now on.
    pub(crate) fn calls_functions(&self) {
        if let Some(holder) = &mut *self.0.holder() {
            holder.calling_since = Some(Instant::now());
        }
        self.0.changed.notify_all();
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.holder() = None;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Option<Duration> = Some(Duration::from_millis(50));

    #[test]
    fn a_thread_has_one_turn_at_a_time() {
        let turns = Turns::new();
        let turn = turns.begin(SHORT).unwrap();
        assert_eq!(turns.begin(SHORT).err(), Some(Refused::Nested));
        drop(turn);
        assert!(turns.begin(SHORT).is_ok());
    }

    #[test]
    fn a_thread_does_not_wait_for_ever_for_a_function_that_waits_for_it() {
        let turns = Turns::new();
        let turn = turns.begin(SHORT).unwrap();
        turn.calls_functions();
        let refused = thread::scope(|scope| {
            let joined = scope.spawn(|| turns.begin(SHORT).err());
            joined.join().unwrap()
        });
        assert_eq!(refused, Some(Refused::Stuck));
    }

    #[test]
    fn the_wait_for_a_load_that_reads_has_no_limit() {
        let turns = Turns::new();
        let turn = turns.begin(SHORT).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.begin(SHORT).map(drop));
            thread::sleep(Duration::from_millis(150));
            turn.calls_functions();
            drop(turn);
            assert_eq!(waiting.join().unwrap(), Ok(()));
        });
    }

    #[test]
    fn a_panic_ends_a_turn() {
        let turns = Turns::new();
        thread::scope(|scope| {
            let panics = scope.spawn(|| {
                let _turn = turns.begin(SHORT).unwrap();
                panic!("a function of the program");
            });
            panics.join().unwrap_err();
        });
        assert!(turns.begin(SHORT).is_ok());
    }
}
