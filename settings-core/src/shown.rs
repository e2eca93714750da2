//! What may be shown of a loaded struct: each leaf with its value, masked where it must be, and its origin.

use crate::{
    assemble::{Enter, Take, sight},
    decode::{self, Form},
    origin::Origin,
    problem::Sight,
    raw::Raw,
    redact,
    resolve::{Resolved, Said},
    schema::{Leaf, plan::Plan},
};
use figment::value::Value;
use std::fmt;
use zeroize::Zeroizing;

/// One leaf or derived property as it may be shown.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) value: Shows,
    /// `None` for a derived property, and for a leaf without a value.
    pub(crate) origin: Option<Origin>,
    /// The proper name of a leaf in the environment.
    pub(crate) variable: Option<String>,
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
}

/// Collects the rows of a struct, in its order.
pub struct Shown<'a> {
    resolved: &'a Resolved,
    plan: Plan,
    leaf: usize,
    group: usize,
    here: usize,
    within: String,
    variables: String,
    pub(crate) rows: Vec<Row>,
    secrets: Vec<Zeroizing<String>>,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(resolved: &'a Resolved) -> Self {
        Self {
            resolved,
            plan: resolved.plan,
            leaf: 0,
            group: 0,
            here: 0,
            within: String::new(),
            variables: String::new(),
            rows: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// The next leaf.
    pub fn leaf<T>(&mut self, take: &Take<T>, value: &T) {
        let at = self.leaf;
        self.leaf += 1;
        let Some(leaf) = self.plan.leaf(at) else {
            return;
        };
        let slot = &self.resolved.slots[at];
        if let Some(reveal) = take.reveal() {
            reveal(value, &mut |text| {
                self.secrets.push(Zeroizing::new(text.to_owned()));
            });
        }
        let shows = if leaf.optional && take.text_of(value).is_none() {
            Shows::Nothing
        } else if sight(self.plan, at, leaf, &slot.origin) == Sight::Masked {
            if !leaf.secret {
                self.secrets.extend(take.text_of(value).map(Zeroizing::new));
            }
            Shows::Masked
        } else if let Said::Value(raw) = &slot.said {
            shown(raw, leaf)
        } else {
            take.text_of(value)
                .map_or(Shows::Nothing, |text| Shows::Text(safe(&text)))
        };
        let spoken = !matches!(shows, Shows::Nothing) || matches!(slot.said, Said::Empty);
        self.rows.push(Row {
            key: format!("{}{}", self.within, self.plan.key_of(at)),
            value: shows,
            origin: spoken.then(|| slot.origin.clone()),
            variable: Some(self.variable(at)),
        });
    }

    /// The next nested field.
    pub fn group<T>(&mut self, enter: &Enter<T>, value: &T) {
        enter.show(value, self);
    }

    /// A derived property: its text, or `None` if it has no value.
    pub fn derived(&mut self, nth: usize, text: Option<String>) {
        let group = &self.plan.groups[self.here];
        let Some(derived) = group.group.derived.get(nth) else {
            return;
        };
        let key = format!(
            "{}{}{}",
            self.within,
            self.plan.group_path(crate::assemble::index(self.here)),
            derived.name
        );
        let value = match text {
            None => Shows::Nothing,
            Some(text) => {
                let text = Zeroizing::new(text);
                if derived.secret || redact::is_telling(&key) || self.tells_a_secret(&text) {
                    Shows::Masked
                } else {
                    Shows::Text(safe(&text))
                }
            }
        };
        self.rows.push(Row {
            key,
            value,
            origin: None,
            variable: None,
        });
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
        let end = usize::from(self.plan.groups[skipped].end);
        for at in self.leaf..end {
            self.rows.push(Row {
                key: format!("{}{}", self.within, self.plan.key_of(at)),
                value: Shows::Nothing,
                origin: None,
                variable: Some(self.variable(at)),
            });
        }
        self.leaf = end;
        self.group = skipped + crate::assemble::nested_groups(self.plan.groups[skipped].group);
    }

    pub(crate) fn elements<'e, T: 'e>(
        &mut self,
        list: bool,
        elements: impl Iterator<Item = (String, &'e T)>,
        show: fn(&T, &mut Shown<'_>),
    ) {
        let at = self.leaf;
        self.leaf += 1;
        let key = format!("{}{}", self.within, self.plan.key_of(at));
        let Some(inside) = self.resolved.inside.get(&crate::assemble::index(at)) else {
            return;
        };
        for (name, element) in elements {
            let Some((_, resolved)) = inside.iter().find(|(each, _)| *each == name) else {
                continue;
            };
            let mut inner = Shown::new(resolved);
            inner.within = if list {
                format!("{key}[{name}].")
            } else {
                format!("{key}.{name}.")
            };
            inner.variables = format!("{}__{name}__", self.variable(at));
            show(element, &mut inner);
            self.rows.append(&mut inner.rows);
            self.secrets.append(&mut inner.secrets);
        }
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

impl Shown<'_> {
    /// Whether the text of a secret occurs in a text.
    fn tells_a_secret(&self, text: &str) -> bool {
        let mut secrets = self.secrets.iter().map(|secret| secret.trim());
        secrets.any(|secret| !secret.is_empty() && text.contains(secret))
            || self.resolved.has_imprint_in(text)
    }

    fn variable(&self, at: usize) -> String {
        variable(self.plan, &self.variables, at)
    }
}

/// The proper name of a leaf in the environment, also inside of an element of a list or map of groups.
pub(crate) fn variable(plan: Plan, within: &str, at: usize) -> String {
    if within.is_empty() {
        return plan.env_of(at).to_owned();
    }
    let key = plan
        .key_of(at)
        .replace(['.', '-'], "_")
        .to_ascii_uppercase();
    format!("{within}{key}")
}

/// What a leaf came as. Text that holds a structure with secrets in it is shown as one.
fn shown(raw: &Raw, leaf: &Leaf) -> Shows {
    if let Some(value @ (Value::Dict(..) | Value::Array(..))) = raw.as_value() {
        return Shows::Structure(masked(value));
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
                let value = if redact::is_telling(key) {
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
