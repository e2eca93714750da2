//! The settings of the service, one group for each part.

use serde::{Deserialize, Serialize};
use settings_core::{ExposeSecret, SecretString, Settings};
use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    num::{NonZero, NonZeroU32, NonZeroU64},
    thread::available_parallelism,
    time::Duration,
};

/// Handle to the settings in force. Settings marked `reload` change while the service runs: read them each time they are used.
pub type Live = settings_core::live::Live<AppSettings>;

/// Settings of the service.
#[derive(Debug, Settings)]
#[settings(
    // The first is mounted by Kubernetes, the second is in the working directory.
    file = ["/etc/service/config.toml", "config.toml"],
    env_file = ".env",
    secrets_dir = "/run/secrets",
    derived(
        /// Whether this process serves production traffic.
        pub is_production: bool = self.environment == Environment::Production,
        /// Address and port that the service listens on.
        pub bind_address: SocketAddr = SocketAddr::new(self.server.host, self.server.port),
    ),
    validate = Self::check_production,
)]
pub struct AppSettings {
    /// Name of the service in logs, metrics and Redis keys.
    #[settings(default = "service", length(1..=64))]
    pub app_name: String,
    /// Version of the deployed service.
    #[settings(default = env!("CARGO_PKG_VERSION").to_owned())]
    pub version: String,
    /// Whether to log at level DEBUG, regardless of `LOG_LEVEL`; not allowed in production.
    #[settings(default = false)]
    pub debug: bool,
    /// Environment that the service runs in.
    #[settings(default = "development")]
    pub environment: Environment,
    /// How long a change of the settings is on probation: if the service becomes unready in this time, the change is taken back. 0s switches it off.
    #[settings(default = "1m", range("0s"..="1h"))]
    pub settings_probation: Duration,
    #[settings(flatten)]
    pub auth: AuthSettings,
    #[settings(nested)]
    pub server: ServerSettings,
    #[settings(nested)]
    pub management: ManagementSettings,
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

/// Environment that the service runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Development,
    Staging,
    Production,
}

/// Authentication of clients that create notes.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct AuthSettings {
    /// Key that signs access tokens.
    #[settings(example = "the output of `openssl rand -hex 32`")]
    pub secret_key: SecretString,
    /// Lifetime of an access token in minutes.
    #[settings(default = 30, range(1..=1440))]
    pub access_token_expire_minutes: u32,
    /// Clients and their secrets. If there are any, creating a note requires an access token, which a client gets for its secret; otherwise anyone may create notes.
    #[settings(
        pattern = "^.{8,}$",
        example = "web=SECRET_OF_WEB,batch=SECRET_OF_BATCH"
    )]
    pub auth_clients: Option<BTreeMap<String, SecretString>>,
    /// Maximum number of requests per minute to `/token`, for each client network (an IPv4 address or an IPv6 /64) and each process. Set it to nothing for no limit.
    #[settings(default = "60", reload)]
    pub token_rate_limit: Option<NonZeroU32>,
}

/// Listener, connections and limits.
#[derive(Clone, Debug, Settings)]
#[settings(group, derived(
    /// Number of worker threads: `WORKERS`, or computed from `SERVER_WORKER_FACTOR` and the number of CPUs.
    pub threads: usize = self.count_threads(),
))]
pub struct ServerSettings {
    /// Address to listen on.
    #[settings(default = "0.0.0.0")]
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free port, which is logged.
    #[settings(default = 8000, env = "PORT")]
    pub port: u16,
    /// Number of worker threads; by default the number of CPUs available to the process, with quotas taken into account.
    #[settings(env = "WORKERS", range(1..=1024))]
    pub workers: Option<usize>,
    /// Factor for the default of `WORKERS`: factor × CPUs + 1 threads. Usually 2 for threads that block.
    #[settings(range(1..=16))]
    pub worker_factor: Option<usize>,
    /// Maximum number of open connections. Further ones get 503 with `Retry-After`.
    #[settings(default = 1000, range(1..=1_000_000))]
    pub worker_connections: usize,
    /// Maximum number of connections that wait in the kernel to be accepted.
    #[settings(default = 2048, range(1..=65_535))]
    pub backlog: u32,
    /// Timeout of a request; then the client gets 504.
    #[settings(default = "120s", range("1ms"..="1h"), reload)]
    pub timeout: Duration,
    /// Timeout of an idle connection. Behind a load balancer, use a longer one than the balancer does.
    #[settings(default = "5s", range("1ms"..="1h"))]
    pub keepalive: Duration,
    /// Timeout of a connection without progress while a request body is received or an answer is sent.
    #[settings(default = "10s", range("1ms"..="5m"))]
    pub io_timeout: Duration,
    /// Number of requests after which the process shuts down, to be restarted; unlimited by default.
    #[settings(example = "10000")]
    pub max_requests: Option<NonZeroU64>,
    /// Upper bound of a random number that is added to `SERVER_MAX_REQUESTS`, so that replicas do not restart together.
    #[settings(default = 1000)]
    pub max_requests_jitter: u64,
    /// Process name shown by `ps` and `top`; by default the name of the program.
    #[settings(length(1..=15))]
    pub proc_name: Option<String>,
}

/// Management port: metrics, health probes and the settings in force, with connections of its own.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct ManagementSettings {
    /// Port that serves `/metrics`, `/settings` and the health probes even while clients use all other connections; none by default.
    #[settings(example = "9000")]
    pub port: Option<u16>,
    /// Address of the management port.
    #[settings(default = "127.0.0.1")]
    pub host: IpAddr,
    /// Bearer token for `/settings`. Without it, `/settings` is only served outside production, to this machine.
    #[settings(length(8..), example = "the output of `openssl rand -hex 32`")]
    pub token: Option<SecretString>,
}

/// Health checks.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct HealthSettings {
    /// Maximum age of the cached answer to readiness probes. The checks run twice in this time, regardless of the number of probes.
    #[settings(default = "1s", range("50ms"..="1m"))]
    pub max_age: Duration,
    /// Latency above which a check is reported as `degraded`.
    #[settings(default = "500ms", range("1ms"..="5s"))]
    pub degraded_after: Duration,
    /// Timeout of a database check.
    #[settings(default = "5s", range("1ms"..="5s"))]
    pub database_timeout: Duration,
    /// Timeout of a Redis check.
    #[settings(default = "2s", range("1ms"..="2s"))]
    pub redis_timeout: Duration,
}

/// Graceful shutdown.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct ShutdownSettings {
    /// How long requests are still served after readiness turns 503, so that load balancers notice.
    #[settings(default = "5s", range("0s"..="10m"))]
    pub drain_delay: Duration,
    /// How long requests in flight may take after that; then they get 503.
    #[settings(default = "30s", range("0s"..="1h"))]
    pub graceful_timeout: Duration,
}

/// Database that stores the notes.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct DatabaseSettings {
    /// URL of the database: `postgres://…`, or `sqlite:FILE` outside production.
    #[settings(
        pattern = "^(postgres(ql)?://|sqlite:)",
        validate = check_database_url,
        example = "postgres://user:password@db/app"
    )]
    pub url: SecretString,
    /// Number of pool connections that stay open after use.
    #[settings(default = 10, range(1..=1000), env = "DB_POOL_SIZE")]
    pub pool_size: u32,
    /// Number of additional connections under load; closed within a minute when unused.
    #[settings(default = 20, range(0..=1000), env = "DB_MAX_OVERFLOW")]
    pub max_overflow: u32,
    /// How long a request waits for a free pool connection.
    #[settings(default = "3s", range("1ms"..="1m"))]
    pub acquire_timeout: Duration,
    /// Timeout of a statement.
    #[settings(default = "10s", range("1ms"..="1h"))]
    pub statement_timeout: Duration,
}

/// Redis, which counts requests for the rate limit.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct RedisSettings {
    /// URL of Redis: `redis://…`. Set it to nothing to run without Redis.
    #[settings(
        default = "redis://localhost:6379/0",
        pattern = "^(rediss?|unix)://",
        validate = check_redis_url
    )]
    pub url: Option<SecretString>,
    /// Whether readiness fails without Redis; otherwise it is only degraded.
    #[settings(default = true)]
    pub required: bool,
    /// How long a request waits for Redis; after that it is not limited.
    #[settings(default = "100ms", range("1ms"..="10s"))]
    pub timeout: Duration,
    /// Maximum number of requests per minute to `/notes` and `/token`, for each client network (an IPv4 address or an IPv6 /64); unlimited by default.
    #[settings(example = "600", reload)]
    pub rate_limit: Option<NonZeroU32>,
}

/// Logs, error reports and traces.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct ObservabilitySettings {
    /// Minimum level of log lines.
    #[settings(default = "INFO", reload)]
    pub log_level: LogLevel,
    /// Format of the log; by default `json` in production and `text` elsewhere.
    pub log_format: Option<LogFormat>,
    /// Whether to log one line per request, in gunicorn's format or as JSON.
    #[settings(default = true)]
    pub access_log: bool,
    /// Sentry project that errors are reported to (requires the feature `sentry`).
    pub sentry_dsn: Option<SecretString>,
    /// URL that traces are sent to, by OTLP over HTTP (requires the feature `otel`).
    #[settings(example = "http://collector:4318/v1/traces")]
    pub otlp_endpoint: Option<String>,
}

/// Level of a log line.
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

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Feature flags.
#[derive(Clone, Debug, Settings)]
#[settings(group)]
pub struct FeatureSettings {
    /// Whether the new checkout is enabled.
    #[settings(default = false, env = "FEATURE_NEW_CHECKOUT")]
    pub new_checkout: bool,
}

/// Settings that decide the format of the log, so that it is known even if others are invalid.
#[derive(Debug, Settings)]
#[settings(
    file = ["/etc/service/config.toml", "config.toml"],
    env_file = ".env",
    unknown = "ignore"
)]
struct LogSettings {
    #[settings(default = "development")]
    environment: Environment,
    log_format: Option<LogFormat>,
}

/// Whether the log is JSON, also if some settings are invalid.
pub fn is_log_json() -> bool {
    LogSettings::load().is_ok_and(|log| {
        let is_production = log.environment == Environment::Production;
        log_format(log.log_format, is_production) == LogFormat::Json
    })
}

/// The configured format, or the default for the environment.
fn log_format(configured: Option<LogFormat>, is_production: bool) -> LogFormat {
    configured.unwrap_or(if is_production {
        LogFormat::Json
    } else {
        LogFormat::Text
    })
}

impl AppSettings {
    /// Rejects settings that are only allowed outside production, all of them in one message.
    fn check_production(&self) -> Result<(), String> {
        if !self.is_production() {
            return Ok(());
        }
        let key = self.auth.secret_key.expose_secret();
        let clients = self.auth.auth_clients.iter().flat_map(BTreeMap::values);
        let mut clients = clients.map(SecretString::expose_secret);
        let token = self.management.token.as_ref();
        let token = token.map(SecretString::expose_secret);
        let rejected: Vec<&str> = [
            (self.debug, "DEBUG"),
            (key.len() < 32, "a SECRET_KEY of less than 32 characters"),
            (is_well_known(key), "a well-known SECRET_KEY"),
            (
                clients.any(|secret| secret.len() < 32 || is_well_known(secret)),
                "AUTH_CLIENTS with a short or well-known secret",
            ),
            (
                token.is_some_and(|token| token.len() < 32 || is_well_known(token)),
                "a short or well-known MANAGEMENT_TOKEN",
            ),
            (self.database.is_embedded(), "an embedded DATABASE_URL"),
        ]
        .into_iter()
        .filter_map(|(found, what)| found.then_some(what))
        .collect();
        if rejected.is_empty() {
            return Ok(());
        }
        Err(format!(
            "not allowed in production: {}",
            rejected.join(", ")
        ))
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

impl ManagementSettings {
    /// Address and port to listen on, if there is a management port.
    pub fn address(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.host, self.port?))
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        })
    }
}

impl DatabaseSettings {
    /// Upper bound of the number of files that the pool and the health check have open.
    pub fn max_open_files(&self) -> u64 {
        // SQLite opens three files per connection.
        let connections = if self.is_embedded() {
            3 * 5
        } else {
            self.pool_size + self.max_overflow + 1
        };
        connections.into()
    }

    /// Whether the database is a local SQLite file.
    pub fn is_embedded(&self) -> bool {
        self.url.expose_secret().starts_with("sqlite:")
    }
}

impl ObservabilitySettings {
    /// The configured format, or the default for the environment.
    pub fn format(&self, is_production: bool) -> LogFormat {
        log_format(self.log_format, is_production)
    }
}

// The reason of a parse error is not shown, because it quotes the URL.

fn check_database_url(url: &SecretString) -> Result<(), &'static str> {
    let url = url.expose_secret();
    let is_valid = if url.starts_with("sqlite:") {
        url.parse::<SqliteConnectOptions>().is_ok()
    } else {
        url.parse::<PgConnectOptions>().is_ok()
    };
    is_valid.then_some(()).ok_or("expected a valid URL")
}

fn check_redis_url(url: &SecretString) -> Result<(), &'static str> {
    let url = url.expose_secret();
    if url.starts_with("rediss:") && !cfg!(feature = "tls") {
        return Err("TLS requires a program that is built with the feature `tls`");
    }
    let is_valid = redis::Client::open(url).is_ok();
    is_valid.then_some(()).ok_or("expected a valid URL")
}

/// Whether a key contains a word from tutorials and templates, or repeats one byte.
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
    fn schema_is_valid() {
        AppSettings::check_schema().unwrap();
    }
}
