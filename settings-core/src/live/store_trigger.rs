//! Trigger that reloads when a store changes.

use super::{Live, trigger::TriggerGuard};
use crate::{build::Assemble, remote::Store};
use std::{
    io,
    sync::{Arc, mpsc},
};

enum StoreSignal {
    Changed,
    Stop,
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Reloads the settings at each change of a store that is a layer of the loader, on a thread of its own.
    ///
    /// It also reloads once at the start, so that changes before the call are not missed. Several changes during one load
    /// cause one further load. [`status`](Live::status) and the events report a rejected change; [`Store::status`] reports
    /// the state of the store. While the store is unavailable, the settings in force stay.
    ///
    /// The store does not keep the settings alive, and the trigger does not keep the store alive.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use settings_core::{Settings, remote::{Store, testing::InMemoryStore}};
    ///
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080, reload)] port: u16 }
    /// let cluster = InMemoryStore::new(); // a store in memory, for tests
    /// let store = Store::builder(cluster.engine()).start();
    /// let live = App::empty_loader().store(&store).live()?;
    /// let events = live.subscribe_channel();
    /// let following = live.follow(&store)?;
    ///
    /// cluster.put([("port", "81")]);
    /// events.recv()?;
    /// assert_eq!(live.current().port, 81);
    ///
    /// drop(following); // or `following.detach()`, to follow for as long as the settings exist
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system if no thread can be started. An unavailable store is not an error.
    pub fn follow(&self, store: &Store) -> io::Result<TriggerGuard> {
        let (sender, receiver) = mpsc::channel();
        let (changed, stop) = (sender.clone(), sender.clone());
        let shared = Arc::downgrade(&self.shared);
        let run = move || {
            while let Ok(StoreSignal::Changed) = receiver.recv() {
                // One load covers all changes that are queued.
                if receiver
                    .try_iter()
                    .any(|next| matches!(next, StoreSignal::Stop))
                {
                    return;
                }
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                shared.reload_by_trigger();
            }
        };
        let stop = move || drop(stop.send(StoreSignal::Stop));
        let trigger = self.shared.trigger("settings-follow", stop, run)?;
        // The callback owns only a sender, so that store and settings do not keep each other alive.
        store.on_change_while(move || changed.send(StoreSignal::Changed).is_ok());
        // Changes between the last load and this subscription are found by one load.
        let _ = sender.send(StoreSignal::Changed);
        Ok(trigger)
    }
}
