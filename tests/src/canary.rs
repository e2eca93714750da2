//! Marked secrets, which tests search for in memory and output.
//!
//! They are computed at run time, so that no program contains them before it gets one.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The names of the canaries.
pub const NAMES: [&str; 14] = [
    "key", "optional", "list0", "list1", "mapa", "mapb", "ruled", "boxed", "inner", "each0",
    "foreign", "lower", "unknown", "pin",
];

/// Length of the first canary. Allocators overwrite the first bytes of freed memory.
pub const LENGTH: usize = 96;

/// Difference between the lengths of two canaries, so that the freed memory of one is not reused for another.
const STEP: usize = 32;

/// The canary of a name, each byte changed by [`VEIL`].
#[derive(Debug)]
pub struct Veiled(Vec<u8>);

/// Changes a byte of a canary, so that a search does not find the search term itself.
pub const VEIL: u8 = 0x80;

impl Veiled {
    /// The canary of a name.
    pub fn of(name: &str) -> Self {
        let mut state = DefaultHasher::new();
        name.hash(&mut state);
        let mut random = state.finish() | 1;
        let nth = NAMES.iter().position(|each| *each == name);
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            VEIL | (b'a' + (random % 26) as u8)
        };
        let length = LENGTH + STEP * nth.unwrap_or_default();
        Self((0..length).map(|_| next()).collect())
    }

    /// The canary, in an allocation of its exact size.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.0.len());
        text.extend(self.0.iter().map(|byte| char::from(byte ^ VEIL)));
        text
    }

    /// Its veiled bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The canary of a name.
pub fn canary(name: &str) -> String {
    Veiled::of(name).text()
}
