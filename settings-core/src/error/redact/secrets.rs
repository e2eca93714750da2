//! The registry of secret texts, which every output masks in every spelling.

use super::{
    credentials::credentials,
    forms::each_form,
    replace,
    secret_hash::SecretHash,
    views::{View, views},
};
use std::{borrow::Cow, cell::OnceCell, collections::HashMap, fmt, ops::Range};
use zeroize::Zeroizing;

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
    /// Whether only whole words match.
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

    /// Adds a text that is only known by its hashes.
    pub(crate) fn add_hashes<'h>(&mut self, hashes: impl IntoIterator<Item = &'h SecretHash>) {
        self.hashes.extend(hashes.into_iter().cloned());
    }

    /// Adds the secrets of another registry.
    pub(crate) fn extend(&mut self, other: Self) {
        self.forms.extend(other.forms);
        self.hashes.extend(other.hashes);
        self.unknown |= other.unknown;
        self.index = OnceCell::new();
    }

    /// Whether there is no secret.
    pub(crate) fn is_empty(&self) -> bool {
        self.forms.is_empty() && self.hashes.is_empty() && !self.unknown
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

    /// Calls `found` with each range of a form, in the bytes of a view.
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

/// Prints no texts, because they are secret.
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
            // A short secret is masked if it is a whole word.
            (
                "bad value 42, not 420 or 4 2",
                "42",
                "bad value [redacted], not 420 or 4 2",
            ),
            ("a banana", "a", "[redacted] banana"),
            ("“pw” and pwd", "pw", "“[redacted]” and pwd"),
            // No form of it occurs.
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
