//! An expression has the type of the setting.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default = String::new())]
    a: u8,
}

fn main() {}
