//! Explanation of one setting: documentation, rules, names, its value, and the value of each layer.

mod group;
mod layers;
mod subject;

use self::subject::VariantOf;
pub(crate) use self::{
    group::{group_page, row_of_absent_element, row_of_other_variant},
    subject::Subject,
};

use self::layers::{is_joined, layers};
use crate::{
    build::{
        rows::{Row, Shows},
        secret_sources,
    },
    docs::{DocDefault, separator_word},
    error::{
        origin::Layer,
        style::{Look, columns},
    },
    schema::{
        Condition, DefaultValue, Field, Group, Kind, Leaf, Nested, Shape, layout::Layout, reload,
    },
    value::path::Segment,
    view::inspect::Inspection,
};
use std::fmt::Write;

/// Renders the explanation of a setting or derived property.
pub(crate) fn render(
    subject: &Subject<'_>,
    layout: &'static Layout,
    load: &Inspection,
    look: Look,
) -> String {
    let mut out = String::new();
    match *subject {
        Subject::Derived(derived, row) => {
            title(&mut out, &row.key, derived.doc, look);
            let mut facts = FactList::new(look);
            facts.add("type", derived.type_name);
            facts.add("value", &row.value.to_string());
            facts.add("from", "derived from the settings, at each call");
            facts.write(&mut out);
        }
        Subject::Setting(leaf, row, ref variant) => {
            title(&mut out, &row.key, leaf.doc, look);
            description(layout, leaf, row, variant.as_ref(), look).write(&mut out);
            out.push('\n');
            names(layout, leaf, row, look).write(&mut out);
            out.push('\n');
            in_force(leaf, row, load, look).write(&mut out);
            out.push('\n');
            layers(&mut out, leaf, row, load, look);
        }
    }
    out
}

fn title(out: &mut String, key: &str, doc: &str, look: Look) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{}\n", look.bold(key));
    for line in doc.trim().lines() {
        let text = format!("  {}", look.wrapped(line.trim(), 2));
        let _ = writeln!(out, "{}", text.trim_end());
    }
    if !doc.trim().is_empty() {
        out.push('\n');
    }
}

/// Type, rules, default and notes.
fn description(
    layout: &'static Layout,
    leaf: &Leaf,
    row: &Row,
    variant: Option<&VariantOf>,
    look: Look,
) -> FactList {
    let mut facts = FactList::new(look);
    let kind = leaf.kind();
    facts.add("type", &format!("{}: {}", leaf.type_name, leaf.expected()));
    if let Some((tag, variant)) = variant {
        facts.add("variant", &format!("only if {tag} is {variant}"));
    }
    for rule in leaf.rules {
        let words = match kind.element() {
            Some(_) => rule.expected("element"),
            None => rule.to_string(),
        };
        facts.add("rule", &words);
    }
    if let Some(separator) = leaf.separator {
        let words = separator_word(separator).unwrap_or(separator);
        facts.add("rule", &format!("in text, separated by {words}"));
    }
    if leaf.allow_empty {
        facts.add("rule", "may be empty");
    }
    let group = layout.schema.root.group_of(leaf);
    let rules = group.map_or(&[][..], |group| group.rules);
    for rule in rules.iter().filter(|rule| rule.names(leaf.key)) {
        facts.add("rule", &rule.to_string());
    }
    if let Some(condition) = leaf.required_if {
        let words = format!("if {} is {}", condition.key, condition.text);
        facts.add("required", &words);
    }
    facts.add("default", &default(leaf, row));
    for (condition, default) in DocDefault::conditional(leaf, &row.key, &kind) {
        let Condition { key, text } = condition;
        facts.add("", &format!("if {key} is {text}: {}", default.in_words()));
    }
    if let Some(example) = leaf.example {
        facts.add("example", example);
    }
    if leaf.is_masked(&row.key) {
        facts.add("secret", "its value is never shown");
        let policy = layout.schema.secrets_from;
        if !policy.is_empty() {
            let words = secret_sources::words(policy);
            facts.add("", &format!("it may only come from {words}"));
        }
    }
    if let Some(why) = leaf.deprecated {
        facts.add("deprecated", why);
    }
    if reload::key_reloads(layout, &row.key) {
        facts.add("reload", "a change takes effect at run time");
    } else if reload::any_reloads(layout) {
        facts.add("reload", "a change takes effect at the next start");
    }
    facts
}

fn default(leaf: &Leaf, row: &Row) -> String {
    match leaf.default {
        DefaultValue::None if leaf.optional => "none: it is optional".to_owned(),
        // Outside an absent optional group, the load would have failed.
        DefaultValue::None if row.value == Shows::Nothing && row.origin.is_none() => {
            "none: it is required in its group".to_owned()
        }
        DefaultValue::None => "none: it is required".to_owned(),
        _ => DocDefault::describe(leaf, &row.key),
    }
}

/// Its canonical name in every kind of source.
fn names(layout: &'static Layout, leaf: &Leaf, row: &Row, look: Look) -> FactList {
    let mut facts = FactList::new(look);
    let is_in_element = !layout.keys().any(|key| key == row.key);
    let variable = row.shell_variable();
    if let Some(variable) = variable {
        let others = leaf.other_variables(variable).iter();
        let variables: Vec<&str> = [variable].into_iter().chain(others.copied()).collect();
        facts.add("environment", &variables.join(", then "));
        facts.add(".env file", &variables.join(", then "));
        if leaf.has_file_variable() && !is_in_element {
            facts.add("", &format!("{variable}_FILE, for a file that contains it"));
        }
        if matches!(leaf.kind(), Kind::Map(_)) {
            facts.add("", &format!("{variable}__KEY, for one of its keys"));
        }
    }
    facts.add("files", &row.key);
    if !is_in_element {
        let joined = row.key.replace('.', "_");
        facts.add("secrets dir", &joined);
        let flag = match leaf.flag {
            _ if leaf.no_flag => format!("--set {}=VALUE", row.key),
            Some(flag) => format!("--{flag}"),
            None => format!("--{}", joined.replace('_', "-")),
        };
        match leaf.short {
            Some(letter) => facts.add("argument", &format!("{flag}, or -{letter}")),
            None => facts.add("argument", &flag),
        }
    } else if let Some(joined) = variable.and_then(|_| {
        let path: Vec<_> = row.path.segments().collect();
        flat_key(layout.schema.root, &path)
    }) {
        facts.add("secrets dir", &joined);
        facts.add("argument", &format!("--{joined}"));
    } else {
        let key = row.key.replace('\'', r"'\''");
        facts.add("argument", &format!("--set '{key}=VALUE'"));
    }
    for alias in leaf.aliases {
        let what = if alias.deprecated { "formerly" } else { "also" };
        facts.add(what, alias.name);
    }
    facts
}

/// The flat key of a setting in an element: `mirrors__0__host`. Only `__` separates an element from what surrounds it.
fn flat_key(group: &Group, path: &[Segment<'_>]) -> Option<String> {
    let [first, rest @ ..] = path else {
        return None;
    };
    let is_first = |key: &str| *first == Segment::Name(key);
    group.fields.iter().find_map(|field| match field {
        Field::Leaf(leaf) => (is_first(leaf.key) && rest.is_empty()).then(|| leaf.key.to_owned()),
        Field::Group(nested) if nested.flatten => flat_key(nested.group, path),
        Field::Group(nested) if is_first(nested.key) => match nested.shape {
            Shape::One | Shape::Optional => {
                Some(format!("{}_{}", nested.key, flat_key(nested.group, rest)?))
            }
            Shape::List | Shape::Map => Some(format!(
                "{}__{}",
                nested.key,
                flat_key_inside(nested, rest)?
            )),
        },
        Field::Group(_) => None,
    })
}

/// The name of an element, and the flat key in it.
fn flat_key_inside(nested: &Nested, path: &[Segment<'_>]) -> Option<String> {
    let (element, rest) = path.split_first()?;
    let element = match element {
        Segment::Name(name) => (*name).to_owned(),
        Segment::Index(nth) => nth.to_string(),
    };
    let rest = match nested.inner() {
        Some(inner) => flat_key_inside(inner, rest)?,
        None => flat_key(nested.group, rest)?,
    };
    Some(format!("{element}__{rest}"))
}

/// The value, the layer that won, and the problems.
fn in_force(leaf: &Leaf, row: &Row, load: &Inspection, look: Look) -> FactList {
    let mut facts = FactList::new(look);
    if row.value != Shows::Invalid {
        facts.add("value", &row.value.to_string());
    }
    match &row.origin {
        Some(_) if is_joined(row, load) => {
            let parts = match leaf.kind() {
                Kind::Map(_) => "keys",
                _ => "elements",
            };
            facts.add(
                "from",
                &format!("several sources, each with {parts} of its own"),
            );
        }
        Some(origin) => {
            facts.add("from", &origin.to_string());
            facts.add("because", reason(origin.layer()));
        }
        None if row.is_adjusted => {}
        None if row.value == Shows::Nothing => facts.add("from", "no source sets it"),
        None => {}
    }
    if row.is_adjusted {
        facts.add("adjusted", "by the program, after it was read");
    }
    for problem in load.problems() {
        let rest = problem.key().and_then(|key| key.strip_prefix(&*row.key));
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.'])) {
            facts.add("problem", &problem.to_string());
            for help in problem.help() {
                facts.add("help", help);
            }
        }
    }
    facts
}

fn reason(layer: Layer) -> &'static str {
    match layer {
        Layer::Default => "no source sets it",
        Layer::File | Layer::Provider | Layer::Store => {
            "no .env file, secrets directory, variable or argument sets it; a later file overrides an earlier one"
        }
        Layer::EnvFile => {
            "no secrets directory, variable or argument sets it; a later .env file overrides an earlier one"
        }
        Layer::SecretsDir => {
            "no variable or argument sets it; a later secrets directory overrides an earlier one"
        }
        Layer::Environment => {
            "the environment overrides files of every kind, and no argument sets it"
        }
        Layer::Argument => "arguments override every other source",
        Layer::Set => "a value that the program sets overrides every source",
    }
}

/// Facts with their names, in two columns.
struct FactList {
    facts: Vec<(&'static str, String)>,
    look: Look,
}

impl FactList {
    fn new(look: Look) -> Self {
        let facts = Vec::new();
        Self { facts, look }
    }

    fn add(&mut self, name: &'static str, text: &str) {
        self.facts.push((name, text.to_owned()));
    }

    fn write(&self, out: &mut String) {
        const NAMES: usize = 13;
        for (name, text) in &self.facts {
            let gap = NAMES - columns(name);
            let text = self.look.wrapped(text, NAMES + 2);
            let text = match *name {
                "problem" => self.look.alarm(&text).into_owned(),
                _ => text,
            };
            // Writing to a string does not fail.
            let _ = writeln!(out, "  {}{:gap$}{text}", self.look.dim(name), "");
        }
    }
}
