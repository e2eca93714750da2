//! The forms of file names.

use settings_core::Settings;

#[derive(Settings)]
#[settings(
    file = maybe("a.toml"),
    env_file = required("a.env", "b.env"),
    secrets_dir = dotenvy("secrets")
)]
struct App {
    a: u8,
}

#[derive(Settings)]
#[settings(file = required(required("a.toml")), env_file = a.env, unknown = "panic")]
struct Other {
    a: u8,
}

fn main() {}
