//! 12 settings, loaded by confique.

use confique::Config;
use secrecy::SecretString;
use std::process::ExitCode;

#[derive(Debug, Config)]
struct App {
    #[config(env = "APP_APP_NAME", default = "demo")]
    app_name: String,
    #[config(env = "APP_ENVIRONMENT", default = "development", validate(matches!(environment.as_str(), "development" | "staging" | "production"), "unknown environment"))]
    environment: String,
    #[config(env = "APP_DATABASE_URL")]
    database_url: SecretString,
    #[config(env = "APP_DB_POOL_SIZE", default = 10, validate((1..=1000).contains(db_pool_size), "out of range"))]
    db_pool_size: u32,
    #[config(env = "APP_GRACEFUL_TIMEOUT", default = 30)]
    graceful_timeout: u64,
    #[config(env = "APP_WORKERS", default = 4)]
    workers: usize,
    #[config(env = "APP_PORT", default = 8080)]
    port: u16,
    #[config(env = "APP_HOST", default = "0.0.0.0")]
    host: String,
    #[config(env = "APP_DEBUG", default = false)]
    debug: bool,
    #[config(env = "APP_SAMPLE_RATIO", default = 0.5)]
    sample_ratio: f64,
    #[config(env = "APP_SENTRY_DSN")]
    sentry_dsn: Option<String>,
    #[config(env = "APP_OTLP_ENDPOINT")]
    otlp_endpoint: Option<String>,
}

fn main() -> ExitCode {
    match App::builder().env().file("config.toml").load() {
        Ok(app) => {
            println!("{app:?}");
            ExitCode::SUCCESS
        }
        Err(report) => {
            eprintln!("{report}");
            ExitCode::from(78)
        }
    }
}
