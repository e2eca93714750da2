//! Rules for text are not rules for numbers.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(pattern = "^a$")]
    a: u32,
    #[settings(one_of("a", "b"))]
    b: Option<bool>,
    #[settings(length(2..))]
    c: f64,
    #[settings(pattern = "s$")]
    d: std::time::Duration,
}

fn main() {}
