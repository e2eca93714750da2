//! Asks a type what it is: secret, optional, text, printable. Nothing is read from its spelling.
//!
//! An inherent item of `TypeFacts<T>` that exists only under a bound is found before the trait's item that always exists, and in
//! generated code `T` is concrete, so the answer is right through any alias.

use crate::{build::GroupType, rules::Measured, value::observer::ValueObserver};
use secrecy::{ExposeSecret, SecretBox};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    marker::PhantomData,
    sync::Arc,
};
use zeroize::Zeroize;

/// Stands for the type that is asked.
#[derive(Debug)]
pub struct TypeFacts<T: ?Sized>(PhantomData<T>);

/// Holds a value that is to be shown.
#[derive(Debug)]
pub struct Show<'a, T: ?Sized>(pub &'a T);

/// Shows a value to the rules.
pub(crate) type Measure<T> = fn(&T, &mut dyn ValueObserver);

/// Makes a second one.
pub(crate) type Another<T> = fn(&T) -> T;

/// Gives each text of a secret.
pub(crate) type Reveal<T> = fn(&T, &mut dyn FnMut(&str));

/// What any type answers.
pub trait TypeFactsAny {
    /// The type that is asked.
    type Of;
    /// What it wraps, if it is an `Option`; else itself.
    type Inner;
    /// Whether it is a secret.
    const SECRET: bool = false;
    /// Whether it is a struct of settings, or several.
    const GROUP: bool = false;
    /// Whether decoding text gives that text itself.
    const TEXT: bool = false;
    /// How it is without a value.
    const NONE: Option<fn() -> Self::Of> = None;
    /// How a second one is made of it.
    const CLONE: Option<Another<Self::Of>> = None;
    /// How rules look at it.
    const MEASURE: Option<Measure<Self::Of>> = None;
    /// How a secret text is compared with what a derived property shows.
    const REVEAL: Option<Reveal<Self::Of>> = None;

    /// It, out of what it wraps.
    fn some(value: Self::Inner) -> Self::Of;

    /// What it wraps, if there is something in it.
    fn inner(value: &Self::Of) -> Option<&Self::Inner>;
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

    /// It, out of what it wraps.
    pub fn some(value: T) -> Option<T> {
        Some(value)
    }

    /// What it wraps.
    pub fn inner(value: &Option<T>) -> Option<&T> {
        value.as_ref()
    }
}

/// Types that are read by giving them the text.
pub trait IsText {}
impl IsText for String {}
impl<T: IsText> IsText for Option<T> {}

impl<T: IsText> TypeFacts<T> {
    /// It is the text itself.
    pub const TEXT: bool = true;
}

/// Types that hide what they hold.
pub trait IsSecret {}
impl<T: Zeroize + ?Sized> IsSecret for SecretBox<T> {}
impl<T: IsSecret> IsSecret for Option<T> {}
impl<T: IsSecret> IsSecret for Vec<T> {}
impl<T: IsSecret + ?Sized> IsSecret for Box<T> {}
impl<T: IsSecret + ?Sized> IsSecret for Arc<T> {}
impl<K, T: IsSecret, S> IsSecret for HashMap<K, T, S> {}
impl<K, T: IsSecret> IsSecret for BTreeMap<K, T> {}

impl<T: IsSecret + ?Sized> TypeFacts<T> {
    /// It hides what it holds.
    pub const SECRET: bool = true;
}

impl<T: GroupType> TypeFacts<T> {
    /// It is a struct of settings, or several.
    pub const GROUP: bool = true;
}

impl<T: Clone> TypeFacts<T> {
    /// A second one can be made of it.
    pub const CLONE: Option<Another<T>> = Some(T::clone);
}

impl<T: Measured> TypeFacts<T> {
    /// Rules can look at it without text.
    pub const MEASURE: Option<Measure<T>> = Some(T::measure);
}

/// Secrets whose text can be compared with what a derived property shows.
pub trait Reveals {
    /// Gives each text that is in it.
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

impl<T: Reveals> TypeFacts<T> {
    /// Its text can be compared.
    pub const REVEAL: Option<Reveal<T>> = Some(T::reveal);
}

/// The function of `default_with`, for a field of type `T`.
#[derive(Debug)]
pub struct DefaultWith<T, F> {
    function: F,
    field: PhantomData<T>,
}

impl<T, F> DefaultWith<T, F> {
    /// The function, whatever it gives.
    pub const fn new(function: F) -> Self {
        Self {
            function,
            field: PhantomData,
        }
    }
}

impl<T, F: FnOnce() -> T> DefaultWith<Option<T>, F> {
    /// The default of an `Option<T>` is a `T`. A function of many types, as `Default::default`, gives that.
    pub fn value(self) -> Option<T> {
        Some((self.function)())
    }
}

/// Any other function: what it gives is the field's value, or there is an error.
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

/// Fields that may take a `D` for a default: one of that type, or its `Option`.
#[diagnostic::on_unimplemented(
    message = "the function of `default_with` gives `{D}`, which is no default for a field of type `{Self}`",
    label = "its function gives another type than the field's"
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

/// Stands for a value that does not show.
pub(crate) const COMPUTED: &str = "(computed)";

/// The reason that a user's function gives, as text.
pub fn reason(why: &dyn fmt::Display) -> String {
    why.to_string()
}

/// Shows by `Display`.
pub trait ByDisplay {
    /// The text.
    fn show(&self) -> Option<String>;
}

impl<T: fmt::Display + ?Sized> ByDisplay for &&Show<'_, T> {
    fn show(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

/// Shows by `Debug`.
pub trait ByDebug {
    /// The text.
    fn show(&self) -> Option<String>;
}

impl<T: fmt::Debug + ?Sized> ByDebug for &Show<'_, T> {
    fn show(&self) -> Option<String> {
        Some(format!("{:?}", self.0))
    }
}

/// Does not show.
pub trait ByNothing {
    /// Nothing.
    fn show(&self) -> Option<String>;
}

impl<T: ?Sized> ByNothing for Show<'_, T> {
    fn show(&self) -> Option<String> {
        Some(COMPUTED.to_owned())
    }
}
