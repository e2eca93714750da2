//! Test helpers, and the laws that property tests and fuzz targets share.

pub mod canary;
pub mod laws;
#[cfg(any(feature = "etcd", feature = "postgres"))]
pub mod servers;
pub mod shapes;
