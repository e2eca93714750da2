//! Helpers of the tests: variables as pairs, and temporary files.

pub mod canary;
