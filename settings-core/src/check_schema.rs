//! What only a run can see of a schema: whether each default obeys the rules of its leaf.

use crate::{
    assemble::{Assemble, Assembler},
    error::Error,
    origin::Layer,
    problem::{Problem, ProblemKind},
    resolve::Resolved,
    schema::{Rule, plan::Plan},
};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Builds the struct from its defaults alone; what is missing is no mistake, what is malformed or refused is.
pub(crate) fn check<T: Assemble>() -> Result<(), Error> {
    let problems = problems::<T>(None);
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
    let plan = T::plan();
    let mut resolved = Resolved::new(plan);
    // The value is not needed: what is wrong with it is.
    let _ = T::assemble(&mut Assembler::trial(&mut resolved, load));
    let of_default = |problem: &Problem| {
        problem
            .origin()
            .is_some_and(|origin| origin.layer() == Layer::Default)
    };
    let mut problems: Vec<Problem> = resolved.problems.into_iter().filter(of_default).collect();
    problems.extend(uncompiled(plan));
    problems
}

/// Patterns that the derive could parse, but that are too large to be compiled.
fn uncompiled(plan: Plan) -> impl Iterator<Item = Problem> {
    (0..plan.leaves.len()).flat_map(move |at| {
        let rules = plan.leaf(at).map_or(&[][..], |leaf| leaf.rules);
        rules.iter().filter_map(move |rule| match rule {
            Rule::Pattern(pattern) if !pattern.compiles() => Some(
                Problem::new(
                    ProblemKind::Rule,
                    "its pattern cannot be compiled: it is too large",
                )
                .at(plan.key_of(at)),
            ),
            _ => None,
        })
    })
}
