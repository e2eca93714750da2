//! `range` is not a rule for text.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(range(1..=9))]
    a: String,
    #[settings(range(1..=9))]
    b: Vec<std::path::PathBuf>,
    #[settings(range(0..=1))]
    c: bool,
}

fn main() {}
