//! Leads from a key to the entry that it stands for, without an allocation a key.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::mem;

use super::Entry;

/// From a key to the index of its entry: open addressing, at most half full.
///
/// A slot is the hash above the index + 1; an empty one is zero. The hash is seeded, so that no
/// file can be written whose keys all fall into one place.
pub(super) struct Index {
    slots: Vec<u64>,
    used: usize,
    seed: u64,
}

impl Index {
    pub(super) fn with_capacity(expected: usize) -> Self {
        Index {
            slots: vec![0; (2 * expected).next_power_of_two().max(8)],
            used: 0,
            seed: RandomState::new().build_hasher().finish(),
        }
    }

    pub(super) fn get(&self, key: &str, entries: &[Entry<'_>]) -> Option<usize> {
        let slot = self.slots[self.find(self.hash(key), key, entries)];
        (slot != 0).then(|| entry_of(slot))
    }

    /// Lets `key` lead to `index`; returns where it led before.
    #[inline]
    pub(super) fn replace(
        &mut self,
        key: &str,
        index: usize,
        entries: &[Entry<'_>],
    ) -> Option<usize> {
        let hash = self.hash(key);
        let place = self.find(hash, key, entries);
        let before = mem::replace(&mut self.slots[place], slot_of(hash, index));
        if before != 0 {
            return Some(entry_of(before));
        }
        self.used += 1;
        if 2 * self.used > self.slots.len() {
            self.grow();
        }
        None
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = usize> {
        self.slots
            .iter()
            .filter(|slot| **slot != 0)
            .map(|slot| entry_of(*slot))
    }

    /// The place of `key`, or the empty one where it belongs.
    #[inline]
    fn find(&self, hash: u32, key: &str, entries: &[Entry<'_>]) -> usize {
        let mask = self.slots.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let slot = self.slots[place];
            if slot == 0 || hash_of(slot) == hash && entries[entry_of(slot)].key == key {
                return place;
            }
            place = (place + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let mask = 2 * self.slots.len() - 1;
        let old = mem::replace(&mut self.slots, vec![0; mask + 1]);
        for slot in old.into_iter().filter(|slot| *slot != 0) {
            let mut place = hash_of(slot) as usize & mask;
            while self.slots[place] != 0 {
                place = (place + 1) & mask;
            }
            self.slots[place] = slot;
        }
    }

    /// The eight-byte pieces of the key, each folded in by a multiplication.
    #[inline]
    fn hash(&self, key: &str) -> u32 {
        let bytes = key.as_bytes();
        let mut hash = self.seed ^ bytes.len() as u64;
        let (pieces, rest) = bytes.as_chunks::<8>();
        for piece in pieces {
            hash = fold(hash, u64::from_le_bytes(*piece));
        }
        if !rest.is_empty() {
            let last = match bytes.last_chunk() {
                Some(last) => u64::from_le_bytes(*last),
                None => rest
                    .iter()
                    .fold(0, |word, byte| word << 8 | u64::from(*byte)),
            };
            hash = fold(hash, last);
        }
        hash_of(hash)
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
fn fold(hash: u64, piece: u64) -> u64 {
    let product = u128::from(hash ^ piece) * 0x9e37_79b9_7f4a_7c15;
    product as u64 ^ (product >> 64) as u64
}

#[inline]
fn slot_of(hash: u32, entry: usize) -> u64 {
    u64::from(hash) << 32 | (entry as u64 + 1)
}

#[inline]
fn hash_of(slot: u64) -> u32 {
    (slot >> 32) as u32
}

/// The entry that a slot in use leads to.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
fn entry_of(slot: u64) -> usize {
    slot as u32 as usize - 1
}
