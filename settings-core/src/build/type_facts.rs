//! Properties of a type, such as secret, optional, text or printable. They do not depend on its spelling.
//!
//! An inherent item of `TypeFacts<T>` that exists only under a bound takes precedence over the trait's item that always
//! exists, and in generated code `T` is concrete, so the answer is right through any alias.

use crate::{
    build::{DebugWith, GroupType},
    rules::Measured,
    value::observer::ValueObserver,
};
use secrecy::{ExposeSecret, SecretBox};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    marker::PhantomData,
    sync::Arc,
    time::Duration,
};
use zeroize::Zeroize;

/// Carrier of the facts of `T`.
#[derive(Debug)]
pub struct TypeFacts<T: ?Sized>(PhantomData<T>);

/// A value that is to be printed.
#[derive(Debug)]
pub struct Show<'a, T: ?Sized>(pub &'a T);

/// Shows a value to the rules.
pub(crate) type Measure<T> = fn(&T, &mut dyn ValueObserver);

/// Clones a value.
pub(crate) type CloneFn<T> = fn(&T) -> T;

/// Compares two values.
pub(crate) type EqualFn<T> = fn(&T, &T) -> bool;

/// Passes on each text of a secret.
pub(crate) type Reveal<T> = fn(&T, &mut dyn FnMut(&str));

/// The facts of a type to which no inherent item applies.
pub trait TypeFactsAny {
    /// The type.
    type Of;
    /// The `T` of an `Option<T>`; otherwise the type itself.
    type Inner;
    /// Whether it is a secret.
    const SECRET: bool = false;
    /// Whether it is a group, or a list or map of groups.
    const GROUP: bool = false;
    /// Whether it is a `String`, or an `Option` of one.
    const TEXT: bool = false;
    /// Whether it is a `Duration`, or an `Option` or `Vec` of one.
    const DURATION: bool = false;
    /// Returns the value that represents no value.
    const NONE: Option<fn() -> Self::Of> = None;
    /// Prints a value by its `Debug`.
    const DEBUG: Option<DebugWith<Self::Of>> = None;
    /// Clones a value.
    const CLONE: Option<CloneFn<Self::Of>> = None;
    /// Compares two values.
    const EQUAL: Option<EqualFn<Self::Of>> = None;
    /// Shows a value to the rules.
    const MEASURE: Option<Measure<Self::Of>> = None;
    /// Passes on the texts of a secret.
    const REVEAL: Option<Reveal<Self::Of>> = None;

    /// Wraps a value.
    fn some(value: Self::Inner) -> Self::Of;

    /// The wrapped value, if there is one.
    fn inner(value: &Self::Of) -> Option<&Self::Inner>;

    /// The value of a computed default.
    fn computed(value: Self::Of) -> Self::Of {
        value
    }
}

impl<T> TypeFactsAny for TypeFacts<T> {
    type Of = T;
    type Inner = T;

    fn some(value: T) -> T {
        value
    }

    fn inner(value: &T) -> Option<&T> {
        Some(value)
    }
}

impl<T> TypeFacts<Option<T>> {
    /// An `Option` is `None` without a value.
    pub const NONE: Option<fn() -> Option<T>> = Some(|| None);

    /// Wraps a value.
    pub fn some(value: T) -> Option<T> {
        Some(value)
    }

    /// The wrapped value.
    pub fn inner(value: &Option<T>) -> Option<&T> {
        value.as_ref()
    }

    /// The value of a computed default, which may be a `T` or an `Option<T>`.
    pub fn computed<D>(value: D) -> Option<T>
    where
        Option<T>: OptionalDefault<D>,
    {
        OptionalDefault::from_value(value)
    }
}

/// Optional types whose computed default may be a `D`.
#[diagnostic::on_unimplemented(
    message = "expected a default for `{Self}`",
    label = "this expression has the type `{D}`",
    note = "the default of an `Option<T>` is a `T` or an `Option<T>`"
)]
pub trait OptionalDefault<D> {
    /// The field's value.
    fn from_value(value: D) -> Self;
}

impl<T> OptionalDefault<T> for Option<T> {
    fn from_value(value: T) -> Self {
        Some(value)
    }
}

impl<T> OptionalDefault<Option<T>> for Option<T> {
    fn from_value(value: Option<T>) -> Self {
        value
    }
}

/// Types whose value is the text itself.
pub trait IsText {}
impl IsText for String {}
impl<T: IsText> IsText for Option<T> {}

impl<T: IsText> TypeFacts<T> {
    /// It is a `String`, or an `Option` of one.
    pub const TEXT: bool = true;
}

/// Types whose plain numbers have a unit.
pub trait IsDuration {}
impl IsDuration for Duration {}
impl<T: IsDuration> IsDuration for Option<T> {}
impl<T: IsDuration> IsDuration for Vec<T> {}

impl<T: IsDuration> TypeFacts<T> {
    /// It is a `Duration`, or an `Option` or `Vec` of one.
    pub const DURATION: bool = true;
}

/// Types whose `Debug` hides their value.
pub trait IsSecret {}
impl<T: Zeroize + ?Sized> IsSecret for SecretBox<T> {}
impl<T: IsSecret> IsSecret for Option<T> {}
impl<T: IsSecret> IsSecret for Vec<T> {}
impl<T: IsSecret + ?Sized> IsSecret for Box<T> {}
impl<T: IsSecret + ?Sized> IsSecret for Arc<T> {}
impl<K, T: IsSecret, S> IsSecret for HashMap<K, T, S> {}
impl<K, T: IsSecret> IsSecret for BTreeMap<K, T> {}
#[cfg(feature = "indexmap")]
impl<K, T: IsSecret, S> IsSecret for indexmap::IndexMap<K, T, S> {}

impl<T: IsSecret + ?Sized> TypeFacts<T> {
    /// Its `Debug` hides its value.
    pub const SECRET: bool = true;
}

impl<T: GroupType> TypeFacts<T> {
    /// It is a group, or a list or map of groups.
    pub const GROUP: bool = true;
}

impl<T: fmt::Debug> TypeFacts<T> {
    /// It is `Debug`.
    pub const DEBUG: Option<DebugWith<T>> = Some(T::fmt);
}

impl<T: Clone> TypeFacts<T> {
    /// It is `Clone`.
    pub const CLONE: Option<CloneFn<T>> = Some(T::clone);
}

impl<T: PartialEq> TypeFacts<T> {
    /// Its values can be compared.
    pub const EQUAL: Option<EqualFn<T>> = Some(T::eq);
}

impl<T: Measured> TypeFacts<T> {
    /// Rules can check its values without their text.
    pub const MEASURE: Option<Measure<T>> = Some(T::measure);
}

/// Secrets whose texts can be read.
pub trait Reveals {
    /// Passes each text to `each`.
    fn reveal(&self, each: &mut dyn FnMut(&str));
}

impl Reveals for SecretBox<str> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        each(self.expose_secret());
    }
}

impl Reveals for SecretBox<String> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        each(self.expose_secret());
    }
}

impl<T: Reveals> Reveals for Option<T> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        if let Some(secret) = self {
            secret.reveal(each);
        }
    }
}

impl<T: Reveals> Reveals for Vec<T> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        for secret in self {
            secret.reveal(each);
        }
    }
}

impl<T: Reveals + ?Sized> Reveals for Box<T> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        (**self).reveal(each);
    }
}

impl<T: Reveals + ?Sized> Reveals for Arc<T> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        (**self).reveal(each);
    }
}

impl<K, T: Reveals, S> Reveals for HashMap<K, T, S> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        for secret in self.values() {
            secret.reveal(each);
        }
    }
}

impl<K, T: Reveals> Reveals for BTreeMap<K, T> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        for secret in self.values() {
            secret.reveal(each);
        }
    }
}

#[cfg(feature = "indexmap")]
impl<K, T: Reveals, S> Reveals for indexmap::IndexMap<K, T, S> {
    fn reveal(&self, each: &mut dyn FnMut(&str)) {
        for secret in self.values() {
            secret.reveal(each);
        }
    }
}

impl<T: Reveals> TypeFacts<T> {
    /// Its texts can be read.
    pub const REVEAL: Option<Reveal<T>> = Some(T::reveal);
}

/// The function of `default_with`, for a field of type `T`.
#[derive(Debug)]
pub struct DefaultWith<T, F> {
    function: F,
    field: PhantomData<T>,
}

impl<T, F> DefaultWith<T, F> {
    /// Any function.
    pub const fn new(function: F) -> Self {
        Self {
            function,
            field: PhantomData,
        }
    }
}

impl<T, F: FnOnce() -> T> DefaultWith<Option<T>, F> {
    /// The default of an `Option<T>` is a `T`. A generic function such as `Default::default` returns that type.
    pub fn value(self) -> Option<T> {
        Some((self.function)())
    }
}

/// Any other function: its result must be a default of the field.
pub trait DefaultWithAny<T, F> {
    /// The field's value.
    fn value<D>(self) -> T
    where
        F: FnOnce() -> D,
        T: FromDefault<D>;
}

impl<T, F> DefaultWithAny<T, F> for DefaultWith<T, F> {
    fn value<D>(self) -> T
    where
        F: FnOnce() -> D,
        T: FromDefault<D>,
    {
        T::from_default((self.function)())
    }
}

/// Types of fields whose default may be a `D`: the type itself, or its `Option`.
#[diagnostic::on_unimplemented(
    message = "expected a function that returns `{Self}`",
    label = "this function returns `{D}`",
    note = "`default_with` needs `fn() -> T`"
)]
pub trait FromDefault<D> {
    /// The field's value.
    fn from_default(default: D) -> Self;
}

impl<T> FromDefault<T> for T {
    fn from_default(default: T) -> Self {
        default
    }
}

impl<T> FromDefault<T> for Option<T> {
    fn from_default(default: T) -> Self {
        Some(default)
    }
}

/// Output of a value that implements neither `Display` nor `Debug`.
pub(crate) const COMPUTED: &str = "(computed)";

/// Prints by `Display`.
pub trait ByDisplay {
    /// The text.
    fn show(&self) -> Option<String>;
}

impl<T: fmt::Display + ?Sized> ByDisplay for &&Show<'_, T> {
    fn show(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

/// Prints by `Debug`.
pub trait ByDebug {
    /// The text.
    fn show(&self) -> Option<String>;
}

impl<T: fmt::Debug + ?Sized> ByDebug for &Show<'_, T> {
    fn show(&self) -> Option<String> {
        Some(format!("{:?}", self.0))
    }
}

/// Prints a placeholder.
pub trait ByNothing {
    /// The placeholder.
    fn show(&self) -> Option<String>;
}

impl<T: ?Sized> ByNothing for Show<'_, T> {
    fn show(&self) -> Option<String> {
        Some(COMPUTED.to_owned())
    }
}
