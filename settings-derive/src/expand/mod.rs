//! Generation of code from the model: constant data, and one call for each field.

mod assemble;
mod body;
mod constants;
mod dependent;
pub(crate) mod fallback;
mod mentions;
mod names;
mod rows;
mod schema;
mod variants;

use crate::model::{Derived, Kind, Role, Struct};
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

/// The code for a valid struct.
pub(crate) fn expand(input: &Struct) -> TokenStream {
    let ty = call_site(&input.ident);
    let field_constants = constants::field_constants(input);
    let choice = input
        .choice
        .as_ref()
        .map(|choice| variants::constants(&ty, choice));
    let schema = schema::schema(input);
    let tables = schema::tables(input);
    let assemble = assemble::assemble(input);
    let traits = traits(input);
    let root = matches!(input.role, Role::Root(_)).then(|| root(&ty));
    let derived = derived(&quote!(#ty), input.derived.iter(), |row| {
        row.expr.to_token_stream()
    });
    quote! {
        const _: () = {
            use ::settings_core::__private as __p;
            #traits
            #field_constants
            #choice
            const __SCHEMA: &__p::Schema = &#schema;
            #tables

            #[automatically_derived]
            impl __p::Assemble for #ty {
                const SCHEMA: &'static __p::Schema = __SCHEMA;
                fn layout() -> &'static __p::Layout {
                    static __LAYOUT: __p::Layout = __TABLES.layout();
                    &__LAYOUT
                }
                #assemble
            }
            #root
        };
        #derived
    }
}

/// The impls that make a struct loadable.
fn root(ty: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl __p::Root for #ty {
            fn cell() -> &'static __p::Cell<Self> {
                static CELL: __p::Cell<#ty> = __p::Cell::new();
                &CELL
            }
        }
        #[automatically_derived]
        impl ::settings_core::Settings for #ty {}
    }
}

/// The methods of the derived properties, with the bodies that `body` returns.
fn derived<'a>(
    header: &TokenStream,
    rows: impl Iterator<Item = &'a Derived>,
    body: impl Fn(&Derived) -> TokenStream,
) -> Option<TokenStream> {
    let mut named: Vec<&Ident> = Vec::new();
    let rows: Vec<&Derived> = rows
        .filter(|row| {
            let is_first = !named.contains(&&row.ident);
            named.push(&row.ident);
            is_first
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let methods = rows.iter().map(|row| {
        let Derived {
            attrs,
            vis,
            ident,
            ty,
            expr,
            ..
        } = row;
        // By hygiene, `self` in the expression needs a parameter with the same span.
        let this = Ident::new("self", self_span(expr.to_token_stream()));
        let body = body(row);
        let vis = located(vis.to_token_stream());
        quote! {
            #(#attrs)*
            #vis fn #ident(&#this) -> #ty {
                #body
            }
        }
    });
    Some(quote! {
        impl #header {
            #(#methods)*
        }
    })
}

fn self_span(tokens: TokenStream) -> Span {
    fn find(tokens: TokenStream) -> Option<Span> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Ident(ident) if ident == "self" => Some(ident.span()),
            TokenTree::Group(group) => find(group.stream()),
            _ => None,
        })
    }
    find(tokens).unwrap_or_else(Span::call_site)
}

/// The import of the traits that determine facts about types.
fn traits(input: &Struct) -> Option<TokenStream> {
    let has_fields = input
        .bodies()
        .into_iter()
        .any(|body| fields(body).next().is_some());
    let is_asked = has_fields || !input.derived.is_empty() || input.validate.is_some();
    is_asked.then(|| {
        quote!(
            use __p::traits::*;
        )
    })
}

/// The fields that are settings, with their constants.
fn fields(input: &Struct) -> impl Iterator<Item = (Ident, &crate::model::Field)> {
    input
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !matches!(field.kind, Kind::Skip))
        .map(|(at, field)| (names::constant(input.fields_before + at), field))
}

/// The same name with the hygiene of the derive.
fn call_site(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(Span::call_site().located_at(ident.span()));
    ident
}

/// A span for errors at `tokens`. Lints treat the code as generated, not as the user's.
fn located_at(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// The tokens, which lints treat as generated.
fn located(tokens: TokenStream) -> TokenStream {
    let locate = |mut token: TokenTree| {
        token.set_span(Span::call_site().located_at(token.span()));
        token
    };
    tokens.into_iter().map(locate).collect()
}

/// The user's tokens outside of an `impl`: `Self` is replaced by the type.
fn outside(tokens: &impl ToTokens, ty: &Ident) -> TokenStream {
    fn name_self(tokens: TokenStream, ty: &Ident) -> TokenStream {
        let name = |token| match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let mut ty = ty.clone();
                ty.set_span(ident.span());
                TokenTree::Ident(ty)
            }
            TokenTree::Group(group) => {
                let mut named = Group::new(group.delimiter(), name_self(group.stream(), ty));
                named.set_span(group.span());
                TokenTree::Group(named)
            }
            token => token,
        };
        tokens.into_iter().map(name).collect()
    }
    name_self(tokens.to_token_stream(), ty)
}

/// The text of `__value`, unless it is empty.
fn show_inner(ty: &TokenStream) -> TokenStream {
    quote! {
        match __p::TypeFacts::<#ty>::inner(__value) {
            ::core::option::Option::Some(__value) => (&&&__p::Show(__value)).show(),
            ::core::option::Option::None => ::core::option::Option::None,
        }
    }
}

/// A call of the user's function with `__value`.
fn call(path: &impl ToTokens, span: &impl Spanned) -> TokenStream {
    quote_spanned!(located_at(span)=> (&&&__p::Call(#path, __value)).call())
}
