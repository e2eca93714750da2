//! Variants of an enum: each has names of its own, and settings with names that differ from the tag.

use super::names::key_is_well_formed;
use crate::errors::Errors;
use crate::model::{Choice, Kind, Variant, VariantForm};
use proc_macro2::TokenStream;
use quote::ToTokens;
use settings_syntax::{boolean, name::same};

pub(super) fn check(choice: &Choice, errors: &Errors) {
    if let Some(tag) = &choice.tag {
        key_is_well_formed(tag, errors);
    }
    one_variant_is_the_default(&choice.variants, errors);
    one_variant_takes_other_values(&choice.variants, errors);
    names_are_well_formed(&choice.variants, errors);
    names_are_distinct(&choice.variants, errors);
    settings_differ_from_the_tag(choice, errors);
}

fn one_variant_is_the_default(variants: &[Variant], errors: &Errors) {
    let defaults = variants
        .iter()
        .filter_map(|variant| variant.default.as_ref());
    for default in defaults.skip(1) {
        errors.at(default, "another variant is the default already");
    }
}

fn one_variant_takes_other_values(variants: &[Variant], errors: &Errors) {
    let mut scalars = variants
        .iter()
        .filter(|variant| variant.form == VariantForm::Scalar);
    if let Some(first) = scalars.next() {
        for variant in scalars {
            errors.at(
                &variant.ident,
                format!(
                    "`{}` takes every value that is not a name already",
                    first.ident
                ),
            );
        }
        if variants.len() == 1 {
            errors.at(&first.ident, "the tag needs a variant that it can name");
        }
    }
}

fn names_are_well_formed(variants: &[Variant], errors: &Errors) {
    for variant in variants {
        for name in variant.rename.iter().chain(&variant.aliases) {
            let text = name.value();
            if !text.contains(|ch| !matches!(ch, '_' | '-')) {
                errors.at(name, "empty name");
            } else if text.contains(|ch: char| ch == ',' || ch.is_whitespace() || ch.is_control()) {
                errors.at(name, "the name of a variant has no spaces and no commas");
            }
        }
    }
}

/// A name in folded form, with the variant that has it.
struct Name<'a> {
    variant: &'a Variant,
    text: String,
    folded: String,
    tokens: TokenStream,
}

fn names_are_distinct(variants: &[Variant], errors: &Errors) {
    let names = variants.iter().flat_map(|variant| {
        let tokens = match &variant.rename {
            Some(rename) => rename.to_token_stream(),
            None => variant.ident.to_token_stream(),
        };
        let aliases = variant.aliases.iter();
        let aliases = aliases.map(|alias| (alias.value(), alias.to_token_stream()));
        let names = std::iter::once((variant.name(), tokens)).chain(aliases);
        names.map(move |(text, tokens)| Name {
            variant,
            folded: folded(&text),
            text,
            tokens,
        })
    });
    let names: Vec<Name<'_>> = names.collect();
    for (at, name) in names.iter().enumerate() {
        let is_equal = |other: &&Name<'_>| {
            let word = boolean::parse(&name.text);
            other.folded == name.folded || word.is_some() && word == boolean::parse(&other.text)
        };
        let Some(other) = names[..at].iter().find(is_equal) else {
            continue;
        };
        let (text, known, variant) = (&name.text, &other.text, &other.variant.ident);
        let message = if other.variant.ident == name.variant.ident {
            format!("`{text}` is already a name of this variant")
        } else if other.folded == name.folded {
            format!("`{text}` is also a name of `{variant}`: case, `-` and `_` are ignored")
        } else {
            format!("`{text}` and `{known}`, a name of `{variant}`, are words for the same boolean")
        };
        errors.at(&name.tokens, message);
    }
}

/// A name without case, `-` and `_`.
fn folded(name: &str) -> String {
    let kept = name.chars().filter(|ch| !matches!(ch, '-' | '_'));
    kept.flat_map(char::to_lowercase).collect()
}

fn settings_differ_from_the_tag(choice: &Choice, errors: &Errors) {
    let tag = choice.tag();
    for field in choice
        .variants
        .iter()
        .flat_map(|variant| &variant.settings.fields)
    {
        let mut names = match &field.kind {
            _ if field.is_unnamed => continue,
            Kind::Skip => continue,
            Kind::Group(group) if group.is_flat() => continue,
            Kind::Group(_) => vec![field.key()],
            Kind::Leaf(leaf) => {
                let aliases = leaf.aliases.iter().map(|alias| alias.name.value());
                std::iter::once(field.key()).chain(aliases).collect()
            }
        };
        names.retain(|name| same(name, &tag));
        if !names.is_empty() {
            errors.at(
                &field.ident,
                format!("`{tag}` is the tag, which names the variant: rename this field, or write another `tag`"),
            );
        }
    }
}
