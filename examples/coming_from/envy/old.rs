//! Settings by envy.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct App {
    #[serde(default = "default_port")]
    port: u16,
    #[serde(default)]
    tags: Vec<String>,
    database_url: String,
    pool_size: u32,
}

fn default_port() -> u16 {
    8080
}

fn main() {
    match envy::prefixed("APP_").from_env::<App>() {
        Ok(app) => println!("{app:?}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
