//! The same settings by settings-core.

use settings_core::Settings;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", file = "app.toml")]
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
    println!("{app:?}");
}
