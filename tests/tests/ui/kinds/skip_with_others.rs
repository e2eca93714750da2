//! `skip` cannot be combined with other keys.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(skip, default = 1)]
    a: u8,
    #[settings(nested, skip)]
    b: u8,
}

fn main() {}
