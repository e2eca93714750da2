//! A group is never loaded by itself.

use settings_core::Settings;

#[derive(Settings)]
#[settings(group, prefix = "A_", file = "a.toml", env_file = ".env", secrets_dir = "/s", unknown = "deny", foreign = "B_*")]
struct App {
    a: u8,
}

fn main() {}
