//! The functions that build and show a struct, with one line for each field.

use super::{call_site, dependent, fields, located_at, outside, variants};
use crate::check::{is_always_present, ruled_field};
use crate::model::{Field, Group, GroupPath, Kind, Leaf, LeafDefault, Struct};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

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

/// The index of a field among those of the schema, if a rule across fields names it.
fn ruled_member(input: &Struct, at: usize, field: &Field) -> Option<TokenStream> {
    let names = input.rules.iter().flat_map(|rule| &rule.names);
    let mut ruled = names.filter_map(|name| ruled_field(input, name).ok());
    let is_ruled = ruled.any(|ruled| ruled.ident == field.ident);
    is_ruled.then(|| Literal::usize_unsuffixed(at).into_token_stream())
}

/// The number of fields that one closure builds. For one large function, the work of rustc would be quadratic, because
/// of the values to drop at each early return.
const PART: usize = 32;

/// The functions `assemble` and `walk`.
pub(super) fn assemble(input: &Struct) -> TokenStream {
    let value = match &input.choice {
        Some(choice) => variants::value(choice),
        None => {
            let value = value_of_fields(input, &quote!(Self));
            quote!(let __value = #value;)
        }
    };
    let finish = input.finish.iter().map(|path| {
        let finish = quote_spanned!(located_at(path)=> __p::finished(#path(__value)));
        quote!(let __value = __cx.finish(&__scope, __value, |__value: &mut Self| #finish)?;)
    });
    let validate = input.validate.iter().map(|path| {
        let check = call(path, path);
        let check = quote_spanned!(located_at(path)=> __p::checked_struct(#check));
        quote!(let __value = __cx.check(&__scope, __value, |__value: &Self| #check)?;)
    });
    let validator = input.validator.iter().map(|key| {
        quote_spanned!(call_site(key).span()=>
            let __value = __cx.validator(&__scope, __value)?;
        )
    });
    let walk = walk(input);
    quote! {
        fn assemble(__cx: &mut __p::Assembler<'_>) -> ::core::option::Option<Self> {
            let __scope = __cx.begin();
            #value
            #(#finish)*
            #(#validator)*
            #(#validate)*
            ::core::option::Option::Some(__value)
        }
        #walk
    }
}

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
            dependent::computed(constant).into_token_stream()
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

fn walk(input: &Struct) -> TokenStream {
    let fields = match &input.choice {
        Some(choice) => variants::walk(choice),
        None => walk_of_fields(input, |_, field| {
            let name = call_site(&field.ident);
            quote!(&self.#name)
        }),
    };
    let derived = input.derived.iter().enumerate().map(|(at, row)| {
        let (at, name) = (Literal::usize_unsuffixed(at), &row.ident);
        let ty = &row.ty;
        let show = show_inner(&ty.to_token_stream());
        quote! {
            if __walk.wants_derived() {
                let __value = &self.#name();
                let __text = #show;
                __walk.derived(#at, __value, __p::TypeFacts::<#ty>::MEASURE, __text);
            }
        }
    });
    quote! {
        fn walk(&self, __walk: &mut __p::Walk<'_>) {
            #fields
            #(#derived)*
        }
    }
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
                    |__d| __p::deserialized::<#ty>(__p::CallWith(#path, __d).call()),
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
            quote!(__p::LeafField::<#ty>::parse(#parse, #facts))
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

fn part(at: usize) -> Ident {
    format_ident!("__part{at}")
}

/// The value of the setting at this index, once all are valid.
pub(super) fn place(at: usize) -> TokenStream {
    let part = part(at / PART);
    let at = Literal::usize_unsuffixed(at % PART);
    quote!(#part.#at)
}

/// The variable of a field, for its constant.
pub(super) fn value(constant: &Ident) -> Ident {
    format_ident!("__value{constant}")
}
