//! Helpers of the tests: variables as pairs, temporary files; and the laws that property tests and fuzz targets share.

pub mod canary;
pub mod laws;
