//! Subject of an explanation: the setting or derived property of a row.

use crate::{
    build::rows::Row,
    schema::{Derived, Field, Group, Leaf, Shape, layout::Layout},
    value::path::{KeyPath, Segment},
};
use std::ptr;

/// The subject of an explanation.
pub(crate) enum Subject<'a> {
    Setting(&'static Leaf, &'a Row, Option<VariantOf>),
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
            return Some(Self::Setting(leaf, row, layout.condition_of(at)));
        }
        let path = KeyPath::parse(&row.key)?;
        let segments: Vec<_> = path.segments().collect();
        match find(layout.schema.root, &segments, (0, None), row.leaf)? {
            Found::Setting(leaf, variant) => {
                let of_tag = |(at, tag, variant): (usize, _, _)| {
                    let mut path: KeyPath = segments.iter().take(at).copied().collect();
                    path.push(Segment::Name(tag));
                    (path.to_string(), variant)
                };
                Some(Self::Setting(leaf, row, variant.map(of_tag)))
            }
            Found::Derived(derived) => Some(Self::Derived(derived, row)),
        }
    }
}

/// The key of a tag, and the name of the variant to which a setting belongs.
pub(crate) type VariantOf = (String, &'static str);

/// The number of segments before a tag, the tag, and the name of a variant.
type VariantAt = Option<(usize, &'static str, &'static str)>;

enum Found {
    Setting(&'static Leaf, VariantAt),
    Derived(&'static Derived),
}

/// Finds the field of a key, which may pass through elements of lists and maps of groups. Several variants may have a
/// setting of this key; it is that of the row, whose data has another address in an element.
fn find(
    group: &'static Group,
    path: &[Segment<'_>],
    (at, variant): (usize, VariantAt),
    of_row: Option<&Leaf>,
) -> Option<Found> {
    let key = &path[at..];
    let is_here = |name: &str| matches!(key, [Segment::Name(only)] if *only == name);
    if let Some(derived) = group.derived.iter().find(|derived| is_here(derived.name)) {
        return Some(Found::Derived(derived));
    }
    group.fields.iter().find_map(|field| match field {
        Field::Leaf(leaf) => {
            let is_same = |other: &Leaf| (other.doc, other.type_name) == (leaf.doc, leaf.type_name);
            let is_it = is_here(leaf.key) && of_row.is_none_or(is_same);
            is_it.then_some(Found::Setting(leaf, variant))
        }
        Field::Group(nested) if nested.flatten => {
            let inner = nested.variant.filter(|variant| !variant.scalar);
            let inner = inner
                .zip(group.tag)
                .map(|(inner, tag)| (at, tag, inner.name));
            find(nested.group, path, (at, inner.or(variant)), of_row)
        }
        Field::Group(nested) => {
            let mut inside = at;
            if !nested.is_element() {
                if *key.first()? != Segment::Name(nested.key) {
                    return None;
                }
                inside += 1;
            }
            if matches!(nested.shape, Shape::List | Shape::Map) {
                path.get(inside)?;
                inside += 1;
            }
            find(nested.group, path, (inside, variant), of_row)
        }
    })
}
