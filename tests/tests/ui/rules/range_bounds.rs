//! Bounds are literals of the type.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(range(0..=256))]
    a: u8,
    #[settings(range(-1..))]
    b: u8,
    #[settings(range(0.5..))]
    c: u8,
    #[settings(range(1..=60))]
    d: std::time::Duration,
    #[settings(range("soon"..))]
    e: std::time::Duration,
    #[settings(range(MIN..))]
    f: u8,
    #[settings(range(..))]
    g: u8,
    #[settings(range(1u16..))]
    h: u8,
    #[settings(range("1"..))]
    i: u8,
    #[settings(range(..=1_000_000_000_000_000_000_000_000_000_000_000_000_000))]
    j: u128,
    #[settings(range(1..="1s"))]
    k: Timeout,
}

type Timeout = std::time::Duration;

fn main() {}
