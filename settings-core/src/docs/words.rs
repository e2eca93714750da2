//! What documents say of a leaf or group in words.

use super::{
    default::Given,
    outline::{Outline, Row, Section},
};
use crate::{
    error::redact,
    schema::{Kind, Rule, Shape, SourceKind},
};

/// The kind of value it takes.
pub(super) fn kind(row: &Row) -> String {
    if let Some(expects) = row.leaf.expects {
        return expects.to_owned();
    }
    let bounded = row
        .leaf
        .rules
        .iter()
        .any(|rule| matches!(rule, Rule::Range(_)));
    match &row.kind {
        Kind::Integer { .. } if bounded => "a whole number".to_owned(),
        // The bounds of 64 bits tell nobody anything.
        Kind::Integer { min: 0, max } if *max > u128::from(u32::MAX) => {
            "a whole number of at least 0".to_owned()
        }
        Kind::Integer { max, .. } if *max > u128::from(u32::MAX) => "a whole number".to_owned(),
        Kind::Unknown => row.leaf.type_name.to_owned(),
        kind => kind.to_string(),
    }
}

/// What its value must obey; `code` marks what is no word of a sentence.
pub(super) fn rules(row: &Row, code: fn(&str) -> String) -> Vec<String> {
    let unit = if row.kind.element().is_some() {
        "element"
    } else {
        "character"
    };
    let rule = |rule: &Rule| {
        let words = match rule {
            Rule::Length { .. } => return rule.expected(unit),
            Rule::Pattern(pattern) if pattern.as_literals().is_none() => {
                format!("text that matches {}", code(pattern.as_str()))
            }
            rule => rule.to_string(),
        };
        match row.kind.element() {
            Some(_) => format!("each element {words}"),
            None => words,
        }
    };
    let mut rules: Vec<String> = row.leaf.rules.iter().map(rule).collect();
    if let Some(separator) = row.leaf.separator {
        rules.push(format!("separated by {} in text", code(separator)));
    }
    if row.leaf.allow_empty {
        rules.push("may be empty".to_owned());
    }
    rules
}

/// When it must have a value, if some other leaf decides that.
pub(super) fn condition(row: &Row) -> Option<String> {
    let condition = row.leaf.required_if?;
    Some(format!(
        "required if {} is {}",
        condition.key, condition.text
    ))
}

/// The default, where a document can't show it as a value.
pub(super) fn unshown_default(row: &Row) -> Option<String> {
    match row.default {
        Given::Expression(written) => Some(format!("default: {written}")),
        Given::Function(path) => Some(format!("default: computed by {path}")),
        Given::Hidden => Some("has a default, not shown".to_owned()),
        Given::Nothing | Given::Text(_) => None,
    }
}

/// Other names, and other things to know.
pub(super) fn notes(row: &Row) -> Vec<String> {
    let leaf = row.leaf;
    let mut notes = Vec::new();
    let current = leaf.aliases.iter().filter(|alias| !alias.deprecated);
    let names = (leaf.env.iter().skip(1).copied()).chain(current.map(|alias| alias.name));
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        notes.push(format!("also read as {}", names.join(", ")));
    }
    let old: Vec<&str> = leaf
        .aliases
        .iter()
        .filter(|alias| alias.deprecated)
        .map(|alias| alias.name)
        .collect();
    if !old.is_empty() {
        notes.push(format!("formerly {}", old.join(", ")));
    }
    if let Some(why) = leaf.deprecated {
        notes.push(format!("deprecated: {why}"));
    }
    if let Some(example) = leaf.example {
        notes.push(format!("for example {}", redact::mask_urls(example)));
    }
    if row.reloads {
        notes.push("a change takes effect at run time".to_owned());
    }
    notes
}

/// All but its documentation and its default, in one line of a comment.
pub(super) fn facts(row: &Row) -> String {
    let mut facts = Vec::new();
    if row.is_required() {
        let within = if row.dormant { " in its group" } else { "" };
        facts.push(format!("required{within}"));
    }
    facts.extend(condition(row));
    if row.masked {
        facts.push("secret".to_owned());
    }
    facts.push(kind(row));
    facts.extend(rules(row, str::to_owned));
    facts.extend(unshown_default(row));
    facts.extend(notes(row));
    facts.join("; ")
}

/// How many of a group there are, if it is not just one.
pub(super) fn shape(section: &Section) -> Option<&'static str> {
    match section.shape() {
        Shape::One => None,
        Shape::Optional => Some("optional: absent unless one of its settings has a value"),
        Shape::List => Some("a list: [0] stands for each element, 0 in the names of variables"),
        Shape::Map => Some("a map: NAME stands for the name of each entry"),
    }
}

/// The sources that the struct declares, lowest first, with what they are.
pub(super) fn sources(outline: &Outline) -> Vec<(&'static str, &'static str)> {
    let of = |kinds: &'static [SourceKind], what| {
        let declared = outline.schema.sources.iter();
        declared
            .filter(|source| kinds.contains(&source.kind))
            .map(move |source| (what, source.path))
    };
    of(&[SourceKind::File], "file")
        .chain(of(&[SourceKind::EnvFile, SourceKind::Dotenvy], ".env file"))
        .chain(of(&[SourceKind::SecretsDir], "secrets directory"))
        .collect()
}
