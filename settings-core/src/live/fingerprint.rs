//! Fingerprint of a load: a hash of each value, by which two loads are compared without keeping the values.

use crate::{
    build::{BuiltLeaf, Cursor, KeptLeaf, LeafValue, Observer, SkippedGroup},
    resolve::SlotValue,
    schema::{DefaultValue, Kind, Leaf},
    value::raw::Raw,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, Hasher, RandomState},
};

/// Hashes of the values of one load.
#[derive(Clone, Debug, Default)]
pub(super) struct Fingerprint {
    key: RandomState,
    /// Hashes by the key of the setting.
    pub(super) leaves: BTreeMap<String, ValueHash>,
    /// The optional groups without a value.
    pub(super) absent: BTreeSet<u16>,
}

/// Hash of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ValueHash {
    /// The setting in the layout of the whole struct, or the list or map of groups that contains it.
    pub(super) leaf: u16,
    hash: u64,
    /// Whether a function of the program computed the value; it may differ each time.
    is_computed: bool,
    /// Whether the value is a default that depends on other settings.
    is_dependent: bool,
}

/// Observer that takes the fingerprint of a build, and puts in values of the running settings.
#[derive(Default)]
pub(super) struct FingerprintObserver {
    pub(super) fingerprint: Fingerprint,
    kept: Kept,
    /// Hash of the value that is being decoded.
    raw: Option<u64>,
}

/// Values of the running settings that stay, whatever the layers hold.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) leaves: BTreeMap<u16, KeptLeaf>,
    /// Whether each optional group that stays is present.
    pub(super) groups: BTreeMap<u16, bool>,
}

impl Fingerprint {
    /// An empty one whose hashes can be compared with these.
    pub(super) fn renew(&self) -> Self {
        Self {
            key: self.key.clone(),
            ..Self::default()
        }
    }

    /// Treats computed values of the settings that `stays` selects as unchanged.
    pub(super) fn forget_computed(&mut self, stays: impl Fn(u16) -> bool) {
        for value in self.leaves.values_mut() {
            if value.is_computed && stays(value.leaf) {
                value.hash = 0;
            }
        }
    }

    /// Takes the defaults that depend on other settings from a build in which some of those keep their running value.
    pub(super) fn take_dependent(&mut self, built: &Self) {
        let dependent = built.leaves.iter().filter(|(_, value)| value.is_dependent);
        self.leaves
            .extend(dependent.map(|(key, value)| (key.clone(), *value)));
    }

    fn of_text(&self, text: Option<&str>) -> u64 {
        self.key.hash_one(text)
    }

    /// Hash of a value that no layer set: of the texts of a secret, or of what the value prints.
    fn of_value(&self, value: LeafValue<'_>) -> u64 {
        let mut all = None;
        let is_revealed = value.reveal(&mut |text| {
            all = Some(match all {
                None => self.of_text(Some(text)),
                Some(before) => self.key.hash_one((before, text)),
            });
        });
        if is_revealed {
            all.unwrap_or_else(|| self.of_text(None))
        } else {
            self.of_text(value.text().as_deref())
        }
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

impl FingerprintObserver {
    pub(super) fn new(fingerprint: Fingerprint) -> Self {
        Self {
            fingerprint,
            ..Self::default()
        }
    }

    /// Puts in the values of the running settings that stay.
    pub(super) fn keeping(self, kept: Kept) -> Self {
        Self { kept, ..self }
    }
}

impl Observer for FingerprintObserver {
    fn kept(&mut self, leaf: u16) -> Option<KeptLeaf> {
        self.kept.leaves.remove(&leaf)
    }

    fn has_kept_group(&self, group: u16) -> Option<bool> {
        self.kept.groups.get(&group).copied()
    }

    fn raw(&mut self, leaf: &Leaf, raw: &Raw) {
        self.raw = Some(self.fingerprint.of_raw(leaf, raw));
    }

    fn leaf(&mut self, built: &BuiltLeaf<'_>) {
        let raw = self.raw.take();
        let is_computed = raw.is_none() && matches!(built.leaf.default, DefaultValue::Function(_));
        let hash = raw.unwrap_or_else(|| match (built.leaf.default, built.value) {
            (_, None) => self.fingerprint.of_text(None),
            (DefaultValue::Text(text), _)
                if !matches!(built.slot.value, SlotValue::Empty)
                    && !built.leaf.has_dependent_default() =>
            {
                self.fingerprint.of_text(Some(text))
            }
            (_, Some(value)) => self.fingerprint.of_value(value),
        });
        let value = ValueHash {
            leaf: built.outermost,
            hash,
            is_computed,
            is_dependent: built.leaf.has_dependent_default() && raw.is_none(),
        };
        let key = built.cursor.key(built.at);
        self.fingerprint.leaves.insert(key, value);
    }

    fn absent_group(&mut self, _: &Cursor, group: &SkippedGroup, is_outermost: bool) {
        if is_outermost {
            self.fingerprint.absent.insert(group.group);
        }
    }
}
