//! The bridge to `validator`, whose feature is off.

use settings_core::Settings;

#[derive(Settings)]
#[settings(validator)]
struct App {
    port: u16,
}

fn main() {}
