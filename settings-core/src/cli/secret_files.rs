//! Warnings about secret files that users other than their owner may read.

use crate::{
    error::{
        origin::Origin,
        problem::{Problem, ProblemKind},
    },
    source::contents::Access,
    view::inspect::Inspection,
};
use std::{collections::BTreeSet, fs, path::Path};

/// One warning per file that a load read; a more urgent one if all users may read it.
pub(super) fn warnings(load: &Inspection) -> Vec<Problem> {
    let in_force = load.rows.iter().filter_map(|row| row.origin.as_ref());
    let overridden = load.overridden.iter().map(|row| &row.overridden.origin);
    let mut seen = BTreeSet::new();
    let mut warnings = Vec::new();
    for origin in in_force.chain(overridden) {
        if let Some(path) = origin.path().filter(|_| origin.is_secret())
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
            "all users of this machine may read this file,",
            format!("chmod go-r {shown}, or mount it with mode 0400"),
        )
    } else if access.group_may_read() {
        (
            "its group may read this file,",
            format!("chmod g-r {shown}, unless the group should read it"),
        )
    } else {
        return None;
    };
    let warning = Problem::new(ProblemKind::Source, what);
    Some(warning.from(origin.clone()).with_help(help))
}
