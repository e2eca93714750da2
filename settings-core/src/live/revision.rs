//! One complete load with its number.

use crate::loaded::Loaded;
use std::time::SystemTime;

/// A load that was put in force.
pub(super) struct Revision<T> {
    pub(super) number: u64,
    pub(super) since: SystemTime,
    pub(super) loaded: Loaded<T>,
}
