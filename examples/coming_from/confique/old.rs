//! Settings by confique.

use confique::Config;

#[derive(Debug, Config)]
struct App {
    #[config(env = "APP_PORT", default = 8080)]
    port: u16,
    #[config(env = "APP_TAGS", default = [], parse_env = confique::env::parse::list_by_comma)]
    tags: Vec<String>,
    #[config(nested)]
    database: Database,
}

#[derive(Debug, Config)]
struct Database {
    #[config(env = "APP_DATABASE__URL")]
    url: String,
    #[config(env = "APP_DATABASE__POOL_SIZE")]
    pool_size: u32,
}

fn main() {
    match App::builder().env().file("app.toml").load() {
        Ok(app) => println!("{app:?}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
