//! Outline of the settings for documents: each setting in its group, with its names, kind and default.

use super::{
    default::{self, DocDefault},
    value::DocValue,
};
use crate::{
    build::Assemble,
    decode::name_of_bool,
    schema::{
        Condition, Field, Group, GroupRule, Kind, Leaf, Nested, Rule, Schema, Shape, Variant,
        layout::Layout,
        reload::is_whole,
        variants::{EnumNames, VariantProbe},
    },
};
use settings_syntax::name;

/// All settings of a struct, in order.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) schema: &'static Schema,
    pub(super) root: GroupOutline,
}

/// A group with its settings.
#[derive(Debug)]
pub(super) struct GroupOutline {
    /// Its struct.
    pub(super) group: &'static Group,
    /// The lists and maps around it, outer ones first; otherwise one shape.
    pub(super) shapes: Vec<Shape>,
    /// Its field; `None` for the root.
    pub(super) nested: Option<&'static Nested>,
    /// Its dotted key; empty for the root.
    pub(super) key: String,
    /// The rules across settings that name it.
    pub(super) rules: Vec<GroupRule>,
    pub(super) items: Vec<OutlineItem>,
    /// The value of the tag, if it is a variant of an enum.
    pub(super) condition: Option<TagValue>,
    /// The setting whose value is in place of the enum, if the variant is chosen by that.
    pub(super) value: Option<Box<Setting>>,
}

/// The tag of an enum, and the variant that it names.
#[derive(Clone, Debug)]
pub(super) struct TagValue {
    /// The dotted key of the tag.
    pub(super) key: String,
    pub(super) variant: &'static Variant,
}

/// A member of a group.
#[derive(Debug)]
pub(super) enum OutlineItem {
    Setting(Setting),
    Group(GroupOutline),
}

/// One setting.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Setting {
    pub(super) leaf: &'static Leaf,
    /// The kind of its value; an enum without its aliases.
    pub(super) kind: Kind,
    /// Whether it is an enum of which a variant carries data.
    pub(super) carries_data: bool,
    /// The bools and numbers of a file that are names of this enum.
    pub(super) scalars: Vec<DocValue>,
    /// Bit `n` is set if elements inside `n` lists and maps may be `null`.
    pub(super) options: u32,
    /// Its dotted key.
    pub(super) key: String,
    /// Its canonical variable name.
    pub(super) variable: String,
    /// Whether its value is secret.
    pub(super) masked: bool,
    /// Whether it is part of an optional group or of an element of a list or map.
    pub(super) in_optional: bool,
    /// Whether a change takes effect at run time.
    pub(super) reloads: bool,
    pub(super) default: DocDefault,
    /// The value of the tag, if it belongs to a variant of an enum.
    pub(super) condition: Option<TagValue>,
    /// The other variants that have the same setting.
    pub(super) also_in: Vec<&'static Variant>,
    /// Whether an earlier variant has the same setting.
    pub(super) is_repeated: bool,
    /// Whether its optional group is present exactly if it has a value.
    pub(super) enables_group: bool,
    /// The variants with their documentation, if it is the tag of an enum.
    pub(super) variants: Vec<(&'static Variant, &'static str)>,
    /// The defaults under conditions, in words.
    pub(super) conditional: Vec<String>,
    /// The rules across settings that name it.
    pub(super) rules: Vec<GroupRule>,
    /// For the tag of an enum that has a name: that name, and the values that it takes besides the names of variants.
    pub(super) shorthand: Option<(String, Option<String>)>,
}

impl Outline {
    pub(super) fn of<T: Assemble>() -> Self {
        let layout = T::layout();
        let root = layout.schema.root;
        let mut builder = OutlineBuilder {
            layout,
            leaf: 0,
            value: None,
        };
        let items = builder.items(root, &Parent::default());
        Self {
            schema: layout.schema,
            root: GroupOutline {
                group: root,
                shapes: vec![Shape::One],
                nested: None,
                key: String::new(),
                rules: Vec::new(),
                items,
                condition: None,
                value: None,
            },
        }
    }

    /// Every setting, in the order of the struct.
    pub(super) fn settings(&self) -> Vec<&Setting> {
        let mut settings = Vec::new();
        self.root.collect(&mut settings);
        settings
    }

    /// Every variable, in the order of the struct: each setting, without repetitions in other variants of an enum.
    pub(super) fn variables(&self) -> Vec<&Setting> {
        let settings = self.settings().into_iter();
        let settings = settings.filter(|setting| !setting.is_repeated);
        let mut kept: Vec<&Setting> = Vec::new();
        for setting in settings {
            // Of several settings that share a variable, the first one, unless another one makes it required.
            let is_same = |other: &&mut &Setting| {
                setting.leaf.env_is_shared
                    && other.leaf.env_is_shared
                    && other.variable == setting.variable
            };
            match kept.iter_mut().find(is_same) {
                Some(first) if setting.must_be_set() && !first.must_be_set() => *first = setting,
                Some(_) => {}
                None => kept.push(setting),
            }
        }
        kept
    }

    /// The name of deployed objects: `app` for `AppSettings`.
    pub(super) fn slug(&self) -> String {
        let name = self.schema.root.name;
        let stem = ["Settings", "Config", "Configuration"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
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

impl GroupOutline {
    /// Whether its settings are in the table of the group that contains it.
    pub(super) fn is_flat(&self) -> bool {
        self.nested.is_some_and(|nested| nested.flatten)
    }

    pub(super) fn shape(&self) -> Shape {
        self.shapes.first().copied().unwrap_or(Shape::One)
    }

    /// The documentation of its field, then that of its struct.
    pub(super) fn docs(&self) -> impl Iterator<Item = &'static str> {
        let field = self.nested.map_or("", |nested| nested.doc);
        let group = if field == self.group.doc {
            ""
        } else {
            self.group.doc
        };
        [field, group].into_iter().filter(|doc| !doc.is_empty())
    }

    /// Whether its settings are in the table of the group that contains it, whatever the tags of enums are.
    fn is_always_flat(&self) -> bool {
        self.is_flat() && self.condition.is_none()
    }

    /// The settings of its table, including those of flattened groups, but not of variants.
    pub(super) fn settings(&self) -> Vec<&Setting> {
        let mut settings = Vec::new();
        for item in &self.items {
            match item {
                OutlineItem::Setting(setting) => settings.push(setting),
                OutlineItem::Group(group) if group.is_always_flat() => {
                    settings.extend(group.settings());
                }
                OutlineItem::Group(_) => {}
            }
        }
        settings
    }

    /// The groups of its table, including those of flattened groups, but not of variants.
    pub(super) fn groups(&self) -> Vec<&GroupOutline> {
        let mut groups = Vec::new();
        for item in &self.items {
            match item {
                OutlineItem::Group(group) if group.is_always_flat() => {
                    groups.extend(group.groups());
                }
                OutlineItem::Group(group) if group.is_flat() => {}
                OutlineItem::Group(group) => groups.push(group),
                OutlineItem::Setting(_) => {}
            }
        }
        groups
    }

    /// The variants of the enums in its table.
    pub(super) fn variants(&self) -> Vec<(&TagValue, &GroupOutline)> {
        let mut variants = Vec::new();
        for item in &self.items {
            if let OutlineItem::Group(group) = item {
                match &group.condition {
                    Some(value) => variants.push((value, group)),
                    None if group.is_flat() => variants.extend(group.variants()),
                    None => {}
                }
            }
        }
        variants
    }

    /// Itself and the groups that are flattened into it.
    pub(super) fn flat_groups(&self) -> Vec<&GroupOutline> {
        let mut groups = vec![self];
        for item in &self.items {
            if let OutlineItem::Group(group) = item
                && group.is_always_flat()
            {
                groups.extend(group.flat_groups());
            }
        }
        groups
    }

    /// Whether it contains a setting of this kind.
    pub(super) fn contains(&self, is_meant: fn(&Setting) -> bool) -> bool {
        let mut settings = Vec::new();
        self.collect(&mut settings);
        settings.into_iter().any(is_meant)
    }

    /// Collects its settings, including those of flattened structs.
    fn own_settings<'a>(&'a mut self, settings: &mut Vec<&'a mut Setting>) {
        for item in &mut self.items {
            match item {
                OutlineItem::Setting(setting) => settings.push(setting),
                OutlineItem::Group(group)
                    if group.is_always_flat() && group.shape() == Shape::One =>
                {
                    group.own_settings(settings);
                }
                OutlineItem::Group(_) => {}
            }
        }
    }

    fn collect<'a>(&'a self, settings: &mut Vec<&'a Setting>) {
        for item in &self.items {
            match item {
                OutlineItem::Setting(setting) => settings.push(setting),
                OutlineItem::Group(group) => group.collect(settings),
            }
        }
    }
}

impl Setting {
    /// The kind of value that a setting takes.
    pub(super) fn kind_words(&self) -> String {
        if let Some(expects) = self.leaf.expects {
            return expects.to_owned();
        }
        let bounded = self
            .leaf
            .rules
            .iter()
            .any(|rule| matches!(rule, Rule::Range(_)));
        match &self.kind {
            Kind::Integer { .. } if bounded => "a whole number".to_owned(),
            // The bounds of 64 bits are not useful to operators.
            Kind::Integer { min: 0, max } if *max > u128::from(u32::MAX) => {
                "a whole number of at least 0".to_owned()
            }
            Kind::Integer { max, .. } if *max > u128::from(u32::MAX) => "a whole number".to_owned(),
            Kind::Unknown => self.leaf.type_name.to_owned(),
            kind => kind.to_string(),
        }
    }

    /// Whether it must have a value if its group is present.
    pub(super) fn is_required(&self) -> bool {
        !self.leaf.optional && !self.leaf.has_default() && !self.enables_group
    }

    /// Whether documents describe it like another setting, apart from the variant.
    fn is_like(&self, other: &Self) -> bool {
        let facts = |this: &Self| {
            let Self { leaf, default, .. } = this;
            let rules = (leaf.rules, leaf.separator, leaf.unit, leaf.required_if);
            let texts = (leaf.doc, leaf.example, leaf.deprecated, leaf.aliases);
            format!(
                "{:?}",
                (
                    (&this.key, &this.variable, this.kind_words(), default),
                    (this.masked, this.reloads, this.is_required()),
                    (&this.conditional, &this.rules),
                    (rules, texts, leaf.env),
                )
            )
        };
        facts(self) == facts(other)
    }

    /// Whether no load succeeds without a value for it.
    pub(super) fn must_be_set(&self) -> bool {
        self.is_required() && !self.in_optional
    }

    /// Its default as an operator writes it, if that is known and not secret.
    pub(super) fn default_text(&self) -> Option<&str> {
        match &self.default {
            DocDefault::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct OutlineBuilder {
    layout: &'static Layout,
    /// Index of the next leaf of the layout.
    leaf: usize,
    /// The value in place of an enum in the group that was visited last.
    value: Option<Box<Setting>>,
}

/// Properties that the members of a group inherit from it.
#[derive(Clone, Default)]
struct Parent {
    /// Prefix of their keys.
    key: String,
    /// Prefix of their variables within an element of a list or map, whose names the layout does not contain.
    variable: Option<String>,
    in_optional: bool,
    /// Whether a change takes effect at run time, if the group decides that.
    reloads: Option<bool>,
    /// The value of the tag, in a variant of an enum.
    condition: Option<TagValue>,
    /// The setting whose value makes the group present.
    present_if: Option<&'static str>,
    /// Whether the group itself has no name.
    is_flat: bool,
}

impl OutlineBuilder {
    fn items(&mut self, group: &'static Group, parent: &Parent) -> Vec<OutlineItem> {
        let mut items = Vec::with_capacity(group.fields.len());
        for field in group.fields {
            match field {
                Field::Leaf(leaf) if leaf.key.is_empty() => {
                    self.value = Some(Box::new(self.setting(group, leaf, parent)));
                }
                Field::Leaf(leaf) => {
                    let mut setting = self.setting(group, leaf, parent);
                    if group.tag == Some(leaf.key) {
                        setting.variants = variants(group);
                        let name = parent.key.trim_end_matches('.');
                        setting.shorthand = (!parent.is_flat).then(|| (name.to_owned(), None));
                    }
                    if !leaf.hidden {
                        items.push(OutlineItem::Setting(setting));
                    }
                }
                Field::Group(nested) => {
                    let value = nested.variant.zip(group.tag);
                    let value = value.map(|(variant, tag)| TagValue {
                        key: format!("{}{tag}", parent.key),
                        variant,
                    });
                    let mut inner = self.group(nested, parent, value.clone());
                    inner.condition = value;
                    inner.rules = rules_of(group, nested.key);
                    if !nested.hidden {
                        items.push(OutlineItem::Group(inner));
                    }
                }
            }
        }
        if group.tag.is_some() {
            join_repeated(&mut items, parent);
        }
        let value = items.iter().find_map(|item| match item {
            OutlineItem::Group(group) => {
                let value = group.value.as_ref()?;
                let rules = value.leaf.rules.iter().map(ToString::to_string);
                let rules = rules.collect::<Vec<_>>().join(", ");
                Some(match &*rules {
                    "" => value.kind_words(),
                    rules => format!("{} ({rules})", value.kind_words()),
                })
            }
            OutlineItem::Setting(_) => None,
        });
        if let (Some(value), Some(OutlineItem::Setting(tag))) = (value, items.first_mut())
            && let Some((_, other)) = &mut tag.shorthand
        {
            *other = Some(value);
        }
        items
    }

    fn setting(&mut self, group: &Group, leaf: &'static Leaf, parent: &Parent) -> Setting {
        let key = match leaf.key {
            "" => parent.key.trim_end_matches('.').to_owned(),
            key => format!("{}{key}", parent.key),
        };
        let variable = self.variable(leaf.key, parent);
        let mut kind = leaf.kind();
        let scalars = scalars_of(&kind);
        let carries_data = without_aliases(leaf, &mut kind);
        let mut options = VariantProbe::of("");
        let _ = (leaf.kind)(Some(&mut options));
        let options = options.options;
        let default = DocDefault::of(leaf, &key, &kind);
        let conditional = DocDefault::conditional(leaf, &key, &kind).into_iter();
        let conditional = conditional.map(|(condition, default)| {
            let Condition { key, text } = condition;
            format!("default if {key} is {text}: {}", default.in_words())
        });
        let conditional = conditional.collect();
        let masked = leaf.is_masked(&key)
            || default.is_hidden()
            || leaf.example.is_some_and(default::has_password);
        Setting {
            leaf,
            rules: rules_of(group, leaf.key),
            default,
            conditional,
            carries_data,
            scalars,
            options,
            kind,
            key,
            variable,
            masked,
            in_optional: parent.in_optional,
            reloads: parent.reloads.unwrap_or(leaf.reload),
            condition: parent.condition.clone(),
            also_in: Vec::new(),
            is_repeated: false,
            enables_group: parent.present_if == Some(leaf.key),
            variants: Vec::new(),
            shorthand: None,
        }
    }

    fn group(
        &mut self,
        nested: &'static Nested,
        parent: &Parent,
        value: Option<TagValue>,
    ) -> GroupOutline {
        let mut inner = parent.clone();
        let shapes = nested.shapes();
        let group = nested.innermost();
        if value.is_some() {
            inner.condition = value;
        }
        inner.is_flat = nested.flatten;
        inner.present_if = nested.present_if;
        match nested.shape {
            Shape::One | Shape::Optional => {
                inner.in_optional |= nested.shape == Shape::Optional;
                if nested.reload {
                    inner.reloads = inner.reloads.or(Some(true));
                }
                if !nested.flatten {
                    inner.key = format!("{}{}.", parent.key, nested.key);
                    let (name, nesting) =
                        (name::upper_snake(nested.key), self.layout.schema.nesting);
                    let variable = parent.variable.as_ref();
                    inner.variable = variable.map(|before| format!("{before}{name}{nesting}"));
                }
            }
            Shape::List | Shape::Map => {
                let mut key = format!("{}{}", parent.key, nested.key);
                let mut variable = self.variable(nested.key, parent);
                for shape in &shapes {
                    let (step, name) = match shape {
                        Shape::List => ("[0]", "__0"),
                        _ => (".NAME", "__NAME"),
                    };
                    key.push_str(step);
                    variable.push_str(name);
                }
                inner = Parent {
                    key: key + ".",
                    variable: Some(variable + "__"),
                    in_optional: true,
                    condition: None,
                    present_if: None,
                    is_flat: false,
                    // A list or map changes as a whole, or not at all.
                    reloads: parent
                        .reloads
                        .or(Some(nested.reload || is_whole(nested.group))),
                };
            }
        }
        let items = self.items(group, &inner);
        let key = if nested.flatten {
            &parent.key
        } else {
            &inner.key
        };
        GroupOutline {
            group,
            shapes,
            nested: Some(nested),
            key: key.trim_end_matches('.').to_owned(),
            rules: Vec::new(),
            items,
            condition: None,
            value: self.value.take(),
        }
    }

    fn variable(&mut self, key: &str, parent: &Parent) -> String {
        match &parent.variable {
            Some(before) if key.is_empty() => before.trim_end_matches('_').to_owned(),
            Some(before) => format!("{before}{}", name::upper_snake(key)),
            None => {
                self.leaf += 1;
                self.layout.env_of(self.leaf - 1).to_owned()
            }
        }
    }
}

/// Joins the settings that several variants of an enum have in common, so that templates contain them once.
fn join_repeated(items: &mut [OutlineItem], parent: &Parent) {
    let mut variants: Vec<&mut GroupOutline> = Vec::new();
    for item in items {
        if let OutlineItem::Group(group) = item
            && group
                .condition
                .as_ref()
                .is_some_and(|value| !value.variant.scalar)
        {
            variants.push(group);
        }
    }
    let total = variants.len();
    let mut all: Vec<&mut Setting> = Vec::new();
    for variant in variants {
        variant.own_settings(&mut all);
    }
    for at in 0..all.len() {
        let (before, rest) = all.split_at_mut(at);
        let this = &mut *rest[0];
        let first = before.iter_mut().find(|first| first.is_like(this));
        if let (Some(first), Some(value)) = (first, &this.condition) {
            first.also_in.push(value.variant);
            this.is_repeated = true;
        }
    }
    // A setting of all variants does not depend on the tag.
    for setting in all {
        if !setting.is_repeated && setting.also_in.len() + 1 == total {
            setting.condition.clone_from(&parent.condition);
            setting.in_optional = parent.in_optional;
            setting.also_in.clear();
        }
    }
}

/// The variants of an enum with their documentation.
fn variants(group: &'static Group) -> Vec<(&'static Variant, &'static str)> {
    let variants = group.fields.iter().filter_map(|field| match field {
        Field::Group(nested) => Some((nested.variant?, nested.doc)),
        Field::Leaf(_) => None,
    });
    variants.collect()
}

/// The rules of a group that name one of its members.
fn rules_of(group: &Group, key: &str) -> Vec<GroupRule> {
    let rules = group.rules.iter().copied();
    rules.filter(|rule| rule.names(key)).collect()
}

/// The bools and numbers that the innermost enum of a kind accepts, because one of its names is written like them.
fn scalars_of(kind: &Kind) -> Vec<DocValue> {
    match kind {
        Kind::List(element) | Kind::Map(element) => scalars_of(element),
        Kind::Enum(names) => {
            let bools = [true, false].into_iter();
            let bools = bools.filter(|value| name_of_bool(*value, names).is_some());
            let numbers = names.iter().filter_map(|name| {
                let number = DocValue::read(&Kind::Float, name, None);
                matches!(number, DocValue::Number(_)).then_some(number)
            });
            bools.map(DocValue::Bool).chain(numbers).collect()
        }
        _ => Vec::new(),
    }
}

/// Removes the aliases from the innermost enum of a kind. Returns whether a variant of it carries data.
fn without_aliases(leaf: &Leaf, kind: &mut Kind) -> bool {
    match kind {
        Kind::List(element) | Kind::Map(element) => without_aliases(leaf, element),
        Kind::Enum(names) => {
            let EnumNames {
                names: canonical,
                carries_data,
            } = EnumNames::of(leaf, names);
            if canonical.len() < names.len() {
                // A kind has `'static` names. The leak is small: few enums have aliases, and few documents are
                // rendered.
                *names = Vec::leak(canonical);
            }
            carries_data
        }
        _ => false,
    }
}
