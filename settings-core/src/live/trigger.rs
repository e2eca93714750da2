//! What loads live settings again, from a thread of its own.

use super::Shared;
use crate::{
    assemble::Assemble,
    error::Error,
    problem::{Problem, ProblemKind},
};
use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::{Mutex, PoisonError},
    thread::{self, JoinHandle},
};

/// Keeps a trigger going; to drop it ends that, and waits until it is over.
#[must_use = "dropping it stops the trigger; `detach` keeps it going as long as there are live settings"]
pub struct Trigger {
    running: Option<Running>,
}

struct Running {
    stop: Box<dyn FnOnce() + Send + Sync>,
    thread: JoinHandle<()>,
}

impl Trigger {
    pub(super) fn new(stop: impl FnOnce() + Send + Sync + 'static, thread: JoinHandle<()>) -> Self {
        let running = Running {
            stop: Box::new(stop),
            thread,
        };
        Self {
            running: Some(running),
        }
    }

    /// Keeps it going for as long as there are live settings.
    pub fn detach(mut self) {
        self.running = None;
    }
}

impl Drop for Trigger {
    fn drop(&mut self) {
        let Some(Running { stop, thread }) = self.running.take() else {
            return;
        };
        stop();
        if thread.thread().id() != thread::current().id() {
            // It catches what panics, and has nothing to give.
            let _ = thread.join();
        }
    }
}

impl<T: Assemble + Send + Sync + 'static> Shared<T> {
    /// Loads again; a panic of the program's own functions is a refusal, so that the trigger outlives it.
    pub(super) fn reload_by_trigger(&self) {
        // Subscribers and `status` are told what there is to tell.
        if panic::catch_unwind(AssertUnwindSafe(|| self.reload().is_ok())).is_ok() {
            return;
        }
        let problem = Problem::new(
            ProblemKind::Source,
            "a function of the program panicked while it looked at the settings",
        );
        let problem = problem
            .with_help("look at the functions that the struct names, and at what they were given");
        let error = Error::new(T::SCHEMA.root.name, vec![problem]);
        let mut turn = self.turn();
        let outcome = turn.refuse(error);
        let _ = self.settle(&self.current.load_full(), outcome);
    }
}

impl<T> Shared<T> {
    /// Runs `end` when nobody has these settings any more.
    pub(super) fn at_end(&self, end: impl FnOnce() + Send + 'static) {
        let mut ends = self.ends.0.lock().unwrap_or_else(PoisonError::into_inner);
        ends.push(Box::new(end));
    }
}

/// What is to be done when nobody has the settings any more.
#[derive(Default)]
pub(super) struct Ends(Mutex<Vec<Box<dyn FnOnce() + Send>>>);

impl Drop for Ends {
    fn drop(&mut self) {
        let ends = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for end in ends.drain(..) {
            end();
        }
    }
}

impl fmt::Debug for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger").finish_non_exhaustive()
    }
}
