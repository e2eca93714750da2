//! Decoding of text, and of values of files, to any type that serde can read, by what the type requests.

mod attempts;
mod deserializer;
mod duration;
mod enums;
mod error;
mod expecting;
mod ignored;
mod keys;
mod normal;
mod probe;
mod probe_end;
mod retry;
mod scalar;
mod sequences;
#[cfg(test)]
mod tests;
mod token;
mod variants;

pub(crate) use attempts::part;
pub(crate) use deserializer::ValueDeserializer;
pub(crate) use error::Malformed;
pub(crate) use error::{DecodeFault, Expectation, Hint};
pub(crate) use expecting::OF_ITS_TYPE;
pub(crate) use ignored::IgnoredKeys;
pub(crate) use normal::Normal;
pub(crate) use probe::{depth_of_fields, probe};
pub(crate) use scalar::name_of_bool;

use crate::schema::{Kind, Variant, variants::named};
use crate::value::{
    node::Node,
    observer::ValueObserver,
    text::{map_of_text, structure_of_json},
};
use deserializer::Context;
use serde::de::DeserializeOwned;
use std::fmt;
use token::Token;

/// A value to be decoded.
pub enum Input<'a> {
    /// Text of a flat source. It is copied only into the value itself.
    Text(&'a str),
    /// The same, moved into the value if that is a string. A report cannot quote it any more.
    Owned(String),
    /// A value of a file or provider.
    Value(&'a Node<'static>),
    /// A map whose values flat sources set one by one: its strings are text.
    Pairs(&'a Node<'static>),
}

/// The form of a text.
#[derive(Debug, Clone, Copy, Default)]
pub struct TextForm<'a> {
    /// The separator of the elements of a list or map, if it is not a comma.
    pub(crate) separator: Option<&'a str>,
    /// The unit of a plain number that is a duration, if it is not the second.
    pub(crate) unit: Option<&'a str>,
    /// Receives the keys that a type ignores.
    pub(crate) ignored: Option<&'a IgnoredKeys>,
}

/// A function that decodes a `T` by serde.
pub(crate) type ReadFunction<T> =
    for<'a, 'c, 'w> fn(ValueDeserializer<'a, 'c, 'w>) -> Result<T, Malformed>;

/// Decodes a `T`, and shows `watch` what it requests.
///
/// The caller decides whether there is a value: here, empty text is the empty string, list or map, and an `Option` is
/// always `Some`.
///
/// A type that accepts anything is decoded twice if it rejects the text: the second time, text that is a JSON scalar is
/// decoded as one. serde has no way to learn beforehand whether the type accepts a string.
#[inline]
pub(crate) fn decode<'w, T: DeserializeOwned>(
    mut input: Input<'_>,
    form: TextForm<'w>,
    watch: Option<&'w mut (dyn ValueObserver + 'w)>,
) -> Result<T, Malformed> {
    let mut context = Context::new(form, watch);
    let read: ReadFunction<T> = |answer| T::deserialize(answer);
    match T::deserialize(answer(&mut input, &mut context)) {
        Ok(value) => Ok(value),
        Err(error) => retry::again(read, || probe::<T>(None), error, input, form, context),
    }
}

/// Decodes a value by a function of the program that receives a `Deserializer`.
pub(crate) fn deserialize_with<'w, T>(
    read: ReadFunction<T>,
    mut input: Input<'_>,
    form: TextForm<'w>,
    watch: Option<&'w mut (dyn ValueObserver + 'w)>,
) -> Result<T, Malformed> {
    let mut context = Context::new(form, watch);
    match read(answer(&mut input, &mut context)) {
        Ok(value) => Ok(value),
        Err(error) => retry::again(read, || Kind::Unknown, error, input, form, context),
    }
}

/// Decodes a value by a function that reads text.
pub(crate) fn parse_with<T>(
    input: &Input<'_>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, Malformed> {
    let text = match input {
        Input::Text(text) => *text,
        Input::Owned(text) => text.as_str(),
        Input::Value(value) | Input::Pairs(value) => match value {
            Node::List(_) | Node::Table(_) => {
                return Err(Malformed::expected(&Kind::Text).structured());
            }
            scalar => scalar.as_scalar().unwrap_or_default(),
        },
    };
    parse(text).map_err(Malformed::refused)
}

/// Decodes the tag of an enum of settings: the index of the variant with this name or alias. `names` are the names
/// without aliases, for messages.
pub(crate) fn variant(
    input: &Input<'_>,
    variants: &'static [&'static Variant],
    names: &'static [&'static str],
) -> Result<usize, Malformed> {
    let expected = Malformed::expected(&Kind::Enum(names));
    let text = match input {
        Input::Text(text) => *text,
        Input::Owned(text) => text.as_str(),
        Input::Value(value) | Input::Pairs(value) => match value.as_scalar() {
            Some(text) => text,
            None => return Err(expected.structured()),
        },
    };
    named(text.trim(), variants).ok_or(expected)
}

/// Prints no value, because it may be a secret.
impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Input(..)")
    }
}

/// The list or table that a text represents for a kind of value: JSON, or the pairs of a map.
pub(crate) fn structure_of_text(
    text: &str,
    kind: &Kind,
    form: TextForm<'_>,
) -> Option<Node<'static>> {
    let is_json = text.trim_start().starts_with(['[', '{']);
    match kind {
        Kind::Map(_) => map_of_text(text, form.separator),
        Kind::List(_) | Kind::Tuple(_) | Kind::Struct(_) | Kind::Any | Kind::Unknown if is_json => {
            structure_of_json(text)
        }
        _ => None,
    }
}

#[inline]
fn answer<'a, 'c, 'w>(
    input: &'a mut Input<'_>,
    context: &'c mut Context<'w>,
) -> ValueDeserializer<'a, 'c, 'w> {
    let token = match input {
        Input::Text(text) => Token::Text(text),
        Input::Owned(text) => Token::Owned(text),
        Input::Value(value) => Token::of_node(value),
        Input::Pairs(value) => {
            context.is_flat = true;
            Token::of_node(value)
        }
    };
    ValueDeserializer::new(token, 0, context)
}
