//! `Settings` needs named fields.

use settings_core::Settings;

#[derive(Settings)]
struct App(u8, String);

fn main() {}
