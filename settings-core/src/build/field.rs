//! Descriptor of a setting: how values of its type are read, checked and shown.

use crate::{
    build::{
        DebugWith, Disclosure, LeafType, LeafValue,
        debug_json::json_of_debug,
        disclosure::Strings,
        leaf::input,
        rows,
        type_facts::{COMPUTED, Measure, Reveal},
    },
    decode::{self, IgnoredKeys, Input, Malformed, Normal, ReadFunction, TextForm},
    rules::{self, Rules},
    schema::{
        DefaultValue, Kind, Leaf, Merge, Rule,
        variants::{KindOf, VariantProbe},
    },
    value::{observer::ValueObserver, raw::Raw},
};
use serde::de::DeserializeOwned;
use std::{any::Any, fmt};
use zeroize::Zeroizing;

/// Types of settings: any that serde can build without borrowing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read as one value",
    label = "serde cannot build this type",
    note = "if it is a group of settings, add `#[settings(nested)]`",
    note = "otherwise derive `serde::Deserialize` for it, or name a function with `#[settings(parse_with = …)]`"
)]
pub trait Readable: Sized {
    /// Builds it from a raw value.
    ///
    /// # Errors
    ///
    /// Returns what was expected, without the value.
    fn read<'w>(
        input: Input<'_>,
        form: TextForm<'w>,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
    ) -> Result<Self, Malformed>;
    /// The kind of value that it takes. `variant` queries the innermost enum for one of its names.
    fn kind(variant: Option<&mut VariantProbe<'_>>) -> Kind;
    /// Whether it is a struct with `#[serde(flatten)]`.
    fn depth_of_fields() -> Option<usize>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Readable for T {
    fn read<'w>(
        input: Input<'_>,
        form: TextForm<'w>,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
    ) -> Result<Self, Malformed> {
        decode::decode(input, form, watch)
    }

    fn kind(variant: Option<&mut VariantProbe<'_>>) -> Kind {
        decode::probe::<T>(variant)
    }

    fn depth_of_fields() -> Option<usize> {
        decode::depth_of_fields::<T>()
    }
}

/// Descriptor of a setting of type `T`.
pub struct LeafField<T> {
    pub(super) read: ReadValue<T>,
    pub(super) kind: KindOf,
    pub(super) depth_of_fields: fn() -> Option<usize>,
    pub(super) facts: TypeInfo<T>,
    pub(super) default: Option<fn() -> T>,
    /// The default at an index of `default_if`, if it is an expression.
    pub(super) conditional: Option<fn(usize) -> Option<T>>,
    pub(super) validate: Option<Validate<T>>,
}

/// The answers of `TypeFacts<T>` for one type.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct TypeInfo<T> {
    /// Whether it is a group, or a list or map of groups.
    pub group: bool,
    /// Whether its `Debug` hides its value.
    pub secret: bool,
    /// Whether it is a `String`, or an `Option` of one.
    pub text: bool,
    /// Whether it is a `Duration`, or an `Option` or `Vec` of one.
    pub duration: bool,
    /// Returns the value that represents no value, if the type is optional.
    pub none: Option<fn() -> T>,
    /// Clones a value, if the type is `Clone`.
    pub clone: Option<fn(&T) -> T>,
    /// Compares two values, if the type is `PartialEq`.
    pub equal: Option<fn(&T, &T) -> bool>,
    /// Shows a value to the rules, if the type is a std type.
    pub measure: Option<Measure<T>>,
    /// Passes on the texts of a secret.
    pub reveal: Option<Reveal<T>>,
    /// Prints a value by its `Debug`, if the type is `Debug`.
    pub debug: Option<DebugWith<T>>,
    /// Prints a value.
    pub show: fn(&T) -> Option<String>,
}

/// Builds a value by serde.
type Decode<T> = for<'w> fn(
    Input<'_>,
    TextForm<'w>,
    Option<&'w mut (dyn ValueObserver + 'w)>,
) -> Result<T, Malformed>;

/// Checks a value by a function of the program.
type Validate<T> = fn(&T) -> Result<(), String>;

pub(super) enum ReadValue<T> {
    Serde(Decode<T>),
    With(ReadFunction<T>),
    Parse(fn(&str) -> Result<T, String>),
    /// The index of a variant of an enum, by its name.
    Tag(fn(&Input<'_>) -> Result<T, Malformed>),
}

impl<T> LeafField<T> {
    /// A setting that serde reads.
    ///
    /// The bound is here and not on the `impl`, so that rustc reports the message of `Readable`.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if the type is a group.
    #[track_caller]
    pub const fn read(facts: TypeInfo<T>) -> Self
    where
        T: Readable,
    {
        assert!(
            !facts.group,
            "this is a group of settings: add `#[settings(nested)]`"
        );
        Self {
            read: ReadValue::Serde(T::read),
            kind: T::kind,
            depth_of_fields: T::depth_of_fields,
            facts,
            default: None,
            conditional: None,
            validate: None,
        }
    }

    /// A setting that a function reads from a `Deserializer`.
    pub const fn deserialize(read: ReadFunction<T>, facts: TypeInfo<T>) -> Self {
        Self {
            read: ReadValue::With(read),
            kind: |_| Kind::Unknown,
            depth_of_fields: || None,
            facts,
            default: None,
            conditional: None,
            validate: None,
        }
    }

    /// A setting that a function reads from its text.
    pub const fn parse(parse: fn(&str) -> Result<T, String>, facts: TypeInfo<T>) -> Self {
        Self {
            read: ReadValue::Parse(parse),
            kind: |_| Kind::Text,
            depth_of_fields: || None,
            facts,
            default: None,
            conditional: None,
            validate: None,
        }
    }

    /// Sets the function that returns the default.
    #[must_use]
    pub const fn default(mut self, default: fn() -> T) -> Self {
        self.default = Some(default);
        self
    }

    /// Sets the function that returns the defaults under conditions.
    #[must_use]
    pub const fn conditional(mut self, conditional: fn(usize) -> Option<T>) -> Self {
        self.conditional = Some(conditional);
        self
    }

    /// Sets the function that checks a value.
    #[must_use]
    pub const fn validate(mut self, validate: Validate<T>) -> Self {
        self.validate = Some(validate);
        self
    }

    /// Rejects `required_if` on a type that is not an `Option`.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if the type is not an `Option`.
    #[track_caller]
    pub const fn must_be_optional(&self) {
        assert!(
            self.facts.none.is_some(),
            "`required_if` needs an `Option`; any other setting without a default is always required"
        );
    }

    /// Rejects a rule across settings on a type that is not an `Option`.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if the type is not an `Option`.
    #[track_caller]
    pub const fn must_be_absent_sometimes(&self) {
        assert!(
            self.facts.none.is_some(),
            "this setting always has a value: the rule is for settings that are an `Option`"
        );
    }

    /// Rejects `unit` on a type that is not a duration.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if the type is not `Duration`, or an `Option` or `Vec` of it.
    #[track_caller]
    pub const fn must_be_duration(&self) {
        assert!(
            self.facts.duration,
            "`unit` is for a `Duration`: it is the unit of a plain number"
        );
    }

    /// Rejects `no_file` on a setting that has no `_FILE` variable.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if the type is not a secret.
    #[track_caller]
    pub const fn must_be_secret(&self) {
        assert!(
            self.facts.secret,
            "`no_file` is only for a secret: no other setting reads a file that a variable names"
        );
    }

    /// Rejects `secret` on a type whose `Debug` prints its value.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if the type is a `String`, also through an alias.
    #[track_caller]
    pub const fn must_not_be_text(&self) {
        assert!(
            !self.facts.text,
            "the `Debug` output of this type shows its value; use `SecretString`, or a type whose `Debug` hides it"
        );
    }

    /// The description of the setting in the schema.
    pub const fn leaf(
        &self,
        key: &'static str,
        type_name: &'static str,
        doc: &'static str,
    ) -> Leaf {
        Leaf::new(
            key,
            type_name,
            doc,
            self.kind,
            self.facts.none.is_some(),
            self.facts.secret,
            self.facts.clone.is_some(),
        )
        .with_opaque(self.facts.measure.is_none() && !self.facts.secret)
        .with_parses(matches!(self.read, ReadValue::Parse(_)))
    }

    /// Whether no function of the program reads the value.
    pub(super) const fn is_read_by_its_type(&self) -> bool {
        matches!(self.read, ReadValue::Serde(_))
    }

    #[inline(never)]
    pub(super) fn run<'w>(
        &self,
        input: Input<'_>,
        leaf: &'w Leaf,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
    ) -> Result<T, Malformed> {
        self.run_with(input, leaf, watch, None)
    }

    /// Decodes a value, and collects the keys that the type ignores.
    #[inline]
    pub(super) fn run_with<'w>(
        &self,
        input: Input<'_>,
        leaf: &'w Leaf,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
        ignored: Option<&'w IgnoredKeys>,
    ) -> Result<T, Malformed> {
        let form = TextForm {
            separator: leaf.separator,
            unit: leaf.unit,
            ignored,
        };
        match self.read {
            ReadValue::Serde(read) => read(input, form, watch),
            ReadValue::With(read) => decode::deserialize_with(read, input, form, watch),
            ReadValue::Parse(parse) => decode::parse_with(&input, |text| {
                let value = parse(text)?;
                if let Some(watch) = watch {
                    rules::look(&value, text, self.facts.measure, watch);
                }
                Ok(value)
            }),
            ReadValue::Tag(read) => {
                let variant = read(&input)?;
                if let (Some(watch), Some(measure)) = (watch, self.facts.measure) {
                    measure(&variant, watch);
                }
                Ok(variant)
            }
        }
    }

    /// The reason why a rule does not fit the type.
    pub(super) fn misfit(&self, rule: &Rule) -> Option<String> {
        let kind = self.kind();
        let is_measured = matches!(self.read, ReadValue::Parse(_)) && self.facts.measure.is_some();
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
    pub(super) fn merge_misfit(&self, merge: Merge) -> Option<String> {
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
    pub(super) fn expected_for(&self, text: &str, leaf: &Leaf) -> Option<String> {
        let mut rules = Rules::new(leaf.rules);
        match self.run(Input::Text(text), leaf, Some(&mut rules)) {
            Ok(_) => Some(rules.into_broken().first()?.expected.clone()),
            Err(_) => Some(match self.read {
                ReadValue::Serde(_) | ReadValue::With(_) | ReadValue::Tag(_) => leaf.expected(),
                ReadValue::Parse(_) => "a text that its `parse_with` function accepts".to_owned(),
            }),
        }
    }

    fn kind(&self) -> Kind {
        (self.kind)(None)
    }

    /// The output of the value of a text, if it can be printed.
    pub fn printed(&self, leaf: &Leaf, text: &str) -> Option<String> {
        let value = self.run(Input::Text(text), leaf, None).ok()?;
        (self.facts.show)(&value).filter(|text| text != COMPUTED)
    }

    /// The same for a default under a condition.
    pub fn conditional_text(&self, leaf: &Leaf, nth: usize) -> Option<String> {
        self.text_of(leaf, &(self.conditional?)(nth)?)
    }

    fn text_of(&self, leaf: &Leaf, value: &T) -> Option<String> {
        let shown = (self.facts.show)(value)?;
        if shown == COMPUTED {
            return None;
        }
        let gives_it = |text: &&str| {
            let value = self.run(Input::Text(text), leaf, None).ok();
            value.and_then(|value| (self.facts.show)(&value)).as_ref() == Some(&shown)
        };
        let kind = self.kind();
        if let Kind::Enum(names) = &kind
            && let Some(name) = names.iter().find(|name| gives_it(name))
        {
            return Some((*name).to_owned());
        }
        let plain = [shown.clone(), shown.trim_matches('"').to_owned()];
        let json = [false, true].map(|wraps| json_of_debug(&shown, wraps));
        let json = json.into_iter().flatten();
        let candidates: Vec<String> = if kind.is_compound() {
            json.chain(plain).collect()
        } else {
            plain.into_iter().chain(json).collect()
        };
        candidates.into_iter().find(|text| gives_it(&&**text))
    }

    /// The normal form of a value, which does not depend on its spelling.
    pub(super) fn normal(&self, input: Input<'_>, leaf: &Leaf) -> Option<Zeroizing<String>> {
        let mut normal = Normal::default();
        self.run(input, leaf, Some(&mut normal)).ok()?;
        normal.into_text()
    }
}

impl<T: 'static> LeafField<T> {
    /// The default that is not text: that of this use of the group, or that of the type.
    pub(super) fn default_of(&self, leaf: &Leaf) -> Option<T> {
        let Some(other) = leaf.other_default else {
            return self.default.map(|default| default());
        };
        let mut value: Option<T> = None;
        other(&mut value);
        value
    }

    /// The text that the setting reads as its computed default: the name of a variant, or the output of the default.
    pub fn default_text(&self, leaf: &Leaf) -> Option<String> {
        self.text_of(leaf, &self.default_of(leaf)?)
    }

    /// Whether no part of the default is secret, as far as its text or its expression shows.
    pub fn discloses_default(&self, leaf: &Leaf) -> bool {
        match leaf.default {
            DefaultValue::Text(text) => rows::discloses(&Raw::quoted(text.to_owned()), leaf, self),
            DefaultValue::Expression(source) => {
                let Some(value) = self.default_of(leaf) else {
                    return true;
                };
                let debug = self.facts.debug.map(|debug| Printed(&value, debug));
                let debug = debug.as_ref().map(|debug| debug as &dyn fmt::Debug);
                Disclosure::shows_literals(source, (self.facts.show)(&value).as_deref(), debug)
            }
            DefaultValue::None | DefaultValue::Function(_) | DefaultValue::From(_) => true,
        }
    }
}

impl<T> fmt::Debug for TypeInfo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeInfo")
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for LeafField<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeafField").finish_non_exhaustive()
    }
}

/// A value that prints by the `Debug` of its type.
struct Printed<'a, T>(&'a T, DebugWith<T>);

impl<T> fmt::Debug for Printed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.1)(self.0, f)
    }
}

/// A value with its descriptor.
pub(super) struct Typed<'a, T>(pub(super) &'a LeafField<T>, pub(super) &'a T);

impl<T: 'static> LeafType for LeafField<T> {
    fn disclosure_of(&self, raw: &Raw, leaf: &Leaf) -> Disclosure {
        let is_plain = self.facts.measure.is_some() && !self.facts.secret;
        if leaf.unmasked || is_plain {
            return Disclosure::Everything;
        }
        match self.run(input(raw), leaf, None) {
            Ok(value) => Typed(self, &value).disclosure(raw, leaf),
            Err(_) => Disclosure::nothing(),
        }
    }
}

impl<T: 'static> LeafValue for Typed<'_, T> {
    fn copy(&self) -> Option<Box<dyn Any>> {
        let copy = self.0.facts.clone?(self.1);
        Some(Box::new(copy))
    }

    fn equals(&self, copy: &dyn Any) -> Option<bool> {
        let equal = self.0.facts.equal?;
        Some(equal(self.1, copy.downcast_ref::<T>()?))
    }

    fn measure(&self, watch: &mut dyn ValueObserver) {
        if let Some(measure) = self.0.facts.measure {
            measure(self.1, watch);
        }
    }

    fn reveal(&self, each: &mut dyn FnMut(&str)) -> bool {
        if let Some(reveal) = self.0.facts.reveal {
            reveal(self.1, each);
        }
        self.0.facts.reveal.is_some()
    }

    fn text(&self) -> Option<String> {
        (self.0.facts.show)(self.1)
    }

    fn disclosure(&self, raw: &Raw, leaf: &Leaf) -> Disclosure {
        let facts = &self.0.facts;
        if leaf.unmasked || facts.measure.is_some() && !facts.secret {
            return Disclosure::Everything;
        }
        let kind = leaf.kind();
        let is_parsed = matches!(self.0.read, ReadValue::Parse(_));
        let is_composite = kind.is_compound()
            || matches!(kind, Kind::Text | Kind::Any | Kind::Unknown)
            || matches!(kind, Kind::Enum(_)) && raw.as_text().is_none_or(|text| text.contains('{'));
        let shown = self.text();
        let prints_itself = || shown.is_some() && shown.as_deref() == raw.as_text().as_deref();
        if facts.debug.is_none() && (!is_composite || prints_itself()) {
            return Disclosure::Everything;
        }
        let strings = if is_parsed {
            raw.as_text()
                .map(|text| Strings::parsed(&text))
                .unwrap_or_default()
        } else {
            let mut strings = Strings::default();
            // The value was decoded before. Only the requests of its type are of interest here.
            let _ = self.0.run(input(raw), leaf, Some(&mut strings));
            strings
        };
        let debug = facts.debug.map(|debug| Printed(self.1, debug));
        Disclosure::of(
            &strings,
            debug.as_ref().map(|debug| debug as &dyn fmt::Debug),
        )
    }

    fn conceals(&self) -> bool {
        let facts = &self.0.facts;
        let is_known = facts.reveal.is_some() || facts.measure.is_some() && !facts.secret;
        let debug = facts.debug.filter(|_| !is_known);
        debug.is_some_and(|debug| Disclosure::is_redacted(&Printed(self.1, debug)))
    }

    fn is_text(&self) -> bool {
        self.0.facts.text
    }

    fn measured(&self) -> Option<String> {
        let mut normal = Normal::default();
        self.0.facts.measure?(self.1, &mut normal);
        normal.into_text().map(|text| text.to_string())
    }

    fn reads_back(&self, text: &str, leaf: &Leaf) -> bool {
        let shown = self.text();
        shown.as_deref() != Some(COMPUTED)
            && self
                .0
                .run(Input::Text(text), leaf, None)
                .is_ok_and(|read| (self.0.facts.show)(&read) == shown)
    }
}
