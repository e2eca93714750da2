//! Names of the constants and variables in the generated code.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The number of fields that one closure builds. For one large function, the work of rustc would be quadratic, because
/// of the values to drop at each early return.
pub(super) const PART: usize = 32;

/// The constant of the field at this index.
pub(super) fn constant(at: usize) -> Ident {
    format_ident!("__F{at}")
}

/// The constant of the variant at this index.
pub(super) fn variant(at: usize) -> Ident {
    format_ident!("__V{at}")
}

/// The variable of a field, for its constant.
pub(super) fn value(constant: &Ident) -> Ident {
    format_ident!("__value{constant}")
}

/// The variable of a setting whose default depends on others.
pub(super) fn computed(constant: &Ident) -> Ident {
    format_ident!("__computed{constant}")
}

/// The variable of the fields that one closure builds.
pub(super) fn part(at: usize) -> Ident {
    format_ident!("__part{at}")
}

/// The value of the setting at this index, once all are valid.
pub(super) fn place(at: usize) -> TokenStream {
    let part = part(at / PART);
    let at = Literal::usize_unsuffixed(at % PART);
    quote!(#part.#at)
}
