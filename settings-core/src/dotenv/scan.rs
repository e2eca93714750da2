//! Search for the next byte with a special meaning, eight bytes at a time.
//!
//! Nearly all bytes with a special meaning in a `.env` file (NUL, tab, line ends, blank, `"`, `#`,
//! `$`, `'`) are small numbers, and letters, digits and the bytes of other alphabets are not.

/// Below this are also blank, `"`, `#` and `$`.
pub(super) const UNQUOTED: u8 = b'$' + 1;
/// Below this is also `'`.
pub(super) const SINGLE: u8 = b'\'' + 1;

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// The first index from `at` on whose byte is below `LIMIT`; the length if there is none.
#[inline]
pub(super) fn below<const LIMIT: u8>(bytes: &[u8], at: usize) -> usize {
    find(bytes, at, |word| less(word, LIMIT), |byte| byte < LIMIT)
}

/// Like [`below`] with [`UNQUOTED`], but also stops at a backslash.
#[inline]
pub(super) fn escape_or_below(bytes: &[u8], at: usize) -> usize {
    let backslashes = ONES * u64::from(b'\\');
    find(
        bytes,
        at,
        |word| less(word, UNQUOTED) | less(word ^ backslashes, 1),
        |byte| byte < UNQUOTED || byte == b'\\',
    )
}

/// The end of the line of an index, and whether a NUL precedes it.
pub(super) fn line_end(bytes: &[u8], mut at: usize) -> (usize, bool) {
    let mut nul = false;
    loop {
        at += memchr::memchr3(b'\n', b'\r', 0, &bytes[at..]).unwrap_or(bytes.len() - at);
        match bytes.get(at) {
            None | Some(b'\n' | b'\r') => return (at, nul),
            Some(_) => nul = true,
        }
        at += 1;
    }
}

/// The first index from `at` on that is neither a blank nor a tab.
#[inline]
pub(super) fn after_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The first index from `at` on that is not part of a key.
#[inline]
pub(super) fn after_key(bytes: &[u8], at: usize) -> usize {
    find(
        bytes,
        at,
        |word| !in_key(word) & HIGHS,
        |byte| !KEY[usize::from(byte)],
    )
}

/// The first index from `at` on that is not part of the name of a reference.
pub(super) fn after_name(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at)
        && byte != b'-'
        && KEY[usize::from(byte)]
    {
        at += 1;
    }
    at
}

/// Whether a key, or a name, may begin with this byte.
#[inline]
pub(super) fn begins_key(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

static KEY: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        #[expect(clippy::cast_possible_truncation, reason = "below 128")]
        let ascii = byte as u8;
        table[byte] = ascii.is_ascii_alphanumeric() || matches!(ascii, b'_' | b'.' | b'-');
        byte += 1;
    }
    table
};

#[inline]
fn find(
    bytes: &[u8],
    mut at: usize,
    in_word: impl Fn(u64) -> u64,
    hit: impl Fn(u8) -> bool,
) -> usize {
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let hits = in_word(u64::from_le_bytes(*word));
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at)
        && !hit(byte)
    {
        at += 1;
    }
    at
}

/// Marks the high bit of the bytes below `limit` (at most 128).
///
/// A byte that follows a marked one may be marked by its borrow; the first mark is always right.
#[inline]
fn less(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGHS
}

/// Marks the high bit of the bytes that are allowed in a key.
#[inline]
fn in_key(word: u64) -> u64 {
    let ascii = word & !HIGHS;
    // No sum of these carries into the next byte.
    let within = |word: u64, first: u8, last: u8| {
        (word + ONES * u64::from(0x80 - first)) & !(word + ONES * u64::from(0x7f - last))
    };
    let letter = within(ascii | (ONES * 0x20), b'a', b'z');
    let dash_to_nine = within(ascii, b'-', b'9') & !within(ascii, b'/', b'/');
    (letter | dash_to_nine | within(ascii, b'_', b'_')) & !word & HIGHS
}

#[cfg(test)]
mod tests {
    use super::{KEY, SINGLE, UNQUOTED, after_key, below, escape_or_below};

    #[test]
    fn a_key_ends_at_every_byte_that_is_none() {
        for byte in 0..=255_u8 {
            for place in 0..20 {
                let mut bytes = [b'Z'; 20];
                bytes[place] = byte;
                let end = if KEY[usize::from(byte)] { 20 } else { place };
                assert_eq!(after_key(&bytes, 0), end, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn finds_every_byte_at_every_place() {
        for byte in 0..=255 {
            for len in 0..20 {
                for place in 0..len {
                    let mut bytes = vec![0xff; len];
                    bytes[place] = byte;
                    bytes[len - 1] = 0;
                    let naive = |hit: fn(u8) -> bool| bytes.iter().position(|b| hit(*b));
                    assert_eq!(
                        Some(below::<SINGLE>(&bytes, 0)),
                        naive(|b| b <= b'\''),
                        "{bytes:?}"
                    );
                    assert_eq!(Some(below::<UNQUOTED>(&bytes, 0)), naive(|b| b <= b'$'));
                    assert_eq!(
                        Some(escape_or_below(&bytes, 0)),
                        naive(|b| b <= b'$' || b == b'\\')
                    );
                }
            }
        }
    }
}
