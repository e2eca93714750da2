//! Settings of one struct have distinct names.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    db_url: String,
    #[settings(rename = "DB-URL")]
    database: String,
    #[settings(alias = ["DB__URL", "db--url"])]
    other: String,
    #[settings(deprecated_alias = "Twice", alias = "twice")]
    twice: String,
}

fn main() {}
