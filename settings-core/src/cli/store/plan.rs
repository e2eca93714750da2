//! Plan of a change: the keys to write, the settings before and after it, and the problems that it would cause.

use super::statement::{Stated, number_of_keys};
use crate::{
    build::rows::{Shows, Written},
    cli::differences::{Differences, Side},
    error::{
        Error,
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        redact,
        style::Look,
    },
    loader::{Loader, reading::CheckedContents},
    remote::{
        StoreChange, StoreChanges, StoreKey, StoreSnapshot, StoreWrite, Value,
        history::{KeptValue, KeyChange},
    },
    schema::{
        layout::{Layout, Target},
        lookup::NameTarget,
        reload::reloads,
        target::target_of_store_key,
    },
    settings::Settings,
    view::inspect::Inspection,
};
use settings_syntax::name;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// A change of the settings in a store.
pub(super) struct Plan {
    /// The new text of each key that changes; `None` deletes it.
    writes: BTreeMap<String, Option<Zeroizing<String>>>,
    pub(super) changes: Vec<KeyChange>,
    /// Problems of the settings after the change.
    pub(super) error: Option<Error>,
    pub(super) warnings: Vec<Problem>,
    before: Inspection,
    after: Inspection,
}

/// Identity of a key, whatever its spelling.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum KeyId {
    Setting {
        is_group: bool,
        index: u16,
        path: Vec<Vec<u8>>,
    },
    Unknown(String),
}

impl KeyId {
    fn of(layout: &'static Layout, key: &str) -> Self {
        let (name, path) = match target_of_store_key(layout, key) {
            Some(NameTarget::Name(name)) => (name, Vec::new()),
            Some(NameTarget::Inside(name, path)) => (name, path),
            None => return Self::Unknown(key.to_owned()),
        };
        let keys = match name.target {
            Target::Leaf => number_of_keys(layout, name.index.into()),
            _ => 0,
        };
        let path = path.into_iter().enumerate().map(|(nth, step)| {
            if nth < keys {
                step.into_bytes()
            } else {
                name::normalized(&step)
            }
        });
        Self::Setting {
            is_group: name.target == Target::Group,
            index: name.index,
            path: path.collect(),
        }
    }

    /// Whether it is the same, or a part of the other's list or map.
    fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Setting {
                    is_group,
                    index,
                    path,
                },
                Self::Setting {
                    is_group: of_group,
                    index: of,
                    path: whole,
                },
            ) => is_group == of_group && index == of && path.starts_with(whole),
            _ => self == other,
        }
    }
}

impl Plan {
    /// States these values. With `prune`, every other setting is removed.
    pub(super) fn of<S: Settings>(
        store: &str,
        base: &StoreSnapshot,
        stated: Vec<Stated>,
        prune: bool,
    ) -> Self {
        let layout = S::layout();
        let of_base: Vec<(&str, KeyId)> = base
            .settings()
            .map(|(key, _)| (key, KeyId::of(layout, key)))
            .collect();
        let ids: Vec<KeyId> = stated
            .iter()
            .map(|stated| KeyId::of(layout, &stated.key))
            .collect();
        let (mut writes, mut origins) = (BTreeMap::new(), BTreeMap::new());
        let mut kept = BTreeSet::new();
        for (stated, id) in stated.into_iter().zip(&ids) {
            let mut spellings = of_base.iter().filter(|(_, other)| other == id);
            // Other spellings, and parts that are not stated themselves, would contradict it.
            let spelling = spellings.next().map_or(stated.key.as_str(), |(key, _)| key);
            let parts = of_base.iter().filter(|(key, other)| {
                *key != spelling && other.is_within(id) && (other == id || !ids.contains(other))
            });
            writes.extend(parts.map(|(key, _)| ((*key).to_owned(), None)));
            let spelling = spelling.to_owned();
            if let Some(origin) = stated.origin {
                origins.insert(spelling.clone(), origin);
            }
            kept.insert(spelling.clone());
            writes.insert(spelling, stated.text);
        }
        if prune {
            let others = of_base.iter().filter(|(key, _)| !kept.contains(*key));
            writes.extend(others.map(|(key, _)| ((*key).to_owned(), None)));
        }
        Self::of_writes::<S>(store, base, writes, origins)
    }

    /// Writes these keys.
    pub(super) fn of_writes<S: Settings>(
        store: &str,
        base: &StoreSnapshot,
        mut writes: BTreeMap<String, Option<Zeroizing<String>>>,
        mut origins: BTreeMap<String, Origin>,
    ) -> Self {
        writes.retain(|key, text| {
            let old = base.values.get(key).map(Value::bytes);
            old != text.as_ref().map(|text| text.as_bytes())
        });
        origins.retain(|key, _| writes.contains_key(key));
        let changes = writes.iter().map(|(key, text)| StoreChange {
            key: key.clone(),
            value: text.as_ref().map(|text| Value::new(text.as_bytes(), 0)),
        });
        let candidate = base.after(StoreChanges {
            revision: base.revision,
            changes: changes.collect(),
        });
        let before = inspect::<S>(store, base, BTreeMap::new());
        let after = inspect::<S>(store, &candidate, BTreeMap::new());
        let checked = inspect::<S>(store, &candidate, origins);
        let (error, warnings) = judged(checked);
        let changes = writes.keys().map(|key| KeyChange {
            key: key.clone(),
            old: kept_value::<S>(&before, key, base.values.get(key)),
            new: kept_value::<S>(&after, key, candidate.values.get(key)),
        });
        Self {
            changes: changes.collect(),
            writes,
            error,
            warnings,
            before,
            after,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// The writes of a commit.
    pub(super) fn writes(&self) -> Vec<StoreWrite> {
        let writes = self.writes.iter().map(|(key, text)| {
            let key = StoreKey::Setting(key.clone());
            match text {
                Some(text) => StoreWrite::put(key, text.as_bytes()),
                None => StoreWrite::delete(key),
            }
        });
        writes.collect()
    }

    /// The keys to set with their texts, and the keys to delete.
    pub(super) fn candidate(&self) -> (BTreeMap<String, String>, BTreeSet<String>) {
        let (mut set, mut unset) = (BTreeMap::new(), BTreeSet::new());
        for (key, text) in &self.writes {
            match text {
                Some(text) => drop(set.insert(key.clone(), text.to_string())),
                None => drop(unset.insert(key.clone())),
            }
        }
        (set, unset)
    }

    /// The keys whose change takes effect at a restart only.
    pub(super) fn needs_restart<S: Settings>(&self) -> Vec<String> {
        let layout = S::layout();
        let needs_restart = |key: &&String| {
            let Some(target) = target_of_store_key(layout, key) else {
                return false;
            };
            let name = target.name();
            let at = usize::from(name.index);
            let mut leaves = match name.target {
                Target::Group => {
                    let group = &layout.groups[at];
                    usize::from(group.first)..usize::from(group.end)
                }
                _ => at..at + 1,
            };
            !leaves.all(|leaf| reloads(layout, leaf))
        };
        self.writes.keys().filter(needs_restart).cloned().collect()
    }

    /// One line per setting that changes, below the names of both sides.
    pub(super) fn differences(&self, before: &str, after: &str, look: Look) -> String {
        let (before, after) = (
            Side::of_load(before, &self.before),
            Side::of_load(after, &self.after),
        );
        // Nothing is cut: the operator approves all of it.
        let look = Look {
            width: None,
            ..look
        };
        let (lines, _) = Differences::between(&before, &after).table(look);
        if lines.is_empty() && !self.is_empty() {
            let keys = self.writes.keys();
            let keys: Vec<String> = keys
                .map(|key| redact::escape_truncated(key).to_string())
                .collect();
            return format!(
                "no setting has another value, but these keys are written: {}\n",
                keys.join(", ")
            );
        }
        lines
    }
}

/// Loads contents of a store alone, whether they are valid or not.
pub(super) fn inspect<S: Settings>(
    store: &str,
    snapshot: &StoreSnapshot,
    origins: BTreeMap<String, Origin>,
) -> Inspection {
    let contents = CheckedContents {
        store: store.into(),
        snapshot: snapshot.clone(),
        origins,
    };
    Loader::<S>::empty().store_contents(contents).inspect()
}

/// The error and the warnings of a load of the store alone. A missing setting is not a problem: another layer of an
/// instance may set it.
pub(super) fn judged(load: Inspection) -> (Option<Error>, Vec<Problem>) {
    let Some(error) = load.error else {
        return (None, load.warnings);
    };
    let warnings = error.warnings().to_vec();
    match error.without(|problem| problem.kind() == ProblemKind::Missing) {
        (Ok(()), _) => (None, warnings),
        (Err(error), _) => (Some(error), warnings),
    }
}

/// A value as the history keeps it: its text, if every setting that it sets is shown as it is.
fn kept_value<S: Settings>(load: &Inspection, key: &str, value: Option<&Value>) -> KeptValue {
    let Some(value) = value else {
        return KeptValue::Absent;
    };
    let text = match str::from_utf8(value.bytes()) {
        Ok("") => return KeptValue::Text(String::new()),
        Ok(text) if redact::mask_urls(text) == text => text,
        _ => return KeptValue::Secret,
    };
    let is_of_key = |origin: &Origin| origin.layer() == Layer::Store && origin.name() == Some(key);
    let mut rows: Vec<_> = load
        .seen
        .iter()
        .filter(|row| row.origin.as_ref().is_some_and(is_of_key))
        .collect();
    if rows.is_empty()
        && let Some(NameTarget::Inside(name, _)) = target_of_store_key(S::layout(), key)
    {
        // A part of a map has the row of the map.
        let whole = S::layout().key_of(name.index.into());
        rows.extend(load.seen.iter().filter(|row| row.key == whole));
    }
    let is_shown = !rows.is_empty()
        && rows
            .iter()
            .all(|row| row.value != Shows::Masked && !matches!(row.written, Written::Nothing));
    if is_shown {
        KeptValue::Text(text.to_owned())
    } else {
        KeptValue::Secret
    }
}
