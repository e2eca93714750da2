//! Output rows of a struct: each setting with its value, masked if it is secret, and its origin.

use crate::{
    build::{
        Assemble, Cursor, DerivedValue, LeafValue, Position, SkippedGroup, Step, Visitor, Walk,
        sight,
    },
    decode::{self, Form},
    error::{origin::Origin, problem::Sight, redact},
    resolve::{Resolved, Slot, SlotValue},
    schema::{Kind, Leaf, Shape, layout::Layout},
    value::{
        node::{Entry, Item, Node, in_order_of_keys},
        raw::Raw,
    },
};
use std::any::Any;
use zeroize::Zeroizing;

/// Output of one setting or derived property.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) key: String,
    /// The path that the key prints.
    pub(crate) path: Vec<Step>,
    /// `None` for a derived property, and for a list or map of groups without elements.
    pub(crate) leaf: Option<&'static Leaf>,
    pub(crate) value: Shows,
    /// Whether it is a derived property that is a number or a bool.
    pub(crate) bare: bool,
    /// `None` for a derived property, and for a setting without a value.
    pub(crate) origin: Option<Origin>,
    /// The canonical variable name of a setting.
    pub(crate) variable: Option<String>,
    pub(crate) written: Written,
    /// The name of the element that begins at this row, if no row of the element sets a variable that would create it.
    pub(crate) opens: Option<String>,
    /// The map that contains it, if the key in that map cannot be part of a variable name.
    pub(crate) whole: Option<Whole>,
    /// A hash of the value as it was set, by which masked values are compared.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "only the command compares")
    )]
    pub(crate) hash: Option<u64>,
}

/// How the value of a setting is written so that the setting reads it back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Written {
    /// As this text.
    Text(String),
    /// As the structure that is shown.
    Structure,
    /// As an empty value.
    Empty,
    /// It cannot be written: it has no value, it is masked, or no text represents it.
    Nothing,
}

/// A map of groups that is written as one variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Whole {
    pub(crate) variable: String,
    /// The length of the path to it.
    pub(crate) steps: usize,
}

/// The value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shows {
    /// No value.
    Nothing,
    Masked,
    Text(String),
    /// A list or table from a structured source.
    Structure(Node<'static>),
    /// A problem prevented a value.
    #[cfg_attr(
        not(feature = "cli"),
        allow(dead_code, reason = "only the command uses it")
    )]
    Invalid,
}

/// The rows of a loaded struct, in its order.
pub(crate) fn of<T: Assemble>(value: &T, resolved: &Resolved) -> Vec<Row> {
    let mut rows = Rows::default();
    value.walk(&mut Walk::new(resolved, &mut rows));
    rows.rows
}

#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    /// Texts of secrets, which derived properties must not show.
    secrets: Vec<Zeroizing<String>>,
}

impl Visitor for Rows {
    fn leaf(&mut self, position: Position<'_>, leaf: &'static Leaf, value: &dyn LeafValue) {
        let Position {
            cursor,
            leaf: at,
            slot,
        } = position;
        value.reveal(&mut |text| self.secrets.push(Zeroizing::new(text.to_owned())));
        let (shows, written) = of_leaf(cursor.layout, at, leaf, value, slot);
        if shows == Shows::Masked && !leaf.secret {
            self.secrets.extend(value.text().map(Zeroizing::new));
        }
        let row = Row::of(cursor, at, shows).with_slot(leaf, written, slot);
        self.rows.push(row);
    }

    fn elements(&mut self, _: usize, _: &dyn Fn() -> Option<Box<dyn Any>>) -> bool {
        false
    }

    fn no_elements(&mut self, position: Position<'_>, shape: Shape) {
        let row = Row::of(position.cursor, position.leaf, no_elements(shape));
        self.rows.push(Row {
            origin: Some(position.slot.origin.clone()),
            written: match position.slot.value {
                SlotValue::Unset => Written::Nothing,
                _ => Written::Structure,
            },
            ..row
        });
    }

    fn element(
        &mut self,
        position: Position<'_>,
        shape: Shape,
        name: &str,
        walk: &mut dyn FnMut(&mut dyn Visitor),
    ) {
        let first = self.rows.len();
        walk(self);
        let rows = &mut self.rows[first..];
        let variable = position.cursor.variable(position.leaf);
        if shape == Shape::Map && !is_part_of_a_variable(name) {
            let whole = Whole {
                variable,
                steps: position.cursor.steps(position.leaf).len(),
            };
            for row in rows {
                row.whole = Some(whole.clone());
            }
        } else if !rows.iter().any(Row::is_written)
            && let Some(first) = rows.first_mut()
        {
            first.opens = Some(format!("{variable}__{name}"));
        }
    }

    fn absent_group(&mut self, cursor: &Cursor, group: &SkippedGroup) {
        let leaves = group.leaves.clone();
        self.rows
            .extend(leaves.map(|at| Row::of(cursor, at, Shows::Nothing)));
    }

    fn derived(&mut self, cursor: &Cursor, resolved: &Resolved, derived: DerivedValue) {
        let DerivedValue {
            derived,
            text,
            is_bare,
        } = derived;
        let (key, path) = cursor.member(derived.name);
        let value = match text.map(Zeroizing::new) {
            None => Shows::Nothing,
            Some(text) if derived.secret || redact::is_sensitive_name(&key) => {
                drop(text);
                Shows::Masked
            }
            Some(text) if self.has_secret_in(&text) || resolved.has_secret_hash_in(&text) => {
                Shows::Masked
            }
            Some(text) => Shows::Text(safe(&text)),
        };
        self.rows.push(Row {
            bare: is_bare,
            variable: None,
            ..Row::new(key, path, value, String::new())
        });
    }
}

impl Rows {
    fn has_secret_in(&self, text: &str) -> bool {
        let mut secrets = self.secrets.iter().map(|secret| secret.trim());
        secrets.any(|secret| !secret.is_empty() && text.contains(secret))
    }
}

impl Row {
    fn new(key: String, path: Vec<Step>, value: Shows, variable: String) -> Self {
        Self {
            key,
            path,
            leaf: None,
            value,
            bare: false,
            origin: None,
            variable: Some(variable),
            written: Written::Nothing,
            opens: None,
            whole: None,
            hash: None,
        }
    }

    /// A row for a setting.
    fn of(cursor: &Cursor, at: usize, value: Shows) -> Self {
        Self::new(cursor.key(at), cursor.steps(at), value, cursor.variable(at))
    }

    /// A row of a load that may have failed. It has no variable if a shell cannot set the name.
    #[cfg(feature = "cli")]
    pub(crate) fn of_load(cursor: &Cursor, at: usize, value: Shows) -> Self {
        let row = Self::of(cursor, at, value);
        Self {
            variable: row.variable.filter(|variable| can_be_set(variable)),
            ..row
        }
    }

    /// A row for a setting in an element that no source contains.
    #[cfg(feature = "cli")]
    pub(crate) fn of_key(key: String, variable: String) -> Self {
        let path = key.split('.').flat_map(|step| {
            let (step, nth) = step.split_once('[').unwrap_or((step, ""));
            let nth = nth.strip_suffix(']').and_then(|nth| nth.parse().ok());
            [Some(Step::Key(step.to_owned())), nth.map(Step::Index)]
        });
        let path = path.flatten().collect();
        let row = Self::new(key, path, Shows::Nothing, variable);
        Self {
            variable: row.variable.filter(|variable| can_be_set(variable)),
            ..row
        }
    }

    /// Adds the origin that the slot knows.
    pub(crate) fn with_slot(self, leaf: &'static Leaf, written: Written, slot: &Slot) -> Self {
        let has_origin = match self.value {
            Shows::Nothing => written == Written::Empty,
            Shows::Invalid => !matches!(slot.value, SlotValue::Unset | SlotValue::Consumed),
            _ => true,
        };
        Self {
            leaf: Some(leaf),
            origin: has_origin.then(|| slot.origin.clone()),
            written,
            ..self
        }
    }

    /// Whether a `.env` file of the rows sets a variable for it.
    fn is_written(&self) -> bool {
        self.written != Written::Nothing || self.opens.is_some() || self.whole.is_some()
    }
}

/// The value of a setting as it is shown, and as it is written.
pub(crate) fn of_leaf(
    layout: &'static Layout,
    at: usize,
    leaf: &Leaf,
    value: &dyn LeafValue,
    slot: &Slot,
) -> (Shows, Written) {
    if leaf.optional && value.text().is_none() {
        match slot.value {
            SlotValue::Empty => (Shows::Nothing, Written::Empty),
            _ => (Shows::Nothing, Written::Nothing),
        }
    } else if sight(layout, at, leaf, &slot.origin) == Sight::Masked {
        (Shows::Masked, Written::Nothing)
    } else {
        match &slot.value {
            SlotValue::Value(raw) => came_as(raw, leaf, value),
            _ => computed(leaf, value),
        }
    }
}

/// A value as its source set it. Text that contains a structure with secrets is shown as a structure.
pub(crate) fn of_raw(raw: &Raw, leaf: &Leaf) -> Shows {
    if let Some(structure @ (Node::Table(_) | Node::List(_))) = raw.as_node() {
        return Shows::Structure(masked(structure));
    }
    let Some(text) = raw.as_text() else {
        return Shows::Nothing;
    };
    let form = Form {
        separator: leaf.separator,
    };
    let structure = decode::structure_of_text(&text, &leaf.kind(), form);
    let partly = structure.and_then(|value| Some(masked(&value)).filter(|masked| *masked != value));
    match partly {
        Some(masked) => Shows::Structure(masked),
        None => Shows::Text(safe(&text)),
    }
}

/// A value as its source set it, and how it is written.
fn came_as(raw: &Raw, leaf: &Leaf, value: &dyn LeafValue) -> (Shows, Written) {
    let text = raw.as_text();
    if let Some(text) = &text
        && let Some(scalar) = raw.as_node().filter(|_| raw.is_bare())
        && matches!(leaf.kind(), Kind::Any | Kind::Unknown)
    {
        // A type that accepts anything may read the text of a number as something else.
        let written = if value.reads_back(text, leaf) {
            Written::Text(text.to_string())
        } else {
            Written::Nothing
        };
        return (Shows::Structure(scalar.clone()), written);
    }
    let shows = of_raw(raw, leaf);
    let written = match (&shows, raw.as_node(), text) {
        (Shows::Structure(all), Some(structure), _) if all == structure => Written::Structure,
        (Shows::Text(all), _, Some(text)) if *all == text => {
            Written::Text(or_brackets(&text, leaf).to_owned())
        }
        _ => Written::Nothing,
    };
    (shows, written)
}

/// A value that no source set, by its own output.
fn computed(leaf: &Leaf, value: &dyn LeafValue) -> (Shows, Written) {
    let Some(text) = value.text() else {
        return (Shows::Nothing, Written::Nothing);
    };
    let shown = safe(&text);
    let written = if shown != text {
        None
    } else if value.is_text() || value.reads_back(&text, leaf) {
        Some(text)
    } else {
        // `Debug` puts a path in quotes, and prints units of a duration that settings do not read.
        let measured = value.measured();
        measured.filter(|text| value.reads_back(text, leaf))
    };
    let written = written.map_or(Written::Nothing, |text| {
        Written::Text(or_brackets(&text, leaf).to_owned())
    });
    (Shows::Text(shown), written)
}

/// An empty list or map is written in brackets: empty text is no value.
fn or_brackets<'t>(text: &'t str, leaf: &Leaf) -> &'t str {
    match leaf.kind() {
        Kind::List(_) if text.is_empty() => "[]",
        Kind::Map(_) if text.is_empty() => "{}",
        _ => text,
    }
}

/// The value of a list or map of groups without elements.
pub(crate) fn no_elements(shape: Shape) -> Shows {
    Shows::Structure(match shape {
        Shape::List => Node::List(Vec::new()),
        _ => Node::Table(Vec::new()),
    })
}

/// Whether an environment variable can have this name.
#[cfg(feature = "cli")]
fn can_be_set(variable: &str) -> bool {
    is_part_of_a_variable(&variable.replace("__", "_"))
}

/// Whether a key of a map of groups is read back where it appears between two `__` of a variable name.
fn is_part_of_a_variable(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !key.is_empty()
        && key.bytes().all(plain)
        && !key.contains("__")
        && !key.starts_with('_')
        && !key.ends_with('_')
}

/// A text with the passwords in its URLs masked.
fn safe(text: &str) -> String {
    redact::mask_urls(text).into_owned()
}

/// A structure with passwords and the values of sensitive keys masked.
fn masked(value: &Node<'static>) -> Node<'static> {
    match value {
        Node::Text(text) => Node::text(safe(text)),
        Node::List(items) => {
            let items = items.iter().map(|item| Item {
                value: masked(&item.value),
                ..*item
            });
            Node::List(items.collect())
        }
        Node::Table(entries) => {
            let entries = in_order_of_keys(entries).into_iter().map(|entry| Entry {
                key: entry.key.clone(),
                value: if redact::is_sensitive_name(&entry.key) {
                    Node::text(redact::MASK)
                } else {
                    masked(&entry.value)
                },
                ..*entry
            });
            Node::Table(entries.collect())
        }
        other => other.clone(),
    }
}
