//! Overrides of `get()` for one thread while a closure runs, for tests.

use std::{
    any::{Any, TypeId},
    cell::RefCell,
};

thread_local! {
    static OVERRIDES: RefCell<Vec<(TypeId, &'static (dyn Any + Sync))>> = const { RefCell::new(Vec::new()) };
}

/// Returns the innermost override of this thread.
pub(crate) fn overridden<T: 'static>() -> Option<&'static T> {
    OVERRIDES.with_borrow(|overrides| {
        let found = overrides
            .iter()
            .rev()
            .find(|(of, _)| *of == TypeId::of::<T>());
        found.and_then(|(_, settings)| (*settings as &dyn Any).downcast_ref())
    })
}

/// Runs `run` with `settings` instead of the content of the cell.
pub(crate) fn with_override<T: Sync + 'static, R>(settings: T, run: impl FnOnce() -> R) -> R {
    let leaked: &'static T = Box::leak(Box::new(settings));
    OVERRIDES.with_borrow_mut(|overrides| overrides.push((TypeId::of::<T>(), leaked)));
    let _restore = Restore;
    run()
}

/// Removes the innermost override, also when the closure panics.
struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        OVERRIDES.with_borrow_mut(Vec::pop);
    }
}
