//! Lists and maps as text: separated elements, pairs of keys and values, or JSON.

use super::{
    json::{self, Flaw},
    node::{Item, Node, TableEntry, repeated_key},
};

/// The table that the text of a map represents: JSON, or `k=v,k=v`, where every value is text.
pub(crate) fn map_of_text(text: &str, separator: Option<&str>) -> Option<Node<'static>> {
    let text = text.trim();
    if text.starts_with('{') {
        return structure_of_json(text);
    }
    let pairs = Split::new(text, separator.unwrap_or(",")).map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let key = Some(key.trim()).filter(|key| !key.is_empty())?;
        Some(TableEntry::new(key, Node::text(value.trim())))
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    let pairs = pairs?;
    let is_map = repeated_key(&pairs, |pair| &pair.key).is_none();
    is_map.then(|| Node::Table(pairs).into_owned())
}

/// The flaw of `k=v,k=v` that has a key twice.
pub(crate) fn duplicate_pair(text: &str, separator: &str) -> Option<Flaw> {
    let pairs = Split::new(text, separator).map_while(|pair| pair.split_once('='));
    let keys: Vec<_> = pairs.map(|(key, _)| key.trim()).collect();
    let (first, second) = repeated_key(&keys, |key| key)?;
    Some(Flaw::DuplicatePair {
        first: first + 1,
        second: second + 1,
    })
}

/// The list that a text represents: JSON, or elements with separators between them. JSON with a duplicate key is returned
/// as the text that it is.
pub(crate) fn list_of_text(text: &str, separator: Option<&str>) -> Node<'static> {
    let text = text.trim();
    let json = text.starts_with('[').then(|| structure_of_json(text));
    if matches!(json, Some(None)) && json::check(text).is_err_and(Flaw::is_duplicate) {
        return Node::text(text).into_owned();
    }
    json.flatten().unwrap_or_else(|| {
        let elements = Split::new(text, separator.unwrap_or(","));
        Node::List(
            elements
                .map(|element| Item::new(Node::text(element)))
                .collect(),
        )
        .into_owned()
    })
}

/// The list or table in a JSON text.
pub(crate) fn structure_of_json(text: &str) -> Option<Node<'static>> {
    let node = json::node(text.trim(), 0).ok()?.into_owned();
    Some(node).filter(|node| matches!(node, Node::List(_) | Node::Table(_)))
}

/// The trimmed parts of a text. A part may be empty, except after one separator at the end.
pub(crate) struct Split<'a, 's> {
    rest: Option<&'a str>,
    separator: &'s str,
}

impl<'a, 's> Split<'a, 's> {
    pub(crate) fn new(text: &'a str, separator: &'s str) -> Self {
        Self {
            rest: Some(text).filter(|text| !text.is_empty()),
            separator,
        }
    }
}

impl<'a> Iterator for Split<'a, '_> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        // The search for a single character, the usual separator, is faster than for a string.
        let parts = match self.separator.as_bytes() {
            [] => None,
            [byte] => rest.split_once(char::from(*byte)),
            _ => rest.split_once(self.separator),
        };
        let (part, after) = parts.map_or((rest, None), |(part, after)| (part, Some(after)));
        self.rest = after.filter(|after| !after.trim().is_empty());
        Some(part.trim())
    }
}
