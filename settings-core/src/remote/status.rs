//! `StoreStatus`: the state of a store, for operators and probes.

use super::answer::FaultKind;
use settings_syntax::duration;
use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// State of a store, and the age of the snapshot that it serves.
///
/// `Display` prints one line: `connected, revision 42`, or `unavailable for 3m (connection refused), serving revision 42 of
/// 3m ago`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreStatus {
    /// Name of the store and its prefix: `etcd /shop/`.
    pub name: String,
    /// State of the connection.
    pub state: StoreState,
    /// Start of this state.
    pub since: SystemTime,
    /// Revision of the snapshot that loads read; `None` without one.
    pub revision: Option<u64>,
    /// Where this snapshot comes from.
    pub served_from: Option<ServedFrom>,
    /// Time since the store last confirmed this snapshot, by a change or by an answer without one.
    pub age: Option<Duration>,
    /// The last error, also after a recovery.
    pub last_error: Option<LastError>,
    /// Reason why the last good snapshot could not be written or read, if so.
    pub disk_error: Option<String>,
    /// Number of snapshots that were requested: one at the start, one after each fault, and one after every 100 results
    /// with changes.
    pub attempts: u64,
    /// Number of these that succeeded.
    pub resyncs: u64,
    /// Number of results with changes.
    pub changes: u64,
    /// Number of faults.
    pub faults: u64,
}

/// State of the connection to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreState {
    /// The first attempt has neither succeeded nor failed yet.
    Starting,
    /// The store answers.
    Connected,
    /// The last attempt failed, or the store does not answer.
    Unavailable,
}

/// Source of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServedFrom {
    /// The store.
    Store,
    /// The last good snapshot on disk.
    Disk,
}

/// The last error of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastError {
    /// Kind of the error.
    pub kind: FaultKind,
    /// Message for operators, without secrets.
    pub message: String,
    /// Time of the error.
    pub at: SystemTime,
}

impl fmt::Display for StoreStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.elapsed().unwrap_or_default();
        match (self.state, &self.last_error) {
            (StoreState::Starting, _) => f.write_str("starting")?,
            (StoreState::Connected, _) => f.write_str("connected")?,
            (StoreState::Unavailable, None) => write!(f, "unavailable for {}", about(since))?,
            (StoreState::Unavailable, Some(error)) => {
                write!(f, "unavailable for {} ({})", about(since), error.message)?;
            }
        }
        match (self.revision, self.served_from, self.age) {
            (Some(revision), Some(ServedFrom::Disk), Some(age)) => {
                write!(
                    f,
                    ", serving revision {revision} from disk, {} old",
                    about(age)
                )
            }
            (Some(revision), ..) if self.state == StoreState::Connected => {
                write!(f, ", revision {revision}")
            }
            (Some(revision), _, Some(age)) => {
                write!(f, ", serving revision {revision} of {} ago", about(age))
            }
            _ => f.write_str(", serving nothing"),
        }
    }
}

/// A duration rounded down to its two largest units.
pub(super) fn about(age: Duration) -> String {
    let seconds = age.as_secs();
    let unit = match seconds {
        0..3600 => 1,
        3600..86_400 => 60,
        _ => 3600,
    };
    duration::format(Duration::from_secs(seconds / unit * unit))
}
