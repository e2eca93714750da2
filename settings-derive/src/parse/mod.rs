//! Syntax to model, one key at a time.

mod forms;
mod keys;
mod reader;
mod rules;
mod values;

use crate::errors::Errors;
use crate::model::{Field, Group, GroupPath, Kind, Leaf, LeafDefault, Role, Root, Struct};
use forms::{aliases, default_value, derived_rows, file_names, unknown};
use keys::Place;
use quote::ToTokens;
use reader::{Keys, On, each_key};
use rules::{length, one_of, pattern, range, required_if};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Fields, Lit, Meta, Token};
use values::{flag, path, text, texts};

/// Reads a struct; `None` if it is none, or has no fields with names.
pub(crate) fn parse(input: &DeriveInput, errors: &Errors) -> Option<Struct> {
    if !input.generics.params.is_empty() {
        errors.at(
            &input.generics,
            "settings structs take no parameters: each has one schema; use concrete types",
        );
    }
    let fields = named_fields(input, errors)?;
    let mut parsed = parse_struct(input, errors);
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
                "settings need names: give the fields names; a newtype for one value \
                 derives `serde::Deserialize` instead",
            ),
            Fields::Unit => (
                input.ident.to_token_stream(),
                "settings need fields: write `struct … { … }`",
            ),
        },
        Data::Enum(data) => (
            data.enum_token.to_token_stream(),
            "`Settings` is for structs; an enum is the value of a leaf: derive \
             `serde::Deserialize` for it instead",
        ),
        Data::Union(data) => (
            data.union_token.to_token_stream(),
            "`Settings` is for structs with named fields, not for unions",
        ),
    };
    errors.at(token, message);
    None
}

fn parse_struct(input: &DeriveInput, errors: &Errors) -> Struct {
    let mut root = Box::<Root>::default();
    let mut derived = Vec::new();
    let mut validate = None;
    let mut keys = Keys::default();
    each_key(&input.attrs, On::Struct, &mut keys, errors, |key, input| {
        match key.to_string().as_str() {
            "prefix" => root.prefix = Some(text(key, input)?),
            "file" => root.files = file_names(key, input)?,
            "env_file" => root.env_files = file_names(key, input)?,
            "secrets_dir" => root.secrets_dirs = file_names(key, input)?,
            "unknown" => root.unknown = unknown(key, input)?,
            "foreign" => root.foreign = texts(key, input)?,
            "derived" => derived = derived_rows(key, input)?,
            "validate" => validate = Some(path(key, input)?),
            _ => flag(key, input)?,
        }
        Ok(())
    });
    let role = if keys.get("group").is_some() {
        keys.refuse(
            errors,
            |place| place != Place::Root,
            |key| format!("`{key}` belongs on the struct that is loaded; a `group` never is"),
        );
        Role::Group
    } else {
        Role::Root(root)
    };
    Struct {
        ident: input.ident.clone(),
        doc: doc(&input.attrs),
        role,
        derived,
        validate,
        validator: keys.get("validator").cloned(),
        fields: Vec::new(),
    }
}

fn parse_field(field: &syn::Field, errors: &Errors) -> Option<Field> {
    let before = errors.count();
    let mut leaf = Box::<Leaf>::default();
    let mut default = None;
    let mut default_with = None;
    let mut deprecated_aliases = Vec::new();
    let mut keys = Keys::default();
    each_key(&field.attrs, On::Field, &mut keys, errors, |key, input| {
        match key.to_string().as_str() {
            "default" => default = Some(default_value(key, input)?),
            "default_with" => default_with = Some(path(key, input)?),
            "env" => leaf.env = texts(key, input)?,
            "alias" => leaf.aliases = aliases(key, input, false)?,
            "deprecated_alias" => deprecated_aliases = aliases(key, input, true)?,
            "deprecated" => leaf.deprecated = Some(text(key, input)?),
            "rename" => leaf.rename = Some(text(key, input)?),
            "pattern" => leaf.pattern = Some(pattern(key, input)?),
            "range" => leaf.range = Some(range(key, input)?),
            "length" => leaf.length = Some(length(key, input)?),
            "one_of" => leaf.one_of = Some(one_of(key, input)?),
            "validate" => leaf.validate = Some(path(key, input)?),
            "required_if" => leaf.required_if = Some(required_if(key, input)?),
            "parse_with" => leaf.parse_with = Some(path(key, input)?),
            "separator" => leaf.separator = Some(text(key, input)?),
            "example" => leaf.example = Some(text(key, input)?),
            _ => flag(key, input)?,
        }
        Ok(())
    });
    if let (Some(_), Some(key)) = (keys.get("default"), keys.get("default_with")) {
        errors.at(key, "a leaf has one default: `default` or `default_with`");
    }
    leaf.default = default.or_else(|| default_with.map(LeafDefault::With));
    leaf.aliases.append(&mut deprecated_aliases);
    leaf.allow_empty = keys.get("allow_empty").cloned();
    leaf.secret = keys.get("secret").cloned();
    leaf.unmasked = keys.get("unmasked").cloned();
    leaf.reload = keys.get("reload").cloned();
    Some(Field {
        ident: field.ident.clone()?,
        ty: field.ty.clone(),
        doc: doc(&field.attrs),
        kind: kind(leaf, &keys, errors),
        is_sound: errors.count() == before,
    })
}

/// Says what a field is, and refuses the keys that do not go with it.
fn kind(leaf: Box<Leaf>, keys: &Keys, errors: &Errors) -> Kind {
    if keys.get("skip").is_some() {
        for key in keys.0.iter().filter(|key| *key != "skip") {
            errors.at(
                key,
                format!("`{key}` does not go with `skip`: what is skipped is no setting"),
            );
        }
        return Kind::Skip;
    }
    let flatten = keys.get("flatten");
    if flatten.is_none() && keys.get("nested").is_none() {
        return Kind::Leaf(leaf);
    }
    keys.refuse(errors, |place| place != Place::Leaf && place != Place::StructOrLeaf, |key| {
        if key == "validate" {
            "`validate` of a group belongs on its struct".to_owned()
        } else {
            format!(
                "`{key}` belongs on a leaf: a group has no value of its own; put it on its fields"
            )
        }
    });
    let path = match (leaf.rename, flatten) {
        (None, None) => GroupPath::Field,
        (Some(rename), None) => GroupPath::Renamed(rename),
        (_, Some(flatten)) => GroupPath::Flat(flatten.clone()),
    };
    if flatten.is_some()
        && let Some(key) = keys.get("rename")
    {
        errors.at(
            key,
            "`rename` does not go with `flatten`: the group has no name in the path",
        );
    }
    Kind::Group(Group {
        path,
        reload: leaf.reload,
    })
}

/// The doc comments, without the space that each line begins with.
fn doc(attrs: &[Attribute]) -> String {
    let mut doc = String::new();
    for attr in attrs {
        if let Meta::NameValue(meta) = &attr.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) = &meta.value
        {
            let text = line.value();
            let stars = has_margin_of_stars(&text);
            for (at, line) in text.split('\n').enumerate() {
                let line = match line.trim_start().strip_prefix('*') {
                    Some(rest) if stars && at > 0 => rest,
                    _ => line,
                };
                doc.push_str(line.strip_prefix(' ').unwrap_or(line).trim_end());
                doc.push('\n');
            }
        }
    }
    doc.trim_matches('\n').to_owned()
}

/// Whether this is a comment between `/**` and `*/` whose lines begin with ` *`.
fn has_margin_of_stars(text: &str) -> bool {
    let mut lines = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let begins_so =
        |line: &str| line.starts_with([' ', '\t']) && line.trim_start().starts_with('*');
    lines.clone().next().is_some() && lines.all(begins_so)
}
