//! A file is read by its ending.

use settings_core::Settings;

#[derive(Settings)]
#[settings(file = ["config.ini", "config", ".env"])]
struct App {
    a: u8,
}

fn main() {}
