//! A load that is looked at: each leaf as it may be shown, sound or not, and what was said of it in vain.

use crate::{
    build::{Assemble, Observer},
    error::{Error, problem::Problem, source_report::SourceReport},
    loader::{self, Loader},
    resolve::{Overridden, Resolved},
    view::rows::Row,
};

/// What a load found, whether it failed or not.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// Every leaf; the derived properties too, if the load did not fail.
    pub(crate) rows: Vec<Row>,
    /// Every leaf, each with a print of what it came as.
    pub(crate) seen: Vec<Row>,
    /// Why it failed.
    pub(crate) error: Option<Error>,
    /// What was noticed, if it did not fail.
    pub(crate) warnings: Vec<Problem>,
    /// Every place that was looked at.
    pub(crate) looked: Vec<SourceReport>,
    /// What was overridden, or joined.
    pub(crate) overridden: Vec<Overridden>,
}

impl<T: Assemble> Loader<T> {
    /// Loads, and keeps what is only of interest to those who ask why.
    pub(crate) fn inspect(&self) -> Inspection {
        let mut resolved = Resolved::new(T::layout());
        resolved.overridden = Some(Vec::new());
        let mut reading = self.read(resolved);
        let looked = reading.looked.clone();
        let mut overridden = reading.resolved.overridden.take().unwrap_or_default();
        let mut aside = Observer::rows();
        let (rows, warnings, error) = match Self::put_together(reading, Some(&mut aside)) {
            Ok(loaded) => (Some(loaded.rows()), loaded.warnings().to_vec(), None),
            Err(error) => (None, Vec::new(), Some(error)),
        };
        loader::emit(error.as_ref().map_or(&warnings, Error::warnings));
        overridden.append(&mut aside.overridden);
        let seen = aside.rows.unwrap_or_default();
        Inspection {
            rows: rows.unwrap_or_else(|| seen.clone()),
            seen,
            error,
            warnings,
            looked,
            overridden,
        }
    }
}

impl Inspection {
    /// What is wrong.
    pub(crate) fn problems(&self) -> &[Problem] {
        self.error.as_ref().map_or(&[], Error::problems)
    }
}
