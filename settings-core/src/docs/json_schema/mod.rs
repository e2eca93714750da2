//! JSON Schema of settings files, for editors and for checks before a deployment.

mod across;
mod object;
mod setting;

use self::{
    object::{Object, text, texts, title},
    setting::setting_schema,
};
use super::{
    Options, Template, has_extension,
    outline::{GroupOutline, Outline, OutlineItem, Setting, TagValue},
    value::DocValue,
};
use crate::{
    build::Assemble,
    schema::{Leaf, Schema, Shape, Unknown, Variant},
};
#[cfg(all(feature = "remote", any(feature = "cli", feature = "live")))]
use crate::{schema::reload, value::sha256};
use settings_syntax::boolean;

/// A JSON Schema (2020-12) of the settings as one document, for files in TOML, YAML and JSON.
///
/// It accepts files in the canonical spelling: canonical keys and aliases, numbers as numbers, a duration as text with
/// its unit or as seconds, a list as a list or as text with commas, a list of groups also as one table, and `null` where no
/// value is needed. Unknown keys are rejected unless the settings have
/// `unknown = "ignore"`. No setting is required, because another source may set it; [`Options::strict`] requires those
/// without a default.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// #[derive(Debug, Settings)]
/// struct AppSettings {
///     /// Port to listen on.
///     #[settings(default = 8080, range(1..))]
///     port: u16,
/// }
///
/// let schema: serde_json::Value = serde_json::from_str(&docs::json_schema::<AppSettings>())?;
/// assert_eq!(schema["properties"]["port"]["description"], "Port to listen on.");
/// assert_eq!(schema["properties"]["port"]["minimum"], 1);
/// assert_eq!(schema["properties"]["port"]["default"], 8080);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn json_schema<T: Assemble>() -> String {
    JsonSchema.render(&Outline::of::<T>(), &Options::default())
}

/// Hash of everything that a program knows of its settings, so that operators see which programs differ.
#[cfg(all(feature = "remote", any(feature = "cli", feature = "live")))]
pub(crate) fn schema_hash<T: Assemble>() -> String {
    let mut text = json_schema::<T>();
    let layout = T::layout();
    let reloads = (0..layout.leaves.len()).map(|at| reload::reloads(layout, at));
    text.extend(reloads.map(|reloads| if reloads { '1' } else { '0' }));
    sha256::hex(&text)[..8].to_owned()
}

pub(super) struct JsonSchema;

impl Template for JsonSchema {
    fn is_file_name(&self, name: &str) -> bool {
        has_extension(name, &["json"])
    }

    fn render(&self, outline: &Outline, options: &Options) -> String {
        let mut object = Object::of(
            "$schema",
            text("https://json-schema.org/draft/2020-12/schema"),
        );
        let policy = Policy {
            schema: outline.schema,
            strict: options.strict,
        };
        object.extend(policy.group(&outline.root, false));
        object.into_value().to_pretty(0) + "\n"
    }
}

/// State that all groups of a schema share.
struct Policy {
    schema: &'static Schema,
    /// Whether settings without a default are required.
    strict: bool,
}

/// The keywords of a group that come from its members, for one variant of each enum in it.
#[derive(Clone, Default)]
struct SchemaMembers {
    properties: Object,
    required: Vec<DocValue>,
    conditions: Vec<DocValue>,
    /// The names of the variants.
    variants: Vec<&'static str>,
    /// The documentation of the variants.
    docs: Vec<&'static str>,
    /// Whether a tag is `null`, which is its default.
    has_null_tag: bool,
}

impl Policy {
    /// The schema of a group. `in_element` is true inside a list or map of groups.
    fn group(&self, group: &GroupOutline, in_element: bool) -> Object {
        let mut object = Object::of("title", text(group.group.name));
        let docs: Vec<&str> = group.docs().map(str::trim).collect();
        if !docs.is_empty() {
            object.set("description", text(docs.join("\n\n")));
        }
        let mut alternatives = vec![SchemaMembers::default()];
        self.members(group, self.strict, in_element, &mut alternatives);
        let shorthands = shorthands(group);
        match alternatives.pop() {
            Some(only) if alternatives.is_empty() && shorthands.is_empty() => {
                object.extend(self.table(group, only));
            }
            last => {
                let alternatives = alternatives.into_iter().chain(last);
                let (without, tables): (Vec<_>, Vec<_>) =
                    alternatives.partition(|members| members.has_null_tag);
                let table = |members: SchemaMembers| {
                    let mut table = Object::of("title", text(members.variants.join(", ")));
                    if !members.docs.is_empty() {
                        table.set("description", text(members.docs.join("\n\n")));
                    }
                    table.extend(self.table(group, members));
                    table.into_value()
                };
                let tables = tables.into_iter().map(table);
                let forms = tables.chain(shorthands);
                let forms = forms.chain(without.into_iter().map(table));
                object.set("anyOf", DocValue::List(forms.collect()));
            }
        }
        object
    }

    /// The keywords of a table with these members.
    fn table(&self, group: &GroupOutline, members: SchemaMembers) -> Object {
        let mut object = Object::of("type", text("object"));
        object.set("properties", members.properties.into_value());
        if !members.required.is_empty() {
            object.set("required", DocValue::List(members.required));
        }
        let ignored = self.ignored(group);
        if !ignored.is_empty() {
            let any = ignored
                .into_iter()
                .map(|pattern| (pattern, DocValue::Bool(true)));
            object.set("patternProperties", DocValue::Map(any.collect()));
        }
        object.set(
            "additionalProperties",
            DocValue::Bool(self.schema.unknown == Unknown::Ignore),
        );
        if !members.conditions.is_empty() {
            object.set("allOf", DocValue::List(members.conditions));
        }
        object
    }

    /// Patterns of the keys that the settings ignore in a group.
    fn ignored(&self, group: &GroupOutline) -> Vec<String> {
        let path = match &*group.key {
            "" => String::new(),
            key => format!("{key}."),
        };
        let patterns = self.schema.ignore.iter();
        let keys = patterns.filter(|pattern| !pattern.contains(|ch: char| ch.is_uppercase()));
        keys.filter_map(|pattern| {
            let rest = pattern.strip_prefix(&*path)?;
            match rest.split_once('.') {
                // The name of a table matches here, but not that of a group.
                Some((table, _)) => {
                    let is_group = group
                        .groups()
                        .iter()
                        .any(|inner| inner.nested.is_some_and(|nested| nested.key == table));
                    (!is_group).then(|| format!("^{table}$"))
                }
                None => Some(match rest.strip_suffix('*') {
                    Some(start) => format!("^{start}"),
                    None => format!("^{rest}$"),
                }),
            }
        })
        .collect()
    }

    /// Adds the members of a group and of those that are flattened into it to each alternative. The variants of an enum
    /// are alternatives. `required` is false in an optional group.
    fn members(
        &self,
        group: &GroupOutline,
        required: bool,
        in_element: bool,
        into: &mut Vec<SchemaMembers>,
    ) {
        for rule in group.group.rules {
            let conditions = across::conditions(group, rule, required);
            for into in &mut *into {
                into.conditions.extend(conditions.iter().cloned());
            }
        }
        let mut tag = None;
        for item in &group.items {
            match item {
                OutlineItem::Setting(setting) if !setting.variants.is_empty() => {
                    tag = Some(setting);
                }
                OutlineItem::Setting(setting) => {
                    let schema = setting_schema(setting);
                    let condition = self.strict.then(|| condition(group, setting)).flatten();
                    let may_be_file = setting.leaf.has_file_variable() && !in_element;
                    for into in &mut *into {
                        if required && setting.is_required() {
                            into.require(setting.leaf, may_be_file);
                        }
                        into.conditions.extend(condition.clone());
                        into.properties
                            .set(setting.leaf.key, schema.clone().into_value());
                        if may_be_file {
                            let (key, file) = file_of(setting.leaf);
                            into.properties.set(&key, file.into_value());
                        }
                        for alias in setting.leaf.aliases {
                            let mut other = schema.clone();
                            if alias.deprecated {
                                other.set("deprecated", DocValue::Bool(true));
                            }
                            into.properties.set(alias.name, other.into_value());
                        }
                    }
                }
                OutlineItem::Group(inner) if inner.condition.is_some() => {}
                OutlineItem::Group(inner) if inner.is_flat() => {
                    let required = required && inner.shape() == Shape::One;
                    self.members(inner, required, in_element, into);
                }
                OutlineItem::Group(inner) => {
                    let key = inner.nested.map_or("", |nested| nested.key);
                    let aliases = inner.nested.map_or(&[][..], |nested| nested.aliases);
                    let is_required = required
                        && aliases.is_empty()
                        && inner.shape() == Shape::One
                        && has_required(inner);
                    let schema = self.shape(inner, in_element);
                    for into in &mut *into {
                        if is_required {
                            into.required.push(text(key));
                        }
                        for alias in aliases {
                            let mut other = schema.clone();
                            if alias.deprecated {
                                other.set("deprecated", DocValue::Bool(true));
                            }
                            into.properties.set(alias.name, other.into_value());
                        }
                        into.properties.set(key, schema.clone().into_value());
                    }
                }
            }
        }
        if let Some(tag) = tag {
            self.variants(group, tag, (required, in_element), into);
        }
    }

    /// Replaces each alternative by one for each variant of an enum.
    fn variants(
        &self,
        group: &GroupOutline,
        tag: &Setting,
        (required, in_element): (bool, bool),
        into: &mut Vec<SchemaMembers>,
    ) {
        let outside = std::mem::take(into);
        let mut without_tag = Vec::new();
        for item in &group.items {
            let OutlineItem::Group(inner) = item else {
                continue;
            };
            let Some(TagValue { variant, .. }) = inner.condition else {
                continue;
            };
            if variant.scalar {
                continue;
            }
            let mut these = outside.clone();
            let is_default = tag.default_text() == Some(variant.name);
            for this in &mut these {
                this.properties
                    .set(tag.leaf.key, tag_schema(tag, variant).into_value());
                if required && !is_default {
                    this.required.push(text(tag.leaf.key));
                }
                this.variants.push(variant.name);
                this.docs.extend(inner.docs());
            }
            self.members(inner, required, in_element, &mut these);
            if is_default {
                without_tag = these.clone();
            }
            into.append(&mut these);
        }
        for this in &mut without_tag {
            let null = Object::of("type", text("null"));
            this.properties.set(tag.leaf.key, null.into_value());
            this.has_null_tag = true;
        }
        into.append(&mut without_tag);
    }

    /// The schema of a group, or of a list or map of groups.
    fn shape(&self, group: &GroupOutline, in_element: bool) -> Object {
        let is_several = matches!(group.shape(), Shape::List | Shape::Map);
        let mut one = self.group(group, in_element || is_several);
        match group.shape() {
            Shape::One if has_required(group) => return one,
            Shape::One | Shape::Optional => {
                one.or_null();
                return one;
            }
            Shape::List | Shape::Map => {}
        }
        if !has_required(group) {
            one.or_null();
        }
        // The outermost list or map has the title and the documentation.
        let inner = group.shapes.iter().skip(1).rev();
        let one = inner.fold(one, |element, shape| {
            let mut several = several(Object::default(), *shape, element);
            several.or_null();
            several
        });
        let (key, doc) = group
            .nested
            .map_or(("", ""), |nested| (nested.key, nested.doc));
        let mut object = Object::of("title", text(title(key)));
        if !doc.is_empty() {
            object.set("description", text(doc.trim()));
        }
        let mut object = several(object, group.shape(), one);
        if group.group.tag.is_some() && group.shapes.len() == 1 {
            // A list or map of names may be text with commas.
            object.set("type", texts(&["array", "object", "string"]));
            if group.shape() == Shape::Map {
                object.set("type", texts(&["object", "string"]));
            }
        }
        object.or_null();
        object
    }
}

/// Adds the keywords of a list or map of these elements. A table is a list of one, and an entry of a map may be `null`,
/// which discards it.
fn several(mut object: Object, shape: Shape, mut element: Object) -> Object {
    if shape == Shape::List {
        object.set("type", texts(&["array", "object"]));
        object.set("if", Object::of("type", text("object")).into_value());
        object.set("then", element.clone().into_value());
        object.set("items", element.into_value());
        return object;
    }
    element.or_null();
    object.set("type", text("object"));
    object.set("additionalProperties", element.into_value());
    object
}

impl SchemaMembers {
    /// Requires a setting, by its key, by one of its aliases, or by the name of a file.
    fn require(&mut self, leaf: &Leaf, may_be_file: bool) {
        if leaf.aliases.is_empty() && !may_be_file {
            return self.required.push(text(leaf.key));
        }
        let file = may_be_file.then(|| format!("{}_file", leaf.key));
        let aliases = leaf.aliases.iter().map(|alias| alias.name);
        let names = std::iter::once(leaf.key)
            .chain(aliases)
            .chain(file.as_deref());
        let any = names.map(required);
        let any = DocValue::List(any.map(Object::into_value).collect());
        self.conditions.push(Object::of("anyOf", any).into_value());
    }
}

/// The schemas of values in place of an enum: the names of its variants, and the value of a variant that has no name.
fn shorthands(group: &GroupOutline) -> Vec<DocValue> {
    if group.group.tag.is_none() || group.is_flat() {
        return Vec::new();
    }
    let mut all = Vec::new();
    let mut value = None;
    for (TagValue { variant, .. }, outline) in group.variants() {
        match &outline.value {
            Some(setting) => value = Some(setting_schema(setting).into_value()),
            None => all.extend(names(variant)),
        }
    }
    let names = Object::of("enum", DocValue::List(all)).into_value();
    std::iter::once(names).chain(value).collect()
}

/// The schema of a tag that names this variant.
fn tag_schema(tag: &Setting, variant: &Variant) -> Object {
    let mut object = Object::of("title", text(title(tag.leaf.key)));
    let doc = tag.leaf.doc.trim();
    if !doc.is_empty() {
        object.set("description", text(doc));
    }
    if variant.aliases.is_empty() {
        object.set("const", text(variant.name));
    } else {
        object.set("enum", DocValue::List(names(variant)));
    }
    if tag.default_text() == Some(variant.name) {
        object.set("default", text(variant.name));
    }
    object
}

/// The names of a variant. An alias that is a word for true or false is also a boolean.
fn names(variant: &Variant) -> Vec<DocValue> {
    let mut names = vec![text(variant.name)];
    names.extend(variant.aliases.iter().map(|alias| text(*alias)));
    let booleans = variant
        .aliases
        .iter()
        .filter_map(|alias| boolean::parse(alias));
    names.extend(booleans.map(DocValue::Bool));
    names
}

/// The key that names a file with a secret, and its schema.
fn file_of(leaf: &Leaf) -> (String, Object) {
    let about = format!("The file that contains `{}`.", leaf.key);
    let mut file = Object::of("description", text(about));
    file.set("type", texts(&["string", "null"]));
    (format!("{}_file", leaf.key), file)
}

fn required(key: &str) -> Object {
    Object::of("required", DocValue::List(vec![text(key)]))
}

/// Whether a group requires a value of a source. Of an enum, the variant that is the default counts.
fn has_required(group: &GroupOutline) -> bool {
    let chosen = group.items.iter().find_map(|item| match item {
        OutlineItem::Setting(tag) if !tag.variants.is_empty() => tag.default_text(),
        _ => None,
    });
    group.items.iter().any(|item| match item {
        OutlineItem::Setting(setting) => setting.is_required(),
        OutlineItem::Group(inner) => {
            let is_chosen = |tag: &TagValue| chosen == Some(tag.variant.name);
            inner.condition.as_ref().is_none_or(is_chosen)
                && inner.shape() == Shape::One
                && has_required(inner)
        }
    })
}

/// `required_if`, if the document sets the other setting, or if that has a default.
fn condition(group: &GroupOutline, setting: &Setting) -> Option<DocValue> {
    let condition = setting.leaf.required_if?;
    let other = group.items.iter().find_map(|item| match item {
        OutlineItem::Setting(other) if other.leaf.key == condition.key => Some(other),
        _ => None,
    })?;
    let value = |text: &str| DocValue::read(&other.kind, text, other.leaf.separator);
    let wanted = value(condition.text);
    let by_default = other
        .default_text()
        .is_some_and(|default| value(default) == wanted);
    let is_wanted = Object::of("const", wanted).into_value();
    let mut when = Object::of(
        "properties",
        Object::of(condition.key, is_wanted).into_value(),
    );
    if !by_default {
        when.extend(required(condition.key));
    }
    let mut object = Object::of("if", when.into_value());
    // Null means that there is no value.
    let not_null = Object::of("not", Object::of("type", text("null")).into_value());
    let mut then = required(setting.leaf.key);
    let there = Object::of(setting.leaf.key, not_null.into_value());
    then.set("properties", there.into_value());
    object.set("then", then.into_value());
    Some(object.into_value())
}
