//! The fields of a built struct, visited in order.

use super::{
    Cursor, GroupField, GroupType, LeafField, LeafValue, SkippedGroup, index, type_facts::Measure,
};
use crate::{
    resolve::{Resolved, Slot},
    schema::{Derived, Leaf, Shape},
    value::observer::{Number, ValueObserver},
};
use std::{any::Any, collections::BTreeMap};

/// Visits the fields of a built struct in the order of its layout.
pub struct Walk<'a> {
    pub(super) cursor: Cursor,
    resolved: &'a Resolved,
    visitor: &'a mut dyn Visitor,
}

/// Receives the fields of a built struct.
pub(crate) trait Visitor {
    fn leaf(&mut self, position: Position<'_>, leaf: &'static Leaf, value: LeafValue<'_>);

    /// A list or map of groups. Returns whether the visitor took it as a whole.
    fn elements(&mut self, leaf: usize, copy: &dyn Fn() -> Option<Box<dyn Any>>) -> bool {
        let _ = (leaf, copy);
        false
    }

    /// A list or map of groups without elements (with its shape), or one that is an `Option` without a value.
    fn no_elements(&mut self, position: Position<'_>, shape: Option<Shape>) {
        let _ = (position, shape);
    }

    /// An element of a list or map of groups; `walk` visits its fields.
    fn element(
        &mut self,
        position: Position<'_>,
        shape: Shape,
        name: &str,
        walk: &mut dyn FnMut(&mut dyn Visitor),
    );

    /// An optional group that is present, before its fields.
    fn begin_optional(&mut self, cursor: &Cursor, group: usize) {
        let _ = (cursor, group);
    }

    /// The end of that group.
    fn end_optional(&mut self) {}

    /// An optional group without a value.
    fn absent_group(&mut self, cursor: &Cursor, group: &SkippedGroup) {
        let _ = (cursor, group);
    }

    /// Whether derived properties are visited.
    fn wants_derived(&self) -> bool {
        false
    }

    /// A derived property.
    fn derived(&mut self, cursor: &Cursor, resolved: &Resolved, derived: DerivedValue) {
        let _ = (cursor, resolved, derived);
    }
}

/// Position of a setting or of a list or map of groups.
#[derive(Clone, Copy)]
pub(crate) struct Position<'a> {
    pub(crate) cursor: &'a Cursor,
    pub(crate) leaf: usize,
    pub(crate) slot: &'a Slot,
    /// The load of the struct that contains it.
    pub(crate) resolved: &'a Resolved,
}

/// A derived property with its value.
pub(crate) struct DerivedValue {
    pub(crate) derived: &'static Derived,
    /// Its text, or `None` if it has no value.
    pub(crate) text: Option<String>,
    /// Whether it is one number or bool.
    pub(crate) is_bare: bool,
    pub(crate) is_bool: bool,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(resolved: &'a Resolved, visitor: &'a mut dyn Visitor) -> Self {
        Self::from(
            Cursor::new(resolved.layout, super::cursor::Element::default()),
            resolved,
            visitor,
        )
    }

    /// Visits the fields of a group, at which the cursor is.
    pub(super) fn from(
        cursor: Cursor,
        resolved: &'a Resolved,
        visitor: &'a mut dyn Visitor,
    ) -> Self {
        Self {
            cursor,
            resolved,
            visitor,
        }
    }

    /// Whether derived properties are visited, which calls functions of the program.
    pub fn wants_derived(&self) -> bool {
        self.visitor.wants_derived()
    }

    /// The next setting.
    pub fn leaf<T: 'static>(&mut self, field: &LeafField<T>, value: &T) {
        let at = self.cursor.pass_leaf();
        if let Some(leaf) = self.cursor.layout.leaf(at) {
            self.visitor.leaf(
                position(&self.cursor, self.resolved, at),
                leaf,
                LeafValue { field, value },
            );
        }
    }

    /// The next nested field.
    pub fn group<T: 'static>(&mut self, field: &GroupField<T>, value: &T) {
        if field.is_several() {
            let copy = || -> Option<Box<dyn Any>> { Some(Box::new(field.clone?(value))) };
            if self.visitor.elements(self.cursor.leaf(), &copy) {
                self.cursor.pass_leaf();
                return;
            }
        }
        field.walk(value, self);
    }

    /// The derived property at this index of the struct's list: its text, or `None` if it has no value.
    pub fn derived<T>(
        &mut self,
        nth: usize,
        value: &T,
        measure: Option<Measure<T>>,
        text: Option<String>,
    ) {
        let group = self.cursor.layout.groups[self.cursor.here()].group;
        if let Some(derived) = group.derived.get(nth) {
            let value = DerivedValue {
                derived,
                text,
                is_bare: measure.is_some_and(|measure| bare(value, measure).is_some()),
                is_bool: measure.is_some_and(|measure| bare(value, measure) == Some(true)),
            };
            self.visitor.derived(&self.cursor, self.resolved, value);
        }
    }

    pub(super) fn one(&mut self, walk: impl FnOnce(&mut Self)) {
        let outer = self.cursor.enter();
        walk(self);
        self.cursor.leave(outer);
    }

    /// An optional group that is present.
    pub(super) fn present_group(&mut self, walk: impl FnOnce(&mut Self)) {
        self.visitor
            .begin_optional(&self.cursor, self.cursor.next_group());
        walk(self);
        self.visitor.end_optional();
    }

    pub(super) fn absent_group(&mut self) {
        let skipped = self.cursor.skip_group();
        self.visitor.absent_group(&self.cursor, &skipped);
    }

    /// The names of the elements of the next list or map of groups, as sources gave them.
    pub(super) fn names_of_elements(&self) -> Vec<String> {
        let inside = self.resolved.elements.get(index(self.cursor.leaf()));
        let names = inside.into_iter().flatten().map(|(name, _)| name.clone());
        names.collect()
    }

    pub(super) fn elements<'e, T: GroupType + 'e>(
        &mut self,
        shape: Shape,
        elements: impl Iterator<Item = (String, &'e T)>,
    ) {
        let at = self.cursor.pass_leaf();
        let here = position(&self.cursor, self.resolved, at);
        let inside = self.resolved.elements.get(index(at));
        let inside: BTreeMap<&str, &Resolved> = inside
            .into_iter()
            .flatten()
            .map(|(name, resolved)| (name.as_str(), resolved))
            .collect();
        for (name, element) in elements {
            let Some(resolved) = inside.get(name.as_str()) else {
                continue;
            };
            let cursor = Cursor::new(resolved.layout, self.cursor.element(at, shape, &name));
            self.visitor.element(here, shape, &name, &mut |visitor| {
                element.walk_element(&mut Walk {
                    cursor: cursor.clone(),
                    resolved,
                    visitor,
                });
            });
        }
        if inside.is_empty() {
            self.visitor.no_elements(here, Some(shape));
        }
    }

    /// The next list or map of groups, which is an `Option` without a value.
    pub(super) fn absent_elements(&mut self) {
        let at = self.cursor.pass_leaf();
        let here = position(&self.cursor, self.resolved, at);
        self.visitor.no_elements(here, None);
    }
}

fn position<'a>(cursor: &'a Cursor, resolved: &'a Resolved, leaf: usize) -> Position<'a> {
    Position {
        cursor,
        leaf,
        slot: &resolved.slots[leaf],
        resolved,
    }
}

/// Whether a value that is one number or bool is a bool.
fn bare<T>(value: &T, measure: Measure<T>) -> Option<bool> {
    let mut bare = Bare(None);
    measure(value, &mut bare);
    bare.0
}

struct Bare(Option<bool>);

impl ValueObserver for Bare {
    fn number(&mut self, _: Number) {
        self.0 = Some(false);
    }

    fn truth(&mut self, _: bool) {
        self.0 = Some(true);
    }

    fn list(&mut self, _: usize) {
        self.0 = None;
    }
}

impl std::fmt::Debug for Walk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walk").finish_non_exhaustive()
    }
}
