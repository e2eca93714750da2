//! The registry of secret texts: every output masks what is in it, in every form.

use super::{
    credentials::credentials,
    replace,
    secret_hash::SecretHash,
    views::{View, views},
};
use std::{borrow::Cow, cell::OnceCell, collections::HashMap, fmt, ops::Range};
use zeroize::Zeroizing;

/// Below this number of characters a secret is masked only where it is a whole word.
const SHORT: usize = 8;

/// Lines of a secret that are secrets by themselves have at least this many characters.
const LONG_LINE: usize = 16;

/// The secret texts of one load, or of one value.
#[derive(Default)]
pub(crate) struct Secrets {
    forms: Vec<SecretForm>,
    hashes: Vec<SecretHash>,
    /// Whether there is a secret whose text cannot be known.
    unknown: bool,
    index: OnceCell<Index>,
}

/// One spelling of a secret, in lower case.
struct SecretForm {
    bytes: Zeroizing<Vec<u8>>,
    /// Whether it counts only as a whole word.
    word: bool,
}

/// The forms by their first bytes.
struct Index {
    /// A bit for each hash of three bytes that a form begins with.
    heads: Vec<u64>,
    by_head: HashMap<[u8; HEAD], Vec<usize>>,
    /// Forms too short to have such a beginning.
    tiny: Vec<usize>,
}

const HEAD: usize = 3;

impl Secrets {
    /// Adds a text that is secret as a whole, and the passwords in it.
    pub(crate) fn add(&mut self, text: &str) {
        self.add_text(text);
        self.add_credentials(text);
    }

    /// Adds the passwords and tokens in a text that is not secret itself.
    pub(crate) fn add_credentials(&mut self, text: &str) {
        for range in credentials(text) {
            self.add_text(&text[range]);
        }
    }

    /// Adds a text of which only hashes are left.
    pub(crate) fn add_hashes<'h>(&mut self, hashes: impl IntoIterator<Item = &'h SecretHash>) {
        self.hashes.extend(hashes.into_iter().cloned());
    }

    /// Adds a secret whose text cannot be known.
    pub(crate) fn add_unknown(&mut self) {
        self.unknown = true;
    }

    /// Whether there is a secret that no search finds.
    pub(crate) fn has_unknown(&self) -> bool {
        self.unknown
    }

    /// Returns `text` with each secret masked, and with the passwords in it.
    pub(crate) fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut ranges = credentials(text);
        self.find(text, &mut |range| ranges.push(range));
        replace(text, ranges)
    }

    /// Whether a secret occurs in a text.
    pub(crate) fn occur_in(&self, text: &str) -> bool {
        let mut found = false;
        self.find(text, &mut |_| found = true);
        found
    }

    fn add_text(&mut self, text: &str) {
        each_form(text, &mut |bytes, word| {
            self.forms.push(SecretForm { bytes, word });
        });
        self.index.take();
    }

    fn find(&self, text: &str, found: &mut dyn FnMut(Range<usize>)) {
        if text.is_empty() || self.forms.is_empty() && self.hashes.is_empty() {
            return;
        }
        let index = self.index.get_or_init(|| Index::of(&self.forms));
        for view in views(text) {
            let mut add = |range: Range<usize>, word: bool| {
                if !word || view.is_word(&range) {
                    found(view.source(range));
                }
            };
            index.find(&view, &self.forms, &mut add);
            for hash in &self.hashes {
                hash.find(&view.bytes, &mut add);
            }
        }
    }
}

/// Calls `each` with every spelling of a secret that is searched for, and whether it counts only as
/// a whole word. Escapes are decoded in the text that is searched, so they are no spellings.
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

/// Characters in ASCII lower case, in a buffer of full size: one that grew would leave copies.
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

impl Index {
    fn of(forms: &[SecretForm]) -> Self {
        let mut index = Self {
            heads: vec![0; 1024],
            by_head: HashMap::new(),
            tiny: Vec::new(),
        };
        for (nth, form) in forms.iter().enumerate() {
            let Some(head) = form.bytes.first_chunk::<HEAD>() else {
                index.tiny.push(nth);
                continue;
            };
            let bit = bit(*head);
            index.heads[bit / 64] |= 1 << (bit % 64);
            index.by_head.entry(*head).or_default().push(nth);
        }
        index
    }

    /// Calls `found` with each place of a form, in the bytes of a view.
    fn find(&self, view: &View, forms: &[SecretForm], found: &mut dyn FnMut(Range<usize>, bool)) {
        let mut check = |nth: usize, at: usize| {
            let form = &forms[nth];
            if view.bytes[at..].starts_with(&form.bytes) {
                found(at..at + form.bytes.len(), form.word);
            }
        };
        for at in 0..view.bytes.len() {
            for &nth in &self.tiny {
                check(nth, at);
            }
            let Some(head) = view.bytes[at..].first_chunk::<HEAD>() else {
                continue;
            };
            let bit = bit(*head);
            if self.heads[bit / 64] >> (bit % 64) & 1 == 1 {
                for &nth in self.by_head.get(head).into_iter().flatten() {
                    check(nth, at);
                }
            }
        }
    }
}

fn bit(head: [u8; HEAD]) -> usize {
    let [first, second, third] = head.map(usize::from);
    (first << 8 ^ second << 4 ^ third) & 0xffff
}

/// Without the texts.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::redact::MASK;
    use proptest::prelude::*;

    fn registry(secrets: &[&str]) -> Secrets {
        let mut registry = Secrets::default();
        for secret in secrets {
            registry.add(secret);
        }
        registry
    }

    #[test]
    fn a_secret_is_masked_in_every_form() {
        for (text, secret, expected) in [
            ("bad value hunter22", "hunter22", "bad value [redacted]"),
            (
                "bad `hunter22`, hunter22",
                "hunter22",
                "bad `[redacted]`, [redacted]",
            ),
            (
                "bad value \"hunter22\"",
                "  hunter22\n",
                "bad value \"[redacted]\"",
            ),
            ("bad value HUNTER22", "hunter22", "bad value [redacted]"),
            ("bad value überlang", "ÜBERLANG", "bad value [redacted]"),
            (
                r#"bad value "a\"b\nc def""#,
                "a\"b\nc def",
                r#"bad value "[redacted]""#,
            ),
            ("?token=x%26y%2Fz%3d12&a", "x&y/z=12", "?token=[redacted]&a"),
            ("got x%26Y%2fz%3D12 back", "x&y/z=12", "got [redacted] back"),
            ("aHVudGVyMjI= of it", "hunter22", "[redacted]= of it"),
            ("hunter22hunter22", "hunter22", "[redacted]"),
            (
                "no such user hunter22",
                "a://u:hunter22@b",
                "no such user [redacted]",
            ),
            (
                "first line of it",
                "first line\nsecond line",
                "[redacted] of it",
            ),
            (
                "it is long enough 12345",
                "a\nis long enough 12345",
                "it [redacted]",
            ),
            // A short secret is masked where it is a word.
            (
                "bad value 42, not 420 or 4 2",
                "42",
                "bad value [redacted], not 420 or 4 2",
            ),
            ("a banana", "a", "[redacted] banana"),
            ("“pw” and pwd", "pw", "“[redacted]” and pwd"),
            // None of it occurs.
            ("must be above 1024", "80", "must be above 1024"),
            ("bad value", "hunter22", "bad value"),
            ("bad value", "", "bad value"),
            ("bad value", "  ", "bad value"),
            ("", "hunter22", ""),
        ] {
            assert_eq!(
                registry(&[secret]).mask(text),
                expected,
                "{secret:?} in {text:?}"
            );
        }
    }

    #[test]
    fn all_secrets_are_searched_in_the_untouched_text() {
        let secrets = registry(&["hunter22", "hunter22-prod-8f3a91c4", "k:3n9d@Vw8q2Lm"]);
        for (text, expected) in [
            ("was hunter22-prod-8f3a91c4", "was [redacted]"),
            ("refused k:3n9d@Vw8q2Lm", "refused [redacted]"),
            ("a://u:k:3n9d@Vw8q2Lm@b", "a://u:[redacted]@b"),
        ] {
            assert_eq!(secrets.mask(text), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_of_it_is_left(before in any::<String>(), secret in ".{8,24}", after in any::<String>()) {
            let trimmed = secret.trim();
            prop_assume!(trimmed.chars().count() >= 8);
            let text = format!("{before}{secret}{after}{}{secret:?}", secret.trim());
            let secrets = registry(&[&secret]);
            let masked = secrets.mask(&text);
            let left = masked.split(MASK).any(|rest| rest.contains(trimmed));
            prop_assert!(!left, "{:?}", masked);
        }
    }
}
