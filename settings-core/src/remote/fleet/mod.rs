//! Fleet: the processes that share the settings of one prefix, and changes that reach a few of them first.
//!
//! The settings that an instance runs are a function of one snapshot of the store, of its own registration and of the rollouts that it
//! has left ([`instance`]). A controller moves a rollout from stage to stage ([`controller`]). Both are pure: snapshots,
//! clocks and randomness are passed in. If anything is unknown, lost, expired or malformed, the base is in force, never
//! the candidate.

#[cfg(feature = "cli")]
pub(crate) mod commits;
#[cfg(feature = "cli")]
pub(crate) mod controller;
#[cfg(feature = "live")]
pub(crate) mod instance;
pub(crate) mod pulse;
#[cfg(feature = "live")]
pub(crate) mod registration;
pub(crate) mod rollout;
#[cfg(feature = "cli")]
pub(crate) mod selection;
#[cfg(all(test, feature = "cli", feature = "live", feature = "testing"))]
mod simulation;
pub(crate) mod stages;
pub(crate) mod status;

/// Reserved setting with the current rollout, or the last one.
pub(crate) const ROLLOUT: &str = "@rollout";
/// Reserved setting that the controller rewrites while it is alive. It ends with the lease of the lock.
pub(crate) const PULSE: &str = "@pulse";
/// Control key with the id of the controller, on a lease.
pub(crate) const LOCK: &str = "control/lock";
/// Prefix of the control keys with the status of one instance each.
pub(crate) const FLEET: &str = "fleet/";

/// Version of the formats. A newer one is not read.
const VERSION: u64 = 1;

/// Time on the clock of an instance or a controller: milliseconds since any moment, on a monotonic clock.
pub(crate) type Millis = u64;

/// Whether a text is a name: of a program, an instance, a label or a rollout. Nothing else from a store is printed as it is.
pub(crate) fn is_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=63).contains(&text.len()) && text.bytes().all(is_of_name)
}
