//! A text default can be decoded.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(default = "ten")]
    a: u8,
    #[settings(default = "256")]
    b: Option<u8>,
    #[settings(default = "nan")]
    c: f32,
    #[settings(default = "maybe")]
    d: bool,
    #[settings(default = "5 parsecs")]
    e: std::time::Duration,
    #[settings(default = "1,x")]
    f: Vec<u8>,
    #[settings(example = "x")]
    g: u8,
    #[settings(default = "0")]
    h: std::num::NonZeroI8,
    #[settings(default = "1e39")]
    i: f32,
    #[settings(default = "1,,2")]
    j: Vec<u8>,
}

fn main() {}
