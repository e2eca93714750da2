//! A value that is not decoded yet: text, or a figment value from a structured source.

use figment::value::Value;
use std::fmt;
use zeroize::Zeroizing;

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
    Value(Value),
}

impl Raw {
    pub(crate) fn quoted(text: String) -> Self {
        Self::Text {
            text: Zeroizing::new(text),
            quoted: true,
        }
    }

    /// Whether both came as the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text { text, .. }, Self::Text { text: other, .. }) => text == other,
            (Self::Value(value), Self::Value(other)) => value == other,
            _ => false,
        }
    }

    /// The text it came as, unless it is a list or a table.
    pub(crate) fn as_text(&self) -> Option<String> {
        match self {
            Self::Text { text, .. } => Some(text.to_string()),
            Self::Value(value) => match value {
                Value::String(_, text) => Some(text.clone()),
                Value::Char(_, ch) => Some(ch.to_string()),
                Value::Bool(_, value) => Some(value.to_string()),
                Value::Num(_, number) => Some(
                    number
                        .to_u128()
                        .map(|number| number.to_string())
                        .or_else(|| number.to_i128().map(|number| number.to_string()))
                        .or_else(|| number.to_f64().map(|number| number.to_string()))
                        .unwrap_or_default(),
                ),
                Value::Empty(..) => Some(String::new()),
                Value::Dict(..) | Value::Array(..) => None,
            },
        }
    }
}

/// Never the value: it may be a secret.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text(..)",
            Self::Value(_) => "Value(..)",
        })
    }
}
