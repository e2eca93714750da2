//! One leaf: from its slot to its value, or to the one problem that says why not.

use super::{Assembler, LeafField, index};
use crate::{
    decode::{Form, Input},
    error::{origin::Origin, problem::Sight},
    resolve::{self, Part, SlotValue},
    rules::Rules,
    schema::{DefaultValue, Leaf},
    source::secrets_dir::Secret,
    value::{node, observer::ValueObserver, raw::Raw},
};
use figment::value::Value;
use std::{borrow::Cow, path::Path};
use zeroize::Zeroizing;

/// What a slot has for its leaf.
pub(super) enum Step {
    Value(Raw),
    /// Nothing, or set to nothing.
    Absent {
        emptied: bool,
    },
    /// A problem was told already.
    Told,
}

impl Assembler<'_> {
    pub(super) fn step(&mut self, at: usize, leaf: &Leaf) -> Step {
        if !self.resolved.parts.is_empty()
            && let Some(parts) = self.resolved.parts.remove(&index(at))
        {
            self.merge_parts(at, leaf, parts);
        }
        let slot = &mut self.resolved.slots[at];
        if slot.deprecated_name || leaf.deprecated.is_some() {
            self.warn_deprecated(at, leaf);
        }
        let slot = &mut self.resolved.slots[at];
        match std::mem::replace(&mut slot.said, SlotValue::Unset) {
            SlotValue::Unset | SlotValue::Consumed | SlotValue::Tree(_) => {
                Step::Absent { emptied: false }
            }
            SlotValue::Empty => {
                slot.said = SlotValue::Empty;
                Step::Absent { emptied: true }
            }
            SlotValue::Unreadable => {
                slot.said = SlotValue::Unreadable;
                Step::Told
            }
            SlotValue::FromFile(path) => match Secret::read(Path::new(&path)) {
                Ok(secret) => {
                    let origin = slot.origin.clone().with_file(&path);
                    let warning = secret.others_may_write(&origin);
                    self.resolved.warnings.extend(warning);
                    let slot = &mut self.resolved.slots[at];
                    if secret.text.is_empty() && !leaf.allow_empty {
                        slot.said = SlotValue::Empty;
                        return Step::Absent { emptied: true };
                    }
                    slot.origin = origin;
                    Step::Value(Raw::Text {
                        text: secret.text,
                        quoted: false,
                    })
                }
                Err(why) => {
                    slot.said = SlotValue::Unreadable;
                    let problem = self.unread_file(at, &path, &why.to_string());
                    self.resolved.problems.push(problem);
                    Step::Told
                }
            },
            SlotValue::Value(raw) => Step::Value(raw),
        }
    }

    pub(super) fn decode<T>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        take: &LeafField<T>,
        raw: Raw,
    ) -> Option<T> {
        if self.hidden.is_wanted()
            && let Some(text) = raw.as_text()
        {
            self.hidden.note_urls(&text);
        }
        let moved = take.facts.text && !take.facts.secret && !leaf.secret;
        if moved && leaf.rules.is_empty() && !leaf.watched {
            // The text becomes the value: nothing is kept beside it.
            return match take_text(raw) {
                Ok(text) => {
                    self.resolved.slots[at].said = SlotValue::Consumed;
                    let value = take.run(Input::Owned(text), leaf, None).ok()?;
                    self.sound(at, leaf, take, value, None)
                }
                Err(raw) => self.decode_kept(at, leaf, take, raw),
            };
        }
        self.decode_kept(at, leaf, take, raw)
    }

    pub(super) fn decode_kept<T>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        take: &LeafField<T>,
        raw: Raw,
    ) -> Option<T> {
        let mut rules = Rules::new(leaf.rules);
        let watch: Option<&mut (dyn ValueObserver + '_)> = if leaf.rules.is_empty() {
            None
        } else {
            Some(&mut rules)
        };
        match take.run(input(&raw), leaf, watch) {
            Ok(value) => {
                if !self.obeys(at, leaf, &rules.into_broken(), Some(&raw)) {
                    return None;
                }
                self.sound(at, leaf, take, value, Some(raw))
            }
            Err(malformed) => {
                let problem = self.malformed(at, leaf, malformed, &raw);
                self.resolved.problems.push(problem);
                self.resolved.slots[at].said = SlotValue::Unreadable;
                None
            }
        }
    }

    /// The leaf's own check, what follows from it for others, and what is kept of its raw value to be shown.
    pub(super) fn sound<T>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        take: &LeafField<T>,
        value: T,
        raw: Option<Raw>,
    ) -> Option<T> {
        if let Some(validate) = take.validate
            && let Err(reason) = validate(&value)
        {
            let reason = Zeroizing::new(reason);
            let text = raw.as_ref().and_then(Raw::as_text);
            let text = text.or_else(|| (take.facts.show)(&value).map(Cow::Owned));
            self.refused(at, leaf, &reason, text.as_deref());
            return None;
        }
        if leaf.watched {
            match &raw {
                Some(raw) => self.note_conditions(at, leaf, take, input(raw)),
                None => {
                    if let Some(shown) = (take.facts.show)(&value) {
                        self.note_conditions(at, leaf, take, Input::Text(&shown));
                    }
                }
            }
        }
        if self.hidden.is_wanted() && self.sight(at, leaf) == Sight::Masked {
            let secret_hashes = self.hidden.note(leaf, take, &value, raw.as_ref());
            let secret_hashes = secret_hashes
                .into_iter()
                .map(|secret_hash| (index(at), secret_hash));
            self.resolved.secret_hashes.extend(secret_hashes);
        }
        let slot = &mut self.resolved.slots[at];
        slot.said = match raw {
            Some(raw) if !take.facts.secret && !leaf.secret => SlotValue::Value(raw),
            _ => SlotValue::Consumed,
        };
        Some(value)
    }

    pub(super) fn absent<T>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        take: &LeafField<T>,
        emptied: bool,
    ) -> Option<T> {
        if let Some(trial) = self.trial {
            self.try_out(at, leaf, take);
            if trial.spares(at, leaf) {
                return None;
            }
        }
        if emptied && let Some(none) = take.facts.none {
            return Some(none());
        }
        if emptied
            && let Some(hidden) = self.resolved.slots[at].hides.clone()
            && !matches!(leaf.default, DefaultValue::None)
        {
            self.warn_hidden(at, &hidden);
        }
        match leaf.default {
            DefaultValue::Text(text) => {
                self.resolved.slots[at].origin = Origin::DEFAULT;
                let raw = Raw::quoted(text.to_owned());
                self.decode(at, leaf, take, raw)
            }
            DefaultValue::Expression(_) | DefaultValue::Function(_) => {
                let value = (take.default?)();
                self.resolved.slots[at].origin = Origin::DEFAULT;
                let mut rules = Rules::new(leaf.rules);
                if let Some(measure) = take.facts.measure {
                    measure(&value, &mut rules);
                }
                if !self.obeys(at, leaf, &rules.into_broken(), None) {
                    return None;
                }
                self.sound(at, leaf, take, value, None)
            }
            DefaultValue::None => match take.facts.none {
                Some(none) => Some(none()),
                None => {
                    self.missing(at, leaf, emptied);
                    None
                }
            },
        }
    }

    pub(super) fn merge_parts(&mut self, at: usize, leaf: &Leaf, parts: Vec<Part>) {
        let form = Form {
            separator: leaf.separator,
        };
        let layer = self.resolved.layer_of(at);
        if self.wants_rows() {
            self.note_parts(at, layer, &parts);
        }
        let slot = &mut self.resolved.slots[at];
        let merged = resolve::merge_map(&slot.said, layer, parts, form, leaf.allow_empty);
        let Some((said, keys)) = merged else { return };
        slot.said = said;
        // What is masked because of where it came from stays so among others.
        if !slot.origin.is_secret() {
            let secret = keys.iter().find(|(_, origin)| origin.is_secret());
            if let Some((_, origin)) = secret.or(keys.last()) {
                slot.origin = origin.clone();
            }
        }
        self.resolved.keys.insert(index(at), keys);
    }
}

/// What decoding is given of a raw value.
fn input(raw: &Raw) -> Input<'_> {
    match raw {
        Raw::Text { text, .. } => Input::Text(text),
        Raw::Value(value) => Input::Value(value),
        Raw::Gathered(map) => Input::Value(map.value()),
    }
}

/// The text of a raw value, to become the value itself.
fn take_text(raw: Raw) -> Result<String, Raw> {
    match raw {
        Raw::Text { mut text, .. } => Ok(std::mem::take(&mut *text)),
        Raw::Value(value) if node::is_number(&value) => Err(Raw::Value(value)),
        Raw::Value(value) => match *value {
            Value::String(_, text) => Ok(text),
            other => Err(Raw::Value(Box::new(other))),
        },
        Raw::Gathered(map) => Err(Raw::Gathered(map)),
    }
}
