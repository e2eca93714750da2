//! Variants of enums: the settings of those that are not chosen are removed, and reported if they do not count.

use super::{Overridden, Resolved, Slot, SlotValue};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::Problem,
    },
    schema::{
        Unknown,
        layout::{Layout, LayoutGroup},
    },
};
use std::ops::Range;

/// A setting of a variant that is not chosen, although the layer of the tag or a higher one sets it.
#[derive(Debug)]
pub(crate) struct UnusedSetting {
    pub(crate) leaf: usize,
    pub(crate) origin: Origin,
    /// The names of the variants that have it.
    pub(crate) variants: Vec<&'static str>,
}

/// The variant that is chosen, and the layer that chose it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChosenVariant {
    /// The group of the variant.
    pub(crate) group: usize,
    /// The layer of the tag.
    pub(crate) layer: u16,
}

impl Resolved {
    /// Removes the values of the variants of an enum that are not chosen. Returns those that are set in vain.
    pub(crate) fn keep_variant(
        &mut self,
        group: usize,
        chosen: Option<ChosenVariant>,
    ) -> Vec<UnusedSetting> {
        let mut unused = Vec::new();
        for variant in self.layout.variants_of(group) {
            if chosen.is_some_and(|chosen| chosen.group == variant) {
                continue;
            }
            let leaves = leaves_of(&self.layout.groups[variant]);
            let name = self
                .layout
                .variant(variant)
                .map_or("", |variant| variant.name);
            for leaf in leaves.clone() {
                for origin in self.remove_unchosen(leaf, chosen) {
                    note(&mut unused, self.layout, leaf, origin, name);
                }
            }
            let is_kept = |(leaf, _): &(u16, Problem)| !leaves.contains(&usize::from(*leaf));
            self.binding_problems.retain(is_kept);
            self.variant_warnings.retain(is_kept);
            let layout = self.layout;
            self.optional_groups.retain(|group, _| {
                let group = leaves_of(&layout.groups[usize::from(*group)]);
                group.is_empty() || !(leaves.start <= group.start && group.end <= leaves.end)
            });
        }
        unused
    }

    /// Removes the values of a setting. Returns the origins of those that the layer of the tag or a higher one sets by a
    /// name that the chosen variant does not have.
    fn remove_unchosen(&mut self, leaf: usize, chosen: Option<ChosenVariant>) -> Vec<Origin> {
        let slot = std::mem::replace(&mut self.slots[leaf], Slot::UNSET);
        let at = super::index(leaf);
        let parts = self.parts.remove(&at).unwrap_or_default();
        self.lower_values.remove(&at);
        let Some(chosen) = chosen else {
            return Vec::new();
        };
        let leaves = leaves_of(&self.layout.groups[chosen.group]);
        let mut origins = Vec::new();
        let is_shared = self.layout.ring_touches(slot.name.ring, &leaves);
        if slot.has_value() && !is_shared {
            if slot.name.layer >= chosen.layer && !matches!(slot.value, SlotValue::Unreadable) {
                origins.push(slot.origin.clone());
            }
            if let Some(overridden) = &mut self.overridden {
                overridden.push(Overridden::new(self.layout, leaf, slot.value, slot.origin));
            }
        }
        let above = parts.into_iter().filter(|part| part.layer >= chosen.layer);
        if !self.layout.shares_a_name(leaf, &leaves) {
            origins.extend(above.map(|part| part.origin));
        }
        origins
    }

    /// Reports the settings of variants that are not chosen, by the policy of the schema.
    pub(super) fn report_unused_settings(&mut self) {
        for problem in std::mem::take(&mut self.unused_settings) {
            let layer = problem.origin().map_or(Layer::Default, Origin::layer);
            let policy = match layer {
                Layer::SecretsDir => Unknown::Ignore,
                Layer::Argument | Layer::Set => Unknown::Deny,
                _ => self.layout.schema.unknown,
            };
            let key = problem.key().unwrap_or_default();
            match policy {
                Unknown::Deny => self.problems.push(problem),
                Unknown::Warn if !self.layout.ignores_key(key) => self.warnings.push(problem),
                _ => {}
            }
        }
    }
}

/// Adds a setting, or another variant that has it.
fn note(
    unused: &mut Vec<UnusedSetting>,
    layout: &Layout,
    leaf: usize,
    origin: Origin,
    variant: &'static str,
) {
    let is_same = |known: &&mut UnusedSetting| {
        known.origin == origin && layout.key_of(known.leaf) == layout.key_of(leaf)
    };
    match unused.iter_mut().find(is_same) {
        Some(known) if known.variants.contains(&variant) => {}
        Some(known) => known.variants.push(variant),
        None => unused.push(UnusedSetting {
            leaf,
            origin,
            variants: vec![variant],
        }),
    }
}

fn leaves_of(group: &LayoutGroup) -> Range<usize> {
    usize::from(group.first)..usize::from(group.end)
}
