//! The schema of a setting: its kind and its rules as keywords.

use super::object::{Object, count, text, texts, title};
use crate::{
    docs::{default::DocDefault, outline::Setting, phrases, value::DocValue},
    schema::{Bound, Kind, Pattern, Range, Rule},
};
use settings_syntax::duration;
use std::time::Duration;

/// The schema of one setting.
pub(super) fn setting_schema(setting: &Setting) -> Object {
    let leaf = setting.leaf;
    let mut object = Object::of("title", text(title(leaf.key)));
    let mut description = leaf.doc.trim().to_owned();
    let is_duration = matches!(setting.kind, Kind::Duration);
    // The keywords for numbers do not bound durations with units.
    let is_in_words = |rule: &&Rule| match rule {
        Rule::Pattern(pattern) => !is_shared(pattern),
        Rule::Range(_) => is_duration,
        Rule::OneOf(_) | Rule::Length { .. } => false,
    };
    let mut sentences: Vec<String> = leaf
        .rules
        .iter()
        .filter(is_in_words)
        .map(|rule| format!("Must be {rule}."))
        .collect();
    match (leaf.expects, &setting.kind) {
        (Some(expects), _) => sentences.push(format!("Must be {expects}.")),
        (None, Kind::Parsed(words)) => sentences.push(format!("Must be {words}.")),
        _ => {}
    }
    sentences.extend(phrases::condition(setting).map(|words| format!("This is {words}.")));
    sentences.extend(phrases::across(&setting.rules).map(|words| sentence(&words)));
    sentences.extend(setting.conditional.iter().map(|words| sentence(words)));
    if let DocDefault::From(keys) = setting.default {
        sentences.push(format!("By default computed from {}.", keys.join(", ")));
    }
    sentences.extend(leaf.deprecated.map(|why| format!("Deprecated: {why}.")));
    for sentence in sentences {
        if !description.is_empty() {
            description.push('\n');
        }
        description.push_str(&sentence);
    }
    if !description.is_empty() {
        object.set("description", text(description));
    }
    let unit = leaf
        .unit
        .and_then(|unit| duration::parse(&format!("1{unit}")));
    object.extend(of_kind(
        &setting.kind,
        &Inner {
            carries_data: setting.carries_data,
            scalars: &setting.scalars,
            options: setting.options,
            unit: unit.unwrap_or(Duration::from_secs(1)),
        },
        leaf.rules,
    ));
    if leaf.parses {
        accept_scalars(&mut object, leaf.rules);
    }
    // `null` is no value.
    if !setting.is_required() {
        object.or_null();
    }
    let value = |text: &str| DocValue::read(&setting.kind, text, leaf.separator);
    if let Some(default) = setting.default_text() {
        object.set("default", value(default));
    }
    if let Some(example) = leaf.example {
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

fn sentence(words: &str) -> String {
    let (first, rest) = words.split_at(words.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}.", first.to_uppercase())
}

/// Accepts the scalars of a file, which a function of the program receives as text.
fn accept_scalars(object: &mut Object, rules: &[Rule]) {
    object.set("type", texts(&["string", "number", "boolean"]));
    let words: Vec<&str> = rules
        .iter()
        .filter_map(|rule| match rule {
            Rule::OneOf(words) => Some(*words),
            Rule::Pattern(pattern) => pattern.as_literals(),
            Rule::Range(_) | Rule::Length { .. } => None,
        })
        .flatten()
        .copied()
        .collect();
    if !words.is_empty() {
        let number = Kind::Float;
        let as_scalar = |kind: &Kind, word: &str| match DocValue::read(kind, word, None) {
            DocValue::Text(_) => None,
            scalar => Some(scalar),
        };
        let scalars = words.iter().flat_map(|word| {
            [
                as_scalar(&number, word),
                matches!(*word, "true" | "false").then(|| DocValue::Bool(*word == "true")),
            ]
        });
        let texts = words.iter().map(|word| text(*word));
        object.set(
            "enum",
            DocValue::List(texts.chain(scalars.flatten()).collect()),
        );
    }
}

/// Facts of the innermost type of a kind.
#[derive(Clone, Copy)]
struct Inner<'s> {
    /// Whether a variant of the innermost enum carries data.
    carries_data: bool,
    /// The bools and numbers that are names of this enum.
    scalars: &'s [DocValue],
    /// Bit `n` is set if elements inside `n` lists and maps may be `null`.
    options: u32,
    /// What a plain number means, if the innermost type is a duration.
    unit: Duration,
}

impl Inner<'_> {
    /// The names of an enum, and the scalars that are names of it.
    fn names_and_scalars(&self, names: &[&str]) -> DocValue {
        let names = names.iter().map(|name| text(*name));
        DocValue::List(names.chain(self.scalars.iter().cloned()).collect())
    }
}

fn of_kind(kind: &Kind, inner: &Inner<'_>, rules: &[Rule]) -> Object {
    let mut object = Object::default();
    let mut kind_is = |name: &str| object.set("type", text(name));
    // A file may write a list or map as text: `a, b`, `k=v, k=v`.
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
        Kind::Enum(names) if inner.carries_data => {
            let name = Object::of("enum", inner.names_and_scalars(names)).into_value();
            // `{"variant": data}`
            let mut variant = Object::of("type", text("object"));
            variant.set("minProperties", count(1));
            variant.set("maxProperties", count(1));
            let names = Object::of("enum", texts(names)).into_value();
            variant.set("propertyNames", names);
            let forms = vec![name, variant.into_value()];
            object.set("anyOf", DocValue::List(forms));
        }
        Kind::Enum(names) => {
            let is_bool = |scalar: &DocValue| matches!(scalar, DocValue::Bool(_));
            let number = inner.scalars.iter().any(|scalar| !is_bool(scalar));
            let bool = inner.scalars.iter().any(is_bool);
            let types = [("string", true), ("boolean", bool), ("number", number)];
            let types = types.into_iter().filter(|(_, accepted)| *accepted);
            let types: Vec<_> = types.map(|(name, _)| text(name)).collect();
            match types.as_slice() {
                [only] => object.set("type", only.clone()),
                _ => object.set("type", DocValue::List(types)),
            }
            if !names.is_empty() {
                object.set("enum", inner.names_and_scalars(names));
            }
            of_text(&mut object, rules);
        }
        Kind::Duration => {
            object.set("type", DocValue::List(vec![text("string"), text("number")]));
            object.set("pattern", text(duration::PATTERN));
            object.set("minLength", count(1));
            object.set("minimum", count(0));
            durations(&mut object, rules, inner.unit);
        }
        Kind::List(element) => {
            let scalar = match **element {
                Kind::Integer { .. } => Some("integer"),
                Kind::Float | Kind::Duration => Some("number"),
                Kind::Bool => Some("boolean"),
                _ => None,
            };
            let types = ["array", "string"].into_iter().chain(scalar);
            object.set("type", DocValue::List(types.map(text).collect()));
            object.set("items", of_element(element, inner, rules).into_value());
            lengths(&mut object, rules, "minItems", "maxItems");
        }
        Kind::Tuple(length) => {
            object.set("type", texts(&["array", "string"]));
            object.set("minItems", count(length));
            object.set("maxItems", count(length));
        }
        Kind::Map(element) => {
            object.set("type", texts(&["object", "string"]));
            object.set(
                "additionalProperties",
                of_element(element, inner, rules).into_value(),
            );
            lengths(&mut object, rules, "minProperties", "maxProperties");
        }
        Kind::Struct(_) => kind_is("object"),
        Kind::Any | Kind::Unit | Kind::Unknown => {}
    }
    object
}

/// The schema of an element. A length concerns the whole list or map, every other rule each element.
fn of_element(kind: &Kind, inner: &Inner<'_>, rules: &[Rule]) -> Object {
    let is_for_each = |rule: &&Rule| !matches!(rule, Rule::Length { .. });
    let rules: Vec<Rule> = rules.iter().filter(is_for_each).copied().collect();
    let inner = Inner {
        options: inner.options >> 1,
        ..*inner
    };
    let mut object = of_kind(kind, &inner, &rules);
    if inner.options & 1 == 1 {
        object.or_null();
    }
    object
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

/// The bounds of a duration that is written as a number of units.
fn durations(object: &mut Object, rules: &[Rule], unit: Duration) {
    let units = |bound| match bound {
        Bound::Text(text) => duration::parse(text).map(|bound| count(bound.div_duration_f64(unit))),
        _ => None,
    };
    for range in ranges(rules) {
        if let Some(min) = units(range.min) {
            object.set("minimum", min);
        }
        if let Some(max) = units(range.max) {
            let keyword = if range.inclusive {
                "maximum"
            } else {
                "exclusiveMaximum"
            };
            object.set(keyword, max);
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
