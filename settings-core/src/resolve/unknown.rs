//! The names that lead to no leaf.

use super::Resolved;
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        redact,
    },
    schema::Unknown,
};
use settings_syntax::{name, suggest};
use std::ffi::OsString;

/// A name that leads to no leaf.
#[derive(Clone, Debug)]
pub(crate) struct UnknownName {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) hint: Option<String>,
}

impl UnknownName {
    /// Whether it stands inside of what another name of a flat source gives whole.
    pub(crate) fn is_inside(&self) -> bool {
        matches!(self.origin.layer(), Layer::EnvFile | Layer::Environment)
            && self.origin.name() != Some(&self.name)
    }
}

impl Resolved {
    /// Turns the names that lead nowhere into one entry a source, by the schema's policy.
    pub(crate) fn tell_unknown(&mut self) {
        let mut sources: Vec<(Unknown, String, Vec<UnknownName>)> = Vec::new();
        for name in std::mem::take(&mut self.unknown) {
            let policy = match name.origin.layer() {
                Layer::SecretsDir => Unknown::Ignore,
                Layer::Argument | Layer::Set => Unknown::Deny,
                _ => self.layout.schema.unknown,
            };
            let told = policy == Unknown::Warn && self.told.contains(&name.name);
            if told || policy == Unknown::Ignore {
                continue;
            }
            let source = name.origin.source();
            match sources.iter_mut().find(|(_, each, _)| *each == source) {
                Some((.., names)) => names.push(name),
                None => sources.push((policy, source, vec![name])),
            }
        }
        for (policy, source, mut names) in sources {
            names.sort_by_cached_key(|name| name.origin.position());
            let problem = unknown_names(&source, &names);
            match policy {
                Unknown::Deny => self.problems.push(problem),
                _ => self.warnings.push(problem),
            }
        }
    }
}

/// One entry for all names of a source that lead nowhere.
fn unknown_names(source: &str, names: &[UnknownName]) -> Problem {
    let escape_truncated = |name: &UnknownName| {
        let shown = shown(name);
        match name.origin.name() {
            // Inside of what a variable gives whole.
            Some(variable) if name.is_inside() => format!("{shown} in {variable}"),
            _ => shown,
        }
    };
    let [first, others @ ..] = names else {
        return Problem::new(ProblemKind::Unknown, source);
    };
    let environment = first.origin.layer() == Layer::Environment;
    let (what, subject) = if others.is_empty() {
        let name = shown(first);
        let what = if environment && !first.is_inside() {
            format!("environment variable {name} reaches no setting")
        } else {
            format!("{}: {name} reaches no setting", first.origin)
        };
        (what, "it")
    } else {
        let each = names.iter().map(|name| match name.origin.position() {
            Some((line, None)) => format!("{} (line {line})", escape_truncated(name)),
            Some((line, Some(column))) => format!("{} ({line}:{column})", escape_truncated(name)),
            None => escape_truncated(name),
        });
        let each = each.collect::<Vec<_>>().join(", ");
        let count = names.len();
        (
            format!("{source}: {count} names reach no setting: {each}"),
            "the rest",
        )
    };
    let problem = Problem::new(ProblemKind::Unknown, what).about(first.origin.clone());
    let hints = names.iter().filter_map(|name| {
        let hint = name.hint.as_deref()?;
        Some(match others {
            [] => hint.to_owned(),
            _ => format!("{}: {hint}", escape_truncated(name)),
        })
    });
    let problem = hints.fold(problem, Problem::with_help);
    let hinted = names.iter().filter(|name| name.hint.is_some()).count();
    let subject = match hinted {
        0 if !others.is_empty() => "them",
        _ => subject,
    };
    match hinted {
        all if all == names.len() => problem,
        _ if environment => problem.with_help(format!(
            "unset {subject}, or name what belongs to others in `foreign` on the struct"
        )),
        _ => problem.with_help(format!("remove {subject}, or correct the spelling")),
    }
}

/// The name; what stands in an argument is only shown if it is nearly a key: it may be a secret.
fn shown(name: &UnknownName) -> String {
    if name.origin.layer() == Layer::Argument && name.hint.is_none() {
        return "a key".to_owned();
    }
    redact::escape_truncated(&name.name).to_string()
}

/// The environment name that was perhaps meant where `variable` is missing.
///
/// A leaf whose variable has no prefix is perhaps misspelt behind the prefix too.
pub(crate) fn near_miss<'a>(
    prefix: &str,
    variable: &str,
    names: &'a [OsString],
) -> Option<&'a str> {
    // What every shell sets for itself was not meant for anything here.
    let names = || {
        let names = names.iter().filter_map(|name| name.to_str());
        names.filter(|name| !name::is_guarded(name))
    };
    suggest::nearest(variable, names()).or_else(|| {
        let behind = |name: &'a str| {
            let rest = name::strip_prefix(name.as_bytes(), prefix.as_bytes())?;
            name.get(name.len() - rest.len()..)
        };
        let near = suggest::nearest(variable, names().filter_map(behind))?;
        names().find(|name| behind(name) == Some(near))
    })
}

/// The key of a file or provider that was perhaps meant where `key` is missing.
pub(crate) fn near_key<'a>(key: &str, unknown: &'a [UnknownName]) -> Option<&'a UnknownName> {
    let in_keys = |name: &&UnknownName| {
        matches!(
            name.origin.layer(),
            Layer::File | Layer::Provider | Layer::Store
        )
    };
    let unknown = unknown.iter().filter(in_keys);
    let near = suggest::nearest(key, unknown.clone().map(|name| name.name.as_str()))?;
    unknown.clone().find(|name| name.name == near)
}
