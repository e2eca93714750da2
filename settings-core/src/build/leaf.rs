//! Building of one setting: from its slot to its value, or to one problem.

use super::{
    Assembler, LeafField, index,
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
use std::{borrow::Cow, path::Path};
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
    /// Builds a setting that needs no more than the decoding of its value, as nearly every one does. Returns `None` if it
    /// needs more, or if its value is invalid.
    pub(super) fn plain<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
    ) -> Option<T> {
        let slot = &mut self.resolved.slots[at];
        let SlotValue::Value(raw) = &mut slot.value else {
            return None;
        };
        // A function of the program may reject a text, which is gone then, and it is called once.
        let is_plain = field.is_read_by_its_type()
            && is_plain(raw)
            && leaf.is_plain()
            && !field.facts.secret
            && field.validate.is_none()
            && !slot.deprecated_name
            && !slot.origin.is_secret()
            && self.resolved.parts.is_empty()
            && self.context.secrets_from.is_empty();
        if !is_plain {
            return None;
        }
        let input = if field.facts.text {
            // The text itself becomes the value; no copy of it is kept.
            let text = raw.take_text()?;
            slot.value = SlotValue::Consumed;
            Input::Owned(text)
        } else {
            input(raw)
        };
        match field.run_with(input, leaf, None, None) {
            Ok(value) => Some(value),
            Err(malformed) => {
                self.malformed = (!field.facts.text).then_some(malformed);
                None
            }
        }
    }

    /// Takes the content of a setting's slot.
    pub(super) fn take_slot(
        &mut self,
        at: usize,
        leaf: &Leaf,
        depth_of_fields: fn() -> Option<usize>,
    ) -> SlotInput {
        if leaf.merge != Merge::Replace {
            self.merge_layers(at, leaf);
        }
        if !self.resolved.parts.is_empty()
            && let Some(parts) = self.resolved.parts.remove(index(at))
        {
            self.merge_parts(at, leaf, depth_of_fields, parts);
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
        match std::mem::replace(&mut slot.value, SlotValue::Unset) {
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
    pub(super) fn decode<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
        mut raw: Raw,
    ) -> Option<T> {
        if !is_ordinary(&raw) {
            self.warn_if_suspicious(at, leaf, &raw);
        }
        let is_moved =
            field.is_read_by_its_type() && field.facts.text && !field.facts.secret && !leaf.secret;
        let is_moved = is_moved && !self.resolved.slots[at].origin.is_secret();
        if is_moved && leaf.rules.is_empty() && !leaf.watched {
            // The text itself becomes the value; no copy of it is kept.
            if let Some(text) = raw.take_text() {
                self.resolved.slots[at].value = SlotValue::Consumed;
                let value = field.run(Input::Owned(text), leaf, None).ok()?;
                return self.accept(at, leaf, field, value, None);
            }
        }
        self.decode_kept(at, leaf, field, raw)
    }

    fn decode_kept<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
        raw: Raw,
    ) -> Option<T> {
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
            None => field.run_with(input(&raw), leaf, watch, ignored.as_ref()),
        };
        match decoded {
            Ok(value) => {
                if let Some(ignored) = ignored {
                    self.report_ignored(at, leaf, ignored);
                }
                let broken = rules.into_broken();
                if !broken.is_empty() {
                    let sight = self.secrets_in(at, leaf, field, &value, Some(&raw)).1;
                    self.broken(at, leaf, sight, &broken, Some(&raw));
                    self.keep_text(at, leaf, sight, raw);
                    return None;
                }
                self.accept(at, leaf, field, value, Some(raw))
            }
            Err(_) if is_blank_for(&raw, leaf) => {
                self.resolved.slots[at].value = SlotValue::Empty;
                self.absent(at, leaf, field, true)
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
    pub(super) fn accept<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
        value: T,
        raw: Option<Raw>,
    ) -> Option<T> {
        if let Some(validate) = field.validate
            && let Err(reason) = validate(&value)
        {
            let reason = Zeroizing::new(reason);
            let (secrets, sight) = self.secrets_in(at, leaf, field, &value, raw.as_ref());
            let reason = (!secrets.has_unknown()).then(|| secrets.mask(&reason));
            let text = raw.as_ref().and_then(Raw::as_text);
            let text = text.or_else(|| (field.facts.show)(&value).map(Cow::Owned));
            self.rejected(at, leaf, sight, reason.as_deref(), text.as_deref());
            if let Some(raw) = raw {
                self.keep_text(at, leaf, sight, raw);
            }
            return None;
        }
        if leaf.watched {
            match &raw {
                Some(raw) => self.note_conditions(at, leaf, field, input(raw)),
                None => {
                    if let Some(shown) = (field.facts.show)(&value) {
                        self.note_conditions(at, leaf, field, Input::Text(&shown));
                    }
                }
            }
        }
        if let Some(raw) = &raw {
            self.note_hashes(at, leaf, field, raw);
        }
        let slot = &mut self.resolved.slots[at];
        slot.value = match raw {
            Some(raw) if !field.facts.secret && !leaf.secret => SlotValue::Value(raw),
            Some(raw) => {
                let secret = (self.cursor.layout, index(at), raw);
                self.resolved.secret_values.push(secret);
                SlotValue::Consumed
            }
            None => SlotValue::Consumed,
        };
        Some(value)
    }

    /// The value of a setting that no layer sets: its default, or `None` for an `Option`.
    pub(super) fn absent<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
        emptied: bool,
    ) -> Option<T> {
        if let Some(trial) = self.trial {
            self.check_rules(at, leaf, field);
            if trial.skips_default(at, leaf) {
                return None;
            }
        }
        if emptied && let Some(none) = field.facts.none {
            return Some(none());
        }
        if emptied
            && let Some(hidden) = self.resolved.slots[at].overrides.clone()
            && !matches!(leaf.default, DefaultValue::None)
        {
            self.warn_hidden(at, &hidden);
        }
        self.default_value(at, leaf, field, emptied)
    }

    /// The default of a setting, or `None` for an `Option`.
    pub(super) fn default_value<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
        emptied: bool,
    ) -> Option<T> {
        match leaf.default {
            DefaultValue::Text(text) => {
                self.resolved.slots[at].origin = Origin::DEFAULT;
                let raw = Raw::quoted(text.to_owned());
                self.decode(at, leaf, field, raw)
            }
            DefaultValue::Expression(_) | DefaultValue::Function(_) => {
                let value = field.default_of(leaf)?;
                self.resolved.slots[at].origin = Origin::DEFAULT;
                self.accept_default(at, leaf, field, value)
            }
            // `computed` computes it.
            DefaultValue::From(_) => None,
            DefaultValue::None => match field.facts.none {
                Some(none) => Some(none()),
                None => {
                    self.missing(at, leaf, emptied);
                    None
                }
            },
        }
    }

    /// Checks a default that is a value of the setting's type.
    pub(super) fn accept_default<T: 'static>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &LeafField<T>,
        value: T,
    ) -> Option<T> {
        let mut rules = Rules::new(leaf.rules);
        if let Some(measure) = field.facts.measure {
            measure(&value, &mut rules);
        }
        let broken = rules.into_broken();
        if !broken.is_empty() {
            let sight = self.secrets_in(at, leaf, field, &value, None).1;
            self.broken(at, leaf, sight, &broken, None);
            return None;
        }
        self.accept(at, leaf, field, value, None)
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
    fn merge_parts(
        &mut self,
        at: usize,
        leaf: &Leaf,
        depth_of_fields: fn() -> Option<usize>,
        mut parts: Vec<Part>,
    ) {
        if let Some(outside) = depth_of_fields() {
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

/// The input of the decoder for a raw value.
pub(super) fn input(raw: &Raw) -> Input<'_> {
    match raw {
        Raw::Text { text, .. } => Input::Text(text),
        Raw::Structured(value) if value.is_gathered => Input::Pairs(value.node()),
        Raw::Structured(value) => Input::Value(value.node()),
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
