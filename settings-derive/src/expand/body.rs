//! The code that builds and visits the fields of a struct or a variant.

use super::names::{PART, computed, part, place, value};
use super::{call_site, dependent, fields, located_at};
use crate::check::ruled_field;
use crate::model::{Field, Group, GroupPath, Kind, Struct};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// An expression of a struct or a variant, which returns `None` if a setting is invalid.
pub(super) fn value_of_fields(input: &Struct, path: &TokenStream) -> TokenStream {
    let settings: Vec<(Ident, &Field)> = fields(input).collect();
    let parts = settings.chunks(PART).enumerate().map(|(at, settings)| {
        let (part, values) = (
            part(at),
            settings.iter().map(|(constant, _)| value(constant)),
        );
        let reads = settings.iter().enumerate().map(|(nth, (constant, field))| {
            let value = value(constant);
            let presence = ruled_member(input, at * PART + nth, field).map(|nth| {
                let ty = &field.ty;
                quote! {
                    __cx.note_presence(#nth, #value.as_ref().is_none_or(|__value| {
                        __p::TypeFacts::<#ty>::inner(__value).is_some()
                    }));
                }
            });
            let read = match field.kind {
                Kind::Group(_) => quote!(let #value = __cx.group(&#constant);),
                _ if dependent::is_pending(field) => {
                    quote!(let #value = __cx.leaf_or_pending(&#constant);)
                }
                _ => quote!(let #value = __cx.leaf(&#constant);),
            };
            quote!(#read #presence)
        });
        quote! {
            let #part = (|| {
                #(#reads)*
                ::core::option::Option::Some((#(#values?,)*))
            })();
        }
    });
    let valid_parts = (0..settings.len().div_ceil(PART)).map(|at| {
        let part = part(at);
        quote!(let #part = #part?;)
    });
    let moves = settings.iter().enumerate().map(|(at, (constant, field))| {
        let name = member(field);
        let value = if dependent::is_pending(field) {
            computed(constant).into_token_stream()
        } else {
            place(at)
        };
        quote!(#name: #value)
    });
    let computed = dependent::computations(input);
    let skipped = input.fields.iter().filter_map(|field| match field.kind {
        Kind::Skip => {
            let name = member(field);
            Some(quote_spanned! {located_at(&field.ty)=>
                #name: ::core::default::Default::default()
            })
        }
        _ => None,
    });
    quote! {{
        #(#parts)*
        if !__cx.end(&__scope) {
            __cx.not_checked(&__scope);
            return ::core::option::Option::None;
        }
        #(#valid_parts)*
        #computed
        #path { #(#moves,)* #(#skipped,)* }
    }}
}

/// The index of a field among those of the schema, if a rule across fields names it.
fn ruled_member(input: &Struct, at: usize, field: &Field) -> Option<TokenStream> {
    let names = input.rules.iter().flat_map(|rule| &rule.names);
    let mut ruled = names.filter_map(|name| ruled_field(input, name).ok());
    let is_ruled = ruled.any(|ruled| ruled.ident == field.ident);
    is_ruled.then(|| Literal::usize_unsuffixed(at).into_token_stream())
}

/// The visits of each field, whose value is what `value` returns for its constant.
pub(super) fn walk_of_fields(
    input: &Struct,
    value: impl Fn(&Ident, &Field) -> TokenStream,
) -> TokenStream {
    let visits = fields(input).map(|(constant, field)| {
        let value = value(&constant, field);
        match field.kind {
            Kind::Group(_) => quote!(__walk.group(&#constant, #value);),
            _ => quote!(__walk.leaf(&#constant, #value);),
        }
    });
    visits.collect()
}

/// The name of a field in an expression of its struct: that of a newtype variant is a number.
pub(super) fn member(field: &Field) -> TokenStream {
    match &field.kind {
        _ if field.is_unnamed => quote!(0),
        Kind::Group(Group {
            path: GroupPath::Variant,
            ..
        }) => quote!(0),
        _ => call_site(&field.ident).to_token_stream(),
    }
}
