//! Help lines of problems: how to set a setting, and how to correct its value.

use super::{Assembler, across::origin_name};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, Sight},
        redact,
        source_report::{SourceReport, SourceStatus},
    },
    resolve,
    schema::{DefaultValue, Kind, Leaf, Rule, variants::EnumNames},
};
use std::borrow::Cow;

impl Assembler<'_> {
    /// Adds the help for a value that no source has.
    pub(super) fn with_missing_help(
        &mut self,
        at: usize,
        leaf: &Leaf,
        problem: Problem,
    ) -> Problem {
        let help = self.misspelled_name_of(at);
        let mut problem = problem.with_help(help.unwrap_or_else(|| self.how_to_set(at)));
        if let Some(sentence) = first_sentence(leaf.doc) {
            problem = problem.with_note(sentence);
        }
        self.with_unread_source(problem)
    }

    /// The question whether a name that is set was meant to set this setting.
    pub(super) fn misspelled_name_of(&mut self, at: usize) -> Option<String> {
        let variable = self.cursor.shell_variable(at);
        let key = self.cursor.key(at);
        let near = variable.and_then(|variable| {
            let prefix = self.cursor.layout.schema.prefix;
            let near = resolve::near_variable(prefix, &variable, self.context.names)?;
            Some((near, variable))
        });
        if let Some((near, variable)) = near {
            self.resolved.reported_names.push(near.to_owned());
            let near = redact::escape_truncated(near);
            return Some(format!("{near} is set: did you mean {variable}?"));
        }
        for meant in [&self.cursor.setter(at), &key] {
            if let Some(near) = resolve::near_in_element(meant, &self.resolved.unknown_names) {
                self.resolved.reported_names.push(near.identity());
                let near = redact::escape_truncated(&near.name);
                return Some(format!("{near} is set: did you mean {meant}?"));
            }
        }
        let inside = self.cursor.layout.key_of(at);
        if let Some(near) = resolve::near_in_table(inside, &self.resolved.unknown_names) {
            let (name, origin) = (redact::escape_truncated(&near.name), &near.origin);
            let holder = match origin.layer() {
                Layer::Set => origin_name(origin),
                _ => origin.to_string(),
            };
            let help = format!("{name} is set in {holder}: did you mean {key}?");
            self.resolved.reported_names.push(near.identity());
            return Some(help);
        }
        let variable = self.cursor.shell_variable(at);
        let file =
            resolve::near_secret_file(&key, variable.as_deref(), &self.resolved.unknown_names);
        if let Some(file) = file {
            return Some(format!("{} is not read: did you mean {key}?", file.origin));
        }
        let near = resolve::near_key(&key, &self.resolved.unknown_names)?;
        let (name, origin) = (redact::escape_truncated(&near.name), &near.origin);
        let help = format!("{name} is set in {origin}: did you mean {key}?");
        self.resolved.reported_names.push(near.identity());
        Some(help)
    }

    /// Adds the source that could not be read, and may define what is missing.
    pub(super) fn with_unread_source(&self, problem: Problem) -> Problem {
        match self.context.unread {
            Some(file) => problem.with_note(format!(
                "it may be defined in {file}, which could not be read"
            )),
            None => problem,
        }
    }

    /// The alternative for a missing setting of an optional group: to remove the settings that make the group present.
    pub(super) fn how_to_omit_group(&self) -> Option<String> {
        let at = self.optional?;
        let key = self.cursor.layout.groups[at].nested?.key;
        let (sources, cause) = match self.origins_in_group(at)[..] {
            [] => return None,
            [one] => (origin_name(one), format!("{} is set", origin_name(one))),
            [one, other] => (
                format!("{} and {}", origin_name(one), origin_name(other)),
                "they are set".to_owned(),
            ),
            [one, ref others @ ..] => (
                format!("{} and {} others", origin_name(one), others.len()),
                "they are set".to_owned(),
            ),
        };
        Some(format!(
            "or remove {sources}: `{key}` is only required because {cause}"
        ))
    }

    /// Instructions to set a setting that has no value.
    pub(super) fn how_to_set(&self, at: usize) -> String {
        let setter = self.cursor.setter(at);
        let Some(leaf) = self.cursor.layout.leaf(at) else {
            return format!("set {setter}");
        };
        let mut value = wanted(leaf);
        if let Some(example) = self.example(at, leaf) {
            value = format!("{value}, such as {example}");
        }
        let in_file = self.declared_file().map(|file| (self.cursor.key(at), file));
        match in_file {
            _ if leaf.has_file_variable() && self.cursor.element_key().is_empty() => format!(
                "set {setter} to {value}, or {setter}_FILE to the name of a file that contains it"
            ),
            Some((key, file)) if self.sight(at, leaf) == Sight::Shown => {
                let key = match self.cursor.shell_variable(at) {
                    Some(_) => format!("{key} "),
                    None => String::new(),
                };
                format!("set {setter}, or {key}in {file}, to {value}")
            }
            _ => format!("set {setter} to {value}"),
        }
    }

    fn example(&self, at: usize, leaf: &Leaf) -> Option<&'static str> {
        leaf.example
            .filter(|_| self.sight(at, leaf) == Sight::Shown)
    }

    /// The highest structured file that was found.
    fn declared_file(&self) -> Option<Cow<'_, str>> {
        let found = self
            .context
            .looked
            .iter()
            .rev()
            .find(|each| each.layer == Layer::File && each.status == SourceStatus::Read);
        found.map(SourceReport::full_name)
    }

    /// Adds the help for a value that is invalid.
    pub(super) fn with_correction(
        &self,
        problem: Problem,
        origin: &Origin,
        at: usize,
        leaf: &Leaf,
    ) -> Problem {
        let setter = self.cursor.setter(at);
        let name = origin.name().unwrap_or("it");
        let name = redact::escape_truncated(name);
        let otherwise = otherwise(leaf, self.cursor.layout.key_of(at));
        let or = |how: &str| {
            let example = self.example(at, leaf);
            let example = example.map(|example| format!(", such as {example}"));
            let example = example.unwrap_or_default();
            match &otherwise {
                Some(otherwise) => format!("{example}, or {how} for {otherwise}"),
                // Whether `required_if` requires it is not known yet.
                None if leaf.optional && leaf.required_if.is_none() => {
                    format!("{example}, or {how}, as it is optional")
                }
                None => example,
            }
        };
        problem.with_help(match origin.layer() {
            Layer::Default if origin.is_computed() => {
                format!("set {setter}, or correct the settings from which its default is computed")
            }
            Layer::Default => "correct the default in the program".to_owned(),
            Layer::Set => "correct what the program sets".to_owned(),
            Layer::Environment | Layer::EnvFile | Layer::File if origin.names_file() => {
                "correct the content of that file".to_owned()
            }
            Layer::Environment => format!("correct {name}{}", or("unset it")),
            Layer::Argument => format!("correct {name}{}", or("leave it out")),
            Layer::EnvFile => format!("correct {name} there{}", or("remove it")),
            Layer::SecretsDir => {
                format!("correct the content of that file, or set {setter}, which overrides it")
            }
            Layer::File | Layer::Provider | Layer::Store => {
                format!("correct {name} there, or set {setter}, which overrides it")
            }
        })
    }
}

/// The values that a setting takes, by its rules or else by its type.
fn wanted(leaf: &Leaf) -> String {
    if let Some(expects) = leaf.expects {
        return expects.to_owned();
    }
    let kind = leaf.kind();
    let rule = leaf.rules.iter().find(|rule| match rule {
        Rule::OneOf(_) | Rule::Range(_) => true,
        Rule::Pattern(pattern) => pattern.as_literals().is_some(),
        Rule::Length { .. } => kind.is_text(),
    });
    match (rule, &kind) {
        (Some(rule @ Rule::Length { .. }), kind) => format!("{kind} of {rule}"),
        (Some(Rule::Range(_)), _) => in_range(leaf).unwrap_or_else(|| kind.to_string()),
        (Some(rule), kind) if !kind.is_compound() => rule.to_string(),
        (_, Kind::Any | Kind::Unknown | Kind::Unit) => "a value".to_owned(),
        (_, Kind::Enum(names)) if !names.is_empty() => EnumNames::in_words(leaf, names),
        (_, kind) => kind.to_string(),
    }
}

/// The numbers or durations within the range of a setting.
pub(super) fn in_range(leaf: &Leaf) -> Option<String> {
    let mut rules = leaf.rules.iter();
    let range = rules
        .find(|rule| matches!(rule, Rule::Range(_)))?
        .to_string();
    match leaf.kind() {
        Kind::Integer { .. } => Some(range.replacen("a value", "a whole number", 1)),
        Kind::Float => Some(range.replacen("a value", "a number", 1)),
        Kind::Duration => Some(range),
        _ => None,
    }
}

/// The default that applies without the present value.
fn otherwise(leaf: &Leaf, key: &str) -> Option<Cow<'static, str>> {
    const LONG: usize = 40;
    let plain = |text: &str| {
        !text.is_empty() && text.len() <= LONG && !text.contains(|ch: char| ch.is_control())
    };
    let literal = |text: &str| {
        let text = text.trim_matches('"');
        text.chars()
            .all(|ch| ch.is_alphanumeric() || matches!(ch, '_' | '-' | '.' | ' ' | '/' | ':'))
    };
    match leaf.default {
        DefaultValue::Text(text) if plain(text) && leaf.shows_default(key) => {
            Some(format!("the default, {}", redact::mask_urls(text)).into())
        }
        DefaultValue::Expression(text)
            if plain(text) && literal(text) && leaf.shows_default(key) =>
        {
            Some(format!("the default, {}", text.trim_matches('"')).into())
        }
        DefaultValue::Text(_)
        | DefaultValue::Expression(_)
        | DefaultValue::Function(_)
        | DefaultValue::From(_) => Some("its default".into()),
        DefaultValue::None => None,
    }
}

/// The first sentence of a setting's documentation.
fn first_sentence(doc: &str) -> Option<String> {
    let paragraph = doc.split("\n\n").next()?.replace('\n', " ");
    let mut ends = paragraph.match_indices(". ").map(|(at, _)| at);
    let end = ends.find(|at| ends_sentence(&paragraph[..*at], &paragraph[at + 2..]));
    let sentence = &paragraph[..end.unwrap_or(paragraph.len())];
    let sentence = sentence.trim().trim_end_matches('.');
    (!sentence.is_empty()).then(|| redact::escape_truncated(sentence).to_string())
}

/// Whether a full stop between two texts ends a sentence, and not only an abbreviation.
fn ends_sentence(before: &str, after: &str) -> bool {
    const ABBREVIATIONS: [&str; 9] = [
        "approx", "ca", "cf", "excl", "fig", "incl", "resp", "vs", "viz",
    ];
    let word = before.rsplit([' ', '(']).next().unwrap_or_default();
    // Such as `e.g`.
    let is_initials = word
        .split('.')
        .all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic));
    let is_abbreviated = is_initials || ABBREVIATIONS.contains(&word.to_ascii_lowercase().as_str());
    let goes_on = after.trim_start().starts_with(char::is_lowercase);
    !is_abbreviated && !goes_on
}

#[cfg(test)]
mod tests {
    use super::first_sentence;

    #[test]
    fn a_note_ends_at_a_sentence_and_not_at_an_abbreviation() {
        for (doc, note) in [
            ("Where to listen. More.", "Where to listen"),
            ("A host, e.g. Example. More.", "A host, e.g. Example"),
            ("A host (i.e. a name). More.", "A host (i.e. a name)"),
            (
                "Hosts, ports etc. of peers. More.",
                "Hosts, ports etc. of peers",
            ),
            ("Sizes, vs. Limits. More.", "Sizes, vs. Limits"),
            ("Plan B. Option. More.", "Plan B. Option"),
            ("Two\nlines. More.", "Two lines"),
            ("Version 1.2. More.", "Version 1.2"),
            ("One.\n\nTwo.", "One"),
        ] {
            assert_eq!(first_sentence(doc).as_deref(), Some(note), "{doc}");
        }
    }
}
