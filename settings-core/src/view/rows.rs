//! What may be shown of a loaded struct: each leaf with its value, masked where it must be, and its origin.

use crate::{
    build::{GroupField, LeafField, index, nested_groups, sight, type_facts::Measure},
    decode::{self, Form},
    error::{origin::Origin, problem::Sight, redact},
    resolve::{Resolved, Slot, SlotValue},
    schema::{Kind, Leaf, layout::Layout},
    value::{
        observer::{Number, ValueObserver},
        raw::Raw,
    },
};
use figment::value::{Dict, Value};
use settings_syntax::name;
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use zeroize::Zeroizing;

/// One leaf or derived property as it may be shown.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) key: String,
    /// The same as steps, for what nests.
    pub(crate) place: Vec<Step>,
    /// `None` for a derived property, and for a list or map of groups that is empty.
    pub(crate) leaf: Option<&'static Leaf>,
    pub(crate) value: Shows,
    /// Whether it is a derived property that is a number or a bool.
    pub(crate) bare: bool,
    /// `None` for a derived property, and for a leaf without a value.
    pub(crate) origin: Option<Origin>,
    /// The proper name of a leaf in the environment.
    pub(crate) variable: Option<String>,
    pub(crate) written: Written,
    /// The element that begins here, if nothing of it is written that would bring it about.
    pub(crate) opens: Option<String>,
    /// The map it is part of, if its key there can't be a part of a variable's name.
    pub(crate) whole: Option<Whole>,
    /// Tells whether two values that are masked came as the same, where someone wants to know.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "only the command compares")
    )]
    pub(crate) print: Option<u64>,
}

/// One step on the way to a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// What gives the value of a leaf back, when the leaf reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Written {
    /// This text.
    Text(String),
    /// The structure that is shown.
    Structure,
    /// That it is set to nothing.
    Empty,
    /// Nothing: it has no value, it is masked, or no text means it.
    Nothing,
}

/// A map of groups that is to be written as one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Whole {
    pub(crate) variable: String,
    /// How many steps lead to it.
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
    Structure(Value),
    /// A problem stands in the way of a value.
    Unsound,
}

/// Collects the rows of a struct, in its order.
pub struct Shown<'a> {
    resolved: &'a Resolved,
    layout: &'static Layout,
    leaf: usize,
    group: usize,
    here: usize,
    within: String,
    place: Vec<Step>,
    variables: String,
    pub(crate) rows: Vec<Row>,
    secrets: Vec<Zeroizing<String>>,
    /// Second ones of the values, instead of rows, if someone wants to keep them.
    copies: Option<Copies>,
}

/// A second one of each leaf that can be had, by its place in the layout.
#[derive(Debug, std::default::Default)]
pub(crate) struct Copies {
    pub(crate) leaves: BTreeMap<u16, Box<dyn Any>>,
    /// The optional groups that are not there.
    pub(crate) absent: BTreeSet<u16>,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(resolved: &'a Resolved) -> Self {
        Self {
            resolved,
            layout: resolved.layout,
            leaf: 0,
            group: 0,
            here: 0,
            within: String::new(),
            place: Vec::new(),
            variables: String::new(),
            rows: Vec::new(),
            secrets: Vec::new(),
            copies: None,
        }
    }

    /// Collects second ones of the values instead of rows.
    #[cfg(feature = "live")]
    pub(crate) fn copying(mut self) -> Self {
        self.copies = Some(Copies::default());
        self
    }

    #[cfg(feature = "live")]
    pub(crate) fn into_copies(self) -> Copies {
        self.copies.unwrap_or_default()
    }

    /// The next leaf.
    pub fn leaf<T: 'static>(&mut self, take: &LeafField<T>, value: &T) {
        let at = self.leaf;
        self.leaf += 1;
        if self.copies.is_some() {
            return self.copy(at, take.copy(value));
        }
        let Some(leaf) = self.layout.leaf(at) else {
            return;
        };
        let slot = &self.resolved.slots[at];
        if let Some(reveal) = take.reveal() {
            reveal(value, &mut |text| {
                self.secrets.push(Zeroizing::new(text.to_owned()));
            });
        }
        let (shows, written) = of_leaf(self.layout, at, leaf, take, value, slot);
        if shows == Shows::Masked && !leaf.secret {
            self.secrets.extend(take.text_of(value).map(Zeroizing::new));
        }
        let row = self.row(at, shows);
        self.rows.push(row.said(leaf, written, slot));
    }

    /// The next nested field.
    pub fn group<T: 'static>(&mut self, enter: &GroupField<T>, value: &T) {
        if self.copies.is_some() && enter.is_several() {
            let at = self.leaf;
            self.leaf += 1;
            return self.copy(at, enter.clone.map(|clone| clone(value)));
        }
        enter.show(value, self);
    }

    /// A derived property: its text, or `None` if it has no value.
    pub fn derived<T>(
        &mut self,
        nth: usize,
        value: &T,
        measure: Option<Measure<T>>,
        text: Option<String>,
    ) {
        if self.copies.is_some() {
            return;
        }
        let group = &self.layout.groups[self.here];
        let Some(derived) = group.group.derived.get(nth) else {
            return;
        };
        let key = format!(
            "{}{}{}",
            self.within,
            self.layout.group_path(index(self.here)),
            derived.name
        );
        let bare = measure.is_some_and(|measure| Bare::is(value, measure));
        let value = match text {
            None => Shows::Nothing,
            Some(text) => {
                let text = Zeroizing::new(text);
                if derived.secret || redact::is_sensitive_name(&key) || self.tells_a_secret(&text) {
                    Shows::Masked
                } else {
                    Shows::Text(safe(&text))
                }
            }
        };
        let mut place = self.place.clone();
        place.extend(steps(&key[self.within.len()..]));
        self.rows.push(Row {
            key,
            place,
            leaf: None,
            value,
            bare,
            origin: None,
            variable: None,
            written: Written::Nothing,
            opens: None,
            whole: None,
            print: None,
        });
    }

    fn copy<T: 'static>(&mut self, at: usize, value: Option<T>) {
        if let (Some(copies), Some(value)) = (&mut self.copies, value) {
            copies.leaves.insert(index(at), Box::new(value));
        }
    }

    pub(crate) fn one(&mut self, show: impl FnOnce(&mut Self)) {
        let outer = self.here;
        self.group += 1;
        self.here = self.group;
        show(self);
        self.here = outer;
    }

    pub(crate) fn skip_group(&mut self) {
        let skipped = self.group + 1;
        let end = usize::from(self.layout.groups[skipped].end);
        if let Some(copies) = &mut self.copies {
            copies.absent.insert(index(skipped));
        } else {
            for at in self.leaf..end {
                self.rows.push(self.row(at, Shows::Nothing));
            }
        }
        self.leaf = end;
        self.group = skipped + nested_groups(self.layout.groups[skipped].group);
    }

    pub(crate) fn elements<'e, T: 'e>(
        &mut self,
        list: bool,
        elements: impl Iterator<Item = (String, &'e T)>,
        show: fn(&T, &mut Shown<'_>),
    ) {
        let at = self.leaf;
        self.leaf += 1;
        let row = self.row(at, Shows::Structure(none_of_them(list)));
        let variable = self.variable(at);
        let inside = self.resolved.inside.get(&index(at));
        let inside: BTreeMap<&str, &Resolved> = inside
            .into_iter()
            .flatten()
            .map(|(name, resolved)| (name.as_str(), resolved))
            .collect();
        for (nth, (name, element)) in elements.enumerate() {
            let Some(resolved) = inside.get(name.as_str()) else {
                continue;
            };
            let mut inner = Shown::new(resolved);
            inner.place.clone_from(&row.place);
            inner.within = if list {
                inner.place.push(Step::Index(nth));
                format!("{}[{name}].", row.key)
            } else {
                inner.place.push(Step::Key(name.clone()));
                format!("{}.{name}.", row.key)
            };
            inner.variables = format!("{variable}__{name}__");
            show(element, &mut inner);
            if !list && !is_part_of_a_variable(&name) {
                let whole = Whole {
                    variable: variable.clone(),
                    steps: row.place.len(),
                };
                for row in &mut inner.rows {
                    row.whole = Some(whole.clone());
                }
            } else if !inner.rows.iter().any(Row::is_written)
                && let Some(first) = inner.rows.first_mut()
            {
                first.opens = Some(format!("{variable}__{name}"));
            }
            self.rows.append(&mut inner.rows);
            self.secrets.append(&mut inner.secrets);
        }
        if inside.is_empty() {
            let slot = &self.resolved.slots[at];
            let written = match slot.said {
                SlotValue::Unset => Written::Nothing,
                _ => Written::Structure,
            };
            self.rows.push(Row {
                origin: Some(slot.origin.clone()),
                written,
                ..row
            });
        }
    }
}

impl Row {
    fn new(key: String, place: Vec<Step>, value: Shows, variable: String) -> Self {
        Self {
            key,
            place,
            leaf: None,
            value,
            bare: false,
            origin: None,
            variable: Some(variable),
            written: Written::Nothing,
            opens: None,
            whole: None,
            print: None,
        }
    }

    /// A row of a load that perhaps fails, whose place is told by its key.
    pub(crate) fn seen(key: String, value: Shows, variable: String) -> Self {
        let place = key.split('.').flat_map(|step| {
            let (step, nth) = step.split_once('[').unwrap_or((step, ""));
            let nth = nth.strip_suffix(']').and_then(|nth| nth.parse().ok());
            [Some(Step::Key(step.to_owned())), nth.map(Step::Index)]
        });
        let place = place.flatten().collect();
        let is_name = is_part_of_a_variable(&variable.replace("__", "_"));
        let row = Self::new(key, place, value, variable);
        Self {
            variable: row.variable.filter(|_| is_name),
            ..row
        }
    }

    /// With what its slot knows.
    pub(crate) fn said(self, leaf: &'static Leaf, written: Written, slot: &Slot) -> Self {
        let spoken = match self.value {
            Shows::Nothing => written == Written::Empty,
            Shows::Unsound => !matches!(slot.said, SlotValue::Unset | SlotValue::Consumed),
            _ => true,
        };
        Self {
            leaf: Some(leaf),
            origin: spoken.then(|| slot.origin.clone()),
            written,
            ..self
        }
    }

    /// Whether a `.env` file of the rows says something of it.
    fn is_written(&self) -> bool {
        self.written != Written::Nothing || self.opens.is_some() || self.whole.is_some()
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

/// Whether a value is one number or bool.
#[derive(Default)]
struct Bare(bool);

impl Bare {
    fn is<T>(value: &T, measure: Measure<T>) -> bool {
        let mut bare = Self::default();
        measure(value, &mut bare);
        bare.0
    }
}

impl ValueObserver for Bare {
    fn number(&mut self, _: Number) {
        self.0 = true;
    }

    fn truth(&mut self, _: bool) {
        self.0 = true;
    }

    fn list(&mut self, _: usize) {
        self.0 = false;
    }
}

impl Shown<'_> {
    /// Whether the text of a secret occurs in a text.
    fn tells_a_secret(&self, text: &str) -> bool {
        let mut secrets = self.secrets.iter().map(|secret| secret.trim());
        secrets.any(|secret| !secret.is_empty() && text.contains(secret))
            || self.resolved.has_secret_hash_in(text)
    }

    fn variable(&self, at: usize) -> String {
        variable(self.layout, &self.variables, at)
    }

    /// A row for a leaf, of which nothing more is known.
    fn row(&self, at: usize, value: Shows) -> Row {
        let key = self.layout.key_of(at);
        let mut place = self.place.clone();
        place.extend(steps(key));
        Row::new(
            format!("{}{key}", self.within),
            place,
            value,
            self.variable(at),
        )
    }
}

/// The proper name of a leaf in the environment, also inside of an element of a list or map of groups.
pub(crate) fn variable(layout: &'static Layout, within: &str, at: usize) -> String {
    if within.is_empty() {
        return layout.env_of(at).to_owned();
    }
    format!("{within}{}", name::upper_snake(layout.key_of(at)))
}

/// What may be shown of the value of a leaf, and what gives it back.
pub(crate) fn of_leaf<T>(
    layout: &'static Layout,
    at: usize,
    leaf: &Leaf,
    take: &LeafField<T>,
    value: &T,
    slot: &Slot,
) -> (Shows, Written) {
    if leaf.optional && take.text_of(value).is_none() {
        match slot.said {
            SlotValue::Empty => (Shows::Nothing, Written::Empty),
            _ => (Shows::Nothing, Written::Nothing),
        }
    } else if sight(layout, at, leaf, &slot.origin) == Sight::Masked {
        (Shows::Masked, Written::Nothing)
    } else {
        match &slot.said {
            SlotValue::Value(raw) => came_as(raw, leaf, take, value),
            _ => computed(leaf, take, value),
        }
    }
}

/// What may be shown of a value as it came. Text that holds a structure with secrets in it is shown as one.
pub(crate) fn of_raw(raw: &Raw, leaf: &Leaf) -> Shows {
    if let Some(structure @ (Value::Dict(..) | Value::Array(..))) = raw.as_value() {
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

/// What a value came as, and whether that gives it back.
fn came_as<T>(raw: &Raw, leaf: &Leaf, take: &LeafField<T>, value: &T) -> (Shows, Written) {
    let text = raw.as_text();
    if let Some(text) = &text
        && let Some(scalar) = raw.as_value().filter(|_| raw.is_bare())
        && matches!(leaf.kind(), Kind::Any | Kind::Unknown)
    {
        // To a type that looks before it decides, a number's text may mean something else.
        let written = if take.reads_back(text, leaf, value) {
            Written::Text(text.to_string())
        } else {
            Written::Nothing
        };
        return (Shows::Structure(scalar.clone()), written);
    }
    let shows = of_raw(raw, leaf);
    let written = match (&shows, raw.as_value(), text) {
        (Shows::Structure(all), Some(structure), _) if all == structure => Written::Structure,
        (Shows::Text(all), _, Some(text)) if *all == text => {
            Written::Text(or_brackets(&text, leaf).to_owned())
        }
        _ => Written::Nothing,
    };
    (shows, written)
}

/// What a value without text shows of itself.
fn computed<T>(leaf: &Leaf, take: &LeafField<T>, value: &T) -> (Shows, Written) {
    let Some(text) = take.text_of(value) else {
        return (Shows::Nothing, Written::Nothing);
    };
    let shown = safe(&text);
    let written = if shown != text {
        None
    } else if take.is_text() || take.reads_back(&text, leaf, value) {
        Some(text)
    } else {
        // `Debug` writes a path in quotes, and a length of time with a sign that no leaf reads.
        let measured = take.measured(value);
        measured.filter(|text| take.reads_back(text, leaf, value))
    };
    let written = written.map_or(Written::Nothing, |text| {
        Written::Text(or_brackets(&text, leaf).to_owned())
    });
    (Shows::Text(shown), written)
}

/// Empty text is no value for a leaf that asks for none; an empty list or map has another spelling.
fn or_brackets<'t>(text: &'t str, leaf: &Leaf) -> &'t str {
    match leaf.kind() {
        Kind::List(_) if text.is_empty() => "[]",
        Kind::Map(_) if text.is_empty() => "{}",
        _ => text,
    }
}

pub(crate) fn none_of_them(list: bool) -> Value {
    if list {
        Value::from(Vec::<Value>::new())
    } else {
        Value::from(Dict::new())
    }
}

/// Whether a key of a map of groups can stand between two `__` and mean itself.
fn is_part_of_a_variable(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !key.is_empty()
        && key.bytes().all(plain)
        && !key.contains("__")
        && !key.starts_with('_')
        && !key.ends_with('_')
}

fn steps(key: &str) -> impl Iterator<Item = Step> + '_ {
    key.split('.').map(|step| Step::Key(step.to_owned()))
}

/// A text that may be shown, but for the passwords in its URLs.
fn safe(text: &str) -> String {
    redact::mask_urls(text).into_owned()
}

/// A structure whose texts may be shown, but for what tells of a secret.
fn masked(value: &Value) -> Value {
    match value {
        Value::String(tag, text) => Value::String(*tag, safe(text)),
        Value::Array(tag, values) => Value::Array(*tag, values.iter().map(masked).collect()),
        Value::Dict(tag, dict) => {
            let pairs = dict.iter().map(|(key, value)| {
                let value = if redact::is_sensitive_name(key) {
                    Value::from(redact::MASK)
                } else {
                    masked(value)
                };
                (key.clone(), value)
            });
            Value::Dict(*tag, pairs.collect())
        }
        other => other.clone(),
    }
}
