//! How live settings are doing.

use crate::error::Error;
use std::time::SystemTime;
#[cfg(feature = "watch")]
use std::{path::PathBuf, time::Duration};

/// How live settings are doing, by [`Live::status`](super::Live::status).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The number of the revision that is in force; the first is 1.
    pub revision: u64,
    /// Since when it is.
    pub since: SystemTime,
    /// The change that was refused last, unless what came after it was sound.
    pub rejected: Option<Rejection>,
    /// How many changes were refused so far.
    pub rejections: u64,
    /// The keys of leaves that were changed, but keep the value they have until the next start.
    pub restart_required: Vec<String>,
    /// How the stores that are layers are doing, in the order of the layers.
    #[cfg(feature = "remote")]
    pub stores: Vec<crate::remote::Status>,
    /// How files are watched, if they are.
    #[cfg(feature = "watch")]
    pub watching: Option<WatchStatus>,
}

/// A change that was refused.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rejection {
    /// When it was refused.
    pub at: SystemTime,
    /// Every problem of it.
    pub error: Error,
}

/// How files are watched.
#[cfg(feature = "watch")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchStatus {
    /// The folders that the system tells of.
    pub folders: Vec<PathBuf>,
    /// The folders that it does not tell of, and why; changes in them are found by looking again.
    pub unwatched: Vec<(PathBuf, String)>,
    /// How often the system lost track of what happened, after which everything was read again.
    pub overflows: u64,
    /// How often everything is read again, whatever the system tells.
    pub every: Duration,
    /// Since when a change is held back, because a file is still being written or a part is missing.
    pub unsettled: Option<SystemTime>,
}
