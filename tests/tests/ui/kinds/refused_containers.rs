//! Lists and maps of optional groups, lists of lists, and keys that serde cannot read are refused.

use settings_core::Settings;
use std::collections::BTreeMap;

#[derive(Settings)]
struct App {
    #[settings(nested)]
    optional: Vec<Option<Server>>,
    #[settings(nested)]
    map: BTreeMap<String, BTreeMap<u16, Option<Box<Server>>>>,
    #[settings(nested)]
    twice: Option<Option<Server>>,
    #[settings(nested)]
    lists: Vec<Vec<Server>>,
    #[settings(nested)]
    keys: BTreeMap<Key, Server>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key;

#[derive(Settings)]
#[settings(group)]
struct Server {
    bind: String,
}

fn main() {}
