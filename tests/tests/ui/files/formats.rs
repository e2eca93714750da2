//! The extension of a file is its format.

use settings_core::Settings;

#[derive(Settings)]
#[settings(file = ["config.ini", "config", ".env"])]
struct App {
    a: u8,
}

fn main() {}
