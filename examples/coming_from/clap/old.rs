//! Settings by clap, with its feature `env`.

use clap::Parser;

/// A shop.
#[derive(Debug, Parser)]
struct App {
    /// Port to listen on
    #[arg(long, env = "APP_PORT", default_value_t = 8080)]
    port: u16,
    /// Tags of the log
    #[arg(long, env = "APP_TAGS", value_delimiter = ',')]
    tags: Vec<String>,
    /// Where the data lives
    #[arg(long, env = "APP_DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Connections to the database
    #[arg(long, env = "APP_POOL_SIZE")]
    pool_size: u32,
}

fn main() {
    let app = App::parse();
    println!("{app:?}");
}
