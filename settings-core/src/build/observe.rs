//! Observers of a build: they receive each setting, and may replace its value by that of an earlier build.

use super::{
    Assembler, Cursor, LeafType, LeafValue, SkippedGroup, index,
    leaf_type::{LeafPlace, NewValue},
};
use crate::{
    decode::Input,
    error::origin::Origin,
    resolve::{Overridden, Part, Resolved, Slot, SlotValue},
    schema::{Leaf, Shape},
    value::raw::Raw,
};
use std::any::Any;

/// Receives the results of a build besides the value. Every method does nothing by default.
pub(crate) trait Observer {
    /// The value of an earlier build that replaces those of the layers for a setting, or for a list or map of groups.
    fn kept(&mut self, leaf: u16) -> Option<KeptLeaf> {
        let _ = leaf;
        None
    }

    /// Whether an optional group is present, if an earlier build decided this.
    fn has_kept_group(&self, group: u16) -> Option<bool> {
        let _ = group;
        None
    }

    /// A value that is about to be decoded, and perhaps consumed; [`Self::leaf`] follows.
    fn raw(&mut self, leaf: &Leaf, raw: &Raw) {
        let _ = (leaf, raw);
    }

    /// A setting that was built, or is invalid.
    fn leaf(&mut self, built: &BuiltLeaf<'_>) {
        let _ = built;
    }

    /// A setting whose default is computed once the others of its struct are valid; [`Self::leaf`] follows then.
    fn pending(&mut self, cursor: &Cursor, leaf: usize) {
        let _ = (cursor, leaf);
    }

    /// An optional group without a value, outside of any list or map of groups if `is_outermost`.
    fn absent_group(&mut self, cursor: &Cursor, group: &SkippedGroup, is_outermost: bool) {
        let _ = (cursor, group, is_outermost);
    }

    /// A list or map of groups without elements (with its shape), or one that could not be read.
    fn no_elements(&mut self, cursor: &Cursor, leaf: usize, shape: Option<Shape>, origin: Origin) {
        let _ = (cursor, leaf, shape, origin);
    }

    /// The list or map that was reported last is an `Option` without a value.
    fn absent_elements(&mut self) {}

    /// Whether overridden values are to be recorded.
    fn wants_overridden(&self) -> bool {
        false
    }

    /// Values that were overridden by other layers or joined with them.
    fn overridden(&mut self, values: Vec<Overridden>) {
        let _ = values;
    }
}

/// A setting of a build.
#[cfg_attr(
    not(all(feature = "live", feature = "cli")),
    allow(dead_code, reason = "observers belong to optional features")
)]
pub(crate) struct BuiltLeaf<'a> {
    pub(crate) cursor: &'a Cursor,
    pub(crate) at: usize,
    pub(crate) leaf: &'static Leaf,
    pub(crate) slot: &'a Slot,
    pub(crate) field: &'a dyn LeafType,
    /// `None` if a problem prevented it.
    pub(crate) value: Option<LeafValue<'a>>,
    /// This setting in the layout of the whole struct, or the outermost list or map of groups that contains it.
    pub(crate) outermost: u16,
}

/// A value of an earlier build, with its slot.
#[derive(Debug)]
pub(crate) struct KeptLeaf {
    pub(crate) value: Box<dyn Any>,
    pub(crate) slot: Slot,
    pub(crate) inside: Option<Vec<(String, Resolved)>>,
    pub(crate) keys: Option<Vec<(String, Origin)>>,
}

impl Assembler<'_> {
    /// The value of an earlier build that replaces the values of the layers for a setting, if there is one.
    #[cold]
    pub(super) fn kept(&mut self, at: usize) -> Option<KeptLeaf> {
        if self.outermost.is_some() {
            return None;
        }
        self.observer.as_mut()?.kept(index(at))
    }

    /// Takes a kept value; it is checked together with the others.
    pub(super) fn keep(
        &mut self,
        at: usize,
        leaf: &Leaf,
        target: &mut LeafPlace<'_>,
        kept: KeptLeaf,
    ) -> Option<()> {
        target.set(NewValue::Kept(kept.value))?;
        let mut slot = kept.slot;
        let raw = match std::mem::replace(&mut slot.value, SlotValue::Unset) {
            SlotValue::Value(raw) => Some(raw),
            value => {
                slot.value = value;
                None
            }
        };
        self.resolved.slots[at] = slot;
        self.resolved.map_keys.remove(index(at));
        if let Some(keys) = kept.keys {
            self.resolved.map_keys.insert(index(at), keys);
        }
        if raw.is_none() {
            let value = target.value()?;
            if target.field.facts().optional && value.text().is_none() {
                return Some(());
            }
            if leaf.watched {
                value.reveal(&mut |text| {
                    self.note_conditions(at, leaf, target.field, Input::Text(text));
                });
            }
        }
        self.accept(at, leaf, target, raw)
    }

    /// Takes a kept list or map of groups.
    pub(super) fn keep_elements<T: 'static>(&mut self, at: usize, kept: KeptLeaf) -> Option<T> {
        let value = kept.value.downcast::<T>().ok()?;
        self.resolved.slots[at] = kept.slot;
        self.resolved.parts.remove(index(at));
        if let Some(inside) = kept.inside {
            self.resolved.elements.insert(index(at), inside);
        }
        Some(*value)
    }

    pub(super) fn wants_overridden(&self) -> bool {
        let observer = self.observer.as_ref();
        observer.is_some_and(|observer| observer.wants_overridden())
    }

    /// Reports the value of each layer for a map whose keys several layers set.
    #[cold]
    pub(super) fn report_parts(&mut self, at: usize, layer: u16, parts: &[Part]) {
        let slot = &self.resolved.slots[at];
        let is_map = matches!(slot.value, SlotValue::Value(_));
        let layout = self.cursor.layout;
        let whole = is_map.then(|| Overridden {
            is_in_force: true,
            ..Overridden::new(layout, at, slot.value.clone(), slot.origin.clone())
        });
        let is_unset = matches!(slot.value, SlotValue::Unset);
        let parts = parts.iter().enumerate().map(|(nth, part)| {
            let is_last = parts[nth + 1..].iter().all(|later| later.path != part.path);
            Overridden {
                map_key: part.path.first().cloned(),
                is_in_force: is_last && (is_unset || part.layer >= layer),
                ..Overridden::new(layout, at, part.value.clone(), part.origin.clone())
            }
        });
        let parts: Vec<Overridden> = parts.collect();
        // A value for the whole map without separate keys is reported as the value in force.
        let is_joined = parts.iter().any(|part| part.is_in_force);
        let values = whole.into_iter().filter(|_| is_joined).chain(parts);
        let values = values.map(|value| Overridden {
            within: self.cursor.element_key().to_owned(),
            ..value
        });
        let values = values.collect();
        if let Some(observer) = &mut self.observer {
            observer.overridden(values);
        }
    }

    /// Reports the values of all layers, which are combined.
    #[cold]
    pub(super) fn report_layers(&mut self, at: usize, values: &[(SlotValue, Origin)]) {
        let layout = self.cursor.layout;
        let values = values.iter().map(|(value, origin)| Overridden {
            within: self.cursor.element_key().to_owned(),
            is_in_force: true,
            ..Overridden::new(layout, at, value.clone(), origin.clone())
        });
        let values = values.collect();
        if let Some(observer) = &mut self.observer {
            observer.overridden(values);
        }
    }

    #[cold]
    pub(super) fn report_leaf(
        &mut self,
        at: usize,
        leaf: &'static Leaf,
        target: &LeafPlace<'_>,
        built: Option<()>,
    ) {
        let built = BuiltLeaf {
            cursor: &self.cursor,
            at,
            leaf,
            slot: &self.resolved.slots[at],
            field: target.field,
            value: built.and_then(|()| target.value()),
            outermost: self.outermost.unwrap_or_else(|| index(at)),
        };
        if let Some(observer) = &mut self.observer {
            observer.leaf(&built);
        }
    }

    pub(super) fn report_no_elements(&mut self, at: usize, shape: Option<Shape>, origin: Origin) {
        if let Some(observer) = &mut self.observer {
            observer.no_elements(&self.cursor, at, shape, origin);
        }
    }

    pub(super) fn report_absent_elements(&mut self) {
        if let Some(observer) = &mut self.observer {
            observer.absent_elements();
        }
    }
}
