//! The hand-written loaders: a lookup by a literal name and a parse per setting.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::str::FromStr;

use pastey::paste;
use secrecy::SecretString;
use toml::{Table, Value};

use crate::{ENV_FILE, Outcome, Sources, TOML_FILE};

/// How a hand-written loader finds variables.
pub(crate) trait Variables: Sized {
    fn read(env_file: HashMap<String, String>) -> Self;
    /// The variable with this name, in upper case.
    fn take(&mut self, name: &str) -> Option<String>;
}

pub(crate) struct Seed {
    app_name: String,
    version: String,
    debug: bool,
    environment: String,
    database_url: String,
    db_pool_size: u32,
    db_max_overflow: u32,
    redis_url: String,
    secret_key: SecretString,
    access_token_expire_minutes: u32,
    sentry_dsn: Option<String>,
    otlp_endpoint: Option<String>,
}

seed_leaves!(Seed);
group!(pub(crate) struct Group leaf);

pub(crate) fn seed<V: Variables>(sources: Sources) -> Outcome<Seed> {
    let variables = &mut variables::<V>(sources)?;
    let file = &mut file(sources)?;
    let environment =
        leaf(variables, file, "ENVIRONMENT", "environment")?.unwrap_or("development".to_owned());
    if !matches!(
        environment.as_str(),
        "development" | "staging" | "production"
    ) {
        return Err("ENVIRONMENT must be development, staging or production".into());
    }
    Ok(Seed {
        app_name: leaf(variables, file, "APP_NAME", "app_name")?
            .unwrap_or("FastAPI App".to_owned()),
        version: leaf(variables, file, "VERSION", "version")?.unwrap_or("1.0.0".to_owned()),
        debug: leaf(variables, file, "DEBUG", "debug")?.unwrap_or(false),
        environment,
        database_url: required(variables, file, "DATABASE_URL", "database_url")?,
        db_pool_size: leaf(variables, file, "DB_POOL_SIZE", "db_pool_size")?.unwrap_or(10),
        db_max_overflow: leaf(variables, file, "DB_MAX_OVERFLOW", "db_max_overflow")?.unwrap_or(20),
        redis_url: leaf(variables, file, "REDIS_URL", "redis_url")?
            .unwrap_or("redis://localhost:6379/0".to_owned()),
        secret_key: required::<String>(variables, file, "SECRET_KEY", "secret_key")?.into(),
        access_token_expire_minutes: leaf(
            variables,
            file,
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "access_token_expire_minutes",
        )?
        .unwrap_or(30),
        sentry_dsn: leaf(variables, file, "SENTRY_DSN", "sentry_dsn")?,
        otlp_endpoint: leaf(variables, file, "OTLP_ENDPOINT", "otlp_endpoint")?,
    })
}

macro_rules! grouped {
    (fn $load:ident struct $Root:ident names $($group:ident)*) => {
        root!(pub(crate) struct $Root group #[doc = "One group."] Group names $($group)*);

        pub(crate) fn $load<V: Variables>(sources: Sources) -> Outcome<$Root> {
            let variables = &mut variables::<V>(sources)?;
            let file = &mut file(sources)?;
            paste! {
                Ok($Root { $($group: grouped!(variables, file, stringify!($group), [<$group:upper>])),* })
            }
        }
    };
    ($variables:ident, $file:ident, $key:expr, $GROUP:ident) => {{
        let table = &mut match $file.remove($key) {
            Some(Value::Table(table)) => table,
            _ => Table::new(),
        };
        grouped!(
            $variables, table, $GROUP,
            url user region pool_size max_overflow port enabled verbose sample_ratio backoff_factor
        )
    }};
    ($variables:ident, $table:ident, $GROUP:ident, $($leaf:ident)*) => {
        paste! {
            Group { $($leaf: required(
                $variables,
                $table,
                concat!("APP_", stringify!($GROUP), "_", stringify!([<$leaf:upper>])),
                stringify!($leaf),
            )?),* }
        }
    };
}

with_ten_groups!(grouped! fn hundred struct Hundred names);
with_hundred_groups!(grouped! fn thousand struct Thousand names);

fn variables<V: Variables>(sources: Sources) -> Outcome<V> {
    let mut env_file = HashMap::new();
    if sources.has_env_file() {
        for pair in dotenvy::from_path_iter(ENV_FILE)? {
            let (name, value) = pair?;
            env_file.insert(name, value);
        }
    }
    Ok(V::read(env_file))
}

fn file(sources: Sources) -> Outcome<Table> {
    if !sources.has_toml() {
        return Ok(Table::new());
    }
    Ok(toml::from_str(&fs::read_to_string(TOML_FILE)?)?)
}

fn required<T: Leaf>(
    variables: &mut impl Variables,
    file: &mut Table,
    name: &str,
    key: &str,
) -> Outcome<T> {
    leaf(variables, file, name, key)?.ok_or_else(|| format!("{name} is not set").into())
}

fn leaf<T: Leaf>(
    variables: &mut impl Variables,
    file: &mut Table,
    name: &str,
    key: &str,
) -> Outcome<Option<T>> {
    if let Some(text) = variables.take(name) {
        return Ok(Some(
            T::from_text(text).map_err(|error| format!("{name}: {error}"))?,
        ));
    }
    if let Some(value) = file.remove(key) {
        return Ok(Some(
            T::from_value(value).ok_or_else(|| format!("{key} is of another type"))?,
        ));
    }
    Ok(None)
}

/// A type of a setting.
trait Leaf: Sized {
    fn from_text(text: String) -> Outcome<Self>;
    fn from_value(value: Value) -> Option<Self>;
}

impl Leaf for String {
    fn from_text(text: String) -> Outcome<Self> {
        Ok(text)
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

macro_rules! parsed_leaf {
    ($($T:ty: $value:ident => $from_value:expr;)*) => {
        $(impl Leaf for $T {
            fn from_text(text: String) -> Outcome<Self> {
                parse(&text)
            }

            fn from_value($value: Value) -> Option<Self> {
                $from_value
            }
        })*
    };
}

parsed_leaf! {
    u16: value => value.as_integer()?.try_into().ok();
    u32: value => value.as_integer()?.try_into().ok();
    f64: value => value.as_float();
    bool: value => value.as_bool();
}

fn parse<T: FromStr<Err: Error + 'static>>(text: &str) -> Outcome<T> {
    Ok(text.parse()?)
}
