//! Grammars of names, booleans, numbers and durations, and lists of sensitive names, shared by `settings-core` and its derive macro.
//!
//! This crate is internal: its API may change in any release.

pub mod boolean;
pub mod duration;
pub mod list;
pub mod name;
pub mod number;
mod sensitive;
pub mod suggest;

pub use sensitive::is_sensitive_name;
