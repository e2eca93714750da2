//! Readings of sources by concurrent reloads, and their order.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

/// Readings that have begun.
#[derive(Default)]
pub(super) struct Readings(Mutex<Begun>);

#[derive(Default)]
struct Begun {
    /// The number of readings so far.
    count: u64,
    /// The last reading whose values were put next to the running settings.
    finished: u64,
    /// The threads of the present readings.
    threads: Vec<ThreadId>,
}

/// A reading by one thread, from its begin to the end of the reload.
pub(super) struct ActiveReading<'a> {
    readings: &'a Readings,
    number: u64,
}

impl Readings {
    /// Begins a reading; `None` if this thread is reading already, such as in a provider.
    pub(super) fn begin(&self) -> Option<ActiveReading<'_>> {
        let thread = thread::current().id();
        let mut begun = self.begun();
        if begun.threads.contains(&thread) {
            return None;
        }
        begun.threads.push(thread);
        begun.count += 1;
        let number = begun.count;
        Some(ActiveReading {
            readings: self,
            number,
        })
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ActiveReading<'_> {
    /// Whether a later reading is in force, which may have newer values.
    pub(super) fn is_overtaken(&self) -> bool {
        self.readings.begun().finished > self.number
    }

    pub(super) fn finish(&self) {
        self.readings.begun().finished = self.number;
    }
}

impl Drop for ActiveReading<'_> {
    fn drop(&mut self) {
        let thread = thread::current().id();
        self.readings
            .begun()
            .threads
            .retain(|other| *other != thread);
    }
}
