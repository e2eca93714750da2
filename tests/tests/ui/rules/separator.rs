//! A separator is for lists.

use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(separator = "")]
    a: Vec<String>,
    #[settings(separator = ";")]
    b: String,
    #[settings(separator = ";", parse_with = words)]
    c: Vec<String>,
}

fn words(_: &str) -> Result<Vec<String>, String> {
    Ok(Vec::new())
}

fn main() {}
