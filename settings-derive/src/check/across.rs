//! Rules across fields: each names optional settings and groups of the struct.

use super::names::find_condition;
use crate::errors::Errors;
use crate::model::{Field, GroupRule, Kind, Struct};
use crate::shape::Shape;
use settings_syntax::name::same;
use syn::Ident;
use syn::ext::IdentExt as _;

pub(super) fn check(input: &Struct, errors: &Errors) {
    for rule in &input.rules {
        names_are_optional(input, rule, errors);
    }
}

fn names_are_optional(input: &Struct, rule: &GroupRule, errors: &Errors) {
    let mut found: Vec<&Ident> = Vec::new();
    for name in &rule.names {
        match ruled_field(input, name) {
            Ok(field) if found.contains(&&field.ident) => {
                errors.at(name, format!("`{name}` is named twice"));
            }
            Ok(field) => {
                found.push(&field.ident);
                if let Err(message) = is_optional(field) {
                    errors.at(name, message);
                }
            }
            Err(message) => errors.at(name, message),
        }
    }
}

/// The setting or group that a rule names, by its key or by its field.
pub(crate) fn ruled_field<'a>(input: &'a Struct, name: &Ident) -> Result<&'a Field, String> {
    let wanted = name.unraw().to_string();
    let group = input.fields.iter().find(|field| {
        matches!(field.kind, Kind::Group(_))
            && (same(&field.key(), &wanted) || field.ident.unraw() == wanted)
    });
    match group {
        Some(field) => match &field.kind {
            Kind::Group(group) if group.is_flat() => {
                Err(format!("`{name}` is flattened, so it has no name"))
            }
            _ => Ok(field),
        },
        None => find_condition(input, name).map(|(field, _)| field),
    }
}

/// Whether a field is known to have a value always.
pub(crate) fn is_always_present(field: &Field) -> bool {
    is_optional(field).is_err()
}

fn is_optional(field: &Field) -> Result<(), String> {
    let Kind::Leaf(leaf) = &field.kind else {
        return Ok(());
    };
    let name = &field.ident;
    if leaf.default.is_some() || !leaf.default_if.is_empty() {
        return Err(format!(
            "`{name}` has a default, so it always has a value: this rule is for optional settings"
        ));
    }
    if !Shape::of(&field.ty).may_be_option() {
        return Err(format!(
            "`{name}` always has a value: this rule is for settings that are an `Option`"
        ));
    }
    Ok(())
}
