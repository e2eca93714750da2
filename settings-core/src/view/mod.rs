//! Output of a loaded struct: rows, and one file per format.

pub(crate) mod env;
#[cfg(feature = "cli")]
pub(crate) mod explain;
pub(crate) mod fingerprint;
pub(crate) mod html;
#[cfg(feature = "cli")]
pub(crate) mod inspect;
pub(crate) mod json;
mod line;
#[cfg(feature = "cli")]
pub(crate) mod select;
pub(crate) mod table;
pub(crate) mod time;
#[cfg(feature = "cli")]
pub(crate) mod toml;
