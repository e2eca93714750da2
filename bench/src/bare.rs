//! A pass over `vars_os` that drops everything: the minimum cost of reading the environment.

use crate::snapshot::{Leaves, Snapshot};
use crate::{Outcome, Sources};

pub(crate) use pass as seed;
pub(crate) use pass as hundred;
pub(crate) use pass as thousand;

/// No values at all.
pub(crate) struct Nothing;

impl Leaves for Nothing {
    fn add_to(&self, _: &str, _: &mut Snapshot) {}
}

#[expect(clippy::disallowed_methods, reason = "this is what is measured")]
#[expect(clippy::unnecessary_wraps, reason = "the signature of every loader")]
pub(crate) fn pass(_: Sources) -> Outcome<Nothing> {
    std::env::vars_os().for_each(drop);
    Ok(Nothing)
}
