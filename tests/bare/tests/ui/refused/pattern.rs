//! A pattern that needs a regular expression.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(pattern = "^[a-z]+$")]
    name: String,
}

fn main() {}
