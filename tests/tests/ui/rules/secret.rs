//! A secret does not print itself.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(secret)]
    a: String,
    #[settings(secret, unmasked)]
    b: Pin,
    #[settings(unmasked)]
    c: settings_core::SecretString,
}

struct Pin;

fn main() {}
