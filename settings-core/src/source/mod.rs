//! Where settings come from: one file a kind of source, none of which knows another.

pub(crate) mod contents;

pub(crate) mod args;
pub(crate) mod env;
pub(crate) mod file;
#[cfg(feature = "figment")]
pub(crate) mod provider;
pub(crate) mod secrets_dir;
pub(crate) mod service_links;
