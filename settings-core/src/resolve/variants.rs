//! Variants of enums: the settings of those that are not chosen are removed, and reported if they do not count.

use super::{
    Candidate, Overridden, Resolved, Scope, Slot, SlotValue, SourceOrder,
    flat_text::begins_like_json,
};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::Problem,
    },
    schema::{
        Kind, Leaf, Unknown, Variant,
        layout::{Layout, LayoutGroup},
        variants::named,
    },
    value::raw::Raw,
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
    /// Whether a value in place of a group may choose its variant.
    pub(super) fn is_enum(&self, group: u16) -> bool {
        self.layout.groups[usize::from(group)].group.tag.is_some()
    }

    /// Whether a list in place of a group is the value of one of its variants.
    pub(super) fn takes_list(&self, group: u16) -> bool {
        let value = self.layout.value_of_enum(group.into());
        let kind = value
            .and_then(|value| self.layout.leaf(value))
            .map(Leaf::kind);
        matches!(
            kind,
            Some(Kind::List(_) | Kind::Tuple(_) | Kind::Any | Kind::Unknown)
        )
    }

    /// Whether text in place of an enum is a value and not the JSON of the group.
    pub(super) fn takes_text(&self, group: u16, text: &str) -> bool {
        let text = text.trim_start();
        !begins_like_json(text) || text.starts_with('[') && self.takes_list(group)
    }

    /// Whether a leaf belongs to a variant that is not chosen.
    pub(crate) fn is_of_other_variant(&self, leaf: usize) -> bool {
        if self.other_variants.is_empty() {
            return false;
        }
        let mut group = self.layout.leaves[leaf].group;
        while group != 0 && !self.other_variants.contains(group) {
            group = self.layout.groups[usize::from(group)].parent;
        }
        self.other_variants.contains(group)
    }

    /// Binds a value in place of an enum: the name of a variant, or the value of the variant that takes any other.
    pub(super) fn bind_shorthand(
        &mut self,
        source: SourceOrder,
        group: u16,
        raw: Raw,
        origin: Origin,
    ) {
        let (layout, group) = (self.layout, usize::from(group));
        let variants = layout.variants_of(group);
        let variants: Vec<&Variant> = variants.filter_map(|at| layout.variant(at)).collect();
        let is_name = raw
            .as_text()
            .is_some_and(|text| named(text.trim(), &variants).is_some());
        let value = layout.value_of_enum(group).filter(|_| !is_name);
        // The tag is the first setting.
        let leaf = value.map_or(layout.groups[group].first, super::index);
        let candidate = Candidate {
            value: SlotValue::Value(raw),
            origin,
            scope: Scope::Group,
            is_canonical: true,
        };
        self.bind(source, layout.key_name_of(leaf), candidate);
    }

    /// Removes the values of the variants of an enum that are not chosen. Returns those that are set, but have no effect.
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
            self.other_variants.insert(super::index(variant), ());
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
                let group = leaves_of(&layout.groups[usize::from(group)]);
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
        let parts = self.parts.remove(at).unwrap_or_default();
        self.lower_values.remove(at);
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
