//! The function of `deserialize_with` has the signature of serde's.

use serde::{Deserialize, Deserializer};
use settings_core::Settings;

#[derive(Settings)]
struct App {
    #[settings(deserialize_with = text)]
    takes_text: u8,
    #[settings(deserialize_with = two)]
    takes_two_values: u8,
    #[settings(deserialize_with = number)]
    returns_another_type: String,
    #[settings(deserialize_with = number)]
    is_optional: Option<u8>,
    #[settings(deserialize_with = bare)]
    returns_no_result: u8,
    #[settings(deserialize_with = number)]
    fine: u8,
}

#[derive(Settings)]
struct Both {
    #[settings(parse_with = parse, deserialize_with = number)]
    value: u8,
}

fn text(_: &str) -> Result<u8, String> {
    Ok(1)
}

fn two<'de, D: Deserializer<'de>>(_: D, _: u8) -> Result<u8, D::Error> {
    Ok(1)
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    u8::deserialize(deserializer)
}

fn bare<'de, D: Deserializer<'de>>(_: D) -> u8 {
    1
}

fn parse(_: &str) -> Result<u8, String> {
    Ok(1)
}

fn main() {}
