//! An expression is of the type, says rustc.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default = String::new())]
    a: u8,
}

fn main() {}
