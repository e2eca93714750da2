//! A placeholder is a setting of the struct that is not secret.

use settings_core::Settings;

#[derive(Settings)]
#[settings(
    file = ["{enviroment}.toml", "{port}.toml"],
    env_file = [".env.{pin}", ".env.{environment", ".env.}", ".env.{}", "${HOME}/.env"],
    secrets_dir = "",
)]
struct App {
    environment: String,
    port: u16,
    pin: settings_core::SecretString,
}

fn main() {}
