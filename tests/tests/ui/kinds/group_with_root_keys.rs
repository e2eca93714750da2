//! A group has no sources.

use settings_core::Settings;

#[derive(Settings)]
#[settings(group, prefix = "A_", file = "a.toml", env_file = ".env", secrets_dir = "/s", unknown = "deny", ignore = "B_*")]
struct App {
    a: u8,
}

fn main() {}
