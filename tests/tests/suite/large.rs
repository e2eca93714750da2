//! Large input is read in reasonable time.
//!
//! No test measures time: each takes a moment, and would take minutes or hours if the work grew with the square of its
//! input.

use crate::dir::Dir;
use settings_core::{ProblemKind, Settings};
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
    #[settings(deprecated_alias = "old")]
    port: Option<u16>,
}

#[derive(Debug, Settings)]
struct Strict {
    numbers: Option<u8>,
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
    assert_eq!(error.problems().len(), 101);
    let report = dir.relative(&error.to_string());
    assert!(report.contains("app.toml:200:8"), "{report}");
    assert!(
        report.contains("\n\n  app.toml: and 4,900 more"),
        "{report}"
    );
}

#[test]
fn a_load_reports_a_thousand_problems() {
    let variables = (0..2_500).map(|nth| (format!("LIST__{nth}__PORT"), "x"));
    let error = App::empty_loader().env_from(variables).load().unwrap_err();
    assert_eq!(error.problems().len(), 1_001);
    let last = &error.problems()[1_000];
    assert_eq!(last.to_string(), "and 1,500 more");
    assert_eq!((last.kind(), last.key()), (ProblemKind::Source, None));
}

#[test]
fn a_load_gives_a_thousand_warnings() {
    let variables = (0..2_500).map(|nth| (format!("LIST__{nth}__OLD"), "1"));
    let app = App::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(app.warnings().len(), 1_001);
    assert_eq!(app.warnings()[1_000].to_string(), "and 1,500 more");
}

#[test]
fn the_entry_of_a_source_lists_a_hundred_unknown_names() {
    let dir = Dir::with(&[]);
    let lines = lines(30_000, |text, nth| writeln!(text, "nubmers{nth} = 1"));
    let path = dir.write("app.toml", lines);
    let app = Strict::empty_loader().file(path).load().unwrap();
    let [warning] = app.warnings() else {
        panic!("{:?}", app.warnings())
    };
    let text = dir.relative(&warning.to_string());
    let begin = "app.toml: 30,000 names do not match any setting: nubmers0 (1:1), ";
    assert!(text.starts_with(begin), "{text}");
    assert!(
        text.ends_with(", nubmers99 (100:1), and 29,900 more"),
        "{text}"
    );
    assert_eq!(warning.help().count(), 1);
}
