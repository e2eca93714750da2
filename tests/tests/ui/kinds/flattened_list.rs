//! A list or map of groups cannot be flattened.

use settings_core::Settings;
use std::collections::BTreeMap;

#[derive(Settings)]
struct App {
    #[settings(flatten)]
    list: Vec<Server>,
    #[settings(flatten)]
    map: BTreeMap<String, Server>,
    #[settings(flatten)]
    perhaps: Option<Server>,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {}
