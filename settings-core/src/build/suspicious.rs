//! Warnings about values that are valid, but probably not what was meant.

use super::Assembler;
use crate::{
    error::{
        origin::Layer,
        problem::{ProblemKind, Sight},
    },
    schema::Leaf,
    value::{node::Node, raw::Raw},
};

/// A warning and its fixes.
type Suspicion = (&'static str, &'static [&'static str]);

impl Assembler<'_> {
    /// Warns about a value that is about to be decoded. The value is not part of the warning.
    pub(super) fn warn_if_suspicious(&mut self, at: usize, leaf: &Leaf, raw: &Raw) {
        let suspicion = match raw {
            Raw::Text { text, .. } => stray_end(text)
                .filter(|_| self.sight(at, leaf) == Sight::Masked && leaf.kind().is_text()),
            Raw::Structured(value) if self.resolved.slots[at].origin.layer() == Layer::File => {
                let is_interpolated = self.resolved.slots[at].origin.replaces_references();
                unread_notation(value.node(), is_interpolated)
            }
            Raw::Structured(_) => None,
        };
        if let Some((what, fixes)) = suspicion {
            let origin = self.resolved.slots[at].origin.clone();
            let warning = self.problem(at, ProblemKind::Ambiguous, what).from(origin);
            let fixes = fixes.iter();
            let warning = fixes.fold(warning, |warning, fix| warning.with_help(*fix));
            self.resolved.warnings.push(warning);
        }
    }
}

/// A stray character of a tool at the end or the start of a secret. A text of several lines, such as a key, may end
/// with a line break.
#[inline]
fn stray_end(text: &str) -> Option<Suspicion> {
    const BOM: char = '\u{feff}';
    if !text.ends_with(['\n', '\r']) && !text.starts_with(BOM) {
        return None;
    }
    if text.starts_with(BOM) {
        return Some((
            "the value begins with a byte order mark,",
            &["save it without the mark, if it is not part of the value"],
        ));
    }
    let is_one_line = !text.trim_end_matches(['\n', '\r']).contains(['\n', '\r']);
    let suspicion: Suspicion = if text.ends_with('\r') {
        (
            "the value ends with a carriage return,",
            &["save it with Unix line endings, if the carriage return is not part of the value"],
        )
    } else {
        (
            "the value ends with a line break,",
            &["remove the line break, if it is not part of the value"],
        )
    };
    is_one_line.then_some(suspicion)
}

/// Notation of other tools in a value of a file, which has no effect in this crate.
fn unread_notation(node: &Node<'_>, is_interpolated: bool) -> Option<Suspicion> {
    match node {
        Node::Text(text) if !is_interpolated && has_reference(text) => Some((
            "the value contains a reference such as `${NAME}`, which this file does not replace,",
            &[
                "declare the file as interpolate(\"…\") in the program, or add it by `Loader::file_interpolated`",
                "or set it by its environment variable or in a `.env` file, which replaces references",
            ],
        )),
        Node::Number(text) if has_leading_zero(text) => Some((
            "the number begins with a zero and is decimal, but readers of YAML 1.1 take it as octal,",
            &["write it without the zero, or as `0o644` if it is octal"],
        )),
        Node::List(items) => items
            .iter()
            .find_map(|item| unread_notation(&item.value, is_interpolated)),
        Node::Table(entries) => entries
            .iter()
            .find_map(|entry| unread_notation(&entry.value, is_interpolated)),
        _ => None,
    }
}

/// Whether a text contains `${NAME}`, `${NAME:-text}` or `${NAME:?text}`.
fn has_reference(text: &str) -> bool {
    text.match_indices("${").any(|(at, _)| {
        let rest = &text[at + 2..];
        let is_name = |ch: char| ch.is_ascii_uppercase() || ch.is_ascii_digit() || ch == '_';
        let after = rest.trim_start_matches(is_name);
        let begins_well = rest.starts_with(|ch: char| ch.is_ascii_uppercase() || ch == '_');
        begins_well
            && ["}", ":-", ":?", "-", "?"]
                .iter()
                .any(|end| after.starts_with(end))
    })
}

fn has_leading_zero(number: &str) -> bool {
    let digits = number.trim_start_matches('-');
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{has_leading_zero, has_reference, stray_end};

    #[test]
    fn a_reference_has_the_name_of_a_variable() {
        for text in [
            "${DB_PASS}",
            "pg://u:${PW:-x}@h",
            "$${A}",
            "${_X?}",
            "${a} ${B1-}",
        ] {
            assert!(has_reference(text), "{text}");
        }
        for text in [
            "$DB_PASS", "${time}", "${}", "${A", "${1A}", "{A}", "${A B}",
        ] {
            assert!(!has_reference(text), "{text}");
        }
    }

    #[test]
    fn only_digits_after_a_zero_look_octal() {
        assert!(has_leading_zero("0644") && has_leading_zero("-007"));
        for number in ["0", "-0", "0.5", "644", "00.5", "0e1"] {
            assert!(!has_leading_zero(number), "{number}");
        }
    }

    #[test]
    fn one_line_with_a_stray_end_is_suspicious() {
        for text in ["x\n", "x\r", "x\r\n", "x\n\n", "\u{feff}x", "\n"] {
            assert!(stray_end(text).is_some(), "{text:?}");
        }
        for text in ["", "x", "x ", "a\nb\n", "a\r\nb\r\n"] {
            assert!(stray_end(text).is_none(), "{text:?}");
        }
    }
}
