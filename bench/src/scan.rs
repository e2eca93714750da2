//! Written by hand: one pass over `vars_os` into a map, with names in any case.

use std::collections::HashMap;
use std::env;

use crate::by_hand::{self, Hundred, Seed, Thousand, Variables};
use crate::{Outcome, Sources};

/// All variables, by their names in upper case.
struct Scan(HashMap<String, String>);

impl Variables for Scan {
    #[expect(clippy::disallowed_methods, reason = "this is what is measured")]
    fn read(env_file: HashMap<String, String>) -> Self {
        let mut variables = HashMap::with_capacity(env_file.len());
        let mut insert = |mut name: String, value| {
            name.make_ascii_uppercase();
            variables.insert(name, value);
        };
        for (name, value) in env_file {
            insert(name, value);
        }
        for (name, value) in env::vars_os() {
            if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
                insert(name, value);
            }
        }
        Self(variables)
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }
}

pub(crate) fn seed(sources: Sources) -> Outcome<Seed> {
    by_hand::seed::<Scan>(sources)
}

pub(crate) fn hundred(sources: Sources) -> Outcome<Hundred> {
    by_hand::hundred::<Scan>(sources)
}

pub(crate) fn thousand(sources: Sources) -> Outcome<Thousand> {
    by_hand::thousand::<Scan>(sources)
}
