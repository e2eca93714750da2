//! A separator stands between elements.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(separator = "")]
    a: Vec<String>,
    #[settings(separator = ";")]
    b: String,
}

fn main() {}
