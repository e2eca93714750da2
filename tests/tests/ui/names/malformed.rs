//! Names are well formed.

use settings_core::Settings;

#[derive(Settings)]
#[settings(prefix = "MY APP_", foreign = ["A_*_B"])]
struct App {
    #[settings(rename = "a.b")]
    a: String,
    #[settings(rename = "")]
    b: String,
    #[settings(alias = "c d")]
    c: String,
    #[settings(env = "A=B")]
    d: String,
    #[settings(env = "")]
    e: String,
}

fn main() {}
