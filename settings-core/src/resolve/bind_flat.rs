//! Binding of flat names: variables, `.env` keys, secret files, arguments, `set` and keys of stores.

use super::{
    Candidate, GroupsNode, Resolved, Scope, SlotValue, SourceOrder,
    bind_table::TableSource,
    flat_text::{accepts_empty, begins_like_json, begins_visibly, is_blank, not_json, read_json},
};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    schema::{
        Field, Kind, Nested, Shape,
        layout::{LayoutName, Target},
        lookup::NameTarget,
    },
    value::{
        node::{Node, Offset},
        raw::Raw,
        text,
    },
};
use settings_syntax::name;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// Text of a flat source.
pub(crate) struct FlatText {
    pub(crate) text: Zeroizing<String>,
    pub(crate) quoted: bool,
}

impl FlatText {
    pub(crate) fn unquoted(text: Zeroizing<String>) -> Self {
        let quoted = false;
        Self { text, quoted }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.quoted
    }

    fn into_value(self) -> SlotValue {
        let Self { text, quoted } = self;
        SlotValue::Value(Raw::Text { text, quoted })
    }
}

impl Resolved {
    /// Binds the text that a flat source sets for a name.
    #[inline]
    pub(crate) fn bind_text(
        &mut self,
        source: SourceOrder,
        target: NameTarget,
        text: FlatText,
        origin: Origin,
    ) {
        match target {
            // Nearly every name and text.
            NameTarget::Name(name) if name.sets_one_leaf() && begins_visibly(&text.text) => {
                let value = text.into_value();
                self.bind(source, name, Candidate::named(value, origin, name));
            }
            target => self.bind_to_all(source, target, text, origin),
        }
    }

    /// Binds a text to every setting that its name sets.
    fn bind_to_all(
        &mut self,
        source: SourceOrder,
        target: NameTarget,
        text: FlatText,
        origin: Origin,
    ) {
        match &target {
            NameTarget::Name(name) if name.target != Target::Group => {}
            // A setting warns of this when it is built.
            NameTarget::Name(name) | NameTarget::Inside(name, _) if name.deprecated => {
                self.warn_of_old_name(*name, origin.clone());
            }
            _ => {}
        }
        let name = target.name();
        if name.has_namesakes() || name.target == Target::File {
            self.bind_alternatives(source, &target, &text, &origin);
        }
        if let NameTarget::Name(name) = &target {
            for other in self.layout.sharing(*name, &origin) {
                let text = FlatText {
                    text: text.text.clone(),
                    quoted: text.quoted,
                };
                self.bind_target(source, NameTarget::Name(other), text, origin.clone());
            }
        }
        self.bind_target(source, target, text, origin);
    }

    /// Binds a text to the settings that have the same name in other variants of an enum.
    #[cold]
    fn bind_alternatives(
        &mut self,
        source: SourceOrder,
        target: &NameTarget,
        text: &FlatText,
        origin: &Origin,
    ) {
        for other in self.layout.alternatives(target) {
            let text = FlatText {
                text: text.text.clone(),
                quoted: text.quoted,
            };
            self.bind_target(source, other, text, origin.clone());
        }
    }

    fn bind_target(
        &mut self,
        source: SourceOrder,
        target: NameTarget,
        text: FlatText,
        origin: Origin,
    ) {
        match target {
            NameTarget::Name(name) if name.target == Target::Group => {
                self.bind_whole_group(source, name.index, &text, &origin);
            }
            NameTarget::Name(name) => {
                self.bind_name(source, name, text, origin);
            }
            NameTarget::Inside(name, path) => {
                let field = self.layout.leaves[usize::from(name.index)].field;
                let is_empty = match field {
                    Field::Leaf(leaf) => {
                        text.is_empty()
                            || is_blank(&text.text, || match leaf.kind() {
                                Kind::Map(element) | Kind::List(element) => *element,
                                other => other,
                            })
                    }
                    Field::Group(_) => text.is_empty(),
                };
                let value = if is_empty {
                    SlotValue::Empty
                } else {
                    text.into_value()
                };
                self.bind_part(source, name.index, path, value, origin, true);
            }
        }
    }

    /// Warns about a deprecated name of a group, or of a list or map of groups.
    pub(super) fn warn_of_old_name(&mut self, name: LayoutName, origin: Origin) {
        let is_flat = matches!(origin.layer(), Layer::Environment | Layer::EnvFile);
        let (key, used) = match name.target {
            Target::Group => {
                let key = self.layout.key_of_group(name.index);
                (key, key)
            }
            _ => {
                let leaf = usize::from(name.index);
                let key = self.layout.key_of(leaf);
                (
                    key,
                    if is_flat {
                        self.layout.env_of(leaf)
                    } else {
                        key
                    },
                )
            }
        };
        let warning = Problem::new(ProblemKind::Deprecated, "set by a deprecated name");
        let warning = warning.at(key).from(origin);
        self.warnings.push(warning.with_help(format!("use {used}")));
    }

    fn bind_name(&mut self, source: SourceOrder, name: LayoutName, text: FlatText, origin: Origin) {
        let field = self.layout.leaves[usize::from(name.index)].field;
        let is_blank = match field {
            Field::Leaf(leaf) if name.target == Target::Leaf => {
                is_blank(&text.text, || leaf.kind())
            }
            _ => text.text.trim().is_empty(),
        };
        let is_empty = is_blank || text.is_empty();
        let value = match field {
            Field::Group(nested) if !is_empty => {
                return self.bind_groups(source, name, nested, &text, origin);
            }
            _ if name.target == Target::File && is_empty => return,
            _ if name.target == Target::File => SlotValue::FromFile(text.text.to_string()),
            Field::Leaf(leaf) if is_empty && leaf.allow_empty => {
                SlotValue::Value(Raw::quoted(String::new()))
            }
            _ if is_empty => SlotValue::Empty,
            Field::Leaf(leaf) if text.text.is_empty() && !accepts_empty(leaf) => SlotValue::Empty,
            _ => text.into_value(),
        };
        self.bind(source, name, Candidate::named(value, origin, name));
    }

    /// Binds a list or map of groups that is set as a whole by JSON.
    fn bind_groups(
        &mut self,
        source: SourceOrder,
        name: LayoutName,
        nested: &Nested,
        text: &FlatText,
        origin: Origin,
    ) {
        let is_json = begins_like_json(&text.text) || text.text.trim() == "null";
        let read = if nested.group.tag.is_none() || is_json {
            read_json(&text.text)
        } else if nested.shape == Shape::Map {
            let text = text.text.trim();
            text::map_of_text(text, None).ok_or_else(|| text::duplicate_pair(text, ","))
        } else {
            Ok(text::list_of_text(&text.text, None))
        };
        let value = match (nested.shape, read) {
            (Shape::Map, Ok(node @ Node::Table(_))) => {
                return self.bind_map_of_groups(source, name.index, node, &origin);
            }
            (Shape::List, Ok(node @ (Node::List(_) | Node::Table(_)))) => {
                SlotValue::Groups(GroupsNode(node.into_owned()))
            }
            (_, Ok(Node::Null)) => SlotValue::Empty,
            (shape, read) => {
                let problem = not_json(shape, &read, &origin);
                self.report_setting(name.index.into(), problem);
                SlotValue::Unreadable
            }
        };
        self.bind(source, name, Candidate::named(value, origin, name));
    }

    /// Binds a group that is set as a whole by a JSON object, setting by setting.
    fn bind_whole_group(
        &mut self,
        source: SourceOrder,
        group: u16,
        text: &FlatText,
        origin: &Origin,
    ) {
        if text.text.trim().is_empty() {
            return self.discard_group(source, group);
        }
        let is_value = self.takes_text(group, &text.text) && text.text.trim() != "null";
        if self.is_enum(group) && is_value && !is_set_by_shells(origin) {
            let raw = Raw::Text {
                text: text.text.clone(),
                quoted: text.quoted,
            };
            return self.bind_shorthand(source, group, raw, origin.clone());
        }
        match read_json(&text.text) {
            Ok(Node::Table(entries)) => {
                let origin_of = |_: Cow<'static, str>, _: Offset| origin.clone();
                let table = TableSource {
                    origin_of: &origin_of,
                    scope: Scope::Group,
                };
                self.write_group(source, group, origin);
                self.bind_table(source, group, entries, &table);
            }
            Ok(Node::Null) => self.discard_group(source, group),
            // A shell sets `USER` and `MAIL` for another purpose than a group of that name.
            _ if is_set_by_shells(origin) && !begins_like_json(&text.text) => {}
            read => {
                self.report_group(group, not_json(Shape::One, &read, origin));
                self.bind_unreadable_group(source, group, origin);
            }
        }
    }
}

impl Candidate {
    fn named(value: SlotValue, origin: Origin, name: LayoutName) -> Self {
        Self {
            value,
            origin,
            scope: Scope::Setting,
            is_canonical: name.is_canonical,
        }
    }
}

/// Whether every shell sets this variable.
fn is_set_by_shells(origin: &Origin) -> bool {
    origin.layer() == Layer::Environment && origin.name().is_some_and(name::is_guarded)
}
