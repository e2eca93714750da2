//! Variables of the process or passed in; the only caller of `std::env::vars_os`.
//!
//! Every variable is looked at once. The prefix is tested before anything else, and what no leaf asks for is wiped, since
//! a foreign variable may be a secret too.

use crate::{
    name,
    raw::wipe,
    schema::{
        meaning::{Meaning, meaning_of_variable},
        plan::Plan,
    },
};
use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
};

/// A set of variables, wiped when it is dropped.
pub(crate) struct Variables {
    variables: Vec<(OsString, OsString)>,
    /// Whether of two spellings of one name the later counts.
    pub(crate) ordered: bool,
}

/// A variable, sorted by what it means.
pub(crate) enum Variable {
    /// It means a leaf or group.
    Bound {
        name: Cow<'static, str>,
        meaning: Meaning,
        /// `None` if it is not UTF-8.
        value: Option<String>,
    },
    /// It has the prefix, but means nothing.
    Unknown { name: String },
    /// It has nothing to do with these settings.
    Foreign { name: OsString },
}

impl Variables {
    /// The environment of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub(crate) fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            ordered: false,
        }
    }

    pub(crate) fn new(variables: Vec<(OsString, OsString)>) -> Self {
        Self {
            variables,
            ordered: true,
        }
    }

    /// Every name, with its value if that is UTF-8.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OsStr, &str)> {
        let all = self.variables.iter();
        all.filter_map(|(name, value)| Some((name.as_os_str(), value.to_str()?)))
    }

    /// The value of the variable with exactly this name, if it is UTF-8.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .variables
            .iter()
            .rev()
            .find(|(each, _)| each == OsStr::new(name));
        found.and_then(|(_, value)| value.to_str())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.variables.len()
    }

    /// A copy, for a load that may be made again.
    pub(crate) fn copy(&self) -> Self {
        Self {
            variables: self.variables.clone(),
            ordered: self.ordered,
        }
    }

    /// Gives every variable, sorted, and its value if it is bound. Where `keep`, a copy of the value stays here.
    pub(crate) fn sort(&mut self, plan: Plan, keep: bool, mut each: impl FnMut(Variable)) {
        let prefix = plan.schema.prefix.as_bytes();
        for (name, value) in &mut self.variables {
            let bytes = name.as_encoded_bytes();
            let meaning = if plan.has_env_name_like(bytes) {
                meaning_of_variable(plan, bytes)
            } else {
                None
            };
            let Some(meaning) = meaning else {
                if !keep {
                    wipe(std::mem::take(value));
                }
                let is_ours = !prefix.is_empty() && name::strip_prefix(bytes, prefix).is_some();
                let name = if keep {
                    name.clone()
                } else {
                    std::mem::take(name)
                };
                each(if is_ours {
                    Variable::Unknown {
                        name: name.to_string_lossy().into_owned(),
                    }
                } else {
                    Variable::Foreign { name }
                });
                continue;
            };
            // A bound name is ASCII, or it would not be the spelling of a leaf's.
            let name = plan.spelled(&meaning, || name.to_string_lossy().into_owned());
            let value = if keep {
                value.clone()
            } else {
                std::mem::take(value)
            };
            let value = value.into_string().map_err(wipe).ok();
            each(Variable::Bound {
                name,
                meaning,
                value,
            });
        }
    }
}

impl Drop for Variables {
    fn drop(&mut self) {
        for (_, value) in self.variables.drain(..) {
            wipe(value);
        }
    }
}
