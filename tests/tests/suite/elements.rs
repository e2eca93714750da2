//! Elements of plain lists and maps that are set one by one.

use crate::{dir::Dir, reports::problems};
use settings_core::{Loaded, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "a,b")]
    hosts: Vec<String>,
    ports: Option<Vec<u16>>,
    #[settings(default = "")]
    marks: Vec<Option<u8>>,
    pair: Option<[u8; 2]>,
    tags: Option<BTreeSet<String>>,
    #[settings(default = "")]
    zones: BTreeMap<String, BTreeMap<String, u8>>,
    #[settings(default = "")]
    routes: BTreeMap<String, Vec<String>>,
}

fn load<const N: usize>(variables: [(&str, &str); N]) -> Loaded<App> {
    App::empty_loader().env_from(variables).load().unwrap()
}

#[test]
fn variables_set_elements_of_a_list() {
    let app = load([
        ("APP_PORTS__1", "2"),
        ("APP_PORTS__0", "1"),
        ("app_tags__0", "x"),
        ("APP_PAIR__0", "3"),
        ("APP_PAIR__1", "4"),
        ("APP_MARKS__0", "1"),
        ("APP_MARKS__1", ""),
        ("APP_MARKS__2", "3"),
    ]);
    assert_eq!(app.ports, Some(vec![1, 2]));
    assert_eq!(app.tags, Some(["x".to_owned()].into()));
    assert_eq!(app.pair, Some([3, 4]));
    assert_eq!(app.marks, [Some(1), None, Some(3)]);
    let set = App::empty_loader()
        .set("ports[0]", "5")
        .args(["--ports__1", "6"]);
    assert_eq!(set.load().unwrap().ports, Some(vec![5, 6]));
}

#[test]
fn an_element_changes_the_list_of_a_lower_layer_or_the_default() {
    assert_eq!(load([("APP_HOSTS__1", "x")]).hosts, ["a", "x"]);
    assert_eq!(load([("APP_HOSTS__2", "x")]).hosts, ["a", "b", "x"]);
    assert_eq!(
        load([("APP_HOSTS", "y"), ("APP_HOSTS__1", "x")]).hosts,
        ["y", "x"]
    );
    assert_eq!(
        load([("APP_HOSTS", r#"["y", "z"]"#), ("APP_HOSTS__0", "x")]).hosts,
        ["x", "z"]
    );
    let dir = Dir::with(&[("a.toml", "hosts = ['p', 'q']\nports = [1, 2]\n")]);
    let file = || App::empty_loader().file(dir.path("a.toml"));
    let app = file().env_from([("APP_HOSTS__0", "x"), ("APP_PORTS__1", "3")]);
    let app = app.load().unwrap();
    assert_eq!(
        (&*app.hosts, &app.ports),
        (&["x".to_owned(), "q".to_owned()][..], &Some(vec![1, 3]))
    );
    let replaced = file().env_from([("APP_HOSTS__0", "x")]).args(["--hosts=z"]);
    assert_eq!(replaced.load().unwrap().hosts, ["z"]);
}

#[test]
fn a_gap_in_a_list_is_a_problem() {
    let loaded = App::empty_loader().env_from([("APP_PORTS__1", "1")]).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed ports: element 1 is set, but element 0 is not: a list has no gaps, in environment variable APP_PORTS__1
  help: set APP_PORTS__0 too, or number this one 0
"#]]
    );
}

#[test]
fn a_malformed_element_is_reported_with_its_own_variable() {
    let loaded = App::empty_loader().env_from([("APP_PORTS__0", "1"), ("APP_PORTS__1", "many")]);
    assert_data_eq!(
        problems(loaded.load()),
        str![[r#"
Malformed ports[1]: expected a whole number from 0 to 65535, found "many" in environment variable APP_PORTS__1
  help: correct APP_PORTS__1, or unset it, as it is optional
"#]]
    );
}

#[test]
fn a_name_that_is_not_an_index_is_unknown() {
    let loaded = load([("APP_PORTS__FIRST", "1"), ("APP_PORTS_0", "1")]);
    assert_eq!((&loaded.ports, loaded.warnings().len()), (&None, 1));
}

#[test]
fn variables_set_values_inside_maps_of_maps_and_of_lists() {
    let dir = Dir::with(&[(
        "a.toml",
        "[zones.eu]\na = 1\nb = 2\n[routes]\nhome = ['x', 'y']\n",
    )]);
    let app = App::empty_loader()
        .file(dir.path("a.toml"))
        .env_from([
            ("APP_ZONES__EU__b", "3"),
            ("APP_ZONES__EU__c", "4"),
            ("APP_ZONES__us__a", "5"),
            ("APP_ZONES__asia", r#"{"a": 6}"#),
            ("APP_ROUTES__home__1", "z"),
            ("APP_ROUTES__other", "p,q"),
        ])
        .load()
        .unwrap();
    let zone = |name: &str| app.zones[name].iter().map(|(key, value)| (&**key, *value));
    assert_eq!(
        zone("eu").collect::<Vec<_>>(),
        [("a", 1), ("b", 3), ("c", 4)]
    );
    assert_eq!(zone("us").collect::<Vec<_>>(), [("a", 5)]);
    assert_eq!(zone("asia").collect::<Vec<_>>(), [("a", 6)]);
    assert_eq!(app.routes["home"], ["x", "z"]);
    assert_eq!(app.routes["other"], ["p", "q"]);
    let set = App::empty_loader()
        .set("zones.eu.a", "7")
        .set("routes.home[0]", "r");
    let app = set.load().unwrap();
    assert_eq!((app.zones["eu"]["a"], &*app.routes["home"][0]), (7, "r"));
}

#[test]
fn a_value_for_a_key_replaces_what_lower_layers_set_inside_it() {
    let app = App::empty_loader()
        .env_from([("APP_ZONES__eu__a", "1"), ("APP_ZONES__us__a", "1")])
        .args(["--zones__eu", "b=2"])
        .load()
        .unwrap();
    assert_eq!(app.zones["eu"], [("b".to_owned(), 2)].into());
    assert_eq!(app.zones["us"], [("a".to_owned(), 1)].into());
}

#[test]
fn many_elements_are_read_quickly() {
    let ports = (0..20_000).map(|nth| (format!("APP_PORTS__{nth}"), "1"));
    let zones = (0..20_000).map(|nth| (format!("APP_ZONES__eu__k{nth}"), "1"));
    let app = App::empty_loader()
        .env_from(ports.chain(zones))
        .load()
        .unwrap();
    assert_eq!(app.ports.as_ref().unwrap().len(), 20_000);
    assert_eq!(app.zones["eu"].len(), 20_000);
}
