//! `no_file` is only for secrets.

use settings_core::{SecretString, Settings};

#[derive(Settings)]
struct App {
    #[settings(no_file)]
    port: u16,
    #[settings(no_file)]
    token: Option<SecretString>,
    #[settings(no_file = true)]
    other: SecretString,
}

#[derive(Settings)]
struct Other {
    #[settings(no_file)]
    port: u16,
    #[settings(no_file)]
    token: Option<SecretString>,
}

fn main() {}
