//! A text that is known again where it occurs, although it was not kept.

use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::{BuildHasher, Hasher},
};

/// What is left of a text: its length, and a hash under a key that nobody else has.
#[derive(Clone)]
pub(crate) struct SecretHash {
    length: usize,
    hash: u64,
    key: RandomState,
}

impl SecretHash {
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

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::SecretHash;

    #[test]
    fn a_text_is_known_again_anywhere_in_another() {
        let secret_hash = SecretHash::of(" hunter2\n");
        assert!(secret_hash.is_in("hunter2"));
        assert!(secret_hash.is_in("postgres://u:hunter2@h"));
        assert!(!secret_hash.is_in("hunter"));
        assert!(!secret_hash.is_in(""));
        assert!(!SecretHash::of(" ").is_in("anything"));
    }
}
