//! Settings by figment.

use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct App {
    #[serde(default = "default_port")]
    port: u16,
    #[serde(default)]
    tags: Vec<String>,
    database: Database,
}

#[derive(Debug, Deserialize)]
struct Database {
    url: String,
    pool_size: u32,
}

fn default_port() -> u16 {
    8080
}

fn main() {
    let figment = Figment::new()
        .merge(Toml::file("app.toml"))
        .merge(Env::prefixed("APP_").split("__"));
    match figment.extract::<App>() {
        Ok(app) => println!("{app:?}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
