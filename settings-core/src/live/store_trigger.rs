//! A store is followed: each change in it loads live settings again.

use super::{Live, trigger::TriggerGuard};
use crate::{build::Assemble, remote::Store};
use std::{
    io,
    sync::{Arc, mpsc},
};

enum Message {
    Changed,
    Stop,
}

impl<T: Assemble + Send + Sync + 'static> Live<T> {
    /// Loads the settings again at each change in a store that the loader names, from a thread of its own.
    ///
    /// What changed before the call is found too, since everything is loaded once more at the start. Of changes that
    /// come while a load runs, one more load takes them all. What is refused is in [`status`](Live::status) and in the
    /// events; how the store itself is doing, [`Store::status`] tells. While it is away, what was in force stays.
    ///
    /// The store does not keep the settings alive, nor does this trigger keep the store.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use settings_core::{Settings, remote::{Store, testing::InMemoryStore}};
    ///
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = 8080, reload)] port: u16 }
    /// let cluster = InMemoryStore::new(); // a store in memory, for tests
    /// let store = Store::builder(cluster.engine()).start();
    /// let live = App::empty_loader().remote(&store).live()?;
    /// let events = live.subscribe_channel();
    /// let following = live.follow(&store)?;
    ///
    /// cluster.put([("port", "81")]);
    /// events.recv()?;
    /// assert_eq!(live.current().port, 81);
    ///
    /// drop(following); // or `following.detach()`, to follow as long as there are settings
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the system's, if no thread can be started. That the store is away is no error.
    pub fn follow(&self, store: &Store) -> io::Result<TriggerGuard> {
        let (sender, receiver) = mpsc::channel();
        let (changed, stop) = (sender.clone(), sender.clone());
        let shared = Arc::downgrade(&self.shared);
        let run = move || {
            while let Ok(Message::Changed) = receiver.recv() {
                // Of many changes one load is enough.
                if receiver
                    .try_iter()
                    .any(|next| matches!(next, Message::Stop))
                {
                    return;
                }
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                shared.reload_by_trigger();
            }
        };
        let stop = move || drop(stop.send(Message::Stop));
        let trigger = self.shared.trigger("settings-follow", stop, run)?;
        // It owns nothing but a way to wake the thread, so that neither keeps the other; who stopped listening is forgotten.
        store.on_change_while(move || changed.send(Message::Changed).is_ok());
        // What changes from now on is told; what changed since the last load is found by loading.
        let _ = sender.send(Message::Changed);
        Ok(trigger)
    }
}
