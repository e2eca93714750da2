//! A structured document as it was read, before anyone knows which leaves it holds.

#![cfg_attr(
    not(any(feature = "toml", feature = "json", feature = "yaml")),
    allow(dead_code, reason = "without a format nothing is read")
)]

use std::borrow::Cow;

use figment::value::{Dict, Empty, Num, Tag, Value};
use serde::Deserialize;
use serde::de::value::{Error as Never, U64Deserializer};

/// Tables and lists within one another; every reader refuses what lies deeper.
pub(crate) const MAX_DEPTH: usize = 128;

/// Marks the text of a number among strings. figment counts its own tags up from one.
const NUMBER: u64 = 0x2e75_6d62_6572_0001;

/// One value of a document. What the text holds as it stands is borrowed from it.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) enum Node<'t> {
    Null,
    Bool(bool),
    Int(i64),
    /// A float whose text says no more than the float does.
    Float(f64),
    /// A number that the two above would change, as it was written.
    Number(Cow<'t, str>),
    /// A string, or a date as it was written.
    Text(Cow<'t, str>),
    List(Vec<Item<'t>>),
    /// In the file's order, with a key as often as the file has it; TOML's, which refuses
    /// to have one twice, by the bytes of the keys.
    Table(Vec<Entry<'t>>),
}

/// A key and its value in a table.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct Entry<'t> {
    pub(crate) key: Cow<'t, str>,
    /// Where the key begins.
    pub(crate) key_at: Offset,
    /// Where the value does.
    pub(crate) at: Offset,
    pub(crate) value: Node<'t>,
}

/// An element of a list.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct Item<'t> {
    pub(crate) at: Offset,
    pub(crate) value: Node<'t>,
}

/// Where a value begins in its file, in bytes. Four of them are enough for 16 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offset(u32);

impl Offset {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(u32::try_from(bytes).unwrap_or(u32::MAX))
    }

    pub(crate) fn bytes(self) -> usize {
        self.0 as usize
    }
}

/// A value of a provider, or one that was taken out of another document.
impl From<Value> for Node<'static> {
    fn from(value: Value) -> Self {
        match value {
            value if is_number(&value) => {
                Self::Number(Cow::Owned(value.into_string().unwrap_or_default()))
            }
            Value::String(_, text) => Self::Text(Cow::Owned(text)),
            Value::Char(_, ch) => Self::Text(Cow::Owned(ch.to_string())),
            Value::Bool(_, truth) => Self::Bool(truth),
            Value::Empty(..) => Self::Null,
            Value::Num(_, Num::I64(int)) => Self::Int(int),
            Value::Num(_, Num::F64(float)) => Self::Float(float),
            Value::Num(_, number) => match (number.to_u128(), number.to_i128(), number.to_f64()) {
                (Some(int), ..) => Self::number(Cow::Owned(int.to_string())),
                (_, Some(int), _) => Self::number(Cow::Owned(int.to_string())),
                (.., float) => Self::Float(float.unwrap_or(f64::NAN)),
            },
            Value::Array(_, values) => Self::List(
                values
                    .into_iter()
                    .map(|value| Item {
                        at: Offset::new(0),
                        value: value.into(),
                    })
                    .collect(),
            ),
            Value::Dict(_, dict) => Self::Table(
                dict.into_iter()
                    .map(|(key, value)| Entry {
                        key: Cow::Owned(key),
                        key_at: Offset::new(0),
                        at: Offset::new(0),
                        value: value.into(),
                    })
                    .collect(),
            ),
        }
    }
}

impl<'t> Node<'t> {
    /// A decimal number with or without sign, point and exponent, which the reader has checked.
    pub(crate) fn number(text: Cow<'t, str>) -> Self {
        if let Ok(int) = text.parse() {
            return Self::Int(int);
        }
        if !text.contains(['.', 'e', 'E']) {
            return Self::Number(text);
        }
        exact_float(&text).map_or(Self::Number(text), Self::Float)
    }

    /// The same, holding nothing of the text.
    pub(crate) fn into_owned(self) -> Node<'static> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(bool) => Node::Bool(bool),
            Self::Int(int) => Node::Int(int),
            Self::Float(float) => Node::Float(float),
            Self::Number(text) => Node::Number(Cow::Owned(text.into_owned())),
            Self::Text(text) => Node::Text(Cow::Owned(text.into_owned())),
            Self::List(items) => {
                let items = items.into_iter().map(|Item { at, value }| Item {
                    at,
                    value: value.into_owned(),
                });
                Node::List(items.collect())
            }
            Self::Table(entries) => {
                let entries = entries.into_iter().map(|entry| Entry {
                    key: Cow::Owned(entry.key.into_owned()),
                    key_at: entry.key_at,
                    at: entry.at,
                    value: entry.value.into_owned(),
                });
                Node::Table(entries.collect())
            }
        }
    }

    /// Takes the whole subtree. Of a key that stands twice the last value counts.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Empty(Tag::Default, Empty::Unit),
            Self::Bool(bool) => Value::Bool(Tag::Default, bool),
            Self::Int(int) => Value::Num(Tag::Default, Num::I64(int)),
            Self::Float(float) => Value::Num(Tag::Default, Num::F64(float)),
            Self::Number(text) => wide(text),
            Self::Text(text) => Value::String(Tag::Default, text.into_owned()),
            Self::List(items) => Value::Array(
                Tag::Default,
                items
                    .into_iter()
                    .map(|item| item.value.into_value())
                    .collect(),
            ),
            Self::Table(entries) => {
                let pairs = entries
                    .into_iter()
                    .map(|entry| (entry.key.into_owned(), entry.value.into_value()));
                Value::Dict(Tag::Default, pairs.collect::<Dict>())
            }
        }
    }
}

/// A float that says as much as the decimal text: whose shortest form has the same digits.
pub(crate) fn exact_float(text: &str) -> Option<f64> {
    let float: f64 = text.parse().ok()?;
    // Fifteen digits come back from any float that is neither subnormal nor zero.
    let fits = text.len() <= 15 && float.is_normal();
    let holds = || float.is_finite() && significant(text).eq(significant(&format!("{float:e}")));
    (fits || holds()).then_some(float)
}

/// Whether a string is a number that figment's value can't hold, and no string of the file.
pub(crate) fn is_number(value: &Value) -> bool {
    match value {
        Value::String(tag, _) => !tag.is_default() && *tag == number_tag(),
        _ => false,
    }
}

/// A number beyond `i64` or more precise than `f64`.
fn wide(text: Cow<'_, str>) -> Value {
    if let Ok(int) = text.parse::<u128>() {
        Value::Num(Tag::Default, Num::U128(int))
    } else if let Ok(int) = text.parse::<i128>() {
        Value::Num(Tag::Default, Num::I128(int))
    } else {
        Value::String(number_tag(), text.into_owned())
    }
}

fn number_tag() -> Tag {
    // The way around a private constructor; it can't fail, and needs no `unwrap` to say so.
    Tag::deserialize(U64Deserializer::<Never>::new(NUMBER)).unwrap_or_default()
}

/// The digits from the first that is not zero to the last that is not zero.
fn significant(text: &str) -> impl Iterator<Item = u8> {
    let mantissa = text.find(['e', 'E']).map_or(text, |at| &text[..at]);
    let from_first = mantissa.trim_start_matches(['-', '+', '0', '.']);
    let trimmed = if from_first.contains('.') || mantissa.contains('.') {
        from_first.trim_end_matches(['0', '.'])
    } else {
        from_first.trim_end_matches('0')
    };
    trimmed.bytes().filter(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Node<'_> {
        Node::number(Cow::Borrowed(text))
    }

    #[test]
    fn a_number_stays_a_number_where_nothing_is_lost() {
        assert_eq!(number("5"), Node::Int(5));
        assert_eq!(number("+5"), Node::Int(5));
        assert_eq!(number("-0"), Node::Int(0));
        assert_eq!(number("1.50"), Node::Float(1.5));
        assert_eq!(number("1e3"), Node::Float(1000.0));
        assert_eq!(number("0.0"), Node::Float(0.0));
        assert_eq!(number("0e5"), Node::Float(0.0));
        assert_eq!(
            number("0.30000000000000004"),
            Node::Float(0.300_000_000_000_000_04)
        );
        assert_eq!(number("100000000000000000000.0"), Node::Float(1e20));
        assert_eq!(number("0.000000000000000000001"), Node::Float(1e-21));
    }

    #[test]
    fn a_number_that_would_change_is_its_text() {
        for text in [
            "9223372036854775808",
            "-9223372036854775809",
            "3.14159265358979323846",
            "1e999",
            "1e-999",
            "1.23456789e-320",
            "123456789012345678901234567890.0",
        ] {
            assert_eq!(number(text), Node::Number(Cow::Borrowed(text)), "{text}");
        }
    }

    #[test]
    fn integers_are_exact_to_128_bits_in_a_value() {
        let values = [u64::MAX.to_string(), u128::MAX.to_string()];
        for text in values {
            let value = number(&text).into_value();
            assert_eq!(value.to_u128(), text.parse().ok());
        }
        let value = number(&i128::MIN.to_string()).into_value();
        assert_eq!(value.to_i128(), Some(i128::MIN));
    }

    #[test]
    fn what_figment_cannot_hold_is_text_that_is_no_string() {
        let beyond = "340282366920938463463374607431768211456";
        let value = number(beyond).into_value();
        assert_eq!(value.as_str(), Some(beyond));
        assert!(is_number(&value));
        assert!(is_number(&value.clone()));
        assert!(!is_number(&Value::from(beyond)));
        assert!(!is_number(&Value::from(5)));
    }

    #[test]
    fn the_last_of_two_equal_keys_counts_in_a_value() {
        let entry = |int| Entry {
            key: Cow::Borrowed("a"),
            key_at: Offset::new(0),
            at: Offset::new(0),
            value: Node::Int(int),
        };
        let value = Node::Table(vec![entry(1), entry(2)]).into_value();
        assert_eq!(value.find_ref("a").and_then(Value::to_i128), Some(2));
    }

    #[test]
    fn a_node_is_small() {
        assert_eq!(size_of::<Node<'_>>(), 32);
        assert_eq!(size_of::<Entry<'_>>(), 64);
    }
}
