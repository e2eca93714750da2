//! Variables of the process or passed in; the only caller of `std::env::vars_os`.
//!
//! Every variable is examined once. The prefix is tested first, and variables that match no setting are wiped, because
//! a variable of another program may be a secret too.

use super::service_links::Services;
use crate::{
    schema::{
        layout::Layout,
        lookup::{NameTarget, Resemblance},
        target::target_of_variable,
    },
    value::raw::wipe,
};
use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
    env::VarsOs,
    ffi::{OsStr, OsString},
};

/// A set of variables, wiped when it is dropped.
pub(crate) struct Variables {
    /// The variables of the process, until one is requested by its name: most loads only iterate over them once.
    fresh: Cell<Option<VarsOs>>,
    known: OnceCell<Vec<(OsString, OsString)>>,
    /// Whether the later of two spellings of one name wins.
    pub(crate) ordered: bool,
}

/// Variables that a caller passed for every load of a loader, wiped when they are dropped. Unlike [`Variables`],
/// they are `Send`.
pub(crate) struct Handed(pub(crate) Vec<(OsString, OsString)>);

/// A variable, classified by its name.
pub(crate) enum Variable {
    /// A variable of a setting or a group.
    Bound {
        name: Cow<'static, str>,
        target: NameTarget,
        /// `None` if it is not UTF-8.
        value: Option<String>,
    },
    /// A variable with the prefix that matches no setting.
    Unknown { name: String },
    /// A variable of another program.
    Foreign {
        name: OsString,
        /// Whether it begins or ends like that of a setting.
        resembles: bool,
    },
}

/// Results of a pass over the variables, besides the settings.
#[derive(Default)]
pub(crate) struct Findings {
    /// systemd's directory of credentials.
    pub(crate) credentials: Option<OsString>,
    pub(crate) services: Services,
}

/// The name of the user, by the variable that shells set.
#[cfg(all(feature = "cli", feature = "remote"))]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(crate) fn user() -> Option<String> {
    let names = ["USER", "LOGNAME", "USERNAME"];
    let variables = std::env::vars_os().filter(|(name, _)| names.iter().any(|user| name == user));
    let names = variables.filter_map(|(_, value)| value.into_string().ok());
    names.into_iter().find(|name| !name.is_empty())
}

/// The variable in which systemd sets the directory of a unit's secrets.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

impl Variables {
    /// The environment of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub(crate) fn of_process() -> Self {
        Self {
            fresh: Cell::new(Some(std::env::vars_os())),
            known: OnceCell::new(),
            ordered: false,
        }
    }

    /// A copy of the variables that a caller passed.
    pub(crate) fn handed(variables: &Handed) -> Self {
        Self {
            fresh: Cell::new(None),
            known: OnceCell::from(variables.0.clone()),
            ordered: true,
        }
    }

    /// Every name, with its value if that is UTF-8.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OsStr, &str)> {
        let all = self.all().iter();
        all.filter_map(|(name, value)| Some((name.as_os_str(), value.to_str()?)))
    }

    /// The value of the variable with exactly this name, if it is UTF-8.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.all().iter().rev();
        let found = all.find(|(each, _)| each == OsStr::new(name));
        found.and_then(|(_, value)| value.to_str())
    }

    /// Passes every variable to `each`, with its value if it matches a setting. With `keep`, a copy of each value is
    /// kept here.
    pub(crate) fn sort(
        &mut self,
        layout: &'static Layout,
        keep: bool,
        mut each: impl FnMut(Variable),
    ) -> Findings {
        let mut findings = Findings::default();
        let has_prefix = layout.has_prefix();
        let mut take = |(name, value): (OsString, OsString)| {
            if name == CREDENTIALS {
                findings.credentials = Some(value.clone()).filter(|value| !value.is_empty());
            }
            // Only names with a prefix are compared with those of services.
            if has_prefix
                && name.as_encoded_bytes().ends_with(b"_PORT")
                && let (Some(name), Some(value)) = (name.to_str(), value.to_str())
            {
                findings.services.note(name, value);
            }
            each(sorted(layout, has_prefix, name, value));
        };
        let known = if keep {
            self.all().clone()
        } else {
            self.known.take().unwrap_or_default()
        };
        known.into_iter().for_each(&mut take);
        self.fresh.take().into_iter().flatten().for_each(take);
        findings
    }

    fn all(&self) -> &Vec<(OsString, OsString)> {
        self.known.get_or_init(|| {
            let fresh = self.fresh.take();
            fresh.map(Iterator::collect).unwrap_or_default()
        })
    }
}

/// Classifies a variable. The value of one that matches no setting is wiped.
#[inline]
fn sorted(layout: &'static Layout, has_prefix: bool, name: OsString, value: OsString) -> Variable {
    let bytes = name.as_encoded_bytes();
    let resemblance = layout.resemblance(bytes);
    if resemblance == Resemblance::Full
        && let Some(target) = target_of_variable(layout, bytes)
    {
        return Variable::Bound {
            // A matching name is ASCII, like every name of a setting.
            name: layout.spelled(&target, || name.to_string_lossy().into_owned()),
            target,
            value: value.into_string().map_err(wipe).ok(),
        };
    }
    wipe(value);
    if has_prefix && layout.is_under_prefix(bytes) {
        Variable::Unknown {
            name: name.to_string_lossy().into_owned(),
        }
    } else {
        let resembles = resemblance != Resemblance::None;
        Variable::Foreign { name, resembles }
    }
}

impl Drop for Variables {
    fn drop(&mut self) {
        let fresh = self.fresh.take().into_iter().flatten();
        let known = self.known.take().into_iter().flatten();
        for (_, value) in fresh.chain(known) {
            wipe(value);
        }
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        for (_, value) in self.0.drain(..) {
            wipe(value);
        }
    }
}
