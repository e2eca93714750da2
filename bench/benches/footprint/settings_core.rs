//! 12 settings, loaded by settings-core.

use settings_core::{SecretString, Settings};
use std::{process::ExitCode, time::Duration};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", file = "config.toml", env_file = ".env")]
struct App {
    #[settings(default = "demo")]
    app_name: String,
    #[settings(default = "development", pattern = "^(development|staging|production)$")]
    environment: String,
    database_url: SecretString,
    #[settings(default = 10, range(1..=1000))]
    db_pool_size: u32,
    #[settings(default = "30s")]
    graceful_timeout: Duration,
    #[settings(default = 4)]
    workers: usize,
    #[settings(default = 8080)]
    port: u16,
    #[settings(default = "0.0.0.0")]
    host: String,
    #[settings(default = false)]
    debug: bool,
    #[settings(default = 0.5)]
    sample_ratio: f64,
    sentry_dsn: Option<String>,
    otlp_endpoint: Option<String>,
}

fn main() -> ExitCode {
    match App::load() {
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
