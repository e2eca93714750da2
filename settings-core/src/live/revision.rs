//! One whole set of settings, with its number.

use crate::loaded::Loaded;
use std::time::SystemTime;

/// Settings as they were accepted.
pub(super) struct Revision<T> {
    pub(super) number: u64,
    pub(super) since: SystemTime,
    pub(super) loaded: Loaded<T>,
}
