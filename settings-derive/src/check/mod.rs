//! Rules across keys, fields and types: one function each.

mod across;
mod defaults;
mod dependent;
mod files;
mod names;
mod rules;
mod variants;

pub(crate) use across::{is_always_present, ruled_field};
pub(crate) use dependent::{is_dependent, order};
pub(crate) use names::METHODS;

use crate::errors::Errors;
use crate::model::{Field, Kind, Leaf, Struct};
use crate::shape::{Scalar, Shape, TextType, prints};
use settings_syntax::duration;
use syn::{Ident, LitStr, Type};

/// Reports every error that is visible in the struct itself.
pub(crate) fn check(input: &mut Struct, errors: &Errors) {
    names::check(input, errors);
    files::check(input, errors);
    if let Some(choice) = &mut input.choice {
        variants::check(choice, errors);
        for variant in &mut choice.variants {
            check(&mut variant.settings, errors);
        }
    }
    for at in 0..input.fields.len() {
        let before = errors.count();
        let field = &input.fields[at];
        if let Kind::Leaf(leaf) = &field.kind {
            let shape = Shape::of(&field.ty);
            values_are_owned(leaf, &field.ty, errors);
            one_function_decodes(leaf, errors);
            unit_is_known(leaf, errors);
            rules::check(leaf, shape, errors);
            defaults::check(leaf, shape, errors);
            secret_string_stays_masked(leaf, shape, errors);
            secrets_do_not_print(leaf, &field.ty, errors);
            condition_can_come_true(input, &field.ident, leaf, shape, errors);
            dependent::check(input, &field.ident, leaf, errors);
            dependent::check_conditions(input, &field.ident, leaf, shape, errors);
        }
        input.fields[at].is_valid &= errors.count() == before;
    }
    dependent::no_cycles(input, errors);
    across::check(input, errors);
}

/// A reference would borrow from text that is dropped after the load.
fn values_are_owned(leaf: &Leaf, ty: &Type, errors: &Errors) {
    if !leaf.is_custom() && matches!(ty, Type::Reference(_)) {
        errors.at(
            ty,
            "a setting owns its value: use `String` instead of `&str`, `Vec<T>` instead of `&[T]`",
        );
    }
}

fn one_function_decodes(leaf: &Leaf, errors: &Errors) {
    if let (Some(_), Some(path)) = (&leaf.parse_with, &leaf.deserialize_with) {
        errors.at(
            path,
            "a setting has either `parse_with`, which receives text, or `deserialize_with`",
        );
    }
}

fn unit_is_known(leaf: &Leaf, errors: &Errors) {
    if let Some(unit) = &leaf.unit
        && !duration::is_unit(&unit.value())
    {
        errors.at(
            unit,
            "expected a unit of a duration: ns, us, ms, s, m, h, d or w",
        );
    }
    if let (Some(unit), Some(_)) = (&leaf.unit, &leaf.parse_with) {
        errors.at(
            unit,
            "`unit` has no effect beside `parse_with`, which receives the whole text",
        );
    }
}

fn secret_string_stays_masked(leaf: &Leaf, shape: Shape, errors: &Errors) {
    if let Some(key) = leaf.not_secret()
        && shape.scalar == Scalar::Text(TextType::Secret)
    {
        errors.at(
            key,
            "a `SecretString` is always masked; use `String` for a value that is not secret",
        );
    }
}

/// The key of the setting that a valid condition names.
pub(crate) fn key_of(input: &Struct, leaf: &Ident) -> String {
    match names::find_condition(input, leaf) {
        Ok((field, _)) => field.key(),
        Err(_) => leaf.to_string(),
    }
}

/// The setting that an identifier names.
pub(crate) fn named<'a>(input: &'a Struct, name: &Ident) -> Option<&'a Field> {
    names::find_condition(input, name)
        .ok()
        .map(|(field, _)| field)
}

/// The `Debug` output of std types shows the value, also in the `Debug` output of the struct.
fn secrets_do_not_print(leaf: &Leaf, ty: &Type, errors: &Errors) {
    if let Some(secret) = leaf.secret()
        && prints(ty)
    {
        errors.at(
            secret,
            "the `Debug` output of this type shows its value; use `SecretString`, or a type whose \
             `Debug` hides it",
        );
    }
}

/// `required_if` names another setting of the struct, and a text that this setting can have.
fn condition_can_come_true(
    input: &Struct,
    ident: &Ident,
    leaf: &Leaf,
    shape: Shape,
    errors: &Errors,
) {
    let Some(condition) = &leaf.required_if else {
        return;
    };
    if !shape.may_be_option() {
        errors.at(
            &condition.key,
            "`required_if` needs an `Option`; any other setting without a default is always required",
        );
    }
    condition_is_possible(input, ident, (&condition.leaf, &condition.text), errors);
}

/// A condition names another setting of the struct, and a text that it can have.
fn condition_is_possible(
    input: &Struct,
    ident: &Ident,
    (leaf, text): (&Ident, &LitStr),
    errors: &Errors,
) {
    match names::find_condition(input, leaf) {
        Ok((field, _)) if field.ident == *ident => {
            errors.at(leaf, "a setting cannot depend on itself");
        }
        Ok((field, other)) => {
            let shape = Shape::of(&field.ty);
            if let Err(reason) = defaults::reads_text(other, shape, &text.value()) {
                errors.at(text, format!("`{leaf}` never has this value: {reason}"));
            }
        }
        Err(message) => errors.at(leaf, message),
    }
}

#[cfg(test)]
mod tests;
