//! Reading of `.env` files in dotenvy's dialect, with references from the environment of the loader.
//!
//! dotenvy resolves `$NAME` and `${NAME}` from the environment of the process. So each reference gets a mark in front of
//! its name, which no variable has, and definitions of the marked names precede the file.

use super::{Reading, SourcePath, VariableIndex};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    resolve::FlatText,
};
use std::{collections::BTreeSet, path::Path, sync::Arc};
use zeroize::Zeroizing;

impl Reading {
    pub(super) fn dotenvy(&mut self, layer: u16, declared: &SourcePath) {
        let path = declared.path.as_path();
        let Some((contents, decrypt)) = self.contents(declared, Layer::EnvFile) else {
            return;
        };
        let is_decrypted = decrypt.is_some();
        let file: Arc<Path> = Arc::from(path);
        let marked = str::from_utf8(&contents.bytes).ok().map(|text| {
            let variables = VariableIndex::new();
            Marked::new(text, |name| {
                self.in_environment(&variables, name)
                    .map(|value| (value, true))
                    .or_else(|| Some((self.in_earlier_files(layer, name)?, false)))
            })
        });
        let (bytes, defined) = match &marked {
            Some(marked) => (marked.text.as_bytes(), marked.defined),
            // dotenvy reports that the file is not UTF-8.
            None => (contents.bytes.as_slice(), 0),
        };
        let assignments = ::dotenvy::from_read_iter(bytes).skip(defined).enumerate();
        for (at, entry) in assignments {
            match entry {
                // dotenvy reports neither lines nor quotes.
                Ok((key, value)) => {
                    let value = Zeroizing::new(value);
                    let (key, value) = match &marked {
                        Some(marked) => (marked.restore(&key), marked.restore(&value)),
                        None => (Zeroizing::new(key), value),
                    };
                    self.keep_for_later_files(layer, &key, &value, is_decrypted);
                    let at = Origin::env_file(file.clone(), 0, "").with_decrypted(is_decrypted);
                    self.env_file_entry(layer, &key, at, FlatText::unquoted(value));
                }
                Err(_) => {
                    // The error of dotenvy quotes the line, so it is not printed.
                    let origin = Origin::env_file(file.clone(), 0, String::new());
                    let what = format!("{origin}: dotenvy cannot read its assignment {}", at + 1);
                    self.resolved.problems.push(
                        Problem::new(ProblemKind::Source, what)
                            .about(origin)
                            .with_help("put the value in single quotes, or read the file without `dotenvy(…)`, whose errors contain line and column"),
                    );
                    self.add_unreadable(path.display());
                }
            }
        }
    }
}

/// A file whose references have a mark, after the definitions of the marked names.
struct Marked {
    text: Zeroizing<String>,
    mark: String,
    /// The number of definitions.
    defined: usize,
}

impl Marked {
    /// Marks a file. `find` returns the value of a name from outside the file, and whether it overrides assignments of the
    /// file.
    fn new(text: &str, find: impl Fn(&str) -> Option<(String, bool)>) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut references = BTreeSet::new();
        let mut unmarked = Zeroizing::new(String::with_capacity(text.len()));
        mark_references(text, "", &mut unmarked, &mut references);
        let found: Vec<_> = references
            .into_iter()
            .filter_map(|name| Some((name, find(name)?)))
            .map(|(name, (value, overrides))| (name, Zeroizing::new(value), overrides))
            .collect();
        let is_free = |mark: &String| {
            !text.contains(&**mark) && found.iter().all(|(_, value, _)| !value.contains(&**mark))
        };
        let mut marks = (0..).map(|number| format!("reference{number}of"));
        let mark = marks.find(is_free).unwrap_or_default();
        // At full size, because growing would leave copies of secrets behind.
        let marks = found.len() + text.matches(['$', '\n']).count() + 1;
        let values: usize = found
            .iter()
            .map(|(name, value, _)| name.len() + 2 * value.len() + 4)
            .sum();
        let mut marked = Zeroizing::new(String::with_capacity(
            text.len() + values + marks * mark.len(),
        ));
        for (name, value, _) in &found {
            define(&mark, name, value, &mut marked);
        }
        let is_fixed = |key: &str| {
            let mut fixed = found.iter().filter(|(.., overrides)| *overrides);
            fixed.any(|(name, ..)| *name == key)
        };
        for line in text.split_inclusive('\n') {
            let (before, line) = line.split_at(start_of_key(line));
            marked.push_str(before);
            let key = &line[..key_len(line)];
            // References to it keep the value from outside.
            if !key.is_empty() && !is_fixed(key) {
                marked.push_str(&mark);
            }
            mark_references(line, &mark, &mut marked, &mut BTreeSet::new());
        }
        Self {
            text: marked,
            mark,
            defined: found.len(),
        }
    }

    /// Removes the marks where dotenvy saw no reference: in single quotes, after a backslash, in keys.
    fn restore(&self, text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.replace(&self.mark, ""))
    }
}

/// Copies a text with a mark before the name of each reference, and collects the names that can be defined.
fn mark_references<'t>(
    text: &'t str,
    mark: &str,
    marked: &mut String,
    names: &mut BTreeSet<&'t str>,
) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        marked.push_str(before);
        marked.push('$');
        let (brace, name) = match after.strip_prefix('{') {
            Some(inside) => ("{", inside.split('}').next().unwrap_or_default()),
            None => {
                let end = after.find(|ch: char| !ch.is_alphanumeric());
                ("", &after[..end.unwrap_or(after.len())])
            }
        };
        marked.push_str(brace);
        rest = &after[brace.len()..];
        if !name.is_empty() {
            marked.push_str(mark);
            if key_len(name) == name.len() {
                names.insert(name);
            }
        }
    }
    marked.push_str(rest);
}

/// Adds an assignment that dotenvy reads as this value.
fn define(mark: &str, name: &str, value: &str, marked: &mut String) {
    marked.push_str(mark);
    marked.push_str(name);
    marked.push_str("=\"");
    for ch in value.chars() {
        match ch {
            '\n' => marked.push_str("\\n"),
            '\\' | '"' | '$' => {
                marked.push('\\');
                marked.push(ch);
            }
            ch => marked.push(ch),
        }
    }
    marked.push_str("\"\n");
}

/// The start of the key of an assignment, after white space and `export`.
fn start_of_key(line: &str) -> usize {
    let key = line.trim_start();
    let exported = key
        .strip_prefix("export")
        .map(str::trim_start)
        .filter(|rest| key.len() - rest.len() > "export".len() && key_len(rest) > 0);
    line.len() - exported.unwrap_or(key).len()
}

/// The length of the key at the start of a text.
fn key_len(text: &str) -> usize {
    let is_part = |ch: char| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '.');
    if text.starts_with(|ch: char| ch.is_ascii_digit() || ch == '.') {
        return 0;
    }
    text.find(|ch| !is_part(ch)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::Marked;

    /// The assignments of a file, with `OUTSIDE` from the environment and `EARLIER` from an earlier file.
    fn read(text: &str) -> Vec<(String, String)> {
        let marked = Marked::new(text, |name| match name {
            "OUTSIDE" => Some(("a \"b\" $c \\d\n'e'".to_owned(), true)),
            "EARLIER" => Some(("earlier".to_owned(), false)),
            _ => None,
        });
        let read = ::dotenvy::from_read_iter(marked.text.as_bytes()).skip(marked.defined);
        read.map(|entry| {
            let (key, value) = entry.unwrap();
            (
                marked.restore(&key).to_string(),
                marked.restore(&value).to_string(),
            )
        })
        .collect()
    }

    #[test]
    fn references_are_resolved_outside_the_file_and_in_the_lines_above() {
        let outside = "a \"b\" $c \\d\n'e'";
        for (text, value) in [
            ("X=$OUTSIDE", outside),
            ("X=\"<${OUTSIDE}>\"", &format!("<{outside}>")),
            ("OUTSIDE=inside\nX=${OUTSIDE}", outside),
            ("X=$EARLIER", "earlier"),
            ("EARLIER=inside\nX=${EARLIER}", "inside"),
            ("export A=1\n  export  B=2\nX=$A${B}", "12"),
            ("A.B=1\nX=${A.B}", "1"),
            ("X=$PATH-${HOME}", "-"),
            ("X='$OUTSIDE ${A}'", "$OUTSIDE ${A}"),
            ("X=\\$OUTSIDE", "$OUTSIDE"),
            ("X=a$", "a"),
            ("X='\nA=1\n'", "\nA=1\n"),
            ("\u{feff}X=1", "1"),
        ] {
            let read = read(text);
            assert_eq!(read.last(), Some(&("X".to_owned(), value.to_owned())));
        }
    }

    #[test]
    fn a_file_without_references_is_read_as_dotenvy_reads_it() {
        for text in [
            "A=1\nexport B='x y' # c\n\n#C=1\nD=\"a\nb\"\nexport=1\nexport = 2\n_E.F=3",
            "reference0of=1\nX=${reference0of}",
        ] {
            let plain: Vec<_> = ::dotenvy::from_read_iter(text.as_bytes())
                .map(Result::unwrap)
                .collect();
            assert_eq!(read(text), plain);
        }
    }
}
