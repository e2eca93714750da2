//! A dialect whose feature is off.

use settings_core::Settings;

#[derive(Settings)]
#[settings(env_file = dotenvy(".env"))]
struct App {
    port: u16,
}

fn main() {}
