//! Keys inside a value that its type ignores.

use crate::value::path::{KeyPath, Segment};
use std::cell::RefCell;

/// Collects the keys inside a value that its type ignores. serde shows only those of structs that it does not buffer.
#[derive(Debug, Default)]
pub(crate) struct IgnoredKeys(RefCell<Vec<IgnoredKey>>);

/// A key that a type ignores.
#[derive(Debug)]
pub(crate) struct IgnoredKey {
    pub(crate) path: KeyPath,
    /// The known keys at this path.
    pub(crate) known: &'static [&'static str],
}

impl IgnoredKeys {
    pub(super) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    pub(super) fn add(&self, known: &'static [&'static str]) {
        let path = KeyPath::default();
        self.0.borrow_mut().push(IgnoredKey { path, known });
    }

    /// Inserts a step before the paths of all keys after the first `count`.
    pub(super) fn prepend(&self, count: usize, segment: Segment<'_>) {
        for key in self.0.borrow_mut().iter_mut().skip(count) {
            key.path.prepend(segment);
        }
    }

    /// Removes all keys, before another attempt.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(crate) fn into_vec(self) -> Vec<IgnoredKey> {
        self.0.into_inner()
    }
}
