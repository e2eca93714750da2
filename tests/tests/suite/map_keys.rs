//! Keys of plain maps that mean the same: enums in any spelling or by an alias, and numbers.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use serde::Deserialize;
use settings_core::{Loaded, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    quotas: Option<BTreeMap<Zone, u16>>,
    names: Option<HashMap<Id, String>>,
    ports: Option<BTreeMap<u16, String>>,
    by_team: Option<BTreeMap<String, BTreeMap<Zone, u8>>>,
    steps: Option<Vec<BTreeMap<Zone, u8>>>,
    #[settings(merge = "keys")]
    limits: Option<BTreeMap<Zone, u8>>,
    labels: Option<BTreeMap<String, u8>>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Zone {
    EuWest,
    #[serde(alias = "us")]
    UsEast,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Hash)]
struct Id(Zone);

fn load<const N: usize>(variables: [(&str, &str); N]) -> Loaded<App> {
    App::empty_loader().env_from(variables).load().unwrap()
}

#[test]
fn two_names_of_one_key_are_a_problem() {
    let loaded = App::empty_loader()
        .env_from([
            ("APP_QUOTAS", "EuWest=1, eu-west=2"),
            ("APP_NAMES", r#"{"UsEast": "a", "us": "b"}"#),
            ("APP_PORTS", "80=a, 080=b"),
            ("APP_BY_TEAM", r#"{"a": {"EU_WEST": 1, "EuWest": 2}}"#),
            ("APP_STEPS", r#"[{"us": 1}, {"us": 1, "us-east": 2}]"#),
        ])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed quotas.eu-west: expected each key once, found a duplicate key in environment variable APP_QUOTAS
  help: names 1 and 2 mean the same key: remove one of them
Malformed names.us: expected each key once, found a duplicate key in environment variable APP_NAMES
  help: names 1 and 2 mean the same key: remove one of them
Malformed ports.080: expected each key once, found a duplicate key in environment variable APP_PORTS
  help: names 1 and 2 mean the same key: remove one of them
Malformed by_team.a.EuWest: expected each key once, found a duplicate key in environment variable APP_BY_TEAM
  help: names 1 and 2 mean the same key: remove one of them
Malformed steps[1].us-east: expected each key once, found a duplicate key in environment variable APP_STEPS
  help: names 1 and 2 mean the same key: remove one of them
"#]]
    );
}

#[test]
fn two_names_of_one_key_in_a_file_have_a_position() {
    let dir = Dir::with(&[("a.yaml", "quotas:\n  us: 1\n  UsEast: 2\n")]);
    let loaded = App::empty_loader().file(dir.path("a.yaml")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Malformed quotas.UsEast: expected each key once, found a duplicate key in a.yaml:3:11
  help: names 1 and 2 mean the same key: remove one of them
  help: or set APP_QUOTAS, which overrides it
"#]]
    );
}

#[test]
fn two_variables_of_one_key_are_a_problem() {
    let loaded = App::empty_loader()
        .env_from([("APP_QUOTAS__US", "1"), ("APP_QUOTAS__US_EAST", "2")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Ambiguous quotas: one key is set by both environment variable APP_QUOTAS__US and environment variable APP_QUOTAS__US_EAST
  help: remove one of them
"#]]
    );
}

#[test]
fn a_higher_layer_sets_a_key_by_any_of_its_names() {
    let dir = Dir::with(&[(
        "a.toml",
        "[quotas]\nEuWest = 1\nus = 2\n[ports]\n80 = 'a'\n[by_team.a]\nus = 1\n[limits]\nus = 1\n",
    )]);
    let app = App::empty_loader()
        .file(dir.path("a.toml"))
        .env_from([
            ("APP_QUOTAS__EU_WEST", "5"),
            ("APP_QUOTAS__US_EAST", "6"),
            ("APP_PORTS__080", "b"),
            ("APP_BY_TEAM__A__US_EAST", "7"),
            ("APP_LIMITS", "us-east=8"),
        ])
        .set("quotas.us", "9")
        .load();
    let app = app.unwrap();
    let quotas = [(Zone::EuWest, 5), (Zone::UsEast, 9)];
    assert_eq!(app.quotas, Some(quotas.into()));
    assert_eq!(app.ports, Some([(80, "b".to_owned())].into()));
    let team = BTreeMap::from([(Zone::UsEast, 7)]);
    assert_eq!(app.by_team, Some([("a".to_owned(), team)].into()));
    assert_eq!(app.limits, Some([(Zone::UsEast, 8)].into()));
}

#[test]
fn keys_that_are_text_differ_in_spelling() {
    let app = load([("APP_LABELS", "a=1,A=2,01=3,1=4")]);
    assert_eq!(app.labels.as_ref().unwrap().len(), 4);
    assert_eq!(warnings::<App>(Ok(app)), "");
}

#[test]
fn an_invalid_key_is_named_and_aliases_are_not_listed() {
    #[derive(Debug, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[serde(rename_all = "kebab-case")]
    enum Stage {
        VeryLow,
        #[serde(alias = "top")]
        High,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Limit {
        #[settings(default = 1)]
        rate: u8,
    }
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        limits: BTreeMap<Stage, Limit>,
        #[settings(default = "")]
        plain: BTreeMap<u8, u8>,
    }
    let root = Root::empty_loader()
        .env_from([("LIMITS__TOP__RATE", "2")])
        .load()
        .unwrap();
    assert_eq!(root.limits[&Stage::High].rate, 2);
    assert!(root.plain.is_empty() && !root.limits.contains_key(&Stage::VeryLow));
    let variables = [("LIMITS__MID__RATE", "2"), ("PLAIN", "x=1")];
    assert_data_eq!(
        problems(Root::empty_loader().env_from(variables).load()),
        str![[r#"
Malformed limits.MID: expected one of very-low, high as the key, found "MID" in environment variable LIMITS__MID__RATE
  help: correct the name of the entry
Malformed plain.x: expected a whole number from 0 to 255 as the key, found "x" in environment variable PLAIN
  help: correct PLAIN, or unset it for its default
"#]]
    );
}
