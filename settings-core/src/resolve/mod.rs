//! One slot a leaf; the highest layer wins.

mod bind_flat;
mod bind_table;
mod collections;
#[cfg(feature = "live")]
mod fingerprint;
mod precedence;
mod slots;
mod unknown;

pub(crate) use bind_flat::FlatText;
pub(crate) use bind_table::At;
pub(crate) use collections::{elements, merge_map};
pub(crate) use precedence::Place;
pub(crate) use slots::{Given, Overridden, Part, Slot, SlotValue, Tree};
pub(crate) use unknown::{UnknownName, near_key, near_miss};

use self::precedence::From;
use crate::{
    error::{
        origin::Origin,
        problem::{Problem, ProblemKind},
        redact::{SecretHash, Secrets},
    },
    schema::{
        layout::{Layout, Name, Target},
        lookup::NameTarget,
    },
};
use std::collections::{BTreeMap, HashSet};

/// The slots while the layers are read.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) layout: &'static Layout,
    pub(crate) slots: Vec<Slot>,
    pub(crate) parts: BTreeMap<u16, Vec<Part>>,
    pub(crate) problems: Vec<Problem>,
    /// Problems with what a layer has for a leaf, until the leaves are built and they can stand in the order of the struct.
    early: Vec<(u16, Problem)>,
    pub(crate) warnings: Vec<Problem>,
    /// Names that lead to no leaf.
    pub(crate) unknown: Vec<UnknownName>,
    /// Structs whose own check could not be made.
    pub(crate) unchecked: Vec<String>,
    /// Misspelt names that were told where a leaf is missing.
    pub(crate) told: Vec<String>,
    /// Secrets that a derived property must not show, of types that don't give their text.
    pub(crate) secret_hashes: Vec<(u16, SecretHash)>,
    /// The elements of each list or map of groups, once they are built.
    pub(crate) inside: BTreeMap<u16, Vec<(String, Resolved)>>,
    /// Where the keys of a map came from that were set one by one.
    pub(crate) keys: BTreeMap<u16, Vec<(String, Origin)>>,
    /// What was overridden, if someone wants to know.
    pub(crate) overridden: Option<Vec<Overridden>>,
}

impl Resolved {
    pub(crate) fn new(layout: &'static Layout) -> Self {
        let mut slots = Vec::with_capacity(layout.leaves.len());
        slots.resize_with(layout.leaves.len(), || Slot::EMPTY);
        Self {
            layout,
            slots,
            parts: BTreeMap::new(),
            problems: Vec::new(),
            early: Vec::new(),
            warnings: Vec::new(),
            unknown: Vec::new(),
            unchecked: Vec::new(),
            told: Vec::new(),
            secret_hashes: Vec::new(),
            inside: BTreeMap::new(),
            keys: BTreeMap::new(),
            overridden: None,
        }
    }

    /// Puts a value into the slot of its leaf, if nothing there speaks more strongly.
    #[inline]
    pub(crate) fn put(&mut self, place: Place, name: Name, given: Given) {
        let new = From {
            layer: place.layer,
            whole: given.whole,
            rank: name.rank,
            proper: given.proper,
            file: name.target == Target::File,
        };
        let leaf = usize::from(name.index);
        let slot = &mut self.slots[leaf];
        if matches!(slot.said, SlotValue::Unset) {
            slot.said = given.said;
            slot.origin = given.origin;
            slot.from = new;
            slot.deprecated_name = name.deprecated;
            return;
        }
        if slot.from.layer == new.layer {
            if slot.from.file != new.file {
                return self.both(leaf, new, name.deprecated, given);
            }
            if !self.wins_in_layer(leaf, new, &given, place.ordered) {
                return self.lost(leaf, given.said, given.origin);
            }
            let slot = &mut self.slots[leaf];
            let said = std::mem::replace(&mut slot.said, given.said);
            let origin = std::mem::replace(&mut slot.origin, given.origin);
            slot.from = new;
            slot.deprecated_name = name.deprecated;
            return self.lost(leaf, said, origin);
        }
        if new.layer < slot.from.layer {
            let hides = slot.hides.is_none() && !matches!(given.said, SlotValue::Empty);
            if let Some(overridden) = &mut self.overridden {
                overridden.push(Overridden::new(
                    self.layout,
                    leaf,
                    given.said,
                    given.origin.clone(),
                ));
            }
            if hides {
                slot.hides = Some(Box::new(given.origin));
            }
            return;
        }
        let lower = std::mem::replace(
            slot,
            Slot {
                said: given.said,
                origin: given.origin,
                hides: None,
                deprecated_name: name.deprecated,
                from: new,
            },
        );
        let emptied = matches!(lower.said, SlotValue::Empty);
        if let Some(overridden) = &mut self.overridden {
            overridden.push(Overridden::new(
                self.layout,
                leaf,
                lower.said,
                lower.origin.clone(),
            ));
        }
        slot.hides = if emptied {
            lower.hides
        } else {
            Some(Box::new(lower.origin))
        };
    }

    /// Remembers what was overridden, if someone wants to know.
    fn lost(&mut self, leaf: usize, said: SlotValue, origin: Origin) {
        if let Some(overridden) = &mut self.overridden {
            overridden.push(Overridden::new(self.layout, leaf, said, origin));
        }
    }

    /// Puts a value for the inside of a leaf.
    pub(crate) fn put_part(
        &mut self,
        place: Place,
        leaf: u16,
        path: Vec<String>,
        said: SlotValue,
        origin: Origin,
        flat: bool,
    ) {
        self.parts.entry(leaf).or_default().push(Part {
            path,
            said,
            origin,
            layer: place.layer,
            ordered: place.ordered,
            flat,
        });
    }

    /// Tells that what a layer has for a leaf or group can't be read.
    pub(crate) fn put_unreadable(
        &mut self,
        place: Place,
        target: &NameTarget,
        origin: Origin,
        why: &str,
        help: &str,
    ) {
        let name = match target {
            NameTarget::Name(name) | NameTarget::Inside(name, _) => *name,
        };
        let problem = Problem::new(ProblemKind::Source, why)
            .from(origin.clone())
            .with_help(help);
        if name.target == Target::Group {
            self.tell_of_group(name.index, problem);
            return self.put_unreadable_group(place, name.index, &origin);
        }
        self.tell_of_leaf(name.index.into(), problem);
        if let NameTarget::Name(_) = target {
            self.put(place, name, Given::unreadable(origin, false));
        }
    }

    /// Notes a problem with what a layer has for a leaf.
    pub(crate) fn tell_of_leaf(&mut self, leaf: usize, problem: Problem) {
        let problem = problem.at(self.layout.key_of(leaf));
        let problem = problem.variable(self.layout.env_of(leaf));
        self.early.push((index(leaf), problem));
    }

    /// Notes a problem with what a layer has for a group.
    pub(crate) fn tell_of_group(&mut self, group: u16, problem: Problem) {
        let problem = problem.at(self.layout.key_of_group(group));
        let first = self.layout.groups[usize::from(group)].first;
        self.early.push((first, problem));
    }

    /// Puts the problems that were noted of leaves among those told since `from`, in the order of the struct. `within` is
    /// what stands before the keys of an element.
    pub(crate) fn tell_in_order(&mut self, from: usize, within: &str) {
        let mut early = std::mem::take(&mut self.early);
        early.sort_by_key(|(leaf, _)| *leaf);
        for (leaf, problem) in early {
            let problem = problem.within(within);
            let place = self.place_of(leaf.into(), self.layout.leaves.len(), from, within);
            self.problems.insert(place, problem);
        }
    }

    /// Where a problem of a leaf belongs among those told since `from`, which are in the order of the struct.
    pub(crate) fn place_of(&self, leaf: usize, end: usize, from: usize, within: &str) -> usize {
        let later = leaf + 1..end;
        let later: HashSet<String> = later
            .map(|later| format!("{within}{}", self.layout.key_of(later)))
            .collect();
        let is_later = |problem: &Problem| {
            let key = problem.key().unwrap_or_default();
            let ends = key.match_indices(['.', '[']).map(|(at, _)| at);
            let mut ends = ends.chain([key.len()]);
            ends.any(|at| later.contains(&key[..at]))
        };
        let told = &self.problems[from..];
        from + told.iter().take_while(|problem| !is_later(problem)).count()
    }

    /// Leaves the leaves of a group to the problem that says why it can't be read.
    pub(super) fn put_unreadable_group(&mut self, place: Place, group: u16, origin: &Origin) {
        let group = &self.layout.groups[usize::from(group)];
        for leaf in group.first..group.end {
            let name = self.layout.name_of(leaf);
            self.put(place, name, Given::unreadable(origin.clone(), true));
        }
    }

    /// Whether a secret that did not give its text occurs in a text.
    pub(crate) fn has_secret_hash_in(&self, text: &str) -> bool {
        let inside = || self.inside.values().flatten();
        let mut secrets = Secrets::default();
        secrets.add_hashes(self.secret_hashes.iter().map(|(_, hash)| hash));
        secrets.occur_in(text) || inside().any(|(_, element)| element.has_secret_hash_in(text))
    }

    /// The layer whose value won a slot.
    pub(crate) fn layer_of(&self, leaf: usize) -> u16 {
        self.slots[leaf].from.layer
    }

    /// A value and a `_FILE` in one layer: a problem, unless one of them is empty.
    fn both(&mut self, leaf: usize, new: From, deprecated_name: bool, given: Given) {
        let slot = &mut self.slots[leaf];
        if matches!(given.said, SlotValue::Empty) {
            return;
        }
        if matches!(slot.said, SlotValue::Empty) {
            slot.said = given.said;
            slot.origin = given.origin;
            slot.from = new;
            slot.deprecated_name = deprecated_name;
            return;
        }
        if matches!(slot.said, SlotValue::Unreadable) {
            return;
        }
        let problem = Problem::new(
            ProblemKind::Ambiguous,
            format!("set by both {} and {}", slot.origin, given.origin),
        )
        .about(given.origin)
        .with_help("remove one of them");
        slot.said = SlotValue::Unreadable;
        self.tell_of_leaf(leaf, problem);
    }
}

/// The schema holds fewer leaves than that, or it would not have been built.
fn index(leaf: usize) -> u16 {
    u16::try_from(leaf).unwrap_or(u16::MAX)
}
