//! Which settings keep their running value after a reload, and which changes take effect.

use crate::{
    build::{Assemble, Kept, KeptLeaf, Print, Prints, index},
    loaded::Loaded,
    resolve::Resolved,
    schema::{
        Shape,
        layout::Layout,
        reload::{group_reloads, reloads},
    },
};
use std::collections::BTreeMap;

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
    pub(super) fn of(layout: &'static Layout, running: &Prints, new: &Prints) -> Self {
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
            if !is_optional || (group_reloads(layout, at) && !whole[at]) {
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

    fn stays(&self, print: Print) -> bool {
        self.leaves.get(usize::from(print.leaf)).copied() == Some(true)
    }

    /// Whether any setting keeps its running value.
    pub(super) fn any(&self) -> bool {
        self.leaves.contains(&true)
    }

    /// Returns the running values for the next build.
    pub(super) fn kept<T: Assemble>(&self, running: &Loaded<T>) -> Kept {
        let mut values = running.copies().leaves;
        let resolved = running.resolved();
        let kept = self.leaves.iter().enumerate().filter(|(_, stays)| **stays);
        let leaves = kept.filter_map(|(leaf, _)| {
            let at = index(leaf);
            let kept = KeptLeaf {
                value: values.remove(&at)?,
                slot: resolved.slots[leaf].clone(),
                inside: resolved.inside.get(&at).cloned(),
                keys: resolved.keys.get(&at).cloned(),
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
    pub(super) fn differing(&self, running: &Prints, new: &Prints) -> Differing {
        let gone = running
            .leaves
            .iter()
            .filter(|(key, _)| !new.leaves.contains_key(*key));
        let other = new
            .leaves
            .iter()
            .filter(|(key, print)| running.leaves.get(*key) != Some(*print));
        let mut all: Vec<(&String, &Print)> = gone.chain(other).collect();
        all.sort_by_key(|(key, print)| (print.leaf, *key));
        let mut differing = Differing::default();
        for (key, print) in all {
            if self.stays(*print) {
                differing.restart_required.push(key.clone());
            } else {
                differing.changed.push(key.clone());
            }
        }
        differing
    }

    /// Returns the hashes of the values in force after a change.
    pub(super) fn in_force(&self, running: &Prints, new: &Prints) -> Prints {
        let mut prints = new.clone();
        prints.leaves.retain(|_, print| !self.stays(*print));
        let stay = running
            .leaves
            .iter()
            .filter(|(_, print)| self.stays(**print));
        prints
            .leaves
            .extend(stay.map(|(key, print)| (key.clone(), *print)));
        for (group, is_there) in &self.groups {
            if *is_there {
                prints.absent.remove(group);
            } else {
                prints.absent.insert(*group);
            }
        }
        prints
    }
}
