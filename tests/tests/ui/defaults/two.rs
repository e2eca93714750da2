//! A setting has one default.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default = 1, default_with = one)]
    a: u8,
}

fn main() {}
