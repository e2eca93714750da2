//! The schema as constant data.

use super::rows::{alias, list, rows};
use super::{call_site, fields, located_at, mentions::mentions, outside, variants};
use crate::check::ruled_field;
use crate::model::{
    Derived, Field, FileName, GroupRule, GroupRuleKind, Kind, Removed, Role, Root, SourceCondition,
    Struct, Unknown,
};
use crate::written::written;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use std::iter;
use syn::ext::IdentExt as _;

/// The expression of the schema.
pub(super) fn schema(input: &Struct) -> TokenStream {
    let name = input.ident.unraw().to_string();
    let doc = &input.doc;
    let (rows, tag) = match &input.choice {
        Some(choice) => {
            let tag = choice.tag();
            (variants::rows(input, choice), Some(quote!(.with_tag(#tag))))
        }
        None => (rows(input), None),
    };
    let derived = derived(input);
    let has_check = input.finish.is_some() || input.validate.is_some() || input.validator.is_some();
    let validate = has_check.then(|| quote!(.with_validate()));
    let rules = list(&input.rules, |rules| {
        let rules = rules.iter().map(|rule| group_rule(input, rule));
        quote!(.with_rules(&[#(#rules),*]))
    });
    let sources = match &input.role {
        Role::Root(root) => sources(root),
        Role::Group => TokenStream::new(),
    };
    let version = matches!(input.role, Role::Root(_))
        .then(|| quote!(.with_version(::core::option_env!("CARGO_PKG_VERSION"))));
    quote! {
        __p::Schema::new(
            &__p::Group::new(#name, #doc, &[#(#rows,)*]) #tag #derived #validate #rules
        )
        #sources #version
    }
}

/// The tables that map names to settings, and for each field the check that its names are distinct.
pub(super) fn tables(input: &Struct) -> TokenStream {
    let span = call_site(&input.ident).span();
    let size = quote! {
        const __SIZE: __p::LayoutSize = __p::LayoutSize::of(__SCHEMA);
    };
    let tables = quote_spanned! {span=>
        static __TABLES: __p::LayoutTables<
            { __SIZE.leaves },
            { __SIZE.groups },
            { __SIZE.names },
            { __SIZE.text },
            { __SIZE.table },
        > = __p::LayoutTables::new(__SCHEMA);
    };
    let checked: Vec<&Ident> = match &input.choice {
        Some(choice) => {
            let variants = choice.variants.iter().map(|variant| &variant.ident);
            iter::once(&input.ident).chain(variants).collect()
        }
        None => fields(input)
            .filter(|_| may_clash(input))
            .map(|(_, field)| &field.ident)
            .collect(),
    };
    let checks = checked.into_iter().enumerate().map(|(at, ident)| {
        let at = Literal::usize_unsuffixed(at);
        quote_spanned! {located_at(ident)=>
            const _: () = __TABLES.names_are_distinct(#at);
        }
    });
    quote!(#size #tables #(#checks)*)
}

/// Whether names may be equal that the derive itself cannot compare: those in groups, those with and without the prefix,
/// and `<NAME>_FILE` of a secret.
fn may_clash(input: &Struct) -> bool {
    input.fields.iter().any(|field| match &field.kind {
        Kind::Group(_) => true,
        Kind::Leaf(leaf) => {
            let aliases = leaf.aliases.iter().map(|alias| alias.name.value());
            !leaf.env.is_empty()
                || leaf.flag.is_some()
                || leaf.short.is_some()
                || iter::once(field.key())
                    .chain(aliases)
                    .any(|name| name.to_ascii_lowercase().ends_with("file"))
        }
        Kind::Skip => false,
    })
}

fn sources(root: &Root) -> TokenStream {
    let prefix = root.prefixes.first().map(|prefix| {
        let name = &prefix.name;
        quote!(.with_prefix(#name))
    });
    let others = root.prefixes.get(1..).unwrap_or_default();
    let others = list(others, |others| {
        let others = others.iter().map(alias);
        quote!(.with_other_prefixes(&[#(#others),*]))
    });
    let nesting = root
        .nesting
        .iter()
        .map(|nesting| quote!(.with_nesting(#nesting)));
    let secrets_from = list(&root.secrets_from, |layers| {
        let layers = layers
            .iter()
            .map(|layer| Ident::new(layer, Span::call_site()));
        quote!(.with_secrets_from(&[#(__p::Layer::#layers),*]))
    });
    let files = root.files.iter().map(|file| declared(file, "file"));
    let env_files = root.env_files.iter().map(|file| match &file.dotenvy {
        Some(_) => declared(file, "dotenvy"),
        None => declared(file, "env_file"),
    });
    let secrets_dirs = root
        .secrets_dirs
        .iter()
        .map(|dir| declared(dir, "secrets_dir"));
    let declared: Vec<TokenStream> = files.chain(env_files).chain(secrets_dirs).collect();
    let declared = (!declared.is_empty()).then(|| quote!(.with_sources(&[#(#declared),*])));
    let unknown = match root.unknown {
        Unknown::Ignore => Some(quote!(.with_unknown(__p::Unknown::Ignore))),
        Unknown::Warn => None,
        Unknown::Deny => Some(quote!(.with_unknown(__p::Unknown::Deny))),
    };
    let ignore = list(
        &root.ignore,
        |patterns| quote!(.with_ignore(&[#(#patterns),*])),
    );
    let removed = list(&root.removed, |removed| {
        let rows = removed
            .iter()
            .map(|Removed { name, reason }| quote!(__p::Removed::new(#name, #reason)));
        quote!(.with_removed(&[#(#rows),*]))
    });
    let schema = root.schema.iter();
    quote!(#prefix #others #(#nesting)* #secrets_from #declared #unknown #ignore #removed #(.with_json_schema(#schema))*)
}

/// A declared source. A disabled feature is reported at its name.
fn declared(file: &FileName, kind: &str) -> TokenStream {
    let name = &file.name;
    let new = match &file.format {
        Some(word) => {
            let format = Ident::new(&word.to_string(), located_at(word));
            quote_spanned!(located_at(word)=> #format(#name))
        }
        None => {
            let kind = Ident::new(kind, located_at(name));
            quote_spanned!(located_at(name)=> #kind(#name))
        }
    };
    let required = file.required.iter().map(|_| quote!(.required()));
    let section = file
        .section
        .iter()
        .map(|(_, table)| quote!(.section(#table)));
    let interpolate = file.interpolate.iter().map(|_| quote!(.interpolated()));
    let optional = file.optional.iter().map(|_| quote!(.may_disappear()));
    let only = file.only.iter().map(|condition| {
        let SourceCondition { setting, texts } = condition;
        quote!(.only(#setting, &[#(#texts),*]))
    });
    quote_spanned! {located_at(name)=>
        __p::SourceDecl::#new
            #(#required)* #(#section)* #(#interpolate)* #(#optional)* #(#only)*
    }
}

fn derived(input: &Struct) -> Option<TokenStream> {
    if input.derived.is_empty() {
        return None;
    }
    let rows = input.derived.iter().enumerate().map(|(at, row)| {
        let Derived { doc, ty, .. } = row;
        let name = row.ident.unraw().to_string();
        let type_name = written(ty);
        let ty = outside(ty, &input.ident);
        let paths = mentions(input, at);
        let paths = paths.iter().map(|path| quote!(&[#(#path),*]));
        quote! {
            __p::Derived::new(#name, #type_name, #doc, __p::TypeFacts::<#ty>::SECRET)
                .mentioning(&[#(#paths),*])
        }
    });
    Some(quote!(.with_derived(&[#(#rows),*])))
}

/// A rule across fields, with their keys.
fn group_rule(input: &Struct, rule: &GroupRule) -> TokenStream {
    let names = rule.names.iter();
    let keys: Vec<String> = names
        .map(|name| ruled_field(input, name).map_or_else(|_| name.to_string(), Field::key))
        .collect();
    match (rule.kind, keys.as_slice()) {
        (GroupRuleKind::AtMostOneOf, _) => quote!(__p::GroupRule::AtMostOneOf(&[#(#keys),*])),
        (GroupRuleKind::AtLeastOneOf, _) => quote!(__p::GroupRule::AtLeastOneOf(&[#(#keys),*])),
        (GroupRuleKind::RequiredWith, [with, required]) => {
            quote!(__p::GroupRule::RequiredWith { with: #with, required: #required })
        }
        (GroupRuleKind::ExactlyOneOf | GroupRuleKind::RequiredWith, _) => {
            quote!(__p::GroupRule::ExactlyOneOf(&[#(#keys),*]))
        }
    }
}
