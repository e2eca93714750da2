//! A key occurs once, even in several attributes.

use settings_core::Settings;

#[derive(Settings)]
#[settings(prefix = "A_", prefix = "B_")]
struct App {
    #[settings(default = 1, default = 2)]
    a: u8,
    #[settings(env = "A")]
    #[settings(env = "B")]
    b: u8,
}

fn main() {}
