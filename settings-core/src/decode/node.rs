//! What is at hand when a type asks: text, JSON or a file's value.

use super::error::{Hint, Malformed};
use super::scalar;
use crate::schema::Kind;
use crate::value::json::{self, Json};
use crate::value::node;
use figment::value::{Dict, Num, Value};

/// What is at hand.
pub(super) enum Node<'a> {
    Text(&'a str),
    /// May be taken by a type that keeps it.
    Owned(&'a mut String),
    Null,
    Bool(bool),
    /// A number in JSON, as it stands there.
    Digits(&'a str),
    Number(Num),
    JsonList(json::Items<'a>),
    JsonMap(json::Members<'a>),
    List(&'a [Value]),
    Map(&'a Dict),
}

impl<'a> Node<'a> {
    /// What a file's value is; a lone character needs a place to become text.
    pub(super) fn of_value(value: &'a Value, character: &'a mut [u8; 4]) -> Self {
        match value {
            Value::String(_, text) if node::is_number(value) => Self::Digits(text),
            Value::String(_, text) => Self::Text(text),
            Value::Char(_, value) => Self::Text(value.encode_utf8(character)),
            Value::Bool(_, value) => Self::Bool(*value),
            Value::Num(_, number) => Self::Number(*number),
            Value::Empty(..) => Self::Null,
            Value::Dict(_, dict) => Self::Map(dict),
            Value::Array(_, values) => Self::List(values),
        }
    }

    /// What a checked JSON text is; a string needs a place to become plain.
    pub(super) fn of_json(text: &'a str, place: &'a mut Option<json::Plain<'a>>) -> Self {
        match json::read(text) {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(digits) => Self::Digits(digits),
            Json::String(text) => Self::Text(place.insert(text.plain())),
            Json::List(items) => Self::JsonList(items),
            Json::Map(members) => Self::JsonMap(members),
        }
    }

    #[inline]
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Owned(text) => Some(text),
            _ => None,
        }
    }

    /// Why this is not what asked for text.
    #[cold]
    pub(super) fn not(&self, kind: &Kind) -> Malformed {
        let error = Malformed::expected(kind);
        match self {
            Self::Bool(_) | Self::Digits(_) | Self::Number(_) => error.hinted(Hint::Quote),
            _ => error,
        }
    }
}

/// Text without the space around it; `None` if it ends with a carriage return, which is a slip
/// to be told and not to be passed over.
#[inline]
pub(super) fn trim(text: &str) -> Option<&str> {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => Some(text),
        [only] if only.is_ascii_graphic() => Some(text),
        _ if text.ends_with('\r') => None,
        _ => Some(text.trim()),
    }
}

/// The JSON list or map that a text is.
pub(super) fn structure(text: &str) -> Result<Node<'_>, Malformed> {
    let refused = || Malformed::expected(&Kind::Struct(""));
    let text = trim(text)
        .filter(|text| text.starts_with(['{', '[']))
        .ok_or_else(refused)?;
    json::check(text).map_err(|flaw| refused().flawed(flaw))?;
    Ok(match json::read(text) {
        Json::List(items) => Node::JsonList(items),
        Json::Map(members) => Node::JsonMap(members),
        _ => Node::Null,
    })
}

/// The integer, if it is one that the type holds.
pub(super) fn whole<N: scalar::Integer>(number: Num) -> Option<N> {
    let signed = |number: i128| N::from_u128(number < 0, number.unsigned_abs());
    let unsigned = |number| N::from_u128(false, number);
    match number {
        Num::U8(number) => unsigned(number.into()),
        Num::U16(number) => unsigned(number.into()),
        Num::U32(number) => unsigned(number.into()),
        Num::U64(number) => unsigned(number.into()),
        Num::U128(number) => unsigned(number),
        Num::USize(number) => unsigned(number as u128),
        Num::I8(number) => signed(number.into()),
        Num::I16(number) => signed(number.into()),
        Num::I32(number) => signed(number.into()),
        Num::I64(number) => signed(number.into()),
        Num::I128(number) => signed(number),
        Num::ISize(number) => signed(number as i128),
        Num::F32(_) | Num::F64(_) => None,
    }
}

/// The number as the nearest float of 32 bits. By way of 64 it would be rounded twice, and not be what its text gives.
pub(super) fn single(number: Num) -> Option<f32> {
    match number {
        Num::F32(number) => Some(number),
        Num::F64(number) => number.to_string().parse().ok(),
        number => match (whole::<i128>(number), whole::<u128>(number)) {
            (Some(number), _) => number.to_string().parse().ok(),
            (None, number) => number?.to_string().parse().ok(),
        },
    }
}

#[allow(clippy::cast_precision_loss, reason = "a float is what was asked for")]
pub(super) fn float(number: Num) -> f64 {
    match number {
        Num::U8(number) => number.into(),
        Num::U16(number) => number.into(),
        Num::U32(number) => number.into(),
        Num::U64(number) => number as f64,
        Num::U128(number) => number as f64,
        Num::USize(number) => number as f64,
        Num::I8(number) => number.into(),
        Num::I16(number) => number.into(),
        Num::I32(number) => number.into(),
        Num::I64(number) => number as f64,
        Num::I128(number) => number as f64,
        Num::ISize(number) => number as f64,
        Num::F32(number) => number.into(),
        Num::F64(number) => number,
    }
}
