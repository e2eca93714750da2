//! `<NAME>_FILE` of a secret is a name too. `no_file` turns it off.

use settings_core::{SecretString, Settings};

#[derive(Settings)]
#[settings(prefix = "APP_")]
struct App {
    client_secret: SecretString,
    client_secret_file: String,
}

fn main() {}
