//! `Settings` needs fields.

use settings_core::Settings;

#[derive(Settings)]
struct App;

fn main() {}
