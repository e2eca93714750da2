//! A key of the struct on a field, and the other way round.

use settings_core::Settings;

#[derive(Settings)]
#[settings(default = 1, secret)]
struct App {
    #[settings(prefix = "A_")]
    a: u8,
    #[settings(validator)]
    b: u8,
}

fn main() {}
