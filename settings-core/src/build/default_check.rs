//! Run-time checks of the schema: defaults, rules and conditions against the types of their settings.

use super::{Assembler, LeafType, LoadContext, index};
use crate::{
    error::{
        origin::Layer,
        problem::{Problem, ProblemKind},
    },
    resolve::{Resolved, SlotValue},
    schema::{DefaultValue, Leaf},
};

/// A build that only checks the schema. Checks of whole structs are not called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial<'a> {
    /// The preceding load, which called the functions and decoded the defaults that it needed.
    load: Option<&'a Resolved>,
    /// Whether functions that compute a default are called.
    functions: bool,
    /// Whether any default is checked.
    defaults: bool,
}

impl<'a> Assembler<'a> {
    /// Checks the defaults; after a load, those that the load did not use.
    pub(crate) fn trial(resolved: &'a mut Resolved, load: Option<&'a Resolved>) -> Self {
        let mut assembler = Self::new(resolved, LoadContext::default());
        assembler.trial = Some(Trial {
            load,
            functions: load.is_none(),
            defaults: true,
        });
        assembler
    }

    /// Checks the rules and conditions of a setting.
    #[cold]
    pub(super) fn check_rules(&mut self, at: usize, leaf: &Leaf, field: &dyn LeafType) {
        for rule in leaf.rules {
            if let Some(why) = field.misfit(rule) {
                self.report_mistake(at, why);
            }
        }
        if let Some(why) = field.merge_misfit(leaf.merge) {
            self.report_mistake(at, why);
        }
        if !leaf.watched {
            return;
        }
        let group = &self.cursor.layout.groups[self.cursor.here()];
        for sibling in usize::from(group.first)..usize::from(group.end) {
            let required = self.condition(sibling, leaf);
            let required = required.map(|condition| ("required_if", condition));
            let defaults = self.default_conditions(sibling, leaf);
            let defaults = defaults.map(|(_, condition)| ("default_if", condition));
            for (attribute, condition) in required.into_iter().chain(defaults) {
                if let Some(expected) = field.expected_for(condition.text, leaf) {
                    let key = self.cursor.key(at);
                    let why = format!(
                        "`{attribute}` compares {key} with a value that it never has: expected {expected}"
                    );
                    self.report_mistake(sibling, why);
                }
            }
        }
    }

    /// Reports an error in the program.
    fn report_mistake(&mut self, at: usize, why: String) {
        let problem = Problem::new(ProblemKind::Rule, why)
            .at(self.cursor.key(at))
            .with_help("correct its attribute in the program");
        self.resolved.problems.push(problem);
    }
}

impl Trial<'_> {
    /// Whether the default of a setting is not checked.
    pub(super) fn skips_default(self, at: usize, leaf: &Leaf) -> bool {
        let was_taken = self.load.is_some_and(|load| {
            let slot = &load.slots[at];
            slot.origin.layer() == Layer::Default
                && !matches!(slot.value, SlotValue::Unset | SlotValue::Empty)
        });
        was_taken
            || !self.defaults
            || !self.functions
                && matches!(
                    leaf.default,
                    DefaultValue::Function(_) | DefaultValue::From(_)
                )
    }

    /// The check of one element of a list or map of groups. If the load built elements, it used their defaults.
    pub(super) fn of_element(self, at: usize) -> Self {
        let built = self
            .load
            .and_then(|load| load.elements.get(index(at)))
            .is_some_and(|elements| !elements.is_empty());
        Self {
            load: None,
            defaults: self.defaults && !built,
            ..self
        }
    }
}
