//! A program that answers to `settings`, as its users write it.

#![expect(clippy::print_stdout, reason = "a program prints")]

use settings_core::{SecretString, Settings, cli};
use std::{collections::BTreeMap, process::ExitCode, time::Duration};

/// Settings of the program.
#[derive(Debug, Settings)]
#[settings(
    prefix = "APP_",
    file = "config.toml",
    env_file = [".env", ".env.{environment}"],
    secrets_dir = "secrets",
    derived(
        /// Where it is found.
        pub address: String = format!("http://{}:{}", self.server.host, self.server.port),
        pub connection: String = format!("to {}", self.url),
    ),
    validate = Self::consistent,
)]
struct App {
    /// Where it runs.
    #[settings(default = "development", one_of("development", "production"))]
    environment: String,
    /// Connections to the database.
    #[settings(default = 10, range(1..=1000), alias = "pool", reload)]
    pool_size: u32,
    /// Signs the cookies.
    token: Option<SecretString>,
    /// Known to be telling by its name.
    db_password: Option<String>,
    /// Where the data lives.
    #[settings(default = "none", example = "postgres://me@host/db")]
    url: String,
    #[settings(default_with = Vec::new, length(..=3))]
    tags: Vec<String>,
    #[settings(default_with = BTreeMap::new)]
    labels: BTreeMap<String, String>,
    /// Where it listens.
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    mirrors: Vec<Mirror>,
    #[settings(nested)]
    cache: Option<Cache>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    /// Name or address.
    #[settings(default = "localhost")]
    host: String,
    #[settings(default = 8080)]
    port: u16,
    #[settings(default = "5s")]
    timeout: Duration,
    #[settings(default = 0.5)]
    rate: f64,
    #[settings(default = false)]
    verbose: bool,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Mirror {
    host: String,
    token: Option<SecretString>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Cache {
    size: u32,
}

impl App {
    fn consistent(&self) -> Result<(), String> {
        if self.environment == "production" && self.token.is_none() {
            return Err("production needs a token".to_owned());
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    if let Some(code) = cli::run::<App>() {
        return code;
    }
    println!("the program itself");
    ExitCode::SUCCESS
}
