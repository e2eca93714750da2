//! Conversion of syntax to the model, one key at a time.

mod across;
mod doc;
mod files;
mod forms;
mod keys;
mod reader;
mod rules;
mod serde;
mod values;
mod variants;

use crate::errors::Errors;
use crate::model::{
    Alias, Choice, DefaultIf, Field, Group, GroupPath, Kind, Leaf, LeafDefault, Role, Root, Struct,
};
use doc::{doc, is_hidden};
use keys::{FieldKeys, Place, StructKeys};
use quote::ToTokens;
use reader::{Seen, read};
use serde::Item;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Fields, Lit, LitStr, Token};

/// Reads a struct or an enum, or returns `None` if the item is neither, or has no named fields.
pub(crate) fn parse(input: &DeriveInput, errors: &Errors) -> Option<Struct> {
    if !input.generics.params.is_empty() {
        errors.at(
            &input.generics,
            "a settings struct has no type, lifetime or const parameters; use concrete types",
        );
    }
    if let Data::Enum(data) = &input.data {
        return Some(variants::parse(input, data, errors));
    }
    let fields = named_fields(input, errors)?;
    let mut parsed = parse_struct(input, errors);
    if !parsed.ignores_serde {
        serde::refuse(&input.attrs, Item::Struct, "struct", errors);
        for field in fields {
            serde::refuse(&field.attrs, Item::Field, "struct", errors);
        }
    }
    parsed.fields = fields
        .iter()
        .filter_map(|field| parse_field(field, errors))
        .collect();
    Some(parsed)
}

fn named_fields<'a>(
    input: &'a DeriveInput,
    errors: &Errors,
) -> Option<&'a Punctuated<syn::Field, Token![,]>> {
    let (token, message) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(&fields.named),
            Fields::Unnamed(fields) => (
                fields.to_token_stream(),
                "`Settings` needs named fields; for a newtype around one value, derive \
                 `serde::Deserialize` instead",
            ),
            Fields::Unit => (
                input.ident.to_token_stream(),
                "`Settings` needs named fields: `struct … { … }`",
            ),
        },
        Data::Enum(_) => return None,
        Data::Union(data) => (
            data.union_token.to_token_stream(),
            "`Settings` is only for structs with named fields",
        ),
    };
    errors.at(token, message);
    None
}

fn parse_struct(input: &DeriveInput, errors: &Errors) -> Struct {
    let (keys, seen) = read::<StructKeys>(&input.attrs, errors);
    let is_enum = matches!(input.data, Data::Enum(_));
    for (key, _) in seen
        .iter()
        .filter(|(_, place)| *place == Place::Enum && !is_enum)
    {
        errors.at(key, format!("`{key}` is only allowed on an enum"));
    }
    let role = if keys.group.is_some() {
        for (key, _) in seen.iter().filter(|(_, place)| *place == Place::Root) {
            errors.at(
                key,
                format!("`{key}` is only allowed on the struct that is loaded, not on a `group`"),
            );
        }
        Role::Group
    } else {
        Role::Root(Box::new(Root {
            prefixes: prefixes(keys.prefix, keys.deprecated_prefix, &seen, errors),
            nesting: keys.nesting,
            secrets_from: keys.secrets_from.unwrap_or_default(),
            files: keys.file.unwrap_or_default(),
            env_files: keys.env_file.unwrap_or_default(),
            secrets_dirs: keys.secrets_dir.unwrap_or_default(),
            unknown: keys.unknown.unwrap_or_default(),
            ignore: keys.ignore.unwrap_or_default(),
            removed: keys.removed.unwrap_or_default(),
            schema: keys.schema,
        }))
    };
    Struct {
        ident: input.ident.clone(),
        doc: doc(&input.attrs),
        role,
        derived: keys.derived.unwrap_or_default(),
        finish: keys.finish,
        validate: keys.validate,
        validator: keys.validator,
        rules: keys.rules,
        ignores_serde: keys.serde.is_some(),
        fields: Vec::new(),
        fields_before: 0,
        choice: is_enum.then(|| Choice {
            tag: keys.tag,
            variants: Vec::new(),
        }),
    }
}

/// The prefixes, the canonical one first.
fn prefixes(
    prefix: Option<Vec<LitStr>>,
    deprecated: Option<Vec<LitStr>>,
    seen: &Seen,
    errors: &Errors,
) -> Vec<Alias> {
    if let (None, Some(key)) = (&prefix, seen.get("deprecated_prefix")) {
        errors.at(key, "`deprecated_prefix` needs `prefix`, which replaces it");
    }
    let current = prefix.into_iter().flatten().map(|name| Alias {
        name,
        deprecated: false,
    });
    let deprecated = deprecated.into_iter().flatten().map(|name| Alias {
        name,
        deprecated: true,
    });
    current.chain(deprecated).collect()
}

/// The aliases of a setting or group, those that are deprecated last.
fn all_aliases(current: Option<Vec<Alias>>, deprecated: Option<Vec<Alias>>) -> Vec<Alias> {
    let deprecated = deprecated.into_iter().flatten().map(|alias| Alias {
        deprecated: true,
        ..alias
    });
    current.into_iter().flatten().chain(deprecated).collect()
}

fn parse_field(field: &syn::Field, errors: &Errors) -> Option<Field> {
    let before = errors.count();
    let (keys, seen) = read::<FieldKeys>(&field.attrs, errors);
    let kind = kind(keys, &seen, errors);
    Some(Field {
        ident: field.ident.clone()?,
        ty: field.ty.clone(),
        doc: doc(&field.attrs),
        is_hidden: is_hidden(&field.attrs),
        kind,
        is_valid: errors.count() == before,
        is_unnamed: false,
    })
}

fn kind(keys: FieldKeys, seen: &Seen, errors: &Errors) -> Kind {
    if keys.skip.is_some() {
        for (key, _) in seen.iter().filter(|(key, _)| key != "skip") {
            errors.at(
                key,
                format!("`{key}` cannot be combined with `skip`: a skipped field is not a setting"),
            );
        }
        Kind::Skip
    } else if keys.nested.is_some() || keys.flatten.is_some() {
        Kind::Group(group(keys, seen, errors))
    } else {
        Kind::Leaf(Box::new(leaf(keys, seen, errors)))
    }
}

fn group(keys: FieldKeys, seen: &Seen, errors: &Errors) -> Group {
    for (key, _) in seen.iter().filter(|(_, place)| *place == Place::Setting) {
        let message = if key == "validate" {
            "`validate` of a group belongs on its struct".to_owned()
        } else {
            format!("`{key}` is only allowed on a setting; put it on the fields of the group")
        };
        errors.at(key, message);
    }
    if let (Some(_), Some(key)) = (&keys.flatten, seen.get("rename")) {
        errors.at(
            key,
            "`rename` cannot be combined with `flatten`: a flattened group has no name of its own",
        );
    }
    for name in ["alias", "deprecated_alias"] {
        if let (Some(_), Some(key)) = (&keys.flatten, seen.get(name)) {
            let message = format!(
                "`{name}` cannot be combined with `flatten`: a flattened group has no name of its own"
            );
            errors.at(key, message);
        }
    }
    let path = match (keys.rename, keys.flatten) {
        (None, None) => GroupPath::Field,
        (Some(rename), None) => GroupPath::Renamed(rename),
        (_, Some(flatten)) => GroupPath::Flat(flatten),
    };
    Group {
        path,
        aliases: all_aliases(keys.alias, keys.deprecated_alias),
        prefix: keys.prefix,
        present_if: keys.present_if,
        defaults: keys.defaults,
        reload: keys.reload,
    }
}

/// A plain number beside `unit` is a duration.
fn with_unit(default: LeafDefault, unit: Option<&LitStr>) -> LeafDefault {
    match (default, unit) {
        (LeafDefault::Literal(literal), Some(unit)) if !literal.negative => match &literal.lit {
            Lit::Int(number) => {
                let text = format!("{}{}", number.base10_digits(), unit.value());
                LeafDefault::Text(LitStr::new(&text, number.span()))
            }
            _ => LeafDefault::Literal(literal),
        },
        (default, _) => default,
    }
}

fn leaf(keys: FieldKeys, seen: &Seen, errors: &Errors) -> Leaf {
    let defaults = ["default", "default_with", "default_from"];
    for key in defaults.iter().filter_map(|key| seen.get(key)).skip(1) {
        errors.at(
            key,
            "a setting has one of `default`, `default_with` and `default_from`",
        );
    }
    if let Some(key) = seen.get("present_if") {
        errors.at(
            key,
            "`present_if` is only allowed on an optional group, with `nested` or `flatten`",
        );
    }
    if let Some(key) = seen.get("defaults") {
        errors.at(
            key,
            "`defaults` is only allowed on a group, with `nested` or `flatten`; a setting has `default`",
        );
    }
    if let Some(key) = seen.get("prefix") {
        errors.at(
            key,
            "`prefix` is only allowed on a group, with `nested` or `flatten`, and on the struct",
        );
    }
    let (env, shared) = match keys.env {
        Some(env) => (env.names, env.shared),
        None => (Vec::new(), None),
    };
    // A function of the program may read text in another way.
    let is_custom = keys.parse_with.is_some() || keys.deserialize_with.is_some();
    let written = |default| match with_unit(default, keys.unit.as_ref()) {
        default if is_custom => default,
        default => forms::with_list(default),
    };
    Leaf {
        rename: keys.rename,
        env,
        shared,
        aliases: all_aliases(keys.alias, keys.deprecated_alias),
        deprecated: keys.deprecated,
        default: (keys.default)
            .map(written)
            .or_else(|| keys.default_with.map(LeafDefault::With))
            .or_else(|| keys.default_from.map(LeafDefault::From)),
        default_if: (keys.default_if.into_iter())
            .map(|default| DefaultIf {
                value: written(default.value),
                ..default
            })
            .collect(),
        parse_with: keys.parse_with,
        deserialize_with: keys.deserialize_with,
        unit: keys.unit,
        expects: keys.expects,
        separator: keys.separator,
        merge: keys.merge,
        pattern: keys.pattern,
        range: keys.range,
        length: keys.length,
        one_of: keys.one_of,
        validate: keys.validate,
        required_if: keys.required_if,
        example: keys.example,
        allow_empty: keys.allow_empty,
        secret: keys.secret,
        no_file: keys.no_file,
        reload: keys.reload,
        local: keys.local,
        flag: keys.flag,
        short: keys.short,
        no_flag: keys.no_flag,
    }
}
