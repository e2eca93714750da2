//! Misuse of the names that sources have.

use settings_core::{SecretString, Settings};

#[derive(Settings)]
#[settings(prefix = ["A_", "a-"], deprecated_prefix = "", nesting = "___", secrets_from("envs", "env", "env"))]
struct Prefixes {
    a: u8,
}

#[derive(Settings)]
#[settings(group, nesting = "__", secrets_from("env"), deprecated_prefix = "OLD_")]
struct NoRoot {
    a: u8,
}

#[derive(Settings)]
struct Names {
    #[settings(env = shared())]
    a: u8,
    #[settings(env = shared("X", "Y"), alias = "")]
    b: u8,
    #[settings(flatten, alias = "other")]
    flat: NoRoot,
    #[settings(nested, env = "Z")]
    group: NoRoot,
    #[settings(no_file)]
    c: u8,
}

#[derive(Settings)]
struct Files {
    token: SecretString,
    token_file: String,
}

fn main() {}
