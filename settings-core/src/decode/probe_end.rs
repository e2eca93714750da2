//! The error that ends a probe.

use serde::de;
use std::fmt;

/// The end of the probe: the kind is known, or no value is left to continue with.
#[derive(Debug)]
pub(super) struct ProbeEnd;

impl de::Error for ProbeEnd {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self
    }
}

impl std::error::Error for ProbeEnd {}

impl fmt::Display for ProbeEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value was given")
    }
}
