//! The setting or derived property that a row belongs to.

use crate::{
    build::rows::Row,
    schema::{Derived, Field, Group, Leaf, Shape, layout::Layout},
};

/// What an explanation is about.
pub(crate) enum Subject<'a> {
    Setting(&'static Leaf, &'a Row),
    Derived(&'static Derived, &'a Row),
}

impl<'a> Subject<'a> {
    /// The subject that a row belongs to.
    pub(crate) fn of(layout: &'static Layout, row: &'a Row) -> Option<Self> {
        if let Some(at) = layout.keys().position(|key| key == row.key)
            && let Some(leaf) = layout.leaf(at)
        {
            return Some(Self::Setting(leaf, row));
        }
        match find(layout.schema.root, &row.key)? {
            Found::Setting(leaf) => Some(Self::Setting(leaf, row)),
            Found::Derived(derived) => Some(Self::Derived(derived, row)),
        }
    }
}

enum Found {
    Setting(&'static Leaf),
    Derived(&'static Derived),
}

/// Finds the field of a key, which may pass through elements of lists and maps of groups.
fn find(group: &'static Group, key: &str) -> Option<Found> {
    if let Some(derived) = group.derived.iter().find(|derived| derived.name == key) {
        return Some(Found::Derived(derived));
    }
    group.fields.iter().find_map(|field| match field {
        Field::Leaf(leaf) => (leaf.key == key).then_some(Found::Setting(leaf)),
        Field::Group(nested) if nested.flatten => find(nested.group, key),
        Field::Group(nested) => {
            let rest = key.strip_prefix(nested.key)?;
            let rest = match nested.shape {
                Shape::One | Shape::Optional => rest.strip_prefix('.')?,
                Shape::List => rest.strip_prefix('[')?.split_once("].")?.1,
                Shape::Map => rest.strip_prefix('.')?.split_once('.')?.1,
            };
            find(nested.group, rest)
        }
    })
}
