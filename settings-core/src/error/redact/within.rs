//! A value hidden inside a text that somebody else wrote, such as the reason a type gives.

use std::{borrow::Cow, ops::Range};

use zeroize::Zeroizing;

use super::{MASK, replace, urls};

/// Below this length a value cannot be hidden: what is left around the mask gives it away.
const SHORT: usize = 4;

/// Words that messages are made of. Masked among others of their kind they would be guessed.
const COMMON: [&str; 40] = [
    "argument",
    "boolean",
    "cannot",
    "character",
    "default",
    "empty",
    "error",
    "expected",
    "failed",
    "false",
    "field",
    "format",
    "found",
    "from",
    "have",
    "input",
    "integer",
    "invalid",
    "least",
    "length",
    "missing",
    "must",
    "none",
    "null",
    "number",
    "parse",
    "range",
    "required",
    "string",
    "than",
    "that",
    "this",
    "true",
    "type",
    "unexpected",
    "unknown",
    "value",
    "variant",
    "with",
    "wrong",
];

/// `text` with `secret` masked: as it stands, trimmed, escaped as `{:?}` does, in any case of
/// letters, and so the passwords of URLs in it. If a secret too short or too common to be hidden
/// occurs, the whole text is masked.
///
/// No copy of the secret is left behind but in what is returned.
pub(crate) fn mask_in<'a>(text: &'a str, secret: &str) -> Cow<'a, str> {
    masked(text, secret, true)
}

/// The same for a value that is no secret: a short or common one is masked where it stands as a word.
pub(crate) fn mask_word_in<'a>(text: &'a str, value: &str) -> Cow<'a, str> {
    masked(text, value, false)
}

fn masked<'a>(text: &'a str, secret: &str, is_secret: bool) -> Cow<'a, str> {
    let trimmed = secret.trim();
    if trimmed.is_empty() || text.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut forms = Vec::new();
    forms.extend(forms_of(secret));
    forms.extend(forms_of(trimmed));
    for range in urls::passwords(secret) {
        forms.extend(forms_of(&secret[range]));
    }
    forms.sort_unstable_by(|one, other| one.as_str().cmp(other));
    forms.dedup();

    // Of the same length as `text`, so that places in one are places in the other.
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let mut found = Vec::new();
    for form in &forms {
        let telling = form.chars().count() < SHORT || COMMON.contains(&form.as_str());
        let matches = lower.match_indices(form.as_str());
        let matches = matches.map(|(at, _)| at..at + form.len());
        let places = found.len();
        found.extend(matches.filter(|place| is_secret || !telling || is_word(&lower, place)));
        if telling && is_secret && found.len() > places {
            return Cow::Borrowed(MASK);
        }
    }
    replace(text, found)
}

/// Whether no letter or digit stands right before or after a place.
fn is_word(text: &str, place: &Range<usize>) -> bool {
    let before = text[..place.start].chars().next_back();
    let after = text[place.end..].chars().next();
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// The text as it stands, as `{:?}` escapes it, and in lower case; all with ASCII in lower case.
fn forms_of(text: &str) -> [Zeroizing<String>; 3] {
    let escaped = text.chars().flat_map(|ch| {
        let (plain, escaped) = match ch {
            '\'' => (Some(ch), None),
            ch => (None, Some(ch.escape_debug())),
        };
        plain.into_iter().chain(escaped.into_iter().flatten())
    });
    [
        collected(text.chars()),
        collected(escaped),
        collected(text.chars().flat_map(char::to_lowercase)),
    ]
}

/// Characters in a text of full size from the beginning: one that grew would leave copies of itself.
fn collected(chars: impl Iterator<Item = char> + Clone) -> Zeroizing<String> {
    let length = chars.clone().map(char::len_utf8).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    text.extend(chars);
    text.make_ascii_lowercase();
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_hidden_in_every_form() {
        for (text, secret, expected) in [
            ("bad value hunter2", "hunter2", "bad value [redacted]"),
            (
                "bad value `hunter2`, hunter2",
                "hunter2",
                "bad value `[redacted]`, [redacted]",
            ),
            (
                "bad value \"hunter2\"",
                "  hunter2\n",
                "bad value \"[redacted]\"",
            ),
            ("bad value hunter2", "HUNTER2", "bad value [redacted]"),
            ("bad value HUNTER2", "hunter2", "bad value [redacted]"),
            ("bad value über", "ÜBER", "bad value [redacted]"),
            (
                r#"bad value "a\"b\nc""#,
                "a\"b\nc",
                r#"bad value "[redacted]""#,
            ),
            ("bad value it's so", "it's so", "bad value [redacted]"),
            ("hunter2hunter2", "hunter2", "[redacted]"),
            (
                "no such user hunter2",
                "a://u:hunter2@b",
                "no such user [redacted]",
            ),
            // too short or too common to be hidden in place
            ("bad value 42", "42", "[redacted]"),
            ("value must be hidden", "value", "[redacted]"),
            ("unknown variant", "Variant ", "[redacted]"),
            // does not occur
            ("must be above 1024", "80", "must be above 1024"),
            ("bad value", "hunter2", "bad value"),
            ("bad value", "", "bad value"),
            ("bad value", "  ", "bad value"),
            ("", "hunter2", ""),
        ] {
            assert_eq!(mask_in(text, secret), expected, "{secret:?} in {text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_of_it_is_left(before in any::<String>(), secret in ".{1,20}", after in any::<String>()) {
            let text = format!("{before}{secret}{after}{}{secret:?}", secret.trim());
            let masked = mask_in(&text, &secret);
            let trimmed = secret.trim();
            let gone = trimmed.is_empty() || masked.split(MASK).all(|rest| !rest.contains(trimmed));
            prop_assert!(gone, "{:?}", masked);
        }
    }
}
