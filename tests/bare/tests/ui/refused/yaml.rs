//! A file whose format's feature is off.

use settings_core::Settings;

#[derive(Settings)]
#[settings(file = "config.yaml")]
struct App {
    port: u16,
}

fn main() {}
