//! The default of an `Option<T>` is a `T`.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default = Some(1))]
    a: Option<u8>,
    #[settings(default = None)]
    b: Option<u8>,
}

fn main() {}
