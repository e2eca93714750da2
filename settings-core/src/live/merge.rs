//! What stays as it runs when settings are loaded again, and what of a change is in force.

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

/// Which leaves keep their running value, whatever a new load says.
pub(super) struct Staying {
    /// For each leaf of the layout.
    leaves: Vec<bool>,
    /// For each optional group that stays as it is, whether it is there.
    groups: BTreeMap<u16, bool>,
}

/// The keys that differ between what runs and a new load.
#[derive(Default)]
pub(super) struct Differing {
    /// Those whose new value is in force at once.
    pub(super) changed: Vec<String>,
    /// Those that stay as they run.
    pub(super) restart_required: Vec<String>,
}

impl Staying {
    /// `absent_now` and `absent_then` are the optional groups that were not there in the running and in the new load.
    pub(super) fn of(layout: &'static Layout, running: &Prints, new: &Prints) -> Self {
        let mut leaves: Vec<bool> = (0..layout.leaves.len())
            .map(|at| !reloads(layout, at))
            .collect();
        let mut groups = BTreeMap::new();
        let mut whole = vec![false; layout.groups.len()];
        for (at, group) in layout.groups.iter().enumerate() {
            // What stands in a group that stays stays with it.
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
            // A group of which only a part reloads comes and goes at a restart, as a whole.
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

    /// Whether any leaf stays.
    pub(super) fn any(&self) -> bool {
        self.leaves.contains(&true)
    }

    /// The running values that stand in the next build.
    pub(super) fn kept<T: Assemble>(&self, running: &Loaded<T>) -> Kept {
        let mut values = running.copies().leaves;
        let resolved = running.resolved();
        let staying = self.leaves.iter().enumerate().filter(|(_, stays)| **stays);
        let leaves = staying.filter_map(|(leaf, _)| {
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

    /// Of a secret that stays a derived property must not tell either.
    pub(super) fn keep_hidden<T: Assemble>(&self, running: &Loaded<T>, again: &mut Resolved) {
        let secret_hashes = running.resolved().secret_hashes.iter();
        let staying = secret_hashes.filter(|(leaf, _)| self.leaves[usize::from(*leaf)]);
        again.secret_hashes.extend(staying.cloned());
    }

    /// What differs, in the order of the struct.
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

    /// The prints of what runs after a change.
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
