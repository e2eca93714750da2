//! What readers hold: one whole revision.

use super::{Shared, revision::Revision};
use crate::loaded::Loaded;
use arc_swap::{ArcSwap, Cache, Guard};
use std::{fmt, ops::Deref, sync::Arc};

/// The settings of one revision, which stand for the settings themselves.
///
/// They don't change while it is held, and are freed when the last one who holds them lets go. Hold it for as long as
/// one piece of work, such as a request, lasts.
pub struct Snapshot<T>(pub(super) Guard<Arc<Revision<T>>>);

impl<T> Snapshot<T> {
    /// The number of the revision; the first is 1.
    pub fn revision(&self) -> u64 {
        self.0.number
    }

    /// The settings with their origins.
    pub fn loaded(&self) -> &Loaded<T> {
        &self.0.loaded
    }
}

impl<T> Deref for Snapshot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.loaded
    }
}

impl<T> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("revision", &self.0.number)
            .finish_non_exhaustive()
    }
}

/// Reads for one thread: it keeps the revision at hand, and looks only whether there is another.
///
/// A revision stays in memory until each reader has read once more, so keep none that does not read. A reader is a handle
/// of the settings, as a clone of [`Live`](super::Live) is: triggers go on while there is one.
pub struct Reader<T>(Cache<Current<T>, Arc<Revision<T>>>);

impl<T> Reader<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self(Cache::new(Current(shared)))
    }

    /// The settings as they are now.
    #[inline]
    pub fn current(&mut self) -> &T {
        &self.0.load().loaded
    }

    /// The number of the revision that `load` would read; the first is 1.
    pub fn revision(&mut self) -> u64 {
        self.0.load().number
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

struct Current<T>(Arc<Shared<T>>);

impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Current<T> {
    type Target = ArcSwap<Revision<T>>;

    fn deref(&self) -> &Self::Target {
        &self.0.current
    }
}
