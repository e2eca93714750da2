//! 12 settings, loaded by figment and dotenvy and checked by validator.

use figment::{Figment, providers::{Env, Format, Toml}};
use secrecy::SecretString;
use serde::Deserialize;
use std::{process::ExitCode, sync::LazyLock};
use validator::Validate;

static ENVIRONMENT: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new("^(development|staging|production)$").unwrap());

#[derive(Debug, Deserialize, Validate)]
#[serde(default)]
struct App {
    app_name: String,
    #[validate(regex(path = *ENVIRONMENT))]
    environment: String,
    database_url: SecretString,
    #[validate(range(min = 1, max = 1000))]
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

impl Default for App {
    fn default() -> Self {
        Self {
            app_name: "demo".into(),
            environment: "development".into(),
            database_url: "".into(),
            db_pool_size: 10,
            graceful_timeout: 30,
            workers: 4,
            port: 8080,
            host: "0.0.0.0".into(),
            debug: false,
            sample_ratio: 0.5,
            sentry_dsn: None,
            otlp_endpoint: None,
        }
    }
}

fn load() -> Result<App, Box<dyn std::error::Error>> {
    dotenvy::dotenv().ok();
    let app: App = Figment::new()
        .merge(Toml::file("config.toml"))
        .merge(Env::prefixed("APP_"))
        .extract()?;
    app.validate()?;
    Ok(app)
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
