//! TOML, JSON and YAML files.

use super::Defaulted;
use crate::dir::Dir;
use settings_core::{ProblemKind, Settings};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
struct App {
    foobar: String,
    null_field: Option<String>,
    #[settings(nested)]
    nested: Nested,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Nested {
    nested_field: String,
    #[settings(default = 0)]
    bar: u8,
}

const TOML: &str = "foobar = \"Hello\"\n[nested]\nnested_field = \"world!\"\n";
const YAML: &str = "foobar: \"Hello\"\nnull_field:\nnested:\n  nested_field: \"world!\"\n";
const JSON: &str =
    r#"{"foobar": "Hello", "nested": {"nested_field": "world!"}, "null_field": null}"#;

#[test]
fn each_format_sets_settings_and_groups() {
    let dir = Dir::with(&[
        ("a.toml", TOML),
        ("a.yaml", YAML),
        ("a.yml", YAML),
        ("a.json", JSON),
    ]);
    for name in ["a.toml", "a.yaml", "a.yml", "a.json"] {
        let app = App::empty_loader().file(dir.path(name)).load().unwrap();
        assert_eq!(app.foobar, "Hello", "{name}");
        assert_eq!(app.nested.nested_field, "world!", "{name}");
        assert_eq!(app.null_field, None, "{name}");
    }
}

#[test]
fn an_empty_or_absent_file_sets_nothing() {
    let dir = Dir::with(&[
        ("a.toml", ""),
        ("a.yaml", ""),
        ("b.yaml", "# nothing\n"),
        ("a.json", "{}"),
    ]);
    for name in [
        "a.toml",
        "a.yaml",
        "b.yaml",
        "a.json",
        "absent.toml",
        "absent.yaml",
        "absent.json",
    ] {
        let loaded = Defaulted::empty_loader().file(dir.path(name)).load();
        match loaded {
            Ok(loaded) => assert_eq!(loaded.apple, "default", "{name}"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn a_root_that_is_not_a_table_is_an_error() {
    let dir = Dir::with(&[("a.json", "[1]"), ("a.yaml", "test\n"), ("b.json", "")]);
    for name in ["a.json", "a.yaml", "b.json"] {
        let error = Defaulted::empty_loader().file(dir.path(name)).load();
        let error = error.expect_err(name);
        assert_eq!(error.problems()[0].kind(), ProblemKind::Source, "{name}");
    }
}

#[test]
fn several_files_merge_deeply_and_later_ones_win() {
    let dir = Dir::with(&[
        (
            "1.toml",
            "foobar = \"world\"\n[nested]\nnested_field = \"1\"\nbar = 2\n",
        ),
        ("2.yaml", "nested:\n  nested_field: \"3\"\n"),
        ("3.json", r#"{"null_field": "x"}"#),
    ]);
    let load = |names: [&str; 3]| {
        let loader = App::empty_loader();
        let loader = names
            .iter()
            .fold(loader, |loader, name| loader.file(dir.path(name)));
        loader.load().unwrap()
    };
    let app = load(["1.toml", "2.yaml", "3.json"]);
    assert_eq!(
        (
            app.foobar.as_str(),
            app.nested.nested_field.as_str(),
            app.nested.bar
        ),
        ("world", "3", 2)
    );
    assert_eq!(app.null_field.as_deref(), Some("x"));
    let app = load(["2.yaml", "3.json", "1.toml"]);
    assert_eq!(app.nested.nested_field, "1");
}

#[test]
fn lists_and_maps_are_replaced_as_a_whole() {
    #[derive(Debug, Settings)]
    struct Lists {
        list: Vec<u8>,
        map: BTreeMap<String, u8>,
    }
    let dir = Dir::with(&[
        ("1.toml", "list = [1, 2]\nmap = { a = 1, b = 2 }\n"),
        ("2.toml", "list = [3]\nmap = { c = 3 }\n"),
    ]);
    let lists = Lists::empty_loader()
        .file(dir.path("1.toml"))
        .file(dir.path("2.toml"))
        .load()
        .unwrap();
    assert_eq!(lists.list, [3]);
    assert_eq!(lists.map, BTreeMap::from([("c".to_owned(), 3)]));
}

#[test]
fn case_of_keys_does_not_matter() {
    let dir = Dir::with(&[(
        "a.toml",
        "FooBar = \"x\"\nFOOBAR_ = 1\n[NESTED]\nNested-Field = \"y\"\n",
    )]);
    let app = App::empty_loader().file(dir.path("a.toml")).load();
    // `FooBar` matches `foobar` except for case; `FOOBAR_` does not match.
    match app {
        Ok(app) => assert_eq!(
            (app.foobar.as_str(), app.nested.nested_field.as_str()),
            ("x", "y")
        ),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn keys_may_be_camel_case() {
    let dir = Dir::with(&[(
        "a.json",
        r#"{"foobar": "x", "nullField": "n", "nested": {"nestedField": "y"}}"#,
    )]);
    let app = App::empty_loader().file(dir.path("a.json")).load().unwrap();
    assert_eq!(
        (app.null_field.as_deref(), app.nested.nested_field.as_str()),
        (Some("n"), "y")
    );
}

#[test]
fn a_syntax_error_is_reported_with_its_position_and_without_the_line() {
    let dir = Dir::with(&[("a.toml", "foobar = \"x\"\npassword = hunter2\n")]);
    let error = App::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap_err();
    let report = error.to_string();
    assert!(report.contains("a.toml:2:"), "{report}");
    assert!(!report.contains("hunter2"), "{report}");
}
