//! `merge` names a way to combine values that the type has.

use settings_core::Settings;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Settings)]
struct App {
    #[settings(merge = "concat")]
    unknown: Vec<u8>,
    #[settings(merge)]
    bare: Vec<u8>,
    #[settings(merge = "append")]
    number: u16,
    #[settings(merge = "append")]
    map: BTreeMap<String, u8>,
    #[settings(merge = "keys")]
    set: BTreeSet<u8>,
    #[settings(merge = "keys")]
    text: Option<String>,
    #[settings(merge = "append", parse_with = parse)]
    parsed: Vec<u8>,
    #[settings(merge = "append")]
    fine: Option<Vec<u8>>,
}

fn parse(_: &str) -> Result<Vec<u8>, String> {
    Ok(Vec::new())
}

fn main() {}
