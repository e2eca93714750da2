//! Defaults that depend on other settings of the struct, computed once those are valid.

use super::{
    Assembler, LeafField, LeafValue,
    leaf::SlotInput,
    leaf_type::{LeafPlace, NewValue},
    rows,
};
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
        let mut value: Option<T> = None;
        let place = &mut value;
        let target = &mut LeafPlace { field, place };
        let is_pending = self.build_or_await(at, leaf, target)?;
        if is_pending {
            return Some(Pending::Default(at));
        }
        value.map(Pending::Value)
    }

    /// Returns whether the default is to be computed, or `None` if there is a problem.
    fn build_or_await(
        &mut self,
        at: usize,
        leaf: &'static Leaf,
        target: &mut LeafPlace<'_>,
    ) -> Option<bool> {
        if self.observer.is_some()
            && let Some(kept) = self.kept(at)
        {
            return self.keep(at, leaf, target, kept).map(|()| false);
        }
        let built = match self.take_slot(at, leaf, target.field) {
            SlotInput::Value(raw) => {
                if let Some(observer) = &mut self.observer {
                    observer.raw(leaf, &raw);
                }
                self.decode(at, leaf, target, raw)
            }
            SlotInput::Reported => None,
            SlotInput::Absent { emptied } if emptied && target.field.facts().optional => {
                target.set(NewValue::Absent)
            }
            SlotInput::Absent { emptied } => {
                if self.trial.is_some() {
                    self.check_rules(at, leaf, target.field);
                    self.check_conditional_defaults(at, leaf, target);
                }
                self.await_default(at, emptied);
                return Some(true);
            }
        };
        self.report_leaf(at, leaf, target, built);
        built.map(|()| false)
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
        let mut computed = None;
        let mut value: Option<T> = None;
        let place = &mut value;
        let leaf = self.begin_default(at)?;
        // This use of the group may have another default.
        if matches!(leaf.default, DefaultValue::From(_)) && self.fulfilled_condition(at).is_none() {
            let default = compute();
            let mut inputs = Inputs::of(self, leaf);
            add(&mut inputs);
            let value = LeafValue {
                field,
                value: &default,
            };
            let origin = inputs.origin(leaf, value);
            self.resolved.slots[at].origin = origin;
            computed = Some(NewValue::Kept(Box::new(default)));
        }
        let built = self.finish_default(at, leaf, &mut LeafPlace { field, place }, computed);
        built.and(value)
    }

    /// The value of a setting that has other defaults under conditions.
    pub fn conditional<T: 'static>(
        &mut self,
        field: &LeafField<T>,
        pending: Pending<T>,
    ) -> Option<T> {
        let at = match pending {
            Pending::Value(value) => return Some(value),
            Pending::Default(at) => at,
        };
        let mut value: Option<T> = None;
        let place = &mut value;
        let leaf = self.begin_default(at)?;
        let built = self.finish_default(at, leaf, &mut LeafPlace { field, place }, None);
        built.and(value)
    }

    /// Begins the default of a setting that was pending. Returns `None` if it is not checked.
    fn begin_default(&mut self, at: usize) -> Option<&'static Leaf> {
        self.pending.retain(|pending| *pending != at);
        let leaf = self.cursor.layout.leaf(at)?;
        let is_skipped = self
            .trial
            .is_some_and(|trial| trial.skips_default(at, leaf));
        (!is_skipped).then_some(leaf)
    }

    /// The first default whose condition holds, or else the computed one, or else that of the setting.
    fn finish_default(
        &mut self,
        at: usize,
        leaf: &'static Leaf,
        target: &mut LeafPlace<'_>,
        computed: Option<NewValue<'_>>,
    ) -> Option<()> {
        let built = match (self.fulfilled_condition(at), computed) {
            (Some(nth), _) => self.conditional_default(at, leaf, target, nth),
            (None, Some(computed)) => {
                target.set(computed)?;
                self.accept_default(at, leaf, target)
            }
            (None, None) => self.default_value(at, leaf, target, false),
        };
        self.report_leaf(at, leaf, target, built);
        built
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

    fn conditional_default(
        &mut self,
        at: usize,
        leaf: &Leaf,
        target: &mut LeafPlace<'_>,
        nth: usize,
    ) -> Option<()> {
        let default = leaf.default_if.get(nth)?;
        let (other, schema) = self.sibling(default.condition.key)?;
        let key = self.cursor.key(other);
        let condition = match self.sight(other, schema) {
            Sight::Shown => format!("{key} = {}", default.condition.text),
            Sight::Masked => format!("by the value of {key}"),
        };
        self.resolved.slots[at].origin = Origin::conditional(&condition);
        match default.value {
            DefaultValue::Text(text) => self.decode(at, leaf, target, Raw::quoted(text.to_owned())),
            _ => {
                target.set(NewValue::Conditional(nth))?;
                self.accept_default(at, leaf, target)
            }
        }
    }

    /// Checks each default under a condition.
    #[cold]
    fn check_conditional_defaults(&mut self, at: usize, leaf: &Leaf, target: &mut LeafPlace<'_>) {
        for nth in 0..leaf.default_if.len() {
            // Only the problems are needed.
            let _ = self.conditional_default(at, leaf, target, nth);
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
        let value = LeafValue { field, value };
        let (shows, _) = rows::of_leaf(cursor.layout, at, leaf, value, slot, &mut self.secrets);
        self.has_masked |= shows == rows::Shows::Masked;
        self.found.push(cursor.key(at));
    }

    /// The origin of the default. It is secret by the rules of derived properties.
    fn origin(self, leaf: &Leaf, value: LeafValue<'_>) -> Origin {
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
