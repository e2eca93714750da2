//! `.env` files, and what references in them mean.

use super::{Declaration, Named, Reading, did_you_mean};
use crate::{
    dotenv,
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    resolve::{FlatText, Place, UnknownName},
    schema::lookup::target_of_variable,
    source::service_links,
};
use settings_syntax::name;
use std::{ffi::OsStr, path::Path, sync::Arc};
use zeroize::Zeroizing;

impl Reading {
    /// What a reference in a `.env` file means: the environment, then the `.env` files before it.
    pub(super) fn reference<'v>(
        &'v self,
        layer: u16,
        variables: &Named<'v>,
        name: &str,
    ) -> Option<String> {
        let variables = variables.get_or_init(|| {
            let all = self.variables.iter();
            all.flat_map(|(_, variables)| variables.iter()).collect()
        });
        if let Some(value) = variables.get(OsStr::new(name)) {
            return Some((*value).to_owned());
        }
        let mut assigned = self.assigned.get(name)?.iter().rev();
        let before = assigned.find(|(place, _)| *place < layer);
        before.map(|(_, value)| value.to_string())
    }

    pub(super) fn env_file(&mut self, layer: u16, declaration: &Declaration) {
        let path = declaration.path.as_path();
        let Some(contents) = self.contents(declaration, Layer::EnvFile) else {
            return;
        };
        let variables = Named::new();
        let parsed = dotenv::parse(&contents.bytes, |name| {
            self.reference(layer, &variables, name)
        });
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
                    if self.env_files > 1 {
                        let value = Zeroizing::new(entry.value().to_owned());
                        let each = self.assigned.entry(entry.key().to_owned());
                        each.or_default().push((layer, value));
                    }
                    let (key, line, quoted) = (entry.key(), entry.line(), entry.quoted());
                    self.env_file_entry(layer, &file, key, line, quoted, entry.into_value());
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
                self.broken(&path.display().to_string());
            }
        }
    }

    pub(super) fn env_file_entry(
        &mut self,
        layer: u16,
        file: &Arc<Path>,
        key: &str,
        line: usize,
        quoted: bool,
        value: Zeroizing<String>,
    ) {
        let layout = self.layout;
        let place = Place::ordered(layer);
        if let Some(target) = target_of_variable(layout, key.as_bytes()) {
            let origin = Origin::env_file(
                file.clone(),
                line,
                layout.spelled(&target, || key.to_owned()),
            );
            let text = FlatText {
                text: value,
                quoted,
            };
            return self.resolved.put_text(place, target, text, origin);
        }
        let origin = Origin::env_file(file.clone(), line, key.to_owned());
        self.names.push(key.into());
        let has_prefix =
            name::strip_prefix(key.as_bytes(), layout.schema.prefix.as_bytes()).is_some();
        if has_prefix && !service_links::is_service_link(key) && !layout.is_foreign(key) {
            let hint = did_you_mean(layout, key);
            self.resolved.unknown.push(UnknownName {
                name: key.to_owned(),
                origin,
                hint,
            });
        }
    }

    #[cfg(feature = "dotenvy")]
    pub(super) fn dotenvy(&mut self, layer: u16, declaration: &Declaration) {
        let path = declaration.path.as_path();
        let Some(contents) = self.contents(declaration, Layer::EnvFile) else {
            return;
        };
        let file: Arc<Path> = Arc::from(path);
        for (at, entry) in dotenvy::from_read_iter(contents.bytes.as_slice()).enumerate() {
            match entry {
                // dotenvy tells no lines, and not whether a value was quoted.
                Ok((key, value)) => {
                    self.env_file_entry(layer, &file, &key, 0, false, Zeroizing::new(value));
                }
                Err(_) => {
                    // Its own error quotes the line.
                    let origin = Origin::env_file(file.clone(), 0, String::new());
                    let what = format!("{origin}: dotenvy cannot read its assignment {}", at + 1);
                    self.resolved.problems.push(
                        Problem::new(ProblemKind::Source, what)
                            .about(origin)
                            .with_help("put the value in single quotes, or read the file without `dotenvy(…)`, whose errors name the place"),
                    );
                    self.not_read(path.display());
                }
            }
        }
    }
}

/// An error or warning of a `.env` file. Its words are `what is wrong; what to do`.
fn finding(kind: ProblemKind, told: &str, place: (usize, usize), file: &Arc<Path>) -> Problem {
    let (line, column) = place;
    let origin = Origin::env_file(file.clone(), line, String::new());
    let (what, help) = told.split_once("; ").unwrap_or((told, ""));
    let problem = Problem::new(kind, format!("{origin}:{column}: {what}")).about(origin);
    if help.is_empty() {
        problem
    } else {
        problem.with_help(help)
    }
}
