//! Tables, one key at a time.

use super::{
    Given, Place, Resolved, SlotValue, Tree, UnknownName,
    bind_flat::{malformed, takes_nothing},
};
use crate::{
    error::origin::{Layer, Origin},
    schema::{
        Field, Shape,
        layout::{Layout, Name, Target},
    },
    value::{
        node::{Entry, Node, Offset},
        raw::Raw,
    },
};
use settings_syntax::{name, suggest};
use std::borrow::Cow;

impl Resolved {
    /// Binds a table of a structured source to the fields of a group.
    pub(crate) fn put_table(
        &mut self,
        place: Place,
        group: u16,
        entries: Vec<Entry<'_>>,
        at: &At<'_>,
    ) {
        let mut walk = Walk {
            resolved: self,
            place,
            at,
            path: Vec::new(),
            proper: true,
        };
        walk.table(group, entries);
    }
}

/// How a structured source says where a value stands.
pub(crate) struct At<'a> {
    pub(crate) origin: &'a dyn Fn(Cow<'static, str>, Offset) -> Origin,
    /// Whether it is a group that a flat source gave whole.
    pub(crate) whole: bool,
}

struct Walk<'a> {
    resolved: &'a mut Resolved,
    place: Place,
    at: &'a At<'a>,
    /// The keys so far, as they are spelled.
    path: Vec<String>,
    /// Whether all of them are spelled properly.
    proper: bool,
}

impl Walk<'_> {
    fn table(&mut self, group: u16, entries: Vec<Entry<'_>>) {
        for entry in entries {
            let at = (entry.key_at, entry.at);
            self.entry(group, &entry.key, at, entry.value);
        }
    }

    /// An entry of a table, with the places of its key and of its value.
    fn entry(&mut self, group: u16, key: &str, at: (Offset, Offset), value: Node<'_>) {
        let name = self.child(group, key);
        let Some((name, proper)) = name else {
            if let Some((first, rest)) = key.split_once('.')
                && let Some((name, _)) = self.child(group, first)
                && name.target == Target::Group
            {
                // A quoted `"a.b"` is a path among groups.
                self.path.push(first.to_owned());
                let all_proper = std::mem::replace(&mut self.proper, false);
                self.entry(name.index, rest, at, value);
                self.proper = all_proper;
                self.path.pop();
                return;
            }
            return self.unknown(group, key, at.0);
        };
        if name.target == Target::Group {
            self.group(name.index, key, proper, at.1, value);
        } else {
            self.leaf(name, key, proper, at.1, value);
        }
    }

    fn group(&mut self, group: u16, key: &str, proper: bool, offset: Offset, value: Node<'_>) {
        match value {
            Node::Table(entries) => {
                self.path.push(key.to_owned());
                let all_proper = self.proper;
                self.proper &= proper;
                self.table(group, entries);
                self.proper = all_proper;
                self.path.pop();
            }
            Node::Null => {}
            _ => {
                let spelled = self.spelled(key);
                let origin = (self.at.origin)(Cow::Owned(spelled), offset);
                let problem = malformed("expected a table, found a single value or list", &origin)
                    .with_help("give each of its leaves by its own key");
                self.resolved.tell_of_group(group, problem);
                self.resolved
                    .put_unreadable_group(self.place, group, &origin);
            }
        }
    }

    fn leaf(&mut self, name: Name, key: &str, proper: bool, offset: Offset, value: Node<'_>) {
        let layout = self.resolved.layout;
        let proper = proper && self.proper;
        let spelled = if proper && name.rank == 0 {
            Cow::Borrowed(layout.key_of(name.index.into()))
        } else {
            Cow::Owned(self.spelled(key))
        };
        let origin = (self.at.origin)(spelled, offset);
        let said = match (layout.leaves[usize::from(name.index)].field, value) {
            (_, Node::Null) => SlotValue::Empty,
            (Field::Group(nested), value) if nested.shape == Shape::Map => {
                return self
                    .resolved
                    .put_map_of_groups(self.place, name.index, value, &origin);
            }
            (Field::Group(_), value) => SlotValue::Tree(Tree(value.into_owned())),
            (Field::Leaf(leaf), Node::Text(text)) if text.is_empty() && !takes_nothing(leaf) => {
                SlotValue::Empty
            }
            // What a flat source gave is wiped, also as a part of a whole.
            (Field::Leaf(_), Node::Text(text)) if self.at.whole => {
                SlotValue::Value(Raw::quoted(text.into_owned()))
            }
            (Field::Leaf(_), value) => SlotValue::Value(Raw::structured(value)),
        };
        let given = Given {
            said,
            origin,
            whole: self.at.whole,
            proper,
        };
        self.resolved.put(self.place, name, given);
    }

    /// The field that `key` means in the table of `group`, and whether it is spelled properly.
    fn child(&self, group: u16, key: &str) -> Option<(Name, bool)> {
        let layout = self.resolved.layout;
        let exact = layout
            .child(group, layout.path(group).segment(key.as_bytes()))
            .find(|&name| name::same(key_of(layout, name), key));
        if let Some(name) = exact {
            return Some((name, key_of(layout, name) == key));
        }
        if !key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let snake = name::camel_to_snake(key);
        layout
            .child(group, layout.path(group).segment(snake.as_bytes()))
            .find(|&name| name::same(key_of(layout, name), &snake))
            .map(|name| (name, false))
    }

    fn unknown(&mut self, group: u16, key: &str, offset: Offset) {
        let layout = self.resolved.layout;
        let spelled = self.spelled(key);
        let joined = layout.path(group).segment(key.as_bytes()).get();
        let elsewhere =
            layout.key_name(joined, spelled.as_bytes(), |target| target == Target::Leaf);
        let hint = if let Some(name) = elsewhere {
            let proper = layout.key_of(name.index.into());
            Some(match proper.rsplit_once('.') {
                Some((table, key)) => format!("write it as {key} in the table {table}"),
                None => format!("write it as {proper}, outside of any table"),
            })
        } else {
            let keys = children(layout, group);
            suggest::nearest(key, keys.iter().copied()).map(|near| format!("did you mean {near}?"))
        };
        let origin = (self.at.origin)(Cow::Owned(spelled.clone()), offset);
        let name = match origin.layer() {
            // Within a list or map of groups this is the whole path.
            Layer::File | Layer::Provider => origin.name().map(str::to_owned),
            _ => None,
        };
        self.resolved.unknown.push(UnknownName {
            name: name.unwrap_or(spelled),
            origin,
            hint,
        });
    }

    fn spelled(&self, key: &str) -> String {
        let mut spelled = self.path.join(".");
        if !spelled.is_empty() {
            spelled.push('.');
        }
        spelled.push_str(key);
        spelled
    }
}

/// The last segment of a name: what stands for it in a table.
fn key_of(layout: &'static Layout, name: Name) -> &'static str {
    match name.target {
        Target::Group => layout.groups[usize::from(name.index)]
            .nested
            .map_or("", |nested| nested.key),
        _ => match (layout.leaves[usize::from(name.index)].field, name.rank) {
            (Field::Leaf(leaf), 0) => leaf.key,
            (Field::Leaf(leaf), rank) => leaf.aliases[usize::from(rank) - 1].name,
            (Field::Group(nested), _) => nested.key,
        },
    }
}

/// The keys that may stand in the table of a group.
pub(super) fn children(layout: &'static Layout, group: u16) -> Vec<&'static str> {
    let home = |of: u16| layout.groups[usize::from(of)].home;
    let leaves = layout
        .leaves
        .iter()
        .filter(|leaf| home(leaf.group) == group);
    let leaves = leaves.map(|leaf| match leaf.field {
        Field::Leaf(leaf) => leaf.key,
        Field::Group(nested) => nested.key,
    });
    let groups = layout.groups.iter().filter_map(|each| {
        let nested = each.nested.filter(|nested| !nested.flatten)?;
        (home(each.parent) == group).then_some(nested.key)
    });
    leaves.chain(groups).collect()
}
