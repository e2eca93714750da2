//! What can be told of a regular expression without running it.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};
use std::collections::BTreeSet;

/// More words than this are no list that a person wrote as one.
const MAX_WORDS: usize = 128;

/// A regular expression whose syntax is sound.
pub(crate) struct Pattern {
    hir: Hir,
    has_flags: bool,
}

impl Pattern {
    /// Reads a pattern; the message of an error is one line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match regex_syntax::parse(text) {
            Ok(hir) => Ok(Pattern {
                hir,
                has_flags: has_flags(text),
            }),
            Err(regex_syntax::Error::Parse(error)) => Err(error.kind().to_string()),
            Err(regex_syntax::Error::Translate(error)) => Err(error.kind().to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The words of a pattern that is an anchored alternation of literals, such as
    /// `^(a|b|c)$`.
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        if self.has_flags {
            return None;
        }
        let HirKind::Concat(parts) = self.hir.kind() else {
            return None;
        };
        let [first, middle @ .., last] = parts.as_slice() else {
            return None;
        };
        let is_anchored = matches!(first.kind(), HirKind::Look(Look::Start))
            && matches!(last.kind(), HirKind::Look(Look::End));
        is_anchored.then(|| language_of_all(middle)).flatten()
    }

    /// Whether the pattern is found in `text`; `None` if that cannot be told here.
    pub(crate) fn is_match(&self, text: &str) -> Option<bool> {
        let everywhere = (0..=text.len())
            .filter(|&at| text.is_char_boundary(at))
            .collect();
        step(&self.hir, text, &everywhere).map(|ends| !ends.is_empty())
    }
}

/// `(?i)` and kin, also `(?i:…)`; names and plain groups are no flags.
fn has_flags(text: &str) -> bool {
    text.split("(?")
        .skip(1)
        .any(|rest| !rest.starts_with([':', 'P', '<']))
}

/// Every text that `hir` matches, if they are few.
fn language(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty => Some(vec![String::new()]),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            Some(vec![text.to_owned()])
        }
        HirKind::Class(Class::Unicode(class)) => {
            let chars = class
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .take(MAX_WORDS + 1);
            few(chars.map(String::from).collect())
        }
        HirKind::Capture(capture) => language(&capture.sub),
        HirKind::Concat(parts) => language_of_all(parts),
        HirKind::Alternation(parts) => {
            let mut words = Vec::new();
            for part in parts {
                words.extend(language(part)?);
            }
            few(words)
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

fn language_of_all(parts: &[Hir]) -> Option<Vec<String>> {
    parts.iter().try_fold(vec![String::new()], |heads, part| {
        let tails = language(part)?;
        if heads.len() * tails.len() > MAX_WORDS {
            return None;
        }
        let join = |head: &String| {
            let head = head.clone();
            tails.iter().map(move |tail| format!("{head}{tail}"))
        };
        Some(heads.iter().flat_map(join).collect())
    })
}

fn few(words: Vec<String>) -> Option<Vec<String>> {
    (words.len() <= MAX_WORDS).then_some(words)
}

/// Where a match of `hir` may end, given where it may begin.
fn step(hir: &Hir, text: &str, starts: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
    Some(match hir.kind() {
        HirKind::Empty => starts.clone(),
        HirKind::Literal(literal) => starts
            .iter()
            .filter(|&&at| text.as_bytes()[at..].starts_with(&literal.0))
            .map(|at| at + literal.0.len())
            .collect(),
        HirKind::Class(Class::Unicode(class)) => starts
            .iter()
            .filter_map(|&at| {
                let next = text[at..].chars().next()?;
                let is_in = class
                    .iter()
                    .any(|range| (range.start()..=range.end()).contains(&next));
                is_in.then(|| at + next.len_utf8())
            })
            .collect(),
        HirKind::Look(Look::Start) => starts.iter().copied().filter(|&at| at == 0).collect(),
        HirKind::Look(Look::End) => {
            let end = text.len();
            starts.iter().copied().filter(|&at| at == end).collect()
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) => return None,
        HirKind::Capture(capture) => step(&capture.sub, text, starts)?,
        HirKind::Concat(parts) => {
            let mut at = starts.clone();
            for part in parts {
                at = step(part, text, &at)?;
            }
            at
        }
        HirKind::Alternation(parts) => {
            let mut ends = BTreeSet::new();
            for part in parts {
                ends.extend(step(part, text, starts)?);
            }
            ends
        }
        HirKind::Repetition(repetition) => repeat(repetition, text, starts)?,
    })
}

fn repeat(
    repetition: &Repetition,
    text: &str,
    starts: &BTreeSet<usize>,
) -> Option<BTreeSet<usize>> {
    let mut at = starts.clone();
    for _ in 0..repetition.min {
        if at.is_empty() {
            return Some(at);
        }
        let next = step(&repetition.sub, text, &at)?;
        if next == at {
            break;
        }
        at = next;
    }
    let mut ends = at.clone();
    let mut left = repetition.max.map(|max| max - repetition.min);
    while left != Some(0) {
        at = step(&repetition.sub, text, &at)?;
        let known = ends.len();
        ends.extend(&at);
        if ends.len() == known {
            break;
        }
        left = left.map(|left| left - 1);
    }
    Some(ends)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn words(text: &str) -> Option<Vec<String>> {
        Pattern::parse(text).unwrap().words()
    }

    fn is_match(pattern: &str, text: &str) -> Option<bool> {
        Pattern::parse(pattern).unwrap().is_match(text)
    }

    #[test]
    fn an_anchored_alternation_is_a_list_of_words() {
        assert_eq!(words("^(foo|bar)$").unwrap(), ["foo", "bar"]);
        assert_eq!(words(r"\A(?:a|b)\z").unwrap(), ["a", "b"]);
        assert_eq!(words("^a$").unwrap(), ["a"]);
        assert_eq!(words("^$").unwrap(), [""]);
        assert_eq!(words("^v[12]$").unwrap(), ["v1", "v2"]);
        assert_eq!(words("^(?<word>on|off)$").unwrap(), ["on", "off"]);
    }

    #[test]
    fn anything_else_is_a_pattern() {
        for text in [
            "^a|b$",
            "(a|b)",
            "^(a|b)",
            "(?i)^(a|b)$",
            "^a+$",
            "^.$",
            r"^\w$",
        ] {
            assert_eq!(words(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_searches() {
        assert_eq!(is_match("b", "abc"), Some(true));
        assert_eq!(is_match("^b", "abc"), Some(false));
        assert_eq!(is_match("^[a-z]+$", "demo"), Some(true));
        assert_eq!(is_match("^[a-z]+$", "demo!"), Some(false));
        assert_eq!(is_match("^(a*)*$", "aaab"), Some(false));
        assert_eq!(is_match("^a{2,3}$", "aaaa"), Some(false));
        assert_eq!(is_match("^a{2,3}$", "aaa"), Some(true));
        assert_eq!(is_match("^(ab?){2}$", "aba"), Some(true));
        assert_eq!(is_match("^é$", "é"), Some(true));
        assert_eq!(is_match(r"\bword\b", "word"), None);
    }

    #[test]
    fn the_reason_is_one_line() {
        assert_eq!(Pattern::parse("^(a|b$").err().unwrap(), "unclosed group");
    }
}
