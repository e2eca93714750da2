//! State of live settings, as data.

use crate::{error::Error, view::time};
use std::{fmt, time::SystemTime};
#[cfg(feature = "watch")]
use std::{path::PathBuf, time::Duration};

/// State of live settings, returned by [`Live::status`](super::Live::status).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// Number of the revision in force; the first is 1.
    pub revision: u64,
    /// Time when it was put in force.
    pub since: SystemTime,
    /// Its [`fingerprint`](crate::Loaded::fingerprint).
    pub fingerprint: String,
    /// The last rejected change; `None` after a later valid load.
    pub rejected: Option<Rejection>,
    /// Number of rejected changes since the start.
    pub rejections: u64,
    /// Keys of settings that were changed in a source, but keep their running value until the next start.
    pub restart_required: Vec<String>,
    /// State of the probation, if the settings are on [`probation`](super::Live::probation).
    pub probation: Option<ProbationStatus>,
    /// State of this instance, if it has joined a [fleet](super::Live::join_fleet).
    #[cfg(feature = "remote")]
    pub fleet: Option<FleetStatus>,
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
    /// Time when it was rejected.
    pub at: SystemTime,
    /// Its problems.
    pub error: Error,
}

/// State of an instance of a fleet.
#[cfg(feature = "remote")]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FleetStatus {
    /// Id of the registration; empty without one.
    pub id: String,
    /// The rollout that the state is about.
    pub rollout: Option<String>,
    /// State of this instance in the rollout.
    pub state: super::InstanceState,
    /// The last health call; `None` without a health function, or before the first call.
    pub healthy: Option<bool>,
    /// Reason why the store will not accept this instance, such as missing permission to write. It then takes no part in rollouts,
    /// and gets their changes when they are over.
    pub error: Option<String>,
}

/// In one line, such as `baking in rollout 3f2a91c07be45d18, healthy; instance 8c01d2e4a97f6b35`.
#[cfg(feature = "remote")]
impl fmt::Display for FleetStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.state.word())?;
        if let Some(rollout) = &self.rollout {
            write!(f, " in rollout {rollout}")?;
        }
        f.write_str(match self.healthy {
            Some(true) => ", healthy",
            Some(false) => ", unhealthy",
            None => "",
        })?;
        if !self.id.is_empty() {
            write!(f, "; instance {}", self.id)?;
        }
        if let Some(error) = &self.error {
            write!(f, "; not in the fleet: {error}")?;
        }
        Ok(())
    }
}

/// State of the probation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProbationStatus {
    /// Whether the revision in force has passed.
    pub passed: bool,
    /// Number of good health calls since the revision was put in force; 0 for one that has passed.
    pub good: u32,
    /// Number of good calls that a revision needs.
    pub needed: u32,
    /// Whether the last health call was good.
    pub healthy: bool,
    /// Number of reverts since the start.
    pub reverts: u64,
    /// The last revert.
    pub last_revert: Option<Reversion>,
    /// Whether triggers reload nothing for now, after three reverts without a pass.
    pub paused: bool,
}

/// In one line, such as `3 of 8 health checks were good; 1 revert, the last at 2030-01-01T12:00:00Z of revision 4: …`.
impl fmt::Display for ProbationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed {
            f.write_str("passed")?;
        } else {
            write!(
                f,
                "{} of {} health checks were good",
                self.good, self.needed
            )?;
        }
        if !self.healthy {
            f.write_str(", the last one was not")?;
        }
        if let Some(last) = &self.last_revert {
            let plural = if self.reverts == 1 { "" } else { "s" };
            write!(
                f,
                "; {} revert{plural}, the last at {} of revision {}: {}",
                self.reverts,
                time::utc(last.at),
                last.revision,
                last.reason
            )?;
        }
        if self.paused {
            f.write_str("; paused: sources are not reloaded for now")?;
        }
        Ok(())
    }
}

/// A revert.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reversion {
    /// Time when the revision was taken back.
    pub at: SystemTime,
    /// Number of the revision that was taken back.
    pub revision: u64,
    /// Reason why it was taken back.
    pub reason: String,
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
