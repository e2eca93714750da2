//! Diagnostic load: every setting, valid or not, and the values that were overridden.

use crate::{
    build::{
        Assemble, BuiltLeaf, Cursor, Observer, SkippedGroup,
        rows::{self, Row, Shows, Written},
    },
    error::{
        Error,
        origin::{Layer, Origin},
        problem::Problem,
        redact::{self, Secrets},
        source_report::SourceReport,
    },
    loader::{self, Loader},
    resolve::{Overridden, Resolved, SlotValue},
    schema::{Leaf, Shape},
    value::raw::Raw,
};

/// The results of a load, whether it failed or not.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// Every setting; also the derived properties, if the load did not fail.
    pub(crate) rows: Vec<Row>,
    /// Every setting, with a hash of its value.
    pub(crate) seen: Vec<Row>,
    /// The problems.
    pub(crate) error: Option<Error>,
    /// The warnings, if it did not fail.
    pub(crate) warnings: Vec<Problem>,
    /// Every source.
    pub(crate) sources: Vec<SourceReport>,
    /// Overridden values, and those that were joined.
    pub(crate) overridden: Vec<OverriddenRow>,
    /// Names that do not match any setting, escaped.
    pub(crate) unknown: Vec<String>,
}

/// An overridden value, or one that was joined with others.
#[derive(Debug)]
pub(crate) struct OverriddenRow {
    pub(crate) overridden: Overridden,
    /// The value as it is printed, if it is one and not masked by its name or origin.
    pub(crate) shows: Shows,
}

impl<T: Assemble> Loader<T> {
    /// Loads, and keeps all data for explanations.
    pub(crate) fn inspect(&self) -> Inspection {
        let mut resolved = Resolved::new(T::layout());
        resolved.overridden = Some(Vec::new());
        let mut reading = self.read(resolved);
        let sources = reading.reports.clone();
        let unknown = reading.resolved.unknown_names.iter();
        let unknown = unknown.filter(|each| each.origin.layer() != Layer::SecretsDir);
        let unknown = unknown.map(|each| redact::escape_truncated(&each.name).to_string());
        let unknown: Vec<String> = unknown.collect();
        let mut recorder = Recorder::default();
        recorder.overridden(reading.resolved.overridden.take().unwrap_or_default());
        let (rows, warnings, error) = match Self::build(reading, Some(&mut recorder)) {
            Ok(loaded) => (Some(loaded.rows()), loaded.warnings().to_vec(), None),
            Err(error) => (None, Vec::new(), Some(error)),
        };
        loader::emit(error.as_ref().map_or(&warnings, Error::warnings));
        let Recorder {
            rows: seen,
            mut overridden,
            ..
        } = recorder;
        let mut seen_values: Vec<(String, Origin, usize)> = Vec::new();
        // A value with a name of several variants was bound to the setting of each.
        overridden.retain(|row| {
            let value = &row.overridden;
            if !value.layout.is_in_variant(value.leaf) || value.map_key.is_some() {
                return true;
            }
            let (key, origin) = (value.key(), value.origin.clone());
            let is_repeated = seen_values
                .iter()
                .any(|seen| seen.0 == key && seen.1 == origin && seen.2 != value.leaf);
            seen_values.push((key, origin, value.leaf));
            !is_repeated
        });
        Inspection {
            rows: rows.unwrap_or_else(|| seen.clone()),
            seen,
            error,
            warnings,
            sources,
            overridden,
            unknown,
        }
    }
}

impl Inspection {
    /// The problems, if it failed.
    pub(crate) fn problems(&self) -> &[Problem] {
        self.error.as_ref().map_or(&[], Error::problems)
    }
}

/// Observer that records a row for each setting, and every overridden value.
#[derive(Default)]
struct Recorder {
    rows: Vec<Row>,
    /// The rows of settings whose default is not computed yet.
    pending: Vec<usize>,
    overridden: Vec<OverriddenRow>,
    /// Hash of the value that is being decoded.
    raw: Option<u64>,
}

impl Observer for Recorder {
    fn raw(&mut self, _: &Leaf, raw: &Raw) {
        self.raw = Some(raw.print());
    }

    fn leaf(&mut self, built: &BuiltLeaf<'_>) {
        let &BuiltLeaf {
            cursor,
            at,
            leaf,
            slot,
            ..
        } = built;
        let (shows, written) = match built.value {
            Some(value) => rows::of_leaf(
                cursor.layout,
                at,
                leaf,
                value,
                slot,
                &mut Secrets::default(),
            ),
            None => (Shows::Invalid, Written::Nothing),
        };
        let row = Row {
            hash: self.raw.take(),
            ..Row::of_load(cursor, at, shows).with_slot(leaf, written, slot)
        };
        for OverriddenRow { overridden, shows } in &mut self.overridden {
            if let SlotValue::Value(raw) = &overridden.value
                && overridden.key() == row.key
            {
                *shows = rows::of_raw(raw, leaf, built.field);
            }
        }
        let pending = self
            .pending
            .iter()
            .position(|at| self.rows[*at].key == row.key);
        match pending {
            Some(nth) => self.rows[self.pending.swap_remove(nth)] = row,
            None => self.rows.push(row),
        }
    }

    fn pending(&mut self, cursor: &Cursor, leaf: usize) {
        self.pending.push(self.rows.len());
        self.rows.push(Row::of_load(cursor, leaf, Shows::Nothing));
    }

    fn absent_group(&mut self, cursor: &Cursor, group: &SkippedGroup, _: bool) {
        let leaves = group.settings(cursor.layout);
        self.rows
            .extend(leaves.map(|at| Row::of_load(cursor, at, Shows::Nothing)));
    }

    fn no_elements(&mut self, cursor: &Cursor, leaf: usize, shape: Option<Shape>, origin: Origin) {
        let shows = shape.map_or(Shows::Invalid, rows::no_elements);
        self.rows.push(Row {
            origin: Some(origin),
            ..Row::of_load(cursor, leaf, shows)
        });
    }

    fn absent_elements(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.value = Shows::Nothing;
            row.origin = row
                .origin
                .take()
                .filter(|origin| origin.layer() != Layer::Default);
        }
    }

    fn wants_overridden(&self) -> bool {
        true
    }

    fn overridden(&mut self, values: Vec<Overridden>) {
        let rows = values.into_iter().map(|overridden| {
            let leaf = overridden.layout.leaf(overridden.leaf);
            let shows = match (&overridden.value, leaf) {
                (SlotValue::Value(raw), Some(leaf)) => rows::of_untyped(raw, leaf),
                _ => Shows::Masked,
            };
            OverriddenRow { overridden, shows }
        });
        self.overridden.extend(rows);
    }
}
