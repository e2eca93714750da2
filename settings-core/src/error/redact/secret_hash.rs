//! Hashes of secret texts, which find the texts in output without keeping them.

use super::forms::each_form;
use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::{BuildHasher, Hasher},
    ops::Range,
};

/// The length and the hash of one spelling of a secret, under a key that only this process knows.
#[derive(Clone)]
pub(crate) struct SecretHash {
    length: usize,
    hash: u64,
    /// Whether only whole words match.
    word: bool,
    key: RandomState,
}

impl SecretHash {
    /// One hash for each spelling that is searched for.
    pub(crate) fn each(text: &str) -> Vec<Self> {
        let mut hashes = Vec::new();
        let key = RandomState::new();
        each_form(text, &mut |form, word| {
            let hash = hash(&key, &form);
            let key = key.clone();
            hashes.push(Self {
                length: form.len(),
                hash,
                word,
                key,
            });
        });
        hashes
    }

    /// Calls `found` with each range of the spelling in bytes of lower case.
    pub(super) fn find(&self, bytes: &[u8], found: &mut dyn FnMut(Range<usize>, bool)) {
        for (at, part) in bytes.windows(self.length).enumerate() {
            if hash(&self.key, part) == self.hash {
                found(at..at + self.length, self.word);
            }
        }
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
    use crate::error::redact::Secrets;

    #[test]
    fn a_secret_is_found_by_its_hashes() {
        let mut secrets = Secrets::default();
        secrets.add_hashes(&SecretHash::each(" hunter22\n"));
        for (text, expected) in [
            ("hunter22", "[redacted]"),
            ("x-HUNTER22-y", "x-[redacted]-y"),
            ("aHVudGVyMjI", "[redacted]"),
            ("hunter2", "hunter2"),
            ("", ""),
        ] {
            assert_eq!(secrets.mask(text), expected);
        }
        assert!(SecretHash::each(" ").is_empty());
    }
}
