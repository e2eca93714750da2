//! The environment, arguments and what is set by hand.

use super::{Reading, did_you_mean};
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
        source_report::{SourceReport, SourceStatus},
    },
    resolve::{FlatText, Place, SlotValue, UnknownName},
    schema::{layout::Target, lookup::target_of_key},
    source::{
        args,
        env::{Variable, Variables},
        service_links,
    },
};
use settings_syntax::{name, suggest};
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
        self.looked.push(SourceReport::new(
            Layer::Environment,
            String::new(),
            SourceStatus::Read,
        ));
        let (resolved, names, layout) = (&mut self.resolved, &mut self.names, self.layout);
        variables.sort(layout, keep, |variable| match variable {
            Variable::Bound {
                name,
                target,
                value: Some(value),
            } => {
                let text = FlatText {
                    text: Zeroizing::new(value),
                    quoted: false,
                };
                resolved.put_text(place, target, text, Origin::variable(name));
            }
            Variable::Bound {
                name,
                target,
                value: None,
            } => {
                let origin = Origin::variable(name);
                let help = "give it as UTF-8 text";
                resolved.put_unreadable(place, &target, origin, "not UTF-8,", help);
            }
            Variable::Unknown { name } => {
                if !service_links::is_service_link(&name) && !layout.is_foreign(&name) {
                    let hint = did_you_mean(layout, &name);
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
        self.looked.push(SourceReport::new(
            Layer::Argument,
            String::new(),
            SourceStatus::Read,
        ));
        let place = Place::ordered(layer);
        let (arguments, mut problems) = args::read(self.layout, arguments);
        self.resolved.problems.append(&mut problems);
        for argument in arguments {
            let origin = args::origin(&argument);
            let text = FlatText {
                text: argument.value,
                quoted: false,
            };
            self.resolved.put_text(place, argument.target, text, origin);
        }
    }

    pub(super) fn set(&mut self, layer: u16, key: &str, text: &Zeroizing<String>) {
        let place = Place::ordered(layer);
        let origin = Origin::set(key.to_owned());
        match target_of_key(self.layout, key) {
            Some(target) => {
                let text = FlatText {
                    text: text.clone(),
                    quoted: false,
                };
                self.resolved.put_text(place, target, text, origin);
            }
            None => {
                let near = suggest::nearest(key, self.layout.keys());
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
        if !self.layout.schema.prefix.is_empty() {
            return;
        }
        for (hash, guarded) in name::GUARDED {
            let Some(name) = self
                .layout
                .env_name(hash, guarded.as_bytes(), |target| target == Target::Leaf)
            else {
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
                format!("reads {guarded}, which every shell sets for itself"),
            );
            let problem = problem.with_help(format!(
                "give the settings a prefix, or say env = \"{guarded}\" if it is meant"
            ));
            self.resolved.tell_of_leaf(at, problem);
            // What the shell's value is not, is no second mistake.
            let slot = &mut self.resolved.slots[at];
            if slot.origin.layer() == Layer::Environment {
                slot.said = SlotValue::Unreadable;
            }
        }
    }
}
