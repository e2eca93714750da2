//! Warnings about secrets that others may read: in files, arguments and configuration files.

use crate::{
    build::rows::Shows,
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    source::contents::Access,
    view::inspect::Inspection,
};
use std::{collections::BTreeSet, fs, path::Path};

/// One warning per secret file that a load read, and one per secret in an argument or a configuration file, the more urgent
/// ones first.
pub(super) fn warnings(load: &Inspection, policy: &[Layer]) -> Vec<Problem> {
    let mut warnings = in_arguments_and_files(load, policy);
    warnings.extend(readable_files(load));
    warnings
}

/// Secrets in arguments, then those in configuration files, unless the policy names that kind of source.
fn in_arguments_and_files(load: &Inspection, policy: &[Layer]) -> Vec<Problem> {
    let secrets = load.rows.iter().filter(|row| {
        row.value == Shows::Masked && row.leaf.is_some_and(|leaf| leaf.is_masked(&row.key))
    });
    let graded = secrets.filter_map(|row| {
        let origin = row.origin.as_ref()?;
        let (grade, what) = match origin.layer() {
            Layer::Argument => (
                0,
                "a secret in an argument, which all users of this machine may see,",
            ),
            Layer::File if !origin.is_protected() => (1, "a secret in a configuration file,"),
            _ => return None,
        };
        let help = match row.shell_variable() {
            Some(variable) => {
                format!("set {variable}, or {variable}_FILE to the name of a file that contains it")
            }
            None => "set it by an environment variable".to_owned(),
        };
        let warning = Problem::new(ProblemKind::Source, what).at(row.key.clone());
        let warning = warning.from(origin.clone()).with_help(help);
        (!policy.contains(&origin.layer())).then_some((grade, warning))
    });
    let mut graded: Vec<(u8, Problem)> = graded.collect();
    graded.sort_by_key(|(grade, _)| *grade);
    graded.into_iter().map(|(_, warning)| warning).collect()
}

/// One warning per file that a load read; a more urgent one if all users may read it.
fn readable_files(load: &Inspection) -> Vec<Problem> {
    let in_force = load.rows.iter().filter_map(|row| row.origin.as_ref());
    let overridden = load.overridden.iter().map(|row| &row.overridden.origin);
    let mut seen = BTreeSet::new();
    let mut warnings = Vec::new();
    for origin in in_force.chain(overridden) {
        let is_plain = origin.layer() == Layer::SecretsDir || origin.names_file();
        if let Some(path) = origin.path().filter(|_| is_plain)
            && seen.insert(path)
        {
            warnings.extend(warning(origin, path));
        }
    }
    warnings
}

fn warning(origin: &Origin, path: &Path) -> Option<Problem> {
    let access = Access::of(&fs::metadata(path).ok()?);
    let shown = path.display();
    let (what, help) = if access.all_may_read() {
        (
            "all users of this machine may read it",
            format!("chmod go-r {shown}, or mount it with mode 0400"),
        )
    } else if access.group_may_read() {
        (
            "its group may read it",
            format!("chmod g-r {shown}, unless the group should read it"),
        )
    } else {
        return None;
    };
    let warning = Problem::new(ProblemKind::Source, format!("{origin}: {what}"));
    Some(warning.about(origin.clone()).with_help(help))
}
