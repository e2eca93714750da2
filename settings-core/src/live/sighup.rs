//! SIGHUP loads live settings again.

use super::{Live, trigger::TriggerGuard};
use crate::build::Assemble;
use signal_hook::{consts::SIGHUP, iterator::Signals};
use std::{io, sync::Arc};

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Loads the settings again at each SIGHUP. What is refused is in [`status`](Live::status) and in the events.
    ///
    /// From the first call on the signal does not end the process any more, not even when the trigger is gone.
    ///
    /// # Errors
    ///
    /// Returns the system's, if the signal can't be had or no thread be started.
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
