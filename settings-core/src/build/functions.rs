//! Calls of the program's own functions. The error about a wrong signature states the right one.

use super::violations::Violations;
use crate::decode::Malformed;
use serde::de;
use std::{fmt::Display, marker::PhantomData, ops::Deref};

/// A function and the value that it is called with.
///
/// Generated code calls [`call`](CallExact::call) on `&&&Call(…)`. Of the three traits, method lookup takes the first
/// that fits the function.
#[derive(Debug)]
pub struct Call<'v, F, T: ?Sized>(pub F, pub &'v T);

/// A function that takes `&T`.
pub trait CallExact {
    /// The type that the function returns.
    type Output;

    /// Calls the function.
    fn call(&self) -> Self::Output;
}

impl<'v, F, T: ?Sized, R> CallExact for &&Call<'v, F, T>
where
    F: Fn(&'v T) -> R,
{
    type Output = R;

    fn call(&self) -> R {
        (self.0)(self.1)
    }
}

/// A function that takes `&T::Target`: `fn(&str)` for a `String`.
pub trait CallDeref {
    /// The type that the function returns.
    type Output;

    /// Calls the function.
    fn call(&self) -> Self::Output;
}

impl<'v, F, T: ?Sized, R> CallDeref for &Call<'v, F, T>
where
    T: Deref<Target: 'v>,
    F: Fn(&'v T::Target) -> R,
{
    type Output = R;

    fn call(&self) -> R {
        (self.0)(self.1)
    }
}

/// Any other function, which is an error.
pub trait CallWrong<F, T: ?Sized> {
    /// Reports the signature.
    fn call(&self) -> UnknownSignature
    where
        F: Takes<T>;
}

impl<F, T: ?Sized> CallWrong<F, T> for Call<'_, F, T> {
    fn call(&self) -> UnknownSignature
    where
        F: Takes<T>,
    {
        UnknownSignature
    }
}

/// Bound of [`CallWrong::call`]; no type implements it.
#[diagnostic::on_unimplemented(
    message = "expected a function that takes one argument of type `&{T}`",
    label = "this function takes other arguments",
    note = "`validate` needs `fn(&T) -> Result<(), impl Display>`",
    note = "`parse_with` needs `fn(&str) -> Result<T, impl Display>`"
)]
pub trait Takes<T: ?Sized> {}

/// The result of a function with the wrong signature.
#[derive(Debug)]
pub struct UnknownSignature;

/// The result of the function of `validate` on a field.
#[diagnostic::on_unimplemented(
    message = "expected a function that returns `Result<(), impl Display>`",
    label = "this function returns `{Self}`",
    note = "`validate` needs `fn(&T) -> Result<(), impl Display>`"
)]
pub trait Checked {
    /// The same result.
    ///
    /// # Errors
    ///
    /// Returns the reason as text.
    fn checked(self) -> Result<(), String>;
}

#[diagnostic::do_not_recommend]
impl<E: Display> Checked for Result<(), E> {
    fn checked(self) -> Result<(), String> {
        self.map_err(|reason| reason.to_string())
    }
}

#[diagnostic::do_not_recommend]
impl Checked for UnknownSignature {
    fn checked(self) -> Result<(), String> {
        Ok(())
    }
}

/// The result of the function of `validate` on a struct.
#[diagnostic::on_unimplemented(
    message = "expected a function that returns `Result<(), impl Display>` or `Result<(), Violations>`",
    label = "this function returns `{Self}`",
    note = "`validate` needs `fn(&Self) -> Result<(), impl Display>` or `fn(&Self) -> Result<(), Violations>`"
)]
pub trait CheckedStruct {
    /// The same result.
    ///
    /// # Errors
    ///
    /// Returns the violations. A reason of another type is one violation of the struct as a whole.
    fn checked(self) -> Result<(), Violations>;
}

#[diagnostic::do_not_recommend]
impl<E: Display> CheckedStruct for Result<(), E> {
    fn checked(self) -> Result<(), Violations> {
        self.map_err(|reason| Violations::of_struct(reason.to_string()))
    }
}

#[diagnostic::do_not_recommend]
impl CheckedStruct for Result<(), Violations> {
    fn checked(self) -> Result<(), Violations> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl CheckedStruct for UnknownSignature {
    fn checked(self) -> Result<(), Violations> {
        Ok(())
    }
}

/// The result of the function of `finish`.
#[diagnostic::on_unimplemented(
    message = "expected a function that returns `Result<(), impl Display>` or `Result<(), Violations>`",
    label = "this function returns `{Self}`",
    note = "`finish` needs `fn(&mut Self) -> Result<(), impl Display>`"
)]
pub trait Finished {
    /// The same result.
    ///
    /// # Errors
    ///
    /// Returns the violations.
    fn finished(self) -> Result<(), Violations>;
}

#[diagnostic::do_not_recommend]
impl<T: CheckedStruct> Finished for T {
    fn finished(self) -> Result<(), Violations> {
        self.checked()
    }
}

/// The result of the function of `parse_with`, for a field of type `T`.
#[derive(Debug)]
pub struct ParseResult<T, R> {
    result: R,
    field: PhantomData<T>,
}

impl<T, R> ParseResult<T, R> {
    /// Any result.
    pub const fn new(result: R) -> Self {
        Self {
            result,
            field: PhantomData,
        }
    }
}

impl<T, E: Display> ParseResult<Option<T>, Result<T, E>> {
    /// The function of an `Option<T>` returns a `T`, as a generic function such as `str::parse` does.
    ///
    /// # Errors
    ///
    /// Returns the reason of the function.
    pub fn parsed(self) -> Result<Option<T>, String> {
        self.result.map(Some).map_err(|reason| reason.to_string())
    }
}

/// Any other result: it must have the type of the field.
pub trait ParseResultAny<T, R> {
    /// The value of the field.
    ///
    /// # Errors
    ///
    /// Returns the reason of the function.
    fn parsed(self) -> Result<T, String>
    where
        R: Parsed<T>;
}

impl<T, R> ParseResultAny<T, R> for ParseResult<T, R> {
    fn parsed(self) -> Result<T, String>
    where
        R: Parsed<T>,
    {
        self.result.parsed()
    }
}

/// Results of `parse_with` for a field of type `T`.
#[diagnostic::on_unimplemented(
    message = "expected a function that returns `Result<{T}, impl Display>`",
    label = "this function returns `{Self}`",
    note = "`parse_with` needs `fn(&str) -> Result<T, impl Display>`"
)]
pub trait Parsed<T> {
    /// The same result.
    ///
    /// # Errors
    ///
    /// Returns the reason as text.
    fn parsed(self) -> Result<T, String>;
}

#[diagnostic::do_not_recommend]
impl<T, E: Display> Parsed<T> for Result<T, E> {
    fn parsed(self) -> Result<T, String> {
        self.map_err(|reason| reason.to_string())
    }
}

#[diagnostic::do_not_recommend]
impl<T> Parsed<T> for UnknownSignature {
    fn parsed(self) -> Result<T, String> {
        Err(String::new())
    }
}

/// The function of `deserialize_with`, and the deserializer that it is called with.
#[derive(Debug)]
pub struct CallWith<F, D>(pub F, pub D);

impl<F, D, R> CallWith<F, D>
where
    F: FnOnce(D) -> R,
{
    /// Calls the function.
    pub fn call(self) -> R {
        (self.0)(self.1)
    }
}

/// Any other function, which is an error.
pub trait CallWithWrong<F> {
    /// Reports the signature.
    fn call(self) -> UnknownSignature
    where
        F: TakesDeserializer;
}

impl<F, D> CallWithWrong<F> for CallWith<F, D> {
    fn call(self) -> UnknownSignature
    where
        F: TakesDeserializer,
    {
        UnknownSignature
    }
}

/// Bound of [`CallWithWrong::call`]; no type implements it.
#[diagnostic::on_unimplemented(
    message = "expected a function that takes any `Deserializer`",
    label = "this function takes other arguments",
    note = "`deserialize_with` needs `fn<'de, D: Deserializer<'de>>(D) -> Result<T, D::Error>`"
)]
pub trait TakesDeserializer {}

/// Results of `deserialize_with` for a field of type `T`.
#[diagnostic::on_unimplemented(
    message = "expected a function that returns `Result<{T}, D::Error>`",
    label = "this function returns another type",
    note = "`deserialize_with` needs `fn<'de, D: Deserializer<'de>>(D) -> Result<T, D::Error>`, where `T` is the type \
            of the field, also if that is an `Option`"
)]
pub trait Deserialized<T> {
    /// The same result.
    ///
    /// # Errors
    ///
    /// Returns the error of the function.
    fn deserialized(self) -> Result<T, Malformed>;
}

#[diagnostic::do_not_recommend]
impl<T> Deserialized<T> for Result<T, Malformed> {
    fn deserialized(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> Deserialized<T> for UnknownSignature {
    fn deserialized(self) -> Result<T, Malformed> {
        Err(de::Error::custom(""))
    }
}

/// The result of `deserialize_with`.
///
/// # Errors
///
/// Returns the error of the function.
pub fn deserialized<T>(result: impl Deserialized<T>) -> Result<T, Malformed> {
    result.deserialized()
}

/// The result of `validate` on a field.
///
/// # Errors
///
/// Returns the reason of the function.
pub fn checked(result: impl Checked) -> Result<(), String> {
    result.checked()
}

/// The result of `validate` on a struct.
///
/// # Errors
///
/// Returns the reasons of the function.
pub fn checked_struct(result: impl CheckedStruct) -> Result<(), Violations> {
    result.checked()
}

/// The result of `finish`.
///
/// # Errors
///
/// Returns the reasons of the function.
pub fn finished(result: impl Finished) -> Result<(), Violations> {
    result.finished()
}
