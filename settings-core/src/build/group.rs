//! Nested fields: one group, perhaps one, a list or a map of them.

use super::{Assemble, Assembler, Within, index, nested_groups};
use crate::{
    error::origin::Origin,
    resolve::{self, Resolved, Slot, SlotValue},
    schema::{Field, Group, Nested, Schema, Shape, layout::Layout},
    view::rows::{self, Row, Shown, Shows},
};
use std::{collections::BTreeMap, fmt};

/// Types that a nested field may have: a struct of settings, or an `Option`, `Vec` or `BTreeMap<String, _>` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group of settings",
    label = "not a group of settings",
    note = "derive `Settings` for it, with `#[settings(group)]` if it is only ever a part of others",
    note = "a list of groups is a `Vec`, a map of them a `BTreeMap<String, _>`; anything else is a leaf, without `nested`"
)]
pub trait GroupType: Sized {
    /// How many there are.
    const SHAPE: Shape;
    /// The schema of one.
    const SCHEMA: &'static Schema;
    /// The layout of one.
    fn layout() -> &'static Layout;
    /// Builds all.
    fn nest(cx: &mut Assembler<'_>) -> Option<Self>;
    /// Shows all.
    fn show(&self, out: &mut Shown<'_>);
}

/// How a nested field of type `T` is built and shown.
pub struct GroupField<T> {
    shape: Shape,
    schema: &'static Schema,
    pub(super) nest: fn(&mut Assembler<'_>) -> Option<T>,
    pub(crate) clone: Option<fn(&T) -> T>,
    show: fn(&T, &mut Shown<'_>),
}

impl<T> GroupField<T> {
    /// A nested field; `clone` makes a second one of it, if it is `Clone`.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if `env` stands inside of a list or map of groups.
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
            nest: T::nest,
            clone,
            show: T::show,
        }
    }

    /// Refuses `flatten` where there are several: a name tells which one is meant.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if this is a list or map of groups.
    #[track_caller]
    pub const fn must_be_one(&self) {
        assert!(
            matches!(self.shape, Shape::One | Shape::Optional),
            "a list or map of groups needs its name in the path: `nested` instead of `flatten`"
        );
    }

    /// The nested field that is built this way.
    pub const fn nested(&self, key: &'static str, doc: &'static str) -> Nested {
        Nested::new(key, doc, self.shape, self.schema.root, self.clone.is_some())
    }

    /// Whether it is a list or map of groups, which the layout has as one leaf.
    pub(crate) fn is_several(&self) -> bool {
        matches!(self.shape, Shape::List | Shape::Map)
    }

    pub(crate) fn show(&self, value: &T, out: &mut Shown<'_>) {
        (self.show)(value, out);
    }
}

/// A variable means one leaf; of a list or map of groups there are several.
#[track_caller]
const fn refuse_env(group: &Group) {
    let mut at = 0;
    while at < group.fields.len() {
        match &group.fields[at] {
            Field::Leaf(leaf) => assert!(
                leaf.env.is_empty(),
                "a leaf with `env` stands inside of a list or map of groups, where one variable would mean several leaves"
            ),
            Field::Group(nested) => refuse_env(nested.group),
        }
        at += 1;
    }
}

impl<T: Assemble> GroupType for T {
    const SHAPE: Shape = Shape::One;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn nest(cx: &mut Assembler<'_>) -> Option<Self> {
        cx.one(T::assemble)
    }

    fn show(&self, out: &mut Shown<'_>) {
        out.one(|out| T::show(self, out));
    }
}

impl<T: Assemble> GroupType for Option<T> {
    const SHAPE: Shape = Shape::Optional;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn nest(cx: &mut Assembler<'_>) -> Option<Self> {
        if cx.has_next_group() {
            let outer = cx.optional.replace(cx.group + 1);
            let value = cx.one(T::assemble).map(Some);
            cx.optional = outer;
            value
        } else {
            cx.skip_group();
            Some(None)
        }
    }

    fn show(&self, out: &mut Shown<'_>) {
        match self {
            Some(group) => out.one(|out| T::show(group, out)),
            None => out.skip_group(),
        }
    }
}

impl<T: Assemble> GroupType for Vec<T> {
    const SHAPE: Shape = Shape::List;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn nest(cx: &mut Assembler<'_>) -> Option<Self> {
        let elements = cx.elements(T::layout(), Shape::List, T::assemble)?;
        Some(elements.into_iter().map(|(_, element)| element).collect())
    }

    fn show(&self, out: &mut Shown<'_>) {
        let elements = self.iter().enumerate();
        out.elements(
            true,
            elements.map(|(n, element)| (n.to_string(), element)),
            T::show,
        );
    }
}

impl<T: Assemble> GroupType for BTreeMap<String, T> {
    const SHAPE: Shape = Shape::Map;
    const SCHEMA: &'static Schema = <T as Assemble>::SCHEMA;

    fn layout() -> &'static Layout {
        T::layout()
    }

    fn nest(cx: &mut Assembler<'_>) -> Option<Self> {
        let elements = cx.elements(T::layout(), Shape::Map, T::assemble)?;
        Some(elements.into_iter().collect())
    }

    fn show(&self, out: &mut Shown<'_>) {
        let elements = self.iter();
        out.elements(
            false,
            elements.map(|(key, element)| (key.clone(), element)),
            T::show,
        );
    }
}

impl Assembler<'_> {
    pub(super) fn one<T>(&mut self, assemble: fn(&mut Self) -> Option<T>) -> Option<T> {
        let outer = self.here;
        self.group += 1;
        self.here = self.group;
        let value = assemble(self);
        self.here = outer;
        value
    }

    /// Whether the next group, which is optional, is there.
    fn has_next_group(&self) -> bool {
        let kept = self.aside.as_ref();
        match kept.and_then(|aside| aside.has_kept_group(index(self.group + 1))) {
            Some(has) => has,
            None => self.trial.is_some() || self.next_group_has_value(),
        }
    }

    fn next_group_has_value(&self) -> bool {
        let group = &self.layout.groups[self.group + 1];
        let leaves = usize::from(group.first)..usize::from(group.end);
        let mut slots = self.resolved.slots[leaves.clone()].iter();
        slots.any(Slot::has_value)
            || leaves
                .clone()
                .any(|leaf| self.resolved.parts.contains_key(&index(leaf)))
    }

    pub(super) fn skip_group(&mut self) {
        let skipped = self.group + 1;
        let group = &self.layout.groups[skipped];
        for at in self.leaf..usize::from(group.end) {
            if self.wants_rows() {
                let row = Row::seen(self.key(at), Shows::Nothing, self.variable(at));
                if let Some(aside) = &mut self.aside {
                    aside.row(row);
                }
            }
        }
        self.leaf = usize::from(group.end);
        if let Some(aside) = &mut self.aside {
            aside.skipped(index(skipped));
        }
        // The groups inside follow it directly, and begin where it begins or later.
        self.group = skipped + nested_groups(group.group);
    }

    /// The next list or map of groups.
    pub(super) fn elements<T>(
        &mut self,
        layout: &'static Layout,
        shape: Shape,
        assemble: fn(&mut Assembler<'_>) -> Option<T>,
    ) -> Option<Vec<(String, T)>> {
        let at = self.leaf;
        self.leaf += 1;
        let (key, variable) = (self.key(at), self.variable(at));
        let layer = self.resolved.layer_of(at);
        let slot = &mut self.resolved.slots[at];
        let said = std::mem::replace(&mut slot.said, SlotValue::Unset);
        if !matches!(said, SlotValue::Unset) {
            slot.said = SlotValue::Consumed;
        }
        let origin = slot.origin.clone();
        let hides = slot.hides.take();
        let parts = self.resolved.parts.remove(&index(at)).unwrap_or_default();
        match said {
            SlotValue::Unreadable => {
                self.note_elements(at, Shows::Unsound, origin);
                return None;
            }
            SlotValue::Empty => {
                let lower = parts.iter().rfind(|part| part.layer < layer);
                if let Some(hidden) = lower
                    .map(|part| part.origin.clone())
                    .or(hides.map(|hidden| *hidden))
                {
                    self.warn_hidden(at, &hidden);
                }
            }
            _ => {}
        }
        let trial = self.trial.map(|trial| trial.of_element(at));
        let wants_losers = self.wants_rows();
        let blank = || {
            let mut element = Resolved::new(layout);
            element.overridden = wants_losers.then(Vec::new);
            element
        };
        let elements = match resolve::elements(blank, shape, said, &origin, parts, layer, &variable)
        {
            Ok(_) if trial.is_some() => vec![("*".to_owned(), Resolved::new(layout))],
            Ok(elements) => elements,
            Err(problem) => {
                let origin = problem.origin().cloned().unwrap_or(origin);
                self.note_elements(at, Shows::Unsound, origin);
                self.resolved
                    .problems
                    .push(problem.at(key).variable(variable));
                return None;
            }
        };
        if elements.is_empty() {
            let none = rows::none_of_them(shape == Shape::List);
            self.note_elements(at, Shows::Structure(none), origin);
        }
        let is_outermost = match &mut self.aside {
            Some(aside) => aside.enter_elements(index(at)),
            None => false,
        };
        let mut values = Vec::with_capacity(elements.len());
        let mut all = true;
        for (name, mut resolved) in elements {
            let within = Within {
                key: match shape {
                    Shape::List => format!("{key}[{name}]."),
                    _ => format!("{key}.{name}."),
                },
                variable: format!("{variable}__{name}__"),
            };
            // What was told while the element was filled knows only the keys in it.
            let told = resolved.warnings.drain(..);
            resolved.warnings = told.map(|told| told.within(&within.key)).collect();
            let mut inner = Assembler::new(&mut resolved, self.around);
            inner.within = within;
            inner.trial = trial;
            inner.aside = self.aside.as_deref_mut();
            inner.hidden.follow(&self.hidden);
            let value = assemble(&mut inner);
            let within = std::mem::take(&mut inner.within.key);
            self.hidden.append(&mut inner.hidden);
            resolved.tell_in_order(0, &within);
            if let (Some(aside), Some(overridden)) = (&mut self.aside, resolved.overridden.take()) {
                aside.lost(overridden, &within);
            }
            self.resolved.problems.append(&mut resolved.problems);
            self.resolved.warnings.append(&mut resolved.warnings);
            self.resolved.unchecked.append(&mut resolved.unchecked);
            self.resolved.unknown.append(&mut resolved.unknown);
            self.resolved.told.append(&mut resolved.told);
            match value {
                Some(value) => values.push((name.clone(), value)),
                None => all = false,
            }
            self.resolved
                .inside
                .entry(index(at))
                .or_default()
                .push((name, resolved));
        }
        if is_outermost && let Some(aside) = &mut self.aside {
            aside.leave_elements();
        }
        all.then_some(values)
    }

    /// A row for a list or map of groups that has no elements, or none that can be told.
    fn note_elements(&mut self, at: usize, shows: Shows, origin: Origin) {
        if self.wants_rows() {
            let row = Row::seen(self.key(at), shows, self.variable(at));
            if let Some(aside) = &mut self.aside {
                aside.row(Row {
                    origin: Some(origin),
                    ..row
                });
            }
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
