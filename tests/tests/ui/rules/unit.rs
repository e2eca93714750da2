//! `unit` is a unit of a `Duration`.

use settings_core::Settings;
use std::time::Duration;

#[derive(Settings)]
struct Unknown {
    #[settings(unit = "month")]
    a: Duration,
    #[settings(unit = 5)]
    b: Duration,
    #[settings(unit = "ms", parse_with = parse)]
    c: Duration,
    #[settings(unit = "ms", default = "soon")]
    d: Duration,
}

type Count = u64;

#[derive(Settings)]
struct Misfit {
    #[settings(unit = "ms")]
    e: u64,
    #[settings(unit = "ms")]
    f: Count,
    #[settings(unit = "ms")]
    fine: Vec<Duration>,
}

fn parse(_: &str) -> Result<Duration, String> {
    Ok(Duration::ZERO)
}

fn main() {}
