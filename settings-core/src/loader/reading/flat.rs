//! The environment, arguments and what is set by hand.

use super::{Reading, did_you_mean};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        source_report::{Looked, Outcome},
    },
    name,
    resolve::{
        Place, Said,
        bind::{FlatText, UnknownName},
    },
    schema::{layout::Target, lookup::meaning_of_key},
    source::{
        args,
        env::{Variable, Variables},
        service_links,
    },
    suggest,
};
use std::ffi::OsString;
use zeroize::Zeroizing;

impl Reading {
    /// Gives the directory of systemd's credentials, if it is told.
    pub(super) fn environment(
        &mut self,
        layer: u16,
        variables: &mut Variables,
        keep: bool,
    ) -> Option<OsString> {
        let place = Place {
            layer,
            ordered: variables.ordered,
        };
        self.looked.push(Looked::new(
            Layer::Environment,
            String::new(),
            Outcome::Found,
        ));
        let (resolved, names, plan) = (&mut self.resolved, &mut self.names, self.plan);
        variables.sort(plan, keep, |variable| match variable {
            Variable::Bound {
                name,
                meaning,
                value: Some(value),
            } => {
                let text = FlatText {
                    text: Zeroizing::new(value),
                    quoted: false,
                };
                resolved.put_text(place, meaning, text, Origin::variable(name));
            }
            Variable::Bound {
                name,
                meaning,
                value: None,
            } => {
                let origin = Origin::variable(name);
                let help = "give it as UTF-8 text";
                resolved.put_unreadable(place, &meaning, origin, "not UTF-8,", help);
            }
            Variable::Unknown { name } => {
                if !service_links::is_service_link(&name) && !plan.is_foreign(&name) {
                    let hint = did_you_mean(plan, &name);
                    resolved.unknown.push(UnknownName {
                        origin: Origin::variable(name.clone()),
                        name: name.clone(),
                        hint,
                    });
                }
                names.push(name.into());
            }
            Variable::Foreign { name } => names.push(name),
        })
    }

    pub(super) fn arguments(&mut self, layer: u16, arguments: &[OsString]) {
        self.looked
            .push(Looked::new(Layer::Argument, String::new(), Outcome::Found));
        let place = Place::ordered(layer);
        let (arguments, mut problems) = args::read(self.plan, arguments);
        self.resolved.problems.append(&mut problems);
        for argument in arguments {
            let origin = args::origin(&argument);
            let text = FlatText {
                text: argument.value,
                quoted: false,
            };
            self.resolved
                .put_text(place, argument.meaning, text, origin);
        }
    }

    pub(super) fn set(&mut self, layer: u16, key: &str, text: &Zeroizing<String>) {
        let place = Place::ordered(layer);
        let origin = Origin::set(key.to_owned());
        match meaning_of_key(self.plan, key) {
            Some(meaning) => {
                let text = FlatText {
                    text: text.clone(),
                    quoted: false,
                };
                self.resolved.put_text(place, meaning, text, origin);
            }
            None => {
                let near = suggest::nearest(key, self.plan.keys());
                let what = match key {
                    "" => "the program sets a value without saying of which setting".to_owned(),
                    key => format!("the program sets {key}, but no setting is called that"),
                };
                let problem = Problem::new(ProblemKind::Unknown, what).about(origin);
                self.resolved.problems.push(match near {
                    Some(near) => problem.with_help(format!("did you mean {near}?")),
                    None => problem.with_help(match key {
                        "" => "give it the key of the setting",
                        _ => "correct the key",
                    }),
                });
            }
        }
    }

    /// A root without a prefix may not take what every shell sets for itself.
    pub(super) fn refuse_guarded_names(&mut self) {
        if !self.plan.schema.prefix.is_empty() {
            return;
        }
        for (hash, guarded) in name::GUARDED {
            let Some(name) = self
                .plan
                .env_name(hash, guarded.as_bytes(), |target| target == Target::Leaf)
            else {
                continue;
            };
            let at = usize::from(name.index);
            if self.plan.leaf(at).is_some_and(|leaf| !leaf.env.is_empty()) {
                continue;
            }
            let problem = Problem::new(
                ProblemKind::Ambiguous,
                format!("reads {guarded}, which every shell sets for itself"),
            );
            let problem = problem.with_help(format!(
                "give the settings a prefix, or say env = \"{guarded}\" if it is meant"
            ));
            self.resolved.tell_of_leaf(at, problem);
            // What the shell's value is not, is no second mistake.
            let slot = &mut self.resolved.slots[at];
            if slot.origin.layer() == Layer::Environment {
                slot.said = Said::Unreadable;
            }
        }
    }
}
