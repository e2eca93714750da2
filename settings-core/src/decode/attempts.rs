//! Attempts to decode changed copies of a value, to find the invalid part where serde buffers: `tag`, `untagged` and
//! `flatten` hide the key.
//!
//! serde decodes a buffered value from its first key to its last, and stops at the first invalid one. So a change of any
//! value up to the invalid one changes the error, and a change of a later one does not.

use super::{
    Input, TextForm, answer,
    deserializer::{Context, ValueDeserializer},
    error::{Hint, Malformed},
    scalar,
};
use crate::{
    schema::Kind,
    value::{
        node::{Node, TableEntry},
        path::{KeyPath, Segment},
    },
};
use settings_syntax::{boolean, duration, number};
use std::cell::RefCell;

/// The limit for values of a structure that are changed.
const TRIED: usize = 64;

/// The limit for the values of a structure that is decoded again for each change.
const LARGEST: usize = 2048;

/// One attempt. It keeps the value, so that what follows is compiled once and not for each type.
type Attempt<'r> = &'r mut dyn FnMut(ValueDeserializer<'_, '_, '_>) -> Result<(), Malformed>;

/// Attempts to decode a value, also changed ones. The last one that succeeds counts.
pub(super) struct Attempts<'r, 'w> {
    read: RefCell<Attempt<'r>>,
    form: TextForm<'w>,
    /// Whether strings of the value are text of flat sources.
    is_flat: bool,
}

impl<'r, 'w> Attempts<'r, 'w> {
    pub(super) fn new(read: Attempt<'r>, form: TextForm<'w>, input: &Input<'_>) -> Self {
        Self {
            read: RefCell::new(read),
            // Attempts report no keys.
            form: TextForm {
                ignored: None,
                ..form
            },
            is_flat: matches!(input, Input::Pairs(_)),
        }
    }

    pub(super) fn context(&self) -> Context<'w> {
        Context::new(self.form, None)
    }

    pub(super) fn read(
        &self,
        deserializer: ValueDeserializer<'_, '_, '_>,
    ) -> Result<(), Malformed> {
        self.read.borrow_mut()(deserializer)
    }

    /// Decodes a changed value. The elements before an invalid one are skipped.
    fn decode(&self, node: &Node<'static>, passed: usize) -> Result<(), Malformed> {
        let mut context = self.context();
        context.passed = passed;
        let mut input = if self.is_flat {
            Input::Pairs(node)
        } else {
            Input::Value(node)
        };
        self.read(answer(&mut input, &mut context))
    }

    /// Whether the structure causes the error. Another reading of its text may have caused it.
    fn causes(&self, error: &Malformed, node: &Node<'static>) -> bool {
        let decoded = self.decode(node, passed(error));
        decoded.is_err_and(|own| own.is_same(error))
    }

    /// Decodes a value whose texts come from flat sources, each in the type that makes it valid. Otherwise returns the
    /// value with the texts that were converted, and its error.
    pub(super) fn convert(
        &self,
        node: &Node<'static>,
        error: Malformed,
    ) -> Result<(), (Node<'static>, Malformed)> {
        let mut node = node.clone();
        let mut error = error;
        if count(&node) > LARGEST || !self.causes(&error, &node) {
            return Err((node, error));
        }
        for _ in 0..TRIED {
            let Some((changed, outcome)) = self.convert_one(&node, &error) else {
                break;
            };
            node = changed;
            match outcome {
                Ok(()) => return Ok(()),
                Err(other) => error = other,
            }
        }
        Err((node, error))
    }

    /// Converts the text that causes an error.
    fn convert_one(
        &self,
        node: &Node<'static>,
        error: &Malformed,
    ) -> Option<(Node<'static>, Result<(), Malformed>)> {
        let path = self.invalid_part(error, node)?;
        let Some(Node::Text(text)) = part(node, &path) else {
            return None;
        };
        replacements(text, error.choices()).find_map(|replacement| {
            let changed = with(node, &path, replacement);
            match self.decode(&changed, 0) {
                Err(other) if self.is_about(&other, error, &changed, &path) => None,
                outcome => Some((changed, outcome)),
            }
        })
    }

    /// The same problem, at the path of the value or key that causes it.
    pub(super) fn locate(&self, error: Malformed, node: &Node<'static>) -> Malformed {
        if count(node) > LARGEST || !self.causes(&error, node) {
            return error;
        }
        if let Some(key) = error.missing() {
            return match self.table_without(key, &error, node) {
                Some(mut path) => {
                    path.push(Segment::Name(key));
                    error.inside(path)
                }
                None => error,
            };
        }
        if error.is_of_no_variant() {
            return self.locate_convertible(error, node);
        }
        let Some(mut path) = self.invalid_part(&error, node) else {
            return error;
        };
        if error.is_about_length() {
            // A list of another length is found by its last element.
            let mut segments: Vec<_> = path.segments().collect();
            segments.pop_if(|last| matches!(last, Segment::Index(_)));
            path = segments.into_iter().collect();
        }
        let is_convertible = match part(node, &path) {
            Some(Node::Text(text)) => {
                let passed = passed(&error);
                replacements(text, error.choices()).any(|replacement| {
                    let changed = with(node, &path, replacement);
                    let decoded = self.decode(&changed, passed);
                    !decoded.is_err_and(|other| self.is_about(&other, &error, &changed, &path))
                })
            }
            _ => false,
        };
        let error = error.inside(path);
        if is_convertible {
            error.hinted_first(Hint::Buffered)
        } else {
            error
        }
    }

    /// The same for an untagged enum, whose error is about the value as a whole: the text that is valid as another type.
    fn locate_convertible(&self, error: Malformed, node: &Node<'static>) -> Malformed {
        let Some(whole) = part(node, error.path()) else {
            return error;
        };
        let mut paths = Vec::new();
        each_part(whole, error.path(), &mut paths);
        let passed = passed(&error);
        let found = paths.into_iter().take(TRIED).find_map(|path| {
            let Some(Node::Text(text)) = part(node, &path) else {
                return None;
            };
            let kind = replacements(text, None).find_map(|replacement| {
                let kind = match replacement {
                    Node::Number(_) => Kind::Float,
                    Node::Bool(_) => Kind::Bool,
                    _ => Kind::Duration,
                };
                let decoded = self.decode(&with(node, &path, replacement), passed);
                decoded.is_ok().then_some(kind)
            });
            Some((path, kind?))
        });
        match found {
            Some((path, kind)) => error
                .inside(path)
                .expecting(&kind)
                .hinted_first(Hint::Buffered),
            None => error,
        }
    }

    /// The path to the invalid value inside the structure that an error is about.
    fn invalid_part(&self, error: &Malformed, node: &Node<'static>) -> Option<KeyPath> {
        let whole = part(node, error.path())?;
        if !matches!(whole, Node::List(_) | Node::Table(_)) {
            return None;
        }
        let mut paths = Vec::new();
        each_part(whole, error.path(), &mut paths);
        paths.truncate(TRIED);
        if let Some(key) = error.unknown_key() {
            let is_key = |path: &&KeyPath| path.last() == Some(Segment::Name(key));
            let mut found = paths.iter().filter(is_key);
            return found.next().filter(|_| found.next().is_none()).cloned();
        }
        let passed = passed(error);
        let changes = |path: &KeyPath| {
            wrong().into_iter().any(|value| {
                match self.decode(&with(node, path, value), passed) {
                    Ok(()) => true,
                    // An error that names a key is about the tag of an enum, which is read first.
                    Err(other) => !other.is_same(error) && other.path() == error.path(),
                }
            })
        };
        paths.into_iter().rfind(changes)
    }

    /// The path to the table that lacks a required key.
    fn table_without(
        &self,
        key: &'static str,
        error: &Malformed,
        node: &Node<'static>,
    ) -> Option<KeyPath> {
        let mut segments: Vec<_> = error.path().segments().collect();
        segments.pop();
        let base: KeyPath = segments.into_iter().collect();
        let whole = part(node, &base)?;
        let mut paths = vec![base.clone()];
        each_part(whole, &base, &mut paths);
        let passed = passed(error);
        let lacks = |path: &KeyPath| {
            let Some(Node::Table(entries)) = part(node, path) else {
                return false;
            };
            let is_gone = |value: Node<'static>| {
                let mut entries = entries.clone();
                entries.push(TableEntry::new(key, value));
                let changed = with(node, path, Node::Table(entries));
                let decoded = self.decode(&changed, passed);
                !decoded.is_err_and(|other| {
                    other.missing() == Some(key) || other.unknown_key() == Some(key)
                })
            };
            !entries.iter().any(|entry| entry.key == key)
                && wrong().into_iter().chain([Node::Bool(true)]).all(is_gone)
        };
        paths.into_iter().take(TRIED).find(lacks)
    }

    /// Whether the error of a changed structure is still about the value that was changed.
    fn is_about(
        &self,
        changed_error: &Malformed,
        error: &Malformed,
        changed: &Node<'static>,
        path: &KeyPath,
    ) -> bool {
        changed_error.is_same(error)
            || self.invalid_part(changed_error, changed).as_ref() == Some(path)
    }
}

/// The number of elements of the outermost list or map before the one with the error.
fn passed(error: &Malformed) -> usize {
    error.taken().unwrap_or(1).saturating_sub(1)
}

/// Values of different kinds. No type accepts all of them, except those that accept anything.
fn wrong() -> [Node<'static>; 3] {
    [
        Node::text("\u{1}"),
        Node::number("-0.5"),
        Node::Table(vec![TableEntry::new("\u{1}", Node::Null)]),
    ]
}

/// The values that a text represents for types whose text rules do not apply behind a buffer.
fn replacements(
    text: &str,
    names: Option<&'static [&'static str]>,
) -> impl Iterator<Item = Node<'static>> {
    let text = text.trim();
    let name = names.and_then(|names| scalar::name(text, names).ok()?);
    let name = name.filter(|name| *name != text).map(Node::text);
    let is_number = number::float::<f64>(text).is_some();
    let number = is_number.then(|| Node::number(text.to_owned()));
    let truth = boolean::parse(text).map(Node::Bool);
    let duration = duration::parse(text).map(|duration| {
        let part = |key: &'static str, number: String| TableEntry::new(key, Node::number(number));
        Node::Table(vec![
            part("secs", duration.as_secs().to_string()),
            part("nanos", duration.subsec_nanos().to_string()),
        ])
    });
    [number, truth, duration, name].into_iter().flatten()
}

/// The paths to the parts of a structure, each before those inside it.
fn each_part(node: &Node<'static>, path: &KeyPath, paths: &mut Vec<KeyPath>) {
    let mut inside = |segment: Segment<'_>, value: &Node<'static>| {
        let mut path = path.clone();
        path.push(segment);
        paths.push(path.clone());
        each_part(value, &path, paths);
    };
    match node {
        Node::List(items) => {
            for (nth, item) in items.iter().enumerate() {
                inside(Segment::Index(nth), &item.value);
            }
        }
        Node::Table(entries) => {
            for entry in entries {
                inside(Segment::Name(&entry.key), &entry.value);
            }
        }
        _ => {}
    }
}

fn count(node: &Node<'_>) -> usize {
    let mut count = 0;
    node.each_scalar(&mut |_| count += 1);
    count
}

/// The value at a path.
pub(crate) fn part<'n>(node: &'n Node<'static>, path: &KeyPath) -> Option<&'n Node<'static>> {
    path.segments()
        .try_fold(node, |node, segment| match (node, segment) {
            (Node::List(items), Segment::Index(nth)) => Some(&items.get(nth)?.value),
            (Node::Table(entries), Segment::Name(name)) => {
                let entry = entries.iter().rfind(|entry| entry.key == name)?;
                Some(&entry.value)
            }
            _ => None,
        })
}

/// A structure with another value at a path.
fn with(node: &Node<'static>, path: &KeyPath, value: Node<'static>) -> Node<'static> {
    let mut changed = node.clone();
    let mut node = &mut changed;
    for segment in path.segments() {
        let inner = match (node, segment) {
            (Node::List(items), Segment::Index(nth)) => {
                items.get_mut(nth).map(|item| &mut item.value)
            }
            (Node::Table(entries), Segment::Name(name)) => {
                let entry = entries.iter_mut().rfind(|entry| entry.key == name);
                entry.map(|entry| &mut entry.value)
            }
            _ => None,
        };
        let Some(inner) = inner else { return changed };
        node = inner;
    }
    *node = value;
    changed
}
