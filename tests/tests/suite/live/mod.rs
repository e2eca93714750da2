//! Live settings.

mod approve;
mod enums;
mod events;
mod following;
mod keeping;
mod probation;
mod reloading;
mod secrecy;
#[cfg(unix)]
mod sighup;
#[cfg(unix)]
mod watching;

use std::time::Duration;

/// An upper bound that only a failing test reaches.
const LONG: Duration = Duration::from_mins(1);
