//! Canonical and proper spelling of a name: `APP_DB__POOL_SIZE`, `db-pool-size`, `dbPoolSize`.

/// A canonical name in the making: its bytes go in one by one, their hash comes out.
///
/// Canonical is lower case with each run of `_`, `-` and `.` as one `_`. The hash is FNV-1a, chosen because it runs in
/// constant evaluation and byte by byte, so that the names of a group continue where its own name ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Canonical {
    hash: u64,
    last: u8,
}

impl Canonical {
    pub(crate) const EMPTY: Self = Self {
        hash: 0xcbf2_9ce4_8422_2325,
        last: 0,
    };

    pub(crate) const fn hash(self) -> u64 {
        self.hash
    }

    /// The name continued by one byte.
    #[inline]
    pub(crate) const fn push(self, byte: u8) -> Self {
        let byte = FOLD[byte as usize];
        if byte == b'_' && self.last == b'_' {
            return self;
        }
        Self {
            hash: (self.hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3),
            last: byte,
        }
    }

    /// The name continued by `text`.
    #[inline]
    pub(crate) const fn text(mut self, text: &[u8]) -> Self {
        let mut at = 0;
        while at < text.len() {
            self = self.push(text[at]);
            at += 1;
        }
        self
    }

    /// The name continued by one more segment of its path.
    #[inline]
    pub(crate) const fn segment(self, text: &[u8]) -> Self {
        if self.last == 0 {
            self.text(text)
        } else {
            self.push(b'_').text(text)
        }
    }
}

/// What a byte becomes in a canonical name.
const FOLD: [u8; 256] = {
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

/// Names that a shell or the system sets without being asked, and their hashes.
pub(crate) const GUARDED: [(u64, &str); 18] = {
    let names = [
        "PATH", "HOME", "USER", "USERNAME", "LOGNAME", "HOSTNAME", "SHELL", "PWD", "OLDPWD",
        "TERM", "LANG", "TMP", "TEMP", "TMPDIR", "MAIL", "DISPLAY", "EDITOR", "OS",
    ];
    let mut guarded = [(0, ""); 18];
    let mut at = 0;
    while at < names.len() {
        guarded[at] = (
            Canonical::EMPTY.text(names[at].as_bytes()).hash(),
            names[at],
        );
        at += 1;
    }
    guarded
};

/// Whether a shell or the system sets this name without being asked.
pub(crate) fn is_guarded(name: &str) -> bool {
    GUARDED.iter().any(|(_, guarded)| *guarded == name)
}

/// The hash of a name, however it is spelled; the same as in constant evaluation.
#[inline]
pub(crate) fn hash(name: &[u8]) -> u64 {
    let mut canonical = Canonical::EMPTY;
    for &byte in name {
        canonical = canonical.push(byte);
    }
    canonical.hash()
}

/// A hash of the very bytes, eight at a time: for names that are spelled properly, as nearly all are.
#[inline]
pub(crate) const fn exact_hash(name: &[u8]) -> u64 {
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

/// One bit of 64 for the beginning of a name: of two spellings of one name it is the same.
#[inline]
pub(crate) const fn beginning(name: &[u8]) -> u64 {
    match name {
        [] => 1,
        [only] => 1 << (FOLD[*only as usize] & 63),
        // Runs of separators end anywhere; only what precedes the first one counts.
        [first, second, ..] => match (FOLD[*first as usize], FOLD[*second as usize]) {
            (b'_', _) => 1 << (b'_' & 63),
            (first, second) => 1 << ((first.wrapping_mul(31) ^ second) & 63),
        },
    }
}

/// The same for the end of a name.
#[inline]
pub(crate) const fn ending(name: &[u8]) -> u64 {
    match name {
        [] => 1,
        [only] => 1 << (FOLD[*only as usize] & 63),
        [.., second, last] => match (FOLD[*second as usize], FOLD[*last as usize]) {
            (_, b'_') => 1 << (b'_' & 63),
            (second, last) => 1 << ((second.wrapping_mul(31) ^ last) & 63),
        },
    }
}

/// Whether two names are spellings of one.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one == other || canonical_bytes(one).eq(canonical_bytes(other))
}

/// Whether `text` begins with `prefix`, a canonical name's beginning; gives the rest of `text`.
pub(crate) fn strip_prefix<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let mut at = 0;
    let mut last = 0;
    for &want in prefix {
        let want = FOLD[want as usize];
        if want == b'_' && last == b'_' {
            continue;
        }
        if FOLD[*text.get(at)? as usize] != want {
            return None;
        }
        at += 1;
        last = want;
        while want == b'_'
            && text
                .get(at)
                .is_some_and(|&byte| FOLD[byte as usize] == b'_')
        {
            at += 1;
        }
    }
    Some(&text[at..])
}

/// What all spellings of a name have in common.
pub(crate) fn canonical(text: &str) -> Vec<u8> {
    canonical_bytes(text).collect()
}

fn canonical_bytes(text: &str) -> impl Iterator<Item = u8> + '_ {
    let mut last = 0;
    text.bytes().filter_map(move |byte| {
        let byte = FOLD[byte as usize];
        let doubled = byte == b'_' && last == b'_';
        last = byte;
        (!doubled).then_some(byte)
    })
}

/// A key as it stands in the name of a variable: `db.pool-size` as `DB_POOL_SIZE`.
pub(crate) fn upper(key: &str) -> String {
    key.replace(['.', '-'], "_").to_ascii_uppercase()
}

/// `dbPoolSize` as `db_pool_size`, `HTTPPort` as `http_port`.
pub(crate) fn snake_of_camel(text: &str) -> String {
    let mut name = String::with_capacity(text.len() + 4);
    let mut chars = text.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(ch) = chars.next() {
        if ch.is_ascii_uppercase() {
            let starts_a_word = match before {
                Some(before) if before.is_ascii_lowercase() || before.is_ascii_digit() => true,
                Some(before) => {
                    before.is_ascii_uppercase()
                        && chars.peek().is_some_and(char::is_ascii_lowercase)
                }
                None => false,
            };
            if starts_a_word {
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
        Canonical::EMPTY.text(text.as_bytes()).hash()
    }

    #[test]
    fn case_and_separators_do_not_matter_but_stay() {
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
    fn spellings_of_one_name_begin_and_end_alike() {
        for (one, other) in [
            ("DB_URL", "db__url"),
            ("A__B", "a-b"),
            ("_X", "__x"),
            ("X", "x"),
            ("-", "__"),
            ("A_", "a--"),
        ] {
            assert_eq!(beginning(one.as_bytes()), beginning(other.as_bytes()));
            assert_eq!(ending(one.as_bytes()), ending(other.as_bytes()));
        }
        assert_ne!(ending(b"DB_URL"), ending(b"PATH"));
        assert_ne!(beginning(b"PATH"), beginning(b"DATABASE_URL"));
    }

    #[test]
    fn segments_continue_a_name() {
        let joined = Canonical::EMPTY.segment(b"server").segment(b"bind");
        assert_eq!(joined.hash(), hash("SERVER_BIND"));
        let prefixed = Canonical::EMPTY.text(b"APP_").segment(b"_x");
        assert_eq!(prefixed.hash(), hash("app_x"));
    }

    #[test]
    fn camel_case_reads_as_snake_case() {
        for (camel, snake) in [
            ("dbPoolSize", "db_pool_size"),
            ("HTTPPort", "http_port"),
            ("a1B", "a1_b"),
            ("URL", "url"),
            ("plain_name", "plain_name"),
        ] {
            assert_eq!(snake_of_camel(camel), snake);
        }
    }

    #[test]
    fn a_prefix_takes_its_separators_along() {
        for text in ["APP_PORT", "app__PORT", "App-PORT", "app.PORT"] {
            assert_eq!(strip_prefix(text.as_bytes(), b"APP_"), Some(&b"PORT"[..]));
        }
        for text in ["APPORT", "AP", "XAPP_PORT", ""] {
            assert_eq!(strip_prefix(text.as_bytes(), b"APP_"), None);
        }
    }
}
