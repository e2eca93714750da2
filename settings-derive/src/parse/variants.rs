//! Conversion of an enum to the model: each variant with its settings.

use super::doc::{doc, is_hidden};
use super::keys::{FieldKeys, VariantKeys};
use super::reader::read;
use super::serde::{self, Item};
use super::{group, leaf, parse_field, parse_struct};
use crate::errors::Errors;
use crate::model::{Field, Group, GroupPath, Kind, Role, Struct, Variant, VariantForm};
use syn::ext::IdentExt as _;
use syn::{DataEnum, DeriveInput, Fields, Ident};

/// Reads an enum.
pub(super) fn parse(input: &DeriveInput, data: &DataEnum, errors: &Errors) -> Struct {
    let mut parsed = parse_struct(input, errors);
    if let Role::Root(_) = parsed.role {
        errors.at(
            data.enum_token,
            "an enum of settings is part of a struct: add `group` to its `#[settings(…)]`; for an enum that is the value \
             of one setting, derive `serde::Deserialize` instead",
        );
    }
    if !parsed.ignores_serde {
        serde::refuse(&input.attrs, Item::Enum, "enum", errors);
    }
    if data.variants.is_empty() {
        errors.at(&input.ident, "an enum of settings has at least one variant");
    }
    let mut fields = 0;
    for variant in &data.variants {
        if !parsed.ignores_serde {
            serde::refuse(&variant.attrs, Item::Variant, "enum", errors);
            for field in &variant.fields {
                serde::refuse(&field.attrs, Item::Field, "enum", errors);
            }
        }
        let variant = parse_variant(&input.ident, variant, fields, errors);
        if let (Some(variant), Some(choice)) = (variant, &mut parsed.choice) {
            fields += variant.settings.fields.len();
            choice.variants.push(variant);
        }
    }
    parsed
}

fn parse_variant(
    ident: &Ident,
    variant: &syn::Variant,
    fields_before: usize,
    errors: &Errors,
) -> Option<Variant> {
    let (keys, seen) = read::<VariantKeys>(&variant.attrs, errors);
    let (form, fields) = match &variant.fields {
        Fields::Unit => (VariantForm::Unit, Vec::new()),
        Fields::Named(fields) => {
            let fields = fields.named.iter();
            let fields = fields.filter_map(|field| parse_field(field, errors));
            (VariantForm::Named, fields.collect())
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 && keys.scalar.is_some() => {
            let field = scalar(&fields.unnamed[0], &variant.ident, errors);
            (VariantForm::Scalar, vec![field])
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let field = newtype(&fields.unnamed[0], &variant.ident, errors);
            (VariantForm::Newtype, vec![field])
        }
        Fields::Unnamed(fields) => {
            errors.at(
                fields,
                "a variant has named fields, or one group of settings: `S3(S3Settings)`",
            );
            return None;
        }
    };
    match &keys.scalar {
        Some(key) if form != VariantForm::Scalar => errors.at(
            key,
            "`scalar` is for a variant with one value and no names: `File(PathBuf)`",
        ),
        Some(_) => {
            for (key, _) in seen
                .iter()
                .filter(|(key, _)| key == "default" || key == "alias")
            {
                errors.at(
                    key,
                    format!("remove `{key}`: a value chooses this variant, not the tag"),
                );
            }
        }
        None => {}
    }
    Some(Variant {
        ident: variant.ident.clone(),
        doc: doc(&variant.attrs),
        rename: keys.rename,
        aliases: (keys.alias.into_iter().flatten())
            .map(|alias| alias.name)
            .collect(),
        default: keys.default,
        form,
        settings: Struct {
            ident: ident.clone(),
            doc: doc(&[]),
            role: Role::Group,
            derived: Vec::new(),
            finish: None,
            validate: None,
            validator: None,
            rules: Vec::new(),
            ignores_serde: false,
            fields,
            fields_before,
            choice: None,
        },
    })
}

/// The value of a variant, which is in place of the enum.
fn scalar(field: &syn::Field, variant: &Ident, errors: &Errors) -> Field {
    const NAMED: [&str; 15] = [
        "rename",
        "env",
        "alias",
        "deprecated_alias",
        "deprecated",
        "default",
        "default_with",
        "required_if",
        "skip",
        "nested",
        "flatten",
        "present_if",
        "defaults",
        "allow_empty",
        "no_file",
    ];
    let before = errors.count();
    let (keys, seen) = read::<FieldKeys>(&field.attrs, errors);
    for (key, _) in seen
        .iter()
        .filter(|(key, _)| NAMED.iter().any(|name| key == name))
    {
        errors.at(
            key,
            format!("remove `{key}`: this value has the name of the enum, and is always set"),
        );
    }
    Field {
        ident: variant.unraw(),
        ty: field.ty.clone(),
        doc: doc(&field.attrs),
        is_hidden: is_hidden(&field.attrs),
        kind: Kind::Leaf(Box::new(leaf(keys, &seen, errors))),
        is_valid: errors.count() == before,
        is_unnamed: true,
    }
}

/// The group of a newtype variant, whose settings are beside the tag.
fn newtype(field: &syn::Field, variant: &Ident, errors: &Errors) -> Field {
    let before = errors.count();
    let (keys, seen) = read::<FieldKeys>(&field.attrs, errors);
    for key in [
        "nested",
        "flatten",
        "skip",
        "rename",
        "present_if",
        "defaults",
    ] {
        if let Some(key) = seen.get(key) {
            errors.at(
                key,
                format!("remove `{key}`: the settings of this group are beside the tag"),
            );
        }
    }
    let group = group(keys, &seen, errors);
    Field {
        ident: variant.unraw(),
        ty: field.ty.clone(),
        doc: doc(&field.attrs),
        is_hidden: is_hidden(&field.attrs),
        kind: Kind::Group(Group {
            path: GroupPath::Variant,
            ..group
        }),
        is_valid: errors.count() == before,
        is_unnamed: false,
    }
}
