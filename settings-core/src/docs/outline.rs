//! The walk that every document is made from: each leaf in its group, with its proper names and what may be said of it.

use super::default::{self, Given};
use crate::{
    build::Assemble,
    schema::{Field, Group, Kind, Leaf, Nested, Schema, Shape, layout::Layout, reload::is_whole},
};
use settings_syntax::name;

/// The settings as documents tell of them.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) schema: &'static Schema,
    pub(super) root: Section,
}

/// One group in its place.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) group: &'static Group,
    /// The field that holds it; the root has none.
    pub(super) nested: Option<&'static Nested>,
    /// Its dotted key; empty for the root.
    pub(super) key: String,
    pub(super) items: Vec<Item>,
}

#[derive(Debug)]
pub(super) enum Item {
    Leaf(Row),
    Section(Section),
}

/// One leaf in its place.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) leaf: &'static Leaf,
    pub(super) kind: Kind,
    /// Its dotted key.
    pub(super) key: String,
    /// Its proper name in the environment.
    pub(super) variable: String,
    /// Whether its value may not be shown.
    pub(super) masked: bool,
    /// Whether it is there only if someone asks for its group: in an optional group, a list or a map.
    pub(super) dormant: bool,
    /// Whether a change takes effect at run time.
    pub(super) reloads: bool,
    pub(super) default: Given,
}

impl Outline {
    pub(super) fn of<T: Assemble>() -> Self {
        Self::walk(T::layout())
    }

    fn walk(layout: &'static Layout) -> Self {
        let root = layout.schema.root;
        let mut walk = Walk { layout, leaf: 0 };
        let items = walk.items(root, &Place::default());
        Self {
            schema: layout.schema,
            root: Section {
                group: root,
                nested: None,
                key: String::new(),
                items,
            },
        }
    }

    /// Every leaf, in the order of the struct.
    pub(super) fn rows(&self) -> Vec<&Row> {
        let mut rows = Vec::new();
        self.root.gather(&mut rows);
        rows
    }

    /// A name for what is deployed: `AppSettings` is `app`.
    pub(super) fn slug(&self) -> String {
        let name = self.schema.root.name;
        let stem = ["Settings", "Config", "Configuration"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .filter(|stem| !stem.is_empty())
            .unwrap_or(name);
        let slug: String = name::camel_to_snake(stem)
            .chars()
            .map(|ch| if ch.is_ascii_alphanumeric() { ch } else { '-' })
            .collect();
        match slug.trim_matches('-') {
            "" => "app".to_owned(),
            slug => slug.to_owned(),
        }
    }
}

impl Section {
    /// Whether its leaves stand among those of the group it is in.
    pub(super) fn is_flat(&self) -> bool {
        self.nested.is_some_and(|nested| nested.flatten)
    }

    pub(super) fn shape(&self) -> Shape {
        self.nested.map_or(Shape::One, |nested| nested.shape)
    }

    /// What its field says of it, then what its struct says.
    pub(super) fn docs(&self) -> impl Iterator<Item = &'static str> {
        let field = self.nested.map_or("", |nested| nested.doc);
        let group = if field == self.group.doc {
            ""
        } else {
            self.group.doc
        };
        [field, group].into_iter().filter(|doc| !doc.is_empty())
    }

    /// The leaves that stand in its table, those of flattened groups among them.
    pub(super) fn leaves(&self) -> Vec<&Row> {
        let mut leaves = Vec::new();
        for item in &self.items {
            match item {
                Item::Leaf(row) => leaves.push(row),
                Item::Section(section) if section.is_flat() => leaves.extend(section.leaves()),
                Item::Section(_) => {}
            }
        }
        leaves
    }

    /// The groups that stand in its table, those of flattened groups among them.
    pub(super) fn tables(&self) -> Vec<&Section> {
        let mut tables = Vec::new();
        for item in &self.items {
            match item {
                Item::Section(section) if section.is_flat() => tables.extend(section.tables()),
                Item::Section(section) => tables.push(section),
                Item::Leaf(_) => {}
            }
        }
        tables
    }

    /// Itself and the groups that are flattened into it.
    pub(super) fn flat_groups(&self) -> Vec<&Section> {
        let mut groups = vec![self];
        for item in &self.items {
            if let Item::Section(section) = item
                && section.is_flat()
            {
                groups.extend(section.flat_groups());
            }
        }
        groups
    }

    fn gather<'a>(&'a self, rows: &mut Vec<&'a Row>) {
        for item in &self.items {
            match item {
                Item::Leaf(row) => rows.push(row),
                Item::Section(section) => section.gather(rows),
            }
        }
    }
}

impl Row {
    /// Whether it must have a value from some source.
    pub(super) fn is_required(&self) -> bool {
        !self.leaf.optional && !self.leaf.has_default()
    }

    /// Whether nothing loads before it has a value.
    pub(super) fn is_awaited(&self) -> bool {
        self.is_required() && !self.dormant
    }

    /// Whether it stands in a manifest as it is: something waits for it, or its value is known.
    pub(super) fn stands(&self) -> bool {
        self.is_awaited() || (!self.dormant && self.known_default().is_some())
    }

    /// Its default as text, if it may be shown and is known before anything runs.
    pub(super) fn known_default(&self) -> Option<&str> {
        match &self.default {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct Walk {
    layout: &'static Layout,
    /// The next leaf of the layout.
    leaf: usize,
}

/// Where a group stands.
#[derive(Clone, Default)]
struct Place {
    /// What stands before the keys of its leaves.
    key: String,
    /// Inside of an element of a list or map: what stands before the names of its variables. The layout does not know them.
    variable: Option<String>,
    dormant: bool,
    /// Whether a change takes effect at run time, if that is not for each leaf to say.
    reloads: Option<bool>,
}

impl Walk {
    fn items(&mut self, group: &'static Group, place: &Place) -> Vec<Item> {
        let mut items = Vec::with_capacity(group.fields.len());
        for field in group.fields {
            items.push(match field {
                Field::Leaf(leaf) => Item::Leaf(self.row(leaf, place)),
                Field::Group(nested) => Item::Section(self.section(nested, place)),
            });
        }
        items
    }

    fn row(&mut self, leaf: &'static Leaf, place: &Place) -> Row {
        let key = format!("{}{}", place.key, leaf.key);
        let variable = self.variable(leaf.key, place);
        let kind = leaf.kind();
        let masked = leaf.is_masked(&key) || default::holds_password(leaf);
        Row {
            leaf,
            default: default::given(leaf, &kind, masked),
            kind,
            key,
            variable,
            masked,
            dormant: place.dormant,
            reloads: place.reloads.unwrap_or(leaf.reload),
        }
    }

    fn section(&mut self, nested: &'static Nested, place: &Place) -> Section {
        let mut inner = place.clone();
        match nested.shape {
            Shape::One | Shape::Optional => {
                inner.dormant |= nested.shape == Shape::Optional;
                if nested.reload {
                    inner.reloads = inner.reloads.or(Some(true));
                }
                if !nested.flatten {
                    inner.key = format!("{}{}.", place.key, nested.key);
                    inner.variable = place
                        .variable
                        .as_ref()
                        .map(|before| format!("{before}{}_", name::upper_snake(nested.key)));
                }
            }
            Shape::List | Shape::Map => {
                let variable = self.variable(nested.key, place);
                let (key, name) = match nested.shape {
                    Shape::List => (format!("{}{}[0].", place.key, nested.key), "0"),
                    _ => (format!("{}{}.NAME.", place.key, nested.key), "NAME"),
                };
                inner = Place {
                    key,
                    variable: Some(format!("{variable}__{name}__")),
                    dormant: true,
                    // It changes as a whole, or not at all.
                    reloads: place
                        .reloads
                        .or(Some(nested.reload || is_whole(nested.group))),
                };
            }
        }
        let items = self.items(nested.group, &inner);
        let key = if nested.flatten {
            &place.key
        } else {
            &inner.key
        };
        Section {
            group: nested.group,
            nested: Some(nested),
            key: key.trim_end_matches('.').to_owned(),
            items,
        }
    }

    fn variable(&mut self, key: &str, place: &Place) -> String {
        match &place.variable {
            Some(before) => format!("{before}{}", name::upper_snake(key)),
            None => {
                self.leaf += 1;
                self.layout.env_of(self.leaf - 1).to_owned()
            }
        }
    }
}
