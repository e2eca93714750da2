//! The one type for structured values: those of files, providers and JSON.

#![cfg_attr(
    not(all(feature = "figment", feature = "live", feature = "cli")),
    allow(dead_code, reason = "no feature needs all of it")
)]

use super::sort::sort_by;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
#[cfg(not(test))]
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;

use zeroize::Zeroize;

/// The limit for the nesting of tables and lists; every reader rejects deeper values.
pub(crate) const MAX_DEPTH: usize = 128;

/// The limit for values in one file, so that a file of brackets and commas cannot exhaust the memory.
pub(crate) const MAX_VALUES: usize = 500_000;

/// One value of a document, borrowed from its text where possible.
///
/// Values are compared by their meaning: numbers by their numeric value, tables without the order of their keys.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub enum Node<'t> {
    Null,
    Bool(bool),
    /// A number as it is written, in decimal; also `inf` and `nan` of TOML and YAML.
    Number(Cow<'t, str>),
    /// A string, or a date as it is written.
    Text(Cow<'t, str>),
    List(Vec<Item<'t>>),
    /// In the order of the file; TOML's tables are in the order of their keys. The readers reject a repeated key.
    Table(Vec<TableEntry<'t>>),
}

/// A key and its value in a table.
#[derive(Clone, Debug)]
pub struct TableEntry<'t> {
    pub(crate) key: Cow<'t, str>,
    /// The start of the key.
    pub(crate) key_at: Offset,
    /// The start of the value.
    pub(crate) at: Offset,
    pub(crate) value: Node<'t>,
}

/// An element of a list.
#[derive(Clone, Debug)]
pub struct Item<'t> {
    pub(crate) at: Offset,
    pub(crate) value: Node<'t>,
}

/// A position in a file, in bytes. Four of them are enough for 16 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offset(u32);

impl Offset {
    /// For values that are in no file.
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn new(bytes: usize) -> Self {
        Self(u32::try_from(bytes).unwrap_or(u32::MAX))
    }

    pub(crate) fn bytes(self) -> usize {
        self.0 as usize
    }
}

/// The first item with the key of an earlier one: the indexes of the earlier and the later one.
pub(crate) fn repeated_key<T>(items: &[T], key: impl Fn(&T) -> &str) -> Option<(usize, usize)> {
    const FEW: usize = 16;
    if items.len() <= FEW {
        return (1..items.len()).find_map(|later| {
            let mut before = items[..later].iter();
            let earlier = before.position(|item| key(item) == key(&items[later]))?;
            Some((earlier, later))
        });
    }
    let mut seen = HashMap::with_capacity(items.len());
    items.iter().enumerate().find_map(|(later, item)| {
        let earlier = *seen.entry(key(item)).or_insert(later);
        (earlier != later).then_some((earlier, later))
    })
}

impl<'t> TableEntry<'t> {
    /// An entry that is in no file.
    pub(crate) fn new(key: impl Into<Cow<'t, str>>, value: Node<'t>) -> Self {
        Self {
            key: key.into(),
            key_at: Offset::NONE,
            at: Offset::NONE,
            value,
        }
    }
}

impl<'t> Item<'t> {
    /// An element that is in no file.
    pub(crate) fn new(value: Node<'t>) -> Self {
        Self {
            at: Offset::NONE,
            value,
        }
    }
}

impl<'t> Node<'t> {
    /// A decimal number that a reader has checked, without a `+` before it.
    pub(crate) fn number(text: impl Into<Cow<'t, str>>) -> Self {
        Self::Number(match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('+').unwrap_or(text)),
            Cow::Owned(text) => match text.strip_prefix('+') {
                Some(rest) => Cow::Owned(rest.to_owned()),
                None => Cow::Owned(text),
            },
        })
    }

    pub(crate) fn text(text: impl Into<Cow<'t, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Passes the position of every value inside it.
    pub(crate) fn each_offset(&self, each: &mut dyn FnMut(Offset)) {
        match self {
            Self::List(items) => {
                for item in items {
                    each(item.at);
                    item.value.each_offset(each);
                }
            }
            Self::Table(entries) => {
                for entry in entries {
                    each(entry.at);
                    entry.value.each_offset(each);
                }
            }
            _ => {}
        }
    }

    /// The text of a string, number or bool; empty for null.
    pub(crate) fn as_scalar(&self) -> Option<&str> {
        match self {
            Self::Null => Some(""),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Number(text) | Self::Text(text) => Some(text),
            Self::List(_) | Self::Table(_) => None,
        }
    }

    /// Returns an owned copy, in which the last value of a repeated key is kept.
    pub(crate) fn into_owned(self) -> Node<'static> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(bool) => Node::Bool(bool),
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
                let entries = entries.into_iter().map(|entry| TableEntry {
                    key: Cow::Owned(entry.key.into_owned()),
                    key_at: entry.key_at,
                    at: entry.at,
                    value: entry.value.into_owned(),
                });
                Node::Table(entries.collect())
            }
        }
    }

    /// Calls a function with the text of each string, number and bool.
    pub(crate) fn each_scalar(&self, each: &mut dyn FnMut(&str)) {
        match self {
            Self::List(items) => items.iter().for_each(|item| item.value.each_scalar(each)),
            Self::Table(entries) => {
                for entry in entries {
                    entry.value.each_scalar(each);
                }
            }
            scalar => scalar.as_scalar().into_iter().for_each(each),
        }
    }

    /// Hashes the value as it is written, with its keys.
    pub(crate) fn hash_text(&self, hasher: &mut impl Hasher) {
        mem::discriminant(self).hash(hasher);
        match self {
            Self::List(items) => {
                items.len().hash(hasher);
                for item in items {
                    item.value.hash_text(hasher);
                }
            }
            Self::Table(entries) => {
                entries.len().hash(hasher);
                for entry in in_order_of_keys(entries) {
                    entry.key.hash(hasher);
                    entry.value.hash_text(hasher);
                }
            }
            scalar => scalar.as_scalar().hash(hasher),
        }
    }

    /// Overwrites every text that the value owns.
    pub(crate) fn wipe(&mut self) {
        match self {
            Self::Number(Cow::Owned(text)) | Self::Text(Cow::Owned(text)) => text.zeroize(),
            Self::List(items) => items.iter_mut().for_each(|item| item.value.wipe()),
            Self::Table(entries) => entries.iter_mut().for_each(|entry| entry.value.wipe()),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => {}
        }
    }
}

/// The entries of a table, sorted by the bytes of their keys.
pub(crate) fn in_order_of_keys<'n, 't>(entries: &'n [TableEntry<'t>]) -> Vec<&'n TableEntry<'t>> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sort_by(&mut sorted, |one, other| one.key.cmp(&other.key));
    sorted
}

/// Prints no value, because it may be a secret.
#[cfg(not(test))]
impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Node(..)")
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Number(one), Self::Number(other)) => is_same_number(one, other),
            (Self::List(one), Self::List(other)) => {
                let values = one.iter().map(|item| &item.value);
                values.eq(other.iter().map(|item| &item.value))
            }
            (Self::Table(one), Self::Table(other)) => {
                let is_same = |one: &&TableEntry<'_>, other: &&TableEntry<'_>| {
                    one.key == other.key && one.value == other.value
                };
                let (one, other) = (in_order_of_keys(one), in_order_of_keys(other));
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(&other)
                        .all(|(one, other)| is_same(one, other))
            }
            _ => false,
        }
    }
}

/// Whether two decimal texts mean the same number: `1.50` and `15e-1`.
pub(crate) fn is_same_number(one: &str, other: &str) -> bool {
    one == other
        || match (Decimal::of(one), Decimal::of(other)) {
            (Some(one), Some(other)) => one.is_same(&other),
            _ => false,
        }
}

/// Whether a float prints as the same decimal number as the text, so that no digit is lost.
pub(crate) fn is_exact(float: f64, text: &str) -> bool {
    // Fifteen digits survive a round trip through any float that is neither subnormal nor zero.
    (text.len() <= 15 && float.is_normal()) || is_same_number(&format!("{float:e}"), text)
}

/// A decimal number: its significant digits, and the power of ten of the last one.
struct Decimal<'t> {
    negative: bool,
    /// The digits, perhaps with a decimal point, without leading and trailing zeros.
    digits: &'t str,
    exponent: i64,
}

impl<'t> Decimal<'t> {
    /// Reads digits with an optional sign, decimal point and exponent.
    fn of(text: &'t str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (text, 0_i64),
        };
        let (negative, mantissa) = match mantissa.as_bytes().first()? {
            b'-' => (true, &mantissa[1..]),
            b'+' => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let points = mantissa.bytes().filter(|byte| *byte == b'.').count();
        let is_plain = mantissa
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        if points > 1 || !is_plain || mantissa.len() == points {
            return None;
        }
        // The power of ten of the last digit written, before zeros are cut.
        let fraction = mantissa.find('.').map_or(0, |at| mantissa.len() - at - 1);
        let mut exponent = exponent.checked_sub(i64::try_from(fraction).ok()?)?;
        let digits = mantissa.trim_start_matches(['0', '.']);
        let zeros = |digits: &str| digits.len() - digits.trim_end_matches('0').len();
        let cut = zeros(digits);
        let mut kept = &digits[..digits.len() - cut];
        exponent = exponent.checked_add(i64::try_from(cut).ok()?)?;
        if let Some(whole) = kept.strip_suffix('.') {
            // Every digit after the point was a zero.
            let cut = zeros(whole);
            kept = &whole[..whole.len() - cut];
            exponent = exponent.checked_add(i64::try_from(cut).ok()?)?;
        }
        Some(Self {
            negative: negative && !kept.is_empty(),
            digits: kept,
            exponent: if kept.is_empty() { 0 } else { exponent },
        })
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.digits.bytes().filter(u8::is_ascii_digit)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.negative == other.negative
            && self.exponent == other.exponent
            && self.digits().cmp(other.digits()) == Ordering::Equal
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_keeps_its_text() {
        for text in [
            "5",
            "-0",
            "1.50",
            "1e3",
            "9223372036854775808",
            "3.14159265358979323846",
        ] {
            assert_eq!(Node::number(text).as_scalar(), Some(text));
        }
        assert_eq!(Node::number("+5").as_scalar(), Some("5"));
    }

    #[test]
    fn numbers_are_equal_by_what_they_count() {
        let same = ["1.50", "1.5", "15e-1", "0.15E1", "+1.500", "0001.5"];
        for text in same {
            assert!(is_same_number(text, "1.5"), "{text}");
        }
        for (one, other) in [
            ("100", "1e2"),
            ("100.0", "1e+2"),
            ("-0", "0.000"),
            ("inf", "inf"),
        ] {
            assert!(is_same_number(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("1", "-1"),
            ("10", "1"),
            ("0.1", "0.01"),
            ("1", "1x"),
            ("", "0"),
        ] {
            assert!(!is_same_number(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_float_is_exact_where_it_prints_the_same_number() {
        let exact = |text: &str| is_exact(text.parse().unwrap(), text);
        for text in [
            "0.0",
            "1.50",
            "1e3",
            "0.30000000000000004",
            "100000000000000000000.0",
            "5e-324",
        ] {
            assert!(exact(text), "{text}");
        }
        for text in [
            "9007199254740993",
            "3.14159265358979323846",
            "1e999",
            "1e-999",
            "1.23456789e-320",
        ] {
            assert!(!exact(text), "{text}");
        }
    }

    fn table(pairs: &[(&'static str, &'static str)]) -> Node<'static> {
        let entries = pairs
            .iter()
            .map(|(key, text)| TableEntry::new(*key, Node::number(*text)));
        Node::Table(entries.collect())
    }

    #[test]
    fn the_first_repeated_key_is_found() {
        let repeated = |keys: &[&str]| repeated_key(keys, |key| key);
        assert_eq!(repeated(&[]), None);
        assert_eq!(repeated(&["a", "A", "b"]), None);
        assert_eq!(repeated(&["z", "b", "a", "b", "a", "z"]), Some((1, 3)));
        assert_eq!(repeated(&["a", "b", "a", "a"]), Some((0, 2)));
        let many: Vec<_> = (0..40).map(|at| (at % 30).to_string()).collect();
        assert_eq!(repeated_key(&many, |key| key), Some((0, 30)));
        assert_eq!(repeated_key(&many[..30], |key| key), None);
    }

    #[test]
    fn tables_are_equal_whatever_the_order_of_their_keys() {
        let (one, other) = (
            table(&[("a", "1"), ("b", "2")]),
            table(&[("b", "2.0"), ("a", "1")]),
        );
        assert_eq!(one, other);
        assert_ne!(one, table(&[("a", "1"), ("c", "2")]));
    }

    #[test]
    fn a_node_is_small() {
        assert_eq!(size_of::<Node<'_>>(), 32);
        assert_eq!(size_of::<TableEntry<'_>>(), 64);
    }

    proptest! {
        #[test]
        fn any_printed_float_is_exact(bits: u64) {
            let float = f64::from_bits(bits);
            prop_assume!(float.is_finite());
            prop_assert!(is_exact(float, &float.to_string()));
            let text = format!("{float:?}");
            prop_assert!(is_exact(float, &text));
        }
    }
}
