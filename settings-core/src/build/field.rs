//! Descriptor of a setting: how values of its type are read, checked and shown.

use crate::{
    build::{
        DebugWith, LeafType, LeafValue,
        debug_json::json_of_debug,
        leaf_type::{LeafFacts, NewValue},
        rows,
        type_facts::{COMPUTED, Measure, Reveal},
    },
    decode::{self, IgnoredKeys, Input, Malformed, ReadFunction, TextForm},
    rules,
    schema::{
        DefaultValue, Kind, Leaf,
        variants::{KindOf, VariantProbe},
    },
    value::{observer::ValueObserver, raw::Raw},
};
use serde::de::DeserializeOwned;
use std::{any::Any, fmt};

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
pub struct LeafField<T: 'static> {
    pub(super) read: ReadValue<T>,
    /// Whether `parse_with` reads it.
    pub(super) parsed: bool,
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

pub(super) enum ReadValue<T: 'static> {
    Serde(Decode<T>),
    /// Its own variant, so that a program contains this code only for the fields that need it.
    Function(&'static dyn ReadByFunction<T>),
}

/// Reads values by a function of the program.
pub(super) trait ReadByFunction<T> {
    /// Reads a value, and shows `watch` what the function requests.
    ///
    /// # Errors
    ///
    /// Returns what was expected, without the value.
    fn read<'w>(
        &self,
        input: Input<'_>,
        form: TextForm<'w>,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
        measure: Option<Measure<T>>,
    ) -> Result<T, Malformed>;
}

/// The function of `deserialize_with`.
#[derive(Debug)]
pub struct DeserializeWith<T>(pub ReadFunction<T>);

/// The function of `parse_with`.
#[derive(Debug)]
pub struct ParseWith<T>(pub fn(&str) -> Result<T, String>);

impl<T> ReadByFunction<T> for DeserializeWith<T> {
    fn read<'w>(
        &self,
        input: Input<'_>,
        form: TextForm<'w>,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
        _: Option<Measure<T>>,
    ) -> Result<T, Malformed> {
        decode::deserialize_with(self.0, input, form, watch)
    }
}

impl<T> ReadByFunction<T> for ParseWith<T> {
    fn read<'w>(
        &self,
        input: Input<'_>,
        _: TextForm<'w>,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
        measure: Option<Measure<T>>,
    ) -> Result<T, Malformed> {
        decode::parse_with(&input, |text| {
            let value = self.0(text)?;
            if let Some(watch) = watch {
                rules::look(&value, text, measure, watch);
            }
            Ok(value)
        })
    }
}

impl<T: 'static> LeafField<T> {
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
            parsed: false,
            kind: T::kind,
            depth_of_fields: T::depth_of_fields,
            facts,
            default: None,
            conditional: None,
            validate: None,
        }
    }

    /// A setting that a function reads from a `Deserializer`.
    pub const fn deserialize(read: &'static DeserializeWith<T>, facts: TypeInfo<T>) -> Self {
        Self {
            read: ReadValue::Function(read),
            parsed: false,
            kind: |_| Kind::Unknown,
            depth_of_fields: || None,
            facts,
            default: None,
            conditional: None,
            validate: None,
        }
    }

    /// A setting that a function reads from its text.
    pub const fn parse(parse: &'static ParseWith<T>, facts: TypeInfo<T>) -> Self {
        Self {
            read: ReadValue::Function(parse),
            parsed: true,
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
        .with_parses(self.parsed)
    }

    /// Whether its type alone decides about a value. A function of the program may reject a text, which is gone then, and it
    /// is called once.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.read, ReadValue::Serde(_)) && !self.facts.secret && self.validate.is_none()
    }

    /// Whether it is a `String`, or an `Option` of one.
    #[inline]
    pub(super) fn is_text(&self) -> bool {
        self.facts.text
    }

    /// Decodes a value that needs no more than this.
    #[inline]
    pub(super) fn decode_plain(&self, input: Input<'_>, leaf: &Leaf) -> Result<T, Malformed> {
        self.run_with(input, leaf, None, None)
    }

    #[inline]
    fn run_with<'w>(
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
            ReadValue::Function(function) => function.read(input, form, watch, self.facts.measure),
        }
    }

    /// The output of the value of a text, if it can be printed.
    pub fn printed(&self, leaf: &Leaf, text: &str) -> Option<String> {
        let field: &dyn LeafType = self;
        field.shown(text, leaf).filter(|text| text != COMPUTED)
    }

    /// The same for a default under a condition.
    pub fn conditional_text(&self, leaf: &Leaf, nth: usize) -> Option<String> {
        text_of(self, leaf, &(self.conditional?)(nth)?)
    }

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
        text_of(self, leaf, &self.default_of(leaf)?)
    }

    /// Whether no part of the default is secret, as far as its text or its expression shows.
    pub fn discloses_default(&self, leaf: &Leaf) -> bool {
        match leaf.default {
            DefaultValue::Text(text) => rows::discloses(&Raw::quoted(text.to_owned()), leaf, self),
            DefaultValue::Expression(source) => {
                let Some(value) = self.default_of(leaf) else {
                    return true;
                };
                let value = LeafValue {
                    field: self,
                    value: &value,
                };
                value.shows_literals(source)
            }
            DefaultValue::None | DefaultValue::Function(_) | DefaultValue::From(_) => true,
        }
    }
}

/// The text that a setting reads as this value.
fn text_of(field: &dyn LeafType, leaf: &Leaf, value: &dyn Any) -> Option<String> {
    let shown = field.show(value)?;
    if shown == COMPUTED {
        return None;
    }
    let gives_it = |text: &&str| field.shown(text, leaf).as_ref() == Some(&shown);
    let kind = field.kind();
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

impl<T> fmt::Debug for TypeInfo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeInfo")
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

impl<T: 'static> fmt::Debug for LeafField<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeafField").finish_non_exhaustive()
    }
}

impl<T: 'static> LeafType for LeafField<T> {
    fn facts(&self) -> LeafFacts {
        let facts = &self.facts;
        LeafFacts {
            secret: facts.secret,
            text: facts.text,
            optional: facts.none.is_some(),
            measured: facts.measure.is_some(),
            reveals: facts.reveal.is_some(),
            debug: facts.debug.is_some(),
            checked: self.validate.is_some(),
            by_its_type: matches!(self.read, ReadValue::Serde(_)),
            parsed: self.parsed,
        }
    }

    fn kind(&self) -> Kind {
        (self.kind)(None)
    }

    fn depth_of_fields(&self) -> Option<usize> {
        (self.depth_of_fields)()
    }

    fn new_place(&self) -> Box<dyn Any> {
        Box::new(None::<T>)
    }

    fn value_in<'p>(&self, place: &'p dyn Any) -> Option<&'p dyn Any> {
        let value = place.downcast_ref::<Option<T>>()?.as_ref()?;
        Some(value)
    }

    fn decode<'w>(
        &self,
        input: Input<'_>,
        leaf: &'w Leaf,
        watch: Option<&'w mut (dyn ValueObserver + 'w)>,
        ignored: Option<&'w IgnoredKeys>,
        place: &mut dyn Any,
    ) -> Result<(), Malformed> {
        let value = self.run_with(input, leaf, watch, ignored)?;
        if let Some(place) = place.downcast_mut::<Option<T>>() {
            *place = Some(value);
        }
        Ok(())
    }

    fn set(&self, new: NewValue<'_>, place: &mut dyn Any) -> Option<()> {
        let value = match new {
            NewValue::Absent => self.facts.none?(),
            NewValue::Default(leaf) => self.default_of(leaf)?,
            NewValue::Conditional(nth) => self.conditional?(nth)?,
            NewValue::Kept(value) => *value.downcast::<T>().ok()?,
        };
        *place.downcast_mut::<Option<T>>()? = Some(value);
        Some(())
    }

    fn check(&self, value: &dyn Any) -> Result<(), String> {
        match (self.validate, value.downcast_ref()) {
            (Some(validate), Some(value)) => validate(value),
            _ => Ok(()),
        }
    }

    fn measure(&self, value: &dyn Any, watch: &mut dyn ValueObserver) {
        if let (Some(measure), Some(value)) = (self.facts.measure, value.downcast_ref()) {
            measure(value, watch);
        }
    }

    fn reveal(&self, value: &dyn Any, each: &mut dyn FnMut(&str)) {
        if let (Some(reveal), Some(value)) = (self.facts.reveal, value.downcast_ref()) {
            reveal(value, each);
        }
    }

    fn show(&self, value: &dyn Any) -> Option<String> {
        (self.facts.show)(value.downcast_ref()?)
    }

    fn debug(&self, value: &dyn Any, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.facts.debug, value.downcast_ref()) {
            (Some(debug), Some(value)) => debug(value, f),
            _ => Ok(()),
        }
    }

    fn copy(&self, value: &dyn Any) -> Option<Box<dyn Any>> {
        let copy = self.facts.clone?(value.downcast_ref()?);
        Some(Box::new(copy))
    }

    fn equals(&self, value: &dyn Any, copy: &dyn Any) -> Option<bool> {
        let equal = self.facts.equal?;
        Some(equal(value.downcast_ref()?, copy.downcast_ref()?))
    }
}
