//! The cell behind `get()`: settings that are loaded once.

pub(crate) mod help;
#[cfg(feature = "testing")]
pub(crate) mod overriding;
pub(crate) mod terminal;

use crate::{build::Assemble, error::Error, loaded::Loaded, loader::Loader};
use once_cell::sync::OnceCell;
use std::{
    fmt,
    sync::{Mutex, PoisonError},
    thread::{self, ThreadId},
};

/// The cell that `get()` reads.
pub struct Cell<T> {
    loaded: OnceCell<Loaded<T>>,
    /// The thread that is loading.
    filling: Mutex<Option<ThreadId>>,
}

impl<T> Cell<T> {
    /// An empty cell.
    pub const fn new() -> Self {
        Self {
            loaded: OnceCell::new(),
            filling: Mutex::new(None),
        }
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&Loaded<T>> {
        self.loaded.get()
    }
}

impl<T: Assemble> Cell<T> {
    /// Returns the content, or fills an empty cell by `loader`. A failed load leaves the cell empty.
    #[cold]
    pub(crate) fn get_or_load(
        &self,
        loader: impl FnOnce() -> Loader<T>,
    ) -> Result<&Loaded<T>, Error> {
        self.refuse_reentrance();
        self.loaded.get_or_try_init(|| {
            let _guard = Filling::by_this_thread(self);
            loader().load()
        })
    }

    /// Fills the cell. A cell that is already filled is an error.
    pub(crate) fn fill(&self, loader: Loader<T>) -> Result<&Loaded<T>, Error> {
        self.refuse_reentrance();
        let mut fresh = false;
        let filled = self.loaded.get_or_try_init(|| {
            let _guard = Filling::by_this_thread(self);
            fresh = true;
            loader.load()
        })?;
        if fresh {
            Ok(filled)
        } else {
            Err(Error::filled(T::SCHEMA.root.name))
        }
    }

    fn refuse_reentrance(&self) {
        let filling = *self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(
            filling != Some(thread::current().id()),
            "the settings {name} were asked for while they are being loaded, from within their own load; a default, \
             `parse_with` or `validate` function must not call {name}::get()",
            name = T::SCHEMA.root.name,
        );
    }
}

/// Records which thread is loading, until the load ends or unwinds.
struct Filling<'a, T>(&'a Cell<T>);

impl<'a, T> Filling<'a, T> {
    fn by_this_thread(cell: &'a Cell<T>) -> Self {
        *cell.filling.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
        Self(cell)
    }
}

impl<T> Drop for Filling<'_, T> {
    fn drop(&mut self) {
        *self
            .0
            .filling
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Cell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell")
            .field("filled", &self.loaded.get().is_some())
            .finish_non_exhaustive()
    }
}
