//! What stands in for a hidden value, and the names that tell of one.

mod quote;
mod secret_hash;
mod urls;
mod within;

use std::borrow::Cow;
use std::ops::Range;

pub(crate) use self::quote::{escape_line, escape_truncated, quote_value};
pub(crate) use self::secret_hash::SecretHash;
pub(crate) use self::urls::{mask_urls, passwords};
pub(crate) use self::within::{mask_in, mask_word_in};

/// Stands where a value may not be shown.
pub(crate) const MASK: &str = "[redacted]";

/// How the names of secrets end.
const TELLING: [&str; 15] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "access_key",
    "private_key",
    "signing_key",
    "secret_key",
    "encryption_key",
    "credential",
    "dsn",
    "connection_string",
];

/// Whether a leaf of this name is masked: `db_password`, `DB-PASSWORD`, `dbPassword`, `db.password`.
///
/// Nothing need part the ending from what is before it (`dbpassword`), and neither a plural nor a
/// number after it makes it less telling (`tokens`, `api_key_2`): no harmless word ends like this.
pub(crate) const fn is_sensitive_name(name: &str) -> bool {
    ends_in_one_of(name, &TELLING)
}

const fn ends_in_one_of(name: &str, endings: &[&str]) -> bool {
    let name = name.as_bytes();
    let mut end = name.len();
    while end > 0 && (name[end - 1].is_ascii_digit() || is_separator(name[end - 1])) {
        end -= 1;
    }
    let plural = end > 0 && name[end - 1].eq_ignore_ascii_case(&b's');
    let mut i = 0;
    while i < endings.len() {
        let ending = endings[i].as_bytes();
        if ends_in(name, end, ending) || plural && ends_in(name, end - 1, ending) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `name[..end]` ends in `ending`, in which `_` means any separators or none.
const fn ends_in(name: &[u8], mut end: usize, ending: &[u8]) -> bool {
    let mut i = ending.len();
    while i > 0 {
        i -= 1;
        if ending[i] == b'_' {
            while end > 0 && is_separator(name[end - 1]) {
                end -= 1;
            }
        } else if end > 0 && name[end - 1].eq_ignore_ascii_case(&ending[i]) {
            end -= 1;
        } else {
            return false;
        }
    }
    true
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b' ')
}

/// `text` with the mask in place of each range; ranges that touch share one.
fn replace(text: &str, mut ranges: Vec<Range<usize>>) -> Cow<'_, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    ranges.sort_unstable_by_key(|range| range.start);
    let mut masked = String::with_capacity(text.len());
    let mut ranges = ranges.into_iter().peekable();
    let mut shown = 0;
    while let Some(mut range) = ranges.next() {
        while let Some(next) = ranges.next_if(|next| next.start <= range.end) {
            range.end = range.end.max(next.end);
        }
        masked.push_str(&text[shown..range.start]);
        masked.push_str(MASK);
        shown = range.end;
    }
    masked.push_str(&text[shown..]);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const _: () = assert!(is_sensitive_name("secret_key") && !is_sensitive_name("secret_name"));

    #[test]
    fn the_end_of_a_name_tells_in_every_spelling() {
        for name in [
            "password",
            "PASSWORD",
            "db_password",
            "DB-PASSWORD",
            "dbPassword",
            "db.password",
            "dbpassword",
            "smtp_passwd",
            "pgp_passphrase",
            "pwd",
            "client_secret",
            "githubToken",
            "api_key",
            "apikey",
            "apiKey",
            "API.KEY",
            "stripe.api-key",
            "api__key",
            "aws_access_key",
            "private_key",
            "signing_key",
            "secret_key",
            "encryption_key",
            "credential",
            "credentials",
            "sentry_dsn",
            "connection_string",
            "ConnectionString",
            "Shared Access Key",
            "tokens",
            "api_keys",
            "api_key_2",
            "tokens.0",
        ] {
            assert!(is_sensitive_name(name), "{name}");
        }
        for name in [
            "",
            "_",
            "s",
            "password_min_length",
            "token_url",
            "secretary",
            "passwordless",
            "key",
            "public_key",
            "key_id",
            "monkey",
            "host",
            "pass",
            "dsn_name",
        ] {
            assert!(!is_sensitive_name(name), "{name}");
        }
    }
}
