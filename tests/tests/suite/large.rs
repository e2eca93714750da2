//! Large input is read in reasonable time.
//!
//! No test measures time: each takes a moment, and would take minutes or hours if the work grew with the square of its
//! input.

use crate::dir::Dir;
use settings_core::Settings;
use std::{collections::BTreeMap, fmt::Write};

#[derive(Debug, Settings)]
#[settings(unknown = "ignore")]
struct App {
    numbers: Option<Vec<u8>>,
    #[settings(default = "")]
    labels: BTreeMap<String, String>,
    #[settings(nested)]
    list: Vec<Item>,
    #[settings(nested)]
    map: BTreeMap<String, Item>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Item {
    port: Option<u16>,
}

fn lines(count: usize, line: impl Fn(&mut String, usize) -> std::fmt::Result) -> String {
    let mut text = String::new();
    for nth in 0..count {
        line(&mut text, nth).unwrap();
    }
    text
}

#[test]
fn a_name_of_many_segments_is_matched_quickly() {
    let name = format!("OTHER__{}", "A__".repeat(200_000));
    App::empty_loader().env_from([(name, "1")]).load().unwrap();
}

#[test]
fn a_map_of_many_variables_is_read_quickly() {
    let variables = (0..20_000).map(|nth| (format!("LABELS__k{nth}"), "1"));
    let app = App::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(app.labels.len(), 20_000);
}

#[test]
fn a_map_of_many_groups_is_read_quickly() {
    let variables = (0..20_000).map(|nth| (format!("MAP__k{nth}__PORT"), "1"));
    let app = App::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(app.map.len(), 20_000);
    assert!(app.to_env().contains("MAP__k19999__PORT=1\n"));
}

#[test]
fn a_list_that_is_set_many_times_is_read_quickly() {
    let arguments = (0..50_000).map(|nth| format!("--numbers={}", nth % 10));
    let app = App::empty_loader().args(arguments).load().unwrap();
    assert_eq!(app.numbers.as_ref().map(Vec::len), Some(50_000));
}

#[test]
fn many_references_and_files_are_resolved_quickly() {
    let dir = Dir::with(&[]);
    dir.write(
        "one.env",
        lines(50_000, |text, nth| writeln!(text, "K{nth}=1")),
    );
    dir.write(
        "two.env",
        lines(50_000, |text, nth| {
            writeln!(text, "L{nth}=${{K{nth}}}${{V{nth}}}")
        }),
    );
    let variables = (0..50_000).map(|nth| (format!("V{nth}"), "1"));
    let loader = App::empty_loader().env_from(variables);
    loader
        .env_file(dir.path("one.env"))
        .env_file(dir.path("two.env"))
        .load()
        .unwrap();
}

#[test]
fn many_values_of_a_file_have_positions_quickly() {
    let dir = Dir::with(&[]);
    dir.write(
        "app.toml",
        lines(5_000, |text, _| writeln!(text, "[[list]]\nport = 'x'")),
    );
    let error = App::empty_loader()
        .file(dir.path("app.toml"))
        .load()
        .unwrap_err();
    assert_eq!(error.problems().len(), 5_000);
    assert!(error.to_string().contains("app.toml:10000:8"));
}
