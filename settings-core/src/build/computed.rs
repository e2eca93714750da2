//! Defaults that depend on other settings of the struct, computed once those are valid.

use super::{Assembler, LeafField, LeafValue, field::Typed, leaf::SlotInput, rows};
use crate::{
    error::{origin::Origin, problem::Sight, redact::Secrets},
    resolve::SlotValue,
    schema::{DefaultValue, Kind, Leaf},
    value::raw::Raw,
};
use zeroize::Zeroizing;

/// A setting whose default depends on other settings.
#[derive(Debug)]
pub enum Pending<T> {
    /// A source sets it.
    Value(T),
    /// No source sets the setting at this index of the layout.
    Default(usize),
}

/// The settings from which a default is computed, and whether one of them is secret.
pub struct Inputs<'a, 'b> {
    assembler: &'a Assembler<'b>,
    keys: &'static [&'static str],
    /// Their full keys.
    found: Vec<String>,
    secrets: Secrets,
    has_masked: bool,
}

impl Assembler<'_> {
    /// Builds the next setting, unless it is to be computed.
    pub fn leaf_or_pending<T: 'static>(&mut self, field: &LeafField<T>) -> Option<Pending<T>> {
        let at = self.cursor.pass_leaf();
        let leaf = self.cursor.layout.leaf(at)?;
        if self.observer.is_some()
            && let Some(kept) = self.kept(at)
        {
            return self.keep(at, leaf, field, kept).map(Pending::Value);
        }
        let value = match self.take_slot(at, leaf, field.depth_of_fields) {
            SlotInput::Value(raw) => {
                if let Some(observer) = &mut self.observer {
                    observer.raw(leaf, &raw);
                }
                self.decode(at, leaf, field, raw)
            }
            SlotInput::Reported => None,
            SlotInput::Absent { emptied } => match field.facts.none {
                Some(none) if emptied => Some(none()),
                _ => {
                    if self.trial.is_some() {
                        self.check_rules(at, leaf, field);
                        self.check_conditional_defaults(at, leaf, field);
                    }
                    self.await_default(at, emptied);
                    return Some(Pending::Default(at));
                }
            },
        };
        if self.observer.is_some() {
            self.report_leaf(at, leaf, field, value.as_ref());
        }
        value.map(Pending::Value)
    }

    fn await_default(&mut self, at: usize, emptied: bool) {
        self.pending.push(at);
        if emptied && let Some(hidden) = self.resolved.slots[at].overrides.clone() {
            self.warn_hidden(at, &hidden);
        }
        if let Some(observer) = &mut self.observer {
            observer.pending(&self.cursor, at);
        }
    }

    /// The value of a setting whose default is computed by `compute` from the settings that `add` passes on.
    pub fn computed<T: 'static>(
        &mut self,
        field: &LeafField<T>,
        pending: Pending<T>,
        add: impl FnOnce(&mut Inputs<'_, '_>),
        compute: impl FnOnce() -> T,
    ) -> Option<T> {
        let at = match pending {
            Pending::Value(value) => return Some(value),
            Pending::Default(at) => at,
        };
        self.finish_default(at, field, |cx, leaf| {
            // This use of the group may have another default.
            if !matches!(leaf.default, DefaultValue::From(_)) {
                return cx.default_value(at, leaf, field, false);
            }
            let value = compute();
            let mut inputs = Inputs::of(cx, leaf);
            add(&mut inputs);
            cx.resolved.slots[at].origin = inputs.origin(leaf, &Typed(field, &value));
            cx.accept_default(at, leaf, field, value)
        })
    }

    /// The value of a setting that has other defaults under conditions.
    pub fn conditional<T: 'static>(
        &mut self,
        field: &LeafField<T>,
        pending: Pending<T>,
    ) -> Option<T> {
        match pending {
            Pending::Value(value) => Some(value),
            Pending::Default(at) => self.finish_default(at, field, |cx, leaf| {
                cx.default_value(at, leaf, field, false)
            }),
        }
    }

    /// The first default whose condition holds, or else the one that `otherwise` returns.
    fn finish_default<T: 'static>(
        &mut self,
        at: usize,
        field: &LeafField<T>,
        otherwise: impl FnOnce(&mut Self, &Leaf) -> Option<T>,
    ) -> Option<T> {
        self.pending.retain(|pending| *pending != at);
        let leaf = self.cursor.layout.leaf(at)?;
        let is_skipped = self
            .trial
            .is_some_and(|trial| trial.skips_default(at, leaf));
        if is_skipped {
            return None;
        }
        let value = match self.fulfilled_condition(at) {
            Some(nth) => self.conditional_default(at, leaf, field, nth),
            None => otherwise(self, leaf),
        };
        if self.observer.is_some() {
            self.report_leaf(at, leaf, field, value.as_ref());
        }
        value
    }

    /// The index of the first `default_if` whose condition holds.
    pub(super) fn fulfilled_condition(&self, at: usize) -> Option<usize> {
        let of_leaf = self.fulfilled.iter().filter(|(leaf, _)| *leaf == at);
        of_leaf.map(|(_, nth)| *nth).min()
    }

    /// Whether a condition in the defaults of a setting depends on one that is not computed yet.
    pub(super) fn awaits_condition(&self, at: usize) -> bool {
        let leaf = self.cursor.layout.leaf(at);
        let conditions = leaf.map_or(&[][..], |leaf| leaf.default_if).iter();
        let mut others = conditions.filter_map(|default| self.sibling(default.condition.key));
        others.any(|(other, _)| self.pending.contains(&other))
    }

    fn conditional_default<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
        nth: usize,
    ) -> Option<T> {
        let default = leaf.default_if.get(nth)?;
        let (other, schema) = self.sibling(default.condition.key)?;
        let key = self.cursor.key(other);
        let condition = match self.sight(other, schema) {
            Sight::Shown => format!("{key} = {}", default.condition.text),
            Sight::Masked => format!("by the value of {key}"),
        };
        self.resolved.slots[at].origin = Origin::conditional(&condition);
        match default.value {
            DefaultValue::Text(text) => self.decode(at, leaf, field, Raw::quoted(text.to_owned())),
            _ => {
                let value = (field.conditional?)(nth)?;
                self.accept_default(at, leaf, field, value)
            }
        }
    }

    /// Checks each default under a condition.
    #[cold]
    fn check_conditional_defaults<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
    ) {
        for nth in 0..leaf.default_if.len() {
            // Only the problems are needed.
            let _ = self.conditional_default(at, leaf, field, nth);
        }
        let slot = &mut self.resolved.slots[at];
        slot.value = SlotValue::Unset;
        slot.origin = Origin::DEFAULT;
    }
}

impl<'a, 'b> Inputs<'a, 'b> {
    fn of(assembler: &'a Assembler<'b>, leaf: &Leaf) -> Self {
        let keys = match leaf.default {
            DefaultValue::From(keys) => keys,
            _ => &[],
        };
        Self {
            assembler,
            keys,
            found: Vec::new(),
            secrets: Secrets::default(),
            has_masked: false,
        }
    }

    /// Adds the next of the settings.
    pub fn add<T: 'static>(&mut self, field: &LeafField<T>, value: &T) {
        let Some(key) = self.keys.get(self.found.len()) else {
            return;
        };
        let cursor = &self.assembler.cursor;
        let Some((at, leaf)) = self.assembler.sibling(key) else {
            return;
        };
        let slot = &self.assembler.resolved.slots[at];
        let value = &Typed(field, value);
        let (shows, _) = rows::of_leaf(cursor.layout, at, leaf, value, slot, &mut self.secrets);
        self.has_masked |= shows == rows::Shows::Masked;
        self.found.push(cursor.key(at));
    }

    /// The origin of the default. It is secret by the rules of derived properties.
    fn origin(self, leaf: &Leaf, value: &dyn LeafValue) -> Origin {
        let may_be_secret = !leaf.unmasked && leaf.kind() != Kind::Bool;
        let is_secret = may_be_secret
            && (self.has_masked
                || self.secrets.has_unknown()
                || (value.text().map(Zeroizing::new))
                    .is_some_and(|text| self.secrets.occur_in(&text)));
        Origin::computed(&self.found, is_secret)
    }
}

impl std::fmt::Debug for Inputs<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs").finish_non_exhaustive()
    }
}
