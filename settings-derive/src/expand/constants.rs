//! The constants that describe how each field is read.

use super::{call, call_site, fields, located_at, outside, show_inner};
use crate::check::{is_always_present, ruled_field};
use crate::model::{Field, Group, GroupPath, Kind, Leaf, LeafDefault, Struct};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// The constants that describe how each field is read. A field with errors has none.
pub(super) fn field_constants(input: &Struct) -> TokenStream {
    let ident = call_site(&input.ident);
    let bodies = input.bodies().into_iter();
    let constants = bodies
        .flat_map(fields)
        .filter(|(_, field)| field.is_valid)
        .map(|(constant, field)| match &field.kind {
            Kind::Leaf(leaf) => leaf_constant(&ident, &constant, field, leaf),
            Kind::Group(group) => group_constant(&ident, &constant, field, group),
            Kind::Skip => TokenStream::new(),
        });
    constants.chain(optional_members(input)).collect()
}

/// The check that each field in a rule across fields is optional.
fn optional_members(input: &Struct) -> impl Iterator<Item = TokenStream> {
    let names = input.rules.iter().flat_map(|rule| &rule.names);
    names.filter_map(|name| {
        let ruled = ruled_field(input, name).ok()?;
        let (constant, _) = fields(input).find(|(_, field)| field.ident == ruled.ident)?;
        (ruled.is_valid && !is_always_present(ruled))
            .then(|| must(&constant, name, "must_be_absent_sometimes"))
    })
}

/// The constant of a setting. A type that serde cannot build is reported at the type.
fn leaf_constant(ident: &Ident, constant: &Ident, field: &Field, leaf: &Leaf) -> TokenStream {
    let ty = outside(&field.ty, ident);
    // rustc reports a wrong type at the argument.
    let span = located_at(&field.ty);
    let show = show_inner(&ty);
    let facts = quote_spanned! {span=>
        __p::TypeInfo::<#ty> {
            group: __p::TypeFacts::<#ty>::GROUP,
            secret: __p::TypeFacts::<#ty>::SECRET,
            text: __p::TypeFacts::<#ty>::TEXT,
            duration: __p::TypeFacts::<#ty>::DURATION,
            none: __p::TypeFacts::<#ty>::NONE,
            clone: __p::TypeFacts::<#ty>::CLONE,
            equal: __p::TypeFacts::<#ty>::EQUAL,
            measure: __p::TypeFacts::<#ty>::MEASURE,
            reveal: __p::TypeFacts::<#ty>::REVEAL,
            debug: __p::TypeFacts::<#ty>::DEBUG,
            show: |__value: &#ty| #show,
        }
    };
    let read = match (&leaf.parse_with, &leaf.deserialize_with) {
        (None, Some(path)) => {
            let path = outside(path, ident);
            quote_spanned! {located_at(&path)=>
                __p::LeafField::<#ty>::deserialize(
                    &__p::DeserializeWith(|__d| __p::deserialized::<#ty>(__p::CallWith(#path, __d).call())),
                    #facts,
                )
            }
        }
        (Some(path), _) => {
            let span = located_at(path);
            let path = outside(path, ident);
            let call = call(&path, &span);
            let parse = quote_spanned! {span=>
                |__value: &::core::primitive::str| __p::ParseResult::<#ty, _>::new(#call).parsed()
            };
            quote!(__p::LeafField::<#ty>::parse(&__p::ParseWith(#parse), #facts))
        }
        (None, None) => quote_spanned!(span=> __p::LeafField::<#ty>::read(#facts)),
    };
    let default = leaf.default.as_ref().and_then(|default| {
        let value = match default {
            LeafDefault::Text(_) | LeafDefault::From(_) => return None,
            LeafDefault::Literal(literal) => {
                let expr = &literal.expr;
                quote!(__p::TypeFacts::<#ty>::some(#expr))
            }
            LeafDefault::Expr(expr) => {
                let expr = outside(expr, ident);
                quote!(__p::TypeFacts::<#ty>::some(#expr))
            }
            LeafDefault::With(path) => {
                let span = located_at(path);
                let path = outside(path, ident);
                quote_spanned!(span=> __p::DefaultWith::<#ty, _>::new(#path).value())
            }
        };
        Some(quote!(.default(|| #value)))
    });
    let values = leaf.default_if.iter().enumerate();
    let values = values.filter_map(|(nth, default)| {
        let expr = match &default.value {
            LeafDefault::Literal(literal) => literal.expr.to_token_stream(),
            LeafDefault::Expr(expr) => outside(expr, ident),
            LeafDefault::Text(_) | LeafDefault::With(_) | LeafDefault::From(_) => return None,
        };
        let nth = Literal::usize_unsuffixed(nth);
        Some(quote! {
            #nth => ::core::option::Option::Some(__p::TypeFacts::<#ty>::some(#expr)),
        })
    });
    let values: Vec<TokenStream> = values.collect();
    let conditional = (!values.is_empty()).then(|| {
        quote! {
            .conditional(|__nth| match __nth {
                #(#values)*
                _ => ::core::option::Option::None,
            })
        }
    });
    let validate = leaf.validate.as_ref().map(|path| {
        let check = call(&outside(path, ident), path);
        let check = quote_spanned!(located_at(path)=> __p::checked(#check));
        quote! {
            .validate(|__value: &#ty| match __p::TypeFacts::<#ty>::inner(__value) {
                ::core::option::Option::Some(__value) => #check,
                ::core::option::Option::None => ::core::result::Result::Ok(()),
            })
        }
    });
    let unit = leaf.unit.iter().map(|unit| {
        let key = Ident::new("unit", unit.span());
        must(constant, &key, "must_be_duration")
    });
    // These checks need the type, not only its spelling.
    let must = |key, what| must(constant, key, what);
    let conditions = leaf.required_if.iter();
    let required_if = conditions.map(|condition| must(&condition.key, "must_be_optional"));
    let secret = leaf.secret().map(|key| must(key, "must_not_be_text"));
    let no_file = (leaf.no_file.iter())
        .filter(|_| leaf.secret().is_none())
        .map(|key| must(key, "must_be_secret"));
    quote! {
        const #constant: __p::LeafField<#ty> = #read #default #conditional #validate;
        #(#required_if)*
        #secret
        #(#unit)*
        #(#no_file)*
    }
}

/// The constant of a group. A type that is not a group is reported at the type.
fn group_constant(ident: &Ident, constant: &Ident, field: &Field, group: &Group) -> TokenStream {
    let ty = outside(&field.ty, ident);
    let new = quote_spanned!(located_at(&field.ty)=> __p::GroupField::<#ty>::new(__p::TypeFacts::<#ty>::CLONE));
    let flatten = match &group.path {
        GroupPath::Flat(key) => Some(must(constant, key, "must_be_one")),
        GroupPath::Variant => {
            let key = Ident::new("group", located_at(&field.ty));
            Some(must(constant, &key, "must_be_plain"))
        }
        GroupPath::Field | GroupPath::Renamed(_) => None,
    };
    quote! {
        const #constant: __p::GroupField<#ty> = #new;
        #flatten
    }
}

/// A check of the type that a key needs, reported at the key.
fn must(constant: &Ident, key: &Ident, what: &str) -> TokenStream {
    let span = located_at(key);
    let (constant, what) = (
        Ident::new(&constant.to_string(), span),
        Ident::new(what, span),
    );
    quote_spanned!(span=> const _: () = #constant.#what();)
}
