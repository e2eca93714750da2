//! Reading of files and providers.

use super::{
    Fault, OpenFile, Reading, SourcePath, VariableIndex, document_of, excerpt, ignored_as_a_whole,
    origin_of_source,
};
#[cfg(feature = "figment")]
use crate::source::provider::{AnyProvider, Description};
use crate::{
    error::{
        origin::{Document, Layer, Locate, Origin},
        problem::{Problem, ProblemKind},
        redact,
        source_report::{SourceReport, SourceStatus},
    },
    resolve::{Scope, SourceOrder, TableSource},
    source::file::{
        interpolate::Interpolation,
        locate::Places,
        pattern::{self, MAX_FILES},
        section::{Section, section},
    },
    value::{
        format::SyntaxError,
        node::{Node, Offset, TableEntry},
    },
};
use std::{borrow::Cow, path::Path, sync::Arc};
use zeroize::Zeroizing;

impl Reading {
    /// Reads a file, or every file that a pattern matches.
    pub(super) fn file(&mut self, layer: u16, declared: &SourcePath) {
        let mut files = Vec::new();
        self.open_files(layer, Cow::Borrowed(declared), &mut files);
        for file in files {
            self.bind_file(&file);
        }
    }

    /// Opens a file, or every file that a pattern matches.
    pub(super) fn open_files<'p>(
        &mut self,
        layer: u16,
        declared: Cow<'p, SourcePath>,
        files: &mut Vec<OpenFile<'p>>,
    ) {
        if declared.is_pattern {
            self.open_pattern(layer, &declared, files);
        } else {
            files.extend(self.open_file(layer, declared));
        }
    }

    fn open_file<'p>(&mut self, layer: u16, declared: Cow<'p, SourcePath>) -> Option<OpenFile<'p>> {
        let (contents, decrypt) = self.contents(&declared, Layer::File)?;
        Some(OpenFile {
            layer,
            declared,
            contents,
            decrypt,
        })
    }

    fn open_pattern(&mut self, layer: u16, declared: &SourcePath, opened: &mut Vec<OpenFile<'_>>) {
        let shown = declared.path.to_string_lossy().into_owned();
        self.patterns.push(declared.path.clone());
        let files = match pattern::matching(&declared.path) {
            Ok(files) => files,
            Err(error) => {
                let directory = pattern::directory(&declared.path)
                    .to_string_lossy()
                    .into_owned();
                let why = format!("{directory} cannot be listed: {}", error.kind());
                let help = format!("let the user of this process read {directory}");
                return self.fail_pattern(declared, SourceStatus::Failed, why, help);
            }
        };
        if files.len() > usize::from(MAX_FILES) {
            let why = format!("{shown} matches more than 1,000 files");
            let help = "remove files, or write a narrower pattern".to_owned();
            return self.fail_pattern(declared, SourceStatus::Failed, why, help);
        }
        if files.is_empty() && declared.required {
            let why = format!("{shown} is required, but matches no file");
            let help = "create a file, or correct the path".to_owned();
            return self.fail_pattern(declared, SourceStatus::Absent, why, help);
        }
        if files.is_empty() {
            self.report(Layer::File, shown, SourceStatus::Absent);
        }
        for (nth, path) in (0..).zip(files) {
            let file = SourcePath {
                path,
                required: false,
                is_pattern: false,
                // It is removed like any file of a directory to which others add files.
                may_disappear: true,
                ..declared.clone()
            };
            opened.extend(self.open_file(layer.saturating_add(nth * 2), Cow::Owned(file)));
        }
    }

    fn fail_pattern(
        &mut self,
        declared: &SourcePath,
        status: SourceStatus,
        what: String,
        help: String,
    ) {
        let shown = declared.path.to_string_lossy().into_owned();
        self.report(Layer::File, shown.clone(), status);
        self.add_unreadable(&shown);
        let problem = Problem::new(ProblemKind::Source, what)
            .about(origin_of_source(Layer::File, &declared.path));
        self.report_source(declared, problem.with_help(help));
    }

    /// Binds the values of a file.
    pub(super) fn bind_file(&mut self, file: &OpenFile<'_>) {
        let OpenFile {
            layer,
            declared,
            contents,
            decrypt,
        } = file;
        let path = declared.path.as_path();
        let format = self.format_of(declared);
        let places = contents
            .fingerprint
            .clone()
            .map(|read| Box::new(Places::new(read, format, decrypt.clone())) as Box<dyn Locate>);
        let document = Document {
            places,
            is_decrypted: decrypt.is_some(),
            ..document_of(path)
        };
        let shown = || path.to_string_lossy();
        let fault = match (format, contents.text()) {
            (None, _) => no_format(path),
            (_, Err(why)) => (why.to_string(), why.help(&shown())),
            (Some(format), Ok(text)) => match format.read(text) {
                Ok(Node::Table(entries)) => {
                    return self.bind_root(*layer, declared, document, entries);
                }
                Ok(_) => return,
                Err(error) => {
                    let is_shown = decrypt.is_none();
                    let excerpt = error.at.filter(|_| is_shown);
                    let excerpt = excerpt.and_then(|at| excerpt::of(self.layout, text, at));
                    return self.report_syntax(document, error, excerpt);
                }
            },
        };
        let origin = Origin::file(Arc::new(document), "", None);
        let (what, help) = fault;
        let problem = Problem::new(
            ProblemKind::Source,
            format!("{origin} cannot be read: {what}"),
        );
        let problem = problem.about(origin).with_help(help);
        self.resolved.problems.push(problem);
        self.mark_failed(&shown());
    }

    /// Binds the root table of a file, or its section.
    fn bind_root(
        &mut self,
        layer: u16,
        declared: &SourcePath,
        mut document: Document,
        entries: Vec<TableEntry<'_>>,
    ) {
        let entries = match self.section(declared, entries) {
            Ok(Some(entries)) => entries,
            Ok(None) => return,
            Err((at, fault)) => {
                let origin = Origin::file(Arc::new(document), "", at);
                return self.report_file_fault(declared, origin, fault);
            }
        };
        let (entries, failed) = self.interpolated(declared, &mut document, entries);
        let document = Arc::new(document);
        let at = |key: Cow<'static, str>, offset: Offset| {
            Origin::file(document.clone(), key, Some(offset))
        };
        self.table(layer, entries, &at);
        self.report_references(declared, &document, failed);
    }

    fn report_syntax(&mut self, document: Document, error: SyntaxError, excerpt: Option<String>) {
        let shown = document.path.to_string_lossy().into_owned();
        let document = Arc::new(document);
        let what = match error.first {
            Some(first) => {
                let first = Origin::file(document.clone(), "", Some(first));
                format!("{}; the first is {first}", error.what)
            }
            None => error.what.to_owned(),
        };
        let origin = Origin::file(document, "", error.at);
        let (what, help) = match error.at {
            Some(_) => (format!("{origin}: {what}"), ignored_as_a_whole(&shown)),
            None => (
                format!("{origin} cannot be read: {what}"),
                "correct the file, or remove it".to_owned(),
            ),
        };
        let problem = Problem::new(ProblemKind::Source, what).about(origin);
        let problem = problem.with_help(help).with_excerpt(excerpt);
        self.resolved.problems.push(problem);
        self.mark_failed(&shown);
    }

    /// The table of a file that holds the settings; `None` if it has none, which is fine.
    fn section<'t>(
        &mut self,
        declared: &SourcePath,
        entries: Vec<TableEntry<'t>>,
    ) -> Result<Option<Vec<TableEntry<'t>>>, (Option<Offset>, Fault)> {
        let Some(name) = declared.section.as_deref() else {
            return Ok(Some(entries));
        };
        let shown = declared.path.to_string_lossy().into_owned();
        match section(entries, name) {
            Section::Table(entries) => Ok(Some(entries)),
            Section::Absent => {
                let is_it = |report: &&mut SourceReport| {
                    report.name == shown && report.section.as_deref() == Some(name)
                };
                if let Some(report) = self.reports.iter_mut().rfind(is_it) {
                    report.status = SourceStatus::Absent;
                }
                if !declared.required {
                    return Ok(None);
                }
                self.add_unreadable(format_args!("the table {name} of {shown}"));
                let what = format!("has no table {name}, which is required");
                Err((None, (what, format!("add the table {name}"))))
            }
            Section::NotTable(at) => {
                self.mark_failed(&shown);
                let what = format!("expected {name} to be a table");
                let help = "write the settings as its keys".to_owned();
                Err((Some(at), (what, help)))
            }
        }
    }

    fn report_file_fault(&mut self, declared: &SourcePath, origin: Origin, fault: Fault) {
        let (what, help) = fault;
        let what = match origin.position() {
            Some(_) => format!("{origin}: {what}"),
            None => format!("{origin} {what}"),
        };
        let problem = Problem::new(ProblemKind::Source, what).about(origin);
        self.report_source(declared, problem.with_help(help));
    }

    /// Replaces the references in a file. Returns the values in which that failed, too.
    fn interpolated<'t>(
        &self,
        declared: &SourcePath,
        document: &mut Document,
        entries: Vec<TableEntry<'t>>,
    ) -> (Vec<TableEntry<'t>>, Vec<(Offset, String, String)>) {
        if !declared.is_interpolated {
            return (entries, Vec::new());
        }
        let variables = VariableIndex::new();
        let lookup = |name: &str| {
            let is_secret = redact::is_sensitive_name(name);
            match self.in_environment(&variables, name) {
                Some(value) => Some((Zeroizing::new(value), is_secret)),
                None => {
                    let value = self.in_env_files(name)?;
                    Some((value.value.clone(), is_secret || value.is_secret))
                }
            }
        };
        let mut root = Node::Table(entries);
        let interpolation = Interpolation::of(&mut root, &lookup);
        document.interpolated = Some(interpolation.used);
        match root {
            Node::Table(entries) => (entries, interpolation.failed),
            _ => (Vec::new(), interpolation.failed),
        }
    }

    /// Reports references that cannot be replaced, and marks their settings.
    fn report_references(
        &mut self,
        declared: &SourcePath,
        document: &Arc<Document>,
        failed: Vec<(Offset, String, String)>,
    ) {
        if failed.is_empty() {
            return;
        }
        let failed_at: Vec<Offset> = failed.iter().map(|(at, ..)| *at).collect();
        let is_failed = |origin: &Origin| {
            let at = origin.offset_in(document);
            at.is_some_and(|at| failed_at.contains(&at))
        };
        self.resolved.mark_unreadable_where(&is_failed);
        for (at, what, help) in failed {
            let origin = Origin::file(document.clone(), "", Some(at));
            self.report_file_fault(declared, origin, (what, help));
        }
    }

    #[cfg(feature = "figment")]
    pub(super) fn provider(&mut self, layer: u16, provider: &dyn AnyProvider) {
        let Description { name, .. } = provider.describe();
        let data = match provider.read() {
            Ok(data) => data,
            Err(errors) => {
                self.report(Layer::Provider, &*name, SourceStatus::Failed);
                self.add_unreadable(format_args!("the provider {name}"));
                for error in errors {
                    let mut what = format!("the provider {}", error.part.name);
                    if let Some(source) = &error.part.source {
                        what = format!("{what} ({source})");
                    }
                    what.push_str(" failed");
                    if !error.key.is_empty() {
                        what = format!("{what} at {}", error.key);
                    }
                    self.resolved.problems.push(
                        Problem::new(ProblemKind::Source, what)
                            .with_help("check the source that it reads"),
                    );
                }
                return;
            }
        };
        self.report(Layer::Provider, &*name, SourceStatus::Read);
        for entries in data.tables.clone() {
            let at = |key: Cow<'static, str>, part: Offset| {
                let Description { name, source } = data.parts[part.bytes()].clone();
                Origin::provider(name, source, key)
            };
            self.table(layer, entries, &at);
        }
    }

    /// Binds the root table of a file or provider.
    fn table(
        &mut self,
        layer: u16,
        entries: Vec<TableEntry<'_>>,
        origin_of: &dyn Fn(Cow<'static, str>, Offset) -> Origin,
    ) {
        let source = TableSource {
            origin_of,
            scope: Scope::Setting,
        };
        let order = SourceOrder::unordered(layer);
        self.resolved.bind_table(order, 0, entries, &source);
    }
}

/// Message about a file whose name states no format, and the fix.
fn no_format(path: &Path) -> Fault {
    let name = path.with_extension("");
    let before = name.extension().unwrap_or_default();
    let mut formats = ["toml", "json", "yaml", "yml"].into_iter();
    if formats.any(|format| before.eq_ignore_ascii_case(format)) {
        let extension = path.extension().unwrap_or_default().display();
        return (
            format!("the program has no function to decrypt .{extension} files"),
            format!(
                "add one by `Loader::decrypt(\"{extension}\", …)`, or give the file the extension of its format"
            ),
        );
    }
    (
        "its extension is none of .toml, .json, .yaml and .yml".to_owned(),
        "give it the extension of its format".to_owned(),
    )
}
