//! Written by hand: one `env::var` per literal name.

use std::collections::HashMap;
use std::env;

use crate::by_hand::{self, Hundred, Seed, Thousand, Variables};
use crate::{Outcome, Sources};

/// The variables of `.env`, which those of the environment override.
struct Lookup(HashMap<String, String>);

impl Variables for Lookup {
    fn read(env_file: HashMap<String, String>) -> Self {
        Self(env_file)
    }

    #[expect(clippy::disallowed_methods, reason = "this is what is measured")]
    fn take(&mut self, name: &str) -> Option<String> {
        env::var(name).ok().or_else(|| self.0.remove(name))
    }
}

pub(crate) fn seed(sources: Sources) -> Outcome<Seed> {
    by_hand::seed::<Lookup>(sources)
}

pub(crate) fn hundred(sources: Sources) -> Outcome<Hundred> {
    by_hand::hundred::<Lookup>(sources)
}

pub(crate) fn thousand(sources: Sources) -> Outcome<Thousand> {
    by_hand::thousand::<Lookup>(sources)
}
