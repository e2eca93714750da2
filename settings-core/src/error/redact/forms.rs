//! The spellings of a secret that are searched for in a text.

use zeroize::Zeroizing;

/// Below this number of characters a secret is masked only as a whole word.
const SHORT: usize = 8;

/// Lines of a secret that are secrets by themselves have at least this many characters.
const LONG_LINE: usize = 16;

/// Calls `each` with every searched spelling of a secret, and whether only whole words match.
/// Escapes are decoded in the searched text, so they are not spellings.
pub(super) fn each_form(text: &str, each: &mut dyn FnMut(Zeroizing<Vec<u8>>, bool)) {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return;
    }
    let is_short = |text: &str| text.chars().nth(SHORT - 1).is_none();
    let word = is_short(trimmed);
    each(lower(trimmed.chars()), word);
    if !trimmed.is_ascii() {
        each(lower(trimmed.chars().flat_map(char::to_lowercase)), word);
        each(lower(trimmed.chars().flat_map(char::to_uppercase)), word);
    }
    for whole in [text, trimmed] {
        for alphabet in [b"+/", b"-_"] {
            each(base64(whole.as_bytes(), *alphabet), word);
        }
        if trimmed.len() == text.len() {
            break;
        }
    }
    for (nth, line) in trimmed.lines().map(str::trim).enumerate() {
        let several = line.len() < trimmed.len() && !line.is_empty();
        if several && (nth == 0 || line.chars().nth(LONG_LINE - 1).is_some()) {
            each(lower(line.chars()), is_short(line));
        }
    }
}

/// Characters in ASCII lower case, in a buffer of full size, because a growing buffer would leave copies.
fn lower(chars: impl Iterator<Item = char> + Clone) -> Zeroizing<Vec<u8>> {
    let length = chars.clone().map(char::len_utf8).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for c in chars {
        bytes.extend_from_slice(c.to_ascii_lowercase().encode_utf8(&mut [0; 4]).as_bytes());
    }
    bytes
}

/// Base64 without padding, in lower case, with these two last digits.
fn base64(bytes: &[u8], last: [u8; 2]) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut encoded = Zeroizing::new(Vec::with_capacity(bytes.len().div_ceil(3) * 4));
    for chunk in bytes.chunks(3) {
        let mut three = [0; 3];
        three[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for nth in 0..=chunk.len() {
            let digit = (bits >> (18 - 6 * nth) & 63) as usize;
            let digit = DIGITS
                .get(digit)
                .copied()
                .unwrap_or_else(|| last[digit - DIGITS.len()]);
            encoded.push(digit.to_ascii_lowercase());
        }
    }
    encoded
}
