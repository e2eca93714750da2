//! Reading of files and providers.

use super::{Reading, SourcePath, document_of, excerpt, ignored_as_a_whole};
#[cfg(feature = "figment")]
use crate::{
    error::source_report::SourceStatus,
    source::provider::{AnyProvider, Description},
};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    resolve::{Scope, SourceOrder, TableSource},
    value::format::FileFormat,
    value::node::{Node, Offset, TableEntry},
};
use std::{borrow::Cow, sync::Arc};

impl Reading {
    pub(super) fn file(&mut self, layer: u16, declared: &SourcePath, format: FileFormat) {
        let path = declared.path.as_path();
        let Some(contents) = self.contents(declared, Layer::File) else {
            return;
        };
        let format = format.of(path);
        let document = Arc::new(document_of(path, contents.fingerprint.clone(), format));
        let mut excerpt = None;
        let read = match (format, contents.text()) {
            (None, _) => Err((
                None,
                "its extension is none of .toml, .json, .yaml and .yml".to_owned(),
                "give it the extension of its format".to_owned(),
            )),
            (_, Err(why)) => Err((None, why.to_string(), why.help(&path.display().to_string()))),
            (Some(format), Ok(text)) => format.read(text).map_err(|error| {
                let help = "correct the file, or remove it".to_owned();
                let first = error
                    .first
                    .map(|first| Origin::file(document.clone(), "", Some(first)));
                let what = match first {
                    Some(first) => format!("{}; the first is {first}", error.what),
                    None => error.what.to_owned(),
                };
                excerpt = error.at.and_then(|at| excerpt::of(self.layout, text, at));
                (error.at, what, help)
            }),
        };
        match read {
            Ok(Node::Table(entries)) => {
                let at = |key: Cow<'static, str>, offset: Offset| {
                    Origin::file(document.clone(), key, Some(offset))
                };
                self.table(layer, entries, &at);
            }
            Ok(_) => {}
            Err((at, what, help)) => {
                let origin = Origin::file(document, "", at);
                let shown = path.display().to_string();
                let (what, help) = match at {
                    Some(_) => (format!("{origin}: {what}"), ignored_as_a_whole(&shown)),
                    None => (format!("{origin} cannot be read: {what}"), help),
                };
                let problem = Problem::new(ProblemKind::Source, what).about(origin);
                let problem = problem.with_help(help).with_excerpt(excerpt);
                self.resolved.problems.push(problem);
                self.mark_failed(&shown);
            }
        }
    }

    #[cfg(feature = "figment")]
    pub(super) fn provider(&mut self, layer: u16, provider: &AnyProvider) {
        let Description { name, source } = provider.describe();
        self.report(Layer::Provider, &*name, SourceStatus::Read);
        let tables = match provider.read() {
            Ok(tables) => tables,
            Err(error) => {
                let mut what = format!("the provider {name} failed");
                if !error.key.is_empty() {
                    what = format!("{what} at {}", error.key);
                }
                self.add_unreadable(format_args!("the provider {name}"));
                self.resolved.problems.push(
                    Problem::new(ProblemKind::Source, what)
                        .with_help("check the source that it reads"),
                );
                return;
            }
        };
        for entries in tables {
            let at = |key: Cow<'static, str>, _: Offset| {
                Origin::provider(name.clone(), source.clone(), key)
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
