//! Errors of one struct, each at its own token.

use quote::ToTokens;
use std::cell::RefCell;
use std::fmt::Display;

/// The errors found so far. They are shared by reference, so that a check can report one and continue.
#[derive(Default)]
pub(crate) struct Errors {
    all: RefCell<Vec<syn::Error>>,
}

impl Errors {
    /// Adds an error at `tokens`.
    pub(crate) fn at(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error that has a span.
    pub(crate) fn push(&self, error: syn::Error) {
        self.all.borrow_mut().push(error);
    }

    /// The number of errors so far.
    pub(crate) fn count(&self) -> usize {
        self.all.borrow().len()
    }

    /// All errors, combined into one.
    pub(crate) fn finish(self) -> Result<(), syn::Error> {
        let combine = |mut all: syn::Error, error| {
            all.combine(error);
            all
        };
        let all = self.all.into_inner().into_iter();
        all.reduce(combine).map_or(Ok(()), Err)
    }
}
