//! A default satisfies the rules.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default = 10, range(1..10))]
    a: u8,
    #[settings(default = "2h", range(.."1h"))]
    b: std::time::Duration,
    #[settings(default = "c", one_of("a", "b"))]
    c: String,
    #[settings(default = "testing", pattern = "^(development|production)$")]
    d: String,
    #[settings(default = "Demo", pattern = "^[a-z]+$")]
    e: String,
    #[settings(default = "a", length(2..))]
    f: String,
    #[settings(default = "1,2,3", length(..=2))]
    g: Vec<u8>,
}

fn main() {}
