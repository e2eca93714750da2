//! Threads that reload live settings, and the guard that stops them.

use super::LiveShared;
use crate::{
    build::Assemble,
    error::{
        Error,
        problem::{Problem, ProblemKind},
    },
};
use std::{
    fmt, io,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread::{self, JoinHandle},
};

/// Keeps a trigger running. Dropping it stops the trigger and waits for its thread.
#[must_use = "dropping it stops the trigger; `detach` keeps it running for as long as the settings exist"]
pub struct TriggerGuard {
    running: Option<Running>,
}

struct Running {
    stop: StopTrigger,
    thread: JoinHandle<()>,
}

/// Stops the thread of a trigger. It is dropped with the thread and its guard.
type StopTrigger = Arc<dyn Fn() + Send + Sync>;

impl TriggerGuard {
    /// Keeps the trigger running for as long as the settings exist.
    pub fn detach(mut self) {
        self.running = None;
    }
}

impl Drop for TriggerGuard {
    fn drop(&mut self) {
        let Some(Running { stop, thread }) = self.running.take() else {
            return;
        };
        stop();
        if thread.thread().id() != thread::current().id() {
            // The thread catches panics and returns nothing.
            let _ = thread.join();
        }
    }
}

impl<T: Assemble + Send + Sync + 'static> LiveShared<T> {
    /// Reloads. A panic in application code counts as a rejected change, so that the trigger survives it.
    ///
    /// Returns the number of the revision in force, unless the change was rejected, or triggers pause after too many reverts.
    pub(super) fn reload_by_trigger(&self) -> Option<u64> {
        if self.is_paused() {
            return None;
        }
        self.reload_caught()
    }

    /// Reloads, also during a pause. A panic in application code counts as a rejected change.
    pub(super) fn reload_caught(&self) -> Option<u64> {
        // A problem is reported by the events and `status`.
        if let Ok(result) = panic::catch_unwind(AssertUnwindSafe(|| self.reload(None))) {
            return result.ok();
        }
        let problem = Problem::new(
            ProblemKind::Source,
            "application code panicked during the reload",
        );
        let problem = problem
            .with_help("check the functions that the settings struct names, such as `validate` and `default_with`");
        let error = Error::new(T::SCHEMA.root.name, vec![problem]);
        let mut reloader = self.reloader();
        let outcome = reloader.reject(error);
        let _ = self.apply(&self.current.load_full(), outcome);
        None
    }
}

impl<T> LiveShared<T> {
    /// Runs a trigger on a thread with this name until `stop` is called: by the guard, or when the settings are dropped.
    pub(super) fn trigger(
        &self,
        name: &str,
        stop: impl Fn() + Send + Sync + 'static,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<TriggerGuard> {
        let stop: StopTrigger = Arc::new(stop);
        let kept = Arc::clone(&stop);
        let thread = thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || {
            run();
            drop(kept);
        })?;
        let mut ends = self.ends.0.lock().unwrap_or_else(PoisonError::into_inner);
        ends.retain(|end| end.strong_count() > 0);
        ends.push(Arc::downgrade(&stop));
        Ok(TriggerGuard {
            running: Some(Running { stop, thread }),
        })
    }
}

/// The triggers to stop when the settings are dropped.
#[derive(Default)]
pub(super) struct Ends(Mutex<Vec<Weak<dyn Fn() + Send + Sync>>>);

impl Drop for Ends {
    fn drop(&mut self) {
        let ends = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for stop in ends.drain(..).filter_map(|end| end.upgrade()) {
            stop();
        }
    }
}

impl fmt::Debug for TriggerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TriggerGuard").finish_non_exhaustive()
    }
}
