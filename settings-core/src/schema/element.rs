//! Elements of lists and maps that are lists or maps of groups themselves.
//!
//! The schema of such an element is a group with one field, which has no key, because the keys of the element follow its
//! name directly: `zones.eu.main.host`.

use super::{
    Field, Group, Nested, Schema, Shape,
    layout::{Layout, LayoutSize, LayoutTables},
};
use crate::value::path::Segment;

/// The field of an element that is a list or map.
pub(crate) const fn element_of(
    shape: Shape,
    group: &'static Group,
    elements: Option<fn() -> &'static Layout>,
) -> Field {
    let nested = Nested::new("", "", shape, group, false);
    nested.with_elements(elements).field()
}

/// The tables of such an element. They do not depend on what the list or map contains.
pub(crate) type ElementTables =
    LayoutTables<{ SIZE.leaves }, { SIZE.groups }, { SIZE.names }, { SIZE.text }, { SIZE.table }>;

const SIZE: LayoutSize = LayoutSize::of(&Schema::new(ANY));
const ANY: &Group = &Group::new("", "", &[NO_FIELD]);
const EMPTY: &Group = &Group::new("", "", &[]);

/// A field to fill an array with.
pub(super) const NO_FIELD: Field = element_of(Shape::List, EMPTY, None);

impl Nested {
    /// Whether it is an element of the list or map around it, and therefore has no key.
    pub(crate) const fn is_element(&self) -> bool {
        self.key.is_empty() && !self.flatten
    }

    /// The shape of the field, then those of its elements, if these are lists or maps.
    pub(crate) fn shapes(&self) -> Vec<Shape> {
        let inner = self.inner().map_or(Vec::new(), Nested::shapes);
        [self.shape].into_iter().chain(inner).collect()
    }

    /// The struct, also in lists and maps of each other.
    pub(crate) fn innermost(&self) -> &'static Group {
        self.inner().map_or(self.group, Nested::innermost)
    }

    /// The list or map that each element is, if each is one.
    pub(crate) fn inner(&self) -> Option<&'static Nested> {
        match self.group.fields {
            [Field::Group(inner)] if inner.is_element() => Some(inner),
            _ => None,
        }
    }
}

impl Layout {
    /// The list or map, if this is the layout of an element that is one.
    pub(crate) fn element(&self) -> Option<&'static Nested> {
        match self.schema.root.fields {
            [Field::Group(nested)] if nested.is_element() => Some(nested),
            _ => None,
        }
    }
}

/// The step to an element of a list or map of groups.
pub(crate) fn segment(shape: Shape, element: &str) -> Segment<'_> {
    match (shape, element.parse()) {
        (Shape::List, Ok(index)) => Segment::Index(index),
        _ => Segment::Name(element),
    }
}

/// Joins the prefix of an element, or of a group, and a key in it. Without a key it is the name of the element.
pub(crate) fn join(prefix: &str, key: &str) -> String {
    match key {
        "" => {
            let name = prefix.strip_suffix('.').or(prefix.strip_suffix("__"));
            name.unwrap_or(prefix).to_owned()
        }
        key => format!("{prefix}{key}"),
    }
}

/// Describes the lists and maps around a group, outer ones first: `a map of lists: NAME is the key of an entry, …`.
/// `what` follows their names.
pub(crate) fn describe(shapes: &[Shape], what: &str) -> String {
    let is_list = |shape: &Shape| *shape == Shape::List;
    let mut words = String::from("a ");
    for (nth, shape) in shapes.iter().enumerate() {
        words.push_str(if nth == 0 { "" } else { " of " });
        words.push_str(if is_list(shape) { "list" } else { "map" });
        words.push_str(if nth == 0 { "" } else { "s" });
    }
    words.push_str(what);
    let lists = shapes.iter().any(is_list);
    let maps = !shapes.iter().all(is_list);
    words.push_str(match (shapes.first().is_some_and(is_list), lists && maps) {
        (true, false) => ": 0 is the number of an element",
        (false, false) => ": NAME is the key of an entry",
        (true, true) => ": 0 is the number of an element, NAME the key of an entry",
        (false, true) => ": NAME is the key of an entry, 0 the number of an element",
    });
    words
}

/// Structure of lists and maps of groups in a file, outer ones first: `a table of lists of tables`.
pub(crate) fn tables(shapes: &[Shape]) -> String {
    let mut words = String::from("a ");
    for (nth, shape) in shapes.iter().enumerate() {
        words.push_str(if *shape == Shape::List {
            "list"
        } else {
            "table"
        });
        words.push_str(if nth == 0 { " of " } else { "s of " });
    }
    words + "tables"
}
