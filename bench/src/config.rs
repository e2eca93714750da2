//! config for the layers, dotenvy for `.env`.

use std::collections::HashMap;

use config::{Config, Environment, File, FileFormat};
use serde::de::DeserializeOwned;

use crate::serde_shape::{Hundred, Seed, Thousand};
use crate::{ENV_FILE, Outcome, Sources, TOML_FILE};

pub(crate) fn seed(sources: Sources) -> Outcome<Seed> {
    read::<Seed>(sources, Environment::default)?.checked()
}

pub(crate) fn hundred(sources: Sources) -> Outcome<Hundred> {
    read(sources, grouped)
}

pub(crate) fn thousand(sources: Sources) -> Outcome<Thousand> {
    read(sources, grouped)
}

fn grouped() -> Environment {
    Environment::with_prefix("APP")
        .prefix_separator("_")
        .separator("__")
}

fn read<T: DeserializeOwned>(sources: Sources, environment: fn() -> Environment) -> Outcome<T> {
    let mut builder = Config::builder();
    if sources.has_toml() {
        builder = builder.add_source(File::new(TOML_FILE, FileFormat::Toml));
    }
    if sources.has_env_file() {
        let pairs = dotenvy::from_path_iter(ENV_FILE)?.collect::<Result<HashMap<_, _>, _>>()?;
        builder = builder.add_source(environment().source(Some(pairs)));
    }
    Ok(builder
        .add_source(environment())
        .build()?
        .try_deserialize()?)
}
