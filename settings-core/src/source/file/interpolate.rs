//! References such as `${NAME}` in the strings of a file.

use crate::{
    error::origin::Interpolated,
    value::node::{Node, Offset},
};
use std::{borrow::Cow, collections::BTreeMap};
use zeroize::Zeroizing;

/// The most bytes that the references of one file may insert.
const MAX_INSERTED: usize = 64 << 20;
/// The most references inside one another.
const MAX_DEPTH: usize = 16;

/// The value of a name, and whether it is secret.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<(Zeroizing<String>, bool)>;

/// The references of a file.
#[derive(Default)]
pub(crate) struct Interpolation {
    /// The names of each value with references, and of the lists and tables around it, by position.
    pub(crate) used: BTreeMap<Offset, Interpolated>,
    /// The values with a reference that cannot be replaced, with what is wrong and the fix.
    pub(crate) failed: Vec<(Offset, String, String)>,
    inserted: usize,
}

/// Reason why a text cannot be interpolated, and the fix.
struct Fault {
    what: String,
    help: String,
}

/// The names in a text.
#[derive(Default)]
struct Names {
    all: Vec<String>,
    are_secret: bool,
}

impl Interpolation {
    /// Replaces the references in all strings of a document.
    pub(crate) fn of(root: &mut Node<'_>, lookup: Lookup<'_>) -> Self {
        let mut interpolation = Self::default();
        interpolation.node(root, Offset::NONE, lookup);
        interpolation
    }

    /// Replaces the references in a value, and returns their names.
    fn node(&mut self, node: &mut Node<'_>, at: Offset, lookup: Lookup<'_>) -> Names {
        let names = match node {
            Node::Text(text) if text.contains('$') => {
                let mut names = Names::default();
                match self.text(text, lookup, &mut names, 0) {
                    Ok(replaced) => *text = Cow::Owned(replaced),
                    Err(Fault { what, help }) => {
                        self.failed.push((at, what, help));
                        return Names::default();
                    }
                }
                names
            }
            Node::List(items) => {
                let each = items.iter_mut().map(|item| (&mut item.value, item.at));
                self.nodes(each, lookup)
            }
            Node::Table(entries) => {
                let each = entries.iter_mut().map(|entry| (&mut entry.value, entry.at));
                self.nodes(each, lookup)
            }
            _ => return Names::default(),
        };
        if !names.all.is_empty() {
            let used = Interpolated {
                names: names.all.join(", ").into(),
                is_secret: names.are_secret,
            };
            self.used.insert(at, used);
        }
        names
    }

    fn nodes<'n, 't: 'n>(
        &mut self,
        nodes: impl Iterator<Item = (&'n mut Node<'t>, Offset)>,
        lookup: Lookup<'_>,
    ) -> Names {
        let mut all = Names::default();
        for (node, at) in nodes {
            let names = self.node(node, at, lookup);
            all.are_secret |= names.are_secret;
            for name in names.all {
                all.add(name);
            }
        }
        all
    }

    fn text(
        &mut self,
        text: &str,
        lookup: Lookup<'_>,
        names: &mut Names,
        depth: usize,
    ) -> Result<String, Fault> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                after
            } else if let Some(after) = after.strip_prefix('{') {
                let (inner, after) = split_at_close(after).ok_or_else(malformed)?;
                self.reference(inner, lookup, names, depth, &mut out)?;
                after
            } else {
                out.push('$');
                after
            };
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Appends the value of a reference, given the text between its braces.
    fn reference(
        &mut self,
        inner: &str,
        lookup: Lookup<'_>,
        names: &mut Names,
        depth: usize,
        out: &mut String,
    ) -> Result<(), Fault> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let end = inner.bytes().position(|byte| !is_name(byte));
        let (name, operator) = inner.split_at(end.unwrap_or(inner.len()));
        if name.is_empty() || name.starts_with(|ch: char| ch.is_ascii_digit()) {
            return Err(malformed());
        }
        if depth >= MAX_DEPTH {
            return Err(Fault {
                what: "references are nested more than 16 deep".to_owned(),
                help: "write fewer defaults inside one another".to_owned(),
            });
        }
        let found = lookup(name);
        names.add(name.to_owned());
        let is_empty = found.as_ref().is_none_or(|(value, _)| value.is_empty());
        if let Some(word) = operator.strip_prefix(":-")
            && is_empty
        {
            let word = self.text(word, lookup, names, depth + 1)?;
            out.push_str(&word);
            return Ok(());
        }
        if let Some(reason) = operator.strip_prefix(":?")
            && is_empty
        {
            let reason = if reason.is_empty() {
                "it is required"
            } else {
                reason
            };
            return Err(Fault {
                what: format!("${{{name}}} is not set: {reason}"),
                help: format!("set the environment variable {name}"),
            });
        }
        if !(operator.is_empty() || operator.starts_with(":-") || operator.starts_with(":?")) {
            return Err(malformed());
        }
        let Some((value, is_secret)) = found else {
            return Err(Fault {
                what: format!("${{{name}}} is not set"),
                help: format!(
                    "set the environment variable {name}, or write a default: ${{{name}:-text}}"
                ),
            });
        };
        self.inserted = self.inserted.saturating_add(value.len());
        if self.inserted > MAX_INSERTED {
            return Err(Fault {
                what: "the references of the file insert more than 64 MiB".to_owned(),
                help: "write fewer references to long values".to_owned(),
            });
        }
        names.are_secret |= is_secret;
        out.push_str(&value);
        Ok(())
    }
}

impl Names {
    fn add(&mut self, name: String) {
        if !self.all.contains(&name) {
            self.all.push(name);
        }
    }
}

fn malformed() -> Fault {
    Fault {
        what:
            "`${` is not the start of a reference: expected ${NAME}, ${NAME:-text} or ${NAME:?text}"
                .to_owned(),
        help: "correct it, or write $$ for a plain $".to_owned(),
    }
}

/// Splits a text after `${` at the brace that ends the reference. A reference inside it has a brace of its own.
fn split_at_close(text: &str) -> Option<(&str, &str)> {
    let mut open = 0_usize;
    let mut previous = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if previous == b'$' => open += 1,
            b'}' if open == 0 => return Some((&text[..at], &text[at + 1..])),
            b'}' => open -= 1,
            _ => {}
        }
        // `$${` is a plain `$` and a brace.
        previous = if byte == b'$' && previous == b'$' {
            0
        } else {
            byte
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::node::TableEntry;

    fn lookup(name: &str) -> Option<(Zeroizing<String>, bool)> {
        let value = match name {
            "HOST" => "db",
            "EMPTY" => "",
            "TOKEN" => "$HOST",
            _ => return None,
        };
        Some((Zeroizing::new(value.to_owned()), name == "TOKEN"))
    }

    fn interpolated(text: &str) -> Result<String, String> {
        let mut node = Node::text(text.to_owned());
        let found = Interpolation::of(&mut node, &lookup);
        match found.failed.into_iter().next() {
            Some((_, what, _)) => Err(what),
            None => Ok(node.as_scalar().unwrap().to_owned()),
        }
    }

    #[test]
    fn references_are_replaced_once() {
        for (text, expected) in [
            ("${HOST}:5432", "db:5432"),
            ("a$$b", "a$b"),
            ("$${HOST}", "${HOST}"),
            ("$HOST 5$", "$HOST 5$"),
            ("${TOKEN}", "$HOST"),
            ("${EMPTY}", ""),
            ("${EMPTY:-x}", "x"),
            ("${NONE:-a ${HOST:-y} {b\u{e4}}", "a db {b\u{e4}"),
            ("${NONE:-${NONE:-$${x}}}", "${x}"),
            ("${HOST:?no}", "db"),
        ] {
            assert_eq!(interpolated(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_reference_that_cannot_be_replaced_is_a_fault() {
        for (text, expected) in [
            ("${NONE}", "${NONE} is not set"),
            ("${EMPTY:?name a host}", "${EMPTY} is not set: name a host"),
            ("${NONE:?}", "${NONE} is not set: it is required"),
        ] {
            assert_eq!(interpolated(text), Err(expected.to_owned()), "{text}");
        }
        for text in [
            "${",
            "${HOST",
            "${}",
            "${1A}",
            "${HOST-x}",
            "${A B}",
            "${{HOST}}",
        ] {
            let what = interpolated(text).unwrap_err();
            assert!(what.starts_with("`${` is not the start"), "{text}: {what}");
        }
        let nested = format!("{}{}", "${A:-".repeat(17), "}".repeat(17));
        assert_eq!(
            interpolated(&nested),
            Err("references are nested more than 16 deep".to_owned())
        );
    }

    #[test]
    fn the_names_of_a_value_are_those_of_its_parts() {
        let mut root = Node::Table(vec![TableEntry {
            at: Offset::new(4),
            ..TableEntry::new("a", Node::text("${HOST}/${TOKEN}/${HOST}"))
        }]);
        let found = Interpolation::of(&mut root, &lookup);
        let used = &found.used[&Offset::new(4)];
        assert_eq!((&*used.names, used.is_secret), ("HOST, TOKEN", true));
        assert_eq!(&*found.used[&Offset::NONE].names, "HOST, TOKEN");
    }
}
