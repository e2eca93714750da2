//! Reading of remote stores.

use super::Reading;
#[cfg(feature = "cli")]
use crate::remote::StoreSnapshot;
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        source_report::{SourceReport, SourceStatus},
    },
    remote::{ServedFrom, Store, Value},
    resolve::{FlatText, SourceOrder, UnknownName},
    schema::target::target_of_store_key,
};
use settings_syntax::suggest;
#[cfg(feature = "cli")]
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Contents of a store for a check, which are in no [`Store`].
#[cfg(feature = "cli")]
pub(crate) struct CheckedContents {
    pub(crate) store: Arc<str>,
    pub(crate) snapshot: StoreSnapshot,
    /// The origins of values that are not in the store yet, by their keys.
    pub(crate) origins: BTreeMap<String, Origin>,
}

impl Reading {
    pub(super) fn store(&mut self, layer: u16, store: &Store) {
        let name = store.name();
        match store.served() {
            Ok(served) => {
                let revision = served.snapshot.revision;
                let mut place = format!("{name} @{revision}");
                if served.from == ServedFrom::Disk {
                    place = format!("{place}, from disk, {} old", served.age);
                    let what = format!(
                        "{name} is unavailable ({}); using its last good snapshot, {} old",
                        served.error, served.age
                    );
                    let warning = Problem::new(ProblemKind::Source, what)
                        .about(Origin::store(Arc::from(name), "", revision))
                        .with_help("check why the store cannot be reached");
                    self.resolved.warnings.push(warning);
                }
                if let Some(file) = &served.writable_file {
                    let what =
                        format!("{file}: this file is writable by users other than its owner");
                    let warning = Problem::new(ProblemKind::Source, what)
                        .about(Origin::store(Arc::from(name), "", revision))
                        .with_help(format!("chmod go-w {file}"));
                    self.resolved.warnings.push(warning);
                }
                let name: Arc<str> = Arc::from(name);
                self.report_store(place, name.clone(), SourceStatus::Read);
                for (key, value) in served.snapshot.settings() {
                    let origin = Origin::store(name.clone(), key.to_owned(), value.revision());
                    self.store_value(layer, key, value, origin);
                }
                self.served.push((store.clone(), served));
            }
            Err(why) => {
                self.report_store(name.to_owned(), Arc::from(name), SourceStatus::Failed);
                self.add_unreadable(name);
                let problem =
                    Problem::new(ProblemKind::Source, format!("{name} cannot be read: {why}"))
                        .about(Origin::store(Arc::from(name), "", 0))
                        .with_help("start the store, or correct the settings that connect to it");
                self.resolved.problems.push(problem);
            }
        }
    }

    /// Reads contents of a store that are to be checked.
    #[cfg(feature = "cli")]
    pub(super) fn store_contents(&mut self, layer: u16, contents: &CheckedContents) {
        let name = &contents.store;
        self.report_store(name.to_string(), name.clone(), SourceStatus::Read);
        for (key, value) in contents.snapshot.settings() {
            let origin = contents.origins.get(key).cloned();
            let origin = origin
                .unwrap_or_else(|| Origin::store(name.clone(), key.to_owned(), value.revision()));
            self.store_value(layer, key, value, origin);
        }
    }

    /// Reports a store. Its origins have the name without the revision.
    fn report_store(&mut self, place: String, name: Arc<str>, status: SourceStatus) {
        let report = SourceReport::new(Layer::Store, place, status);
        self.reports.push(report.of_store(name));
    }

    fn store_value(&mut self, layer: u16, key: &str, value: &Value, origin: Origin) {
        let order = SourceOrder::unordered(layer);
        let layout = self.layout;
        let dotted = key.trim_start_matches('/').replace('/', ".");
        let Some(target) = target_of_store_key(layout, key) else {
            let near = self.resolved.may_suggest();
            let near = near.then(|| suggest::nearest(&dotted, layout.keys()));
            let hint = near.flatten().map(|near| format!("did you mean {near}?"));
            self.resolved.unknown_names.push(UnknownName {
                name: key.to_owned(),
                origin,
                hint,
                path: None,
            });
            return;
        };
        let target = target.canonical_if(|name| layout.canonical_name(name) == dotted);
        match str::from_utf8(value.bytes()) {
            Ok(text) => {
                let text = FlatText::unquoted(Zeroizing::new(text.to_owned()));
                self.resolved.bind_text(order, target, text, origin);
            }
            Err(_) => {
                let help = "encode it as UTF-8";
                self.resolved
                    .bind_unreadable(order, &target, origin, "not UTF-8,", help);
            }
        }
    }
}
