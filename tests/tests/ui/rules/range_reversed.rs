//! Some value satisfies the range.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(range(9..=1))]
    a: u8,
    #[settings(range(1..1))]
    b: u8,
    #[settings(range("1h"..="1s"))]
    c: std::time::Duration,
}

fn main() {}
