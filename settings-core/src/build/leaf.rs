//! Building of one setting: from its slot to its value, or to one problem.

use super::{
    Assembler, index,
    leaf_type::{LeafPlace, LeafType, NewValue, input},
    suspicious::{is_ordinary, is_plain},
};
use crate::{
    decode::{IgnoredKeys, Input},
    error::origin::Origin,
    resolve::{self, CollectionType, Part, SlotValue},
    rules::Rules,
    schema::{DefaultValue, Kind, Leaf, Merge, variants::KeyForm},
    source::secrets_dir::Secret,
    value::{node::Node, observer::ValueObserver, raw::Raw},
};
use std::{borrow::Cow, mem, path::Path};
use zeroize::Zeroizing;

/// The content of a slot for its setting.
pub(super) enum SlotInput {
    Value(Raw),
    Absent {
        /// Whether the setting was set to nothing.
        emptied: bool,
    },
    /// A problem was reported already.
    Reported,
}

impl Assembler<'_> {
    /// The input for a setting of a plain type that needs no more than the decoding of its value, as nearly every one does.
    pub(super) fn plain(&mut self, at: usize, leaf: &Leaf, is_text: bool) -> Option<Input<'_>> {
        let slot = &mut self.resolved.slots[at];
        let SlotValue::Value(raw) = &mut slot.value else {
            return None;
        };
        let is_plain = self.observer.is_none()
            && self.allows_plain
            && is_plain(raw)
            && leaf.is_plain()
            && !slot.deprecated_name
            && !slot.origin.is_secret();
        if !is_plain {
            return None;
        }
        if is_text {
            // The text itself becomes the value; no copy of it is kept.
            let text = raw.take_text()?;
            // The text was all that the value owned, so there is nothing to drop.
            mem::forget(mem::replace(&mut slot.value, SlotValue::Consumed));
            return Some(Input::Owned(text));
        }
        match &slot.value {
            SlotValue::Value(raw) => Some(input(raw)),
            _ => None,
        }
    }

    /// Builds a setting from its slot.
    pub(super) fn build_leaf(
        &mut self,
        at: usize,
        leaf: &'static Leaf,
        target: &mut LeafPlace<'_>,
    ) -> Option<()> {
        if self.observer.is_some()
            && let Some(kept) = self.kept(at)
        {
            return self.keep(at, leaf, target, kept);
        }
        let built = match self.take_slot(at, leaf, target.field) {
            SlotInput::Value(raw) => {
                if let Some(observer) = &mut self.observer {
                    observer.raw(leaf, &raw);
                }
                self.decode(at, leaf, target, raw)
            }
            SlotInput::Reported => None,
            SlotInput::Absent { emptied } => self.absent(at, leaf, target, emptied),
        };
        self.report_leaf(at, leaf, target, built);
        built
    }

    /// Takes the content of a setting's slot.
    pub(super) fn take_slot(&mut self, at: usize, leaf: &Leaf, field: &dyn LeafType) -> SlotInput {
        if leaf.merge != Merge::Replace {
            self.merge_layers(at, leaf);
        }
        if !self.resolved.parts.is_empty()
            && let Some(parts) = self.resolved.parts.remove(index(at))
        {
            self.merge_parts(at, leaf, field, parts);
        }
        let slot = &mut self.resolved.slots[at];
        if slot.deprecated_name || leaf.deprecated.is_some() {
            self.warn_deprecated(at, leaf);
        }
        if !self.context.secrets_from.is_empty()
            && let Some(problem) = self.misplaced_secret(at, leaf)
        {
            self.resolved.problems.push(problem);
            self.resolved.slots[at].value = SlotValue::Unreadable;
            return SlotInput::Reported;
        }
        let slot = &mut self.resolved.slots[at];
        match mem::replace(&mut slot.value, SlotValue::Unset) {
            SlotValue::Unset | SlotValue::Consumed | SlotValue::Groups(_) => {
                SlotInput::Absent { emptied: false }
            }
            SlotValue::Empty => {
                slot.value = SlotValue::Empty;
                SlotInput::Absent { emptied: true }
            }
            SlotValue::Unreadable => {
                slot.value = SlotValue::Unreadable;
                SlotInput::Reported
            }
            SlotValue::FromFile(path) => match Secret::read(Path::new(&path)) {
                Ok(secret) => {
                    let origin = slot.origin.clone().with_file(&path);
                    let warning = secret.others_may_write(&origin);
                    self.resolved.warnings.extend(warning);
                    let slot = &mut self.resolved.slots[at];
                    let is_blank = secret.text.trim().is_empty() && !leaf.kind().accepts_blank();
                    if (secret.text.is_empty() || is_blank) && !leaf.allow_empty {
                        slot.value = SlotValue::Empty;
                        return SlotInput::Absent { emptied: true };
                    }
                    slot.origin = origin;
                    SlotInput::Value(Raw::Text {
                        text: secret.text,
                        quoted: false,
                    })
                }
                Err(why) => {
                    slot.value = SlotValue::Unreadable;
                    let problem = self.unread_file(at, &path, &why);
                    self.resolved.problems.push(problem);
                    SlotInput::Reported
                }
            },
            SlotValue::Value(raw) => SlotInput::Value(raw),
        }
    }

    /// Decodes a value; its text is moved into the result if no other code needs it.
    pub(super) fn decode(
        &mut self,
        at: usize,
        leaf: &Leaf,
        target: &mut LeafPlace<'_>,
        mut raw: Raw,
    ) -> Option<()> {
        if !is_ordinary(&raw) {
            self.warn_if_suspicious(at, leaf, &raw);
        }
        let facts = target.field.facts();
        let is_moved = facts.by_its_type && facts.text && !facts.secret && !leaf.secret;
        let is_moved = is_moved && !self.resolved.slots[at].origin.is_secret();
        if is_moved && leaf.rules.is_empty() && !leaf.watched {
            // The text itself becomes the value; no copy of it is kept.
            if let Some(text) = raw.take_text() {
                self.resolved.slots[at].value = SlotValue::Consumed;
                target.decode(Input::Owned(text), leaf, None, None).ok()?;
                return self.accept(at, leaf, target, None);
            }
        }
        self.decode_kept(at, leaf, target, raw)
    }

    fn decode_kept(
        &mut self,
        at: usize,
        leaf: &Leaf,
        target: &mut LeafPlace<'_>,
        raw: Raw,
    ) -> Option<()> {
        let mut rules = Rules::new(leaf.rules);
        let watch: Option<&mut (dyn ValueObserver + '_)> = if leaf.rules.is_empty() {
            None
        } else {
            Some(&mut rules)
        };
        let ignored = holds_structure(&raw).then(IgnoredKeys::default);
        // A type of the program is not asked twice about one text.
        let decoded = match self.malformed.take() {
            Some(malformed) => Err(malformed),
            None => target.decode(input(&raw), leaf, watch, ignored.as_ref()),
        };
        match decoded {
            Ok(()) => {
                if let Some(ignored) = ignored {
                    self.report_ignored(at, leaf, ignored);
                }
                let broken = rules.into_broken();
                if !broken.is_empty() {
                    let sight = self.secrets_in(at, leaf, target, Some(&raw)).1;
                    self.broken(at, leaf, sight, &broken, Some(&raw));
                    self.keep_text(at, leaf, sight, raw);
                    return None;
                }
                self.accept(at, leaf, target, Some(raw))
            }
            Err(_) if is_blank_for(&raw, leaf) => {
                self.resolved.slots[at].value = SlotValue::Empty;
                self.absent(at, leaf, target, true)
            }
            Err(malformed) => {
                let problem = self.malformed(at, leaf, malformed, &raw);
                self.resolved.problems.push(problem);
                self.resolved.slots[at].value = SlotValue::Unreadable;
                let sight = self.sight(at, leaf);
                self.keep_text(at, leaf, sight, raw);
                None
            }
        }
    }

    /// Runs the setting's own check on a valid value, records the settings that it requires, and keeps its output.
    pub(super) fn accept(
        &mut self,
        at: usize,
        leaf: &Leaf,
        target: &mut LeafPlace<'_>,
        raw: Option<Raw>,
    ) -> Option<()> {
        let facts = target.field.facts();
        if facts.checked
            && let Err(reason) = target.field.check(target.value()?.value)
        {
            let reason = Zeroizing::new(reason);
            let (secrets, sight) = self.secrets_in(at, leaf, target, raw.as_ref());
            let reason = (!secrets.has_unknown()).then(|| secrets.mask(&reason));
            let text = raw.as_ref().and_then(Raw::as_text);
            let text = text.or_else(|| target.value()?.text().map(Cow::Owned));
            self.rejected(at, leaf, sight, reason.as_deref(), text.as_deref());
            let shown = text.map(|text| Raw::quoted(text.into_owned()));
            if let Some(raw) = raw.or(shown) {
                self.keep_text(at, leaf, sight, raw);
            }
            return None;
        }
        if leaf.watched {
            match &raw {
                Some(raw) => self.note_conditions(at, leaf, target.field, input(raw)),
                None => {
                    if let Some(shown) = target.value().and_then(|value| value.text()) {
                        self.note_conditions(at, leaf, target.field, Input::Text(&shown));
                    }
                }
            }
        }
        if let Some(raw) = &raw {
            self.note_hashes(at, leaf, facts, raw);
        }
        let slot = &mut self.resolved.slots[at];
        slot.value = match raw {
            Some(raw) if !facts.secret && !leaf.secret => SlotValue::Value(raw),
            Some(raw) => {
                let secret = (self.cursor.layout, index(at), raw);
                self.resolved.secret_values.push(secret);
                SlotValue::Consumed
            }
            None => SlotValue::Consumed,
        };
        Some(())
    }

    /// The value of a setting that no layer sets: its default, or `None` for an `Option`.
    pub(super) fn absent(
        &mut self,
        at: usize,
        leaf: &Leaf,
        target: &mut LeafPlace<'_>,
        emptied: bool,
    ) -> Option<()> {
        if let Some(trial) = self.trial {
            self.check_rules(at, leaf, target.field);
            if trial.skips_default(at, leaf) {
                return None;
            }
        }
        if emptied && target.field.facts().optional {
            return target.set(NewValue::Absent);
        }
        if emptied
            && let Some(hidden) = self.resolved.slots[at].overrides.clone()
            && !matches!(leaf.default, DefaultValue::None)
        {
            self.warn_hidden(at, &hidden);
        }
        self.default_value(at, leaf, target, emptied)
    }

    /// The default of a setting, or `None` for an `Option`.
    pub(super) fn default_value(
        &mut self,
        at: usize,
        leaf: &Leaf,
        target: &mut LeafPlace<'_>,
        emptied: bool,
    ) -> Option<()> {
        match leaf.default {
            DefaultValue::Text(text) => {
                self.resolved.slots[at].origin = Origin::DEFAULT;
                let raw = Raw::quoted(text.to_owned());
                self.decode(at, leaf, target, raw)
            }
            DefaultValue::Expression(_) | DefaultValue::Function(_) => {
                target.set(NewValue::Default(leaf))?;
                self.resolved.slots[at].origin = Origin::DEFAULT;
                self.accept_default(at, leaf, target)
            }
            // `computed` computes it.
            DefaultValue::From(_) => None,
            DefaultValue::None if target.field.facts().optional => target.set(NewValue::Absent),
            DefaultValue::None => {
                self.missing(at, leaf, emptied);
                None
            }
        }
    }

    /// Checks a default that is a value of the setting's type.
    pub(super) fn accept_default(
        &mut self,
        at: usize,
        leaf: &Leaf,
        target: &mut LeafPlace<'_>,
    ) -> Option<()> {
        let mut rules = Rules::new(leaf.rules);
        target.value()?.measure(&mut rules);
        let broken = rules.into_broken();
        if !broken.is_empty() {
            let sight = self.secrets_in(at, leaf, target, None).1;
            self.broken(at, leaf, sight, &broken, None);
            return None;
        }
        self.accept(at, leaf, target, None)
    }

    /// Combines the values of all layers, of which the default is the lowest.
    fn merge_layers(&mut self, at: usize, leaf: &Leaf) {
        let lower = self.resolved.lower_values.remove(index(at));
        let slot = &self.resolved.slots[at];
        let is_value = matches!(slot.value, SlotValue::Value(_));
        let default = leaf.default_text();
        if !is_value || lower.is_none() && default.is_none() {
            return;
        }
        let default = default.into_iter().map(|text| {
            let text = SlotValue::Value(Raw::quoted(text));
            (text, Origin::DEFAULT)
        });
        let lower = lower.into_iter().flatten();
        let lower = lower.map(|lower| (lower.value, lower.origin));
        let highest = (slot.value.clone(), slot.origin.clone());
        let values: Vec<_> = default.chain(lower).chain([highest]).collect();
        if self.wants_overridden() {
            self.report_layers(at, &values);
        }
        let of = CollectionType {
            kind: &leaf.kind(),
            key_form: &|depth, name| KeyForm::ask(leaf.kind, depth, name),
            depth: 0,
        };
        let merged = resolve::merge_layers(values, leaf.merge, leaf.separator, of);
        let Some((value, origins)) = merged else {
            return;
        };
        let slot = &mut self.resolved.slots[at];
        slot.value = value;
        // One secret source among several keeps the whole value masked.
        if !slot.origin.is_secret()
            && let Some((_, origin)) = origins.iter().find(|(_, origin)| origin.is_secret())
        {
            slot.origin = origin.clone();
        }
        self.resolved.map_keys.insert(index(at), origins);
    }

    /// Adds keys that were set one by one to the map that the slot holds.
    fn merge_parts(&mut self, at: usize, leaf: &Leaf, field: &dyn LeafType, mut parts: Vec<Part>) {
        if let Some(outside) = field.depth_of_fields() {
            // Names of variables are upper case; those of fields are lower case.
            for part in parts.iter_mut().filter(|part| part.is_flat) {
                for key in part.path.iter_mut().skip(outside) {
                    key.make_ascii_lowercase();
                }
            }
        }
        let layer = self.resolved.layer_of(at);
        if self.wants_overridden() {
            self.report_parts(at, layer, &parts);
        }
        let slot = &mut self.resolved.slots[at];
        let kind = leaf.kind();
        let default = leaf.default_text();
        let (merged, keys) = match resolve::merge_parts(
            &slot.value,
            layer,
            parts,
            CollectionType {
                kind: &kind,
                key_form: &|depth, name| KeyForm::ask(leaf.kind, depth, name),
                depth: 0,
            },
            leaf.separator,
            (leaf.allow_empty, default),
            &self.cursor.variable(at),
        ) {
            Ok(Some(merged)) => merged,
            Ok(None) => return,
            Err(problem) => {
                slot.value = SlotValue::Unreadable;
                let problem = problem
                    .at(self.cursor.key(at))
                    .variable_if(self.cursor.shell_variable(at));
                self.resolved.problems.push(problem);
                return;
            }
        };
        let below = slot
            .has_value()
            .then(|| (String::new(), slot.origin.clone()));
        slot.value = merged;
        // One secret source among several keeps the whole map masked.
        if !slot.origin.is_secret() {
            let secret = keys.iter().find(|(_, origin)| origin.is_secret());
            if let Some((_, origin)) = secret.or(keys.last()) {
                slot.origin = origin.clone();
            }
        }
        let keys = keys.into_iter().chain(below).collect();
        self.resolved.map_keys.insert(index(at), keys);
    }
}

/// Whether a text that its type rejects is blank, and so counts as empty: the type may also accept text.
fn is_blank_for(raw: &Raw, leaf: &Leaf) -> bool {
    let is_blank = raw.as_text().is_some_and(|text| text.trim().is_empty());
    is_blank && !leaf.allow_empty && matches!(leaf.kind(), Kind::Any | Kind::Char)
}

/// Whether a value may contain keys.
fn holds_structure(raw: &Raw) -> bool {
    match raw {
        Raw::Text { text, .. } => text.trim_start().starts_with(['{', '[']),
        raw @ Raw::Structured(_) => {
            matches!(raw.as_node(), Some(Node::List(_) | Node::Table(_)))
        }
    }
}
