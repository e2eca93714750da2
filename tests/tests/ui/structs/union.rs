//! A union has no settings.

use settings_core::Settings;

#[derive(Settings)]
union App {
    a: u8,
}

fn main() {}
