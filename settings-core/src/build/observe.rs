//! What is wanted of a build besides its value: rows, prints of the leaves, and values that are to be kept.

use super::{Assembler, LeafField, index, sight};
use crate::{
    decode::Input,
    error::{origin::Origin, problem::Sight},
    resolve::{Overridden, Part, Resolved, Slot, SlotValue},
    schema::{DefaultValue, Kind, Leaf},
    value::raw::Raw,
    view::rows::{self, Row, Shows, Written},
};
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, Hasher, RandomState},
};

/// What is wanted of a build besides its value.
#[derive(Debug, std::default::Default)]
pub(crate) struct Observer {
    /// Each leaf as it may be shown, sound or not.
    pub(crate) rows: Option<Vec<Row>>,
    /// What was overridden in elements of lists and maps of groups, and what was joined in maps.
    pub(crate) overridden: Vec<Overridden>,
    /// What each leaf came as.
    pub(crate) prints: Option<Prints>,
    /// Values that stand whatever the layers say.
    pub(crate) kept: Option<Kept>,
    /// The list or map of groups whose elements are being built.
    elements: Option<u16>,
}

/// Tells whether each leaf came as the same in two builds, without keeping what it came as.
#[derive(Clone, Debug, std::default::Default)]
pub(crate) struct Prints {
    key: RandomState,
    pub(crate) leaves: BTreeMap<String, Print>,
    /// The optional groups that were not there.
    pub(crate) absent: BTreeSet<u16>,
}

/// One leaf, also one within a list or map of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print {
    /// The leaf of the whole struct's layout that it is, or that it stands in.
    pub(crate) leaf: u16,
    hash: u64,
    /// Whether it is what a function of the program gave, which may give something else each time.
    computed: bool,
}

/// Values of another build that stand whatever the layers say.
#[derive(Debug, std::default::Default)]
pub(crate) struct Kept {
    pub(crate) leaves: BTreeMap<u16, KeptLeaf>,
    /// Which optional groups are there.
    pub(crate) groups: BTreeMap<u16, bool>,
}

/// A value and what is known of it.
#[derive(Debug)]
pub(crate) struct KeptLeaf {
    pub(crate) value: Box<dyn Any>,
    pub(crate) slot: Slot,
    pub(crate) inside: Option<Vec<(String, Resolved)>>,
    pub(crate) keys: Option<Vec<(String, Origin)>>,
}

impl Prints {
    /// Prints that can be compared with these.
    #[cfg(feature = "live")]
    pub(crate) fn anew(&self) -> Self {
        Self {
            key: self.key.clone(),
            ..Self::default()
        }
    }

    /// Takes what a function gave for the same each time, if the leaf keeps the first.
    #[cfg(feature = "live")]
    pub(crate) fn forget_computed(&mut self, keeps: impl Fn(u16) -> bool) {
        for print in self.leaves.values_mut() {
            if print.computed && keeps(print.leaf) {
                print.hash = 0;
            }
        }
    }

    fn of_text(&self, text: Option<&str>) -> u64 {
        self.key.hash_one(text)
    }

    /// Of what no layer gave: what a secret reveals, or what else the value shows.
    fn of_value<T>(&self, take: &LeafField<T>, value: &T) -> u64 {
        let Some(reveal) = take.facts.reveal else {
            return self.of_text((take.facts.show)(value).as_deref());
        };
        let mut all = None;
        reveal(value, &mut |text| {
            all = Some(match all {
                None => self.of_text(Some(text)),
                Some(before) => self.key.hash_one((before, text)),
            });
        });
        all.unwrap_or_else(|| self.of_text(None))
    }

    fn of_raw(&self, leaf: &Leaf, raw: &Raw) -> u64 {
        match raw.as_text() {
            Some(text) if !matches!(leaf.kind(), Kind::Any | Kind::Unknown) => {
                self.of_text(Some(&text))
            }
            _ => {
                let mut hasher = self.key.build_hasher();
                raw.hash(&mut hasher);
                hasher.finish()
            }
        }
    }
}

impl Observer {
    /// Wants to know each leaf as it may be shown.
    #[cfg(feature = "cli")]
    pub(crate) fn rows() -> Self {
        Self {
            rows: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// Wants to know what each leaf came as, and perhaps keeps some.
    #[cfg(feature = "live")]
    pub(crate) fn prints(prints: Prints, kept: Option<Kept>) -> Self {
        Self {
            prints: Some(prints),
            kept,
            ..Self::default()
        }
    }

    pub(super) fn row(&mut self, row: Row) {
        if let Some(rows) = &mut self.rows {
            rows.push(row);
        }
    }

    /// Takes what was overridden in an element.
    pub(super) fn lost(&mut self, overridden: Vec<Overridden>, within: &str) {
        self.overridden
            .extend(overridden.into_iter().map(|loser| Overridden {
                within: within.to_owned(),
                ..loser
            }));
    }

    pub(super) fn skipped(&mut self, group: u16) {
        if self.elements.is_none()
            && let Some(prints) = &mut self.prints
        {
            prints.absent.insert(group);
        }
    }

    /// Whether an optional group is there in the build whose values are kept.
    pub(super) fn has_kept_group(&self, group: u16) -> Option<bool> {
        let kept = self.kept.as_ref().filter(|_| self.elements.is_none())?;
        kept.groups.get(&group).copied()
    }

    /// Begins the elements of a list or map of groups, whose layout is another; of several within each other the outermost.
    pub(super) fn enter_elements(&mut self, leaf: u16) -> bool {
        let is_outermost = self.elements.is_none();
        if is_outermost {
            self.elements = Some(leaf);
        }
        is_outermost
    }

    pub(super) fn leave_elements(&mut self) {
        self.elements = None;
    }
}

impl Assembler<'_> {
    /// The value that stands for a leaf, if one is kept.
    #[cold]
    pub(super) fn kept(&mut self, at: usize) -> Option<KeptLeaf> {
        let aside = self
            .aside
            .as_mut()
            .filter(|aside| aside.elements.is_none())?;
        aside.kept.as_mut()?.leaves.remove(&index(at))
    }

    /// A leaf whose value is kept: checked together with the others.
    pub(super) fn keep<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        take: &LeafField<T>,
        kept: KeptLeaf,
    ) -> Option<T> {
        let value = *kept.value.downcast::<T>().ok()?;
        if leaf.secret && take.facts.reveal.is_none() {
            self.hidden.lose_sight();
        }
        let mut slot = kept.slot;
        let raw = match std::mem::replace(&mut slot.said, SlotValue::Unset) {
            SlotValue::Value(raw) => Some(raw),
            said => {
                slot.said = said;
                None
            }
        };
        self.resolved.slots[at] = slot;
        self.resolved.keys.remove(&index(at));
        if let Some(keys) = kept.keys {
            self.resolved.keys.insert(index(at), keys);
        }
        if raw.is_none() && take.facts.none.is_some() && (take.facts.show)(&value).is_none() {
            return Some(value);
        }
        if raw.is_none()
            && leaf.watched
            && let Some(reveal) = take.facts.reveal
        {
            reveal(&value, &mut |text| {
                self.note_conditions(at, leaf, take, Input::Text(text));
            });
        }
        self.sound(at, leaf, take, value, raw)
    }

    /// A list or map of groups that is kept.
    pub(super) fn keep_elements<T: 'static>(&mut self, kept: KeptLeaf) -> Option<T> {
        let at = self.leaf - 1;
        let value = kept.value.downcast::<T>().ok()?;
        self.resolved.slots[at] = kept.slot;
        self.resolved.parts.remove(&index(at));
        if let Some(inside) = kept.inside {
            if inside.iter().any(|(_, element)| holds_masked(element)) {
                self.hidden.lose_sight();
            }
            self.resolved.inside.insert(index(at), inside);
        }
        Some(*value)
    }

    /// Whether someone is to see each leaf, sound or not.
    pub(super) fn wants_rows(&self) -> bool {
        let aside = self.aside.as_ref();
        aside.is_some_and(|aside| aside.rows.is_some())
    }

    /// What each layer has for a map to which several give keys.
    #[cold]
    pub(super) fn note_parts(&mut self, at: usize, layer: u16, parts: &[Part]) {
        let slot = &self.resolved.slots[at];
        let is_map = matches!(slot.said, SlotValue::Value(_));
        let whole = is_map.then(|| Overridden {
            counts: true,
            ..Overridden::new(self.layout, at, slot.said.clone(), slot.origin.clone())
        });
        let is_bare = matches!(slot.said, SlotValue::Unset);
        let parts = parts.iter().enumerate().map(|(nth, part)| {
            let is_last = parts[nth + 1..].iter().all(|later| later.path != part.path);
            Overridden {
                part: part.path.first().cloned(),
                counts: is_last && (is_bare || part.layer >= layer),
                ..Overridden::new(self.layout, at, part.said.clone(), part.origin.clone())
            }
        });
        let parts: Vec<Overridden> = parts.collect();
        // One that stands alone is in force whole.
        let joins = parts.iter().any(|part| part.counts);
        let noted = whole.into_iter().filter(|_| joins).chain(parts).collect();
        if let Some(aside) = &mut self.aside {
            aside.lost(noted, &self.within.key);
        }
    }

    /// What tells a value from another without keeping it: for rows, and for prints.
    #[cold]
    pub(super) fn prints(&self, leaf: &Leaf, raw: &Raw) -> (Option<u64>, Option<u64>) {
        let aside = self.aside.as_deref();
        let row = aside.filter(|aside| aside.rows.is_some());
        let prints = aside.and_then(|aside| aside.prints.as_ref());
        (
            row.map(|_| raw.print()),
            prints.map(|prints| prints.of_raw(leaf, raw)),
        )
    }

    #[cold]
    pub(super) fn note<T>(
        &mut self,
        at: usize,
        take: &LeafField<T>,
        value: Option<&T>,
        (print, hash): (Option<u64>, Option<u64>),
    ) {
        let Some(leaf) = self.layout.leaf(at) else {
            return;
        };
        let key = self.key(at);
        let slot = &self.resolved.slots[at];
        let variable = self.variable(at);
        let Some(aside) = &mut self.aside else {
            return;
        };
        if let Some(prints) = &mut aside.prints {
            let computed = hash.is_none() && matches!(leaf.default, DefaultValue::Function(_));
            let hash = hash.unwrap_or_else(|| match (leaf.default, value) {
                (_, None) => prints.of_text(None),
                (DefaultValue::Text(text), _) if !matches!(slot.said, SlotValue::Empty) => {
                    prints.of_text(Some(text))
                }
                (_, Some(value)) => prints.of_value(take, value),
            });
            let leaf = aside.elements.unwrap_or_else(|| index(at));
            prints.leaves.insert(
                key.clone(),
                Print {
                    leaf,
                    hash,
                    computed,
                },
            );
        }
        if let Some(rows) = &mut aside.rows {
            let (shows, written) = match value {
                Some(value) => rows::of_leaf(self.layout, at, leaf, take, value, slot),
                None => (Shows::Unsound, Written::Nothing),
            };
            let row = Row::seen(key, shows, variable).said(leaf, written, slot);
            rows.push(Row { print, ..row });
        }
    }
}

/// Whether a value within is not to be shown.
fn holds_masked(resolved: &Resolved) -> bool {
    let is_masked = |(at, slot): (usize, &Slot)| {
        let leaf = resolved.layout.leaf(at);
        leaf.is_some_and(|leaf| sight(resolved.layout, at, leaf, &slot.origin) == Sight::Masked)
    };
    let mut inside = resolved.inside.values().flatten();
    resolved.slots.iter().enumerate().any(is_masked)
        || inside.any(|(_, element)| holds_masked(element))
}
