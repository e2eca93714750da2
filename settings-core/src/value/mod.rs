//! Values of sources, before they are matched to settings.

pub(crate) mod format;
pub(crate) mod json;
pub(crate) mod node;
pub(crate) mod observer;
pub(crate) mod path;
pub(crate) mod quotes;
pub(crate) mod raw;
pub(crate) mod sha256;
pub(crate) mod sort;
pub(crate) mod text;
