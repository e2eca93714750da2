//! Parts of a value that may be printed, as its own `Debug` output shows.
//!
//! A type may contain secrets at any depth, and serde gives no sign of them. So a string that the
//! type takes as a `String` is printed only if it is a whole literal of the `Debug` output, at least
//! as often as it was decoded.

use crate::value::observer::ValueObserver;
use serde::de::Expected;
use std::{
    collections::HashMap,
    fmt::{self, Write},
    hash::{BuildHasher, Hasher, RandomState},
};
use zeroize::Zeroizing;

/// The parts of a value that may be printed.
pub(crate) enum Disclosure {
    Everything,
    Proven(Proven),
}

/// Hashes of the strings that the `Debug` output contains as whole literals.
pub(crate) struct Proven {
    key: RandomState,
    shown: HashMap<u64, bool>,
    /// Whether numbers, and strings that were parsed to other types, are printed.
    scalars: bool,
}

/// The `Debug` output of a value.
pub(crate) type DebugWith<T> = fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result;

impl Disclosure {
    /// Only the keys.
    pub(crate) fn nothing() -> Self {
        Self::Proven(Proven {
            key: RandomState::new(),
            shown: HashMap::new(),
            scalars: false,
        })
    }

    /// Compares the `Debug` output of a value with the strings that were decoded into it.
    pub(super) fn of(strings: &Strings, debug: Option<&dyn fmt::Debug>) -> Self {
        let key = RandomState::new();
        let mut literals = Literals::new(&key);
        let Some(Ok(())) = debug.map(|value| write!(literals, "{value:?}")) else {
            return Self::nothing();
        };
        let scalars = !literals.redacted;
        let mut decoded: HashMap<u64, usize> = HashMap::new();
        for text in &strings.taken {
            *decoded.entry(literal(&key, text)).or_default() += 1;
        }
        let times = |hash: &u64| literals.seen.get(hash).copied().unwrap_or(0);
        let mut shown: HashMap<u64, bool> = decoded
            .iter()
            .map(|(hash, decoded)| (*hash, times(hash) >= *decoded))
            .collect();
        for text in &strings.parsed {
            shown.entry(literal(&key, text)).or_insert(scalars);
        }
        Self::Proven(Proven {
            key,
            shown,
            scalars,
        })
    }

    /// Whether a string may be printed.
    pub(crate) fn shows_text(&self, text: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Proven(proven) => {
                let shown = proven.shown.get(&literal(&proven.key, text)).copied();
                shown.unwrap_or(proven.scalars && is_plain(text))
            }
        }
    }

    /// Whether the `Debug` output of a value contains secrecy's placeholder.
    pub(super) fn is_redacted(debug: &dyn fmt::Debug) -> bool {
        let key = RandomState::new();
        let mut literals = Literals::new(&key);
        write!(literals, "{debug:?}").is_err() || literals.redacted
    }

    /// Whether a value prints each string of the expression that created it, by its `Debug` or as a part of its output,
    /// and its `Debug` output contains no placeholder.
    pub(super) fn shows_literals(
        source: &str,
        output: Option<&str>,
        debug: Option<&dyn fmt::Debug>,
    ) -> bool {
        let key = RandomState::new();
        let mut printed = Literals::new(&key);
        let has_debug = debug.is_some_and(|value| write!(printed, "{value:?}").is_ok());
        let mut is_shown = !printed.redacted;
        each_literal(source, &mut |text| {
            let mut literal = Literals::new(&key);
            // Hashing does not fail.
            let _ = write!(literal, "\"{text}\"");
            let in_debug = literal
                .seen
                .keys()
                .all(|hash| printed.seen.contains_key(hash));
            let in_output = output.is_some_and(|output| output.contains(text));
            is_shown &= has_debug && in_debug || in_output;
        });
        is_shown
    }

    /// Whether numbers and bools may be printed.
    pub(crate) fn shows_scalars(&self) -> bool {
        match self {
            Self::Everything => true,
            Self::Proven(proven) => proven.scalars,
        }
    }
}

/// Whether a string that was not decoded as one is a number, bool or duration.
fn is_plain(text: &str) -> bool {
    let text = text.trim();
    text.parse::<f64>().is_ok()
        || settings_syntax::boolean::parse(text).is_some()
        || settings_syntax::duration::parse(text).is_some()
}

/// Records the strings that a type requests.
#[derive(Default)]
pub(super) struct Strings {
    taken: Vec<Zeroizing<String>>,
    /// Strings that are parsed to other types: addresses, URLs, names of variants.
    parsed: Vec<Zeroizing<String>>,
}

impl Strings {
    /// Records a string that a function of the program parses.
    pub(super) fn parsed(text: &str) -> Self {
        Self {
            taken: Vec::new(),
            parsed: vec![Zeroizing::new(text.to_owned())],
        }
    }
}

impl ValueObserver for Strings {
    fn asked(&mut self, text: &str, expected: Option<&dyn Expected>) {
        let expected = expected.map(ToString::to_string);
        let is_string = expected.is_some_and(|words| {
            matches!(&*words, "a string" | "string" | "str" | "a borrowed string")
                || words.starts_with("any ")
                || words.contains("bytes")
                || words.contains("byte array")
        });
        let text = Zeroizing::new(text.to_owned());
        if is_string {
            self.taken.push(text);
        } else {
            self.parsed.push(text);
        }
    }

    fn sees_fields(&self) -> bool {
        true
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// The text that secrecy prints instead of a secret.
const REDACTED: &[u8] = b"[REDACTED]";

/// Hashes the quoted literals of a `Debug` output as they are written, so that no copy is kept.
struct Literals<'k> {
    key: &'k RandomState,
    seen: HashMap<u64, usize>,
    open: Option<<RandomState as BuildHasher>::Hasher>,
    escaped: bool,
    last: [char; 2],
    /// The number of characters of the placeholder that the output ends with.
    mark: usize,
    redacted: bool,
}

impl<'k> Literals<'k> {
    fn new(key: &'k RandomState) -> Self {
        Self {
            key,
            seen: HashMap::new(),
            open: None,
            escaped: false,
            last: ['\0'; 2],
            mark: 0,
            redacted: false,
        }
    }
}

impl Write for Literals<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            self.mark = match (c, self.mark) {
                (c, mark) if c == char::from(REDACTED[mark]) => mark + 1,
                ('[', _) => 1,
                _ => 0,
            };
            if self.mark == REDACTED.len() {
                self.redacted = true;
                self.mark = 0;
            }
            match &mut self.open {
                // The character `'"'` begins no literal.
                None if c == '"' && self.last[1] != '\'' => {
                    self.open = Some(self.key.build_hasher());
                }
                None => {}
                Some(_) if c == '"' && !self.escaped => {
                    let hash = self.open.take().map_or(0, |open| open.finish());
                    *self.seen.entry(hash).or_default() += 1;
                }
                Some(open) => {
                    self.escaped = c == '\\' && !self.escaped;
                    open.write_u32(u32::from(c));
                }
            }
            self.last = [self.last[1], c];
        }
        Ok(())
    }
}

/// The hash of a text as a whole literal.
fn literal(key: &RandomState, text: &str) -> u64 {
    let mut literals = Literals::new(key);
    // Hashing does not fail, and a string prints as one literal.
    let _ = write!(literals, "{text:?}");
    literals.seen.into_keys().next().unwrap_or(0)
}

/// Calls `each` with the text of every quoted literal of a `Debug` output, without its escapes.
pub(crate) fn each_literal(debug: &str, each: &mut dyn FnMut(&str)) {
    let mut rest = debug;
    while let Some(open) = rest.find('"') {
        let literal = &rest[open + 1..];
        let mut escaped = false;
        let end = literal.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let Some(end) = end else { return };
        each(&literal[..end]);
        rest = &literal[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    #[derive(Debug)]
    #[expect(dead_code, reason = "only printed")]
    struct Peer {
        name: String,
        token: SecretString,
        quote: char,
        port: u16,
    }

    fn peer(name: &str, token: &str) -> Peer {
        Peer {
            name: name.to_owned(),
            token: token.into(),
            quote: '"',
            port: 1,
        }
    }

    fn shown(name: &str, token: &str) -> (bool, bool) {
        let mut strings = Strings::default();
        for text in [name, token] {
            strings.asked(text, Some(&"a string"));
        }
        let disclosure = Disclosure::of(&strings, Some(&peer(name, token)));
        (disclosure.shows_text(name), disclosure.shows_text(token))
    }

    #[test]
    fn a_string_is_shown_if_debug_prints_it_as_often_as_it_was_decoded() {
        assert_eq!(shown("db-red", "hunter2"), (true, false));
        // A part of another literal, of a field's name or of the placeholder does not disclose a string.
        for token in [
            "db",
            "name",
            "e",
            "RED",
            "REDACTED",
            "",
            ", token: SecretBox",
        ] {
            assert_eq!(shown("db-red", token), (true, false), "{token}");
        }
        assert_eq!(shown("same", "same"), (false, false));
        assert_eq!(shown("a\"b\\\n", "x"), (true, false));
    }

    #[test]
    fn numbers_and_parsed_strings_are_shown_beside_no_secret() {
        let mut strings = Strings::default();
        strings.asked("0:0::1", Some(&"IPv6 address"));
        let plain = Disclosure::of(&strings, Some(&std::net::Ipv6Addr::LOCALHOST));
        assert!(plain.shows_text("0:0::1") && plain.shows_scalars() && plain.shows_text("30s"));
        let secret = Disclosure::of(&strings, Some(&peer("a", "b")));
        assert!(!secret.shows_text("0:0::1") && !secret.shows_scalars());
        assert!(!Disclosure::of(&strings, None).shows_text("0:0::1"));
    }
}
