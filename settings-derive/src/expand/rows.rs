//! The rows of fields in the schema, as constant data.

use super::{fields, located_at, outside};
use crate::check::key_of;
use crate::model::{
    Alias, Bound, DefaultIf, Field, Group, GroupDefaults, Kind, Leaf, LeafDefault, Length, Merge,
    OneOf, PatternRule, Range, RequiredIf, Struct,
};
use crate::number::Number;
use crate::shape::{Scalar, Shape};
use crate::written::written;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::LitStr;
use syn::ext::IdentExt as _;

/// The rows of the fields of a struct or of a variant.
pub(super) fn rows(input: &Struct) -> Vec<TokenStream> {
    let rows = fields(input).map(|(constant, field)| match &field.kind {
        Kind::Leaf(leaf) => leaf_row(input, &constant, field, leaf),
        Kind::Group(group) => group_row(input, &constant, field, group),
        Kind::Skip => TokenStream::new(),
    });
    rows.collect()
}

fn leaf_row(input: &Struct, constant: &Ident, field: &Field, leaf: &Leaf) -> TokenStream {
    let key = field.key();
    let type_name = written(&field.ty);
    let doc = &field.doc;
    let default = leaf
        .default
        .as_ref()
        .map(|default| self::default(input, default));
    let conditional = list(&leaf.default_if, |defaults| {
        let defaults = defaults
            .iter()
            .enumerate()
            .map(|(nth, default)| default_if(input, constant, nth, default));
        quote!(.with_default_if(&[#(#defaults),*]))
    });
    let shared = leaf.shared.iter().map(|_| quote!(.with_shared_env()));
    let shared: Vec<TokenStream> = shared.collect();
    let env = list(
        &leaf.env,
        |names| quote!(.with_env(&[#(#names),*]) #(#shared)*),
    );
    let aliases = aliases(&leaf.aliases);
    let rules = rules(leaf);
    let required_if = leaf.required_if.as_ref().map(|condition| {
        let RequiredIf { leaf, text, .. } = condition;
        let key = key_of(input, leaf);
        quote!(.with_required_if(#key, #text))
    });
    let renamed = renamed(field);
    let computed_default = is_asked_for_its_default(field, leaf)
        .then(|| quote!(.with_computed_default(|__leaf| #constant.default_text(__leaf))));
    let shape = Shape::of(&field.ty);
    let may_be_enum = shape.may_name_a_file() || shape.is_list && shape.scalar == Scalar::Unknown;
    let printed = may_be_enum
        .then(|| quote!(.with_printed(|__leaf, __text| #constant.printed(__leaf, __text))));
    let disclosed = may_hide_its_default(field, leaf)
        .then(|| quote!(.with_disclosed_default(|__leaf| #constant.discloses_default(__leaf))));
    let watched = is_watched(input, &key).then(|| quote!(.with_watched()));
    let deprecated = leaf.deprecated.iter();
    let separator = leaf.separator.iter();
    let merge = match leaf.merge.as_ref().map(|merge| merge.how) {
        Some(Merge::Append) => Some(quote!(.with_merge(__p::Merge::Append))),
        Some(Merge::Keys) => Some(quote!(.with_merge(__p::Merge::Keys))),
        Some(Merge::Replace) | None => None,
    };
    let example = leaf.example.iter();
    let expects = leaf.expects.iter();
    let unit = leaf.unit.iter();
    let secret = leaf.secret().map(|_| quote!(.with_secret()));
    let unmasked = leaf.not_secret().map(|_| quote!(.with_unmasked()));
    let no_file = leaf.no_file.iter().map(|_| quote!(.with_no_file()));
    let allow_empty = leaf.allow_empty.iter().map(|_| quote!(.with_allow_empty()));
    let hidden = field.is_hidden.then(|| quote!(.with_hidden()));
    let reload = leaf.reload.iter().map(|_| quote!(.with_reload()));
    let flag = leaf.flag.iter();
    let short = leaf.short.iter();
    let no_flag = leaf.no_flag.iter().map(|_| quote!(.with_no_flag()));
    let local = leaf.local.iter().map(|_| quote!(.with_local()));
    quote! {
        #constant.leaf(#key, #type_name, #doc)
            #renamed #default #conditional #computed_default #printed #disclosed #hidden #env #aliases #rules #required_if #watched
            #(.with_deprecated(#deprecated))*
            #(.with_separator(#separator))* #merge
            #(.with_example(#example))*
            #(.with_expects(#expects))*
            #(.with_unit(#unit))*
            #(.with_flag(#flag))*
            #(.with_short(#short))*
            #secret #unmasked #(#no_file)* #(#allow_empty)* #(#reload)* #(#local)* #(#no_flag)*
            .field()
    }
}

fn group_row(input: &Struct, constant: &Ident, field: &Field, group: &Group) -> TokenStream {
    let key = field.key();
    let doc = &field.doc;
    let renamed = renamed(field);
    let flatten = group.is_flat().then(|| quote!(.with_flatten()));
    let reload = group.reload.iter().map(|_| quote!(.with_reload()));
    let present_if = group.present_if.as_ref().map(|setting| {
        let name = setting.unraw().to_string();
        quote_spanned!(located_at(setting)=> .with_present_if(#name))
    });
    let hidden = field.is_hidden.then(|| quote!(.with_hidden()));
    let aliases = aliases(&group.aliases);
    let prefix = group
        .prefix
        .as_ref()
        .map(|prefix| quote_spanned!(located_at(prefix)=> .with_prefix(#prefix)));
    let defaults = group
        .defaults
        .as_ref()
        .map(|defaults| other_defaults(input, constant, field, defaults));
    quote! {
        #constant.nested(#key, #doc)
            #defaults #renamed #aliases #prefix #flatten #hidden #(#reload)* #present_if .field()
    }
}

/// The copy of the group with other defaults. The type of each is that of the field of the same name.
fn other_defaults(
    input: &Struct,
    constant: &Ident,
    field: &Field,
    defaults: &GroupDefaults,
) -> TokenStream {
    let ty = outside(&field.ty, &input.ident);
    let ty = quote!(<#ty as __p::GroupType>::Struct);
    let each = defaults.each.iter().map(|(name, default)| {
        let text = name.unraw().to_string();
        let span = located_at(name);
        let path = quote_spanned!(span=> |__group: &#ty| &__group.#name);
        let expr = match default {
            LeafDefault::Text(value) => {
                return quote_spanned! {span=>
                    .text(#text, {
                        let _ = |__group: &#ty| { let _ = &__group.#name; };
                        #value
                    })
                };
            }
            LeafDefault::Literal(literal) => &literal.expr,
            LeafDefault::Expr(expr) => expr,
            LeafDefault::With(_) | LeafDefault::From(_) => return TokenStream::new(),
        };
        let (source, expr) = (written(expr), outside(expr, &input.ident));
        let value = quote_spanned!(located_at(&expr)=> __p::set_default(__slot, #path, #expr));
        quote_spanned! {span=>
            .value(
                #text,
                #source,
                |__slot: &mut dyn ::core::any::Any| #value,
                |__leaf| __p::shown_default(__leaf, {
                    let __value = &__p::typed_default(#path, #expr);
                    (&&&__p::Show(__value)).show()
                }),
            )
        }
    });
    let span = located_at(&defaults.key);
    let key = Ident::new("must_be_single", span);
    quote_spanned! {span=>
        .with_group({
            const __GROUP: &__p::Group = #constant.#key();
            const __FIELDS: &[__p::Field] =
                &__p::OtherDefaults::<{ __GROUP.fields.len() }>::of(__GROUP)#(#each)*.fields;
            const __OTHER: &__p::Group = &__GROUP.with_fields(__FIELDS);
            __OTHER
        })
    }
}

/// The name of a field whose key differs, for the errors of `validator`.
fn renamed(field: &Field) -> Option<TokenStream> {
    let name = field.ident.to_string();
    (name != field.key()).then(|| quote!(.with_field(#name)))
}

fn default(input: &Struct, default: &LeafDefault) -> TokenStream {
    match default {
        LeafDefault::From(from) => {
            let keys = from.inputs.iter().map(|name| key_of(input, name));
            quote!(.with_default_from(&[#(#keys),*]))
        }
        LeafDefault::Text(text) => quote!(.with_default_text(#text)),
        LeafDefault::Literal(literal) => {
            let text = written(&literal.expr);
            quote!(.with_default_expression(#text))
        }
        LeafDefault::Expr(expr) => {
            let text = written(expr);
            quote!(.with_default_expression(#text))
        }
        LeafDefault::With(path) => {
            let text = written(path);
            quote!(.with_default_function(#text))
        }
    }
}

fn default_if(input: &Struct, constant: &Ident, nth: usize, default: &DefaultIf) -> TokenStream {
    let DefaultIf {
        leaf, text, value, ..
    } = default;
    let key = key_of(input, leaf);
    let nth = Literal::usize_unsuffixed(nth);
    match value {
        LeafDefault::Text(value) => quote!(__p::DefaultIf::of_text(#key, #text, #value)),
        LeafDefault::Literal(crate::model::Literal { expr, .. }) | LeafDefault::Expr(expr) => {
            let written = written(expr);
            quote! {
                __p::DefaultIf::of_expression(#key, #text, #written, |__leaf| {
                    #constant.conditional_text(__leaf, #nth)
                })
            }
        }
        LeafDefault::With(_) | LeafDefault::From(_) => TokenStream::new(),
    }
}

fn aliases(aliases: &[Alias]) -> Option<TokenStream> {
    list(aliases, |aliases| {
        let aliases = aliases.iter().map(alias);
        quote!(.with_aliases(&[#(#aliases),*]))
    })
}

pub(super) fn alias(Alias { name, deprecated }: &Alias) -> TokenStream {
    if *deprecated {
        quote!(__p::Alias::deprecated(#name))
    } else {
        quote!(__p::Alias::new(#name))
    }
}

fn rules(leaf: &Leaf) -> Option<TokenStream> {
    let rules: Vec<TokenStream> = (leaf.pattern.iter().map(pattern))
        .chain(leaf.range.iter().map(range))
        .chain(leaf.length.iter().map(length))
        .chain(leaf.one_of.iter().map(one_of))
        .collect();
    list(&rules, |rules| quote!(.with_rules(&[#(#rules),*])))
}

fn pattern(rule: &PatternRule) -> TokenStream {
    let text = &rule.text;
    match rule.pattern.words() {
        Some(words) => quote! {
            __p::Rule::Pattern(__p::Pattern::literals(#text, &[#(#words),*]))
        },
        None => quote_spanned! {located_at(text)=>
            __p::Rule::Pattern(__p::Pattern::new(#text, || {
                static CELL: __p::PatternCell = __p::PatternCell::new(#text);
                &CELL
            }))
        },
    }
}

fn range(range: &Range) -> TokenStream {
    let start = bound(range.start.as_ref());
    let end = bound(range.end.as_ref());
    let inclusive = range.inclusive;
    quote!(__p::Rule::Range(__p::Range::new(#start, #end, #inclusive)))
}

fn bound(bound: Option<&Bound>) -> TokenStream {
    let Some(bound) = bound else {
        return quote!(__p::Bound::None);
    };
    match (&bound.number, &bound.lit) {
        (Number::Int(int), _) => {
            let magnitude = Literal::u128_unsuffixed(int.magnitude());
            match int.is_negative() {
                true => quote!(__p::Bound::Int(-#magnitude)),
                false if int.magnitude() <= i128::MAX.unsigned_abs() => {
                    quote!(__p::Bound::Int(#magnitude))
                }
                false => quote!(__p::Bound::Uint(#magnitude)),
            }
        }
        (Number::Float(float), _) => {
            let magnitude = Literal::f64_unsuffixed(float.abs());
            let sign = float.is_sign_negative().then(|| quote!(-));
            quote!(__p::Bound::Float(#sign #magnitude))
        }
        (Number::Duration(_), text) => quote!(__p::Bound::Text(#text)),
    }
}

fn length(length: &Length) -> TokenStream {
    let min = if length.min == 0 {
        quote!(::core::option::Option::None)
    } else {
        let min = Literal::usize_unsuffixed(length.min);
        quote!(::core::option::Option::Some(#min))
    };
    let max = match length.max {
        Some(max) => {
            let max = Literal::usize_unsuffixed(max);
            quote!(::core::option::Option::Some(#max))
        }
        None => quote!(::core::option::Option::None),
    };
    quote!(__p::Rule::Length { min: #min, max: #max })
}

fn one_of(one_of: &OneOf) -> TokenStream {
    let words: &[LitStr] = &one_of.words;
    quote!(__p::Rule::OneOf(&[#(#words),*]))
}

pub(super) fn list<T>(items: &[T], write: impl Fn(&[T]) -> TokenStream) -> Option<TokenStream> {
    (!items.is_empty()).then(|| write(items))
}

/// Whether a document, or the name of a file, may need the text of a default that is not text.
fn is_asked_for_its_default(field: &Field, leaf: &Leaf) -> bool {
    match &leaf.default {
        None | Some(LeafDefault::Text(_) | LeafDefault::From(_)) => false,
        Some(LeafDefault::Expr(_)) => true,
        Some(LeafDefault::Literal(_) | LeafDefault::With(_)) => {
            Shape::of(&field.ty).may_name_a_file()
        }
    }
}

/// Whether a part of the default may be secret: the type is not one of std, or contains such a type.
fn may_hide_its_default(field: &Field, leaf: &Leaf) -> bool {
    let is_text = matches!(
        leaf.default,
        Some(LeafDefault::Text(_) | LeafDefault::Expr(_))
    );
    is_text && matches!(Shape::of(&field.ty).scalar, Scalar::Unknown | Scalar::Map)
}

/// Whether another setting is required, or has another default, by the value of this one.
fn is_watched(input: &Struct, key: &str) -> bool {
    input
        .leaves()
        .flat_map(|(_, leaf)| {
            let required = leaf.required_if.iter().map(|condition| &condition.leaf);
            required.chain(leaf.default_if.iter().map(|default| &default.leaf))
        })
        .any(|other| key_of(input, other) == key)
}
