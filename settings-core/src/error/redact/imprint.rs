//! A text that is known again where it occurs, although it was not kept.

use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::{BuildHasher, Hasher},
};

/// What is left of a text: its length, and a hash under a key that nobody else has.
#[derive(Clone)]
pub(crate) struct Imprint {
    length: usize,
    hash: u64,
    key: RandomState,
}

impl Imprint {
    pub(crate) fn of(text: &str) -> Self {
        let text = text.trim();
        let key = RandomState::new();
        Self {
            length: text.len(),
            hash: hash(&key, text.as_bytes()),
            key,
        }
    }

    /// Whether the text, which is not empty, occurs in another.
    pub(crate) fn is_in(&self, other: &str) -> bool {
        self.length > 0
            && other
                .as_bytes()
                .windows(self.length)
                .any(|part| hash(&self.key, part) == self.hash)
    }
}

fn hash(key: &RandomState, bytes: &[u8]) -> u64 {
    let mut hasher = key.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

impl fmt::Debug for Imprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Imprint(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Imprint;

    #[test]
    fn a_text_is_known_again_anywhere_in_another() {
        let imprint = Imprint::of(" hunter2\n");
        assert!(imprint.is_in("hunter2"));
        assert!(imprint.is_in("postgres://u:hunter2@h"));
        assert!(!imprint.is_in("hunter"));
        assert!(!imprint.is_in(""));
        assert!(!Imprint::of(" ").is_in("anything"));
    }
}
