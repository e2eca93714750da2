//! Settings read distinct variables.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(env = "DATABASE_URL")]
    a: String,
    #[settings(env = ["A", "database_url"])]
    b: String,
}

fn main() {}
