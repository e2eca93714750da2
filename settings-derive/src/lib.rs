//! The derive macro of `settings-core`, which re-exports it with its reference.

mod check;
mod errors;
mod expand;
mod model;
mod number;
mod parse;
mod pattern;
mod shape;
mod written;

use errors::Errors;
use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[expect(missing_docs, reason = "the reference is at the re-export")]
#[proc_macro_derive(Settings, attributes(settings, serde))]
pub fn derive_settings(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let errors = Errors::default();
    let mut model = parse::parse(&input, &errors);
    if let Some(model) = &mut model {
        check::check(model, &errors);
    }
    match (model, errors.finish()) {
        (Some(model), Ok(())) => expand::expand(&model).into(),
        (model, result) => expand::fallback::expand(&input, model.as_ref(), result.err()).into(),
    }
}
