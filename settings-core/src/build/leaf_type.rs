//! Type and value of a setting without their Rust type: a function on them is compiled once, not once for each type.

use super::disclosure::{Disclosure, Strings};
use crate::{
    decode::{IgnoredKeys, Input, Malformed, Normal},
    rules::Rules,
    schema::{Kind, Leaf, Merge, Rule},
    value::{observer::ValueObserver, raw::Raw},
};
use std::{any::Any, fmt};
use zeroize::Zeroizing;

/// The type of a setting.
///
/// A `value` is a `&T`, and a `place` is an `Option<T>`.
pub(crate) trait LeafType {
    fn facts(&self) -> LeafFacts;
    /// The kind of value that it takes.
    fn kind(&self) -> Kind;
    /// Whether it is a struct with `#[serde(flatten)]`, and the lists and maps around that.
    fn depth_of_fields(&self) -> Option<usize>;
    /// A place without a value.
    fn new_place(&self) -> Box<dyn Any>;
    /// The value in a place.
    fn value_in<'p>(&self, place: &'p dyn Any) -> Option<&'p dyn Any>;
    /// Decodes a value into a place, and collects the keys that the type ignores.
    fn decode<'w>(
        &self,
        input: Input<'_>,
        leaf: &'w Leaf,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
        ignored: Option<&'w IgnoredKeys>,
        place: &mut dyn Any,
    ) -> Result<(), Malformed>;
    /// Sets a place to another value, which is `None` if it is the value that represents no value.
    fn set(&self, new: NewValue<'_>, place: &mut dyn Any) -> Option<()>;
    /// Runs the setting's own check.
    fn check(&self, value: &dyn Any) -> Result<(), String>;
    /// Shows a value to the rules, if the type is a std type.
    fn measure(&self, value: &dyn Any, watch: &mut dyn ValueObserver);
    /// Passes each text of a secret to `each`.
    fn reveal(&self, value: &dyn Any, each: &mut dyn FnMut(&str));
    /// The output of a value by its own `Display` or `Debug`.
    fn show(&self, value: &dyn Any) -> Option<String>;
    /// The output of a value by its `Debug`.
    fn debug(&self, value: &dyn Any, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    /// A clone, if the type is `Clone`.
    fn copy(&self, value: &dyn Any) -> Option<Box<dyn Any>>;
    /// Whether a value equals a clone of the same type, if the type is `PartialEq`.
    fn equals(&self, value: &dyn Any, copy: &dyn Any) -> Option<bool>;
}

/// Properties of a setting's type, and of the functions that the program adds to it.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct LeafFacts {
    /// Whether its `Debug` hides its value.
    pub(crate) secret: bool,
    /// Whether it is a `String`, or an `Option` of one.
    pub(crate) text: bool,
    /// Whether it is an `Option`.
    pub(crate) optional: bool,
    /// Whether it is a std type, which rules can check without its text.
    pub(crate) measured: bool,
    /// Whether the texts of the secret can be read.
    pub(crate) reveals: bool,
    /// Whether it is `Debug`.
    pub(crate) debug: bool,
    /// Whether the program has a check for it.
    pub(crate) checked: bool,
    /// Whether no function of the program reads the value.
    pub(crate) by_its_type: bool,
    /// Whether `parse_with` reads it.
    pub(crate) parsed: bool,
}

/// A value that is not decoded.
pub(crate) enum NewValue<'a> {
    /// The value that represents no value, if the type is an `Option`.
    Absent,
    /// The default that is not text.
    Default(&'a Leaf),
    /// The default at an index of `default_if`.
    Conditional(usize),
    /// A value of the type itself: of an earlier build, or computed from other settings.
    Kept(Box<dyn Any>),
}

/// A setting that is being built, with the place for its value.
pub(crate) struct LeafPlace<'a> {
    pub(crate) field: &'a dyn LeafType,
    pub(crate) place: &'a mut dyn Any,
}

/// The value of a setting.
#[derive(Clone, Copy)]
pub(crate) struct LeafValue<'a> {
    pub(crate) field: &'a dyn LeafType,
    pub(crate) value: &'a dyn Any,
}

impl LeafPlace<'_> {
    pub(crate) fn value(&self) -> Option<LeafValue<'_>> {
        LeafValue::in_place(self.field, &*self.place)
    }

    pub(crate) fn decode<'w>(
        &mut self,
        input: Input<'_>,
        leaf: &'w Leaf,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
        ignored: Option<&'w IgnoredKeys>,
    ) -> Result<(), Malformed> {
        self.field.decode(input, leaf, watch, ignored, self.place)
    }

    pub(crate) fn set(&mut self, new: NewValue<'_>) -> Option<()> {
        self.field.set(new, self.place)
    }
}

impl dyn LeafType + '_ {
    /// Whether the type decodes a value. The value is dropped.
    fn run<'w>(
        &self,
        input: Input<'_>,
        leaf: &'w Leaf,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
    ) -> Result<Box<dyn Any>, Malformed> {
        let mut place = self.new_place();
        self.decode(input, leaf, watch, None, &mut *place)?;
        Ok(place)
    }

    /// The output of the value of a text.
    pub(crate) fn shown(&self, text: &str, leaf: &Leaf) -> Option<String> {
        let place = self.run(Input::Text(text), leaf, None).ok()?;
        LeafValue::in_place(self, &*place)?.text()
    }

    /// The normal form of a value, which does not depend on its spelling.
    pub(crate) fn normal(&self, input: Input<'_>, leaf: &Leaf) -> Option<Zeroizing<String>> {
        let mut normal = Normal::default();
        self.run(input, leaf, Some(&mut normal)).ok()?;
        normal.into_text()
    }

    /// The parts of a raw value that may be printed, whether the setting takes it or not.
    pub(crate) fn disclosure_of(&self, raw: &Raw, leaf: &Leaf) -> Disclosure {
        let facts = self.facts();
        if leaf.unmasked || facts.measured && !facts.secret {
            return Disclosure::Everything;
        }
        match self.run(input(raw), leaf, None) {
            Ok(place) => LeafValue::in_place(self, &*place)
                .map_or_else(Disclosure::nothing, |value| value.disclosure(raw, leaf)),
            Err(_) => Disclosure::nothing(),
        }
    }

    /// The reason why a rule does not fit the type.
    pub(crate) fn misfit(&self, rule: &Rule) -> Option<String> {
        let (facts, kind) = (self.facts(), self.kind());
        let is_measured = facts.parsed && facts.measured;
        if !is_measured && !rule.fits(&kind) {
            let looks = match rule {
                Rule::Pattern(_) => "`pattern` looks at text",
                Rule::OneOf(_) => "`one_of` looks at text",
                Rule::Length { .. } => "`length` counts characters or elements",
                Rule::Range(_) => "`range` compares numbers, or durations if its bounds are text",
            };
            return Some(format!("{looks}, and its type takes {kind}"));
        }
        match (rule, kind.element().unwrap_or(&kind)) {
            (Rule::Pattern(pattern), _) if !pattern.compiles() => {
                Some("its pattern cannot be compiled: it is too large".to_owned())
            }
            (Rule::OneOf(words), Kind::Enum(names)) => {
                let other = words.iter().find(|word| !names.contains(word))?;
                Some(format!(
                    "`one_of` allows {other}, and its type takes {kind}"
                ))
            }
            _ => None,
        }
    }

    /// The reason why the values of several layers cannot be combined.
    pub(crate) fn merge_misfit(&self, merge: Merge) -> Option<String> {
        let kind = self.kind();
        let (fits, needed) = match (merge, &kind) {
            (Merge::Replace, _) | (_, Kind::Any | Kind::Unknown) => return None,
            (Merge::Append, kind) => (
                matches!(kind, Kind::List(_)),
                "`merge = \"append\"` is for lists",
            ),
            (Merge::Keys, kind) => (
                matches!(kind, Kind::Map(_) | Kind::Struct(_)),
                "`merge = \"keys\"` is for maps",
            ),
        };
        (!fits).then(|| format!("{needed}, and its type takes {kind}"))
    }

    /// Words for the expected value, if the setting does not accept a text.
    pub(crate) fn expected_for(&self, text: &str, leaf: &Leaf) -> Option<String> {
        let mut rules = Rules::new(leaf.rules);
        match self.run(Input::Text(text), leaf, Some(&mut rules)) {
            Ok(_) => Some(rules.into_broken().first()?.expected.clone()),
            Err(_) if self.facts().parsed => {
                Some("a text that its `parse_with` function accepts".to_owned())
            }
            Err(_) => Some(leaf.expected()),
        }
    }
}

impl<'a> LeafValue<'a> {
    /// The value in a place, if there is one.
    pub(crate) fn in_place(field: &'a dyn LeafType, place: &'a dyn Any) -> Option<Self> {
        let value = field.value_in(place)?;
        Some(Self { field, value })
    }

    /// A clone, if the type is `Clone`.
    pub(crate) fn copy(&self) -> Option<Box<dyn Any>> {
        self.field.copy(self.value)
    }

    /// Whether it equals a clone of the same type, if the type is `PartialEq`.
    pub(crate) fn equals(&self, copy: &dyn Any) -> Option<bool> {
        self.field.equals(self.value, copy)
    }

    /// Shows the value to the rules, if the type is a std type.
    pub(crate) fn measure(&self, watch: &mut dyn ValueObserver) {
        self.field.measure(self.value, watch);
    }

    /// Passes each text of a secret to `each`. Returns whether the type has such texts.
    pub(crate) fn reveal(&self, each: &mut dyn FnMut(&str)) -> bool {
        self.field.reveal(self.value, each);
        self.field.facts().reveals
    }

    /// The output of the value by its own `Display` or `Debug`.
    pub(crate) fn text(&self) -> Option<String> {
        self.field.show(self.value)
    }

    /// The parts of the value that may be printed, given the raw value it was decoded from.
    pub(crate) fn disclosure(&self, raw: &Raw, leaf: &Leaf) -> Disclosure {
        let facts = self.field.facts();
        if leaf.unmasked || facts.measured && !facts.secret {
            return Disclosure::Everything;
        }
        let kind = leaf.kind();
        let is_composite = kind.is_compound()
            || matches!(kind, Kind::Text | Kind::Any | Kind::Unknown)
            || matches!(kind, Kind::Enum(_)) && raw.as_text().is_none_or(|text| text.contains('{'));
        let shown = self.text();
        let prints_itself = || shown.is_some() && shown.as_deref() == raw.as_text().as_deref();
        if !facts.debug && (!is_composite || prints_itself()) {
            return Disclosure::Everything;
        }
        let strings = if facts.parsed {
            raw.as_text()
                .map(|text| Strings::parsed(&text))
                .unwrap_or_default()
        } else {
            let mut strings = Strings::default();
            // The value was decoded before. Only the requests of its type are of interest here.
            let _ = self.field.run(input(raw), leaf, Some(&mut strings));
            strings
        };
        let debug = facts.debug.then_some(self as &dyn fmt::Debug);
        Disclosure::of(&strings, debug)
    }

    /// Whether it prints each string of the expression that created it.
    pub(crate) fn shows_literals(&self, source: &str) -> bool {
        let debug = self.field.facts().debug.then_some(self as &dyn fmt::Debug);
        Disclosure::shows_literals(source, self.text().as_deref(), debug)
    }

    /// Whether the value contains a secret that it does not reveal.
    pub(crate) fn conceals(&self) -> bool {
        let facts = self.field.facts();
        let is_known = facts.reveals || facts.measured && !facts.secret;
        facts.debug && !is_known && Disclosure::is_redacted(self)
    }

    /// Whether the value is the text that it is read from.
    pub(crate) fn is_text(&self) -> bool {
        self.field.facts().text
    }

    /// The normal form of the value, if it is one scalar.
    pub(crate) fn measured(&self) -> Option<String> {
        let mut normal = Normal::default();
        self.measure(&mut normal);
        normal.into_text().map(|text| text.to_string())
    }

    /// Whether the setting reads `text` as a value that prints the same.
    pub(crate) fn reads_back(&self, text: &str, leaf: &Leaf) -> bool {
        let shown = self.text();
        if shown.as_deref() == Some(super::type_facts::COMPUTED) {
            return false;
        }
        let read = self.field.run(Input::Text(text), leaf, None);
        let read = read.ok();
        read.and_then(|place| LeafValue::in_place(self.field, &*place).map(|value| value.text()))
            .is_some_and(|read| read == shown)
    }
}

/// Prints by the `Debug` of its type.
impl fmt::Debug for LeafValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.field.debug(self.value, f)
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
