//! Names that match no setting, and the names that were probably meant.

use super::Resolved;
use crate::value::sort::sort_by_key;
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        problem_list::{and_more, grouped},
        redact,
    },
    schema::{
        Field, Group, Kind, Nested, Removed, Shape, Unknown,
        layout::{Layout, NameSpace},
        target::{other_spellings, with_canonical_starts},
    },
};
use settings_syntax::{name, suggest};
use std::{ffi::OsString, fmt};

/// A name that matches no setting.
#[derive(Clone, Debug)]
pub(crate) struct UnknownName {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) hint: Option<String>,
    /// The key with canonical names of groups, if it is one of a table. In an element, it is the key there.
    pub(crate) path: Option<String>,
}

impl UnknownName {
    /// Whether it is a key in the JSON of a variable.
    fn is_inside_variable(&self) -> bool {
        matches!(self.origin.layer(), Layer::EnvFile | Layer::Environment)
            && self.origin.name() != Some(&self.name)
    }

    /// Whether it is a key of a file, provider or store.
    fn is_key(&self) -> bool {
        matches!(
            self.origin.layer(),
            Layer::File | Layer::Provider | Layer::Store
        )
    }

    /// The name, by which a problem that reports it is found.
    pub(crate) fn identity(&self) -> String {
        match self.path {
            Some(_) if !self.is_key() => format!("{} in {}", self.name, self.origin),
            _ => self.name.clone(),
        }
    }

    /// The printed form of the name. The text of an argument may be a secret, so it is only printed if it resembles a
    /// key.
    fn printed(&self) -> String {
        if self.origin.layer() == Layer::Argument && self.hint.is_none() {
            return "a key".to_owned();
        }
        redact::escape_truncated(&self.name).to_string()
    }

    /// The form of the name in a list of names of one source.
    fn printed_in_list(&self) -> String {
        match self.origin.name() {
            Some(variable) if self.is_inside_variable() => {
                format!("{} in {variable}", self.printed())
            }
            _ => self.printed(),
        }
    }

    fn printed_with_position(&self) -> String {
        let name = self.printed_in_list();
        match self.origin.position() {
            Some((line, None)) => format!("{name} (line {line})"),
            Some((line, Some(column))) => format!("{name} ({line}:{column})"),
            None => name,
        }
    }
}

impl Resolved {
    /// The former setting of this name.
    fn removed(&self, name: &UnknownName) -> Option<&'static Removed> {
        match name.origin.layer() {
            Layer::SecretsDir => None,
            Layer::Environment | Layer::EnvFile if !name.is_inside_variable() => {
                self.layout.removed_variable(&name.name)
            }
            _ => self.layout.removed_key(&name.name),
        }
    }

    fn report_removed(&mut self, name: &UnknownName, removed: &Removed) {
        let what = format!("removed: {}; set", removed.reason);
        let problem = Problem::new(ProblemKind::Deprecated, what)
            .at(removed.key)
            .from(name.origin.clone());
        if self.layout.schema.unknown == Unknown::Deny {
            self.problems.push(problem);
        } else if !self.reported_names.contains(&name.name) {
            self.warnings.push(problem);
        }
    }

    /// Reports the unknown names, one entry per source, by the policy of the schema.
    pub(crate) fn report_unknown_names(&mut self) {
        let mut sources: Vec<(Unknown, String, Vec<UnknownName>)> = Vec::new();
        for name in std::mem::take(&mut self.unknown_names) {
            if let Some(removed) = self.removed(&name) {
                self.report_removed(&name, removed);
                continue;
            }
            let policy = match name.origin.layer() {
                Layer::SecretsDir => Unknown::Ignore,
                Layer::Argument | Layer::Set => Unknown::Deny,
                _ => self.layout.schema.unknown,
            };
            // The problem of a missing setting names it.
            let is_reported = self.reported_names.contains(&name.identity());
            let is_ignored = name.is_key() && self.layout.ignores_key(&name.name.replace('/', "."));
            if is_reported || is_ignored || policy == Unknown::Ignore {
                continue;
            }
            let source = name.origin.source();
            match sources.iter_mut().find(|(_, each, _)| *each == source) {
                Some((.., names)) => names.push(name),
                None => sources.push((policy, source, vec![name])),
            }
        }
        self.report_unused_settings();
        for (name, warning) in std::mem::take(&mut self.lookalikes) {
            if !self.reported_names.contains(&name) {
                self.warnings.push(warning);
            }
        }
        for (policy, source, mut names) in sources {
            sort_by_key(&mut names, |name| name.origin.position());
            let problem = unknown_names(&source, &names);
            match policy {
                Unknown::Deny => self.problems.push(problem),
                _ => self.warnings.push(problem),
            }
        }
    }
}

impl Resolved {
    /// Reports a variable of a root without a prefix if it is a former name or looks like that of a setting. All others
    /// belong to other programs.
    pub(crate) fn report_without_prefix(&mut self, name: &str) {
        let layout = self.layout;
        if layout.removed_variable(name).is_some() {
            self.unknown_names.push(UnknownName {
                origin: Origin::variable(name.to_owned()),
                name: name.to_owned(),
                hint: None,
                path: None,
            });
        } else if layout.schema.unknown != Unknown::Ignore
            && !layout.ignores_variable(name)
            && let Some(warning) = lookalike(layout, name)
        {
            // The problem of a missing setting may report the name instead.
            self.lookalikes.push((name.to_owned(), warning));
        }
    }
}

/// The limit for names in the entry of one source.
const MAX_LISTED: usize = 100;

/// The limit for unknown names that are compared with that of a missing setting.
const MAX_COMPARED: usize = 5000;

/// The entry for all unknown names of one source.
fn unknown_names(source: &str, names: &[UnknownName]) -> Problem {
    let [first, others @ ..] = names else {
        return Problem::new(ProblemKind::Unknown, source);
    };
    let is_environment = first.origin.layer() == Layer::Environment;
    let what = match others {
        [] if is_environment && !first.is_inside_variable() => {
            let name = first.printed();
            format!("environment variable {name} does not match any setting")
        }
        [] if first.origin.layer() == Layer::Set => {
            let name = first.printed();
            format!("the program sets {name}, but no setting is called that")
        }
        [] if first.origin.layer() == Layer::Argument && first.hint.is_some() => {
            let name = first.printed();
            format!("argument {name} does not match any setting")
        }
        [] => {
            let (origin, name) = (&first.origin, first.printed());
            format!("{origin}: {name} does not match any setting")
        }
        _ => {
            let listed = names.iter().take(MAX_LISTED);
            let mut each: Vec<String> = listed.map(UnknownName::printed_with_position).collect();
            if names.len() > MAX_LISTED {
                each.push(and_more(names.len() - MAX_LISTED));
            }
            let (count, each) = (grouped(names.len()), each.join(", "));
            format!("{source}: {count} names do not match any setting: {each}")
        }
    };
    let problem = Problem::new(ProblemKind::Unknown, what).about(first.origin.clone());
    let mut hinted = 0;
    let problem = names
        .iter()
        .take(MAX_LISTED)
        .fold(problem, |problem, name| {
            let Some(hint) = &name.hint else {
                return problem;
            };
            hinted += 1;
            match others {
                [] => problem.with_help(hint.clone()),
                _ => problem.with_help(format!("{}: {hint}", name.printed_in_list())),
            }
        });
    let object = match hinted {
        _ if others.is_empty() => "it",
        0 => "them",
        _ => "the rest",
    };
    match hinted {
        all if all == names.len() => problem,
        _ if is_environment => problem.with_help(format!(
            "unset {object}, or list names of other programs in `ignore` on the struct"
        )),
        _ => problem.with_help(format!("remove {object}, or correct the spelling")),
    }
}

/// The environment variable that was probably meant where `variable` is missing.
///
/// A variable without the prefix is also compared with the rest of the name after the prefix.
pub(crate) fn near_variable<'a>(
    prefix: &str,
    variable: &str,
    names: &'a [OsString],
) -> Option<&'a str> {
    // A variable that every shell sets was not meant for this program.
    let names = || {
        let names = names.iter().take(MAX_COMPARED);
        let names = names.filter_map(|name| name.to_str());
        names.filter(|name| !name::is_guarded(name))
    };
    suggest::nearest(variable, names()).or_else(|| {
        let after_prefix = |name: &'a str| {
            let rest = name::strip_prefix(name.as_bytes(), prefix.as_bytes())?;
            name.get(name.len() - rest.len()..)
        };
        let near = suggest::nearest(variable, names().filter_map(after_prefix))?;
        names().find(|name| after_prefix(name) == Some(near))
    })
}

/// The key of a file, provider or store that was probably meant where `key` is missing.
pub(crate) fn near_key<'a>(key: &str, unknown: &'a [UnknownName]) -> Option<&'a UnknownName> {
    let unknown = unknown.iter().filter(|name| name.is_key());
    let unknown = unknown.take(MAX_COMPARED);
    let near = suggest::nearest(key, unknown.clone().map(|name| name.name.as_str()))?;
    unknown.clone().find(|name| name.name == near)
}

/// The file of a secrets directory that was probably meant where the setting with this key is missing.
pub(crate) fn near_secret_file<'a>(
    key: &str,
    variable: Option<&str>,
    unknown: &'a [UnknownName],
) -> Option<&'a UnknownName> {
    let files = unknown
        .iter()
        .filter(|name| name.origin.layer() == Layer::SecretsDir);
    let files = files.take(MAX_COMPARED);
    let joined = key.replace('.', "_");
    let mut meant = [Some(&*joined), variable].into_iter().flatten();
    let near = meant
        .find_map(|meant| suggest::nearest(meant, files.clone().map(|file| file.name.as_str())))?;
    files.clone().find(|file| file.name == near)
}

/// The key in a table or in the JSON of a group that was probably meant where `key` is missing.
pub(crate) fn near_in_table<'a>(key: &str, unknown: &'a [UnknownName]) -> Option<&'a UnknownName> {
    let names = unknown.iter().filter(|name| name.path.is_some());
    let mut names = names.take(MAX_COMPARED);
    let paths = names.clone().filter_map(|name| name.path.as_deref());
    let near = suggest::nearest(key, paths)?;
    names.find(|name| name.path.as_deref() == Some(near))
}

/// The name inside a list or map of groups that was probably meant to be the name of a missing setting.
pub(crate) fn near_in_element<'a>(
    name: &str,
    unknown: &'a [UnknownName],
) -> Option<&'a UnknownName> {
    let hint = question(name);
    let mut names = unknown.iter().filter(|name| !name.is_key());
    names.find(|name| name.hint.as_ref() == Some(&hint))
}

/// The hint for a misspelled name.
pub(super) fn question(meant: &str) -> String {
    format!("did you mean {meant}?")
}

/// The warning about a variable of a root without a prefix that matches no setting, but was probably meant for one.
fn lookalike(layout: &'static Layout, variable: &str) -> Option<Problem> {
    let shown = || redact::escape_truncated(variable);
    let (what, help) = if let Some(other) = other_name(layout, variable) {
        (
            format!("environment variable {} is not read: {other}", shown()),
            format!("set {} instead, or unset {}", other.variable, shown()),
        )
    } else {
        let near = near_long_name(layout, variable)?;
        (
            format!(
                "environment variable {} does not match any setting",
                shown()
            ),
            question(near),
        )
    };
    let origin = Origin::variable(variable.to_owned());
    let problem = Problem::new(ProblemKind::Unknown, what).about(origin);
    Some(problem.with_help(help))
}

/// The variable of two or more words that is one edit away. One edit of a single word is often another word.
fn near_long_name(layout: &'static Layout, variable: &str) -> Option<&'static str> {
    let ends = name::Ends::of(variable.as_bytes());
    let length = variable.len();
    // Another spelling of a name may have another length.
    if !layout.has_plain_env_names() || name::has_run(variable.as_bytes()) {
        return layout.env_name_that(0..=usize::MAX, |name| {
            ends.has_one_of(name.as_bytes())
                && name::is_one_edit(name, variable)
                && name.contains('_')
        });
    }
    let lengths = length.saturating_sub(1)..=length + 1;
    layout.env_name_that(lengths, |name| {
        let (name, variable) = (name.as_bytes(), variable.as_bytes());
        ends.has_one_of(name)
            && name::is_one_edit_without_runs(name, variable)
            && name.contains(&b'_')
    })
}

/// The variable that sets a setting with `env`.
struct OtherName {
    key: &'static str,
    variable: String,
}

impl fmt::Display for OtherName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is set by {}", self.key, self.variable)
    }
}

/// The variable of a setting with `env`, if `variable` would be its name, or that of its file, without `env`.
fn other_name(layout: &'static Layout, variable: &str) -> Option<OtherName> {
    if !layout.has_stated_env && !layout.has_other_names {
        return None;
    }
    let prefix = layout.schema.prefix.as_bytes();
    let rest = str::from_utf8(name::strip_prefix(variable.as_bytes(), prefix)?).ok()?;
    let of = |rest: &str, end: &str| {
        let at = usize::from(layout.leaf_named(rest)?.index);
        let leaf = layout.leaf(at)?;
        // By `env`, or by the prefix of a group.
        let given = variable.get(..variable.len() - end.len())?;
        let is_other = !name::same(layout.env_of(at), given);
        (is_other && (end.is_empty() || leaf.has_file_variable())).then(|| OtherName {
            key: layout.key_of(at),
            variable: format!("{}{end}", layout.env_of(at)),
        })
    };
    let without_file = || {
        let at = rest.len().checked_sub("_FILE".len())?;
        let (rest, end) = rest.split_at_checked(at)?;
        end.eq_ignore_ascii_case("_FILE").then_some(rest)
    };
    of(rest, "").or_else(|| of(without_file()?, "_FILE"))
}

/// The hint for a variable that matches no setting: which one was meant, if one is near.
pub(crate) fn did_you_mean(layout: &'static Layout, variable: &str) -> Option<String> {
    if let Some(other) = other_name(layout, variable) {
        return Some(other.to_string());
    }
    let mut names = with_canonical_starts(layout, variable);
    names.insert(0, variable.to_owned());
    let near = || names.iter().find_map(|name| near_env_name(layout, name));
    let near = near().or_else(|| {
        let others = other_spellings(layout, NameSpace::Env);
        names
            .iter()
            .find_map(|name| near_spelling(name, &others))
            .map(|at| layout.env_of(at))
            .or_else(|| suggest::nearest(variable, layout.env_names_of_files()))
    });
    let near = match with_separators(layout, variable) {
        Some(inside) if inside.is_certain || near.is_none_or(|near| near == inside.variable) => {
            inside.spelling
        }
        _ => near?.to_owned(),
    };
    Some(question(&near))
}

fn near_env_name(layout: &'static Layout, variable: &str) -> Option<&'static str> {
    suggest::nearest(variable, layout.env_names())
        .or_else(|| suggest::nearest(variable, layout.other_env_names()))
}

/// The leaf with a name that is near.
pub(super) fn near_spelling(given: &str, others: &[(String, usize)]) -> Option<usize> {
    let near = suggest::nearest(given, others.iter().map(|(name, _)| name.as_str()))?;
    let (_, at) = others.iter().find(|(name, _)| name == near)?;
    Some(*at)
}

/// A name inside a setting or list or map of groups, as it is spelled with `__`.
struct InsideName {
    /// The canonical name of the setting, list or map.
    variable: &'static str,
    spelling: String,
    /// Whether all of it is known, except for the name of an element.
    is_certain: bool,
}

/// The name inside a setting that a variable would be with `__` instead of `_`.
fn with_separators(layout: &'static Layout, given: &str) -> Option<InsideName> {
    let leaves = 0..layout.leaves.len();
    let found = leaves.filter_map(|leaf| inside_of(layout, leaf, given));
    found.max_by_key(|inside| inside.variable.len())
}

fn inside_of(layout: &'static Layout, leaf: usize, given: &str) -> Option<InsideName> {
    let variable = layout.env_of(leaf);
    let rest = after_name(given, variable)?.trim_start_matches(is_separator);
    let inside = |rest: &str, is_certain| InsideName {
        variable,
        spelling: format!("{variable}__{rest}"),
        is_certain,
    };
    match layout.leaves[leaf].field {
        Field::Leaf(leaf) => matches!(leaf.kind(), Kind::Map(_)).then(|| inside(rest, false)),
        Field::Group(nested) => Some(inside(&inside_groups(nested, rest)?, true)),
    }
}

/// The name inside a list or map of groups that a name would be with `__` instead of `_`. `layout` is that of an element.
pub(super) fn with_separators_inside(
    shape: Shape,
    layout: &'static Layout,
    name: &str,
) -> Option<String> {
    inside_element(shape, layout.element(), layout.schema.root, name)
}

/// The rest of a name inside a list or map of groups, with `__` after the name of each element.
fn inside_groups(nested: &Nested, rest: &str) -> Option<String> {
    inside_element(nested.shape, nested.inner(), nested.group, rest)
}

fn inside_element(
    shape: Shape,
    inner: Option<&Nested>,
    group: &Group,
    name: &str,
) -> Option<String> {
    let mut ends = name.match_indices(is_separator).map(|(at, _)| at);
    ends.find_map(|at| {
        let (element, rest) = (&name[..at], name[at..].trim_start_matches(is_separator));
        let is_element = match shape {
            Shape::List => !element.is_empty() && element.bytes().all(|byte| byte.is_ascii_digit()),
            _ => !element.is_empty() && !element.ends_with(is_separator),
        };
        let rest = match inner {
            _ if !is_element => return None,
            Some(inner) => inside_groups(inner, rest)?,
            None => inside_group(group, rest)?,
        };
        Some(format!("{element}__{rest}"))
    })
}

/// A flat name of a setting in a group, with `__` inside its lists and maps.
fn inside_group(group: &Group, given: &str) -> Option<String> {
    group.fields.iter().find_map(|field| {
        let (key, aliases) = match field {
            Field::Leaf(leaf) => (leaf.key, leaf.aliases),
            Field::Group(nested) if nested.flatten => return inside_group(nested.group, given),
            Field::Group(nested) => (nested.key, nested.aliases),
        };
        let names = || std::iter::once(key).chain(aliases.iter().map(|alias| alias.name));
        let is_group = matches!(
            field,
            Field::Group(Nested {
                shape: Shape::One | Shape::Optional,
                ..
            })
        );
        if !is_group && names().any(|name| name::same(name, given)) {
            return Some(given.to_owned());
        }
        let Field::Group(nested) = field else {
            return None;
        };
        let rest = names().find_map(|name| after_name(given, name))?;
        let rest = rest.trim_start_matches(is_separator);
        let name = &given[..given.len() - rest.len()];
        if is_group {
            Some(format!("{name}{}", inside_group(nested.group, rest)?))
        } else {
            let name = name.trim_end_matches(is_separator);
            Some(format!("{name}__{}", inside_groups(nested, rest)?))
        }
    })
}

fn is_separator(ch: char) -> bool {
    matches!(ch, '_' | '-' | '.')
}

/// The text after a name and a separator.
fn after_name<'g>(given: &'g str, name: &str) -> Option<&'g str> {
    let rest = name::strip_prefix(given.as_bytes(), format!("{name}_").as_bytes())?;
    given
        .get(given.len() - rest.len()..)
        .filter(|rest| !rest.is_empty())
}
