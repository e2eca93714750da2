//! Keys of the struct on a field, and keys of a field on the struct.

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
