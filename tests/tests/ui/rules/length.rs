//! Some length satisfies the rule.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(length(5..=2))]
    a: String,
    #[settings(length(..0))]
    b: String,
    #[settings(length(-1..))]
    c: String,
}

fn main() {}
