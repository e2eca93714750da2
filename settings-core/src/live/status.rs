//! State of live settings, as data.

use crate::error::Error;
use std::time::SystemTime;
#[cfg(feature = "watch")]
use std::{path::PathBuf, time::Duration};

/// State of live settings, returned by [`Live::status`](super::Live::status).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// Number of the revision in force; the first is 1.
    pub revision: u64,
    /// When it was put in force.
    pub since: SystemTime,
    /// The last rejected change; `None` after a later valid load.
    pub rejected: Option<Rejection>,
    /// Number of rejected changes since the start.
    pub rejections: u64,
    /// Keys of settings that were changed in a source, but keep their running value until the next start.
    pub restart_required: Vec<String>,
    /// State of each store among the layers, in the order of the layers.
    #[cfg(feature = "remote")]
    pub stores: Vec<crate::remote::StoreStatus>,
    /// State of the file watcher, if there is one.
    #[cfg(feature = "watch")]
    pub watching: Option<WatchStatus>,
}

/// A rejected change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rejection {
    /// When it was rejected.
    pub at: SystemTime,
    /// Its problems.
    pub error: Error,
}

/// State of the file watcher.
#[cfg(feature = "watch")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchStatus {
    /// Directories for which the operating system reports changes.
    pub directories: Vec<PathBuf>,
    /// Directories that cannot be watched, each with the reason. Changes in them are found by polling.
    pub unwatched: Vec<(PathBuf, String)>,
    /// How often the operating system dropped events. Everything is read again after each.
    pub overflows: u64,
    /// Interval after which everything is read again without an event.
    pub every: Duration,
    /// Since when a change is held back because a file is still being written or is missing.
    pub unsettled: Option<SystemTime>,
}
