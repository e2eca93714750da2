//! What is known of one leaf, what every layer said of it, and who won.

use crate::{
    build::sight,
    error::{
        origin::{Layer, Origin},
        problem::Sight,
        redact,
        source_report::{SourceReport, SourceStatus},
        style::{Look, columns},
    },
    resolve::{Overridden, SlotValue},
    schema::{
        DefaultValue, Derived, Field, Group, Kind, Leaf, Nested, Shape, layout::Layout, reload,
    },
    view::{
        inspect::Inspection,
        rows::{self, Row, Shows},
    },
};
use settings_syntax::name;
use std::fmt::Write;

/// What a key means.
pub(crate) enum Meant<'a> {
    Leaf(&'static Leaf, &'a Row),
    Derived(&'static Derived, &'a Row),
}

impl<'a> Meant<'a> {
    /// What a row stands for.
    pub(crate) fn of(layout: &'static Layout, row: &'a Row) -> Option<Self> {
        if let Some(at) = layout.keys().position(|key| key == row.key)
            && let Some(leaf) = layout.leaf(at)
        {
            return Some(Self::Leaf(leaf, row));
        }
        match found(layout.schema.root, &row.key)? {
            Found::Leaf(leaf) => Some(Self::Leaf(leaf, row)),
            Found::Derived(derived) => Some(Self::Derived(derived, row)),
        }
    }
}

enum Found {
    Leaf(&'static Leaf),
    Derived(&'static Derived),
}

/// The field that a key leads to, elements of lists and maps of groups among its parts.
fn found(group: &'static Group, key: &str) -> Option<Found> {
    if let Some(derived) = group.derived.iter().find(|derived| derived.name == key) {
        return Some(Found::Derived(derived));
    }
    group.fields.iter().find_map(|field| match field {
        Field::Leaf(leaf) => (leaf.key == key).then_some(Found::Leaf(leaf)),
        Field::Group(nested) if nested.flatten => found(nested.group, key),
        Field::Group(nested) => {
            let rest = key.strip_prefix(nested.key)?;
            let rest = match nested.shape {
                Shape::One | Shape::Optional => rest.strip_prefix('.')?,
                Shape::List => rest.strip_prefix('[')?.split_once("].")?.1,
                Shape::Map => rest.strip_prefix('.')?.split_once('.')?.1,
            };
            found(nested.group, rest)
        }
    })
}

/// A row for a leaf inside of an element that no source has brought about yet.
pub(crate) fn unborn(layout: &'static Layout, key: &str) -> Option<Row> {
    (0..layout.leaves.len()).find_map(|at| {
        let Field::Group(nested) = layout.leaves[at].field else {
            return None;
        };
        let rest = key.strip_prefix(layout.key_of(at))?;
        let (element, rest) = match nested.shape {
            Shape::List => rest.strip_prefix('[')?.split_once("].")?,
            _ => rest.strip_prefix('.')?.split_once('.')?,
        };
        let within = Within::element(layout, at, nested, element);
        let mut leaves = Vec::new();
        within.gather(nested.group, &mut leaves);
        let (key, variable) = leaves.into_iter().find(|(leaf, _)| {
            let leaf = leaf.strip_prefix(&within.key);
            leaf.is_some_and(|leaf| name::same(leaf, rest))
        })?;
        Some(Row::of_key(key, variable))
    })
}

/// What is known of a group, a list or a map of groups: its documentation, and its settings with their variables.
pub(crate) fn group_page(key: &str, layout: &'static Layout, rows: &[&Row], look: Look) -> String {
    let group = layout
        .groups
        .iter()
        .enumerate()
        .skip(1)
        .find_map(|(at, each)| {
            let at = u16::try_from(at).ok()?;
            let nested = each.nested.filter(|_| layout.key_of_group(at) == key)?;
            Some((nested, None))
        });
    let several = || {
        let mut leaves = layout.leaves.iter().enumerate();
        leaves.find_map(|(at, leaf)| match leaf.field {
            Field::Group(nested) if layout.key_of(at) == key => Some((nested, Some(at))),
            _ => None,
        })
    };
    let mut out = String::new();
    let mut leaves: Vec<(String, String)> = Vec::new();
    match group.or_else(several) {
        Some((nested, several)) => {
            let docs = [nested.doc, nested.group.doc];
            let docs: Vec<&str> = docs.into_iter().filter(|doc| !doc.is_empty()).collect();
            title(&mut out, key, &docs.join("\n\n"), look);
            let what = match nested.shape {
                Shape::One => "a group of settings",
                Shape::Optional => "a group of settings, absent unless one of them has a value",
                Shape::List => "a list of groups: 0 stands for the number of each",
                Shape::Map => "a map of groups: NAME stands for the name of each",
            };
            let _ = writeln!(out, "  {what}\n");
            if let Some(at) = several {
                let element = if nested.shape == Shape::List {
                    "0"
                } else {
                    "NAME"
                };
                Within::element(layout, at, nested, element).gather(nested.group, &mut leaves);
            }
        }
        None => title(&mut out, key, "", look),
    }
    for row in rows.iter().filter(|row| row.key != key) {
        let variable = row.variable.clone().unwrap_or_default();
        if !leaves.iter().any(|(leaf, _)| *leaf == row.key) {
            leaves.push((row.key.clone(), variable));
        }
    }
    let width = leaves.iter().map(|(key, _)| columns(key)).max();
    let width = width.unwrap_or(0);
    for (key, variable) in leaves {
        let key = redact::escape_line(key);
        let line = format!("  {key:width$}  {}", look.dim(&variable));
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// Where the leaves of an element stand.
struct Within {
    /// What stands before their keys.
    key: String,
    /// What stands before the names of their variables.
    variable: String,
}

impl Within {
    fn element(layout: &'static Layout, at: usize, nested: &Nested, element: &str) -> Self {
        let outer = Self {
            key: String::new(),
            variable: String::new(),
        };
        outer.of(layout.key_of(at), layout.env_of(at), nested.shape, element)
    }

    fn of(&self, key: &str, variable: &str, shape: Shape, element: &str) -> Self {
        let Self {
            key: before,
            variable: outer,
        } = self;
        let key = match shape {
            Shape::List => format!("{before}{key}[{element}]."),
            _ => format!("{before}{key}.{element}."),
        };
        let variable = format!("{outer}{variable}__{element}__");
        Self { key, variable }
    }

    /// The key and the variable of every leaf.
    fn gather(&self, group: &Group, leaves: &mut Vec<(String, String)>) {
        let upper = |key: &str| key.replace(['.', '-'], "_").to_ascii_uppercase();
        for field in group.fields {
            match field {
                Field::Leaf(leaf) => leaves.push((
                    format!("{}{}", self.key, leaf.key),
                    format!("{}{}", self.variable, upper(leaf.key)),
                )),
                Field::Group(nested) if nested.flatten => self.gather(nested.group, leaves),
                Field::Group(nested) => {
                    let inner = match nested.shape {
                        Shape::One | Shape::Optional => Self {
                            key: format!("{}{}.", self.key, nested.key),
                            variable: format!("{}{}_", self.variable, upper(nested.key)),
                        },
                        Shape::List => self.of(nested.key, &upper(nested.key), Shape::List, "0"),
                        Shape::Map => self.of(nested.key, &upper(nested.key), Shape::Map, "NAME"),
                    };
                    inner.gather(nested.group, leaves);
                }
            }
        }
    }
}

/// All that is known of a leaf or derived property.
pub(crate) fn page(
    meant: &Meant<'_>,
    layout: &'static Layout,
    load: &Inspection,
    look: Look,
) -> String {
    let mut out = String::new();
    match *meant {
        Meant::Derived(derived, row) => {
            title(&mut out, &row.key, derived.doc, look);
            let mut facts = Facts::new(look);
            facts.add("type", derived.type_name);
            facts.add("value", &row.value.to_string());
            facts.add("from", "derived from the settings, at each call");
            facts.write(&mut out);
        }
        Meant::Leaf(leaf, row) => {
            title(&mut out, &row.key, leaf.doc, look);
            nature(layout, leaf, row, look).write(&mut out);
            out.push('\n');
            names(layout, leaf, row, look).write(&mut out);
            out.push('\n');
            in_force(row, load, look).write(&mut out);
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

/// What values it takes.
fn nature(layout: &'static Layout, leaf: &Leaf, row: &Row, look: Look) -> Facts {
    let mut facts = Facts::new(look);
    let kind = leaf.kind();
    facts.add("type", &format!("{}: {}", leaf.type_name, leaf.expected()));
    for rule in leaf.rules {
        let words = match kind.element() {
            Some(_) => rule.expected("element"),
            None => rule.to_string(),
        };
        facts.add("rule", &words);
    }
    if let Some(separator) = leaf.separator {
        facts.add("rule", &format!("in text, separated by {separator}"));
    }
    if leaf.allow_empty {
        facts.add("rule", "may be empty");
    }
    if let Some(condition) = leaf.required_if {
        let words = format!("if {} is {}", condition.key, condition.text);
        facts.add("required", &words);
    }
    facts.add("default", &default(leaf, row));
    if let Some(example) = leaf.example
        && !leaf.is_masked(&row.key)
    {
        facts.add("example", &redact::mask_urls(example));
    }
    if leaf.is_masked(&row.key) {
        facts.add("secret", "its value is never shown");
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
        DefaultValue::None if leaf.optional => "none: it may be without a value".to_owned(),
        // A load would have failed.
        DefaultValue::None if row.value == Shows::Nothing && row.origin.is_none() => {
            "none: it is required in its group".to_owned()
        }
        DefaultValue::None => "none: it is required".to_owned(),
        _ if leaf.is_masked(&row.key) => "not shown".to_owned(),
        DefaultValue::Text("") => "the empty text".to_owned(),
        DefaultValue::Text(text) | DefaultValue::Expression(text) => {
            redact::escape_line(redact::mask_urls(text).into_owned())
        }
        DefaultValue::Function(path) => format!("computed by {path}"),
    }
}

/// Its proper name in every kind of source.
fn names(layout: &'static Layout, leaf: &Leaf, row: &Row, look: Look) -> Facts {
    let mut facts = Facts::new(look);
    let is_inside = !layout.keys().any(|key| key == row.key);
    // The key of a map of groups may be none that a variable can have.
    let variable = row.variable.as_deref().filter(|_| row.whole.is_none());
    if let Some(variable) = variable {
        let others = leaf.env.iter().skip(1);
        let variables: Vec<&str> = [variable].into_iter().chain(others.copied()).collect();
        facts.add("environment", &variables.join(", else "));
        facts.add(".env file", &variables.join(", else "));
        if leaf.has_file_variable() && !is_inside {
            facts.add("", &format!("{variable}_FILE, for a file that holds it"));
        }
        if matches!(leaf.kind(), Kind::Map(_)) {
            facts.add("", &format!("{variable}__KEY, for one of its keys"));
        }
    }
    facts.add("files", &row.key);
    if !is_inside {
        let joined = row.key.replace('.', "_");
        facts.add("secrets dir", &joined);
        facts.add("argument", &format!("--{}", joined.replace('_', "-")));
    } else if let Some(joined) = variable.and_then(|variable| joined_inside(layout, variable)) {
        facts.add("secrets dir", &joined);
        facts.add("argument", &format!("--{joined}"));
    }
    for alias in leaf.aliases {
        let what = if alias.deprecated { "formerly" } else { "also" };
        facts.add(what, alias.name);
    }
    facts
}

/// `mirrors__0__host`: what stands inside of a list or map of groups, in a name without a prefix. Only `__` parts it from
/// what is around.
fn joined_inside(layout: &'static Layout, variable: &str) -> Option<String> {
    (0..layout.leaves.len()).find_map(|at| {
        let inside = variable
            .strip_prefix(layout.env_of(at))?
            .strip_prefix("__")?;
        let outside = layout.key_of(at).replace('.', "_");
        // The name of an element, then a key in it.
        let steps = inside
            .split("__")
            .enumerate()
            .map(|(nth, step)| match nth % 2 {
                0 => step.to_owned(),
                _ => step.to_ascii_lowercase(),
            });
        Some(
            [outside]
                .into_iter()
                .chain(steps)
                .collect::<Vec<_>>()
                .join("__"),
        )
    })
}

/// The value, who won and why, and what is wrong.
fn in_force(row: &Row, load: &Inspection, look: Look) -> Facts {
    let mut facts = Facts::new(look);
    if row.value != Shows::Invalid {
        facts.add("value", &row.value.to_string());
    }
    match &row.origin {
        Some(_) if is_joined(row, load) => {
            facts.add("from", "several places, each with keys of its own");
        }
        Some(origin) => {
            facts.add("from", &origin.to_string());
            facts.add("because", why(origin.layer()));
        }
        None if row.value == Shows::Nothing => facts.add("from", "nowhere: no source names it"),
        None => {}
    }
    for problem in load.problems() {
        let about = problem.key().and_then(|leaf| leaf.strip_prefix(&*row.key));
        if about.is_some_and(|after| after.is_empty() || after.starts_with(['[', '.'])) {
            facts.add("problem", &problem.to_string());
            for help in problem.help() {
                facts.add("help", help);
            }
        }
    }
    facts
}

fn why(layer: Layer) -> &'static str {
    match layer {
        Layer::Default => "no source has a value for it",
        Layer::File | Layer::Provider | Layer::Store => {
            "no .env file, secrets directory, variable or argument has a value for it; of files the last wins"
        }
        Layer::EnvFile => {
            "no secrets directory, variable or argument has a value for it; of .env files the last wins"
        }
        Layer::SecretsDir => {
            "no variable or argument has a value for it; of secrets directories the last wins"
        }
        Layer::Environment => {
            "the environment wins over files of every kind, and no argument has a value for it"
        }
        Layer::Argument => "arguments win over every other source",
        Layer::Set => "what the program sets wins over everything else",
    }
}

/// Whether several places have keys of a map. Of one alone, what it says is the value.
fn is_joined(row: &Row, load: &Inspection) -> bool {
    let of_row = load
        .overridden
        .iter()
        .filter(|loser| loser.key() == row.key);
    of_row.filter(|loser| loser.is_in_force).nth(1).is_some()
}

/// A line a place that was looked at, highest first.
fn layers(out: &mut String, leaf: &Leaf, row: &Row, load: &Inspection, look: Look) {
    let joined = is_joined(row, load);
    let of_row = |loser: &&Overridden| loser.key() == row.key && (joined || !loser.is_in_force);
    let overridden = load.overridden.iter().filter(of_row);
    let mut said: Vec<(&Origin, String, &str)> = overridden
        .rev()
        .map(|loser| {
            let mark = if loser.is_in_force { "part" } else { "" };
            (&loser.origin, told(leaf, row, loser), mark)
        })
        .collect();
    if let Some(origin) = &row.origin
        && origin.layer() != Layer::Default
        && !joined
    {
        let value = match &row.value {
            Shows::Nothing => "set to nothing".to_owned(),
            Shows::Invalid => "not sound".to_owned(),
            value => value.to_string(),
        };
        said.insert(0, (origin, value, "wins"));
    }
    let mut lines: Vec<[String; 3]> = Vec::new();
    for looked in load.looked.iter().rev() {
        let (here, elsewhere): (Vec<_>, Vec<_>) = said
            .into_iter()
            .partition(|(origin, ..)| is_from(origin, looked));
        said = elsewhere;
        if here.is_empty() {
            lines.push([place(looked), silence(looked).to_owned(), String::new()]);
        }
        for (origin, value, won) in here {
            lines.push([origin.to_string(), value, won.to_owned()]);
        }
    }
    // What the program sets is no place to look at; it stands above them all.
    for (nth, (origin, value, won)) in said.into_iter().enumerate() {
        lines.insert(nth, [origin.to_string(), value, won.to_owned()]);
    }
    let default_wins = row
        .origin
        .as_ref()
        .is_some_and(|from| from.layer() == Layer::Default);
    if leaf.has_default() {
        let value = if default_wins && row.value != Shows::Invalid {
            row.value.to_string()
        } else {
            default(leaf, row)
        };
        let won = if default_wins { "wins" } else { "" };
        lines.push(["default".to_owned(), value, won.to_owned()]);
    }
    let width = lines
        .iter()
        .map(|line| columns(&line[0]))
        .max()
        .unwrap_or(0);
    out.push_str("  every layer, highest first\n");
    for [place, value, won] in lines {
        let gap = width - columns(&place);
        let value = look.wrapped(&value, width + 12);
        let mark = format!("{won:6}");
        let dimmed = won.is_empty() && matches!(&*value, "-" | "absent");
        let line = format!("    {}{place}{:gap$}  {value}", look.bold(&mark), "");
        // Writing to a string does not fail.
        let _ = if dimmed {
            writeln!(out, "{}", look.dim(&line))
        } else {
            writeln!(out, "{line}")
        };
    }
}

/// What a loser said, as far as it may be shown.
fn told(leaf: &Leaf, row: &Row, loser: &Overridden) -> String {
    let Overridden {
        layout,
        leaf: at,
        value,
        origin,
        map_key,
        ..
    } = loser;
    let is_masked = row.value == Shows::Masked
        || sight(layout, *at, leaf, origin) == Sight::Masked
        || map_key.as_deref().is_some_and(redact::is_sensitive_name);
    let value = match value {
        SlotValue::Empty => "set to nothing".to_owned(),
        SlotValue::FromFile(path) => format!("the file {path}"),
        SlotValue::Unreadable => "could not be read".to_owned(),
        SlotValue::Value(_) if is_masked => redact::MASK.to_owned(),
        SlotValue::Value(raw) => {
            rows::of_raw(raw, leaf, matches!(row.value, Shows::Text(_))).to_string()
        }
        SlotValue::Unset | SlotValue::Groups(_) | SlotValue::Consumed => "-".to_owned(),
    };
    match map_key {
        Some(key) => format!("{}: {value}", redact::escape_truncated(key)),
        None => value,
    }
}

fn is_from(origin: &Origin, looked: &SourceReport) -> bool {
    if origin.layer() != looked.layer {
        return false;
    }
    match looked.layer {
        Layer::File | Layer::EnvFile => origin.source() == looked.name,
        // Each may say more of itself than its name.
        Layer::Provider => {
            let source = origin.source();
            let rest = source.strip_prefix("provider ");
            let rest = rest.and_then(|name| name.strip_prefix(&*looked.name));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
        }
        Layer::Store => {
            let rest = looked.name.strip_prefix(&*origin.source());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" @"))
        }
        Layer::SecretsDir => {
            let path = origin.path();
            path.is_some_and(|path| path.starts_with(&looked.name))
        }
        _ => true,
    }
}

fn place(looked: &SourceReport) -> String {
    if looked.name.is_empty() {
        looked.layer.to_string()
    } else {
        looked.name.clone()
    }
}

fn silence(looked: &SourceReport) -> &'static str {
    match looked.status {
        SourceStatus::Read => "-",
        SourceStatus::Absent => "absent",
        SourceStatus::Failed => "unreadable",
        SourceStatus::Skipped => "left out: its leaf has no value",
    }
}

/// Words with their names before them, in two columns.
struct Facts {
    facts: Vec<(&'static str, String)>,
    look: Look,
}

impl Facts {
    fn new(look: Look) -> Self {
        let facts = Vec::new();
        Self { facts, look }
    }

    fn add(&mut self, name: &'static str, words: &str) {
        self.facts.push((name, words.to_owned()));
    }

    fn write(&self, out: &mut String) {
        const NAMES: usize = 13;
        for (name, words) in &self.facts {
            let gap = NAMES - columns(name);
            let words = self.look.wrapped(words, NAMES + 2);
            let words = match *name {
                "problem" => self.look.alarm(&words).into_owned(),
                _ => words,
            };
            // Writing to a string does not fail.
            let _ = writeln!(out, "  {}{:gap$}{words}", self.look.dim(name), "");
        }
    }
}

/// Whether two names are one in every spelling.
pub(crate) fn is_named(row: &Row, key: &str) -> bool {
    let key = key.trim_start_matches('-');
    let variable = row.variable.as_deref();
    // `hosts[0].url` may be written as `hosts.0.url`, which a shell leaves alone.
    let plain = |key: &str| key.replace('[', ".").replace(']', "");
    name::same(&row.key, key)
        || name::same(&plain(&row.key), &plain(key))
        || variable.is_some_and(|variable| name::same(variable, key))
}
