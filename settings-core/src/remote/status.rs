//! `StoreStatus`: what a store is doing, for a page that a person or a probe reads.

use super::engine::FaultKind;
use settings_syntax::duration;
use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// What a store is doing, and how old that is which it serves.
///
/// It prints in one line: `connected, revision 42`, or `unavailable for 3m (connection refused), serving revision 42 of 3m ago`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreStatus {
    /// The store and prefix: `etcd /shop/`.
    pub name: String,
    /// Whether it can be heard.
    pub state: StoreState,
    /// Since when it has been so.
    pub since: SystemTime,
    /// The revision of what is served; `None` if nothing is.
    pub revision: Option<u64>,
    /// Where that came from.
    pub served_from: Option<ServedFrom>,
    /// How long ago the store last said, or confirmed by saying nothing new, what is served.
    pub age: Option<Duration>,
    /// What last went wrong, also if it is mended by now.
    pub last_error: Option<LastError>,
    /// What keeps the last good snapshot from being written or read, if something does.
    pub disk_error: Option<String>,
    /// How often everything was asked for: once at the start, and once after each fault.
    pub attempts: u64,
    /// How often one of these succeeded.
    pub resyncs: u64,
    /// How often something was told to have changed.
    pub changes: u64,
    /// How often something went wrong.
    pub faults: u64,
}

/// Whether a store can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreState {
    /// It has not answered yet, nor failed to.
    Starting,
    /// It is heard.
    Connected,
    /// It is not heard.
    Unavailable,
}

/// Where a snapshot came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServedFrom {
    /// The store.
    Store,
    /// The last good snapshot on disk.
    Disk,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastError {
    /// What kind of thing.
    pub kind: FaultKind,
    /// What a person should know of it.
    pub message: String,
    /// When.
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

/// A length of time in its two largest units, which is as much as a person wants to know.
pub(super) fn about(age: Duration) -> String {
    let seconds = age.as_secs();
    let unit = match seconds {
        0..3600 => 1,
        3600..86_400 => 60,
        _ => 3600,
    };
    duration::format(Duration::from_secs(seconds / unit * unit))
}
