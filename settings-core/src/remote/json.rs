//! JSON objects of control keys. They may come from anyone who may write there, so nothing about them is trusted.

use crate::value::{
    json::{self, quoted},
    node::{Node, TableEntry},
};
use std::fmt::{Display, Write};

/// Members of an object that was read.
pub(super) struct JsonObject<'t>(Vec<TableEntry<'t>>);

impl<'t> JsonObject<'t> {
    /// Reads an object; `None` for anything else.
    pub(super) fn read(bytes: &'t [u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        match json::node(text, 0).ok()? {
            Node::Table(entries) => Some(Self(entries)),
            _ => None,
        }
    }

    fn get(&self, key: &str) -> Option<&Node<'t>> {
        let mut entries = self.0.iter().rev();
        entries
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    pub(super) fn is_null(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Node::Null))
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Node::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn truth(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Node::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The texts of a list; `None` if one of its elements is something else.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let Node::List(items) = self.get(key)? else {
            return None;
        };
        let texts = items.iter().map(|item| match &item.value {
            Node::Text(text) => Some(text.to_string()),
            _ => None,
        });
        texts.collect()
    }

    /// The members of an object whose values are texts; `None` if one of them is something else.
    pub(super) fn pairs(&self, key: &str) -> Option<Vec<(String, String)>> {
        let Node::Table(entries) = self.get(key)? else {
            return None;
        };
        let pairs = entries.iter().map(|entry| match &entry.value {
            Node::Text(text) => Some((entry.key.to_string(), text.to_string())),
            _ => None,
        });
        pairs.collect()
    }

    /// The numbers of an object, by their names; `None` if one of them is something else.
    pub(super) fn numbers<const N: usize>(&self, key: &str, names: [&str; N]) -> Option<[u64; N]> {
        let Node::Table(entries) = self.get(key)? else {
            return None;
        };
        let number = |name: &str| {
            let entry = entries.iter().rev().find(|entry| entry.key == name)?;
            match &entry.value {
                Node::Number(text) => text.parse().ok(),
                _ => None,
            }
        };
        let mut numbers = [0; N];
        for (name, of) in names.iter().zip(&mut numbers) {
            *of = number(name)?;
        }
        Some(numbers)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The objects of a list; `None` if one of its elements is something else.
    pub(super) fn objects(self, key: &str) -> Option<Vec<Self>> {
        let mut entries = self.0.into_iter().rev();
        let Node::List(items) = entries.find(|entry| entry.key == key)?.value else {
            return None;
        };
        let objects = items.into_iter().map(|item| match item.value {
            Node::Table(entries) => Some(Self(entries)),
            _ => None,
        });
        objects.collect()
    }
}

/// An object that is being written.
#[derive(Default)]
pub(super) struct JsonWriter(String);

impl JsonWriter {
    /// Adds a number or a bool.
    pub(super) fn bare(mut self, key: &str, value: impl Display) -> Self {
        let before = if self.0.is_empty() { '{' } else { ',' };
        // Writing to a string does not fail.
        let _ = write!(self.0, "{before}{}:{value}", quoted(key));
        self
    }

    pub(super) fn text(self, key: &str, value: &str) -> Self {
        self.bare(key, quoted(value))
    }

    /// Adds a list of values that are JSON already.
    pub(super) fn list(self, key: &str, values: &[String]) -> Self {
        self.bare(key, format_args!("[{}]", values.join(",")))
    }

    /// Adds a list of texts.
    pub(super) fn texts<'t>(self, key: &str, texts: impl IntoIterator<Item = &'t String>) -> Self {
        let texts: Vec<String> = texts.into_iter().map(|text| quoted(text)).collect();
        self.list(key, &texts)
    }

    /// Adds an object of texts.
    pub(super) fn pairs<'t>(
        self,
        key: &str,
        pairs: impl IntoIterator<Item = (&'t String, &'t String)>,
    ) -> Self {
        let object = pairs.into_iter();
        let object = object.fold(Self::default(), |object, (key, value)| {
            object.text(key, value)
        });
        self.bare(key, object.end())
    }

    pub(super) fn end(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}
