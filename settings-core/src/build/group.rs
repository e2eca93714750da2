//! Nested fields: one group, an optional one, a list or a map of groups.

use super::{Assemble, Assembler, Walk, cursor::Element, index};
use crate::{
    error::problem::{Problem, ProblemKind},
    resolve::{self, Overridden, Resolved, Slot, SlotValue},
    schema::{Field, Group, Nested, Schema, Shape, layout::Layout},
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    hash::BuildHasher,
    sync::Arc,
};

/// Types of nested fields: a struct of settings, perhaps in a `Box` or `Arc`, or an `Option`, `Vec` or map of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group of settings",
    label = "not a group of settings",
    note = "derive `Settings` for it, with `#[settings(group)]` if it is never loaded by itself",
    note = "a list of groups is a `Vec`, a map of them a `BTreeMap<String, _>` or `HashMap<String, _>`; for any other type remove `nested`"
)]
pub trait GroupType: Sized {
    /// The number of groups in the type.
    const SHAPE: Shape;
    /// The schema of one group.
    const SCHEMA: &'static Schema;
    /// The layout of one group.
    fn layout() -> &'static Layout;
    /// Builds the value.
    fn build(cx: &mut Assembler<'_>) -> Option<Self>;
    /// Visits the fields of each group.
    fn walk(&self, walk: &mut Walk<'_>);
}

/// How a nested field of type `T` is built and visited.
pub struct GroupField<T> {
    shape: Shape,
    schema: &'static Schema,
    pub(super) build: fn(&mut Assembler<'_>) -> Option<T>,
    pub(super) clone: Option<fn(&T) -> T>,
    walk: fn(&T, &mut Walk<'_>),
}

impl<T> GroupField<T> {
    /// A nested field, with the type's `Clone::clone` if it has one.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if a setting in a list or map of groups has `env`.
    #[track_caller]
    pub const fn new(clone: Option<fn(&T) -> T>) -> Self
    where
        T: GroupType,
    {
        if matches!(T::SHAPE, Shape::List | Shape::Map) {
            refuse_env(T::SCHEMA.root);
        }
        Self {
            shape: T::SHAPE,
            schema: T::SCHEMA,
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
        Nested::new(key, doc, self.shape, self.schema.root, self.clone.is_some())
    }

    /// Whether it is a list or map of groups, which the layout counts as one setting.
    pub(super) fn is_several(&self) -> bool {
        matches!(self.shape, Shape::List | Shape::Map)
    }

    pub(super) fn walk(&self, value: &T, walk: &mut Walk<'_>) {
        (self.walk)(value, walk);
    }
}

/// A variable sets one setting, and each element has its own.
#[track_caller]
const fn refuse_env(group: &Group) {
    let mut at = 0;
    while at < group.fields.len() {
        match &group.fields[at] {
            Field::Leaf(leaf) => assert!(
                leaf.env.is_empty(),
                "a setting with `env` is part of a list or map of groups, where one variable would set several settings"
            ),
            Field::Group(nested) => refuse_env(nested.group),
        }
        at += 1;
    }
}

/// A group in a pointer is a group itself, so it may be in an `Option`, a list or a map.
macro_rules! pointers {
    ($($pointer:ident),*) => {$(
        impl<T: Assemble> Assemble for $pointer<T> {
            const SCHEMA: &'static Schema = T::SCHEMA;

            fn layout() -> &'static Layout {
                T::layout()
            }

            fn assemble(cx: &mut Assembler<'_>) -> Option<Self> {
                T::assemble(cx).map(Self::new)
            }

            fn walk(&self, walk: &mut Walk<'_>) {
                T::walk(self, walk);
            }
        }
    )*};
}

pointers!(Box, Arc);

impl<T: Assemble> GroupType for T {
    const SHAPE: Shape = Shape::One;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        cx.one(T::assemble)
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        walk.one(|walk| T::walk(self, walk));
    }
}

impl<T: Assemble> GroupType for Option<T> {
    const SHAPE: Shape = Shape::Optional;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        if cx.has_next_group() {
            let outer = cx.optional.replace(cx.cursor.next_group());
            let value = cx.one(T::assemble).map(Some);
            cx.optional = outer;
            value
        } else {
            cx.warn_unused_settings();
            cx.skip_group();
            Some(None)
        }
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        match self {
            Some(group) => walk.one(|walk| T::walk(group, walk)),
            None => walk.absent_group(),
        }
    }
}

impl<T: Assemble> GroupType for Vec<T> {
    const SHAPE: Shape = Shape::List;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        let elements = cx.elements(T::layout(), Shape::List, T::assemble)?;
        Some(elements.into_iter().map(|(_, element)| element).collect())
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        let elements = self.iter().enumerate();
        let elements = elements.map(|(nth, element)| (nth.to_string(), element));
        walk.elements(Shape::List, elements, T::walk);
    }
}

impl<T: Assemble> GroupType for BTreeMap<String, T> {
    const SHAPE: Shape = Shape::Map;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        let elements = cx.elements(T::layout(), Shape::Map, T::assemble)?;
        Some(elements.into_iter().collect())
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        let elements = self.iter().map(|(key, element)| (key.clone(), element));
        walk.elements(Shape::Map, elements, T::walk);
    }
}

impl<T: Assemble> GroupType for Option<Vec<T>> {
    const SHAPE: Shape = Shape::List;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        let is_set = cx.has_next_elements();
        let elements = Vec::build(cx)?;
        Some(is_set.then_some(elements))
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        let elements = self.iter().flatten().enumerate();
        let elements = elements.map(|(nth, element)| (nth.to_string(), element));
        walk.elements(Shape::List, elements, T::walk);
    }
}

impl<T: Assemble, S: BuildHasher + Default> GroupType for HashMap<String, T, S> {
    const SHAPE: Shape = Shape::Map;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn build(cx: &mut Assembler<'_>) -> Option<Self> {
        let elements = cx.elements(T::layout(), Shape::Map, T::assemble)?;
        Some(elements.into_iter().collect())
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        let sorted: BTreeMap<&String, &T> = self.iter().collect();
        let elements = sorted
            .into_iter()
            .map(|(key, element)| (key.clone(), element));
        walk.elements(Shape::Map, elements, T::walk);
    }
}

impl Assembler<'_> {
    /// Whether a layer sets the next list of groups, or a part of it.
    fn has_next_elements(&self) -> bool {
        let at = self.cursor.leaf();
        self.trial.is_some()
            || self.resolved.slots[at].has_value()
            || self.resolved.parts.contains_key(&index(at))
    }

    fn one<T>(&mut self, assemble: fn(&mut Self) -> Option<T>) -> Option<T> {
        let outer = self.cursor.enter();
        let value = assemble(self);
        self.cursor.leave(outer);
        value
    }

    /// Whether the next group, an optional one, is present.
    fn has_next_group(&self) -> bool {
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
            || (group.first..group.end).any(|leaf| self.resolved.parts.contains_key(&leaf))
    }

    /// Warns about settings that are set in a group that is absent because its `present_if` has no value.
    fn warn_unused_settings(&mut self) {
        let at = self.cursor.next_group();
        let layout = self.cursor.layout;
        let Some(present_if) = layout.present_if(at) else {
            return;
        };
        let group = &layout.groups[at];
        let set = (group.first..group.end).filter(|leaf| {
            self.resolved.slots[usize::from(*leaf)].has_value()
                || self.resolved.parts.contains_key(leaf)
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

    /// Builds the next list or map of groups.
    fn elements<T>(
        &mut self,
        layout: &'static Layout,
        shape: Shape,
        assemble: fn(&mut Assembler<'_>) -> Option<T>,
    ) -> Option<Vec<(String, T)>> {
        let at = self.cursor.pass_leaf();
        let elements = self.take_elements(at, layout, shape)?;
        let mut values = Vec::with_capacity(elements.len());
        let mut is_complete = true;
        for (name, mut resolved) in elements {
            let element = self.cursor.element(at, shape, &name);
            match self.build_element(at, &mut resolved, element, assemble) {
                Some(value) => values.push((name.clone(), value)),
                None => is_complete = false,
            }
            let inside = self.resolved.elements.entry(index(at)).or_default();
            inside.push((name, resolved));
        }
        is_complete.then_some(values)
    }

    /// The slots of each element, from the values of the layers for a list or map of groups.
    fn take_elements(
        &mut self,
        at: usize,
        layout: &'static Layout,
        shape: Shape,
    ) -> Option<Vec<(String, Resolved)>> {
        let layer = self.resolved.layer_of(at);
        let slot = &mut self.resolved.slots[at];
        let value = std::mem::replace(&mut slot.value, SlotValue::Unset);
        if !matches!(value, SlotValue::Unset) {
            slot.value = SlotValue::Consumed;
        }
        let origin = slot.origin.clone();
        let hides = slot.overrides.take();
        let parts = self.resolved.parts.remove(&index(at)).unwrap_or_default();
        match value {
            SlotValue::Unreadable => {
                self.report_no_elements(at, None, origin);
                return None;
            }
            SlotValue::Empty => {
                let lower = parts.iter().rfind(|part| part.layer < layer);
                let lower = lower.map(|part| part.origin.clone());
                if let Some(hidden) = lower.or(hides.map(|hidden| *hidden)) {
                    self.warn_hidden(at, &hidden);
                }
            }
            _ => {}
        }
        let records_overridden = self.wants_overridden();
        let blank = self.resolved.of_element(layout);
        let blank = || {
            let mut element = blank.clone();
            element.overridden = records_overridden.then(Vec::new);
            element
        };
        let variable = self.cursor.variable(at);
        let elements =
            match resolve::elements(blank, shape, value, &origin, parts, layer, &variable) {
                Ok(_) if self.trial.is_some() => vec![("*".to_owned(), Resolved::new(layout))],
                Ok(elements) => elements,
                Err(problem) => {
                    let origin = problem.origin().cloned().unwrap_or(origin);
                    self.report_no_elements(at, None, origin);
                    let problem = problem
                        .at(self.cursor.key(at))
                        .variable_if(self.cursor.shell_variable(at));
                    self.resolved.problems.push(problem);
                    return None;
                }
            };
        if elements.is_empty() {
            self.report_no_elements(at, Some(shape), origin);
        }
        Some(elements)
    }

    /// Builds one element, and adds its problems and warnings.
    fn build_element<T>(
        &mut self,
        at: usize,
        resolved: &mut Resolved,
        element: Element,
        assemble: fn(&mut Assembler<'_>) -> Option<T>,
    ) -> Option<T> {
        let prefix = element.key.clone();
        // The warnings of its slots have the keys of the element's own layout.
        resolved.warnings.map(|warning| warning.within(&prefix));
        let mut inner = Assembler::in_element(resolved, self.context, element);
        inner.trial = self.trial.map(|trial| trial.of_element(at));
        inner.outermost = self.outermost.or(Some(index(at)));
        inner.observer = match &mut self.observer {
            Some(observer) => Some(&mut **observer),
            None => None,
        };
        inner.keeps_hashes |= self.keeps_hashes;
        let value = assemble(&mut inner);
        resolved.report_binding_problems(0, &prefix);
        if let (Some(observer), Some(overridden)) = (&mut self.observer, resolved.overridden.take())
        {
            let overridden = overridden.into_iter().map(|value| Overridden {
                within: prefix.clone(),
                ..value
            });
            observer.overridden(overridden.collect());
        }
        let all = &mut *self.resolved;
        all.problems.append(&mut resolved.problems);
        all.warnings.append(&mut resolved.warnings);
        all.unchecked.append(&mut resolved.unchecked);
        all.unknown_names.append(&mut resolved.unknown_names);
        all.unused_settings.append(&mut resolved.unused_settings);
        all.reported_names.append(&mut resolved.reported_names);
        value
    }
}

impl<T> fmt::Debug for GroupField<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupField")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}
