//! Output of a loaded struct: rows, and one file per format.

pub(crate) mod env;
#[cfg(feature = "cli")]
pub(crate) mod explain;
#[cfg(feature = "cli")]
pub(crate) mod inspect;
pub(crate) mod json;
pub(crate) mod markup;
#[cfg(feature = "cli")]
pub(crate) mod select;
pub(crate) mod table;
#[cfg(feature = "cli")]
pub(crate) mod toml;
