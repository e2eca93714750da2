//! Trigger that reloads at SIGHUP.

use super::{Live, trigger::TriggerGuard};
use crate::build::Assemble;
use signal_hook::{consts::SIGHUP, iterator::Signals};
use std::{io, sync::Arc};

/// With the feature `tracing`, reports a signal that changed nothing, which causes no event.
fn acknowledge(revision: u64) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "settings", revision, "SIGHUP: the settings are unchanged");
    #[cfg(not(feature = "tracing"))]
    let _ = revision;
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Reloads the settings at each SIGHUP. [`status`](Live::status) and the events report a rejected change.
    ///
    /// After the first call, the signal no longer ends the process, even if the guard is dropped.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system if the signal cannot be handled or no thread can be started.
    pub fn reload_on_sighup(&self) -> io::Result<TriggerGuard> {
        let mut signals = Signals::new([SIGHUP])?;
        let handle = signals.handle();
        let shared = Arc::downgrade(&self.shared);
        let run = move || {
            for _ in &mut signals {
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                let before = shared.current.load().number;
                if shared.reload_by_trigger() == Some(before) {
                    acknowledge(before);
                }
            }
        };
        let stop = move || handle.close();
        self.shared.trigger("settings-sighup", stop, run)
    }
}
