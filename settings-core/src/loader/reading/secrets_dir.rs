//! Reading of secrets directories, one file per secret.

use super::{Reading, SourcePath, origin_of_source};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        source_report::SourceStatus,
    },
    resolve::{FlatText, SourceOrder, UnknownName},
    schema::{layout::NameSpace, layout::Target, lookup::NameTarget, target::target_of_flat_name},
    source::{near_path, secrets_dir},
};
use std::sync::Arc;

impl Reading {
    pub(super) fn secrets_dir(&mut self, layer: u16, declared: &SourcePath) {
        let layout = self.layout;
        let mut enter = |names: &[String]| {
            let joined = names.join("_");
            [NameSpace::Key, NameSpace::Env].into_iter().any(|space| {
                let target = target_of_flat_name(layout, space, joined.as_bytes());
                matches!(target, Some(NameTarget::Name(name)) if name.target == Target::Group)
            })
        };
        let shown = declared.path.to_string_lossy().into_owned();
        let found = match secrets_dir::walk(&declared.path, &mut enter) {
            Ok(found) => found,
            Err(secrets_dir::WalkProblem::Absent) if !declared.required => {
                self.report(Layer::SecretsDir, shown, SourceStatus::Absent);
                return;
            }
            Err(why) => {
                self.report(Layer::SecretsDir, shown.clone(), SourceStatus::Failed);
                self.add_unreadable(&shown);
                let is_absent = matches!(why, secrets_dir::WalkProblem::Absent);
                let what = format!("the secrets directory {shown} cannot be read: {why}");
                let problem = Problem::new(ProblemKind::Source, what)
                    .about(origin_of_source(Layer::SecretsDir, &declared.path))
                    .with_help(match why {
                        secrets_dir::WalkProblem::Unreadable(_) => {
                            format!("let the user of this process read {shown}")
                        }
                        secrets_dir::WalkProblem::NoDirectory => {
                            format!("replace {shown} by a directory, or correct its path")
                        }
                        _ => "create it, or correct its path".to_owned(),
                    });
                let near = is_absent
                    .then(|| near_path::near_path(&declared.path))
                    .flatten();
                let problem = match near {
                    Some(near) => problem.with_help(near_path::help(&near)),
                    None => problem,
                };
                self.report_source(declared, problem);
                return;
            }
        };
        if secrets_dir::others_may_write(&declared.path) {
            let what = format!("{shown} is writable by users other than its owner");
            let warning = Problem::new(ProblemKind::Source, what)
                .about(origin_of_source(Layer::SecretsDir, &declared.path))
                .with_help(format!("chmod go-w {shown}"));
            self.resolved.warnings.push(warning);
        }
        self.report(Layer::SecretsDir, shown, SourceStatus::Read);
        let order = SourceOrder::unordered(layer);
        for each in found {
            let joined = each.names.join("_");
            let by_key = target_of_flat_name(layout, NameSpace::Key, joined.as_bytes());
            let by_variable = || target_of_flat_name(layout, NameSpace::Env, joined.as_bytes());
            let Some(target) = by_key.or_else(by_variable) else {
                // It is never reported, unless a required setting is missing.
                if each.kind == secrets_dir::EntryKind::File {
                    self.resolved.unknown_names.push(UnknownName {
                        name: joined,
                        origin: Origin::secret_file(Arc::from(&*each.path)),
                        hint: None,
                        path: None,
                    });
                }
                continue;
            };
            // A directory is a group, so the canonical key is joined by `_` like the directories.
            let target =
                target.canonical_if(|name| layout.canonical_name(name).replace('.', "_") == joined);
            self.secret(order, &each, target);
        }
    }

    pub(super) fn secret(
        &mut self,
        order: SourceOrder,
        each: &secrets_dir::FoundFile,
        target: NameTarget,
    ) {
        let is_group = matches!(&target, NameTarget::Name(name) if name.target == Target::Group);
        let origin = Origin::secret_file(Arc::from(&*each.path));
        match each.kind {
            secrets_dir::EntryKind::File => {}
            secrets_dir::EntryKind::Directory => {
                if !is_group {
                    let warning =
                        Problem::new(ProblemKind::Source, "expected a file, found a directory");
                    let warning = warning.at(self.layout.key_of(target.index())).from(origin);
                    self.resolved
                        .warnings
                        .push(warning.with_help("replace it by a file"));
                }
                return;
            }
            secrets_dir::EntryKind::Outside => {
                return self.resolved.bind_unreadable(
                    order,
                    &target,
                    origin,
                    "the link leaves the secrets directory,",
                    "replace it by the file itself, or by a link that stays inside",
                );
            }
            secrets_dir::EntryKind::Dangling => {
                return self.resolved.bind_unreadable(
                    order,
                    &target,
                    origin,
                    "the target of the link does not exist,",
                    "create its target, or remove the link",
                );
            }
            secrets_dir::EntryKind::Closed(kind) => {
                return self.resolved.bind_unreadable(
                    order,
                    &target,
                    origin,
                    &format!("cannot be read: {kind},"),
                    "let the process list the directory",
                );
            }
        }
        match each.read() {
            Ok(secret) => {
                self.resolved
                    .warnings
                    .extend(secret.others_may_write(&origin));
                let text = FlatText::unquoted(secret.text);
                self.resolved.bind_text(order, target, text, origin);
            }
            Err(why) => self.resolved.bind_unreadable(
                order,
                &target,
                origin,
                &format!("cannot be read: {why},"),
                "replace it by UTF-8 text that the process may read",
            ),
        }
    }
}
