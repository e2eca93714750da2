//! Every setting of the service, in groups: each part of it is given its own.

use serde::{Deserialize, Serialize};
use settings_core::{ExposeSecret, SecretString, Settings};
use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    num::{NonZero, NonZeroU32, NonZeroU64},
    thread::available_parallelism,
    time::Duration,
};

/// The settings as they are now. What is marked `reload` changes while the service runs; read it where it is used, each time.
pub type Live = settings_core::live::Live<AppSettings>;

/// Settings of the service.
#[derive(Debug, Settings)]
#[settings(
    // Kubernetes mounts the first; the other is in the working directory.
    file = ["/etc/service/config.toml", "config.toml"],
    // The first is for `cargo run -p service` at the root of the repository; where a service is deployed it does not exist.
    env_file = ["examples/service/.env", ".env"],
    secrets_dir = "/run/secrets",
    derived(
        /// Whether this process serves production traffic.
        pub is_production: bool = self.environment == Environment::Production,
        /// Where it listens.
        pub bind_address: SocketAddr = SocketAddr::new(self.server.host, self.server.port),
    ),
    validate = Self::fit_for_production,
)]
pub struct AppSettings {
    /// Name in logs and metrics, and before each key in Redis.
    #[settings(default = "service", length(1..=64))]
    pub app_name: String,
    /// What is deployed here.
    #[settings(default = env!("CARGO_PKG_VERSION").to_owned())]
    pub version: String,
    /// Log at DEBUG, whatever `LOG_LEVEL` says; refused in production.
    #[settings(default = false)]
    pub debug: bool,
    /// Where it runs.
    #[settings(default = "development")]
    pub environment: Environment,
    #[settings(flatten)]
    pub auth: AuthSettings,
    #[settings(nested)]
    pub server: ServerSettings,
    #[settings(nested, reload)]
    pub health: HealthSettings,
    #[settings(nested)]
    pub shutdown: ShutdownSettings,
    #[settings(nested)]
    pub database: DatabaseSettings,
    #[settings(nested)]
    pub redis: RedisSettings,
    #[settings(flatten)]
    pub observability: ObservabilitySettings,
    #[settings(nested, reload)]
    pub features: FeatureSettings,
}

/// Where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Development,
    Staging,
    Production,
}

/// Who may create notes.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct AuthSettings {
    /// Signs access tokens.
    #[settings(example = "the output of `openssl rand -hex 32`")]
    pub secret_key: SecretString,
    /// How many minutes an access token is good for.
    #[settings(default = 30, range(1..=1440))]
    pub access_token_expire_minutes: u32,
    /// Clients and their secrets, for which they are given access tokens. With any, notes are created by token only; by default by anyone.
    #[settings(
        pattern = "^.{8,}$",
        example = "web=SECRET_OF_WEB,batch=SECRET_OF_BATCH"
    )]
    pub auth_clients: Option<BTreeMap<String, SecretString>>,
}

/// Who is served, and how many at once.
#[derive(Clone, Debug, Settings)]
#[settings(group, derived(
    /// Threads that serve requests: `WORKERS`, or as many as `SERVER_WORKER_FACTOR` makes of the CPUs.
    pub threads: usize = self.count_threads(),
))]
pub struct ServerSettings {
    /// Address to listen at.
    #[settings(default = "0.0.0.0")]
    pub host: IpAddr,
    /// Port to listen at; 0 takes a free one and logs it.
    #[settings(default = 8000, env = "PORT")]
    pub port: u16,
    /// Threads that serve requests; by default as many as the CPUs this process may really use, quotas counted.
    #[settings(env = "WORKERS", range(1..=1024))]
    pub workers: Option<usize>,
    /// Without `WORKERS`: factor × CPUs + 1 threads; 2 is customary where they block.
    #[settings(range(1..=16))]
    pub worker_factor: Option<usize>,
    /// Connections at once; one more is answered 503 with `Retry-After`.
    #[settings(default = 1000, range(1..=1_000_000))]
    pub worker_connections: usize,
    /// Connections that the kernel keeps waiting until they are accepted.
    #[settings(default = 2048, range(1..=65_535))]
    pub backlog: u32,
    /// How long a request may take; then it is answered 504.
    #[settings(default = "120s", range("1ms"..="1h"), reload)]
    pub timeout: Duration,
    /// How long a connection may idle between requests; behind a balancer longer than the balancer keeps its own.
    #[settings(default = "5s", range("1ms"..="1h"))]
    pub keepalive: Duration,
    /// Requests after which the process drains and ends, to be started anew; by default it never does.
    #[settings(example = "10000")]
    pub max_requests: Option<NonZeroU64>,
    /// At most so many more, by lot, so that replicas do not end together.
    #[settings(default = 1000)]
    pub max_requests_jitter: u64,
    /// What `ps` and `top` call the process; by default the name of the program.
    #[settings(length(1..=15))]
    pub proc_name: Option<String>,
}

/// When the service counts as healthy.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct HealthSettings {
    /// How old the answer to a readiness probe may be. The checks run twice as often, however many probes ask.
    #[settings(default = "1s", range("50ms"..="1m"))]
    pub max_age: Duration,
    /// A check that takes longer says `degraded`.
    #[settings(default = "500ms", range("1ms"..="5s"))]
    pub degraded_after: Duration,
    /// A check of the database that takes longer has failed.
    #[settings(default = "5s", range("1ms"..="5s"))]
    pub database_timeout: Duration,
    /// A check of Redis that takes longer has failed.
    #[settings(default = "2s", range("1ms"..="2s"))]
    pub redis_timeout: Duration,
}

/// How the service ends.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct ShutdownSettings {
    /// How long requests are still served after readiness turned 503, until every balancer has noticed.
    #[settings(default = "5s", range("0s"..="10m"))]
    pub drain_delay: Duration,
    /// How long requests in flight may take after that; the rest is answered 503.
    #[settings(default = "30s", range("0s"..="1h"))]
    pub graceful_timeout: Duration,
}

/// Where the notes are kept.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct DatabaseSettings {
    /// `postgres://…`, or `sqlite:FILE` outside production.
    #[settings(
        pattern = "^(postgres(ql)?://|sqlite:)",
        validate = readable_database,
        example = "postgres://user:password@db/app"
    )]
    pub url: SecretString,
    /// Connections that stay open once they were needed.
    #[settings(default = 10, range(1..=1000), env = "DB_POOL_SIZE")]
    pub pool_size: u32,
    /// Connections beyond those in a rush; they are closed within a minute after it.
    #[settings(default = 20, range(0..=1000), env = "DB_MAX_OVERFLOW")]
    pub max_overflow: u32,
    /// How long a request waits for a free connection.
    #[settings(default = "3s", range("1ms"..="1m"))]
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    #[settings(default = "10s", range("1ms"..="1h"))]
    pub statement_timeout: Duration,
}

/// What the rate limit is counted in.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct RedisSettings {
    /// `redis://…`; set to nothing: no Redis.
    #[settings(
        default = "redis://localhost:6379/0",
        pattern = "^(rediss?|unix)://",
        validate = readable_redis
    )]
    pub url: Option<SecretString>,
    /// Whether the service is unready without it; if not, it is merely degraded.
    #[settings(default = true)]
    pub required: bool,
    /// How long a request waits for Redis before it is let pass.
    #[settings(default = "100ms", range("1ms"..="10s"))]
    pub timeout: Duration,
    /// Requests a minute that one client may make to `/notes` and `/token`; by default any number.
    #[settings(example = "600", reload)]
    pub rate_limit: Option<NonZeroU32>,
}

/// What is told of the service, and to whom.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct ObservabilitySettings {
    /// The least that is worth a line.
    #[settings(default = "INFO", reload)]
    pub log_level: LogLevel,
    /// For people or for machines; by default JSON in production, text elsewhere.
    pub log_format: Option<LogFormat>,
    /// A line for each request, as gunicorn writes it, or JSON.
    #[settings(default = true)]
    pub access_log: bool,
    /// Where errors are reported (needs the feature `sentry`).
    pub sentry_dsn: Option<SecretString>,
    /// Where traces go, by OTLP over HTTP (needs the feature `otel`).
    #[settings(example = "http://collector:4318/v1/traces")]
    pub otlp_endpoint: Option<String>,
}

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    Error,
    #[serde(alias = "WARNING")]
    Warn,
    Info,
    Debug,
    Trace,
}

/// Whom the log is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// What is switched on.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct FeatureSettings {
    /// The new checkout.
    #[settings(default = false, env = "FEATURE_NEW_CHECKOUT")]
    pub new_checkout: bool,
}

impl AppSettings {
    /// What development may do and production may not, all of it at once.
    fn fit_for_production(&self) -> Result<(), String> {
        if !self.is_production() {
            return Ok(());
        }
        let key = self.auth.secret_key.expose_secret();
        let clients = self.auth.auth_clients.iter().flat_map(BTreeMap::values);
        let mut clients = clients.map(SecretString::expose_secret);
        let refused: Vec<&str> = [
            (self.debug, "DEBUG"),
            (key.len() < 32, "SECRET_KEY of less than 32 characters"),
            (is_well_known(key), "well-known SECRET_KEY"),
            (
                clients.any(|secret| secret.len() < 32 || is_well_known(secret)),
                "AUTH_CLIENTS with a secret that is short or well-known",
            ),
            (self.database.is_embedded(), "embedded DATABASE_URL"),
        ]
        .into_iter()
        .filter_map(|(found, what)| found.then_some(what))
        .collect();
        if refused.is_empty() {
            return Ok(());
        }
        Err(format!("production takes no {}", refused.join(", no ")))
    }
}

impl ServerSettings {
    fn count_threads(&self) -> usize {
        let cpus = available_parallelism().map_or(1, NonZero::get);
        match (self.workers, self.worker_factor) {
            (Some(workers), _) => workers,
            (None, Some(factor)) => factor * cpus + 1,
            (None, None) => cpus,
        }
    }
}

impl DatabaseSettings {
    /// Whether it is a file beside the service.
    pub fn is_embedded(&self) -> bool {
        self.url.expose_secret().starts_with("sqlite:")
    }
}

impl ObservabilitySettings {
    /// The format that was asked for, or that is usual there.
    pub fn format(&self, is_production: bool) -> LogFormat {
        self.log_format.unwrap_or(if is_production {
            LogFormat::Json
        } else {
            LogFormat::Text
        })
    }
}

// Why a URL can't be read is not told: it would quote the URL.

fn readable_database(url: &SecretString) -> Result<(), &'static str> {
    let url = url.expose_secret();
    let sound = if url.starts_with("sqlite:") {
        url.parse::<SqliteConnectOptions>().is_ok()
    } else {
        url.parse::<PgConnectOptions>().is_ok()
    };
    sound.then_some(()).ok_or("not a URL that can be read")
}

fn readable_redis(url: &SecretString) -> Result<(), &'static str> {
    let sound = redis::Client::open(url.expose_secret()).is_ok();
    sound.then_some(()).ok_or("not a URL that can be read")
}

/// Keys from tutorials and templates, whatever is appended to make them long.
fn is_well_known(key: &str) -> bool {
    let known = [
        "changeme",
        "change-me",
        "change_me",
        "secret",
        "password",
        "development",
        "insecure",
        "your-",
    ];
    let key = key.to_ascii_lowercase();
    known.iter().any(|word| key.contains(word))
        || key
            .bytes()
            .all(|byte| Some(&byte) == key.as_bytes().first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_sound() {
        AppSettings::check_schema().unwrap();
    }
}
