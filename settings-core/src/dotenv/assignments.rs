//! Assignments read so far, for references to them and for repeated keys.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::error::MAX_ERRORS;
use super::text::Text;
use super::{Entry, Warning};

pub(super) struct Assignments<'a> {
    entries: Vec<Entry<'a>>,
    /// Indices of the entries whose assignment is invalid, or depends on an invalid one.
    unknown: Vec<usize>,
    warnings: Vec<Warning>,
    /// Whether a key was set twice.
    repeats: bool,
    /// The entry of each key.
    index: HashMap<&'a str, usize, RandomState>,
}

/// The limit for the assignments of a file.
const MAX_ASSIGNMENTS: usize = 500_000;

/// The value of a name in the assignments above.
pub(super) enum Above<'t> {
    Unset,
    /// Set and not empty, but invalid.
    Unknown,
    Set(&'t str),
}

impl<'a> Assignments<'a> {
    /// Reserves memory for about this many.
    pub(super) fn with_capacity(expected: usize) -> Self {
        Assignments {
            entries: Vec::with_capacity(expected),
            unknown: Vec::new(),
            warnings: Vec::new(),
            repeats: false,
            index: HashMap::with_capacity_and_hasher(expected, RandomState::default()),
        }
    }

    /// Adds an assignment; without a text it counts as set and not empty.
    #[inline]
    pub(super) fn push(
        &mut self,
        (key, column): (&'a str, usize),
        text: Option<Text<'a>>,
        line: u32,
        quoted: bool,
    ) {
        let place = self.entries.len();
        if let Some(previous) = self.index.insert(key, place) {
            self.repeated(key, line, column, previous);
        }
        if text.is_none() {
            self.unknown.push(place);
        }
        self.entries.push(Entry {
            key,
            text: text.unwrap_or(Text::Borrowed("")),
            line,
            quoted,
        });
    }

    pub(super) fn get(&self, key: &str) -> Above<'_> {
        match self.index.get(key) {
            None => Above::Unset,
            Some(index) if self.unknown.binary_search(index).is_ok() => Above::Unknown,
            Some(&index) => Above::Set(self.entries[index].value()),
        }
    }

    /// The last assignment of each key, in file order, and the warnings.
    pub(super) fn finish(self) -> (Vec<Entry<'a>>, Vec<Warning>) {
        if !self.repeats {
            return (self.entries, self.warnings);
        }
        let mut wins = vec![false; self.entries.len()];
        for index in self.index.into_values() {
            wins[index] = true;
        }
        let mut wins = wins.into_iter();
        let mut entries = self.entries;
        entries.retain(|_| wins.next() == Some(true));
        (entries, self.warnings)
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() == MAX_ASSIGNMENTS
    }

    #[cold]
    fn repeated(&mut self, key: &str, line: u32, column: usize, previous: usize) {
        self.repeats = true;
        if self.warnings.len() == MAX_ERRORS {
            return;
        }
        self.warnings.push(Warning {
            key: key.into(),
            line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
            previous: self.entries[previous].line,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Above, Assignments, Text};

    #[test]
    fn finds_each_of_many_keys_and_the_last_of_a_repeated_one() {
        let keys: Vec<String> = (0..2000).map(|n| format!("K{n}")).collect();
        let mut assignments = Assignments::with_capacity(0);
        for (line, key) in (1..).zip(&keys) {
            assignments.push((key, 1), Some(Text::Borrowed(key)), line, false);
        }
        assignments.push(("K7", 1), None, 3000, false);

        assert!(matches!(assignments.get("K1999"), Above::Set("K1999")));
        assert!(matches!(assignments.get("K7"), Above::Unknown));
        assert!(matches!(assignments.get("K2000"), Above::Unset));

        let (entries, warnings) = assignments.finish();
        assert_eq!(entries.len(), 2000);
        assert_eq!((entries[7].key(), entries[1999].key()), ("K8", "K7"));
        assert_eq!((warnings[0].previous, warnings.len()), (8, 1));
    }
}
