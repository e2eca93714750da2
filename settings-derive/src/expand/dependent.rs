//! Defaults that depend on other settings of the struct, computed once those are valid.

use super::fields;
use super::names::{computed, place};
use crate::check::{is_dependent, named, order};
use crate::model::{DefaultFrom, Field, Kind, Leaf, LeafDefault, Struct};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote};

/// Whether the default of a setting depends on others.
pub(super) fn is_pending(field: &Field) -> bool {
    leaf(field).is_some_and(is_dependent)
}

fn leaf(field: &Field) -> Option<&Leaf> {
    match &field.kind {
        Kind::Leaf(leaf) => Some(leaf),
        Kind::Group(_) | Kind::Skip => None,
    }
}

/// The computation of each such default, in an order in which what it depends on comes first.
pub(super) fn computations(input: &Struct) -> Option<TokenStream> {
    let order = order(input);
    if order.is_empty() {
        return None;
    }
    let settings = Settings {
        input,
        fields: fields(input).collect(),
    };
    let pending = order
        .iter()
        .filter_map(|at| settings.find(&input.fields[*at].ident));
    let pending: Vec<usize> = pending.collect();
    let computations = pending.iter().filter_map(|at| settings.computation(*at));
    let valid = pending.iter().map(|at| {
        let computed = computed(&settings.fields[*at].0);
        quote!(let #computed = #computed?;)
    });
    Some(quote! {
        #(#computations)*
        if !__cx.end(&__scope) {
            __cx.not_checked(&__scope);
            return ::core::option::Option::None;
        }
        #(#valid)*
    })
}

/// The fields of a struct that are not skipped, with their constants.
struct Settings<'a> {
    input: &'a Struct,
    fields: Vec<(Ident, &'a Field)>,
}

impl Settings<'_> {
    fn find(&self, ident: &Ident) -> Option<usize> {
        self.fields
            .iter()
            .position(|(_, field)| field.ident == *ident)
    }

    /// The setting that an attribute names.
    fn named(&self, name: &Ident) -> Option<usize> {
        self.find(&named(self.input, name)?.ident)
    }

    fn computation(&self, at: usize) -> Option<TokenStream> {
        let (constant, field) = &self.fields[at];
        let leaf = leaf(field)?;
        let pending = place(at);
        let mut compute = match &leaf.default {
            Some(LeafDefault::From(from)) => self.computed(at, from)?,
            _ => quote!({ __cx.conditional(&#constant, #pending) }),
        };
        // A setting that depends on an invalid one is not computed.
        for default in &leaf.default_if {
            let other = self.named(&default.leaf)?;
            if is_pending(self.fields[other].1) {
                compute = self.if_valid(&default.leaf, &quote!(_), &compute)?;
            }
        }
        let computed = computed(constant);
        Some(quote!(let #computed = #compute;))
    }

    /// A default that an expression computes.
    fn computed(&self, at: usize, from: &DefaultFrom) -> Option<TokenStream> {
        let (constant, field) = &self.fields[at];
        let (pending, expr) = (place(at), &from.expr);
        let ty = &field.ty;
        let adds = from.inputs.iter().map(|name| {
            let (constant, _) = &self.fields[self.named(name)?];
            Some(quote!(__inputs.add(&#constant, #name);))
        });
        let adds: Option<Vec<TokenStream>> = adds.collect();
        let adds = adds?;
        let mut compute = quote! {
            {
                __cx.computed(
                    &#constant,
                    #pending,
                    |__inputs| { #(#adds)* },
                    || __p::TypeFacts::<#ty>::computed(#expr),
                )
            }
        };
        for name in &from.inputs {
            compute = self.if_valid(name, &name.to_token_stream(), &compute)?;
        }
        Some(compute)
    }

    /// A block in which the value of a setting has this name.
    fn if_valid(
        &self,
        setting: &Ident,
        name: &TokenStream,
        block: &TokenStream,
    ) -> Option<TokenStream> {
        let at = self.named(setting)?;
        let (constant, field) = &self.fields[at];
        Some(if is_pending(field) {
            let computed = computed(constant);
            quote! {
                {
                    if let ::core::option::Option::Some(#name) = &#computed #block
                    else { ::core::option::Option::None }
                }
            }
        } else {
            let place = place(at);
            quote!({ let #name = &#place; #block })
        })
    }
}
