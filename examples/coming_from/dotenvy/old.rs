//! Settings by dotenvy and `std::env::var`.

use std::{env, error::Error};

#[derive(Debug)]
struct App {
    port: u16,
    tags: Vec<String>,
    database_url: String,
    pool_size: u32,
}

fn load() -> Result<App, Box<dyn Error>> {
    dotenvy::dotenv().ok();
    let port = match env::var("PORT") {
        Ok(port) => port.parse()?,
        Err(_) => 8080,
    };
    let tags = env::var("TAGS").unwrap_or_default();
    Ok(App {
        port,
        tags: tags
            .split(',')
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        database_url: env::var("DATABASE_URL")?,
        pool_size: env::var("POOL_SIZE")?.parse()?,
    })
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
