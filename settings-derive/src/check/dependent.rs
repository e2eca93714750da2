//! Settings whose default depends on other settings: what they depend on, and in which order they are computed.

use super::{condition_is_possible, names::find_condition};
use crate::errors::Errors;
use crate::model::{DefaultIf, Leaf, LeafDefault, Merge, Struct};
use crate::shape::Shape;
use syn::Ident;

/// The settings from which the default of a setting is computed.
fn inputs(leaf: &Leaf) -> &[Ident] {
    match &leaf.default {
        Some(LeafDefault::From(from)) => &from.inputs,
        _ => &[],
    }
}

/// Whether the default of a setting depends on others.
pub(crate) fn is_dependent(leaf: &Leaf) -> bool {
    !inputs(leaf).is_empty() || !leaf.default_if.is_empty()
}

/// `default_from` names other settings of the struct.
pub(super) fn check(input: &Struct, ident: &Ident, leaf: &Leaf, errors: &Errors) {
    let names = inputs(leaf);
    for (nth, name) in names.iter().enumerate() {
        match find_condition(input, name) {
            Ok((field, _)) if field.ident == *ident => {
                errors.at(name, "a setting cannot depend on itself");
            }
            Ok(_) if names[..nth].contains(name) => {
                errors.at(name, format!("`{name}` is named twice"));
            }
            Ok(_) => {}
            Err(message) => errors.at(name, message),
        }
    }
    let from = match &leaf.default {
        Some(LeafDefault::From(from)) => Some(&from.key),
        _ => None,
    };
    let key = from.or_else(|| leaf.default_if.first().map(|default| &default.key));
    let how = leaf.merge.as_ref().map(|merge| merge.how);
    if let (Some(key), Some(Merge::Append | Merge::Keys)) = (key, how) {
        errors.at(
            key,
            format!("`{key}` cannot be combined with `merge`: the layers are combined before its conditions are known"),
        );
    }
}

/// `default_if` names a value that another setting can have, and leaves a value for all others.
pub(super) fn check_conditions(
    input: &Struct,
    ident: &Ident,
    leaf: &Leaf,
    shape: Shape,
    errors: &Errors,
) {
    for (nth, default) in leaf.default_if.iter().enumerate() {
        condition_is_possible(input, ident, (&default.leaf, &default.text), errors);
        let is_same = |other: &&DefaultIf| {
            other.leaf == default.leaf && other.text.value() == default.text.value()
        };
        if leaf.default_if[..nth].iter().any(|other| is_same(&other)) {
            errors.at(&default.text, "an earlier `default_if` has this condition");
        }
    }
    if let (Some(default), None) = (leaf.default_if.first(), &leaf.default)
        && !shape.may_be_option()
    {
        errors.at(
            &default.key,
            "`default_if` needs a `default` for all other values, or an `Option`",
        );
    }
}

/// Reports each name that closes a cycle.
pub(super) fn no_cycles(input: &Struct, errors: &Errors) {
    for (at, field) in input.fields.iter().enumerate() {
        let before = dependencies(input, at);
        // The first field of a cycle reports it.
        for (name, next) in before {
            if next != at
                && let Some(path) = path(input, next, at)
                && path.iter().all(|other| *other >= at)
            {
                let idents: Vec<String> = [at]
                    .into_iter()
                    .chain(path)
                    .map(|at| format!("`{}`", input.fields[at].ident))
                    .collect();
                errors.at(
                    name,
                    format!(
                        "the default of `{}` depends on itself: {}",
                        field.ident,
                        idents.join(" from ")
                    ),
                );
            }
        }
    }
}

/// The fields with a default that depends on others, each after those that it depends on.
pub(crate) fn order(input: &Struct) -> Vec<usize> {
    fn visit(input: &Struct, at: usize, order: &mut Vec<usize>, seen: &mut Vec<bool>) {
        if std::mem::replace(&mut seen[at], true) {
            return;
        }
        let dependencies = dependencies(input, at);
        for (_, next) in &dependencies {
            visit(input, *next, order, seen);
        }
        if !dependencies.is_empty() {
            order.push(at);
        }
    }
    let mut order = Vec::new();
    let mut seen = vec![false; input.fields.len()];
    for at in 0..input.fields.len() {
        visit(input, at, &mut order, &mut seen);
    }
    order
}

/// The names in the default of a field, with the fields that they refer to.
fn dependencies(input: &Struct, at: usize) -> Vec<(&Ident, usize)> {
    let ident = &input.fields[at].ident;
    let leaf = input.leaves().find(|(field, _)| field.ident == *ident);
    let inputs = leaf.map_or(&[][..], |(_, leaf)| inputs(leaf));
    let conditions = leaf.map_or(&[][..], |(_, leaf)| &leaf.default_if);
    (inputs.iter())
        .chain(conditions.iter().map(|default| &default.leaf))
        .filter_map(|name| {
            let (found, _) = find_condition(input, name).ok()?;
            let at = input
                .fields
                .iter()
                .position(|field| field.ident == found.ident)?;
            Some((name, at))
        })
        .collect()
}

/// The fields from one to another, by their dependencies.
fn path(input: &Struct, from: usize, to: usize) -> Option<Vec<usize>> {
    fn search(input: &Struct, at: usize, to: usize, seen: &mut Vec<usize>) -> Option<Vec<usize>> {
        if at == to {
            return Some(vec![to]);
        }
        if seen.contains(&at) {
            return None;
        }
        seen.push(at);
        dependencies(input, at).into_iter().find_map(|(_, next)| {
            let mut rest = search(input, next, to, seen)?;
            rest.insert(0, at);
            Some(rest)
        })
    }
    search(input, from, to, &mut Vec::new())
}
