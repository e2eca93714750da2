//! `one_of` has at least one value, and each once.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(one_of())]
    a: String,
    #[settings(one_of("a", "a"))]
    b: String,
    #[settings(one_of(1, 2))]
    c: String,
}

fn main() {}
