//! `cargo run --example settings -- dump`: every setting of a demo service, with its value and origin.
//!
//! Run it from the root of the repository, because the paths of its files are relative. To see a report, run
//! `APP_DB_POOL_SIZE=lots cargo run --example settings -- check`. Also try `explain log.level` and `docs`.

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
    /// Environment that the service runs in.
    #[settings(
        default = "development",
        pattern = "^(development|staging|production)$"
    )]
    environment: String,
    /// URL of the database.
    #[settings(env = "DATABASE_URL")]
    database_url: SecretString,
    /// Number of database connections. Hosting platforms set the second variable.
    #[settings(default = 10, range(1..=1000), env = ["APP_DB_POOL_SIZE", "DB_POOL_SIZE"])]
    db_pool_size: u32,
    /// How long requests may take to complete during a shutdown.
    #[settings(default = "30s")]
    graceful_timeout: Duration,
    /// Number of worker threads.
    #[settings(default_with = default_workers)]
    workers: usize,
    /// URL that errors are reported to.
    #[settings(required_if(environment = "production"))]
    sentry_dsn: Option<url::Url>,
    /// Home directory of the user.
    #[settings(env = "HOME")]
    home: Option<PathBuf>,
    #[settings(nested)]
    server: ServerSettings,
    #[settings(nested)]
    log: LogSettings,
}

/// HTTP server.
#[derive(Debug, Settings)]
#[settings(group)]
struct ServerSettings {
    /// Address and port to listen on.
    #[settings(default = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// Timeout of a request.
    #[settings(default = "5s", range("100ms"..="5m"))]
    request_timeout: Duration,
    /// Origins of other sites that may call this one.
    #[settings(default = Vec::new())]
    allowed_origins: Vec<String>,
}

/// Logging.
#[derive(Debug, Settings)]
#[settings(group)]
struct LogSettings {
    /// Minimum level of log lines.
    #[settings(default = "info")]
    level: Level,
    /// Format of the log.
    #[settings(default = "text", one_of("text", "json"))]
    format: String,
}

/// Level of a log line.
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
            return Err("log.level must not be debug in production, because it logs user input");
        }
        Ok(())
    }
}

fn default_workers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn main() -> ExitCode {
    // A real program calls `if let Some(code) = cli::run::<AppSettings>() { return code; }`.
    cli::run_with(&AppSettings::loader(), std::env::args_os().skip(1))
}
