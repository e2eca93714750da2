//! Test helpers, and the laws that property tests and fuzz targets share.

pub mod canary;
pub mod laws;
pub mod shapes;
