//! Phrases that describe a setting or a group.

use super::{
    default::DocDefault,
    outline::{GroupOutline, Outline, Setting, TagValue},
};
use crate::schema::{GroupRule, Rule, Shape, SourceDecl, SourceKind, element};

/// The rules of a setting; `code` marks what is code.
pub(super) fn rules(setting: &Setting, code: fn(&str) -> String) -> Vec<String> {
    let unit = if setting.kind.element().is_some() {
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
        match setting.kind.element() {
            Some(_) => format!("each element {words}"),
            None => words,
        }
    };
    let mut rules: Vec<String> = setting.leaf.rules.iter().map(rule).collect();
    if let Some(separator) = setting.leaf.separator {
        let words = match separator_word(separator) {
            Some(word) => word.to_owned(),
            None => code(separator),
        };
        rules.push(format!("separated by {words} in text"));
    }
    if let Some(unit) = setting.leaf.unit {
        rules.push(format!("a plain number is in {unit}"));
    }
    if setting.leaf.allow_empty {
        rules.push("may be empty".to_owned());
    }
    rules
}

/// The word for a separator that is white space.
pub(crate) fn separator_word(separator: &str) -> Option<&'static str> {
    match separator {
        " " => Some("a space"),
        "\t" => Some("a tab"),
        "\n" => Some("a line break"),
        _ => None,
    }
}

/// The condition under which another setting makes it required.
pub(super) fn condition(setting: &Setting) -> Option<String> {
    let condition = setting.leaf.required_if?;
    Some(format!(
        "required if {} is {}",
        condition.key, condition.text
    ))
}

/// The variant of an enum to which a setting belongs.
fn variant(setting: &Setting) -> Option<String> {
    let value = setting.condition.as_ref()?;
    let others = setting.also_in.iter().map(|variant| variant.name);
    let names: Vec<&str> = std::iter::once(value.variant.name).chain(others).collect();
    let names = match names.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        names => names.concat(),
    };
    Some(format!("if {} is {names}", value.key))
}

/// The variant of an enum to which a setting belongs, as a remark; empty for other settings.
pub(super) fn only(setting: &Setting) -> String {
    variant(setting).map_or_else(String::new, |condition| format!("only {condition}"))
}

/// The rules across settings that name it.
pub(super) fn across(rules: &[GroupRule]) -> impl Iterator<Item = String> + '_ {
    rules.iter().map(GroupRule::to_string)
}

/// The key that chooses a variant, and the value for it.
pub(super) fn choice(value: &TagValue, variant: &GroupOutline) -> (String, String) {
    match &variant.value {
        Some(setting) => (setting.key.clone(), setting.kind_words()),
        None => (value.key.clone(), value.variant.name.to_owned()),
    }
}

/// The default, if it is not shown as a value.
pub(super) fn other_default(setting: &Setting) -> Option<String> {
    match setting.default {
        DocDefault::From(keys) => Some(format!("default: computed from {}", keys.join(", "))),
        DocDefault::Expression(source) => Some(format!("default: {source}")),
        DocDefault::Function(path) => Some(format!("default: computed by {path}")),
        DocDefault::Hidden => Some("has a default that is not shown".to_owned()),
        DocDefault::None | DocDefault::Text(_) => None,
    }
}

/// Its other names, and notes.
pub(super) fn notes(setting: &Setting) -> Vec<String> {
    let leaf = setting.leaf;
    let mut notes = Vec::new();
    let current = leaf.aliases.iter().filter(|alias| !alias.deprecated);
    let others = leaf.other_variables(&setting.variable).iter().copied();
    let names = others.chain(current.map(|alias| alias.name));
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
    let choices = setting.variants.iter();
    for (variant, doc) in choices.filter(|(variant, _)| !variant.scalar) {
        let aliases = variant.aliases.iter().map(|alias| format!(", {alias}"));
        let names: String = std::iter::once(variant.name.to_owned())
            .chain(aliases)
            .collect();
        let doc = doc
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .replace('\n', " ");
        let doc = doc.trim().trim_end_matches('.');
        match doc {
            "" if variant.aliases.is_empty() => {}
            "" => notes.push(names),
            doc => notes.push(format!("{names}: {doc}")),
        }
    }
    notes.extend(setting.shorthand.as_ref().map(|(name, other)| match other {
        Some(other) => format!("the value of {name} itself may be one of these names, or {other}"),
        None => format!("the value of {name} itself may be one of these names"),
    }));
    if let Some(why) = leaf.deprecated {
        notes.push(format!("deprecated: {why}"));
    }
    if let Some(example) = leaf.example {
        notes.push(format!("for example {example}"));
    }
    if setting.reloads {
        notes.push("a change takes effect at run time".to_owned());
    }
    notes
}

/// The remark on a setting whose optional group is present exactly if it has a value.
pub(super) const ENABLES: &str = "without it, the others of its group are not used";

/// One line with all of these.
pub(super) fn facts(setting: &Setting) -> String {
    let mut facts = Vec::new();
    if setting.is_required() {
        facts.push(match variant(setting) {
            Some(condition) => format!("required {condition}"),
            None if setting.in_optional => "required in its group".to_owned(),
            None => "required".to_owned(),
        });
    } else if setting.condition.is_some() {
        facts.push(only(setting));
    }
    if setting.enables_group {
        facts.push(ENABLES.to_owned());
    }
    facts.extend(condition(setting));
    facts.extend(across(&setting.rules));
    if setting.masked {
        facts.push("secret".to_owned());
    }
    facts.push(setting.kind_words());
    facts.extend(rules(setting, str::to_owned));
    facts.extend(other_default(setting));
    facts.extend(setting.conditional.iter().cloned());
    facts.extend(notes(setting));
    facts.join("; ")
}

/// The shape of a group that is not exactly one, and the rules that name it.
pub(super) fn shape(group: &GroupOutline) -> Option<String> {
    let shape = match group.shape() {
        _ if group.condition.is_some() => return None,
        Shape::One => return None,
        Shape::Optional => match group.nested.and_then(|nested| nested.present_if) {
            Some(setting) => format!("optional: present if {}.{setting} is set", group.key),
            None => "optional: absent unless one of its settings is set".to_owned(),
        },
        Shape::List | Shape::Map => element::describe(&group.shapes, ""),
    };
    let words = [shape].into_iter().chain(across(&group.rules));
    Some(words.collect::<Vec<_>>().join("; "))
}

/// The other names of a group.
pub(super) fn group_names(group: &GroupOutline) -> Option<String> {
    let aliases = group.nested.map_or(&[][..], |nested| nested.aliases);
    let names = |deprecated: bool| {
        let names = aliases
            .iter()
            .filter(|alias| alias.deprecated == deprecated);
        let names: Vec<&str> = names.map(|alias| alias.name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let current = names(false).map(|names| format!("also read as {names}"));
    let old = names(true).map(|names| format!("formerly {names}"));
    let notes: Vec<String> = current.into_iter().chain(old).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// A declared source for documents.
pub(super) struct SourcePhrase {
    /// Its kind in words.
    pub(super) what: &'static str,
    pub(super) path: &'static str,
    /// Its other properties.
    pub(super) notes: Vec<String>,
}

impl SourcePhrase {
    /// The notes in parentheses after a space.
    pub(super) fn remark(&self) -> String {
        if self.notes.is_empty() {
            String::new()
        } else {
            format!(" ({})", self.notes.join("; "))
        }
    }
}

/// The declared sources, lowest first.
pub(super) fn sources(outline: &Outline) -> Vec<SourcePhrase> {
    let of = |kinds: &'static [SourceKind], what| {
        let declared = outline.schema.sources.iter();
        declared
            .filter(|source| kinds.contains(&source.kind))
            .map(move |source| SourcePhrase {
                what,
                path: source.path,
                notes: source_notes(source),
            })
    };
    of(&[SourceKind::File], "file")
        .chain(of(&[SourceKind::EnvFile, SourceKind::Dotenvy], ".env file"))
        .chain(of(&[SourceKind::SecretsDir], "secrets directory"))
        .map(|mut source| {
            if source.path.contains('*') && source.what == "file" {
                source.what = "files";
            }
            source
        })
        .collect()
}

fn source_notes(source: &SourceDecl) -> Vec<String> {
    let mut notes = Vec::new();
    let format = source.format();
    notes.extend(format.map(|format| format!("in {}", format!("{format:?}").to_uppercase())));
    notes.extend(source.section.map(|table| format!("the table {table}")));
    if source.interpolated {
        notes.push("with references to environment variables".to_owned());
    }
    if let Some(condition) = source.only {
        let texts = condition.texts.join(" or ");
        notes.push(format!("only if {} is {texts}", condition.key));
    }
    notes
}
