//! Secrets directories, a file for each secret.

use super::{Declaration, Reading, of_source};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        source_report::{SourceReport, SourceStatus},
    },
    resolve::{FlatText, Place},
    schema::{
        layout::Target,
        lookup::{NameTarget, Space, target},
    },
    source::secrets_dir,
};
use settings_syntax::name;
use std::sync::Arc;

impl Reading {
    pub(super) fn secrets_dir(&mut self, layer: u16, declaration: &Declaration) {
        let layout = self.layout;
        let mut enter = |names: &[String]| {
            let joined = names.join("_");
            let hash = name::hash(joined.as_bytes());
            let space = |target| target == Target::Group;
            layout.key_name(hash, joined.as_bytes(), space).is_some()
                || layout.env_name(hash, joined.as_bytes(), space).is_some()
        };
        let shown = declaration.path.display().to_string();
        let found = match secrets_dir::walk(&declaration.path, &mut enter) {
            Ok(found) => found,
            Err(secrets_dir::WalkProblem::Absent) if !declaration.required => {
                self.looked.push(SourceReport::new(
                    Layer::SecretsDir,
                    shown,
                    SourceStatus::Absent,
                ));
                return;
            }
            Err(why) => {
                self.looked.push(SourceReport::new(
                    Layer::SecretsDir,
                    shown.clone(),
                    SourceStatus::Failed,
                ));
                self.not_read(&shown);
                let what = format!("the secrets directory {shown} cannot be read: {why}");
                let problem = Problem::new(ProblemKind::Source, what)
                    .about(of_source(Layer::SecretsDir, &declaration.path))
                    .with_help(match why {
                        secrets_dir::WalkProblem::Unreadable(_) => {
                            format!("let the user of this process read {shown}")
                        }
                        _ => "create it, or correct its path".to_owned(),
                    });
                self.tell_of_source(declaration, problem);
                return;
            }
        };
        self.looked.push(SourceReport::new(
            Layer::SecretsDir,
            shown,
            SourceStatus::Read,
        ));
        let place = Place::unordered(layer);
        for each in found {
            let joined = each.names.join("_");
            let hash = name::hash(joined.as_bytes());
            let by_key = target(layout, Space::Key, hash, joined.as_bytes());
            let Some(target) =
                by_key.or_else(|| target(layout, Space::Env, hash, joined.as_bytes()))
            else {
                continue;
            };
            // A folder stands for each group, so that its key is joined here too.
            let target = target.proper_if(|name| layout.spelling(name).replace('.', "_") == joined);
            self.secret(place, &each, target);
        }
    }

    pub(super) fn secret(&mut self, place: Place, each: &secrets_dir::Found, target: NameTarget) {
        let is_group = matches!(&target, NameTarget::Name(name) if name.target == Target::Group);
        let origin = Origin::secret_file(Arc::from(&*each.path));
        match each.kind {
            secrets_dir::Kind::File => {}
            secrets_dir::Kind::Folder => {
                if !is_group {
                    let warning =
                        Problem::new(ProblemKind::Source, "a folder stands where a leaf belongs,");
                    let warning = warning.at(self.layout.key_of(target.index())).from(origin);
                    self.resolved
                        .warnings
                        .push(warning.with_help("put a file in its place"));
                }
                return;
            }
            secrets_dir::Kind::Outside => {
                return self.resolved.put_unreadable(
                    place,
                    &target,
                    origin,
                    "a link leaves the secrets directory,",
                    "put the file itself, or a link that stays inside, in its place",
                );
            }
            secrets_dir::Kind::Dangling => {
                return self.resolved.put_unreadable(
                    place,
                    &target,
                    origin,
                    "a link leads nowhere,",
                    "create what it leads to, or remove it",
                );
            }
            secrets_dir::Kind::Closed(kind) => {
                return self.resolved.put_unreadable(
                    place,
                    &target,
                    origin,
                    &format!("cannot be read: {kind},"),
                    "let the process list the folder",
                );
            }
        }
        match secrets_dir::Secret::read(&each.path) {
            Ok(secret) => {
                self.resolved
                    .warnings
                    .extend(secret.others_may_write(&origin));
                let text = FlatText {
                    text: secret.text,
                    quoted: false,
                };
                self.resolved.put_text(place, target, text, origin);
            }
            Err(why) => self.resolved.put_unreadable(
                place,
                &target,
                origin,
                &format!("cannot be read: {why},"),
                "put text that the process may read in its place",
            ),
        }
    }
}
