//! The same settings by settings-core.

use settings_core::Settings;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", env_file = ".env")]
struct App {
    #[settings(default = 8080)]
    port: u16,
    #[settings(default = "")]
    tags: Vec<String>,
    #[settings(nested)]
    database: Database,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Database {
    url: String,
    pool_size: u32,
}

fn main() {
    let app = App::init_or_exit();
    let Database { url, pool_size } = &app.database;
    println!("{} {} {url} {pool_size}", app.port, app.tags.join(","));
}
