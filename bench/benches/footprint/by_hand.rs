//! 12 settings, read by `env::var`.

use std::{env, process::ExitCode, str::FromStr};

#[derive(Debug)]
#[allow(dead_code)]
struct App {
    app_name: String,
    environment: String,
    database_url: String,
    db_pool_size: u32,
    graceful_timeout: u64,
    workers: usize,
    port: u16,
    host: String,
    debug: bool,
    sample_ratio: f64,
    sentry_dsn: Option<String>,
    otlp_endpoint: Option<String>,
}

fn read<T: FromStr>(name: &str) -> Result<Option<T>, String> {
    let Ok(text) = env::var(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| format!("{name} is invalid"))
}

fn load() -> Result<App, String> {
    Ok(App {
        app_name: read("APP_APP_NAME")?.unwrap_or_else(|| "demo".into()),
        environment: read("APP_ENVIRONMENT")?.unwrap_or_else(|| "development".into()),
        database_url: read("APP_DATABASE_URL")?.ok_or("APP_DATABASE_URL is required")?,
        db_pool_size: read("APP_DB_POOL_SIZE")?.unwrap_or(10),
        graceful_timeout: read("APP_GRACEFUL_TIMEOUT")?.unwrap_or(30),
        workers: read("APP_WORKERS")?.unwrap_or(4),
        port: read("APP_PORT")?.unwrap_or(8080),
        host: read("APP_HOST")?.unwrap_or_else(|| "0.0.0.0".into()),
        debug: read("APP_DEBUG")?.unwrap_or(false),
        sample_ratio: read("APP_SAMPLE_RATIO")?.unwrap_or(0.5),
        sentry_dsn: read("APP_SENTRY_DSN")?,
        otlp_endpoint: read("APP_OTLP_ENDPOINT")?,
    })
}

fn main() -> ExitCode {
    match load() {
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
