//! envy for the environment, dotenvy for `.env`. It has no groups, so each group is read under its own prefix; it reads no TOML.

use std::collections::HashMap;
use std::env;

use crate::serde_shape::{Group, Hundred, Seed, Thousand};
use crate::{ENV_FILE, Outcome, Sources};

pub(crate) fn seed(sources: Sources) -> Outcome<Seed> {
    let seed: Seed = match merged(sources)? {
        None => envy::from_env()?,
        Some(variables) => envy::from_iter(variables)?,
    };
    seed.checked()
}

macro_rules! grouped {
    (fn $load:ident struct $Root:ident names $($group:ident)*) => {
        pub(crate) fn $load(sources: Sources) -> Outcome<$Root> {
            let variables = merged(sources)?;
            pastey::paste! {
                Ok($Root { $(
                    $group: group(concat!("APP_", stringify!([<$group:upper>]), "_"), variables.as_ref())?,
                )* })
            }
        }
    };
}

with_ten_groups!(grouped! fn hundred struct Hundred names);
with_hundred_groups!(grouped! fn thousand struct Thousand names);

fn group(prefix: &str, variables: Option<&HashMap<String, String>>) -> Outcome<Group> {
    let prefixed = envy::prefixed(prefix);
    Ok(match variables {
        None => prefixed.from_env()?,
        Some(variables) => prefixed.from_iter(variables.clone())?,
    })
}

/// The environment over `.env`, or `None` if there is no `.env`.
#[expect(clippy::disallowed_methods, reason = "this is what is measured")]
fn merged(sources: Sources) -> Outcome<Option<HashMap<String, String>>> {
    if !sources.has_env_file() {
        return Ok(None);
    }
    let mut variables = HashMap::new();
    for pair in dotenvy::from_path_iter(ENV_FILE)? {
        let (name, value) = pair?;
        variables.insert(name, value);
    }
    variables.extend(env::vars());
    Ok(Some(variables))
}
