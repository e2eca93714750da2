//! Empty text is not a number.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(allow_empty)]
    a: u8,
}

fn main() {}
