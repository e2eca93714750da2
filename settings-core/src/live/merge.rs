//! Merge of a new load with the running settings: kept values, and changes that take effect.

use super::fingerprint::{Fingerprint, Kept, ValueHash};
use crate::{
    build::{Assemble, KeptLeaf, LeafValue, Position, Visitor, Walk, index},
    loaded::Loaded,
    resolve::Resolved,
    schema::{
        Leaf, Shape,
        layout::Layout,
        reload::{group_reloads, reloads},
    },
};
use std::{any::Any, collections::BTreeMap};

/// The settings that keep their running value, whatever a new load sets.
pub(super) struct KeptSettings {
    /// One entry per setting of the layout.
    leaves: Vec<bool>,
    /// For each optional group that is kept, whether it is present.
    groups: BTreeMap<u16, bool>,
}

/// Keys that differ between the running settings and a new load.
#[derive(Default)]
pub(super) struct Differing {
    /// Keys whose new value takes effect at once.
    pub(super) changed: Vec<String>,
    /// Keys that keep their running value until a restart.
    pub(super) restart_required: Vec<String>,
}

impl KeptSettings {
    /// Compares the optional groups that are present in the running and in the new load.
    pub(super) fn of(layout: &'static Layout, running: &Fingerprint, new: &Fingerprint) -> Self {
        let mut leaves: Vec<bool> = (0..layout.leaves.len())
            .map(|at| !reloads(layout, at))
            .collect();
        let mut groups = BTreeMap::new();
        let mut whole = vec![false; layout.groups.len()];
        for (at, group) in layout.groups.iter().enumerate() {
            // A kept group keeps everything inside it.
            whole[at] = group.nested.is_some() && whole[usize::from(group.parent)];
            let is_optional = group
                .nested
                .is_some_and(|nested| nested.shape == Shape::Optional);
            // Another variant takes effect at run time if the whole enum does.
            let decides = match layout.variant(at) {
                Some(_) => usize::from(group.parent),
                None => at,
            };
            if !is_optional || (group_reloads(layout, decides) && !whole[at]) {
                continue;
            }
            let group_at = index(at);
            let is_there = !running.absent.contains(&group_at);
            groups.insert(group_at, is_there);
            // A group that reloads only in part appears and disappears as a whole, at a restart.
            if is_there == new.absent.contains(&group_at) {
                whole[at] = true;
                leaves[usize::from(group.first)..usize::from(group.end)].fill(true);
            }
        }
        Self { leaves, groups }
    }

    fn stays(&self, value: ValueHash) -> bool {
        self.leaves.get(usize::from(value.leaf)).copied() == Some(true)
    }

    /// Whether any setting keeps its running value.
    pub(super) fn any(&self) -> bool {
        self.leaves.contains(&true)
    }

    /// Returns the running values for the next build.
    pub(super) fn kept<T: Assemble>(&self, running: &Loaded<T>) -> Kept {
        let mut values = Copies::of(running).0;
        let resolved = running.resolved();
        let kept = self.leaves.iter().enumerate().filter(|(_, stays)| **stays);
        let leaves = kept.filter_map(|(leaf, _)| {
            let at = index(leaf);
            let kept = KeptLeaf {
                value: values.remove(&at)?,
                slot: resolved.slots[leaf].clone(),
                inside: resolved.elements.get(at).cloned(),
                keys: resolved.map_keys.get(at).cloned(),
            };
            Some((at, kept))
        });
        Kept {
            leaves: leaves.collect(),
            groups: self.groups.clone(),
        }
    }

    /// Registers the kept secrets, so that derived properties do not show them.
    pub(super) fn keep_hidden<T: Assemble>(&self, running: &Loaded<T>, again: &mut Resolved) {
        let secret_hashes = running.resolved().secret_hashes.iter();
        let kept = secret_hashes.filter(|(leaf, _)| self.leaves[usize::from(*leaf)]);
        again.secret_hashes.extend(kept.cloned());
    }

    /// Returns the keys that differ, in the order of the struct.
    pub(super) fn differing(&self, running: &Fingerprint, new: &Fingerprint) -> Differing {
        let gone = running
            .leaves
            .iter()
            .filter(|(key, _)| !new.leaves.contains_key(*key));
        let other = new
            .leaves
            .iter()
            .filter(|(key, value)| running.leaves.get(*key) != Some(*value));
        let mut all: Vec<(&String, &ValueHash)> = gone.chain(other).collect();
        all.sort_by_key(|(key, value)| (value.leaf, *key));
        let mut differing = Differing::default();
        for (key, value) in all {
            if self.stays(*value) {
                differing.restart_required.push(key.clone());
            } else {
                differing.changed.push(key.clone());
            }
        }
        differing
    }

    /// Returns the hashes of the values in force after a change.
    pub(super) fn in_force(&self, running: &Fingerprint, new: &Fingerprint) -> Fingerprint {
        let mut in_force = new.clone();
        in_force.leaves.retain(|_, value| !self.stays(*value));
        let stay = running
            .leaves
            .iter()
            .filter(|(_, value)| self.stays(**value));
        in_force
            .leaves
            .extend(stay.map(|(key, value)| (key.clone(), *value)));
        for (group, is_there) in &self.groups {
            if *is_there {
                in_force.absent.remove(group);
            } else {
                in_force.absent.insert(*group);
            }
        }
        in_force
    }
}

/// A clone of each value of a struct, by its setting in the layout.
#[derive(Default)]
struct Copies(BTreeMap<u16, Box<dyn Any>>);

impl Copies {
    fn of<T: Assemble>(running: &Loaded<T>) -> Self {
        let mut copies = Self::default();
        running.walk(&mut Walk::new(running.resolved(), &mut copies));
        copies
    }

    fn insert(&mut self, leaf: usize, copy: Option<Box<dyn Any>>) {
        if let Some(copy) = copy {
            self.0.insert(index(leaf), copy);
        }
    }
}

impl Visitor for Copies {
    fn leaf(&mut self, position: Position<'_>, _: &'static Leaf, value: LeafValue<'_>) {
        self.insert(position.leaf, value.copy());
    }

    fn elements(&mut self, leaf: usize, copy: &dyn Fn() -> Option<Box<dyn Any>>) -> bool {
        self.insert(leaf, copy());
        true
    }

    fn element(&mut self, _: Position<'_>, _: Shape, _: &str, _: &mut dyn FnMut(&mut dyn Visitor)) {
    }
}
