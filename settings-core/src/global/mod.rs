//! The cell behind `get()`: settings that are loaded once.

pub(crate) mod help;
#[cfg(feature = "testing")]
pub(crate) mod overriding;
pub(crate) mod terminal;

use crate::{
    build::Assemble,
    error::Error,
    loaded::Loaded,
    loader::{
        Loader,
        turns::{PATIENCE, Refused, Turn, Turns},
    },
};
use std::{fmt, sync::OnceLock, time::Duration};

/// The cell that `get()` reads.
pub struct Cell<T> {
    loaded: OnceLock<Loaded<T>>,
    turns: Turns,
}

impl<T> Cell<T> {
    /// An empty cell.
    pub const fn new() -> Self {
        Self {
            loaded: OnceLock::new(),
            turns: Turns::new(),
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
        let turn = self.turn(PATIENCE);
        match self.loaded.get() {
            Some(filled) => Ok(filled),
            None => self.load(&loader(), &turn),
        }
    }

    /// Fills the cell. A cell that is already filled is an error.
    pub(crate) fn fill(&self, loader: &Loader<T>) -> Result<&Loaded<T>, Error> {
        let turn = self.turn(PATIENCE);
        match self.loaded.get() {
            Some(_) => Err(Error::filled(T::SCHEMA.root.name)),
            None => self.load(loader, &turn),
        }
    }

    fn load(&self, loader: &Loader<T>, turn: &Turn<'_>) -> Result<&Loaded<T>, Error> {
        let settings = loader.load_announcing(&|| turn.calls_functions())?;
        Ok(self.loaded.get_or_init(|| settings))
    }

    /// Waits for the load of another thread, so that there is one at a time.
    fn turn(&self, patience: Duration) -> Turn<'_> {
        let name = T::SCHEMA.root.name;
        match self.turns.begin(Some(patience)) {
            Ok(turn) => turn,
            Err(Refused::Nested) => panic!(
                "the settings {name} were asked for while they are being loaded, from within their own load; a default, \
                 `parse_with` or `validate` function must not call {name}::get()"
            ),
            Err(Refused::Stuck) => panic!(
                "the settings {name} were asked for while they are being loaded, probably from within their own load: for \
                 {} seconds, functions of the program have not returned to the thread that loads them; a default, \
                 `parse_with` or `validate` function must not wait for a thread that calls {name}::get()",
                patience.as_secs(),
            ),
        }
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
