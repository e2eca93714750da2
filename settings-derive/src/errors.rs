//! Collects every mistake of a struct, each under its own token.

use quote::ToTokens;
use std::cell::RefCell;
use std::fmt::Display;

/// The mistakes found so far. Shared by reference, so that a rule can report and go on.
#[derive(Default)]
pub(crate) struct Errors {
    first: RefCell<Option<syn::Error>>,
}

impl Errors {
    /// Notes a mistake under `tokens`.
    pub(crate) fn at(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Notes a mistake that knows its place.
    pub(crate) fn push(&self, error: syn::Error) {
        match &mut *self.first.borrow_mut() {
            Some(first) => first.combine(error),
            empty => *empty = Some(error),
        }
    }

    /// All mistakes as one error.
    pub(crate) fn finish(self) -> Result<(), syn::Error> {
        self.first.into_inner().map_or(Ok(()), Err)
    }
}
