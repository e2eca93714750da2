//! Checks of a schema that are only possible at run time: defaults against rules, and rules against types.

use crate::{
    build::{Assemble, Assembler},
    error::{
        Error,
        origin::Layer,
        problem::{Problem, ProblemKind},
    },
    loader::reading::{Reading, SourcePath},
    resolve::Resolved,
    source::decrypt::Decryption,
};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Builds the struct from its defaults alone, and reports those that are malformed or violate a rule.
pub(crate) fn check<T: Assemble>() -> Result<(), Error> {
    let mut problems = problems::<T>(None);
    // Each load reports these itself, when it opens the file.
    let nothing = Reading::of(Resolved::new(T::layout()), &[], &Decryption::default());
    let sources = T::SCHEMA.sources.iter();
    for source in sources {
        problems.extend(nothing.filled(&SourcePath::optional(source.path)).err());
        let condition = source.only.map(|condition| nothing.why_skipped(condition));
        problems.extend(condition.and_then(Result::err));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::new(T::SCHEMA.root.name, problems))
    }
}

/// Checks the schema at its first load in this process, except the defaults that this load has used.
pub(crate) fn at_first_load<T: Assemble>(resolved: &mut Resolved) {
    static CHECKED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
    let this = std::ptr::from_ref(T::SCHEMA).addr();
    if CHECKED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(this)
    {
        let problems = problems::<T>(Some(resolved));
        resolved.problems.extend(problems);
    }
}

fn problems<T: Assemble>(load: Option<&Resolved>) -> Vec<Problem> {
    let mut resolved = Resolved::new(T::layout());
    // Only the problems are needed.
    let _ = T::assemble(&mut Assembler::trial(&mut resolved, load));
    let is_mistake = |problem: &Problem| {
        let origin = problem.origin();
        problem.kind() != ProblemKind::Missing
            || origin.is_some_and(|origin| origin.layer() == Layer::Default)
    };
    let problems = resolved.problems.into_vec().into_iter();
    problems.filter(is_mistake).collect()
}
