//! A literal default has the type of the setting.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default = 10)]
    a: String,
    #[settings(default = 10)]
    b: bool,
    #[settings(default = 10)]
    c: std::time::Duration,
    #[settings(default = 1.5)]
    d: u8,
    #[settings(default = 1)]
    e: f64,
    #[settings(default = 256)]
    f: u8,
    #[settings(default = -1)]
    g: u8,
    #[settings(default = 1u16)]
    h: u8,
    #[settings(default = 10)]
    i: Vec<u8>,
    #[settings(default = true)]
    j: Option<String>,
    #[settings(default = 'x')]
    k: String,
    #[settings(default = 1)]
    l: Box<u8>,
    #[settings(default = 1)]
    m: std::num::NonZeroU8,
}

fn main() {}
