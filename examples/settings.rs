//! `cargo run --example settings -- dump`: every setting of a service, its value, and where that came from.
//!
//! Run it from the root of the repository, where its files are found: relative paths begin at the working directory. Then
//! break it: `APP_DB_POOL_SIZE=lots cargo run --example settings -- check`. `explain log.level` and `docs` are worth a look too.

use serde::Deserialize;
use settings_core::{SecretString, Settings, cli};
use std::{
    net::SocketAddr, num::NonZero, path::PathBuf, process::ExitCode, thread, time::Duration,
};

/// Settings of the demo service.
#[derive(Debug, Settings)]
#[settings(
    prefix = "APP_",
    file = "examples/config.toml",
    env_file = ["examples/.env", "examples/.env.{environment}"],
    secrets_dir = "/run/secrets",
    unknown = "warn",
    derived(
        /// Whether this process serves production traffic.
        is_production: bool = self.environment == "production",
    ),
    validate = Self::consistent,
)]
struct AppSettings {
    /// Name shown in logs and metrics.
    #[settings(default = "demo")]
    app_name: String,
    /// Where it runs.
    #[settings(
        default = "development",
        pattern = "^(development|staging|production)$"
    )]
    environment: String,
    /// Where the data lives.
    #[settings(env = "DATABASE_URL")]
    database_url: SecretString,
    /// Connections to the database; hosting platforms set the second name.
    #[settings(default = 10, range(1..=1000), env = ["APP_DB_POOL_SIZE", "DB_POOL_SIZE"])]
    db_pool_size: u32,
    /// How long requests may take to end when the service stops.
    #[settings(default = "30s")]
    graceful_timeout: Duration,
    /// Threads that do the work.
    #[settings(default_with = default_workers)]
    workers: usize,
    /// Where errors are reported.
    #[settings(required_if(environment = "production"))]
    sentry_dsn: Option<url::Url>,
    /// Where the user's own files lie.
    #[settings(env = "HOME")]
    home: Option<PathBuf>,
    #[settings(nested)]
    server: ServerSettings,
    #[settings(nested)]
    log: LogSettings,
}

/// Where the service listens.
#[derive(Debug, Settings)]
#[settings(group)]
struct ServerSettings {
    /// Address and port.
    #[settings(default = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// How long one request may take.
    #[settings(default = "5s", range("100ms"..="5m"))]
    request_timeout: Duration,
    /// Other sites whose pages may call this one.
    #[settings(default = Vec::new())]
    allowed_origins: Vec<String>,
}

/// What is logged, and how.
#[derive(Debug, Settings)]
#[settings(group)]
struct LogSettings {
    /// The least that is worth a line.
    #[settings(default = "info")]
    level: Level,
    /// For people or for machines.
    #[settings(default = "text", one_of("text", "json"))]
    format: String,
}

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

impl AppSettings {
    fn consistent(&self) -> Result<(), &'static str> {
        if self.is_production() && self.log.level == Level::Debug {
            return Err("production does not log at debug: it would log what users send");
        }
        Ok(())
    }
}

fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn main() -> ExitCode {
    // In a program of your own: `if let Some(code) = cli::run::<AppSettings>() { return code; }`, for `program settings dump`.
    cli::run_with(&AppSettings::loader(), std::env::args_os().skip(1))
}
