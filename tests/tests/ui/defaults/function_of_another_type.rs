//! The function of `default_with` returns the type of the field, or the `T` of its `Option<T>`.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default_with = name)]
    a: u8,
    #[settings(default_with = name)]
    b: Option<u8>,
    #[settings(default_with = perhaps)]
    c: u8,
    #[settings(default_with = String::from)]
    d: String,
}

fn name() -> String {
    String::new()
}

fn perhaps() -> Option<u8> {
    None
}

fn main() {}
