//! Binding of tables, one key at a time: files, providers and JSON.

use super::{
    Candidate, GroupsNode, Resolved, Scope, SlotValue, SourceOrder, UnknownName,
    flat_text::{accepts_empty, is_blank, kind_of, malformed},
};
use crate::{
    error::origin::{Layer, Origin},
    schema::{
        Field, Leaf, Shape, element,
        layout::{LayoutName, Target},
    },
    value::{
        node::{Node, Offset, TableEntry},
        raw::Raw,
        text,
    },
};
use settings_syntax::{name, suggest};
use std::borrow::Cow;

/// The source of a table.
pub(crate) struct TableSource<'a> {
    /// The origin of a value, from the spelling of its key and its position.
    pub(crate) origin_of: &'a dyn Fn(Cow<'static, str>, Offset) -> Origin,
    /// Whether the source names the whole group, or each setting.
    pub(crate) scope: Scope,
}

impl Resolved {
    /// Binds a table to the fields of a group.
    pub(crate) fn bind_table(
        &mut self,
        order: SourceOrder,
        group: u16,
        entries: Vec<TableEntry<'_>>,
        source: &TableSource<'_>,
    ) {
        let mut binder = TableBinder {
            resolved: self,
            order,
            source,
            path: Vec::new(),
            is_canonical: true,
        };
        binder.table(group, entries);
    }
}

struct TableBinder<'a> {
    resolved: &'a mut Resolved,
    order: SourceOrder,
    source: &'a TableSource<'a>,
    /// The keys of the enclosing tables, in the spelling of the source.
    path: Vec<String>,
    /// Whether all of them are canonical.
    is_canonical: bool,
}

impl TableBinder<'_> {
    fn table(&mut self, group: u16, entries: Vec<TableEntry<'_>>) {
        for entry in entries {
            self.entry(group, &entry.key, (entry.key_at, entry.at), entry.value);
        }
    }

    /// Binds one entry, given the positions of its key and its value.
    fn entry(&mut self, group: u16, key: &str, at: (Offset, Offset), value: Node<'_>) {
        if let Some(name) = self.field(group, key) {
            let is_canonical = name.is_canonical;
            return self.in_each_variant(group, name, value, |this, name, value| {
                if name.target == Target::Group {
                    this.group(name.index, key, is_canonical, at.1, value);
                } else {
                    this.setting(name, key, is_canonical, at.1, value);
                }
            });
        }
        // A quoted `"a.b"` is a path through groups.
        if let Some((first, rest)) = key.split_once('.')
            && let Some((name, is_deprecated)) = self.field_by_any_name(group, first)
            && name.target == Target::Group
        {
            if is_deprecated {
                let origin = (self.source.origin_of)(Cow::Owned(self.spelled(first)), at.0);
                self.resolved.warn_of_old_name(name, origin);
            }
            return self.in_each_variant(group, name, value, |this, name, value| {
                this.inside(first, false, |inner| {
                    inner.entry(name.index, rest, at, value);
                });
            });
        }
        if let Some((name, alias)) = self.resolved.layout.field_by_alias(group, key) {
            if alias.deprecated {
                let origin = (self.source.origin_of)(Cow::Owned(self.spelled(key)), at.0);
                self.resolved.warn_of_old_name(name, origin);
            }
            return self.in_each_variant(group, name, value, |this, name, value| {
                if name.target == Target::Group {
                    this.group(name.index, key, false, at.1, value);
                } else {
                    this.setting(name, key, false, at.1, value);
                }
            });
        }
        if let Some(name) = self.secret_of_file(group, key) {
            return self.file_of_secret(name, key, at.1, value);
        }
        match value {
            Node::Table(entries) if self.names_one_inside(&self.spelled(key), &entries) => {
                self.inside(key, false, |inner| inner.unknown_table(entries));
            }
            _ => self.unknown(group, key, at.0),
        }
    }

    /// Whether a table that matches nothing contains a key that `removed` or `ignore` names.
    fn names_one_inside(&self, table: &str, entries: &[TableEntry<'_>]) -> bool {
        let layout = self.resolved.layout;
        if layout.schema.removed.is_empty() && layout.schema.ignore.is_empty() {
            return false;
        }
        entries.iter().any(|entry| {
            let key = element::join(&format!("{table}."), &entry.key);
            let is_named = layout.removed_key(&key).is_some() || layout.ignores_key(&key);
            is_named
                || matches!(&entry.value, Node::Table(inner) if self.names_one_inside(&key, inner))
        })
    }

    /// Reports each key of a table that matches nothing.
    fn unknown_table(&mut self, entries: Vec<TableEntry<'_>>) {
        for entry in entries {
            let spelled = self.spelled(&entry.key);
            match entry.value {
                Node::Table(inner) if self.names_one_inside(&spelled, &inner) => {
                    self.inside(&entry.key, false, |this| this.unknown_table(inner));
                }
                _ => self.push_unknown(spelled.clone(), spelled, entry.key_at, None),
            }
        }
    }

    /// Binds a value to a field, and to the fields of other variants that have the same name. A name inside it is unknown
    /// if no variant has it.
    #[inline]
    fn in_each_variant<'n>(
        &mut self,
        group: u16,
        name: LayoutName,
        value: Node<'n>,
        bind: impl Fn(&mut Self, LayoutName, Node<'n>),
    ) {
        if !name.has_namesakes() {
            return bind(self, name, value);
        }
        let known = self.resolved.unknown_names.len();
        let mut unknown: Option<Vec<UnknownName>> = None;
        let segment = self.resolved.layout.segment_of(&name);
        for name in self.resolved.layout.fields(group, segment) {
            bind(self, name, value.clone());
            let these = self.resolved.unknown_names.split_off(known);
            unknown = Some(match unknown {
                None => these,
                Some(mut before) => {
                    before.retain(|name| these.iter().any(|this| this.name == name.name));
                    before
                }
            });
        }
        self.resolved
            .unknown_names
            .extend(unknown.into_iter().flatten());
    }

    /// The secret whose file a key such as `token_file` names.
    fn secret_of_file(&self, group: u16, key: &str) -> Option<LayoutName> {
        let snake = name::camel_to_snake(key);
        let key = if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            &snake
        } else {
            key
        };
        let (secret, file) = key.rsplit_once(['_', '-'])?;
        let name = self.field(group, secret)?;
        let is_secret = name.target == Target::Leaf
            && self
                .resolved
                .layout
                .leaf(name.index.into())
                .is_some_and(Leaf::has_file_variable);
        (is_secret && file == "file" && !self.resolved.is_element).then_some(name)
    }

    /// Binds the name of a file that contains a secret.
    fn file_of_secret(&mut self, name: LayoutName, key: &str, offset: Offset, value: Node<'_>) {
        let origin = (self.source.origin_of)(Cow::Owned(self.spelled(key)), offset);
        let path = match value {
            Node::Null => return,
            Node::Text(path) if path.trim().is_empty() => return,
            Node::Text(path) => path.into_owned(),
            other => {
                let problem = malformed("the name of a file", kind_of(&other), &origin);
                let problem = problem.with_help("put the name of the file in quotes");
                return self.resolved.report_setting(name.index.into(), problem);
            }
        };
        let mut name = name;
        name.target = Target::File;
        let candidate = Candidate {
            value: SlotValue::FromFile(path),
            origin,
            scope: self.source.scope,
            is_canonical: true,
        };
        self.resolved.bind(self.order, name, candidate);
    }

    /// Calls `bind` for the table of this key.
    fn inside(&mut self, key: &str, is_canonical: bool, bind: impl FnOnce(&mut Self)) {
        self.path.push(key.to_owned());
        let outer = self.is_canonical;
        self.is_canonical &= is_canonical;
        bind(self);
        self.is_canonical = outer;
        self.path.pop();
    }

    fn group(
        &mut self,
        group: u16,
        key: &str,
        is_canonical: bool,
        offset: Offset,
        value: Node<'_>,
    ) {
        match value {
            Node::Table(entries) => {
                if self.resolved.is_optional(group) {
                    let spelled = Cow::Owned(self.spelled(key));
                    let origin = (self.source.origin_of)(spelled, offset);
                    self.resolved.write_group(self.order, group, &origin);
                }
                self.inside(key, is_canonical, |inner| inner.table(group, entries));
            }
            Node::Null => self.resolved.discard_group(self.order, group),
            Node::Text(text) if text.trim().is_empty() => {
                self.resolved.discard_group(self.order, group);
            }
            scalar @ (Node::Text(_) | Node::Bool(_) | Node::Number(_))
                if self.resolved.is_enum(group) =>
            {
                let origin = (self.source.origin_of)(Cow::Owned(self.spelled(key)), offset);
                let raw = match scalar {
                    // Text of a flat source is wiped when it is dropped.
                    Node::Text(text) if self.source.scope == Scope::Group => {
                        Raw::quoted(text.into_owned())
                    }
                    scalar => Raw::structured(scalar),
                };
                self.resolved.bind_shorthand(self.order, group, raw, origin);
            }
            list @ Node::List(_) if self.resolved.takes_list(group) => {
                let origin = (self.source.origin_of)(Cow::Owned(self.spelled(key)), offset);
                let raw = Raw::structured(list);
                self.resolved.bind_shorthand(self.order, group, raw, origin);
            }
            other => {
                let origin = (self.source.origin_of)(Cow::Owned(self.spelled(key)), offset);
                let problem = malformed("a table", kind_of(&other), &origin)
                    .with_help("set each of its settings by its own key");
                self.resolved.report_group(group, problem);
                self.resolved
                    .bind_unreadable_group(self.order, group, &origin);
            }
        }
    }

    fn setting(
        &mut self,
        name: LayoutName,
        key: &str,
        is_canonical: bool,
        offset: Offset,
        value: Node<'_>,
    ) {
        let layout = self.resolved.layout;
        let is_canonical = is_canonical && self.is_canonical;
        let spelled = if is_canonical && name.rank == 0 {
            Cow::Borrowed(layout.key_of(name.index.into()))
        } else {
            Cow::Owned(self.spelled(key))
        };
        let origin = (self.source.origin_of)(spelled, offset);
        let is_flat = self.source.scope == Scope::Group;
        let value = match (layout.leaves[usize::from(name.index)].field, value) {
            (_, Node::Null) => SlotValue::Empty,
            (Field::Group(_), Node::Text(text)) if text.trim().is_empty() => SlotValue::Empty,
            (Field::Group(nested), value) if nested.shape == Shape::Map => {
                // A map of enums may be names: `a=memory,b=local`.
                let is_named = nested.group.tag.is_some();
                let value = match value {
                    Node::Text(text) if is_named => {
                        text::map_of_text(&text, None).unwrap_or(Node::Text(text))
                    }
                    value => value,
                };
                let resolved = &mut *self.resolved;
                return resolved.bind_map_of_groups(self.order, name.index, value, &origin);
            }
            (Field::Group(nested), Node::Text(text)) if nested.group.tag.is_some() => {
                SlotValue::Groups(GroupsNode(text::list_of_text(&text, None)))
            }
            (Field::Group(_), value) => SlotValue::Groups(GroupsNode(value.into_owned())),
            (Field::Leaf(leaf), Node::Text(text))
                if text.is_empty() && !accepts_empty(leaf)
                    || is_blank(&text, || leaf.kind()) && !leaf.allow_empty =>
            {
                SlotValue::Empty
            }
            // Text of a flat source is wiped when it is dropped.
            (Field::Leaf(_), Node::Text(text)) if is_flat => {
                SlotValue::Value(Raw::quoted(text.into_owned()))
            }
            (Field::Leaf(_), value) => SlotValue::Value(Raw::structured(value)),
        };
        let candidate = Candidate {
            value,
            origin,
            scope: self.source.scope,
            is_canonical,
        };
        self.resolved.bind(self.order, name, candidate);
    }

    /// The field of a group that a key matches.
    fn field(&self, group: u16, key: &str) -> Option<LayoutName> {
        let layout = self.resolved.layout;
        if let Some(name) = layout.field(group, key) {
            return Some(name);
        }
        if !key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let mut name = layout.field(group, &name::camel_to_snake(key))?;
        name.is_canonical = false;
        Some(name)
    }

    /// The same, also by another name of a group, and whether that is deprecated.
    fn field_by_any_name(&self, group: u16, key: &str) -> Option<(LayoutName, bool)> {
        let own = self.field(group, key).map(|name| (name, false));
        own.or_else(|| {
            let (name, alias) = self.resolved.layout.field_by_alias(group, key)?;
            Some((name, alias.deprecated))
        })
    }

    fn unknown(&mut self, group: u16, key: &str, offset: Offset) {
        let layout = self.resolved.layout;
        let spelled = self.spelled(key);
        let hint = match layout.leaf_below(group, key, &spelled) {
            Some(leaf) => {
                let canonical = layout.key_of(leaf);
                Some(match canonical.rsplit_once('.') {
                    Some((table, key)) => format!("write it as {key} in the table {table}"),
                    None => format!("write it as {canonical}, outside of any table"),
                })
            }
            None if self.resolved.may_suggest() => suggest::nearest(key, layout.fields_of(group))
                .map(|near| format!("did you mean {near}?")),
            None => None,
        };
        let path = element::join(&format!("{}.", layout.key_of_group(group)), key);
        let path = path.trim_start_matches('.').to_owned();
        self.push_unknown(spelled, path, offset, hint);
    }

    fn push_unknown(
        &mut self,
        spelled: String,
        path: String,
        offset: Offset,
        hint: Option<String>,
    ) {
        let origin = (self.source.origin_of)(Cow::Owned(spelled.clone()), offset);
        let name = match origin.layer() {
            // Inside a list or map of groups, this is the whole path.
            Layer::File | Layer::Provider => origin.name().map(str::to_owned),
            _ => None,
        };
        self.resolved.unknown_names.push(UnknownName {
            path: Some(path),
            name: name.unwrap_or(spelled),
            origin,
            hint,
        });
    }

    /// The path of a key, in the spelling of the source.
    fn spelled(&self, key: &str) -> String {
        let mut spelled = self.path.join(".");
        if !spelled.is_empty() {
            spelled.push('.');
        }
        spelled.push_str(key);
        spelled
    }
}
