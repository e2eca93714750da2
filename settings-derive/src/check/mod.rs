//! Rules across keys, fields and types: one function each.

mod defaults;
mod files;
mod names;
mod rules;

use crate::errors::Errors;
use crate::model::{Leaf, Struct};
use crate::shape::{Scalar, Shape, TextType};
use syn::Ident;

/// Puts an error under everything that is wrong with a struct by itself.
pub(crate) fn check(input: &Struct, errors: &Errors) {
    names::check(input, errors);
    files::check(input, errors);
    for (field, leaf) in input.leaves() {
        let shape = Shape::of(&field.ty);
        rules::check(leaf, shape, errors);
        defaults::check(leaf, shape, errors);
        masking_is_not_contradicted(leaf, shape, errors);
        secrets_do_not_print(leaf, shape, errors);
        condition_can_come_true(input, &field.ident, leaf, shape, errors);
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
    match names::find_leaf(input, &leaf.to_string()) {
        Ok((field, _)) => field.key(),
        Err(_) => leaf.to_string(),
    }
}

/// The types of std print what they hold, in any `{:?}` of the struct.
fn secrets_do_not_print(leaf: &Leaf, shape: Shape, errors: &Errors) {
    let Some(secret) = &leaf.secret else {
        return;
    };
    let may_hide = matches!(
        shape.scalar,
        Scalar::Unknown | Scalar::Map | Scalar::Text(TextType::Secret)
    );
    if !may_hide {
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
    if !shape.is_option {
        errors.at(
            &condition.key,
            "`required_if` is for an `Option`; any other leaf without a default is required anyway",
        );
    }
    match names::find_leaf(input, &condition.leaf.to_string()) {
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
