//! Nested fields: how the type of one is built and visited, and whether an optional group is present.

use super::{Assemble, Assembler, Walk, index};
use crate::{
    error::problem::{Problem, ProblemKind},
    resolve::Slot,
    schema::{
        Field, Group, Nested, Schema, Shape,
        element::{ElementTables, element_of},
        layout::{Layout, LayoutTables},
    },
};
use std::{fmt, marker::PhantomData};

/// Types of nested fields: a struct of settings, perhaps in a `Box` or `Arc`, an `Option` of one, and lists and maps of
/// them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group of settings",
    label = "not a group of settings",
    note = "derive `Settings` for it, with `#[settings(group)]` if it is never loaded by itself",
    note = "a list of groups is a `Vec`, a map of them a `BTreeMap` or `HashMap` whose keys serde reads from a string; for any other type remove `nested`"
)]
pub trait GroupType: Sized {
    /// The struct of settings.
    type Struct;
    /// The number of groups in the type.
    const SHAPE: Shape;
    /// The schema of one group, or of one element of a list or map.
    const SCHEMA: &'static Schema;
    /// Whether there may be no value.
    const OPTIONAL: bool = false;
    /// Reason why a field cannot have the type.
    const REFUSED: Option<&'static str> = None;
    /// The layout of the elements of a list or map.
    const ELEMENTS: Option<fn() -> &'static Layout> = None;
    /// The schema of the type as an element of a list or map.
    const ELEMENT: &'static Schema = InElement::<Self>::SCHEMA;

    /// The layout of the type as an element of a list or map.
    fn element_layout() -> &'static Layout {
        InElement::<Self>::LAYOUT
    }

    /// Builds the value of a field.
    fn build(cx: &mut Assembler<'_>) -> Option<Self>;

    /// Visits the fields of each group.
    fn walk(&self, walk: &mut Walk<'_>);

    /// Builds an element of a list or map.
    fn build_element(cx: &mut Assembler<'_>) -> Option<Self> {
        Self::build(cx)
    }

    /// Visits an element of a list or map.
    fn walk_element(&self, walk: &mut Walk<'_>) {
        self.walk(walk);
    }
}

impl<T: Assemble> GroupType for T {
    type Struct = T;
    const SHAPE: Shape = Shape::One;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;
    const ELEMENT: &'static Schema = <T as Assemble>::SCHEMA;

    fn element_layout() -> &'static Layout {
        T::layout()
    }

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        cx.one(T::assemble)
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        walk.one(|walk| T::walk(self, walk));
    }

    fn build_element(cx: &mut Assembler<'_>) -> Option<Self> {
        T::assemble(cx)
    }

    fn walk_element(&self, walk: &mut Walk<'_>) {
        T::walk(self, walk);
    }
}

/// A list or map that is an element itself: a group with one field without a key.
struct InElement<T>(PhantomData<T>);

impl<T: GroupType> InElement<T> {
    const FIELDS: &'static [Field] = &[element_of(T::SHAPE, T::SCHEMA.root, T::ELEMENTS)];
    const GROUP: &'static Group = &Group::new("", "", Self::FIELDS);
    const SCHEMA: &'static Schema = &Schema::new(Self::GROUP);
    const TABLES: &'static ElementTables = &LayoutTables::new(Self::SCHEMA);
    const LAYOUT: &'static Layout = &Self::TABLES.layout();
}

/// Functions that build and visit a nested field of type `T`.
pub struct GroupField<T> {
    shape: Shape,
    schema: &'static Schema,
    elements: Option<fn() -> &'static Layout>,
    pub(super) build: fn(&mut Assembler<'_>) -> Option<T>,
    pub(super) clone: Option<fn(&T) -> T>,
    walk: fn(&T, &mut Walk<'_>),
}

impl<T> GroupField<T> {
    /// A nested field, with the type's `Clone::clone` if it has one.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if the type is refused, or if a setting in a list or map of groups has `env` or a
    /// flag of its own.
    #[track_caller]
    pub const fn new(clone: Option<fn(&T) -> T>) -> Self
    where
        T: GroupType,
    {
        if let Some(why) = T::REFUSED {
            panic!("{}", why)
        }
        if matches!(T::SHAPE, Shape::List | Shape::Map) {
            refuse_single_names(T::SCHEMA.root);
        }
        Self {
            shape: T::SHAPE,
            schema: T::SCHEMA,
            elements: T::ELEMENTS,
            build: T::build,
            clone,
            walk: T::walk,
        }
    }

    /// Rejects `flatten` on a list or map of groups, because its name is needed in the keys.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if this is a list or map of groups.
    #[track_caller]
    pub const fn must_be_one(&self) {
        assert!(
            matches!(self.shape, Shape::One | Shape::Optional),
            "a list or map of groups needs its name in the key: use `nested` instead of `flatten`"
        );
    }

    /// The struct of settings, for a use of it with other defaults.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if this is a list or map of groups.
    #[track_caller]
    pub const fn must_be_single(&self) -> &'static Group {
        assert!(
            matches!(self.shape, Shape::One | Shape::Optional),
            "`defaults` is for one group, not for a list or map of them: put the defaults on the fields of the group"
        );
        self.schema.root
    }

    /// Rejects a rule across settings on a group that is not optional.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if this is not an optional group.
    #[track_caller]
    pub const fn must_be_absent_sometimes(&self) {
        assert!(
            matches!(self.shape, Shape::Optional),
            "the rule is for optional groups: `Option<Group>`"
        );
    }

    /// Rejects a variant of an enum whose only field is not exactly one group.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if this is an optional group, or a list or map of groups.
    #[track_caller]
    pub const fn must_be_plain(&self) {
        assert!(
            matches!(self.shape, Shape::One),
            "a variant has exactly one group: for an optional one, a list or a map, give it a named field with `nested`"
        );
    }

    /// The description of the nested field in the schema.
    pub const fn nested(&self, key: &'static str, doc: &'static str) -> Nested {
        let clones = self.clone.is_some();
        Nested::new(key, doc, self.shape, self.schema.root, clones).with_elements(self.elements)
    }

    /// Whether it is a list or map of groups, which the layout counts as one setting.
    pub(super) fn is_several(&self) -> bool {
        matches!(self.shape, Shape::List | Shape::Map)
    }

    pub(super) fn walk(&self, value: &T, walk: &mut Walk<'_>) {
        (self.walk)(value, walk);
    }
}

/// A variable or flag sets one setting, and each element has its own.
#[track_caller]
const fn refuse_single_names(group: &Group) {
    let mut at = 0;
    while at < group.fields.len() {
        match &group.fields[at] {
            Field::Leaf(leaf) => {
                assert!(
                    leaf.env.is_empty(),
                    "a setting with `env` is part of a list or map of groups, where one variable would set several settings"
                );
                assert!(
                    leaf.flag.is_none() && leaf.short.is_none(),
                    "a setting with `flag` or `short` is part of a list or map of groups, where one flag would set several settings"
                );
            }
            Field::Group(nested) => {
                assert!(
                    nested.prefix.is_none(),
                    "a group with `prefix` is part of a list or map of groups, where one variable would set several settings"
                );
                refuse_single_names(nested.group);
            }
        }
        at += 1;
    }
}

impl Assembler<'_> {
    /// Whether a layer sets the next list of groups, or a part of it.
    pub(super) fn has_next_elements(&self) -> bool {
        let at = self.cursor.leaf();
        self.trial.is_some()
            || self.resolved.slots[at].has_value()
            || self.resolved.parts.contains(index(at))
    }

    fn one<T>(&mut self, assemble: fn(&mut Self) -> Option<T>) -> Option<T> {
        let outer = self.cursor.enter();
        let value = assemble(self);
        self.cursor.leave(outer);
        value
    }

    /// Whether the next group, an optional one, is present.
    pub(super) fn has_next_group(&self) -> bool {
        let group = self.cursor.next_group();
        match self.kept_group(group) {
            Some(has) => has,
            None => self.trial.is_some() || self.has_value_in(group),
        }
    }

    fn has_value_in(&self, at: usize) -> bool {
        let group = &self.cursor.layout.groups[at];
        if let Some(leaf) = self.cursor.layout.present_if(at) {
            return self.resolved.slots[leaf].has_value();
        }
        let leaves = usize::from(group.first)..usize::from(group.end);
        let mut slots = self.resolved.slots[leaves].iter();
        self.resolved.table_of(index(at)).is_some()
            || slots.any(Slot::has_value)
            || (group.first..group.end).any(|leaf| self.resolved.parts.contains(leaf))
    }

    /// Warns about settings that are set in a group that is absent because its `present_if` has no value.
    pub(super) fn warn_unused_settings(&mut self) {
        let at = self.cursor.next_group();
        let layout = self.cursor.layout;
        let Some(present_if) = layout.present_if(at) else {
            return;
        };
        let group = &layout.groups[at];
        let set = (group.first..group.end).filter(|leaf| {
            self.resolved.slots[usize::from(*leaf)].has_value()
                || self.resolved.parts.contains(*leaf)
        });
        let set: Vec<String> = set.map(|leaf| self.cursor.key(leaf.into())).collect();
        let verb = match set.len() {
            0 => return,
            1 => "is",
            _ => "are",
        };
        let what = format!("has no value, so {} {verb} not used", set.join(", "));
        let warning = Problem::new(ProblemKind::Shadowed, what)
            .at(self.cursor.key(present_if))
            .with_help(format!(
                "set {}, or remove what is not used",
                self.cursor.setter(present_if)
            ))
            .variable_if(self.cursor.shell_variable(present_if));
        self.resolved.warnings.push(warning);
    }

    pub(super) fn skip_group(&mut self) {
        let skipped = self.cursor.skip_group();
        if let Some(observer) = &mut self.observer {
            observer.absent_group(&self.cursor, &skipped, self.outermost.is_none());
        }
    }
}

impl<T> fmt::Debug for GroupField<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupField")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}
