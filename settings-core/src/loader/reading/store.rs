//! Reading of remote stores.

use super::Reading;
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        source_report::{SourceReport, SourceStatus},
    },
    remote::{ServedFrom, Store, Value},
    resolve::{FlatText, SourceOrder, UnknownName},
    schema::{layout::NameSpace, target::target_of_flat_name},
};
use settings_syntax::suggest;
use std::sync::Arc;
use zeroize::Zeroizing;

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
                    self.store_value(layer, &name, key, value);
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

    /// Reports a store. Its origins have the name without the revision.
    fn report_store(&mut self, place: String, name: Arc<str>, status: SourceStatus) {
        let report = SourceReport::new(Layer::Store, place, status);
        self.reports.push(report.of_store(name));
    }

    fn store_value(&mut self, layer: u16, store: &Arc<str>, key: &str, value: &Value) {
        let order = SourceOrder::unordered(layer);
        let layout = self.layout;
        let origin = Origin::store(store.clone(), key.to_owned(), value.revision());
        // A slash always separates, like `__` in a variable.
        let path = key.trim_start_matches('/');
        let (flat, dotted) = (path.replace('/', "__"), path.replace('/', "."));
        let Some(target) = target_of_flat_name(layout, NameSpace::Key, flat.as_bytes()) else {
            let near = self.resolved.may_suggest();
            let near = near.then(|| suggest::nearest(&dotted, layout.keys()));
            let hint = near.flatten().map(|near| format!("did you mean {near}?"));
            self.resolved.unknown_names.push(UnknownName {
                name: key.to_owned(),
                origin,
                hint,
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
