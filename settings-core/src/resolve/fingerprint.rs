//! Tells whether two readings of the layers found the same, without keeping what they found.

use super::{Resolved, SlotValue};
use crate::{error::origin::Layer, value::node::Node};
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
            hash_node(&tree.0, hasher);
        }
        SlotValue::FromFile(path) => (4_u8, path).hash(hasher),
        SlotValue::Unreadable => 5_u8.hash(hasher),
        SlotValue::Consumed => 6_u8.hash(hasher),
    }
}

fn hash_node(node: &Node<'_>, hasher: &mut impl Hasher) {
    match node {
        Node::Null => 0_u8.hash(hasher),
        Node::Bool(value) => (1_u8, value).hash(hasher),
        Node::Int(value) => (2_u8, value).hash(hasher),
        Node::Float(value) => (3_u8, value.to_bits()).hash(hasher),
        Node::Number(text) => (4_u8, text).hash(hasher),
        Node::Text(text) => (5_u8, text).hash(hasher),
        Node::List(items) => {
            (6_u8, items.len()).hash(hasher);
            for item in items {
                hash_node(&item.value, hasher);
            }
        }
        Node::Table(entries) => {
            (7_u8, entries.len()).hash(hasher);
            for entry in entries {
                entry.key.hash(hasher);
                hash_node(&entry.value, hasher);
            }
        }
    }
}
