//! Sources of values: one file per kind, independent of each other.

pub(crate) mod contents;
pub(crate) mod decrypt;

pub(crate) mod args;
pub(crate) mod env;
pub(crate) mod file;
pub(crate) mod near_path;
#[cfg(feature = "figment")]
pub(crate) mod provider;
pub(crate) mod secrets_dir;
pub(crate) mod service_links;
