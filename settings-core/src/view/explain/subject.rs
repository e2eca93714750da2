//! Subject of an explanation: the setting or derived property of a row.

use crate::{
    build::rows::Row,
    schema::{Derived, Field, Group, Leaf, Shape, layout::Layout},
    value::path::{KeyPath, Segment},
};
use std::ptr;

/// The subject of an explanation.
pub(crate) enum Subject<'a> {
    Setting(&'static Leaf, &'a Row),
    Derived(&'static Derived, &'a Row),
}

impl<'a> Subject<'a> {
    /// The subject that a row belongs to.
    pub(crate) fn of(layout: &'static Layout, row: &'a Row) -> Option<Self> {
        let is_it = |at: &usize| {
            let is_leaf = |leaf: &Leaf| layout.leaf(*at).is_some_and(|known| ptr::eq(known, leaf));
            layout.key_of(*at) == row.key && row.leaf.is_none_or(is_leaf)
        };
        if let Some(at) = (0..layout.leaves.len()).find(is_it)
            && let Some(leaf) = layout.leaf(at)
        {
            return Some(Self::Setting(leaf, row));
        }
        let path = KeyPath::parse(&row.key)?;
        let segments: Vec<_> = path.segments().collect();
        match find(layout.schema.root, &segments)? {
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
fn find(group: &'static Group, key: &[Segment<'_>]) -> Option<Found> {
    let is_here = |name: &str| matches!(key, [Segment::Name(only)] if *only == name);
    if let Some(derived) = group.derived.iter().find(|derived| is_here(derived.name)) {
        return Some(Found::Derived(derived));
    }
    group.fields.iter().find_map(|field| match field {
        Field::Leaf(leaf) => is_here(leaf.key).then_some(Found::Setting(leaf)),
        Field::Group(nested) if nested.flatten => find(nested.group, key),
        Field::Group(nested) => {
            let rest = match key.split_first()? {
                _ if nested.is_element() => key,
                (first, rest) if *first == Segment::Name(nested.key) => rest,
                _ => return None,
            };
            find(
                nested.group,
                match nested.shape {
                    Shape::One | Shape::Optional => rest,
                    Shape::List | Shape::Map => rest.split_first()?.1,
                },
            )
        }
    })
}
