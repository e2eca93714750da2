//! The same settings by settings-core.

use settings_core::Settings;

/// A shop.
#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    /// Port to listen on.
    #[settings(default = 8080)]
    port: u16,
    /// Tags of the log.
    #[settings(default = "")]
    tags: Vec<String>,
    /// Where the data lives.
    database_url: String,
    /// Connections to the database.
    pool_size: u32,
}

fn main() {
    let arguments = std::env::args_os().skip(1);
    let app = App::loader().args(arguments).init_or_exit();
    println!("{app:?}");
}
