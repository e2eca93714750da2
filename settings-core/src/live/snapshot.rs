//! Handles to one revision: `Snapshot` and `Reader`.

use super::{LiveShared, revision::Revision};
use crate::loaded::Loaded;
use arc_swap::{ArcSwap, Cache, Guard};
use std::{fmt, ops::Deref, sync::Arc};

/// The settings of one revision; dereferences to them.
///
/// They do not change while the snapshot is held, and are freed with the last snapshot of the revision. Hold one for the
/// duration of one piece of work, such as a request.
pub struct Snapshot<T>(pub(super) Guard<Arc<Revision<T>>>);

impl<T> Snapshot<T> {
    /// Number of the revision; the first is 1.
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

/// Cached access for one thread: it holds the revision and only checks whether there is a newer one.
///
/// A revision stays in memory until each reader has read again, so drop readers that are no longer used. Like a clone of
/// [`Live`](super::Live), a reader keeps the settings and their triggers alive.
pub struct Reader<T>(Cache<Current<T>, Arc<Revision<T>>>);

impl<T> Reader<T> {
    pub(super) fn new(shared: Arc<LiveShared<T>>) -> Self {
        Self(Cache::new(Current(shared)))
    }

    /// The settings in force.
    #[inline]
    pub fn current(&mut self) -> &T {
        &self.0.load().loaded
    }

    /// Number of the revision in force; the first is 1.
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

struct Current<T>(Arc<LiveShared<T>>);

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
