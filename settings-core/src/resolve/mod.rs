//! Binding of names to settings, and one slot per setting with the value in force.

mod bind_flat;
mod bind_table;
mod collections;
#[cfg(feature = "live")]
mod fingerprint;
mod flat_text;
mod leaf_map;
mod merge;
mod optional;
mod precedence;
mod slots;
mod unknown;
mod variants;

pub(crate) use bind_flat::FlatText;
pub(crate) use bind_table::TableSource;
pub(crate) use collections::{CollectionName, KeyNumbers, elements};
pub(crate) use leaf_map::LeafMap;
pub(crate) use merge::{CollectionType, merge_layers, merge_parts};
pub(crate) use precedence::{Scope, SourceOrder};
pub(crate) use slots::{Candidate, GroupsNode, LowerValue, Overridden, Part, Slot, SlotValue};
pub(crate) use unknown::{
    UnknownName, did_you_mean, near_in_element, near_in_table, near_key, near_secret_file,
    near_variable,
};
pub(crate) use variants::{ChosenVariant, UnusedSetting};

use self::{optional::GroupPresence, precedence::NameUse};
use crate::value::sort::sort_by_key;
use crate::{
    error::{
        origin::Origin,
        problem::{Problem, ProblemKind},
        problem_list::{MAX_PROBLEMS, ProblemList},
        redact::SecretHash,
    },
    schema::{
        Merge,
        layout::{Layout, LayoutName, Target},
        lookup::NameTarget,
    },
    value::{node::Node, path::KeyPath, raw::Raw},
};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use zeroize::Zeroizing;

/// The limit for unknown names for which a suggestion is searched.
const MAX_SUGGESTED: usize = 100;

/// The limit for the settings in the elements of all lists and maps of groups: a short file can contain many elements.
const MAX_SLOTS: usize = 150_000;

/// Work and memory that were used by a load.
#[derive(Debug, Default)]
struct Used {
    /// Unknown names for which a suggestion was searched.
    suggestions: AtomicUsize,
    /// Settings in elements.
    slots: AtomicUsize,
}

/// The slots of a struct, and the problems found while they are filled.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) layout: &'static Layout,
    /// Whether it is one element of a list or map of groups.
    pub(crate) is_element: bool,
    pub(crate) slots: Vec<Slot>,
    /// Values inside a setting or a list or map of groups, by the index of the leaf.
    pub(crate) parts: LeafMap<Vec<Part>>,
    /// Values of lower layers of settings that combine them, by the index of the leaf.
    pub(crate) lower_values: LeafMap<Vec<LowerValue>>,
    pub(crate) problems: ProblemList,
    /// Problems found while binding, by the index of the leaf. They move to `problems` once these are in the order of
    /// the struct.
    binding_problems: Vec<(u16, Problem)>,
    pub(crate) warnings: ProblemList,
    /// Warnings found while binding about settings of variants, by the index of the leaf. They only count for the variant
    /// that is chosen.
    variant_warnings: Vec<(u16, Problem)>,
    /// Names that match no setting.
    pub(crate) unknown_names: Vec<UnknownName>,
    /// The groups of the variants that are not chosen.
    other_variants: LeafMap<()>,
    /// Settings that are set, but belong to a variant that is not chosen.
    pub(crate) unused_settings: Vec<Problem>,
    /// Structs whose cross-field rules were not checked.
    pub(crate) unchecked: Vec<String>,
    /// Misspelled names that the problem of a missing setting already reports.
    pub(crate) reported_names: Vec<String>,
    /// Hashes of secrets whose types do not give their text. A derived property must not show them.
    pub(crate) secret_hashes: Vec<(u16, SecretHash)>,
    /// The values of secrets, kept until the load ends, in case a report quotes a text that is one of them.
    pub(crate) secret_values: Vec<(&'static Layout, u16, Raw)>,
    /// Texts of invalid values that are not secret themselves.
    pub(crate) quoted_texts: Vec<Zeroizing<String>>,
    /// The elements of each list or map of groups, once they are built.
    pub(crate) elements: LeafMap<Vec<(String, Resolved)>>,
    /// The origins of map keys that were set one by one. Under the empty key, the origin of the value below them.
    pub(crate) map_keys: LeafMap<Vec<(String, Origin)>>,
    /// Optional groups that a source sets as a whole.
    optional_groups: LeafMap<GroupPresence>,
    /// Warnings of variables without a prefix that resemble those of settings, with their names.
    lookalikes: Vec<(String, Problem)>,
    /// Work and memory that were used, also for elements.
    used: Arc<Used>,
    /// Overridden values, recorded only on request.
    pub(crate) overridden: Option<Vec<Overridden>>,
}

impl Resolved {
    pub(crate) fn new(layout: &'static Layout) -> Self {
        let mut slots = Vec::with_capacity(layout.leaves.len());
        slots.resize_with(layout.leaves.len(), || Slot::UNSET);
        Self {
            layout,
            is_element: false,
            slots,
            parts: LeafMap::new(),
            lower_values: LeafMap::new(),
            problems: ProblemList::default(),
            binding_problems: Vec::new(),
            warnings: ProblemList::default(),
            variant_warnings: Vec::new(),
            unknown_names: Vec::new(),
            other_variants: LeafMap::new(),
            unused_settings: Vec::new(),
            unchecked: Vec::new(),
            reported_names: Vec::new(),
            secret_hashes: Vec::new(),
            secret_values: Vec::new(),
            quoted_texts: Vec::new(),
            elements: LeafMap::new(),
            map_keys: LeafMap::new(),
            optional_groups: LeafMap::new(),
            lookalikes: Vec::new(),
            used: Arc::default(),
            overridden: None,
        }
    }

    /// The slots of an element of a list or map of groups, with this layout.
    pub(crate) fn of_element(&self, layout: &'static Layout) -> Self {
        Self {
            used: Arc::clone(&self.used),
            ..Self::new(layout)
        }
    }

    /// Whether a suggestion is searched for one more unknown name: every search compares all names.
    pub(crate) fn may_suggest(&self) -> bool {
        self.used.suggestions.fetch_add(1, Ordering::Relaxed) < MAX_SUGGESTED
    }

    /// Whether there may be one more element with these slots.
    fn fits(&self) -> bool {
        // An element without settings needs memory too.
        let size = self.slots.len().max(6);
        self.used.slots.fetch_add(size, Ordering::Relaxed) + size <= MAX_SLOTS
    }

    /// The origin of the value of a setting, or of a part of it.
    pub(crate) fn origin_inside(&self, leaf: usize, path: &KeyPath) -> Origin {
        let whole = &self.slots[leaf].origin;
        if path.is_empty() {
            return whole.clone();
        }
        let flat = path.flat();
        let contains = |key: &str| {
            let rest = flat.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_below = |key: &str| key.is_empty() && !flat.is_empty();
        let index = u16::try_from(leaf).unwrap_or(u16::MAX);
        let keys = self.map_keys.get(index).into_iter().flatten();
        let found = keys.filter(|(key, _)| contains(key) || is_below(key));
        match found.max_by_key(|(key, _)| key.len()) {
            Some((key, origin)) if is_below(key) => origin.part(path),
            Some((_, origin)) => origin.clone(),
            None => whole.part(path),
        }
    }

    /// Binds a value to the slot of its setting, unless the slot has a value of higher precedence.
    #[inline]
    pub(crate) fn bind(&mut self, source: SourceOrder, name: LayoutName, candidate: Candidate) {
        let leaf = usize::from(name.index);
        let name_use = NameUse::new(source, name, &candidate);
        let slot = &mut self.slots[leaf];
        if matches!(slot.value, SlotValue::Unset) {
            return slot.fill(candidate, name_use, name.deprecated);
        }
        self.bind_over(source, name, name_use, candidate);
    }

    /// Binds a value to a slot that has one.
    fn bind_over(
        &mut self,
        source: SourceOrder,
        name: LayoutName,
        name_use: NameUse,
        candidate: Candidate,
    ) {
        let leaf = usize::from(name.index);
        let slot = &self.slots[leaf];
        if slot.name.layer != source.layer {
            return self.bind_across_layers(leaf, name_use, name.deprecated, candidate);
        }
        if slot.name.is_file != name_use.is_file {
            return self.bind_value_and_file(leaf, name_use, name.deprecated, candidate);
        }
        let (value, origin) = if self.overrides_in_layer(leaf, source, name_use, &candidate) {
            self.slots[leaf].set(candidate, name_use, name.deprecated)
        } else {
            (candidate.value, candidate.origin)
        };
        self.record_overridden(leaf, value, origin);
    }

    /// Binds a value of a layer above or below that of the slot.
    fn bind_across_layers(
        &mut self,
        leaf: usize,
        name: NameUse,
        deprecated: bool,
        candidate: Candidate,
    ) {
        if self.merges(leaf) {
            return self.keep_lower(leaf, name, deprecated, candidate);
        }
        let slot = &mut self.slots[leaf];
        let is_above = name.layer > slot.name.layer;
        let (value, origin) = if is_above {
            slot.set(candidate, name, deprecated)
        } else {
            (candidate.value, candidate.origin)
        };
        let is_highest = !value.is_empty() && (is_above || slot.overrides.is_none());
        if self.overridden.is_some() {
            self.record_overridden(leaf, value, origin.clone());
        }
        if is_highest {
            self.slots[leaf].overrides = Some(origin);
        }
    }

    /// Whether a setting combines the values of several layers.
    fn merges(&self, leaf: usize) -> bool {
        let leaf = self.layout.leaf(leaf);
        leaf.is_some_and(|leaf| leaf.merge != Merge::Replace)
    }

    /// Keeps the value of the lower layer beside that of the higher one.
    fn keep_lower(&mut self, leaf: usize, name: NameUse, deprecated: bool, candidate: Candidate) {
        let slot = &mut self.slots[leaf];
        let lower = if name.layer < slot.name.layer {
            LowerValue {
                layer: name.layer,
                value: candidate.value,
                origin: candidate.origin,
            }
        } else {
            let layer = slot.name.layer;
            let (value, origin) = slot.set(candidate, name, deprecated);
            LowerValue {
                layer,
                value,
                origin,
            }
        };
        let values = self.lower_values.get_or_default(index(leaf));
        let at = values.partition_point(|value| value.layer < lower.layer);
        values.insert(at, lower);
    }

    /// Binds a value and the name of a file with a value, both of one layer: a problem, unless one of them is empty.
    fn bind_value_and_file(
        &mut self,
        leaf: usize,
        name: NameUse,
        deprecated: bool,
        candidate: Candidate,
    ) {
        let slot = &mut self.slots[leaf];
        if candidate.value.is_empty() || matches!(slot.value, SlotValue::Unreadable) {
            return;
        }
        if slot.value.is_empty() {
            slot.set(candidate, name, deprecated);
            return;
        }
        let what = format!("set by both {} and {}", slot.origin, candidate.origin);
        slot.value = SlotValue::Unreadable;
        let problem = Problem::new(ProblemKind::Ambiguous, what)
            .about(candidate.origin)
            .with_help("remove one of them");
        self.report_setting(leaf, problem);
    }

    fn record_overridden(&mut self, leaf: usize, value: SlotValue, origin: Origin) {
        if let Some(overridden) = &mut self.overridden {
            overridden.push(Overridden::new(self.layout, leaf, value, origin));
        }
    }

    /// Binds a value inside a setting or a list or map of groups.
    pub(crate) fn bind_part(
        &mut self,
        source: SourceOrder,
        leaf: u16,
        path: Vec<String>,
        value: SlotValue,
        origin: Origin,
        is_flat: bool,
    ) {
        self.parts.get_or_default(leaf).push(Part {
            path,
            value,
            origin,
            layer: source.layer,
            is_ordered: source.is_ordered,
            is_flat,
        });
    }

    /// Reports a value that cannot be read, and marks its setting or group.
    pub(crate) fn bind_unreadable(
        &mut self,
        source: SourceOrder,
        target: &NameTarget,
        origin: Origin,
        why: &str,
        help: &str,
    ) {
        let name = target.name();
        if name.has_namesakes() {
            for other in self.layout.alternatives(target) {
                self.bind_one_unreadable(source, &other, origin.clone(), why, help);
            }
        }
        self.bind_one_unreadable(source, target, origin, why, help);
    }

    fn bind_one_unreadable(
        &mut self,
        source: SourceOrder,
        target: &NameTarget,
        origin: Origin,
        why: &str,
        help: &str,
    ) {
        let name = target.name();
        let problem = Problem::new(ProblemKind::Source, why)
            .from(origin.clone())
            .with_help(help);
        if name.target == Target::Group {
            self.report_group(name.index, problem);
            return self.bind_unreadable_group(source, name.index, &origin);
        }
        self.report_setting(name.index.into(), problem);
        if let NameTarget::Name(_) = target {
            self.bind(source, name, Candidate::unreadable(origin, Scope::Setting));
        }
    }

    /// Marks a setting whose value a source contains, but which cannot be read. A problem of the source reports it.
    pub(crate) fn mark_unreadable(
        &mut self,
        source: SourceOrder,
        name: LayoutName,
        origin: Origin,
    ) {
        for other in self.layout.namesakes(name) {
            let candidate = Candidate::unreadable(origin.clone(), Scope::Group);
            self.bind(source, other, candidate);
        }
        self.bind(source, name, Candidate::unreadable(origin, Scope::Group));
    }

    /// Marks the settings with values of these origins, also those with such a value inside, which problems of their source
    /// report.
    pub(crate) fn mark_unreadable_where(&mut self, is_unreadable: &dyn Fn(&Origin) -> bool) {
        let contains = |node: &Node<'_>, origin: &Origin| {
            let mut found = false;
            node.each_offset(&mut |at| found |= is_unreadable(&origin.within(String::new, at)));
            found
        };
        for slot in &mut self.slots {
            let is_inside = match &slot.value {
                SlotValue::Value(Raw::Structured(value)) => contains(value.node(), &slot.origin),
                SlotValue::Groups(GroupsNode(node)) => contains(node, &slot.origin),
                _ => false,
            };
            if is_inside || is_unreadable(&slot.origin) {
                slot.value = SlotValue::Unreadable;
            }
        }
        for (leaf, values) in self.lower_values.iter() {
            if values.iter().any(|lower| is_unreadable(&lower.origin)) {
                self.slots[usize::from(leaf)].value = SlotValue::Unreadable;
            }
        }
        for (leaf, parts) in self.parts.iter() {
            let is_inside = |part: &Part| match &part.value {
                SlotValue::Groups(GroupsNode(node)) => contains(node, &part.origin),
                _ => false,
            };
            let unreadable = parts
                .iter()
                .find(|part| is_inside(part) || is_unreadable(&part.origin));
            if let Some(part) = unreadable {
                let slot = &mut self.slots[usize::from(leaf)];
                slot.value = SlotValue::Unreadable;
                slot.origin = part.origin.clone();
            }
        }
    }

    /// Marks the settings of a group that cannot be read, so that they are not reported as missing too.
    fn bind_unreadable_group(&mut self, source: SourceOrder, group: u16, origin: &Origin) {
        let group = &self.layout.groups[usize::from(group)];
        for leaf in group.first..group.end {
            let name = self.layout.key_name_of(leaf);
            let candidate = Candidate::unreadable(origin.clone(), Scope::Group);
            self.bind(source, name, candidate);
        }
    }

    /// Adds a warning about a setting.
    fn warn_of_setting(&mut self, leaf: usize, warning: Problem) {
        if self.layout.is_in_variant(leaf) {
            self.variant_warnings.push((index(leaf), warning));
        } else {
            let last = self.warnings.listed().last();
            // A flag that is given three times is one warning.
            if last.is_none_or(|last| last.to_string() != warning.to_string()) {
                self.warnings.push(warning);
            }
        }
    }

    /// Adds a problem of a setting.
    pub(crate) fn report_setting(&mut self, leaf: usize, problem: Problem) {
        let problem = problem.at(self.layout.key_of(leaf));
        let problem = problem.variable(self.layout.env_of(leaf));
        self.report_binding(index(leaf), problem);
    }

    fn report_binding(&mut self, leaf: u16, problem: Problem) {
        if self.binding_problems.len() < MAX_PROBLEMS {
            self.binding_problems.push((leaf, problem));
        } else {
            self.problems.omit(1);
        }
    }

    /// Adds a problem of a group.
    pub(crate) fn report_group(&mut self, group: u16, problem: Problem) {
        let problem = problem.at(self.layout.key_of_group(group));
        let first = self.layout.groups[usize::from(group)].first;
        self.report_binding(first, problem);
    }

    /// Moves the problems found while binding among those reported since `start`, in the order of the struct. `within` is
    /// the path of the element, up to its last dot.
    pub(crate) fn report_binding_problems(&mut self, start: usize, within: &str) {
        let warnings = std::mem::take(&mut self.variant_warnings).into_iter();
        self.warnings
            .extend(warnings.map(|(_, warning)| warning.within(within)));
        let mut problems = std::mem::take(&mut self.binding_problems);
        sort_by_key(&mut problems, |(leaf, _)| *leaf);
        for (leaf, problem) in problems {
            let problem = problem.within(within);
            let end = self.layout.leaves.len();
            let position = self.position_in_order(leaf.into(), end, start, within);
            self.problems.insert(position, problem);
        }
    }

    /// The position of a problem of `leaf` among those reported since `start`, which are in the order of the struct.
    pub(crate) fn position_in_order(
        &self,
        leaf: usize,
        end: usize,
        start: usize,
        within: &str,
    ) -> usize {
        let later = leaf + 1..end;
        // A problem may be about a whole group.
        let with_groups = |key: &str| {
            let groups = key.match_indices('.').map(|(at, _)| key[..at].to_owned());
            groups.chain([key.to_owned()]).collect::<Vec<_>>()
        };
        let here = with_groups(&format!("{within}{}", self.layout.key_of(leaf)));
        let later: HashSet<String> = later
            .flat_map(|later| with_groups(&format!("{within}{}", self.layout.key_of(later))))
            .filter(|key| !here.contains(key))
            .collect();
        let is_later = |problem: &Problem| {
            let key = problem.key().unwrap_or_default();
            let ends = key.match_indices(['.', '[']).map(|(at, _)| at);
            let mut ends = ends.chain([key.len()]);
            ends.any(|at| later.contains(&key[..at]))
        };
        let listed = self.problems.listed();
        let reported = listed.get(start..).unwrap_or_default();
        start
            + reported
                .iter()
                .take_while(|problem| !is_later(problem))
                .count()
    }

    /// The layer of the value in force.
    pub(crate) fn layer_of(&self, leaf: usize) -> u16 {
        self.slots[leaf].name.layer
    }
}

/// The index of a leaf. A schema with more leaves than `u16` counts is not built.
fn index(leaf: usize) -> u16 {
    u16::try_from(leaf).unwrap_or(u16::MAX)
}
