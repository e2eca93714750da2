//! Output rows of a struct: each setting with its value, masked if it is secret, and its origin.

use crate::{
    build::{
        Assemble, Cursor, DerivedValue, Disclosure, LeafType, LeafValue, Position, SkippedGroup,
        Visitor, Walk, each_literal, sight,
    },
    decode::{self, TextForm},
    error::{
        origin::Origin,
        problem::Sight,
        redact::{self, Secrets},
    },
    resolve::{Resolved, Slot, SlotValue},
    schema::{Derived, Kind, Leaf, Shape, layout::Layout},
    value::{
        node::{Item, Node, TableEntry, in_order_of_keys},
        path::KeyPath,
        raw::Raw,
        text::Split,
    },
};
use settings_syntax::list::inside_brackets;
use zeroize::Zeroizing;

/// Output of one setting or derived property.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) key: String,
    /// The path, whose printed form is the key.
    pub(crate) path: KeyPath,
    /// `None` for a derived property, and for a list or map of groups without elements.
    pub(crate) leaf: Option<&'static Leaf>,
    pub(crate) value: Shows,
    /// Whether it is a derived property that is a number or a bool.
    pub(crate) bare: bool,
    /// `None` for a derived property, and for a setting without a value.
    pub(crate) origin: Option<Origin>,
    /// The origin of the highest value that is overridden.
    pub(crate) overrides: Option<Origin>,
    /// Whether the program changed the value after it was read.
    pub(crate) is_adjusted: bool,
    /// The canonical variable name of a setting.
    pub(crate) variable: Option<String>,
    /// The documentation.
    pub(crate) doc: &'static str,
    pub(crate) written: Written,
    /// The name of the element or optional group that begins at this row, if no row of it sets a variable that would
    /// create it.
    pub(crate) opens: Option<String>,
    /// The map that contains it, if the key in that map cannot be part of a variable name.
    pub(crate) whole: Option<Whole>,
    /// Whether documents and `dump` leave it out.
    pub(crate) hidden: bool,
    /// A hash of the value as it was set, by which masked values are compared.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "only the command compares")
    )]
    pub(crate) hash: Option<u64>,
}

/// The form in which the value of a setting is written, so that the setting reads the same value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Written {
    /// This text.
    Text(String),
    /// The structure that is shown.
    Structure,
    /// An empty value.
    Empty,
    /// No text: the setting has no value, it is masked, or no text represents the value.
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

impl Shows {
    /// Whether the value, or a part of it, is masked. The password of a URL is not a part.
    fn is_masked(&self) -> bool {
        match self {
            Self::Masked => true,
            Self::Structure(node) => {
                let mut is_masked = false;
                node.each_scalar(&mut |text| is_masked |= text == redact::MASK);
                is_masked
            }
            Self::Nothing | Self::Text(_) | Self::Invalid => false,
        }
    }
}

/// The rows of a loaded struct, in its order.
pub(crate) fn of<T: Assemble>(value: &T, resolved: &Resolved) -> Vec<Row> {
    let mut rows = Rows::default();
    value.walk(&mut Walk::new(resolved, &mut rows));
    rows.rows
}

/// The secret texts of a loaded struct.
pub(crate) fn secrets_of<T: Assemble>(value: &T, resolved: &Resolved) -> Secrets {
    let mut rows = Rows::of_secrets();
    value.walk(&mut Walk::new(resolved, &mut rows));
    rows.into_secrets()
}

/// Collector of rows, and of the secret texts that derived properties and reasons must not print.
#[derive(Default)]
#[expect(clippy::struct_field_names, reason = "its rows beside its secrets")]
pub(crate) struct Rows {
    rows: Vec<Row>,
    /// The first row and the variable of each optional group around the next row.
    optional: Vec<(usize, Option<String>)>,
    secrets: Secrets,
    /// Whether only the secret texts are needed.
    only_secrets: bool,
}

impl Visitor for Rows {
    fn leaf(&mut self, position: Position<'_>, leaf: &'static Leaf, value: LeafValue<'_>) {
        let Position {
            cursor,
            leaf: at,
            slot,
            resolved,
        } = position;
        let hashes = resolved.secret_hashes.iter();
        let hashes = hashes.filter(|(leaf, _)| usize::from(*leaf) == at);
        let mut hashes = hashes.map(|(_, hash)| hash).peekable();
        let (shows, written) = if hashes.peek().is_some() {
            self.secrets.add_hashes(hashes);
            let secrets = &mut Secrets::default();
            of_leaf(cursor.layout, at, leaf, value, slot, secrets)
        } else {
            of_leaf(cursor.layout, at, leaf, value, slot, &mut self.secrets)
        };
        if self.only_secrets {
            return;
        }
        let row = Row::of(cursor, at, shows).with_slot(leaf, written, slot);
        self.rows.push(row);
    }

    fn no_elements(&mut self, position: Position<'_>, shape: Option<Shape>) {
        let shows = shape.map_or(Shows::Nothing, no_elements);
        let row = Row::of(position.cursor, position.leaf, shows);
        let is_unset = matches!(position.slot.value, SlotValue::Unset);
        let written = match shape {
            // An element exists because a source contains it.
            Some(_) if is_unset && position.resolved.layout.element().is_none() => Written::Nothing,
            Some(_) => Written::Structure,
            None if is_unset => Written::Nothing,
            None => Written::Empty,
        };
        let has_origin = shape.is_some() || written == Written::Empty;
        self.rows.push(Row {
            origin: has_origin.then(|| position.slot.origin.clone()),
            overrides: position.slot.overrides.clone(),
            written,
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
                steps: position.cursor.path(position.leaf).segments().count(),
            };
            for row in rows {
                row.whole = Some(whole.clone());
            }
        } else {
            open(rows, || format!("{variable}__{name}"));
        }
    }

    fn begin_optional(&mut self, cursor: &Cursor, group: usize) {
        let variable = cursor.group_variable(group);
        self.optional.push((self.rows.len(), variable));
    }

    fn end_optional(&mut self) {
        if let Some((first, Some(variable))) = self.optional.pop() {
            let rows = &mut self.rows[first..];
            // The operator has to fill in a masked value, which makes the group present.
            if !rows.iter().any(|row| row.value == Shows::Masked) {
                open(rows, || variable);
            }
        }
    }

    fn absent_group(&mut self, cursor: &Cursor, group: &SkippedGroup) {
        let leaves = group.settings(cursor.layout);
        self.rows
            .extend(leaves.map(|at| Row::of(cursor, at, Shows::Nothing)));
    }

    fn wants_derived(&self) -> bool {
        !self.only_secrets
    }

    fn derived(&mut self, cursor: &Cursor, _: &Resolved, derived: DerivedValue) {
        let DerivedValue {
            derived,
            text,
            is_bare,
            is_bool,
        } = derived;
        let (key, path) = cursor.member(derived.name);
        let is_secret = |text: &str| {
            derived.secret
                || redact::is_sensitive_name(&key)
                || self.mentions_secret(cursor, derived)
                || self.secrets.has_unknown()
                || self.secrets.occur_in(text)
        };
        let value = match text.map(Zeroizing::new) {
            None => Shows::Nothing,
            Some(text) if !is_bool && is_secret(&text) => Shows::Masked,
            Some(text) => Shows::Text(safe(&text)),
        };
        self.rows.push(Row {
            bare: is_bare,
            hidden: cursor.is_group_hidden(),
            variable: None,
            doc: derived.doc,
            ..Row::new(key, path, value, String::new())
        });
    }
}

/// Lets the first of these rows create what contains them, unless one of them sets a variable.
fn open(rows: &mut [Row], variable: impl FnOnce() -> String) {
    if !rows.iter().any(Row::is_written)
        && let Some(first) = rows.first_mut()
    {
        first.opens = Some(variable());
    }
}

impl Rows {
    /// Collects the secret texts alone.
    pub(crate) fn of_secrets() -> Self {
        Self {
            only_secrets: true,
            ..Self::default()
        }
    }

    pub(crate) fn into_secrets(self) -> Secrets {
        self.secrets
    }

    /// Whether the expression of a derived property mentions a secret setting: by its declaration, or by its row.
    fn mentions_secret(&self, cursor: &Cursor, derived: &Derived) -> bool {
        let masked = self.rows.iter().filter(|row| row.value.is_masked());
        let masked: Vec<&KeyPath> = masked.map(|row| &row.path).collect();
        let mut paths = derived.mentions.iter();
        paths.any(|path| {
            let mut leaves = cursor.layout.mentioned(cursor.here(), path);
            leaves.any(|at| {
                let here = cursor.path(at);
                cursor.layout.is_masked(at) || masked.iter().any(|path| path.begins_with(&here))
            })
        })
    }
}

impl Row {
    fn new(key: String, path: KeyPath, value: Shows, variable: String) -> Self {
        Self {
            key,
            path,
            leaf: None,
            value,
            bare: false,
            origin: None,
            overrides: None,
            is_adjusted: false,
            variable: Some(variable),
            doc: "",
            written: Written::Nothing,
            opens: None,
            whole: None,
            hidden: false,
            hash: None,
        }
    }

    /// A row for a setting.
    fn of(cursor: &Cursor, at: usize, value: Shows) -> Self {
        Self {
            doc: cursor.layout.leaf(at).map_or("", |leaf| leaf.doc),
            hidden: cursor.is_hidden(at),
            ..Self::new(cursor.key(at), cursor.path(at), value, cursor.variable(at))
        }
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
        let path = KeyPath::parse(&key).unwrap_or_default();
        let row = Self::new(key, path, Shows::Nothing, variable);
        Self {
            variable: row.variable.filter(|variable| can_be_set(variable)),
            ..row
        }
    }

    /// The variable, if a shell can set it.
    pub(crate) fn shell_variable(&self) -> Option<&str> {
        let is_name = |name: &&str| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let variable = self.variable.as_deref().filter(is_name);
        variable.filter(|_| self.whole.is_none())
    }

    /// Adds the origin from the slot.
    pub(crate) fn with_slot(self, leaf: &'static Leaf, written: Written, slot: &Slot) -> Self {
        let has_origin = match self.value {
            Shows::Nothing => written == Written::Empty,
            Shows::Invalid => !matches!(slot.value, SlotValue::Unset | SlotValue::Consumed),
            _ => true,
        };
        Self {
            leaf: Some(leaf),
            origin: has_origin.then(|| slot.origin.clone()),
            overrides: slot.overrides.clone(),
            is_adjusted: slot.is_adjusted,
            written,
            ..self
        }
    }

    /// Its origin in words, with the mark of an adjusted value.
    pub(crate) fn origin_in_words(&self) -> Option<String> {
        match (&self.origin, self.is_adjusted) {
            (Some(origin), false) => Some(origin.to_string()),
            (Some(origin), true) => Some(format!("{origin}, adjusted")),
            (None, true) => Some("adjusted".to_owned()),
            (None, false) => None,
        }
    }

    /// Whether a `.env` file of the rows sets a variable for it.
    fn is_written(&self) -> bool {
        self.written != Written::Nothing || self.opens.is_some() || self.whole.is_some()
    }
}

/// The shown and the written form of a setting's value. Adds the texts that are masked in it.
pub(crate) fn of_leaf(
    layout: &'static Layout,
    at: usize,
    leaf: &Leaf,
    value: LeafValue<'_>,
    slot: &Slot,
    secrets: &mut Secrets,
) -> (Shows, Written) {
    if leaf.optional && value.text().is_none() {
        let written = match slot.value {
            SlotValue::Empty => Written::Empty,
            _ => Written::Nothing,
        };
        return (Shows::Nothing, written);
    }
    let raw = match &slot.value {
        SlotValue::Value(raw) => Some(raw),
        _ => None,
    };
    let sight = if slot.is_masked {
        Sight::Masked
    } else {
        sight(layout, at, leaf, &slot.origin)
    };
    of_value(sight, leaf, value, raw, secrets)
}

/// The shown and the written form of a value, and the texts that are masked in it.
pub(crate) fn of_value(
    sight: Sight,
    leaf: &Leaf,
    value: LeafValue<'_>,
    raw: Option<&Raw>,
    secrets: &mut Secrets,
) -> (Shows, Written) {
    match (sight, raw) {
        (Sight::Masked, _) => {
            add_masked(leaf, value, raw, secrets);
            (Shows::Masked, Written::Nothing)
        }
        (Sight::Shown, Some(raw)) => came_as(raw, leaf, value, secrets),
        (Sight::Shown, None) => {
            if value.conceals() {
                secrets.add_unknown();
            }
            computed(leaf, value, secrets)
        }
    }
}

/// Adds every text of a value that is masked as a whole.
fn add_masked(leaf: &Leaf, value: LeafValue<'_>, raw: Option<&Raw>, secrets: &mut Secrets) {
    let reveals = value.reveal(&mut |text| secrets.add(text));
    if let Some(raw) = raw {
        each_text(raw, leaf, &mut |text| secrets.add(text));
    } else if !reveals && (leaf.secret || value.conceals()) {
        secrets.add_unknown();
    } else if !reveals && let Some(text) = value.text().map(Zeroizing::new) {
        each_literal(&text, &mut |literal| secrets.add(literal));
        secrets.add(&text);
    }
}

/// Calls `each` with the text of a value, and of each element and member of it.
pub(crate) fn each_text(raw: &Raw, leaf: &Leaf, each: &mut dyn FnMut(&str)) {
    raw.each_text(each);
    let Some(text) = raw.as_text() else {
        return;
    };
    for structure in structures(&text, leaf, true) {
        each_member(&structure, each);
    }
}

fn each_member(value: &Node<'_>, each: &mut dyn FnMut(&str)) {
    value.each_scalar(each);
}

/// The structure that a text contains: JSON, the pairs of a map, and perhaps the elements of a list.
pub(crate) fn structure(text: &str, leaf: &Leaf, with_lists: bool) -> Option<Node<'static>> {
    structures(text, leaf, with_lists).into_iter().next()
}

/// The structures that a text may contain. Brackets around the text of a list belong to its elements or to the list.
fn structures(text: &str, leaf: &Leaf, with_lists: bool) -> Vec<Node<'static>> {
    let form = TextForm {
        separator: leaf.separator,
        ..TextForm::default()
    };
    let kind = match leaf.kind() {
        Kind::Enum(_) if text.trim_start().starts_with('{') => Kind::Any,
        kind => kind,
    };
    if let Some(structure) = decode::structure_of_text(text, &kind, form) {
        return vec![structure];
    }
    if !with_lists || !matches!(kind, Kind::List(_)) {
        return Vec::new();
    }
    let text = text.trim();
    let readings = [Some(text), inside_brackets(text)];
    let lists = readings.into_iter().flatten().map(|text| {
        let elements = Split::new(text, leaf.separator.unwrap_or(","));
        let elements = elements.map(|text| Item::new(Node::text(text.to_owned())));
        Node::List(elements.collect())
    });
    lists.collect()
}

/// A value of a layer that was overridden, in the form of its source.
#[cfg(feature = "cli")]
pub(crate) fn of_raw(raw: &Raw, leaf: &Leaf, field: &dyn LeafType) -> Shows {
    let disclosure = field.disclosure_of(raw, leaf);
    disclosed(raw, leaf, &disclosure, &mut Secrets::default())
}

/// The same without the type of the setting, which may contain secrets.
#[cfg(feature = "cli")]
pub(crate) fn of_untyped(raw: &Raw, leaf: &Leaf) -> Shows {
    let disclosure = if leaf.opaque && !leaf.unmasked {
        Disclosure::nothing()
    } else {
        Disclosure::Everything
    };
    disclosed(raw, leaf, &disclosure, &mut Secrets::default())
}

/// Whether the setting prints every part of a raw value.
pub(crate) fn discloses(raw: &Raw, leaf: &Leaf, field: &dyn LeafType) -> bool {
    let disclosure = field.disclosure_of(raw, leaf);
    !disclosed(raw, leaf, &disclosure, &mut Secrets::default()).is_masked()
}

/// The disclosed parts of a raw value. Text that contains a structure with secrets is shown as a structure.
fn disclosed(raw: &Raw, leaf: &Leaf, disclosure: &Disclosure, secrets: &mut Secrets) -> Shows {
    let mut masks = Masks {
        disclosure,
        secrets,
        names: !leaf.unmasked,
    };
    if let Some(structure @ (Node::Table(_) | Node::List(_))) = raw.as_node() {
        return Shows::Structure(masks.value(structure));
    }
    let Some(text) = raw.as_text() else {
        return Shows::Nothing;
    };
    let lists = !matches!(disclosure, Disclosure::Everything);
    let structures = structures(&text, leaf, lists);
    let is_shown = |node: &&Node<'_>| {
        let mut is_shown = true;
        node.each_scalar(&mut |text| is_shown &= disclosure.shows_text(text));
        is_shown
    };
    if let Some(structure) = structures.iter().find(is_shown).or(structures.last()) {
        let masked = masks.value(structure);
        return if masked == *structure {
            Shows::Text(safe(&text))
        } else {
            Shows::Structure(masked)
        };
    }
    let shown = match leaf.kind() {
        Kind::Bool | Kind::Integer { .. } | Kind::Float | Kind::Duration => {
            disclosure.shows_scalars()
        }
        _ if raw.is_bare() => disclosure.shows_scalars(),
        _ => disclosure.shows_text(&text),
    };
    if !shown {
        each_text(raw, leaf, &mut |text| secrets.add(text));
        return Shows::Masked;
    }
    secrets.add_credentials(&text);
    Shows::Text(safe(&text))
}

/// A value in the form of its source, and its written form.
fn came_as(
    raw: &Raw,
    leaf: &Leaf,
    value: LeafValue<'_>,
    secrets: &mut Secrets,
) -> (Shows, Written) {
    let text = raw.as_text();
    let disclosure = value.disclosure(raw, leaf);
    if let Some(text) = &text
        && let Some(scalar) = raw.as_node().filter(|_| raw.is_bare())
        && matches!(leaf.kind(), Kind::Any | Kind::Unknown)
        && disclosure.shows_scalars()
    {
        // A type that accepts anything may read the text of a number as another kind of value.
        let written = if value.reads_back(text, leaf) {
            Written::Text(text.to_string())
        } else {
            Written::Nothing
        };
        return (Shows::Structure(scalar.clone()), written);
    }
    let shows = disclosed(raw, leaf, &disclosure, secrets);
    let written = match (&shows, raw.as_node(), text) {
        (Shows::Structure(all), Some(structure), _) if all == structure => Written::Structure,
        // A type that accepts anything may read text of a file that looks like JSON as another kind of value.
        (Shows::Text(all), Some(_), Some(text))
            if *all == text
                && matches!(leaf.kind(), Kind::Any | Kind::Unknown)
                && !value.reads_back(&text, leaf) =>
        {
            Written::Nothing
        }
        (Shows::Text(all), _, Some(text)) if *all == text => {
            Written::Text(or_brackets(&text, leaf).to_owned())
        }
        _ => Written::Nothing,
    };
    (shows, written)
}

/// A value that no source set, by its own output.
fn computed(leaf: &Leaf, value: LeafValue<'_>, secrets: &mut Secrets) -> (Shows, Written) {
    let Some(text) = value.text() else {
        return (Shows::Nothing, Written::Nothing);
    };
    secrets.add_credentials(&text);
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

/// Whether a key of a map of groups is read back unchanged between two `__` of a variable name.
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

/// A name that is sensitive.
const SECRET_NAME: &str = "secret";

/// Whether a table is an entry of a list of variables, whose name is that of a secret: `{name: DB_PASSWORD, value: …}`.
fn names_secret(entries: &[TableEntry<'_>]) -> bool {
    let is_name = |key: &str| {
        ["name", "key"]
            .iter()
            .any(|name| key.eq_ignore_ascii_case(name))
    };
    entries.iter().any(|entry| match &entry.value {
        Node::Text(name) => is_name(&entry.key) && redact::is_sensitive_name(name),
        _ => false,
    })
}

/// Masks the secret parts of a structure, and records each.
struct Masks<'a> {
    disclosure: &'a Disclosure,
    secrets: &'a mut Secrets,
    /// Whether values below sensitive keys are secret.
    names: bool,
}

impl Masks<'_> {
    fn value(&mut self, value: &Node<'static>) -> Node<'static> {
        match value {
            Node::Text(text) if !self.disclosure.shows_text(text) => self.mask(value),
            Node::Text(text) => {
                self.secrets.add_credentials(text);
                Node::text(safe(text))
            }
            Node::Number(_) | Node::Bool(_) if !self.disclosure.shows_scalars() => self.mask(value),
            Node::Null | Node::Number(_) | Node::Bool(_) => value.clone(),
            Node::List(items) => {
                let items = items.iter().map(|item| Item {
                    value: self.element(&item.value),
                    ..*item
                });
                Node::List(items.collect())
            }
            Node::Table(entries) => {
                let named = names_secret(entries);
                let entries = in_order_of_keys(entries)
                    .into_iter()
                    .map(|entry| TableEntry {
                        key: entry.key.clone(),
                        value: if named && entry.key.eq_ignore_ascii_case("value") {
                            self.member(SECRET_NAME, &entry.value)
                        } else {
                            self.member(&entry.key, &entry.value)
                        },
                        ..*entry
                    });
                Node::Table(entries.collect())
            }
        }
    }

    /// An element of a list, which may be a pair of a name and a value: `["Cookie", "…"]`.
    fn element(&mut self, value: &Node<'static>) -> Node<'static> {
        let Node::List(items) = value else {
            return self.value(value);
        };
        let [name, other] = items.as_slice() else {
            return self.value(value);
        };
        let Node::Text(key) = &name.value else {
            return self.value(value);
        };
        Node::List(vec![
            Item {
                value: self.value(&name.value),
                ..*name
            },
            Item {
                value: self.member(key, &other.value),
                ..*other
            },
        ])
    }

    fn member(&mut self, key: &str, value: &Node<'static>) -> Node<'static> {
        let may_be_secret = matches!(value, Node::Text(_) | Node::List(_) | Node::Table(_));
        if self.names && may_be_secret && redact::is_sensitive_name(key) {
            return self.mask(value);
        }
        self.value(value)
    }

    fn mask(&mut self, value: &Node<'_>) -> Node<'static> {
        each_member(value, &mut |text| self.secrets.add(text));
        Node::text(redact::MASK)
    }
}
