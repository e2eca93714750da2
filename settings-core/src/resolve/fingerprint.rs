//! Fingerprint of all values of the sources, to compare two readings without keeping the values.

use super::{Resolved, SlotValue};
use crate::error::origin::{Layer, Origin};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

impl Resolved {
    /// The fingerprint of every value, without providers: they may return different values each time.
    pub(crate) fn fingerprint(&self, key: &RandomState) -> u64 {
        let mut hasher = key.build_hasher();
        for slot in &self.slots {
            if slot.origin.layer() == Layer::Provider {
                (9_u8).hash(&mut hasher);
            } else {
                hash_value(&slot.value, &mut hasher);
            }
        }
        for (leaf, values) in self.lower_values.iter() {
            (leaf, values.len()).hash(&mut hasher);
            for lower in values {
                hash_value(&lower.value, &mut hasher);
            }
        }
        for (leaf, parts) in self.parts.iter() {
            (leaf, parts.len()).hash(&mut hasher);
            for part in parts {
                part.path.hash(&mut hasher);
                hash_value(&part.value, &mut hasher);
            }
        }
        for (group, presence) in self.optional_groups.iter() {
            (group, presence.is_written()).hash(&mut hasher);
        }
        (self.problems.len(), self.warnings.len()).hash(&mut hasher);
        hasher.finish()
    }

    /// Takes the overridden values, and returns for each its setting, its origin and a hash of the value.
    pub(crate) fn take_overridden(&mut self, key: &RandomState) -> Vec<(usize, Origin, u64)> {
        let values = self.overridden.take().into_iter().flatten();
        let hashes = values.map(|value| {
            let mut hasher = key.build_hasher();
            value.map_key.hash(&mut hasher);
            hash_value(&value.value, &mut hasher);
            (value.leaf, value.origin, hasher.finish())
        });
        hashes.collect()
    }

    /// The files that `_FILE` variables name.
    pub(crate) fn named_files(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().filter_map(|slot| match &slot.value {
            SlotValue::FromFile(path) => Some(path.as_str()),
            _ => None,
        })
    }
}

fn hash_value(value: &SlotValue, hasher: &mut impl Hasher) {
    match value {
        SlotValue::Unset => 0_u8.hash(hasher),
        SlotValue::Empty => 1_u8.hash(hasher),
        SlotValue::Value(raw) => {
            2_u8.hash(hasher);
            raw.hash(hasher);
        }
        SlotValue::Groups(groups) => {
            3_u8.hash(hasher);
            groups.0.hash_text(hasher);
        }
        SlotValue::FromFile(path) => (4_u8, path).hash(hasher),
        SlotValue::Unreadable => 5_u8.hash(hasher),
        SlotValue::Consumed => 6_u8.hash(hasher),
    }
}
