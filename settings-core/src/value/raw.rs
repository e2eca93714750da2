//! A value that is not decoded yet: text of a flat source, or a value of a structured one.

use super::node::{Item, Node, TableEntry};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    mem,
};
use zeroize::{Zeroize, Zeroizing};

/// A value as its source contains it; wiped when it is dropped.
#[derive(Clone)]
pub(crate) enum Raw {
    /// Text from the environment, `.env`, a secret file, an argument, `set` or a default.
    Text {
        text: Zeroizing<String>,
        /// Whether the source has it in quotes, which makes empty text a value.
        quoted: bool,
    },
    /// A value from a file or provider, or a map whose values flat sources set one by one.
    Structured(Structured),
}

/// A structured value, wiped when it is dropped.
#[derive(Clone, PartialEq)]
pub(crate) struct Structured {
    node: Node<'static>,
    /// Whether flat sources set some of its values, one by one.
    pub(crate) is_gathered: bool,
}

impl Raw {
    pub(crate) fn quoted(text: String) -> Self {
        Self::Text {
            text: Zeroizing::new(text),
            quoted: true,
        }
    }

    pub(crate) fn structured(node: Node<'_>) -> Self {
        Self::Structured(Structured::new(node.into_owned()))
    }

    /// Whether two values have the same form and the same meaning.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text { text, .. }, Self::Text { text: other, .. }) => text == other,
            (Self::Structured(value), Self::Structured(other)) => value == other,
            _ => false,
        }
    }

    /// A hash of the value.
    #[cfg_attr(
        not(feature = "cli"),
        allow(dead_code, reason = "only the command uses it")
    )]
    pub(crate) fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.each_text(&mut |text| text.hash(&mut hasher));
        hasher.finish()
    }

    /// Hashes the value with its form.
    #[cfg_attr(
        not(feature = "live"),
        allow(dead_code, reason = "only live settings use it")
    )]
    pub(crate) fn hash(&self, hasher: &mut impl Hasher) {
        match self {
            Self::Text { text, .. } => (0_u8, text.as_str()).hash(hasher),
            Self::Structured(value) => {
                1_u8.hash(hasher);
                value.node.hash_text(hasher);
            }
        }
    }

    /// Its text, unless it is a list or a table.
    pub(crate) fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text { text, .. } => Some(Cow::Borrowed(text)),
            Self::Structured(value) => value.node.as_scalar().map(Cow::Borrowed),
        }
    }

    /// The value of a structured source.
    pub(crate) fn as_node(&self) -> Option<&Node<'static>> {
        match self {
            Self::Text { .. } => None,
            Self::Structured(value) => Some(&value.node),
        }
    }

    /// Whether it is written without quotes in a structured source, as a number of a file is.
    pub(crate) fn is_bare(&self) -> bool {
        self.as_node()
            .is_some_and(|node| !matches!(node, Node::Text(_)))
    }

    /// Takes the text, if it is a string. The caller wipes it.
    pub(crate) fn take_text(&mut self) -> Option<String> {
        match self {
            Self::Text { text, .. } => Some(mem::take(&mut **text)),
            Self::Structured(value) => match &mut value.node {
                Node::Text(text) => Some(mem::take(text).into_owned()),
                _ => None,
            },
        }
    }

    /// Calls a function with each text in it: its own, or those of its elements.
    pub(crate) fn each_text(&self, each: &mut dyn FnMut(&str)) {
        match self {
            Self::Text { text, .. } => each(text),
            Self::Structured(value) => value.node.each_scalar(each),
        }
    }
}

impl Structured {
    pub(crate) fn new(node: Node<'static>) -> Self {
        Self {
            node,
            is_gathered: false,
        }
    }

    /// The entries of a table: keys with their values.
    pub(crate) fn into_map(mut self) -> Option<BTreeMap<String, Self>> {
        let Node::Table(entries) = &mut self.node else {
            return None;
        };
        let entries = mem::take(entries).into_iter();
        Some(
            entries
                .map(|entry| (entry.key.into_owned(), Self::new(entry.value)))
                .collect(),
        )
    }

    /// A table of these entries.
    pub(crate) fn of_map(map: BTreeMap<String, Self>) -> Self {
        let entries = map.into_iter().map(|(key, mut value)| {
            TableEntry::new(key, mem::replace(&mut value.node, Node::Null))
        });
        Self {
            node: Node::Table(entries.collect()),
            is_gathered: true,
        }
    }

    /// The elements of a list. A number or bool is a list of one.
    pub(crate) fn into_list(mut self) -> Option<Vec<Self>> {
        let items = match &mut self.node {
            Node::List(items) => items,
            Node::Number(_) | Node::Bool(_) => return Some(vec![self]),
            _ => return None,
        };
        let items = mem::take(items).into_iter();
        Some(items.map(|item| Self::new(item.value)).collect())
    }

    /// A list of these elements.
    pub(crate) fn of_list(list: Vec<Self>) -> Self {
        let items = list
            .into_iter()
            .map(|mut value| Item::new(mem::replace(&mut value.node, Node::Null)));
        Self {
            node: Node::List(items.collect()),
            is_gathered: true,
        }
    }

    pub(crate) fn node(&self) -> &Node<'static> {
        &self.node
    }
}

impl Drop for Structured {
    fn drop(&mut self) {
        self.node.wipe();
    }
}

/// Overwrites a text, then drops it.
pub(crate) fn wipe(text: OsString) {
    if !text.is_empty() {
        text.into_encoded_bytes().zeroize();
    }
}

/// Prints no value, because it may be a secret.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text(..)",
            Self::Structured(_) => "Structured(..)",
        })
    }
}
