//! The `Debug` output of a secret does not show it.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(secret)]
    a: String,
    #[settings(secret, secret = false)]
    b: Pin,
    #[settings(secret = false)]
    c: settings_core::SecretString,
    #[settings(secret)]
    d: std::collections::HashMap<String, String>,
    #[settings(secret)]
    e: std::borrow::Cow<'static, str>,
    #[settings(secret)]
    f: (String, u8),
    #[settings(secret)]
    g: Password,
}

type Password = String;

struct Pin;

fn main() {}
