//! `Settings` is not for unions.

use settings_core::Settings;

#[derive(Settings)]
union App {
    a: u8,
}

fn main() {}
