//! What only a run can see of a schema: whether each default obeys the rules of its leaf, and whether these fit its type.

use crate::{
    build::{Assemble, Assembler},
    error::{
        Error,
        origin::Layer,
        problem::{Problem, ProblemKind},
    },
    loader::reading::{Declaration, Reading},
    resolve::Resolved,
};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Builds the struct from its defaults alone; what is missing is no mistake, what is malformed or refused is.
pub(crate) fn check<T: Assemble>() -> Result<(), Error> {
    let mut problems = problems::<T>(None);
    // A load tells these whenever it looks for the file.
    let nothing = Reading::of(Resolved::new(T::layout()), &[]);
    let sources = T::SCHEMA.sources.iter();
    problems.extend(
        sources.filter_map(|source| nothing.filled(&Declaration::optional(source.path)).err()),
    );
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::new(T::SCHEMA.root.name, problems))
    }
}

/// What is wrong with a schema is told by its first load too, in debug builds; what that load has tried is not tried again.
pub(crate) fn first_time<T: Assemble>(resolved: &mut Resolved) {
    static CHECKED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
    let this = std::ptr::from_ref(T::SCHEMA).addr();
    if CHECKED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(this)
    {
        let mut problems = problems::<T>(Some(resolved));
        resolved.problems.append(&mut problems);
    }
}

fn problems<T: Assemble>(load: Option<&Resolved>) -> Vec<Problem> {
    let mut resolved = Resolved::new(T::layout());
    // The value is not needed: what is wrong with it is.
    let _ = T::assemble(&mut Assembler::trial(&mut resolved, load));
    let is_mistake = |problem: &Problem| {
        let origin = problem.origin();
        problem.kind() != ProblemKind::Missing
            || origin.is_some_and(|origin| origin.layer() == Layer::Default)
    };
    resolved.problems.into_iter().filter(is_mistake).collect()
}
