//! figment for the layers, dotenvy for `.env`, validator for the pattern.

use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::serde_shape::{Hundred, Seed, Thousand};
use crate::{ENV_FILE, Outcome, Sources, TOML_FILE};

pub(crate) fn seed(sources: Sources) -> Outcome<Seed> {
    let seed: Seed = read(sources, "", Env::raw().only(&NAMES))?;
    seed.validate()?;
    Ok(seed)
}

pub(crate) fn hundred(sources: Sources) -> Outcome<Hundred> {
    read(sources, PREFIX, Env::prefixed(PREFIX).split(SEPARATOR))
}

pub(crate) fn thousand(sources: Sources) -> Outcome<Thousand> {
    read(sources, PREFIX, Env::prefixed(PREFIX).split(SEPARATOR))
}

/// Without a prefix, figment treats every variable as a setting unless it gets a list of names.
const NAMES: [&str; 12] = [
    "app_name",
    "version",
    "debug",
    "environment",
    "database_url",
    "db_pool_size",
    "db_max_overflow",
    "redis_url",
    "secret_key",
    "access_token_expire_minutes",
    "sentry_dsn",
    "otlp_endpoint",
];

const PREFIX: &str = "APP_";
const SEPARATOR: &str = "__";

fn read<T: DeserializeOwned>(sources: Sources, prefix: &'static str, env: Env) -> Outcome<T> {
    let mut figment = Figment::new();
    if sources.has_toml() {
        figment = figment.merge(Toml::file(TOML_FILE));
    }
    if sources.has_env_file() {
        figment = figment.merge(EnvFile { prefix });
    }
    Ok(figment.merge(env).extract()?)
}

/// Reads `.env` as figment's `Env` would read it from the process environment, which stays unchanged.
struct EnvFile {
    prefix: &'static str,
}

impl Provider for EnvFile {
    fn metadata(&self) -> Metadata {
        Metadata::named(".env")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut dict = Dict::new();
        for pair in dotenvy::from_path_iter(ENV_FILE).map_err(|error| error.to_string())? {
            let (name, value) = pair.map_err(|error| error.to_string())?;
            let Some(name) = name.strip_prefix(self.prefix) else {
                continue;
            };
            let key = name.to_ascii_lowercase();
            let Ok(value) = value.parse::<Value>();
            match key.split_once(SEPARATOR) {
                Some((group, leaf)) => {
                    let group = dict
                        .entry(group.to_owned())
                        .or_insert_with(|| Dict::new().into());
                    if let Value::Dict(_, group) = group {
                        group.insert(leaf.to_owned(), value);
                    }
                }
                None => {
                    dict.insert(key, value);
                }
            }
        }
        Ok(Profile::Default.collect(dict))
    }
}
