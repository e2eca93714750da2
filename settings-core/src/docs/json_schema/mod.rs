//! JSON Schema of settings files, for editors and for checks before a deployment.

use super::{
    Options, Template,
    outline::{GroupOutline, Item, Outline, Setting},
    phrases,
    value::DocValue,
};
use crate::{
    build::Assemble,
    schema::{Bound, Kind, Leaf, Pattern, Range, Rule, Shape, Unknown},
};
use settings_syntax::duration;
use std::fmt::Display;

/// A JSON Schema (2020-12) of the settings as one document, for files in TOML, YAML and JSON.
///
/// It knows the proper keys and aliases, and each value in the form that a file writes best: a number as a number, a
/// duration as text with its unit or as whole seconds. The loader is more lenient in spelling. Unknown keys are refused
/// if the settings say `unknown = "deny"`. Required settings are required, also those that another source may have.
///
/// ```
/// use settings_core::{Settings, docs};
///
/// #[derive(Debug, Settings)]
/// struct AppSettings {
///     /// Where to listen.
///     #[settings(default = 8080, range(1..))]
///     port: u16,
/// }
///
/// let schema: serde_json::Value = serde_json::from_str(&docs::json_schema::<AppSettings>())?;
/// assert_eq!(schema["properties"]["port"]["description"], "Where to listen.");
/// assert_eq!(schema["properties"]["port"]["minimum"], 1);
/// assert_eq!(schema["properties"]["port"]["default"], 8080);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn json_schema<T: Assemble>() -> String {
    JsonSchema.render(&Outline::of::<T>(), &Options::default())
}

pub(super) struct JsonSchema;

impl Template for JsonSchema {
    fn is_file_name(&self, name: &str) -> bool {
        name.ends_with(".json")
    }

    fn render(&self, outline: &Outline, _: &Options) -> String {
        let mut object = Object::default();
        object.set(
            "$schema",
            text("https://json-schema.org/draft/2020-12/schema"),
        );
        let group = of_group(&outline.root, outline.schema.unknown);
        object.0.extend(group.0);
        object.into_value().to_pretty(0) + "\n"
    }
}

/// A JSON object in the making; its keywords stand in the order in which they are set.
#[derive(Clone, Default)]
struct Object(Vec<(String, DocValue)>);

impl Object {
    fn set(&mut self, keyword: &str, value: DocValue) {
        match self.0.iter_mut().find(|(name, _)| name == keyword) {
            Some((_, old)) => *old = value,
            None => self.0.push((keyword.to_owned(), value)),
        }
    }

    fn of(keyword: &str, value: DocValue) -> Self {
        Self(vec![(keyword.to_owned(), value)])
    }

    fn into_value(self) -> DocValue {
        DocValue::Map(self.0)
    }

    /// Allows nothing in its place, which files write as `null`.
    fn or_null(&mut self) {
        for (keyword, value) in &mut self.0 {
            match (keyword.as_str(), &mut *value) {
                ("type", DocValue::List(types)) => types.push(text("null")),
                ("type", one) => *value = DocValue::List(vec![one.clone(), text("null")]),
                ("enum", DocValue::List(values)) => values.push(DocValue::Null),
                _ => {}
            }
        }
    }
}

fn of_group(group: &GroupOutline, unknown: Unknown) -> Object {
    let mut object = Object::default();
    object.set("title", text(group.group.name));
    let docs: Vec<&str> = group.docs().map(str::trim).collect();
    if !docs.is_empty() {
        object.set("description", text(docs.join("\n\n")));
    }
    object.set("type", text("object"));
    let mut properties = Object::default();
    let mut required = Vec::new();
    let mut conditions = Vec::new();
    fields(
        group,
        unknown,
        true,
        &mut Fields {
            properties: &mut properties,
            required: &mut required,
            conditions: &mut conditions,
        },
    );
    object.set("properties", properties.into_value());
    if !required.is_empty() {
        object.set("required", DocValue::List(required));
    }
    object.set(
        "additionalProperties",
        DocValue::Bool(unknown != Unknown::Deny),
    );
    if !conditions.is_empty() {
        object.set("allOf", DocValue::List(conditions));
    }
    object
}

struct Fields<'a> {
    properties: &'a mut Object,
    required: &'a mut Vec<DocValue>,
    conditions: &'a mut Vec<DocValue>,
}

/// The fields of a group and of those that are flattened into it; `sure` unless one of these is optional.
fn fields(group: &GroupOutline, unknown: Unknown, sure: bool, into: &mut Fields<'_>) {
    for item in &group.items {
        match item {
            Item::Setting(setting) => {
                let schema = leaf(setting);
                if sure && setting.is_required() {
                    into.require(setting.leaf);
                }
                into.conditions.extend(condition(group, setting));
                into.properties
                    .set(setting.leaf.key, schema.clone().into_value());
                for alias in setting.leaf.aliases {
                    let mut other = schema.clone();
                    if alias.deprecated {
                        other.set("deprecated", DocValue::Bool(true));
                    }
                    into.properties.set(alias.name, other.into_value());
                }
            }
            Item::Group(inner) if inner.is_flat() => {
                fields(inner, unknown, sure && inner.shape() == Shape::One, into);
            }
            Item::Group(inner) => {
                let key = inner.nested.map_or("", |nested| nested.key);
                if sure && inner.shape() == Shape::One && asks_for_something(inner) {
                    into.required.push(text(key));
                }
                into.properties
                    .set(key, several(inner, unknown).into_value());
            }
        }
    }
}

impl Fields<'_> {
    /// An alias of a leaf serves as well as its key.
    fn require(&mut self, leaf: &Leaf) {
        if leaf.aliases.is_empty() {
            return self.required.push(text(leaf.key));
        }
        let aliases = leaf.aliases.iter().map(|alias| alias.name);
        let any = std::iter::once(leaf.key).chain(aliases).map(required);
        let any = DocValue::List(any.map(Object::into_value).collect());
        self.conditions.push(Object::of("anyOf", any).into_value());
    }
}

fn required(key: &str) -> Object {
    Object::of("required", DocValue::List(vec![text(key)]))
}

fn asks_for_something(group: &GroupOutline) -> bool {
    group.items.iter().any(|item| match item {
        Item::Setting(setting) => setting.is_required(),
        Item::Group(inner) => inner.shape() == Shape::One && asks_for_something(inner),
    })
}

fn several(group: &GroupOutline, unknown: Unknown) -> Object {
    let mut one = of_group(group, unknown);
    let (kind, keyword) = match group.shape() {
        Shape::One => return one,
        Shape::Optional => {
            one.or_null();
            return one;
        }
        Shape::List => ("array", "items"),
        Shape::Map => ("object", "additionalProperties"),
    };
    let mut object = Object::default();
    let nested = group
        .nested
        .map_or(("", ""), |nested| (nested.key, nested.doc));
    object.set("title", text(title(nested.0)));
    if !nested.1.is_empty() {
        object.set("description", text(nested.1.trim()));
    }
    object.set("type", text(kind));
    object.set(keyword, one.into_value());
    object
}

/// `required_if`, where the other leaf is told by the document itself or by its default.
fn condition(group: &GroupOutline, setting: &Setting) -> Option<DocValue> {
    let condition = setting.leaf.required_if?;
    let other = group.items.iter().find_map(|item| match item {
        Item::Setting(other) if other.leaf.key == condition.key => Some(other),
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
        when.0.extend(required(condition.key).0);
    }
    let mut object = Object::of("if", when.into_value());
    // Nothing, which an optional leaf may be, is no value.
    let not_null = Object::of("not", Object::of("type", text("null")).into_value());
    let mut then = required(setting.leaf.key);
    let there = Object::of(setting.leaf.key, not_null.into_value());
    then.set("properties", there.into_value());
    object.set("then", then.into_value());
    Some(object.into_value())
}

fn leaf(setting: &Setting) -> Object {
    let leaf = setting.leaf;
    let mut object = Object::of("title", text(title(leaf.key)));
    let mut description = leaf.doc.trim().to_owned();
    let is_duration = matches!(setting.kind, Kind::Duration);
    // Of a length of time, keywords bound only what is written as whole seconds.
    let unsaid = |rule: &&Rule| match rule {
        Rule::Pattern(pattern) => !is_shared(pattern),
        Rule::Range(_) => is_duration,
        _ => false,
    };
    let mut unsaid: Vec<String> = leaf
        .rules
        .iter()
        .filter(unsaid)
        .map(|rule| format!("Must be {rule}."))
        .collect();
    match (leaf.expects, &setting.kind) {
        (Some(expects), _) => unsaid.push(format!("Must be {expects}.")),
        (None, Kind::Parsed(words)) => unsaid.push(format!("Must be {words}.")),
        _ => {}
    }
    unsaid.extend(phrases::condition(setting).map(|words| format!("This is {words}.")));
    unsaid.extend(leaf.deprecated.map(|why| format!("Deprecated: {why}.")));
    for words in unsaid {
        if !description.is_empty() {
            description.push('\n');
        }
        description.push_str(&words);
    }
    if !description.is_empty() {
        object.set("description", text(description));
    }
    object.0.extend(of_kind(&setting.kind, leaf.rules).0);
    if leaf.optional {
        object.or_null();
    }
    let value = |text: &str| DocValue::read(&setting.kind, text, leaf.separator);
    if let Some(default) = setting.default_text() {
        object.set("default", value(default));
    }
    if let (Some(example), false) = (leaf.example, setting.masked) {
        object.set("examples", DocValue::List(vec![value(example)]));
    }
    if leaf.deprecated.is_some() {
        object.set("deprecated", DocValue::Bool(true));
    }
    if setting.masked {
        object.set("writeOnly", DocValue::Bool(true));
    }
    object
}

fn of_kind(kind: &Kind, rules: &[Rule]) -> Object {
    let mut object = Object::default();
    let mut kind_is = |name: &str| object.set("type", text(name));
    match kind {
        Kind::Bool => kind_is("boolean"),
        Kind::Integer { min, max } => {
            kind_is("integer");
            integer(&mut object, *min, *max, rules);
        }
        Kind::Float => {
            kind_is("number");
            float(&mut object, rules);
        }
        Kind::Text | Kind::Parsed(_) | Kind::Bytes => {
            kind_is("string");
            of_text(&mut object, rules);
        }
        Kind::Char => {
            kind_is("string");
            of_text(&mut object, rules);
            object.set("minLength", count(1));
            object.set("maxLength", count(1));
        }
        Kind::Enum(names) => {
            kind_is("string");
            if !names.is_empty() {
                object.set("enum", texts(names));
            }
            of_text(&mut object, rules);
        }
        Kind::Duration => {
            object.set(
                "type",
                DocValue::List(vec![text("string"), text("integer")]),
            );
            object.set("pattern", text(duration::PATTERN));
            object.set("minLength", count(1));
            object.set("minimum", count(0));
            seconds(&mut object, rules);
        }
        Kind::List(element) => {
            kind_is("array");
            object.set("items", of_element(element, rules).into_value());
            lengths(&mut object, rules, "minItems", "maxItems");
        }
        Kind::Tuple(length) => {
            kind_is("array");
            object.set("minItems", count(length));
            object.set("maxItems", count(length));
        }
        Kind::Map(element) => {
            kind_is("object");
            object.set(
                "additionalProperties",
                of_element(element, rules).into_value(),
            );
            lengths(&mut object, rules, "minProperties", "maxProperties");
        }
        Kind::Struct(_) => kind_is("object"),
        Kind::Any | Kind::Unit | Kind::Unknown => {}
    }
    object
}

/// A length means the whole list or map, every other rule each element.
fn of_element(kind: &Kind, rules: &[Rule]) -> Object {
    let is_for_each = |rule: &&Rule| !matches!(rule, Rule::Length { .. });
    let rules: Vec<Rule> = rules.iter().filter(is_for_each).copied().collect();
    of_kind(kind, &rules)
}

fn integer(object: &mut Object, mut min: i128, max: u128, rules: &[Rule]) {
    let mut digits = max.to_string();
    let mut max = i128::try_from(max).unwrap_or(i128::MAX);
    for range in ranges(rules) {
        if let Bound::Int(bound) = range.min {
            min = min.max(bound);
        }
        if let Bound::Int(bound) = range.max {
            let bound = bound.saturating_sub(i128::from(!range.inclusive));
            if bound < max {
                max = bound;
                digits = bound.to_string();
            }
        }
    }
    object.set("minimum", count(min));
    object.set("maximum", DocValue::Number(digits));
}

fn float(object: &mut Object, rules: &[Rule]) {
    let number = |bound| match bound {
        Bound::Int(bound) => Some(DocValue::Number(bound.to_string())),
        Bound::Uint(bound) => Some(DocValue::Number(bound.to_string())),
        Bound::Float(bound) => Some(DocValue::Number(format!("{bound:?}"))),
        Bound::None | Bound::Text(_) => None,
    };
    for range in ranges(rules) {
        if let Some(min) = number(range.min) {
            object.set("minimum", min);
        }
        if let Some(max) = number(range.max) {
            let keyword = if range.inclusive {
                "maximum"
            } else {
                "exclusiveMaximum"
            };
            object.set(keyword, max);
        }
    }
}

/// The bounds of a duration, for those that are written as whole seconds.
fn seconds(object: &mut Object, rules: &[Rule]) {
    let read = |bound| match bound {
        Bound::Text(text) => duration::parse(text),
        _ => None,
    };
    for range in ranges(rules) {
        if let Some(min) = read(range.min) {
            let whole = min.as_secs() + u64::from(min.subsec_nanos() > 0);
            object.set("minimum", count(whole));
        }
        if let Some(max) = read(range.max) {
            let keyword = match (range.inclusive, max.subsec_nanos()) {
                (false, 0) => "exclusiveMaximum",
                _ => "maximum",
            };
            object.set(keyword, count(max.as_secs()));
        }
    }
}

fn of_text(object: &mut Object, rules: &[Rule]) {
    lengths(object, rules, "minLength", "maxLength");
    for rule in rules {
        match rule {
            Rule::OneOf(names) => object.set("enum", texts(names)),
            Rule::Pattern(pattern) => match pattern.as_literals() {
                Some(literals) => object.set("enum", texts(literals)),
                None if is_shared(pattern) => object.set("pattern", text(pattern.as_str())),
                None => {}
            },
            Rule::Range(_) | Rule::Length { .. } => {}
        }
    }
}

fn lengths(object: &mut Object, rules: &[Rule], least: &str, most: &str) {
    for rule in rules {
        if let Rule::Length { min, max } = rule {
            for (keyword, bound) in [(least, min), (most, max)] {
                if let Some(bound) = bound {
                    object.set(keyword, count(bound));
                }
            }
        }
    }
}

/// Whether a pattern means the same to JSON Schema, whose expressions are those of ECMAScript.
fn is_shared(pattern: &Pattern) -> bool {
    const OURS: [&str; 14] = [
        "(?", r"\A", r"\z", r"\a", r"\x{", r"\u", r"\U", r"\p", r"\P", r"\<", r"\>", r"\h", "[[",
        "&&",
    ];
    let text = pattern.as_str().replace("(?:", "(");
    pattern.as_literals().is_some() || !OURS.iter().any(|ours| text.contains(ours))
}

fn ranges(rules: &[Rule]) -> impl Iterator<Item = &Range> {
    rules.iter().filter_map(|rule| match rule {
        Rule::Range(range) => Some(range),
        _ => None,
    })
}

/// `db_pool_size` as `Db pool size`.
fn title(key: &str) -> String {
    let words = key.replace(['_', '-', '.'], " ");
    let mut letters = words.trim().chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn text(text: impl Into<String>) -> DocValue {
    DocValue::Text(text.into())
}

fn texts(texts: &[&str]) -> DocValue {
    DocValue::List(texts.iter().map(|each| text(*each)).collect())
}

fn count(count: impl Display) -> DocValue {
    DocValue::Number(count.to_string())
}
