//! Live settings.

mod enums;
mod events;
mod following;
mod keeping;
mod reloading;
mod secrecy;
#[cfg(unix)]
mod sighup;
#[cfg(unix)]
mod watching;
