//! `settings-core`, with only the sources of the case.

use secrecy::SecretString;
use settings_core::{Loaded, Loader, Settings};

use crate::snapshot::{Leaves, Snapshot};
use crate::{ENV_FILE, Outcome, Sources, TOML_FILE};

/// The 12 settings of a small service.
#[derive(Debug, Settings)]
pub struct Seed {
    #[settings(default = "FastAPI App")]
    app_name: String,
    #[settings(default = "1.0.0")]
    version: String,
    #[settings(default = false)]
    debug: bool,
    #[settings(
        default = "development",
        pattern = "^(development|staging|production)$"
    )]
    environment: String,
    database_url: String,
    #[settings(default = 10)]
    db_pool_size: u32,
    #[settings(default = 20)]
    db_max_overflow: u32,
    #[settings(default = "redis://localhost:6379/0")]
    redis_url: String,
    secret_key: SecretString,
    #[settings(default = 30)]
    access_token_expire_minutes: u32,
    sentry_dsn: Option<String>,
    otlp_endpoint: Option<String>,
}

seed_leaves!(Seed);
group!(pub(crate) struct Group #[derive(Debug, Settings)] #[settings(group)] leaf);
with_ten_groups! {
    root! pub(crate) struct Hundred #[derive(Debug, Settings)] #[settings(prefix = "APP_")]
        group #[settings(nested)] Group names
}
with_hundred_groups! {
    root! pub(crate) struct Thousand #[derive(Debug, Settings)] #[settings(prefix = "APP_")]
        group #[settings(nested)] Group names
}

impl<T: Leaves> Leaves for Loaded<T> {
    fn add_to(&self, key: &str, snapshot: &mut Snapshot) {
        T::add_to(self, key, snapshot);
    }
}

pub(crate) fn seed(sources: Sources) -> Outcome<Loaded<Seed>> {
    Ok(with(sources, Seed::empty_loader()).load()?)
}

pub(crate) fn hundred(sources: Sources) -> Outcome<Loaded<Hundred>> {
    Ok(with(sources, Hundred::empty_loader()).load()?)
}

pub(crate) fn thousand(sources: Sources) -> Outcome<Loaded<Thousand>> {
    Ok(with(sources, Thousand::empty_loader()).load()?)
}

fn with<T: Settings>(sources: Sources, mut loader: Loader<T>) -> Loader<T> {
    if sources.has_toml() {
        loader = loader.file(TOML_FILE);
    }
    if sources.has_env_file() {
        loader = loader.env_file(ENV_FILE);
    }
    loader.env()
}
