//! Reading of `.env` files, and the values of references in them.

use super::{EnvFileValue, Reading, SourcePath, VariableIndex};
use crate::{
    dotenv,
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    resolve::{FlatText, SourceOrder, UnknownName, did_you_mean},
    schema::{layout::Target, lookup::NameTarget, target::target_of_variable},
};
use std::{collections::HashSet, ffi::OsStr, path::Path, sync::Arc};
use zeroize::Zeroizing;

impl Reading {
    /// The value of a reference in a `.env` file, from the environment.
    pub(super) fn in_environment<'v>(
        &'v self,
        variables: &VariableIndex<'v>,
        name: &str,
    ) -> Option<String> {
        let variables = variables.get_or_init(|| {
            let sets = self.variables.iter();
            sets.flat_map(|(_, variables)| variables.iter()).collect()
        });
        variables
            .get(OsStr::new(name))
            .map(|value| (*value).to_owned())
    }

    /// The value of a reference, from the `.env` files before its own, the nearest first. Values of files that were
    /// decrypted are not used, because the file of the reference is not masked.
    pub(super) fn in_earlier_files(&self, layer: u16, name: &str) -> Option<String> {
        let mut values = self.env_file_values.get(name)?.iter().rev();
        let nearest = values.find(|value| value.layer < layer && !value.is_secret)?;
        Some(nearest.value.to_string())
    }

    /// The value of a reference of a file, from the highest `.env` file.
    pub(super) fn in_env_files(&self, name: &str) -> Option<&EnvFileValue> {
        let values = self.env_file_values.get(name)?;
        values.iter().max_by_key(|value| value.layer)
    }

    /// Keeps a value for references in later files.
    pub(super) fn keep_for_later_files(
        &mut self,
        layer: u16,
        name: &str,
        value: &str,
        is_secret: bool,
    ) {
        if self.keeps_env_files {
            let value = EnvFileValue {
                layer,
                value: Zeroizing::new(value.to_owned()),
                is_secret,
            };
            let each = self.env_file_values.entry(name.to_owned());
            each.or_default().push(value);
        }
    }

    pub(super) fn env_file(&mut self, layer: u16, declared: &SourcePath) {
        let path = declared.path.as_path();
        let Some((contents, decrypt)) = self.contents(declared, Layer::EnvFile) else {
            return;
        };
        let is_decrypted = decrypt.is_some();
        if contents.access.all_may_write() {
            let file = path.display();
            let what = format!("{file} is writable by all users");
            let warning = Problem::new(ProblemKind::Source, what)
                .about(Origin::env_file(Arc::from(path), 0, ""))
                .with_help(format!("chmod o-w {file}"));
            self.resolved.warnings.push(warning);
        }
        let variables = VariableIndex::new();
        let parsed = dotenv::parse_after(
            &contents.bytes,
            &|name| self.in_environment(&variables, name),
            &|name| self.in_earlier_files(layer, name),
        );
        match parsed {
            Ok(parsed) => {
                let file: Arc<Path> = Arc::from(path);
                for warning in parsed.warnings() {
                    let (line, column) = (warning.line(), warning.column());
                    let what = warning.without_place().to_string();
                    let problem = finding(ProblemKind::Ambiguous, &what, (line, column), &file);
                    self.resolved.warnings.push(problem);
                }
                for entry in parsed.into_entries() {
                    self.keep_for_later_files(layer, entry.key(), entry.value(), is_decrypted);
                    let (key, line) = (entry.key(), entry.line());
                    let at = Origin::env_file(file.clone(), line, "").with_decrypted(is_decrypted);
                    let text = FlatText {
                        quoted: entry.quoted(),
                        text: entry.into_value(),
                    };
                    self.env_file_entry(layer, key, at, text);
                }
            }
            Err(error) => {
                let file: Arc<Path> = Arc::from(path);
                for error in error.errors() {
                    let (line, column) = (error.line(), error.column());
                    let what = error.without_place();
                    let problem = finding(ProblemKind::Source, &what, (line, column), &file);
                    self.resolved.problems.push(problem);
                }
                if error.omitted() > 0 {
                    let origin = Origin::env_file(file.clone(), 0, "");
                    self.resolved
                        .problems
                        .omit_of_file(&origin, error.omitted());
                }
                self.mark_failed(&path.to_string_lossy());
                self.mark_assigned(layer, &file, &contents.bytes);
            }
        }
    }

    /// Marks the settings that a broken `.env` file assigns, so that they are not reported as missing too.
    fn mark_assigned(&mut self, layer: u16, file: &Arc<Path>, bytes: &[u8]) {
        let mut marked = Vec::new();
        let mut seen = HashSet::new();
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii_start();
            let line = line.strip_prefix(b"export ").unwrap_or(line);
            let end = line.iter().position(|byte| *byte == b'=');
            let Some(name) = end.map(|end| line[..end].trim_ascii()) else {
                continue;
            };
            if let Some(NameTarget::Name(name)) = target_of_variable(self.layout, name)
                && name.target != Target::Group
                && seen.insert(name.index)
            {
                let order = SourceOrder::ordered(layer);
                let origin = Origin::env_file(file.clone(), number, String::new());
                self.resolved.mark_unreadable(order, name, origin);
                marked.push(self.layout.key_of(name.index.into()));
            }
        }
        if !marked.is_empty() {
            let note = || format!("not checked until this is fixed: {}", marked.join(", "));
            self.resolved.problems.note_last(note);
        }
    }

    /// Binds one entry. Its origin has no name yet.
    pub(super) fn env_file_entry(&mut self, layer: u16, key: &str, at: Origin, text: FlatText) {
        let layout = self.layout;
        let order = SourceOrder::ordered(layer);
        if let Some(target) = target_of_variable(layout, key.as_bytes()) {
            let origin = at.with_name(layout.spelled(&target, || key.to_owned()));
            return self.resolved.bind_text(order, target, text, origin);
        }
        let origin = at.with_name(key.to_owned().into());
        self.unmatched.push(key.into());
        let is_ours = layout.schema.prefix.is_empty() || layout.is_under_prefix(key.as_bytes());
        if is_ours && !layout.ignores_variable(key) {
            let hint = self.resolved.may_suggest();
            let hint = hint.then(|| did_you_mean(layout, key)).flatten();
            self.resolved.unknown_names.push(UnknownName {
                name: key.to_owned(),
                origin,
                hint,
                path: None,
            });
        }
    }
}

/// An error or warning of a `.env` file. Its text is `what is wrong; what to do`.
fn finding(
    kind: ProblemKind,
    text: &str,
    (line, column): (usize, usize),
    file: &Arc<Path>,
) -> Problem {
    let origin = Origin::env_file(file.clone(), line, String::new());
    let (what, help) = text.split_once("; ").unwrap_or((text, ""));
    let problem = Problem::new(kind, format!("{origin}:{column}: {what}")).about(origin);
    if help.is_empty() {
        problem
    } else {
        problem.with_help(help)
    }
}
