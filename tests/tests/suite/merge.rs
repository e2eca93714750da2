//! `merge`: values of several layers that are combined.

use crate::{
    dir::Dir,
    reports::{lines, problems},
};
use settings_core::{Loader, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "a", merge = "append")]
    hosts: Vec<String>,
    #[settings(merge = "append")]
    ports: Option<BTreeSet<u16>>,
    #[settings(default = "x=1,y=1", merge = "keys")]
    limits: BTreeMap<String, u8>,
    #[settings(default = "a", merge = "replace")]
    plain: Vec<String>,
}

fn file(text: &str) -> (Dir, Loader<App>) {
    let dir = Dir::with(&[("a.toml", text)]);
    let loader = App::empty_loader().file(dir.path("a.toml"));
    (dir, loader)
}

#[test]
fn the_elements_of_all_layers_are_appended_lowest_first() {
    let text = "hosts = ['b', 'c']\nports = [1]\nplain = ['b']\n";
    let (_dir, loader) = file(text);
    let app = loader
        .env_from([
            ("APP_HOSTS", "d,e"),
            ("APP_PORTS", "2,1"),
            ("APP_PLAIN", "c"),
        ])
        .args(["--hosts", "f", "--hosts", "g"])
        .load()
        .unwrap();
    assert_eq!(app.hosts, ["a", "b", "c", "d", "e", "f", "g"]);
    assert_eq!(app.ports, Some([1, 2].into()));
    assert_eq!(app.plain, ["c"]);
    assert_eq!(App::empty_loader().load().unwrap().hosts, ["a"]);
    let set = App::empty_loader().set("hosts", "z").load().unwrap();
    assert_eq!(set.hosts, ["a", "z"]);
}

#[test]
fn an_empty_list_adds_nothing_and_null_clears_lower_layers() {
    let dir = Dir::with(&[
        ("a.json", r#"{"hosts": ["b"], "limits": {"z": 2}}"#),
        ("empty.json", r#"{"hosts": [], "limits": {}}"#),
        ("null.json", r#"{"hosts": null, "limits": null}"#),
    ]);
    let load = |second: &str| {
        App::empty_loader()
            .file(dir.path("a.json"))
            .file(dir.path(second))
            .env_from([("APP_HOSTS", "c"), ("APP_LIMITS", "w=3")])
            .load()
            .unwrap()
    };
    let empty = load("empty.json");
    assert_eq!(
        (&*empty.hosts, empty.limits.len()),
        (&["a", "b", "c"].map(str::to_owned)[..], 4)
    );
    let null = load("null.json");
    assert_eq!(
        (&*null.hosts, null.limits.len()),
        (&["c".to_owned()][..], 1)
    );
}

#[test]
fn the_keys_of_all_layers_are_joined_and_the_higher_layer_wins_per_key() {
    let (_dir, loader) = file("[limits]\ny = 2\nz = 2\n");
    let app = loader
        .env_from([("APP_LIMITS", "z=3"), ("APP_LIMITS__w", "4")])
        .load()
        .unwrap();
    let limits: Vec<_> = app
        .limits
        .iter()
        .map(|(key, value)| (&**key, *value))
        .collect();
    assert_eq!(limits, [("w", 4), ("x", 1), ("y", 2), ("z", 3)]);
}

#[test]
fn a_malformed_element_is_reported_with_its_own_origin() {
    let (_dir, loader) = file("ports = [1, 'many']\n");
    let report = problems(loader.env_from([("APP_PORTS", "2")]).load());
    assert!(
        report.contains("ports[1]") && report.contains("a.toml:1:9"),
        "{report}"
    );
}

#[test]
fn a_type_whose_values_cannot_be_combined_is_found_by_the_check_of_the_schema() {
    type Count = u8;
    #[derive(Debug, serde::Deserialize)]
    struct Name(#[expect(dead_code, reason = "only its kind is of interest")] String);
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(merge = "append", default = 1)]
        count: Count,
        #[settings(merge = "keys")]
        name: Option<Name>,
        #[settings(merge = "append")]
        any: Option<serde_json::Value>,
    }
    let error = Root::check_schema().unwrap_err();
    assert_data_eq!(
        lines(error.problems()),
        str![[r#"
Rule count: `merge = "append"` is for lists, and its type takes a whole number from 0 to 255
  help: correct its attribute in the program
Rule name: `merge = "keys"` is for maps, and its type takes text
  help: correct its attribute in the program
"#]]
    );
}

#[test]
fn a_single_key_or_element_is_set_on_top_of_the_default() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = "x=1,y=1", merge = "keys")]
        joined: BTreeMap<String, u8>,
        #[settings(default = "x=1,y=1")]
        plain: BTreeMap<String, u8>,
        #[settings(default = "a,b", merge = "append")]
        list: Vec<String>,
    }
    let variables = [
        ("JOINED__z", "3"),
        ("PLAIN__y", "2"),
        ("PLAIN__z", "3"),
        ("LIST__1", "c"),
    ];
    let root = Root::empty_loader().env_from(variables).load().unwrap();
    let map = |entries: &[(&str, u8)]| -> BTreeMap<String, u8> {
        entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), *value))
            .collect()
    };
    assert_eq!(root.joined, map(&[("x", 1), ("y", 1), ("z", 3)]));
    assert_eq!(root.plain, map(&[("x", 1), ("y", 2), ("z", 3)]));
    assert_eq!(root.list, ["a", "c"]);
    // A value for the whole map replaces the default, with or without single keys beside it.
    let variables = [("PLAIN", "w=1"), ("PLAIN__z", "3"), ("JOINED", "w=1")];
    let root = Root::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(root.plain, map(&[("w", 1), ("z", 3)]));
    assert_eq!(root.joined, map(&[("w", 1), ("x", 1), ("y", 1)]));
}

#[test]
fn explain_lists_the_parts_highest_first_with_the_default_once() {
    let (dir, loader) = file("hosts = ['b']\n");
    let loader = loader.env_from([("APP_HOSTS", "c")]).set("hosts", "d");
    let page = settings_core::cli::capture(&loader, ["explain", "hosts"]).out;
    let layers = dir.relative(&page[page.find("  from").unwrap()..]);
    let lines = layers
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            "from several sources, each with elements of its own",
            "",
            "every layer, highest first",
            "part set d",
            "part environment variable APP_HOSTS c",
            r#"part a.toml:1:9 ["b"]"#,
            "part default a",
        ]
    );
}
