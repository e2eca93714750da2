//! Checks of a struct as a whole, once its leaves are sound; and which leaf's value asks for another.

#[cfg(feature = "validator")]
use super::nested_groups;
use super::{Assembler, LeafField, Required, StructScope, index};
use crate::{
    decode::Input,
    error::problem::{Problem, ProblemKind, Sight},
    resolve::SlotValue,
    schema::{Condition, DefaultValue, Leaf},
};
#[cfg(feature = "validator")]
use crate::{
    rules::validator::{Refused, refused},
    schema::{Field, Shape},
};
#[cfg(feature = "validator")]
use std::borrow::Cow;

impl Assembler<'_> {
    /// Ends the leaves of a struct: checks which of them another leaf's value asks for.
    ///
    /// Gives whether all is sound so far.
    pub fn end(&mut self, mark: &StructScope) -> bool {
        for Required { leaf, because } in self.required.split_off(mark.required) {
            if !self.resolved.slots[leaf].has_value() && !self.has_default(leaf) {
                let emptied = matches!(self.resolved.slots[leaf].said, SlotValue::Empty);
                let how = if emptied { "set to nothing" } else { "not set" };
                let what = format!("required, because {because}, but {how}");
                let problem = self.problem(leaf, ProblemKind::Missing, what);
                let problem = match self.layout.leaf(leaf) {
                    _ if emptied => problem
                        .from(self.resolved.slots[leaf].origin.clone())
                        .with_help(self.how_to_set(leaf)),
                    Some(schema) => self.looked_for(leaf, schema, problem),
                    None => problem.with_help(self.how_to_set(leaf)),
                };
                let end = usize::from(self.layout.groups[mark.here].end);
                let within = &self.within.key;
                let place = self.resolved.place_of(leaf, end, mark.problems, within);
                self.resolved.problems.insert(place, problem);
            }
        }
        self.resolved.problems.len() == mark.problems
    }

    /// Tells that a struct's own check could not be made.
    pub fn not_checked(&mut self, mark: &StructScope) {
        let group = self.layout.groups[mark.here].group;
        if group.validated {
            self.resolved.unchecked.push(self.subject(mark));
        }
    }

    /// Checks a struct as a whole.
    pub fn check<T>(
        &mut self,
        mark: &StructScope,
        value: T,
        validate: fn(&T) -> Result<(), String>,
    ) -> Option<T> {
        if self.trial.is_some() {
            return Some(value);
        }
        match validate(&value) {
            Ok(()) => Some(value),
            Err(reason) => {
                let reason = self.hidden.masked_in(reason);
                let problem = Problem::new(ProblemKind::Rule, reason).at(self.subject(mark));
                self.resolved.problems.push(problem);
                None
            }
        }
    }

    /// What a struct is called in a report: where it stands, or its own name if it is the root.
    fn subject(&self, mark: &StructScope) -> String {
        let path = self.layout.group_path(index(mark.here));
        let place = format!("{}{path}", self.within.key);
        match place.trim_end_matches('.') {
            "" => self.layout.groups[mark.here].group.name.to_owned(),
            place => place.to_owned(),
        }
    }

    /// Checks a struct by its `validator::Validate`.
    #[cfg(feature = "validator")]
    pub fn validator<T: validator::Validate>(&mut self, mark: &StructScope, value: T) -> Option<T> {
        if self.trial.is_some() {
            return Some(value);
        }
        let Err(errors) = value.validate() else {
            return Some(value);
        };
        let mut problems: Vec<_> = refused(&errors)
            .iter()
            .map(|refused| self.refused_by_validator(mark, refused))
            .collect();
        problems.sort_by_key(|(leaf, _)| *leaf);
        let problems = problems.into_iter().map(|(_, problem)| problem);
        self.resolved.problems.extend(problems);
        None
    }

    /// Without the feature there is nothing to check a struct by.
    #[cfg(not(feature = "validator"))]
    pub fn validator<T: NeedsFeatureValidator>(&mut self, _: &StructScope, value: T) -> Option<T> {
        Some(value)
    }

    /// The problem, behind the leaf that it is about, for their order.
    #[cfg(feature = "validator")]
    fn refused_by_validator(&self, mark: &StructScope, refused: &Refused<'_>) -> (usize, Problem) {
        let Some((at, leaf)) = self.leaf_of_field(mark.here, &refused.path) else {
            let subject = match refused.path.as_str() {
                "" => self.subject(mark),
                path => {
                    let group = self.layout.group_path(index(mark.here));
                    format!("{}{group}{path}", self.within.key)
                }
            };
            let what = refused.message().map_or_else(
                || format!("expected {}", refused.expected("character")),
                |message| self.hidden.masked_in(message.to_owned()),
            );
            return (
                usize::MAX,
                Problem::new(ProblemKind::Rule, what).at(subject),
            );
        };
        let unit = if leaf.kind().is_compound() {
            "element"
        } else {
            "character"
        };
        let slot = &self.resolved.slots[at];
        let sight = self.sight(at, leaf);
        let text: Option<Cow<'_, str>> = match &slot.said {
            SlotValue::Value(raw) => raw.as_text(),
            _ => refused.value(),
        };
        let found = match (&slot.said, sight, &text) {
            (SlotValue::Value(raw), ..) => {
                format!(", found {}", sight.found(raw, leaf.kind().is_compound()))
            }
            (_, Sight::Masked, _) => format!(", found {}", sight.found_text("")),
            (_, _, Some(text)) => format!(", found {}", sight.found_text(text)),
            _ => String::new(),
        };
        let what = format!("expected {}{found}", refused.expected(unit));
        let mut problem = self.problem(at, ProblemKind::Rule, what);
        let message = refused.message().map(str::to_owned);
        let message = message.map(|message| self.hidden.masked_in(message));
        if let Some(message) = message.and_then(|message| sight.reason(&message, text.as_deref())) {
            problem = problem.with_note(message);
        }
        problem = self.mended(problem, &slot.origin, at, leaf);
        (at, problem.from(slot.origin.clone()))
    }

    /// The leaf that a path of field names leads to, from this group on.
    #[cfg(feature = "validator")]
    fn leaf_of_field(&self, group: usize, path: &str) -> Option<(usize, &'static Leaf)> {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let mut leaf = usize::from(self.layout.groups[group].first);
        let mut next = group + 1;
        for field in self.layout.groups[group].group.fields {
            match (field, rest) {
                (Field::Leaf(found), None) if found.field == name => return Some((leaf, found)),
                (Field::Group(nested), _)
                    if matches!(nested.shape, Shape::One | Shape::Optional) =>
                {
                    if nested.field == name {
                        return self.leaf_of_field(next, rest?);
                    }
                    leaf = usize::from(self.layout.groups[next].end);
                    next += 1 + nested_groups(nested.group);
                }
                _ => leaf += 1,
            }
        }
        None
    }

    /// Notes which leaves of this struct must have a value because this one has the value it has.
    pub(super) fn note_conditions<T>(
        &mut self,
        at: usize,
        leaf: &Leaf,
        take: &LeafField<T>,
        value: Input<'_>,
    ) {
        let Some(normal) = take.normal(value, leaf) else {
            return;
        };
        let group = &self.layout.groups[self.here];
        for sibling in usize::from(group.first)..usize::from(group.end) {
            let Some(condition) = self.condition(sibling, leaf) else {
                continue;
            };
            if take.normal(Input::Text(condition.text), leaf).as_ref() == Some(&normal) {
                let key = self.key(at);
                let because = match self.sight(at, leaf) {
                    Sight::Shown => format!("{key} is {}", condition.text),
                    Sight::Masked => format!("{key} has the value that asks for it"),
                };
                self.required.push(Required {
                    leaf: sibling,
                    because,
                });
            }
        }
    }

    /// When a leaf must have a value because of what this one of the same struct is, if ever.
    pub(super) fn condition(&self, sibling: usize, leaf: &Leaf) -> Option<Condition> {
        let condition = self.layout.leaf(sibling)?.required_if?;
        let is_here = usize::from(self.layout.leaves[sibling].group) == self.here;
        (is_here && condition.key == leaf.key).then_some(condition)
    }

    pub(super) fn has_default(&self, leaf: usize) -> bool {
        let emptied = matches!(self.resolved.slots[leaf].said, SlotValue::Empty);
        !emptied
            && self
                .layout
                .leaf(leaf)
                .is_some_and(|leaf| !matches!(leaf.default, DefaultValue::None))
    }
}

/// Stands where the feature `validator` is off; nothing implements it.
#[cfg(not(feature = "validator"))]
#[diagnostic::on_unimplemented(
    message = "`#[settings(validator)]` needs the feature `validator` of settings-core",
    label = "its `validator::Validate` cannot be run"
)]
pub trait NeedsFeatureValidator {}
