//! The shapes for the loaders that use serde: figment, config and envy.

use secrecy::SecretString;
use serde::Deserialize;
use validator::Validate;

use crate::Outcome;

#[derive(Deserialize, Validate)]
pub(crate) struct Seed {
    #[serde(default = "app_name")]
    app_name: String,
    #[serde(default = "version")]
    version: String,
    #[serde(default)]
    debug: bool,
    #[serde(default = "environment")]
    #[validate(regex(path = *ENVIRONMENT))]
    environment: String,
    database_url: String,
    #[serde(default = "db_pool_size")]
    db_pool_size: u32,
    #[serde(default = "db_max_overflow")]
    db_max_overflow: u32,
    #[serde(default = "redis_url")]
    redis_url: String,
    secret_key: SecretString,
    #[serde(default = "access_token_expire_minutes")]
    access_token_expire_minutes: u32,
    sentry_dsn: Option<String>,
    otlp_endpoint: Option<String>,
}

impl Seed {
    /// The rule of the pattern, for loaders without rules.
    pub(crate) fn checked(self) -> Outcome<Self> {
        match self.environment.as_str() {
            "development" | "staging" | "production" => Ok(self),
            _ => Err("environment must be development, staging or production".into()),
        }
    }
}

seed_leaves!(Seed);
group!(pub(crate) struct Group #[derive(Deserialize)] leaf);
with_ten_groups!(root! pub(crate) struct Hundred #[derive(Deserialize)] group #[doc = "One group."] Group names);
with_hundred_groups!(root! pub(crate) struct Thousand #[derive(Deserialize)] group #[doc = "One group."] Group names);

static ENVIRONMENT: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    regex::Regex::new("^(development|staging|production)$").expect("the pattern is one")
});

fn app_name() -> String {
    "FastAPI App".to_owned()
}

fn version() -> String {
    "1.0.0".to_owned()
}

fn environment() -> String {
    "development".to_owned()
}

fn db_pool_size() -> u32 {
    10
}

fn db_max_overflow() -> u32 {
    20
}

fn redis_url() -> String {
    "redis://localhost:6379/0".to_owned()
}

fn access_token_expire_minutes() -> u32 {
    30
}
