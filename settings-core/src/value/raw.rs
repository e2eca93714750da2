//! A value that is not decoded yet: text, or a figment value from a structured source.

use crate::value::node;
use figment::value::{Dict, Value};
use std::{
    borrow::Cow,
    ffi::OsString,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    mem,
};
use zeroize::{Zeroize, Zeroizing};

/// A value as its source gave it.
#[derive(Clone)]
pub(crate) enum Raw {
    /// Text from the environment, `.env`, a secret file, an argument, `set` or a default; wiped when it is dropped.
    Text {
        text: Zeroizing<String>,
        /// Whether it stood in quotes, which makes empty text a value.
        quoted: bool,
    },
    /// A value from a file or provider.
    Value(Box<Value>),
    /// A map whose values flat sources gave one by one.
    Gathered(Gathered),
}

/// A map out of the texts of flat sources, wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct Gathered(Box<Value>);

impl Raw {
    pub(crate) fn quoted(text: String) -> Self {
        Self::Text {
            text: Zeroizing::new(text),
            quoted: true,
        }
    }

    pub(crate) fn gathered(map: Dict) -> Self {
        Self::Gathered(Gathered(Box::new(Value::from(map))))
    }

    /// Whether both came as the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text { text, .. }, Self::Text { text: other, .. }) => text == other,
            (Self::Value(value), Self::Value(other)) => value == other,
            _ => false,
        }
    }

    /// Tells it from another without keeping it.
    #[cfg_attr(
        not(feature = "cli"),
        allow(dead_code, reason = "only the command uses it")
    )]
    pub(crate) fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.each_text(&mut |text| text.hash(&mut hasher));
        hasher.finish()
    }

    /// Hashes what it came as, whatever that is.
    #[cfg_attr(
        not(feature = "live"),
        allow(dead_code, reason = "only live settings use it")
    )]
    pub(crate) fn hash(&self, hasher: &mut impl Hasher) {
        match self {
            Self::Text { text, .. } => (0_u8, text.as_str()).hash(hasher),
            Self::Value(value) => hash_value(value, hasher),
            Self::Gathered(map) => hash_value(&map.0, hasher),
        }
    }

    /// The text it came as, unless it is a list or a table.
    pub(crate) fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text { text, .. } => Some(Cow::Borrowed(text)),
            Self::Value(value) => match &**value {
                Value::String(_, text) => Some(Cow::Borrowed(text)),
                Value::Dict(..) | Value::Array(..) => None,
                other => Some(Cow::Owned(scalar(other))),
            },
            Self::Gathered(_) => None,
        }
    }

    /// The value of a structured source, or one put together like it.
    pub(crate) fn as_value(&self) -> Option<&Value> {
        match self {
            Self::Text { .. } => None,
            Self::Value(value) => Some(value),
            Self::Gathered(map) => Some(&map.0),
        }
    }

    /// Whether it stands without quotes where it comes from, as a number of a file does.
    pub(crate) fn is_bare(&self) -> bool {
        match self {
            Self::Value(value) => match &**value {
                Value::String(..) => node::is_number(value),
                value => !matches!(value, Value::Char(..)),
            },
            _ => false,
        }
    }

    /// Each text in it: itself, or those of its elements.
    pub(crate) fn each_text(&self, each: &mut dyn FnMut(&str)) {
        match (self.as_text(), self.as_value()) {
            (Some(text), _) => each(&text),
            (None, Some(value)) => texts(value, each),
            (None, None) => {}
        }
    }
}

/// Overwrites a text, then drops it.
pub(crate) fn wipe(text: OsString) {
    if !text.is_empty() {
        text.into_encoded_bytes().zeroize();
    }
}

/// Overwrites every text in a value, then drops it.
pub(crate) fn wipe_value(value: Value) {
    match value {
        Value::String(_, mut text) => text.zeroize(),
        Value::Array(_, values) => values.into_iter().for_each(wipe_value),
        Value::Dict(_, dict) => dict.into_values().for_each(wipe_value),
        _ => {}
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Char(_, ch) => ch.to_string(),
        Value::Bool(_, value) => value.to_string(),
        Value::Num(_, number) => number
            .to_u128()
            .map(|number| number.to_string())
            .or_else(|| number.to_i128().map(|number| number.to_string()))
            // `5.0` is no whole number, and is shown so.
            .or_else(|| number.to_f64().map(|number| format!("{number:?}")))
            .unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg_attr(
    not(feature = "live"),
    allow(dead_code, reason = "only live settings use it")
)]
fn hash_value(value: &Value, hasher: &mut impl Hasher) {
    match value {
        Value::String(_, text) => (1_u8, text).hash(hasher),
        Value::Array(_, values) => {
            (2_u8, values.len()).hash(hasher);
            for value in values {
                hash_value(value, hasher);
            }
        }
        Value::Dict(_, dict) => {
            (3_u8, dict.len()).hash(hasher);
            for (key, value) in dict {
                key.hash(hasher);
                hash_value(value, hasher);
            }
        }
        other => (4_u8, scalar(other)).hash(hasher),
    }
}

fn texts(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::String(_, text) => each(text),
        Value::Array(_, values) => values.iter().for_each(|value| texts(value, each)),
        Value::Dict(_, dict) => dict.values().for_each(|value| texts(value, each)),
        other => each(&scalar(other)),
    }
}

impl Gathered {
    pub(crate) fn value(&self) -> &Value {
        &self.0
    }
}

impl Drop for Gathered {
    fn drop(&mut self) {
        wipe_value(mem::replace(&mut self.0, Value::from(false)));
    }
}

/// Never the value: it may be a secret.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text(..)",
            Self::Value(_) => "Value(..)",
            Self::Gathered(_) => "Gathered(..)",
        })
    }
}
