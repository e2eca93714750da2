//! Settings by config.

use config::{Config, ConfigError, Environment, File};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct App {
    port: u16,
    tags: Vec<String>,
    database: Database,
}

#[derive(Debug, Deserialize)]
struct Database {
    url: String,
    pool_size: u32,
}

fn load() -> Result<App, ConfigError> {
    let environment = Environment::with_prefix("APP")
        .prefix_separator("_")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .with_list_parse_key("tags");
    Config::builder()
        .set_default("port", 8080)?
        .set_default("tags", Vec::<String>::new())?
        .add_source(File::with_name("app.toml").required(false))
        .add_source(environment)
        .build()?
        .try_deserialize()
}

fn main() {
    match load() {
        Ok(app) => println!("{app:?}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
