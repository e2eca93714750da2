//! Tells whether two readings of the layers found the same, without keeping what they found.

use super::{Resolved, SlotValue};
use crate::error::origin::Layer;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

impl Resolved {
    /// A print of all that the layers said, but for providers, which need not say the same twice.
    pub(crate) fn print(&self, key: &RandomState) -> u64 {
        let mut hasher = key.build_hasher();
        for slot in &self.slots {
            if slot.origin.layer() == Layer::Provider {
                (9_u8).hash(&mut hasher);
            } else {
                hash_said(&slot.said, &mut hasher);
            }
        }
        for (leaf, parts) in &self.parts {
            (leaf, parts.len()).hash(&mut hasher);
            for part in parts {
                part.path.hash(&mut hasher);
                hash_said(&part.said, &mut hasher);
            }
        }
        (self.problems.len(), self.warnings.len()).hash(&mut hasher);
        hasher.finish()
    }

    /// The files that variables name.
    pub(crate) fn named_files(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().filter_map(|slot| match &slot.said {
            SlotValue::FromFile(path) => Some(path.as_str()),
            _ => None,
        })
    }
}

fn hash_said(said: &SlotValue, hasher: &mut impl Hasher) {
    match said {
        SlotValue::Unset => 0_u8.hash(hasher),
        SlotValue::Empty => 1_u8.hash(hasher),
        SlotValue::Value(raw) => {
            2_u8.hash(hasher);
            raw.hash(hasher);
        }
        SlotValue::Tree(tree) => {
            3_u8.hash(hasher);
            tree.0.hash_text(hasher);
        }
        SlotValue::FromFile(path) => (4_u8, path).hash(hasher),
        SlotValue::Unreadable => 5_u8.hash(hasher),
        SlotValue::Consumed => 6_u8.hash(hasher),
    }
}
