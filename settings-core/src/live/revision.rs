//! One complete load with its number.

use crate::{build::Assemble, loaded::Loaded};
use std::{sync::Arc, time::SystemTime};

/// A load that was put in force.
pub(super) struct Revision<T> {
    pub(super) number: u64,
    pub(super) since: SystemTime,
    /// Shared by the revisions that return to it.
    pub(super) loaded: Arc<Loaded<T>>,
    pub(super) fingerprint: Arc<str>,
}

impl<T: Assemble> Revision<T> {
    /// The revision of a load that is put in force now.
    pub(super) fn new(number: u64, loaded: Arc<Loaded<T>>) -> Self {
        Self {
            number,
            since: SystemTime::now(),
            fingerprint: loaded.fingerprint().into(),
            loaded,
        }
    }
}
