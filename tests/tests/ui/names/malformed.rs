//! Names are well formed.

use settings_core::Settings;

#[derive(Settings)]
#[settings(prefix = "MY APP_", ignore = ["A_*_B", "plugins.*.x", "", "a b"])]
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
    größe: u32,
}

fn main() {}
