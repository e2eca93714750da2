//! Rules across keys, fields and types: one function each.

mod defaults;
mod files;
mod names;
mod rules;

pub(crate) use names::METHODS;

use crate::errors::Errors;
use crate::model::{Kind, Leaf, Struct};
use crate::shape::{Scalar, Shape, TextType, prints};
use syn::{Ident, Type};

/// Puts an error under everything that is wrong with a struct by itself.
pub(crate) fn check(input: &mut Struct, errors: &Errors) {
    names::check(input, errors);
    files::check(input, errors);
    for at in 0..input.fields.len() {
        let before = errors.count();
        let field = &input.fields[at];
        if let Kind::Leaf(leaf) = &field.kind {
            let shape = Shape::of(&field.ty);
            values_are_owned(leaf, &field.ty, errors);
            rules::check(leaf, shape, errors);
            defaults::check(leaf, shape, errors);
            masking_is_not_contradicted(leaf, shape, errors);
            secrets_do_not_print(leaf, &field.ty, errors);
            condition_can_come_true(input, &field.ident, leaf, shape, errors);
        }
        input.fields[at].is_sound &= errors.count() == before;
    }
}

/// Serde would have to borrow from a text that is gone after the load.
fn values_are_owned(leaf: &Leaf, ty: &Type, errors: &Errors) {
    if leaf.parse_with.is_none() && matches!(ty, Type::Reference(_)) {
        errors.at(
            ty,
            "a leaf owns its value: use `String` for `&str`, `Vec<T>` for `&[T]`",
        );
    }
}

fn masking_is_not_contradicted(leaf: &Leaf, shape: Shape, errors: &Errors) {
    let Some(unmasked) = &leaf.unmasked else {
        return;
    };
    if leaf.secret.is_some() {
        errors.at(
            unmasked,
            "`unmasked` contradicts `secret`: keep one of them",
        );
    } else if shape.scalar == Scalar::Text(TextType::Secret) {
        errors.at(
            unmasked,
            "a `SecretString` is always masked; use `String` if it is no secret",
        );
    }
}

/// The key of the leaf that a sound condition names.
pub(crate) fn key_of(input: &Struct, leaf: &Ident) -> String {
    match names::find_condition(input, leaf) {
        Ok((field, _)) => field.key(),
        Err(_) => leaf.to_string(),
    }
}

/// The types of std print what they hold, in any `{:?}` of the struct.
fn secrets_do_not_print(leaf: &Leaf, ty: &Type, errors: &Errors) {
    if let Some(secret) = &leaf.secret
        && prints(ty)
    {
        errors.at(
            secret,
            "`{:?}` prints what this type holds; use `SecretString`, or a type of your own \
             whose `Debug` hides it",
        );
    }
}

/// `required_if` names another leaf of the struct, and a text that this leaf may have.
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
            "`required_if` is for an `Option`; any other setting without a default is always required",
        );
    }
    match names::find_condition(input, &condition.leaf) {
        Ok((field, _)) if field.ident == *ident => {
            errors.at(&condition.leaf, "a leaf cannot be required by itself");
        }
        Ok((field, other)) => {
            let other_shape = Shape::of(&field.ty);
            if let Err(reason) = defaults::reads_text(other, other_shape, &condition.text.value()) {
                errors.at(
                    &condition.text,
                    format!("`{}` can never be this: {reason}", condition.leaf),
                );
            }
        }
        Err(message) => errors.at(&condition.leaf, message),
    }
}

#[cfg(test)]
mod tests;
