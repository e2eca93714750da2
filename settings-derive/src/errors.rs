//! Collects every mistake of a struct, each under its own token.

use quote::ToTokens;
use std::cell::RefCell;
use std::fmt::Display;

/// The mistakes found so far. Shared by reference, so that a rule can report and go on.
#[derive(Default)]
pub(crate) struct Errors {
    all: RefCell<Vec<syn::Error>>,
}

impl Errors {
    /// Notes a mistake under `tokens`.
    pub(crate) fn at(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Notes a mistake that knows its place.
    pub(crate) fn push(&self, error: syn::Error) {
        self.all.borrow_mut().push(error);
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.all.borrow().len()
    }

    /// All mistakes as one error.
    pub(crate) fn finish(self) -> Result<(), syn::Error> {
        let combine = |mut all: syn::Error, error| {
            all.combine(error);
            all
        };
        let all = self.all.into_inner().into_iter();
        all.reduce(combine).map_or(Ok(()), Err)
    }
}
