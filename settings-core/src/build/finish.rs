//! `finish`: a function of the program that adjusts a struct once its settings are valid.

use super::{
    Assemble, Assembler, LeafValue, Position, StructScope, Visitor, Walk, index, rows, sight,
    violations::Violations,
};
use crate::{
    error::{
        problem::{Problem, ProblemKind, Sight},
        redact::{self, Secrets},
    },
    resolve::{Resolved, SlotValue},
    rules::Rules,
    schema::{Kind, Leaf, Shape},
};
use std::{any::Any, collections::HashMap};
use zeroize::Zeroizing;

impl Assembler<'_> {
    /// Lets a function of the program adjust a struct, and checks the rules of its settings again.
    pub fn finish<T: Assemble>(
        &mut self,
        scope: &StructScope,
        mut value: T,
        finish: fn(&mut T) -> Result<(), Violations>,
    ) -> Option<T> {
        if self.trial.is_some() {
            return Some(value);
        }
        let mut before = Before::default();
        self.visit(scope, &value, &mut before);
        let mut secrets = self.secrets_of(scope, &value);
        if let Err(violations) = finish(&mut value) {
            secrets.extend(self.secrets_of(scope, &value));
            self.report_violations(scope, violations, &secrets, "finish");
            return None;
        }
        let mut after = After {
            before,
            secrets,
            changes: Vec::new(),
            problems: Vec::new(),
        };
        self.visit(scope, &value, &mut after);
        let After {
            changes, problems, ..
        } = after;
        if !problems.is_empty() {
            self.resolved.problems.extend(problems);
            self.not_checked(scope);
            return None;
        }
        apply(self.resolved, &changes);
        Some(value)
    }

    fn visit<T: Assemble>(&self, scope: &StructScope, value: &T, visitor: &mut dyn Visitor) {
        let cursor = self.cursor.at_group(scope.here);
        value.walk(&mut Walk::from(cursor, self.resolved, visitor));
    }
}

/// Clones of the values before the function is called.
#[derive(Default)]
struct Before(HashMap<String, Original>);

struct Original {
    /// `None` if the type is not `Clone`.
    copy: Option<Box<dyn Any>>,
    /// The parts of the value that are masked.
    secrets: Secrets,
    /// Whether keys of a structure determine what is masked.
    is_masked_by_key: bool,
}

/// Comparison of the values after the call, and their rules.
struct After {
    before: Before,
    /// The secrets that the function could read.
    secrets: Secrets,
    changes: Vec<AdjustedLeaf>,
    problems: Vec<Problem>,
}

/// A setting that may have another value than the one that was read.
struct AdjustedLeaf {
    /// The address of the load of the struct that contains it.
    load: usize,
    leaf: usize,
    is_adjusted: bool,
    /// Whether the new value may contain what was masked in the old one.
    is_masked: bool,
    is_secret: bool,
}

impl Visitor for Before {
    fn leaf(&mut self, position: Position<'_>, leaf: &'static Leaf, value: LeafValue<'_>) {
        let Position {
            cursor,
            leaf: at,
            slot,
            ..
        } = position;
        let mut secrets = Secrets::default();
        let (shows, _) = rows::of_leaf(cursor.layout, at, leaf, value, slot, &mut secrets);
        let original = Original {
            copy: value.copy(),
            is_masked_by_key: matches!(shows, rows::Shows::Structure(_)) && !secrets.is_empty(),
            secrets,
        };
        self.0.insert(cursor.key(at), original);
    }

    fn element(
        &mut self,
        _: Position<'_>,
        _: Shape,
        _: &str,
        walk: &mut dyn FnMut(&mut dyn Visitor),
    ) {
        walk(self);
    }
}

impl Visitor for After {
    fn leaf(&mut self, position: Position<'_>, leaf: &'static Leaf, value: LeafValue<'_>) {
        let Position {
            cursor,
            leaf: at,
            slot,
            resolved,
        } = position;
        let original = self.before.0.get(&cursor.key(at));
        let is_same = original.and_then(|original| value.equals(&**original.copy.as_ref()?));
        if is_same == Some(true) {
            return;
        }
        let is_masked = original.is_some_and(|original| original.may_be_in(value))
            || is_text(leaf) && (self.secrets.has_unknown() || occur_in(&self.secrets, value));
        self.changes.push(AdjustedLeaf {
            load: std::ptr::from_ref(resolved).addr(),
            leaf: at,
            is_adjusted: original.is_none() || is_same == Some(false),
            is_masked,
            is_secret: leaf.secret,
        });
        let mut rules = Rules::new(leaf.rules);
        value.measure(&mut rules);
        let broken = rules.into_broken();
        if broken.is_empty() {
            return;
        }
        let expected: Vec<&str> = broken.iter().map(|rule| rule.expected.as_str()).collect();
        let sight = match sight(cursor.layout, at, leaf, &slot.origin) {
            Sight::Shown if !is_masked => Sight::Shown,
            _ => Sight::Masked,
        };
        let found = match (sight, value.text()) {
            (Sight::Masked, _) => sight.found_text("").into_owned(),
            (Sight::Shown, Some(text)) if leaf.kind().is_plain() => text,
            (Sight::Shown, text) => sight.found_text(&text.unwrap_or_default()).into_owned(),
        };
        let what = format!(
            "expected {}, found {found} after `finish`",
            expected.join(", and ")
        );
        let problem = Problem::new(ProblemKind::Rule, what)
            .at(cursor.key(at))
            .variable_if(cursor.shell_variable(at))
            .about(slot.origin.clone())
            .with_help("correct the `finish` function in the program, which set this value");
        self.problems.push(problem);
    }

    fn element(
        &mut self,
        _: Position<'_>,
        _: Shape,
        _: &str,
        walk: &mut dyn FnMut(&mut dyn Visitor),
    ) {
        walk(self);
    }
}

impl Original {
    /// Whether a new value may contain what was masked in the old one.
    fn may_be_in(&self, value: LeafValue<'_>) -> bool {
        self.is_masked_by_key || occur_in(&self.secrets, value)
    }
}

/// Whether a secret is a part of a value, beside the password of a URL, which is masked by itself.
fn occur_in(secrets: &Secrets, value: LeafValue<'_>) -> bool {
    let text = value.text().map(Zeroizing::new);
    text.is_some_and(|text| secrets.occur_in(&redact::mask_urls(&text)))
}

/// Whether a value may contain a secret: a number, a bool, a duration or the name of a variant does not.
fn is_text(leaf: &Leaf) -> bool {
    !leaf.unmasked
        && !matches!(
            leaf.kind(),
            Kind::Bool | Kind::Integer { .. } | Kind::Float | Kind::Duration | Kind::Enum(_)
        )
}

/// Records the changes in the slots.
fn apply(resolved: &mut Resolved, changes: &[AdjustedLeaf]) {
    let load = std::ptr::from_ref(&*resolved).addr();
    for change in changes.iter().filter(|change| change.load == load) {
        let slot = &mut resolved.slots[change.leaf];
        slot.is_adjusted |= change.is_adjusted;
        slot.is_masked |= change.is_masked;
        // The value that was read no longer describes the one in force.
        if matches!(slot.value, SlotValue::Value(_)) {
            slot.value = SlotValue::Consumed;
        }
        if change.is_secret {
            let hashes = &mut resolved.secret_hashes;
            hashes.retain(|(leaf, _)| *leaf != index(change.leaf));
        }
    }
    for (_, elements) in resolved.elements.iter_mut() {
        for (_, element) in elements {
            apply(element, changes);
        }
    }
}
