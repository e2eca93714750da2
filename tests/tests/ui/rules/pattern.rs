//! A pattern is a valid regular expression.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(pattern = "^(a|b$")]
    a: String,
    #[settings(pattern = "[z-a]")]
    b: String,
    #[settings(pattern = r"\p{Nope}")]
    c: String,
}

fn main() {}
