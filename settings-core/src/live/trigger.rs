//! What loads live settings again, from a thread of its own.

use super::Shared;
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

/// Keeps a trigger going; to drop it ends that, and waits until it is over.
#[must_use = "dropping it stops the trigger; `detach` keeps it going as long as there are live settings"]
pub struct TriggerGuard {
    running: Option<Running>,
}

struct Running {
    stop: Stop,
    thread: JoinHandle<()>,
}

/// Has the thread of a trigger end. It is gone when the thread and whoever waits for it are.
type Stop = Arc<dyn Fn() + Send + Sync>;

impl TriggerGuard {
    /// Keeps it going for as long as there are live settings.
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
    /// Runs a trigger on a thread of this name, until `stop` is called: by who drops it, or when nobody has the settings
    /// any more.
    pub(super) fn trigger(
        &self,
        name: &str,
        stop: impl Fn() + Send + Sync + 'static,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<TriggerGuard> {
        let stop: Stop = Arc::new(stop);
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

/// What is to be stopped when nobody has the settings any more.
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
