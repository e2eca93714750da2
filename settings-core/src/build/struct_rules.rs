//! Checks of whole structs: `required_if`, `validate` and `validator`.

#[cfg(feature = "validator")]
use super::nested_groups;
use super::{
    Assemble, Assembler, LeafType, Required, StructScope,
    secret_texts::masked_reason,
    violations::{Violation, Violations},
};
use crate::value::sort::sort_by_key;
use crate::{
    decode::Input,
    error::{
        origin::Layer,
        problem::{Problem, ProblemKind, Sight},
        redact::{Secrets, escape_truncated},
    },
    resolve::SlotValue,
    schema::{Condition, DefaultValue, Leaf},
};
#[cfg(feature = "validator")]
use crate::{
    rules::validator::{Rejected, rejected},
    schema::{Field, Shape},
};
use settings_syntax::name;
#[cfg(feature = "validator")]
use std::borrow::Cow;
use zeroize::Zeroizing;

impl Assembler<'_> {
    /// Ends the settings of a struct, and checks the rules across them that are data.
    ///
    /// Returns whether every setting is valid.
    pub fn end(&mut self, scope: &StructScope) -> bool {
        self.check_across(scope);
        for required in self.required.split_off(scope.required) {
            let Required {
                leaf,
                because,
                help,
            } = required;
            if !self.resolved.slots[leaf].has_value()
                && !self.has_default(leaf)
                && self.awaits_condition(leaf)
            {
                self.required.push(Required {
                    leaf,
                    because,
                    help,
                });
            } else if !self.resolved.slots[leaf].has_value() && !self.has_default(leaf) {
                let emptied = matches!(self.resolved.slots[leaf].value, SlotValue::Empty);
                let how = if emptied { "set to nothing" } else { "not set" };
                let what = format!("required, because {because}, but {how}");
                let problem = self.problem(leaf, ProblemKind::Missing, what);
                let problem = match self.cursor.layout.leaf(leaf) {
                    _ if emptied => problem
                        .from(self.resolved.slots[leaf].origin.clone())
                        .with_help(self.how_to_set(leaf)),
                    Some(schema) => self.with_missing_help(leaf, schema, problem),
                    None => problem.with_help(self.how_to_set(leaf)),
                };
                let problem = match help {
                    Some(help) => problem.with_help(help),
                    None => problem,
                };
                let end = usize::from(self.cursor.layout.groups[scope.here].end);
                let prefix = self.cursor.element_key();
                let position = self
                    .resolved
                    .position_in_order(leaf, end, scope.problems, prefix);
                self.resolved.problems.insert(position, problem);
            }
        }
        let is_valid = self.resolved.problems.len() == scope.problems;
        if !is_valid {
            self.required.truncate(scope.required);
        }
        is_valid
    }

    /// Records that the checks of a whole struct did not run.
    pub fn not_checked(&mut self, scope: &StructScope) {
        let group = self.cursor.layout.groups[scope.here].group;
        if group.validated {
            self.resolved.unchecked.push(self.subject(scope));
        }
    }

    /// Checks a struct as a whole.
    pub fn check<T: Assemble>(
        &mut self,
        scope: &StructScope,
        value: T,
        validate: fn(&T) -> Result<(), Violations>,
    ) -> Option<T> {
        if self.trial.is_some() {
            return Some(value);
        }
        let Err(violations) = validate(&value) else {
            return Some(value);
        };
        let secrets = self.secrets_of(scope, &value);
        self.report_violations(scope, violations, &secrets, "validate");
        None
    }

    /// Reports what a function of the program rejects.
    pub(super) fn report_violations(
        &mut self,
        scope: &StructScope,
        violations: Violations,
        secrets: &Secrets,
        function: &str,
    ) {
        let violations = violations.into_vec().into_iter();
        let mut problems: Vec<_> = violations
            .map(|violation| self.violation(scope, violation, secrets))
            .collect();
        if problems.is_empty() {
            let what = format!("rejected by its `{function}` function");
            let problem = Problem::new(ProblemKind::Rule, what).at(self.subject(scope));
            problems.push((usize::MAX, problem));
        }
        sort_by_key(&mut problems, |(leaf, _)| *leaf);
        let problems = problems.into_iter().map(|(_, problem)| problem);
        self.resolved.problems.extend(problems);
    }

    /// The problem of a violation, with the setting by which problems are sorted.
    fn violation(
        &self,
        scope: &StructScope,
        violation: Violation,
        secrets: &Secrets,
    ) -> (usize, Problem) {
        let reason = masked_reason(secrets, &Zeroizing::new(violation.reason));
        let Some(key) = violation.key.filter(|key| !key.is_empty()) else {
            let problem = Problem::new(ProblemKind::Rule, reason).at(self.subject(scope));
            return (usize::MAX, problem);
        };
        let group = &self.cursor.layout.groups[scope.here];
        let path = format!("{}{key}", self.cursor.group_path(scope.here));
        let mut leaves = usize::from(group.first)..usize::from(group.end);
        let at = leaves.find(|at| {
            name::same(self.cursor.layout.key_of(*at), &path)
                && !self.resolved.is_of_other_variant(*at)
        });
        let Some((at, leaf)) = at.and_then(|at| Some((at, self.cursor.layout.leaf(at)?))) else {
            // The key is text of the program, which may be a part of a value.
            let key = masked_reason(secrets, &Zeroizing::new(key));
            let words = format!("{}: {reason}", escape_truncated(&key));
            let problem = Problem::new(ProblemKind::Rule, words);
            return (usize::MAX, problem.at(self.subject(scope)));
        };
        let text = match &self.resolved.slots[at].value {
            SlotValue::Value(raw) => raw.as_text(),
            _ => None,
        };
        let text = text.as_deref().map(|text| secrets.mask(text));
        let origin = &self.resolved.slots[at].origin;
        let is_unset = matches!(origin.layer(), Layer::Default) && !self.has_default(at);
        let problem = if is_unset {
            let what = format!("rejected: {reason}, found no value");
            self.problem(at, ProblemKind::Rule, what)
        } else {
            let sight = self.sight(at, leaf);
            self.rejection(at, leaf, sight, Some(reason), text.as_deref())
        };
        let problem = match origin.layer() {
            Layer::Default => problem.with_help(self.how_to_set(at)),
            _ => self.with_correction(problem, origin, at, leaf),
        };
        (at, problem)
    }

    /// The name of a struct in a report: its key, or the name of the type if it is the root.
    fn subject(&self, scope: &StructScope) -> String {
        let path = self.cursor.group_path(scope.here);
        let key = format!("{}{path}", self.cursor.element_key());
        match key.trim_end_matches('.') {
            "" => self.cursor.layout.groups[scope.here].group.name.to_owned(),
            key => key.to_owned(),
        }
    }

    /// Checks a struct by its `validator::Validate`.
    #[cfg(feature = "validator")]
    pub fn validator<T: validator::Validate + Assemble>(
        &mut self,
        scope: &StructScope,
        value: T,
    ) -> Option<T> {
        if self.trial.is_some() {
            return Some(value);
        }
        let Err(errors) = value.validate() else {
            return Some(value);
        };
        let secrets = self.secrets_of(scope, &value);
        let mut problems: Vec<_> = rejected(&errors)
            .iter()
            .map(|rejected| self.rejected_by_validator(scope, rejected, &secrets))
            .collect();
        sort_by_key(&mut problems, |(leaf, _)| *leaf);
        let problems = problems.into_iter().map(|(_, problem)| problem);
        self.resolved.problems.extend(problems);
        None
    }

    /// Causes a compile error that names the missing feature.
    #[cfg(not(feature = "validator"))]
    pub fn validator<T: NeedsFeatureValidator>(&mut self, _: &StructScope, value: T) -> Option<T> {
        Some(value)
    }

    /// The problem, with the setting that it is about, by which problems are sorted.
    #[cfg(feature = "validator")]
    fn rejected_by_validator(
        &self,
        scope: &StructScope,
        rejected: &Rejected<'_>,
        secrets: &Secrets,
    ) -> (usize, Problem) {
        let message = rejected.message().filter(|_| !secrets.has_unknown());
        let message = message.map(|message| masked_reason(secrets, message));
        let Some((at, leaf)) = self.leaf_of_field(scope.here, &rejected.path) else {
            let subject = match rejected.path.as_str() {
                "" => self.subject(scope),
                path => {
                    let group = self.cursor.group_path(scope.here);
                    format!("{}{group}{path}", self.cursor.element_key())
                }
            };
            let what =
                message.unwrap_or_else(|| format!("expected {}", rejected.expected("character")));
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
        let text: Option<Cow<'_, str>> = match &slot.value {
            SlotValue::Value(raw) => raw.as_text(),
            _ => rejected.value(),
        };
        let found = match (&slot.value, sight, &text) {
            (SlotValue::Value(raw), ..) => {
                format!(", found {}", sight.found(raw, leaf.kind().is_compound()))
            }
            (_, Sight::Masked, _) => format!(", found {}", sight.found_text("")),
            (_, _, Some(text)) => format!(", found {}", sight.found_text(text)),
            _ => String::new(),
        };
        let what = format!("expected {}{found}", rejected.expected(unit));
        let mut problem = self.problem(at, ProblemKind::Rule, what);
        if let Some(message) = message {
            problem = problem.with_note(message);
        }
        problem = self.with_correction(problem, &slot.origin, at, leaf);
        (at, problem.from(slot.origin.clone()))
    }

    /// The setting at a path of field names, relative to a group.
    #[cfg(feature = "validator")]
    fn leaf_of_field(&self, group: usize, path: &str) -> Option<(usize, &'static Leaf)> {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let mut leaf = usize::from(self.cursor.layout.groups[group].first);
        let mut next = group + 1;
        for field in self.cursor.layout.groups[group].group.fields {
            match (field, rest) {
                (Field::Leaf(found), None) if found.field == name => return Some((leaf, found)),
                (Field::Group(nested), _)
                    if matches!(nested.shape, Shape::One | Shape::Optional) =>
                {
                    if nested.field == name {
                        return self.leaf_of_field(next, rest?);
                    }
                    leaf = usize::from(self.cursor.layout.groups[next].end);
                    next += 1 + nested_groups(nested.group);
                }
                _ => leaf += 1,
            }
        }
        None
    }

    /// Records the settings of this struct that the value of this setting requires.
    pub(super) fn note_conditions(
        &mut self,
        at: usize,
        leaf: &Leaf,
        field: &dyn LeafType,
        value: Input<'_>,
    ) {
        let Some(normal) = field.normal(value, leaf) else {
            return;
        };
        let group = &self.cursor.layout.groups[self.cursor.here()];
        for sibling in usize::from(group.first)..usize::from(group.end) {
            for (nth, condition) in self.default_conditions(sibling, leaf) {
                if field.normal(Input::Text(condition.text), leaf).as_ref() == Some(&normal) {
                    self.fulfilled.push((sibling, nth));
                }
            }
            let Some(condition) = self.condition(sibling, leaf) else {
                continue;
            };
            if field.normal(Input::Text(condition.text), leaf).as_ref() == Some(&normal) {
                let key = self.cursor.key(at);
                let because = match self.sight(at, leaf) {
                    Sight::Shown => format!("{key} is {}", condition.text),
                    Sight::Masked => format!("{key} has the value that asks for it"),
                };
                self.required.push(Required {
                    leaf: sibling,
                    because,
                    help: None,
                });
            }
        }
    }

    /// The setting with this key in the struct that is being built.
    pub(super) fn sibling(&self, key: &str) -> Option<(usize, &'static Leaf)> {
        let here = self.cursor.here();
        let group = &self.cursor.layout.groups[here];
        (usize::from(group.first)..usize::from(group.end))
            .filter(|at| usize::from(self.cursor.layout.leaves[*at].group) == here)
            .filter_map(|at| Some((at, self.cursor.layout.leaf(at)?)))
            .find(|(_, leaf)| leaf.key == key)
    }

    /// The condition under which a setting of the same struct is required because of this one.
    pub(super) fn condition(&self, sibling: usize, leaf: &Leaf) -> Option<Condition> {
        let condition = self.cursor.layout.leaf(sibling)?.required_if?;
        let is_here = usize::from(self.cursor.layout.leaves[sibling].group) == self.cursor.here();
        (is_here && condition.key == leaf.key).then_some(condition)
    }

    /// The conditions in the defaults of a setting of the same struct that are about this one.
    pub(super) fn default_conditions(
        &self,
        sibling: usize,
        leaf: &Leaf,
    ) -> impl Iterator<Item = (usize, Condition)> + use<> {
        let is_here = usize::from(self.cursor.layout.leaves[sibling].group) == self.cursor.here();
        let sibling = self.cursor.layout.leaf(sibling).filter(|_| is_here);
        let defaults = sibling.map_or(&[][..], |sibling| sibling.default_if).iter();
        let key = leaf.key;
        defaults
            .map(|default| default.condition)
            .enumerate()
            .filter(move |(_, condition)| condition.key == key)
    }

    pub(super) fn has_default(&self, leaf: usize) -> bool {
        let emptied = matches!(self.resolved.slots[leaf].value, SlotValue::Empty);
        !emptied
            && (self.fulfilled_condition(leaf).is_some()
                || self
                    .cursor
                    .layout
                    .leaf(leaf)
                    .is_some_and(|leaf| !matches!(leaf.default, DefaultValue::None)))
    }
}

/// Bound of [`Assembler::validator`] without the feature `validator`; no type implements it.
#[cfg(not(feature = "validator"))]
#[diagnostic::on_unimplemented(
    message = "`#[settings(validator)]` needs the feature `validator` of settings-core",
    label = "its `validator::Validate` cannot be run"
)]
pub trait NeedsFeatureValidator {}
