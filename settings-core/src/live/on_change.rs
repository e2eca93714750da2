//! Callbacks for one value of the settings.

use super::{Live, LiveShared, Subscription, lock};
use std::sync::{Arc, Mutex, Weak};

impl<T: Send + Sync + 'static> Live<T> {
    /// Calls `callback` with one value: once now, on this thread, and then whenever a revision has another value.
    ///
    /// `select` returns the value, which is compared with the one of the last call. Like [`subscribe`](Self::subscribe),
    /// later calls run on a thread of their own, and the subscription ends when it is dropped. It does not keep the settings
    /// alive.
    ///
    /// # Panics
    ///
    /// Panics if `callback` panics in the first call; panics of later calls are caught.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # use std::sync::mpsc;
    /// # #[derive(Debug, Settings)]
    /// # struct App { #[settings(default = "info", reload)] log_level: String, #[settings(default = 1, reload)] workers: u32 }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join(".env");
    /// let live = App::empty_loader().env_file(&file).live()?;
    /// let (sender, levels) = mpsc::channel();
    /// let subscription = live.on_change(|app| &app.log_level, move |level| drop(sender.send(level.clone())));
    /// assert_eq!(levels.recv()?, "info");
    ///
    /// std::fs::write(&file, "WORKERS=2")?;
    /// live.reload()?; // the level is the same
    /// std::fs::write(&file, "WORKERS=2\nLOG_LEVEL=debug")?;
    /// live.reload()?;
    /// assert_eq!(levels.recv()?, "debug");
    /// # drop(subscription);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_change<V>(
        &self,
        select: impl Fn(&T) -> &V + Send + 'static,
        callback: impl FnMut(&V) + Send + 'static,
    ) -> Subscription
    where
        V: Clone + PartialEq + Send + 'static,
    {
        let watched = Arc::new(Mutex::new(Watched {
            select,
            callback,
            last: None,
        }));
        let shared = Arc::downgrade(&self.shared);
        let on_event = Arc::clone(&watched);
        // Subscribed first, so that a change during the first call is not missed.
        let subscription = self.subscribe(move |_| lock(&on_event).call(&shared));
        lock(&watched).call(&Arc::downgrade(&self.shared));
        subscription
    }
}

/// One value with its callback.
struct Watched<S, C, V> {
    select: S,
    callback: C,
    /// The value of the last call.
    last: Option<V>,
}

impl<S, C, V: Clone + PartialEq> Watched<S, C, V> {
    /// Calls the callback if the value in force is not the one of the last call.
    fn call<T>(&mut self, shared: &Weak<LiveShared<T>>)
    where
        S: Fn(&T) -> &V,
        C: FnMut(&V),
    {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let current = shared.current.load_full();
        // Released before the callback, which may be the last user of the settings.
        drop(shared);
        let value = (self.select)(&current.loaded);
        if self.last.as_ref() == Some(value) {
            return;
        }
        let value = value.clone();
        self.last = Some(value.clone());
        (self.callback)(&value);
    }
}
