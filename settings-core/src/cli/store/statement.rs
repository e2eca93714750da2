//! Statements about settings: the values that a file states, or the arguments of a command.

use crate::{
    error::{
        Error,
        origin::Origin,
        problem::{Problem, ProblemKind},
        problem_list::ProblemList,
    },
    loader::Loader,
    resolve::{Resolved, SlotValue, did_you_mean},
    schema::{
        Field, Leaf,
        layout::Layout,
        lookup::{NameTarget, depth},
        target::target_of_store_key,
    },
    settings::Settings,
    source::file::by_extension,
    value::raw::Raw,
    view::json,
};
use std::{ffi::OsStr, path::Path};
use zeroize::Zeroizing;

/// Reason why a value inside a map is refused.
pub(super) const NO_STORE_KEY: &str = "this key of a map cannot be part of a key of the store";

/// A value for a key of the store.
pub(super) struct Stated {
    /// The key, as it is written if the store has no other spelling of it.
    pub(super) key: String,
    /// `None` removes the setting.
    pub(super) text: Option<Zeroizing<String>>,
    pub(super) origin: Option<Origin>,
}

/// The values that a file states for the settings that it names. A file that cannot be read, or names anything else,
/// is an error.
pub(super) fn of_file<S: Settings>(file: &OsStr) -> Result<Vec<Stated>, Error> {
    let loader = Loader::<S>::empty();
    let loader = match by_extension(Path::new(file)) {
        Some(_) => loader.required_file(file),
        None => loader.required_env_file(file),
    };
    let layout = S::layout();
    let mut reading = loader.read(Resolved::new(layout));
    let unmatched = std::mem::take(&mut reading.unmatched);
    let mut resolved = reading.resolved;
    let mut problems = std::mem::take(&mut resolved.problems);
    let mut statement = FileStatement {
        stated: Vec::new(),
        problems: ProblemList::default(),
    };
    for at in 0..layout.leaves.len() {
        let slot = &resolved.slots[at];
        let allows_empty = layout.leaf(at).is_some_and(|leaf: &Leaf| leaf.allow_empty);
        let key = layout.key_of(at).replace('.', "/");
        statement.add(
            key,
            layout.key_of(at),
            &slot.value,
            &slot.origin,
            allows_empty,
        );
    }
    for (leaf, parts) in resolved.parts.iter() {
        let leaf = usize::from(leaf);
        let keys = number_of_keys(layout, leaf);
        for part in parts {
            let path = part.path.iter().enumerate().map(|(nth, name)| {
                // The names of variables are in upper case; the keys of maps are kept.
                if nth >= keys && part.is_flat {
                    name.to_lowercase()
                } else {
                    name.clone()
                }
            });
            let path: Vec<String> = path.collect();
            let shown = path.join(".").replace("__", ".");
            let shown = format!("{}.{shown}", layout.key_of(leaf));
            let Some(key) = key_inside(layout, leaf, &path) else {
                let help = "write the whole map as JSON";
                let problem = Problem::new(ProblemKind::Source, NO_STORE_KEY).at(shown);
                let problem = problem.from(part.origin.clone()).with_help(help);
                statement.problems.push(problem);
                continue;
            };
            statement.add(key, &shown, &part.value, &part.origin, false);
        }
    }
    for unknown in std::mem::take(&mut resolved.unknown_names) {
        statement.problems.push(unknown_name(
            &unknown.name,
            unknown.hint,
            Some(unknown.origin),
        ));
    }
    for name in unmatched {
        let name = name.to_string_lossy();
        let is_reported = |problem: &Problem| problem.key() == Some(&*name);
        if !statement.problems.listed().iter().any(is_reported) {
            let hint = did_you_mean(layout, &name);
            statement.problems.push(unknown_name(&name, hint, None));
        }
    }
    let start = resolved.problems.len();
    resolved.report_binding_problems(start, "");
    problems.append(&mut resolved.problems);
    problems.append(&mut statement.problems);
    let problems = problems.into_vec();
    if problems.is_empty() {
        return Ok(statement.stated);
    }
    Err(Error::new(<S as Settings>::SCHEMA.root.name, problems))
}

struct FileStatement {
    stated: Vec<Stated>,
    problems: ProblemList,
}

impl FileStatement {
    fn add(
        &mut self,
        key: String,
        shown: &str,
        value: &SlotValue,
        origin: &Origin,
        allows_empty: bool,
    ) {
        let mut refuse = |what: &str, help: &str| {
            let problem = Problem::new(ProblemKind::Source, what).at(shown);
            self.problems
                .push(problem.from(origin.clone()).with_help(help));
        };
        let text = match value {
            // Problems report what is unreadable.
            SlotValue::Unset | SlotValue::Unreadable | SlotValue::Consumed => return,
            SlotValue::Empty => String::new(),
            SlotValue::Value(raw) => match text_of(raw) {
                text if text.is_empty() && !allows_empty => {
                    return refuse(
                        "a store cannot hold empty text,",
                        "unset it instead, or mark the setting `allow_empty`",
                    );
                }
                text => text,
            },
            SlotValue::Groups(groups) => json::value(&groups.0),
            SlotValue::FromFile(_) => {
                return refuse(
                    "a store holds values, not names of files,",
                    "write the value itself",
                );
            }
        };
        self.stated.push(Stated {
            key,
            text: Some(Zeroizing::new(text)),
            origin: Some(origin.clone()),
        });
    }
}

/// The key in the store of a setting, or of a value inside a list or map. `None` if a key of the map cannot be spelled there.
pub(super) fn key_inside(layout: &'static Layout, leaf: usize, path: &[String]) -> Option<String> {
    let keys = number_of_keys(layout, leaf);
    let steps = path.iter().enumerate().map(|(nth, step)| {
        if nth < keys {
            step.clone()
        } else {
            step.replace("__", "/")
        }
    });
    let setting = layout.key_of(leaf).replace('.', "/");
    let all: Vec<String> = [setting].into_iter().chain(steps).collect();
    let key = all.join("/");
    match target_of_store_key(layout, &key)? {
        NameTarget::Name(_) => path.is_empty(),
        NameTarget::Inside(_, found) => found == path,
    }
    .then_some(key)
}

/// The number of steps inside a list or map that are indexes or keys of maps. What follows is the key of a setting.
pub(super) fn number_of_keys(layout: &'static Layout, leaf: usize) -> usize {
    match layout.leaves[leaf].field {
        Field::Leaf(_) => usize::MAX,
        Field::Group(nested) => depth(nested),
    }
}

fn text_of(raw: &Raw) -> String {
    match (raw.as_text(), raw.as_node()) {
        (Some(text), _) => text.into_owned(),
        (None, Some(node)) => json::value(node),
        (None, None) => String::new(),
    }
}

fn unknown_name(name: &str, hint: Option<String>, origin: Option<Origin>) -> Problem {
    let problem =
        Problem::new(ProblemKind::Unknown, "this name does not match any setting").at(name);
    let problem = match origin {
        Some(origin) => problem.from(origin),
        None => problem,
    };
    problem.with_help(hint.unwrap_or_else(|| "remove it: a push only states settings".to_owned()))
}
