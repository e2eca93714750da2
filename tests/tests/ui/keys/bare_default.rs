//! `default` has a value.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default)]
    a: u8,
}

fn main() {}
