//! Presence of optional groups that a source sets as a whole.

use super::{Overridden, Resolved, Slot, SourceOrder};
use crate::{error::origin::Origin, schema::Shape};

/// Presence of an optional group, as sources set it as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupPresence {
    /// The highest layer that contains a table for it, which may be empty, and its origin.
    written: Option<(u16, Origin)>,
    /// The highest layer that sets it to nothing.
    discarded: Option<u16>,
}

impl GroupPresence {
    #[cfg(feature = "live")]
    pub(super) fn is_written(&self) -> bool {
        self.written.is_some()
    }
}

impl Resolved {
    pub(super) fn is_optional(&self, group: u16) -> bool {
        let nested = self.layout.groups[usize::from(group)].nested;
        nested.is_some_and(|nested| nested.shape == Shape::Optional)
    }

    /// Records that a source contains a table for an optional group, and so for the groups around it.
    pub(super) fn write_group(&mut self, source: SourceOrder, group: u16, origin: &Origin) {
        let parent = self.layout.groups[usize::from(group)].parent;
        if parent != group {
            self.write_group(source, parent, origin);
        }
        if !self.is_optional(group) {
            return;
        }
        let presence = self.optional_groups.get_or_default(group);
        let below = presence.written.as_ref();
        if below.is_none_or(|(layer, _)| *layer <= source.layer) {
            presence.written = Some((source.layer, origin.clone()));
        }
    }

    /// Records that a source sets an optional group to nothing, which discards the values of lower layers.
    pub(super) fn discard_group(&mut self, source: SourceOrder, group: u16) {
        if self.is_optional(group) {
            let presence = self.optional_groups.get_or_default(group);
            presence.discarded = presence.discarded.max(Some(source.layer));
        }
    }

    /// Removes the values below the layers that set optional groups to nothing.
    pub(crate) fn apply_discards(&mut self) {
        let discarded: Vec<(u16, u16)> = self
            .optional_groups
            .iter()
            .filter_map(|(group, presence)| Some((group, presence.discarded?)))
            .collect();
        for (group, layer) in discarded {
            let (first, end) = {
                let group = &self.layout.groups[usize::from(group)];
                (group.first, group.end)
            };
            for leaf in first..end {
                if let Some(parts) = self.parts.get_mut(leaf) {
                    parts.retain(|part| part.layer >= layer);
                }
                if let Some(values) = self.lower_values.get_mut(leaf) {
                    values.retain(|value| value.layer >= layer);
                }
                let slot = &mut self.slots[usize::from(leaf)];
                if slot.name.layer < layer && slot.has_value() {
                    let Slot { value, origin, .. } = std::mem::replace(slot, Slot::UNSET);
                    if let Some(overridden) = &mut self.overridden {
                        let leaf = usize::from(leaf);
                        overridden.push(Overridden::new(self.layout, leaf, value, origin));
                    }
                }
            }
            self.parts.retain(|_, parts| !parts.is_empty());
            let layout = self.layout;
            for (inner, presence) in self.optional_groups.iter_mut() {
                let inner = &layout.groups[usize::from(inner)];
                let is_inside = first <= inner.first && inner.end <= end;
                if is_inside && presence.written.as_ref().is_some_and(|(at, _)| *at < layer) {
                    presence.written = None;
                }
            }
        }
    }

    /// The origin of the table that makes an optional group present, if there is one.
    pub(crate) fn table_of(&self, group: u16) -> Option<&Origin> {
        let (_, origin) = self.optional_groups.get(group)?.written.as_ref()?;
        Some(origin)
    }
}
