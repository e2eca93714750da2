//! Trigger that reloads at SIGHUP.

use super::{Live, trigger::TriggerGuard};
use crate::build::Assemble;
use signal_hook::{consts::SIGHUP, iterator::Signals};
use std::{io, sync::Arc};

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
                shared.reload_by_trigger();
            }
        };
        let stop = move || handle.close();
        self.shared.trigger("settings-sighup", stop, run)
    }
}
