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
