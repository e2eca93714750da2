//! Events of live settings.

use crate::{build::rows::Row, error::Error};
use std::{collections::BTreeMap, fmt};

/// The outcome of a change.
///
/// It contains no secret: old and new values are printed as in [`dump`](crate::Loaded::dump).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A valid change is in force.
    #[non_exhaustive]
    Applied {
        /// Number of the new revision.
        revision: u64,
        /// The settings whose value changed.
        changed: Vec<Change>,
        /// Keys of settings whose change takes effect at the next start, because they are not
        /// [`reload`](derive@crate::Settings#reload): all that differ from the running settings, not only those of this change.
        restart_required: Vec<String>,
    },
    /// A change was taken back, because the program became unhealthy; see [`probation`](super::Live::probation). Treat it like
    /// `Applied`: the settings in force have changed.
    #[non_exhaustive]
    Reverted {
        /// Number of the new revision.
        revision: u64,
        /// Reason why the change was taken back.
        reason: String,
        /// The settings whose value changed.
        changed: Vec<Change>,
    },
    /// A change was rejected.
    #[non_exhaustive]
    Rejected {
        /// Number of the revision that stays in force.
        revision: u64,
        /// The problems of the rejected change.
        error: Error,
    },
}

/// One setting whose value changed.
///
/// ```
/// # use settings_core::{Settings, live::Event};
/// # use std::sync::mpsc;
/// # #[derive(Debug, Settings)]
/// # struct App { #[settings(default = 10, reload)] pool_size: u32 }
/// # let directory = tempfile::tempdir()?;
/// # let file = directory.path().join(".env");
/// # std::fs::write(&file, "POOL_SIZE=5")?;
/// let live = App::empty_loader().env_file(&file).live()?;
/// let events = live.subscribe_channel();
///
/// std::fs::write(&file, "POOL_SIZE=20")?;
/// live.reload()?;
///
/// let Event::Applied { changed, .. } = events.recv()? else { panic!() };
/// assert_eq!((changed[0].key(), changed[0].old(), changed[0].new()), ("pool_size", "5", "20"));
/// assert_eq!(changed[0].to_string(), "pool_size: 5 -> 20");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    key: String,
    old: String,
    new: String,
}

impl Change {
    /// The dotted key of the setting.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The old value, masked if it is secret; `-` if there was none.
    pub fn old(&self) -> &str {
        &self.old
    }

    /// The new value, masked if it is secret; `-` if there is none.
    #[expect(clippy::new_ret_no_self, reason = "a getter, the counterpart of `old`")]
    pub fn new(&self) -> &str {
        &self.new
    }

    /// Returns the changes of these keys between two loads.
    pub(super) fn between(keys: Vec<String>, old: &[Row], new: &[Row]) -> Vec<Self> {
        let (old, new) = (by_key(old), by_key(new));
        let value = |rows: &BTreeMap<&str, &Row>, key: &str| match rows.get(key) {
            Some(row) => row.value.to_string(),
            None => "-".to_owned(),
        };
        let changes = keys.into_iter().map(|key| Self {
            old: value(&old, &key),
            new: value(&new, &key),
            key,
        });
        changes.collect()
    }
}

fn by_key(rows: &[Row]) -> BTreeMap<&str, &Row> {
    rows.iter().map(|row| (row.key.as_str(), row)).collect()
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.key, self.old, self.new)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied {
                revision,
                changed,
                restart_required,
            } => {
                write!(f, "revision {revision} of the settings")?;
                write_changes(f, changed)?;
                if !restart_required.is_empty() {
                    write!(
                        f,
                        "; a restart is required for {}",
                        restart_required.join(", ")
                    )?;
                }
                Ok(())
            }
            Self::Reverted {
                revision,
                reason,
                changed,
            } => {
                write!(
                    f,
                    "reverted by revision {revision} of the settings, because {reason}"
                )?;
                write_changes(f, changed)
            }
            Self::Rejected { revision, error } => {
                write!(f, "rejected; revision {revision} stays in force: {error}")
            }
        }
    }
}

fn write_changes(f: &mut fmt::Formatter<'_>, changed: &[Change]) -> fmt::Result {
    for (nth, change) in changed.iter().enumerate() {
        let before = if nth == 0 { ": " } else { ", " };
        write!(f, "{before}{change}")?;
    }
    Ok(())
}
