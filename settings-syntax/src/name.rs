//! Normalized names: lower case, with each run of `_`, `-` and `.` as one `_`.
//!
//! Two spellings of one name, such as `APP_DB__POOL_SIZE` and `app-db-pool-size`, have the same normalized name.

/// The hash of a normalized name, continued byte by byte.
///
/// The hash is FNV-1a. It runs in constant evaluation, and the names of a group's settings continue the hash of the
/// group's own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct NameHash {
    hash: u64,
    /// The last byte of the normalized name, or 0 if the name is empty.
    last: u8,
}

impl NameHash {
    /// The hash of the empty name.
    pub const EMPTY: Self = Self {
        hash: 0xcbf2_9ce4_8422_2325,
        last: 0,
    };

    /// The hash of the name so far.
    #[inline]
    pub const fn get(self) -> u64 {
        self.hash
    }

    /// Continues the name by `text`.
    #[inline]
    pub const fn text(self, text: &[u8]) -> Self {
        let Self { mut hash, mut last } = self;
        let mut at = 0;
        // Constant evaluation counts calls, so there are none in this loop.
        while at < text.len() {
            let byte = NORMALIZED[text[at] as usize];
            if byte != b'_' || last != b'_' {
                hash = (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
                last = byte;
            }
            at += 1;
        }
        Self { hash, last }
    }

    /// Continues the name by `text`, and writes its spelling as the name of a variable. Returns the number of bytes written.
    #[inline]
    pub const fn variable(self, text: &[u8], spelling: &mut [u8]) -> (Self, usize) {
        let Self { mut hash, mut last } = self;
        let (mut at, mut len) = (0, 0);
        while at < text.len() {
            let byte = NORMALIZED[text[at] as usize];
            if byte != b'_' || last != b'_' {
                hash = (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
                last = byte;
                spelling[len] = UPPER[byte as usize];
                len += 1;
            }
            at += 1;
        }
        (Self { hash, last }, len)
    }

    /// Continues the name by one more segment of a path.
    #[inline]
    pub const fn segment(self, text: &[u8]) -> Self {
        if self.last == 0 {
            self.text(text)
        } else {
            self.text(b"_").text(text)
        }
    }
}

/// The byte of a variable's name for each byte of a normalized name.
const UPPER: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "counts to 255")]
        let this = byte as u8;
        table[byte] = this.to_ascii_uppercase();
        byte += 1;
    }
    table
};

/// The byte of a normalized name for each byte of a name, except that runs of separators are not merged.
const NORMALIZED: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "counts to 255")]
        let this = byte as u8;
        table[byte] = match this {
            b'-' | b'.' => b'_',
            _ => this.to_ascii_lowercase(),
        };
        byte += 1;
    }
    table
};

/// Names that the shell or the system sets in every process, with their hashes.
pub const GUARDED: [(u64, &str); 18] = {
    let names = [
        "PATH", "HOME", "USER", "USERNAME", "LOGNAME", "HOSTNAME", "SHELL", "PWD", "OLDPWD",
        "TERM", "LANG", "TMP", "TEMP", "TMPDIR", "MAIL", "DISPLAY", "EDITOR", "OS",
    ];
    let mut guarded = [(0, ""); 18];
    let mut at = 0;
    while at < names.len() {
        guarded[at] = (NameHash::EMPTY.text(names[at].as_bytes()).get(), names[at]);
        at += 1;
    }
    guarded
};

/// Whether this is the exact name of a variable in [`GUARDED`].
pub fn is_guarded(name: &str) -> bool {
    GUARDED.iter().any(|(_, guarded)| *guarded == name)
}

/// The hash of a name in any spelling.
#[inline]
pub const fn hash(name: &[u8]) -> u64 {
    NameHash::EMPTY.text(name).get()
}

/// A hash of the bytes as they are, eight at a time. It is faster than [`hash`], for names in canonical spelling.
#[inline]
pub const fn exact_hash(name: &[u8]) -> u64 {
    let mut hash = name.len() as u64;
    let mut rest = name;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        hash = mix(hash, u64::from_le_bytes(*word));
        rest = after;
    }
    let tail = match name.last_chunk::<8>() {
        // It may overlap the word before.
        Some(tail) => u64::from_le_bytes(*tail),
        None => {
            let mut tail = 0;
            while let [byte, after @ ..] = rest {
                tail = tail << 8 | *byte as u64;
                rest = after;
            }
            tail
        }
    };
    hash = mix(hash, tail);
    hash ^ hash >> 32
}

const fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What a set of names begins and ends with: the first two and the last two bytes of each, as bits.
///
/// All spellings of a name have the same bits, so that a few instructions exclude nearly every name that is not in the
/// set.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct NameEnds {
    first: [u64; 16],
    last: [u64; 16],
}

/// The first two and the last two bytes of one name, in any spelling.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    first: usize,
    last: usize,
}

impl NameEnds {
    /// Those of no name.
    pub const NONE: Self = Self {
        first: [0; 16],
        last: [0; 16],
    };

    /// Adds what `name` begins with.
    pub const fn add_first(&mut self, name: &[u8]) {
        let first = first_pair(name);
        self.first[first >> 6] |= 1 << (first & 63);
    }

    /// Adds what `name` ends with.
    pub const fn add_last(&mut self, name: &[u8]) {
        let last = last_pair(name);
        self.last[last >> 6] |= 1 << (last & 63);
    }

    /// Whether one of the names may begin like `name`.
    #[inline]
    pub const fn begin_like(&self, name: &[u8]) -> bool {
        let first = first_pair(name);
        self.first[first >> 6] >> (first & 63) & 1 != 0
    }

    /// Whether one of the names may end like `name`.
    #[inline]
    pub const fn end_like(&self, name: &[u8]) -> bool {
        let last = last_pair(name);
        self.last[last >> 6] >> (last & 63) & 1 != 0
    }
}

impl Ends {
    /// Those of `name`.
    pub const fn of(name: &[u8]) -> Self {
        Self {
            first: first_pair(name),
            last: last_pair(name),
        }
    }

    /// Whether `name` may begin or end alike, as it does if it is one edit away.
    #[inline]
    pub const fn has_one_of(self, name: &[u8]) -> bool {
        self.first == first_pair(name) || self.last == last_pair(name)
    }
}

/// The number below 1,024 of the first two bytes of a name.
#[inline]
const fn first_pair(name: &[u8]) -> usize {
    match name {
        [] => 0,
        [only] => pair(NORMALIZED[*only as usize], 0),
        // The length of a run of separators varies, so a separator hides the bytes after it.
        [first, second, ..] => match (NORMALIZED[*first as usize], NORMALIZED[*second as usize]) {
            (b'_', _) => pair(b'_', 0),
            (first, second) => pair(first, second),
        },
    }
}

/// The number below 1,024 of the last two bytes of a name.
#[inline]
const fn last_pair(name: &[u8]) -> usize {
    match name {
        [] => 0,
        [only] => pair(NORMALIZED[*only as usize], 0),
        [.., second, last] => match (NORMALIZED[*second as usize], NORMALIZED[*last as usize]) {
            (_, b'_') => pair(b'_', 0),
            (second, last) => pair(last, second),
        },
    }
}

/// Letters have numbers of their own; digits share those of some letters.
#[inline]
const fn pair(outer: u8, inner: u8) -> usize {
    (outer as usize & 31) << 5 | inner as usize & 31
}

/// Whether a name contains a run of separators, so that it is longer than another spelling of it.
pub fn has_run(name: &[u8]) -> bool {
    let is_separator = |byte: u8| matches!(byte, b'_' | b'-' | b'.');
    let pairs = name.iter().zip(name.iter().skip(1));
    // Without an early exit, the compiler compares several bytes at once.
    pairs.fold(false, |found, (one, next)| {
        found | (is_separator(*one) & is_separator(*next))
    })
}

/// Whether two texts are spellings of one name.
pub fn same(one: &str, other: &str) -> bool {
    one == other || normalized_bytes(one).eq(normalized_bytes(other))
}

/// Whether two names differ, in their normalized forms, by one inserted, removed or replaced character, or by two
/// swapped neighbours.
pub fn is_one_edit(one: &str, other: &str) -> bool {
    if has_run(one.as_bytes()) || has_run(other.as_bytes()) {
        is_one_edit_without_runs(&normalized(one), &normalized(other))
    } else {
        is_one_edit_without_runs(one.as_bytes(), other.as_bytes())
    }
}

/// [`is_one_edit`] of two names of which neither [has a run](has_run).
pub fn is_one_edit_without_runs(one: &[u8], other: &[u8]) -> bool {
    let is_same = |(a, b): &(&u8, &u8)| NORMALIZED[**a as usize] == NORMALIZED[**b as usize];
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if long.len() - short.len() > 1 {
        return false;
    }
    let start = short.iter().zip(long).take_while(is_same).count();
    if start == long.len() {
        return false;
    }
    let (short, long) = (&short[start..], &long[start..]);
    let end = short.iter().rev().zip(long.iter().rev());
    let end = end.take_while(is_same).count();
    match (&short[..short.len() - end], &long[..long.len() - end]) {
        ([a, b], [c, d]) => is_same(&(a, d)) && is_same(&(b, c)),
        (_, long) => long.len() <= 1,
    }
}

/// Returns the rest of `text` after `prefix`, which `text` may begin with in any spelling.
#[inline]
pub fn strip_prefix<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let mut at = 0;
    let mut last = 0;
    for &want in prefix {
        let want = NORMALIZED[want as usize];
        if want == b'_' && last == b'_' {
            continue;
        }
        if NORMALIZED[*text.get(at)? as usize] != want {
            return None;
        }
        at += 1;
        last = want;
        while want == b'_'
            && text
                .get(at)
                .is_some_and(|&byte| NORMALIZED[byte as usize] == b'_')
        {
            at += 1;
        }
    }
    Some(&text[at..])
}

/// The bytes of the normalized name.
pub fn normalized(text: &str) -> Vec<u8> {
    normalized_bytes(text).collect()
}

fn normalized_bytes(text: &str) -> impl Iterator<Item = u8> + '_ {
    let mut last = 0;
    text.bytes().filter_map(move |byte| {
        let byte = NORMALIZED[byte as usize];
        let doubled = byte == b'_' && last == b'_';
        last = byte;
        (!doubled).then_some(byte)
    })
}

/// The key as a part of a variable name: `DB_POOL_SIZE` for `db.pool-size`.
pub fn upper_snake(key: &str) -> String {
    key.replace(['.', '-'], "_").to_ascii_uppercase()
}

/// Converts camel case to snake case: `db_pool_size` for `dbPoolSize`, `http_port` for `HTTPPort`.
pub fn camel_to_snake(text: &str) -> String {
    let mut name = String::with_capacity(text.len() + 4);
    let mut chars = text.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(ch) = chars.next() {
        if ch.is_ascii_uppercase() {
            let starts_word = match before {
                Some(before) if before.is_ascii_lowercase() || before.is_ascii_digit() => true,
                Some(before) => {
                    before.is_ascii_uppercase()
                        && chars.peek().is_some_and(char::is_ascii_lowercase)
                }
                None => false,
            };
            if starts_word {
                name.push('_');
            }
        }
        name.push(ch.to_ascii_lowercase());
        before = Some(ch);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> u64 {
        super::hash(text.as_bytes())
    }

    #[test]
    fn case_and_length_of_separators_are_ignored() {
        for text in [
            "app_db_pool_size",
            "APP_DB__POOL_SIZE",
            "app-db-pool-size",
            "App.Db._Pool-Size",
        ] {
            assert_eq!(hash(text), hash("APP_DB_POOL_SIZE"));
            assert!(same(text, "APP_DB_POOL_SIZE"));
        }
        assert!(!same("HOSTNAME", "host_name"));
        assert_ne!(hash("HOSTNAME"), hash("host_name"));
    }

    #[test]
    fn spellings_of_one_name_have_the_same_ends() {
        for (one, other) in [
            ("DB_URL", "db__url"),
            ("A__B", "a-b"),
            ("_X", "__x"),
            ("X", "x"),
            ("-", "__"),
            ("A_", "a--"),
        ] {
            let mut ends = NameEnds::NONE;
            ends.add_first(one.as_bytes());
            ends.add_last(one.as_bytes());
            assert!(ends.begin_like(other.as_bytes()), "{other}");
            assert!(ends.end_like(other.as_bytes()), "{other}");
            assert!(!ends.begin_like(b"PATH"), "{one}");
            assert!(!ends.end_like(b"PATH"), "{one}");
        }
    }

    #[test]
    fn names_that_are_one_edit_apart_share_an_end() {
        let name = "DB_POOL_SIZE";
        for at in 0..name.len() {
            let (before, after) = name.split_at(at);
            let (inserted, removed) = (
                format!("{before}X{after}"),
                format!("{before}{}", &after[1..]),
            );
            let replaced = format!("{before}X{}", &after[1..]);
            for near in [inserted, removed, replaced] {
                assert!(
                    Ends::of(name.as_bytes()).has_one_of(near.as_bytes()),
                    "{near}"
                );
            }
        }
        assert!(!Ends::of(name.as_bytes()).has_one_of(b"POOL_COUNT"));
    }

    #[test]
    fn one_edit_is_one_character_or_two_swapped_ones() {
        for near in [
            "DB_POOL",
            "DB_POOLS",
            "db-pol",
            "DB__POOLX",
            "DBPOOL",
            "BD_POOL",
            "DB_PXOL",
        ] {
            assert_eq!(is_one_edit("DB_POOL", near), near != "DB_POOL", "{near}");
        }
        for far in [
            "db.pool",
            "DB__POOL",
            "DB_PO",
            "DB_POOLXY",
            "XB_POOLX",
            "DP_BOOL",
        ] {
            assert!(!is_one_edit("DB_POOL", far), "{far}");
        }
    }

    #[test]
    fn segments_continue_a_name() {
        let joined = NameHash::EMPTY.segment(b"server").segment(b"bind");
        assert_eq!(joined.get(), hash("SERVER_BIND"));
        let prefixed = NameHash::EMPTY.text(b"APP_").segment(b"_x");
        assert_eq!(prefixed.get(), hash("app_x"));
    }

    #[test]
    fn camel_case_is_converted_to_snake_case() {
        for (camel, snake) in [
            ("dbPoolSize", "db_pool_size"),
            ("HTTPPort", "http_port"),
            ("a1B", "a1_b"),
            ("URL", "url"),
            ("plain_name", "plain_name"),
        ] {
            assert_eq!(camel_to_snake(camel), snake);
        }
    }

    #[test]
    fn a_prefix_includes_all_separators_at_its_end() {
        for text in ["APP_PORT", "app__PORT", "App-PORT", "app.PORT"] {
            assert_eq!(strip_prefix(text.as_bytes(), b"APP_"), Some(&b"PORT"[..]));
        }
        for text in ["APPORT", "AP", "XAPP_PORT", ""] {
            assert_eq!(strip_prefix(text.as_bytes(), b"APP_"), None);
        }
    }
}
