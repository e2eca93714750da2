//! Warnings about values that are valid, but probably not what was meant.

use super::{Assembler, messages::place, rows};
use crate::{
    error::{
        origin::Layer,
        problem::{ProblemKind, Sight},
        redact,
    },
    schema::Leaf,
    value::{
        node::Node,
        path::{KeyPath, Segment},
        raw::Raw,
    },
};

/// A warning and its fixes.
type Suspicion = (&'static str, &'static [&'static str]);

/// The limit for secrets of one value that are reported.
const REPORTED: usize = 20;

impl Assembler<'_> {
    /// Warns about a value that is about to be decoded. The value is not part of the warning.
    pub(super) fn warn_if_suspicious(&mut self, at: usize, leaf: &Leaf, raw: &Raw) {
        let sight = self.sight(at, leaf);
        let is_secret = sight == Sight::Masked;
        let mut found = Vec::new();
        match raw {
            Raw::Text { text, .. } if is_secret && (leaf.is_custom() || leaf.kind().is_text()) => {
                found.extend(stray_end(text).map(|end| (KeyPath::default(), end)));
            }
            Raw::Text { text, .. } if may_contain_stray_end(text) => {
                if let Some(node) = rows::structure(text, leaf, false) {
                    secrets_with_stray_ends(&node, is_secret, &mut found);
                }
            }
            Raw::Text { .. } => {}
            Raw::Structured(value) => {
                let node = value.node();
                if self.resolved.slots[at].origin.layer() == Layer::File {
                    let is_interpolated = self.resolved.slots[at].origin.replaces_references();
                    let notation = |node: &Node<'_>, _| unread_notation(node, is_interpolated);
                    each_suspicious(node, false, &notation, &mut found);
                }
                secrets_with_stray_ends(node, is_secret, &mut found);
            }
        }
        for (path, (what, fixes)) in found.into_iter().take(REPORTED) {
            let place = place(sight, raw, &path);
            let key = format!("{}{}", self.cursor.key(at), place.inside());
            let origin = self.resolved.origin_inside(at, &path);
            let warning = self.problem(at, ProblemKind::Ambiguous, what);
            let warning = warning.at(key).from(origin);
            let fixes = fixes.iter();
            let warning = fixes.fold(warning, |warning, fix| warning.with_help(*fix));
            self.resolved.warnings.push(warning);
        }
    }
}

/// Whether a value cannot be suspicious, secret or not. It is a separate check because a name is looked up slowly.
#[inline]
pub(super) fn is_ordinary(raw: &Raw) -> bool {
    match raw {
        Raw::Text { text, .. } => {
            begins_and_ends_plainly(text)
                || stray_end(text).is_none() && !may_contain_stray_end(text)
        }
        Raw::Structured(value) => match value.node() {
            Node::Text(text) => stray_end(text).is_none() && !has_reference(text),
            Node::Number(text) => !has_leading_zero(text),
            Node::List(_) | Node::Table(_) => false,
            _ => true,
        },
    }
}

/// Whether a value is one ordinary text, number or boolean that is not blank.
#[inline]
pub(super) fn is_plain(raw: &Raw) -> bool {
    match raw {
        Raw::Text { text, .. } => begins_and_ends_plainly(text),
        Raw::Structured(value) => match value.node() {
            Node::Text(text) => begins_and_ends_plainly(text) && !text.contains('$'),
            Node::Number(text) => !has_leading_zero(text),
            Node::Bool(_) => true,
            Node::Null | Node::List(_) | Node::Table(_) => false,
        },
    }
}

/// Whether a text begins and ends with characters that only text has, as nearly every text does: it is neither blank nor
/// JSON with a structure, and has no stray end.
#[inline]
fn begins_and_ends_plainly(text: &str) -> bool {
    let (first, last) = (text.as_bytes().first(), text.as_bytes().last());
    first.is_some_and(u8::is_ascii_alphanumeric) && last.is_some_and(u8::is_ascii_graphic)
}

/// Whether JSON in a text may contain a string with a stray end.
fn may_contain_stray_end(text: &str) -> bool {
    text.trim_start().starts_with(['[', '{']) && (text.contains('\\') || text.contains(BOM))
}

/// The strings with stray ends that are secret, by the setting as a whole or by the name of a key.
fn secrets_with_stray_ends(
    node: &Node<'_>,
    is_secret: bool,
    found: &mut Vec<(KeyPath, Suspicion)>,
) {
    let suspicion = |node: &Node<'_>, is_secret: bool| match node {
        Node::Text(text) if is_secret => stray_end(text),
        _ => None,
    };
    each_suspicious(node, is_secret, &suspicion, found);
}

/// Collects the suspicious scalars of a value. `is_secret` is whether all of it is secret.
fn each_suspicious(
    node: &Node<'_>,
    is_secret: bool,
    suspicion: &dyn Fn(&Node<'_>, bool) -> Option<Suspicion>,
    found: &mut Vec<(KeyPath, Suspicion)>,
) {
    // Paths are built from the inside out, because almost no value needs one.
    let mut inside = |value: &Node<'_>, is_secret: bool, segment: Segment<'_>| {
        let before = found.len();
        each_suspicious(value, is_secret, suspicion, found);
        for (path, _) in &mut found[before..] {
            path.prepend(segment);
        }
    };
    match node {
        Node::List(items) => {
            for (index, item) in items.iter().enumerate() {
                inside(&item.value, is_secret, Segment::Index(index));
            }
        }
        Node::Table(entries) => {
            for entry in entries {
                let is_secret = is_secret || redact::is_sensitive_name(&entry.key);
                inside(&entry.value, is_secret, Segment::Name(&entry.key));
            }
        }
        scalar => {
            found.extend(suspicion(scalar, is_secret).map(|found| (KeyPath::default(), found)));
        }
    }
}

const BOM: char = '\u{feff}';

/// A stray character of a tool at the end or the start of a secret. A text of several lines, such as a key, may end
/// with a line break.
#[inline]
fn stray_end(text: &str) -> Option<Suspicion> {
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
        _ => None,
    }
}

/// Whether a text contains `${NAME}`, `${NAME:-text}` or `${NAME:?text}`, or is one reference of any case.
fn has_reference(text: &str) -> bool {
    text.match_indices("${").any(|(at, _)| {
        let rest = &text[at + 2..];
        let is_whole = at == 0 && rest.find('}').is_some_and(|end| end + 1 == rest.len());
        let is_name = |ch: char| {
            ch.is_ascii_uppercase()
                || ch.is_ascii_digit()
                || ch == '_'
                || is_whole && ch.is_ascii_lowercase()
        };
        let after = rest.trim_start_matches(is_name);
        let begins_well =
            !rest.starts_with(|ch: char| ch.is_ascii_digit()) && after.len() < rest.len();
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
            "${db_pass}",
            "${time}",
        ] {
            assert!(has_reference(text), "{text}");
        }
        for text in [
            "$DB_PASS",
            "${time} ${level}",
            "${}",
            "${A",
            "${1A}",
            "{A}",
            "${A B}",
            "${",
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
