//! confique for the layers, dotenvy for `.env`. It has no prefix, so each setting names its variable and each group needs a
//! type of its own.
//!
//! Its environment layer only reads the process environment, so dotenvy adds to that. This runs in a process of its own, with
//! one thread.

use confique::Config;
use pastey::paste;
use secrecy::SecretString;

use crate::{ENV_FILE, Outcome, Sources, TOML_FILE};

#[derive(Config)]
pub(crate) struct Seed {
    #[config(env = "APP_NAME", default = "FastAPI App")]
    app_name: String,
    #[config(env = "VERSION", default = "1.0.0")]
    version: String,
    #[config(env = "DEBUG", default = false)]
    debug: bool,
    #[config(env = "ENVIRONMENT", default = "development", validate = is_known)]
    environment: String,
    #[config(env = "DATABASE_URL")]
    database_url: String,
    #[config(env = "DB_POOL_SIZE", default = 10)]
    db_pool_size: u32,
    #[config(env = "DB_MAX_OVERFLOW", default = 20)]
    db_max_overflow: u32,
    #[config(env = "REDIS_URL", default = "redis://localhost:6379/0")]
    redis_url: String,
    #[config(env = "SECRET_KEY")]
    secret_key: SecretString,
    #[config(env = "ACCESS_TOKEN_EXPIRE_MINUTES", default = 30)]
    access_token_expire_minutes: u32,
    #[config(env = "SENTRY_DSN")]
    sentry_dsn: Option<String>,
    #[config(env = "OTLP_ENDPOINT")]
    otlp_endpoint: Option<String>,
}

seed_leaves!(Seed);

#[expect(clippy::ptr_arg, reason = "the signature that confique asks for")]
fn is_known(environment: &String) -> Result<(), &'static str> {
    match environment.as_str() {
        "development" | "staging" | "production" => Ok(()),
        _ => Err("must be development, staging or production"),
    }
}

pub(crate) fn seed(sources: Sources) -> Outcome<Seed> {
    read(sources)
}

/// `Group` for one group: confique's derive needs every name as a literal.
macro_rules! named_group {
    (struct $Group:ident $GROUP:ident { $($leaf:ident: $type:ty,)* }) => {
        paste! {
            #[derive(Config)]
            pub(crate) struct $Group {
                $(#[config(env = "APP_" $GROUP "_" $leaf:upper)] pub(crate) $leaf: $type,)*
            }
        }

        leaves! { $Group: $($leaf)* }
    };
}

macro_rules! named_root {
    (fn $load:ident struct $Root:ident names $($group:ident)*) => {
        paste! {
            $(named_group! {
                struct [<$Root $group:camel>] [<$group:upper>] {
                    url: String,
                    user: String,
                    region: String,
                    pool_size: u32,
                    max_overflow: u32,
                    port: u16,
                    enabled: bool,
                    verbose: bool,
                    sample_ratio: f64,
                    backoff_factor: f64,
                }
            })*

            #[derive(Config)]
            pub(crate) struct $Root {
                $(#[config(nested)] pub(crate) $group: [<$Root $group:camel>],)*
            }
        }

        leaves! { $Root: $($group)* }

        pub(crate) fn $load(sources: Sources) -> Outcome<$Root> {
            read(sources)
        }
    };
}

with_ten_groups!(named_root! fn hundred struct Hundred names);
with_hundred_groups!(named_root! fn thousand struct Thousand names);

fn read<T: Config>(sources: Sources) -> Outcome<T> {
    if sources.has_env_file() {
        dotenvy::from_path(ENV_FILE)?;
    }
    let mut builder = T::builder().env();
    if sources.has_toml() {
        builder = builder.file(TOML_FILE);
    }
    Ok(builder.load()?)
}
