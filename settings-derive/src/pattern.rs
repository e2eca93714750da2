//! Analysis of regular expressions at compile time.

use regex_syntax::ast::{AssertionKind, Ast, GroupKind, parse::Parser};
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition, translate::Translator};
use std::collections::BTreeSet;

/// The most words of an alternation that becomes a list of words.
const MAX_WORDS: usize = 128;

/// A valid regular expression.
pub(crate) struct Pattern {
    /// The syntax as written, in which `[ab]` and `a|b` differ.
    ast: Ast,
    hir: Hir,
}

impl Pattern {
    /// Parses a pattern. The error is one line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let ast = Parser::new()
            .parse(text)
            .map_err(|error| error.kind().to_string())?;
        let hir = Translator::new()
            .translate(text, &ast)
            .map_err(|error| error.kind().to_string())?;
        Ok(Pattern { ast, hir })
    }

    /// The words of an anchored alternation of literals such as `^(a|b|c)$`, in order.
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        let Ast::Concat(concat) = &self.ast else {
            return None;
        };
        let [Ast::Assertion(first), middle @ .., Ast::Assertion(last)] = concat.asts.as_slice()
        else {
            return None;
        };
        let is_anchored = matches!(
            (&first.kind, &last.kind),
            (
                AssertionKind::StartLine | AssertionKind::StartText,
                AssertionKind::EndLine | AssertionKind::EndText
            )
        );
        is_anchored.then(|| words_of_all(middle)).flatten()
    }

    /// Whether the pattern matches somewhere in `text`, or `None` if it uses syntax that is not supported here.
    pub(crate) fn is_match(&self, text: &str) -> Option<bool> {
        let everywhere = (0..=text.len())
            .filter(|&at| text.is_char_boundary(at))
            .collect();
        step(&self.hir, text, &everywhere).map(|ends| !ends.is_empty())
    }
}

/// All texts that the pattern matches, or `None` if it has more than literals, groups and alternations.
fn words(ast: &Ast) -> Option<Vec<String>> {
    match ast {
        Ast::Empty(_) => Some(vec![String::new()]),
        Ast::Literal(literal) => Some(vec![literal.c.to_string()]),
        Ast::Concat(concat) => words_of_all(&concat.asts),
        Ast::Alternation(alternation) => {
            let mut all = Vec::new();
            for ast in &alternation.asts {
                all.extend(words(ast)?);
            }
            (all.len() <= MAX_WORDS).then_some(all)
        }
        Ast::Group(group) => match &group.kind {
            GroupKind::NonCapturing(flags) if !flags.items.is_empty() => None,
            _ => words(&group.ast),
        },
        _ => None,
    }
}

fn words_of_all(parts: &[Ast]) -> Option<Vec<String>> {
    parts.iter().try_fold(vec![String::new()], |heads, part| {
        let tails = words(part)?;
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

/// The possible ends of a match of `hir`, for the possible starts.
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
        assert_eq!(words("^v(2|1)$").unwrap(), ["v2", "v1"]);
        assert_eq!(words(r"^a\.b$").unwrap(), ["a.b"]);
        assert_eq!(words("^(?<word>on|off)$").unwrap(), ["on", "off"]);
    }

    #[test]
    fn anything_else_is_a_pattern() {
        for text in [
            "^a|b$",
            "(a|b)",
            "^(a|b)",
            "(?i)^(a|b)$",
            "^(?i)(a|b)$",
            "^(?i:a|b)$",
            "^(?:(?i)a|b)$",
            "^[ab]$",
            "^v[12]$",
            "^(a|[bc])$",
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
