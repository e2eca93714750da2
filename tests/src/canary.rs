//! Texts that are searched for where no secret may be.
//!
//! They are made at run time, so that no program holds them before it is given one.

use std::hash::{DefaultHasher, Hash, Hasher};

/// What canaries are for.
pub const NAMES: [&str; 14] = [
    "key", "optional", "list0", "list1", "mapa", "mapb", "ruled", "boxed", "inner", "each0",
    "foreign", "lower", "unknown", "pin",
];

/// How long the first canary is. Allocators write over the first bytes of memory that is given back.
pub const LENGTH: usize = 96;

/// How much longer the next one is: memory that one has left is not handed out for another.
const STEP: usize = 32;

/// The canary of a name, each byte changed by [`VEIL`].
#[derive(Debug)]
pub struct Veiled(Vec<u8>);

/// Changes a byte of a canary, so that what is searched for is not found where it waits.
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

    /// The canary itself, in memory of its exact size.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.0.len());
        text.extend(self.0.iter().map(|byte| char::from(byte ^ VEIL)));
        text
    }

    /// Its bytes, changed.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The canary of a name.
pub fn canary(name: &str) -> String {
    Veiled::of(name).text()
}
