//! Reading of the environment, of arguments and of values that the program sets.

use super::Reading;
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        source_report::SourceStatus,
    },
    resolve::{FlatText, SlotValue, SourceOrder, UnknownName, did_you_mean},
    schema::{layout::NameSpace, layout::Target, target::target_of_key_or_variable},
    source::{
        args,
        env::{Variable, Variables},
    },
};
use settings_syntax::{name, suggest};
use std::ffi::OsString;
use zeroize::Zeroizing;

impl Reading {
    /// Binds variables. Returns the directory of systemd's credentials, if a variable names it.
    pub(super) fn environment(
        &mut self,
        layer: u16,
        variables: &mut Variables,
        keep_values: bool,
    ) -> Option<OsString> {
        let order = SourceOrder {
            layer,
            is_ordered: variables.ordered,
        };
        self.report(Layer::Environment, "", SourceStatus::Read);
        let (resolved, layout) = (&mut self.resolved, self.layout);
        let mut unknown = Vec::new();
        let unmatched = &mut self.unmatched;
        unmatched.reserve(64); // Most environments hold fewer variables of other programs.
        let has_no_prefix = layout.schema.prefix.is_empty();
        let has_removed = !layout.schema.removed.is_empty();
        let findings = variables.sort(layout, keep_values, |variable| match variable {
            Variable::Bound {
                name,
                target,
                value: Some(value),
            } => {
                let text = FlatText::unquoted(Zeroizing::new(value));
                resolved.bind_text(order, target, text, Origin::variable(name));
            }
            Variable::Bound {
                name,
                target,
                value: None,
            } => {
                let origin = Origin::variable(name);
                let help = "encode it as UTF-8";
                resolved.bind_unreadable(order, &target, origin, "not UTF-8,", help);
            }
            Variable::Unknown { name } => unknown.push(name),
            Variable::Foreign { name, resembles } => {
                if has_no_prefix
                    && (resembles || has_removed)
                    && let Some(name) = name.to_str()
                {
                    resolved.report_without_prefix(name);
                }
                unmatched.push(name);
            }
        });
        for name in unknown {
            if !findings.services.have_set(&name) && !layout.ignores_variable(&name) {
                let hint = self
                    .resolved
                    .may_suggest()
                    .then(|| did_you_mean(layout, &name));
                self.resolved.unknown_names.push(UnknownName {
                    hint: hint.flatten(),
                    origin: Origin::variable(name.clone()),
                    name: name.clone(),
                    path: None,
                });
            }
            self.unmatched.push(name.into());
        }
        findings.credentials
    }

    pub(crate) fn arguments(&mut self, layer: u16, arguments: &[OsString]) {
        self.report(Layer::Argument, "", SourceStatus::Read);
        let order = SourceOrder::ordered(layer);
        let sorted = args::read(self.layout, arguments);
        self.resolved.problems.extend(sorted.problems);
        for (name, origin) in sorted.meant {
            self.resolved.mark_unreadable(order, name, origin);
        }
        for argument in sorted.settings {
            let origin = args::origin(&argument);
            let text = FlatText::unquoted(argument.value);
            self.resolved
                .bind_text(order, argument.target, text, origin);
        }
    }

    pub(super) fn set(&mut self, layer: u16, key: &str, text: &Zeroizing<String>) {
        let order = SourceOrder::ordered(layer);
        let origin = Origin::set(key.to_owned());
        match target_of_key_or_variable(self.layout, key) {
            Some(target) => {
                let text = FlatText::unquoted(text.clone());
                self.resolved.bind_text(order, target, text, origin);
            }
            None => {
                let problem = self.unmatched_key(key).about(origin.clone());
                self.resolved.problems.push(problem);
                // The setting that was probably meant is not missing as well.
                let near = suggest::nearest(key, self.layout.keys());
                if let Some(name) = near.and_then(|near| self.layout.leaf_named(near)) {
                    self.resolved.mark_unreadable(order, name, origin);
                }
            }
        }
    }

    /// The problem of a key that the program sets, but that matches no setting.
    fn unmatched_key(&self, key: &str) -> Problem {
        if let Some(removed) = self.layout.removed_key(key) {
            let what = format!("removed: {}; the program still sets it", removed.reason);
            return Problem::new(ProblemKind::Deprecated, what).at(removed.key);
        }
        let near = suggest::nearest(key, self.layout.keys())
            .or_else(|| suggest::nearest(key, self.layout.env_names()));
        let what = match key {
            "" => "the program sets a value for an empty key".to_owned(),
            key => format!("the program sets {key}, but no setting is called that"),
        };
        let problem = Problem::new(ProblemKind::Unknown, what);
        match (near, key) {
            (Some(near), _) => problem.with_help(format!("did you mean {near}?")),
            (None, "") => problem.with_help("pass the key of the setting"),
            (None, _) => problem.with_help("correct the key"),
        }
    }

    /// Reports settings of a root without a prefix that would read variables of the shell.
    pub(super) fn refuse_guarded_names(&mut self) {
        if !self.layout.schema.prefix.is_empty() {
            return;
        }
        for (hash, guarded) in name::GUARDED {
            let is_leaf = |target| target == Target::Leaf;
            let found = self
                .layout
                .find(NameSpace::Env, hash, guarded.as_bytes(), is_leaf);
            let Some(name) = found else {
                continue;
            };
            let at = usize::from(name.index);
            if self
                .layout
                .leaf(at)
                .is_some_and(|leaf| !leaf.env.is_empty())
            {
                continue;
            }
            let problem = Problem::new(
                ProblemKind::Ambiguous,
                format!("reads {guarded}, which every shell sets"),
            );
            let problem = problem.with_help(format!(
                "give the settings a prefix, or write env = \"{guarded}\" if this is intended"
            ));
            self.resolved.report_setting(at, problem);
            // The guarded name is already a problem, so the value is not checked as well.
            let slot = &mut self.resolved.slots[at];
            if slot.origin.layer() == Layer::Environment {
                slot.value = SlotValue::Unreadable;
            }
        }
    }
}
