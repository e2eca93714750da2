//! What the schema says of its leaves, tried alone: whether their defaults and rules make sense.

use super::{Assembler, LeafField, LoadContext, index};
use crate::{
    error::{
        origin::Layer,
        problem::{Problem, ProblemKind},
    },
    resolve::{Resolved, SlotValue},
    schema::{DefaultValue, Leaf},
};

/// A build of which nobody wants the value. No function of a struct as a whole is called for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial<'a> {
    /// The load that it follows; a function that this load did not need is not called after it.
    load: Option<&'a Resolved>,
    /// Whether functions that compute a default are called.
    functions: bool,
    /// Whether any default is tried.
    defaults: bool,
}

impl<'a> Assembler<'a> {
    /// Tries the defaults; after a load, those that it did not take.
    pub(crate) fn trial(resolved: &'a mut Resolved, load: Option<&'a Resolved>) -> Self {
        let mut assembler = Self::new(resolved, LoadContext::default());
        assembler.trial = Some(Trial {
            load,
            functions: load.is_none(),
            defaults: true,
        });
        assembler
    }

    /// Tries what is said of a leaf besides its default.
    #[cold]
    pub(super) fn try_out<T>(&mut self, at: usize, leaf: &Leaf, take: &LeafField<T>) {
        for rule in leaf.rules {
            if let Some(why) = take.misfit(rule) {
                self.mistake(at, why);
            }
        }
        if !leaf.watched {
            return;
        }
        let group = &self.layout.groups[self.here];
        for sibling in usize::from(group.first)..usize::from(group.end) {
            if let Some(condition) = self.condition(sibling, leaf)
                && let Some(expected) = take.expected_for(condition.text, leaf)
            {
                let key = self.key(at);
                let why =
                    format!("`required_if` asks for what {key} can never be: expected {expected}");
                self.mistake(sibling, why);
            }
        }
    }

    /// A mistake in the program.
    fn mistake(&mut self, at: usize, why: String) {
        let problem = Problem::new(ProblemKind::Rule, why)
            .at(self.key(at))
            .with_help("correct its attribute in the program");
        self.resolved.problems.push(problem);
    }
}

impl Trial<'_> {
    /// Whether the default of a leaf is not to be tried.
    pub(super) fn spares(self, at: usize, leaf: &Leaf) -> bool {
        let was_taken = self.load.is_some_and(|load| {
            let slot = &load.slots[at];
            slot.origin.layer() == Layer::Default
                && !matches!(slot.said, SlotValue::Unset | SlotValue::Empty)
        });
        was_taken
            || !self.defaults
            || !self.functions && matches!(leaf.default, DefaultValue::Function(_))
    }

    /// The trial of one element of a list or map of groups. If the load has built some, their defaults were tried.
    pub(super) fn of_element(self, at: usize) -> Self {
        let built = self
            .load
            .and_then(|load| load.inside.get(&index(at)))
            .is_some_and(|elements| !elements.is_empty());
        Self {
            load: None,
            defaults: self.defaults && !built,
            ..self
        }
    }
}
