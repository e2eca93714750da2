//! conf for the layers, dotenvy for `.env`.

use std::convert::Infallible;
use std::env;
use std::ffi::OsString;
use std::fs;

use conf::Conf;
use secrecy::SecretString;

use crate::{ENV_FILE, Outcome, Sources, TOML_FILE};

#[derive(Conf)]
#[conf(serde, validation_predicate = is_known)]
pub struct Seed {
    #[conf(env, default_value = "FastAPI App")]
    app_name: String,
    #[conf(env, default_value = "1.0.0")]
    version: String,
    #[conf(parameter, env, default_value = "false")]
    debug: bool,
    #[conf(env, default_value = "development")]
    environment: String,
    #[conf(env)]
    database_url: String,
    #[conf(env, default_value = "10")]
    db_pool_size: u32,
    #[conf(env, default_value = "20")]
    db_max_overflow: u32,
    #[conf(env, default_value = "redis://localhost:6379/0")]
    redis_url: String,
    #[conf(env, secret, value_parser = secret)]
    secret_key: SecretString,
    #[conf(env, default_value = "30")]
    access_token_expire_minutes: u32,
    #[conf(env)]
    sentry_dsn: Option<String>,
    #[conf(env)]
    otlp_endpoint: Option<String>,
}

seed_leaves!(Seed);
group!(pub struct Group #[derive(Conf)] #[conf(serde)] leaf #[conf(parameter, env)]);
with_ten_groups! {
    root! pub struct Hundred #[derive(Conf)] #[conf(serde, env_prefix = "APP_")]
        group #[conf(flatten, env_prefix, serde)] Group names
}
with_hundred_groups! {
    root! pub struct Thousand #[derive(Conf)] #[conf(serde, env_prefix = "APP_")]
        group #[conf(flatten, env_prefix, serde)] Group names
}

fn is_known(seed: &Seed) -> Result<(), &'static str> {
    match seed.environment.as_str() {
        "development" | "staging" | "production" => Ok(()),
        _ => Err("environment must be development, staging or production"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the signature that conf asks for")]
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

/// The trait of a root with a document cannot be named as one bound, so each root has its own body.
macro_rules! read {
    ($($load:ident => $Root:ident),*) => {
        $(pub(crate) fn $load(sources: Sources) -> Outcome<$Root> {
            let builder = $Root::conf_builder().args(["bench"]).env(variables(sources)?);
            Ok(if sources.has_toml() {
                let document: toml::Value = toml::from_str(&fs::read_to_string(TOML_FILE)?)?;
                builder.doc(TOML_FILE, document).try_parse()
            } else {
                builder.try_parse()
            }.map_err(|error| error.to_string())?)
        })*
    };
}

read!(seed => Seed, hundred => Hundred, thousand => Thousand);

/// The environment after `.env`: conf uses the last value of a name.
#[expect(clippy::disallowed_methods, reason = "this is what is measured")]
fn variables(sources: Sources) -> Outcome<Vec<(OsString, OsString)>> {
    let mut variables = Vec::new();
    if sources.has_env_file() {
        for pair in dotenvy::from_path_iter(ENV_FILE)? {
            let (name, value) = pair?;
            variables.push((name.into(), value.into()));
        }
    }
    variables.extend(env::vars_os());
    Ok(variables)
}
