//! Files in other forms: one table of a file, a format apart from the extension, and patterns.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use settings_core::{Format, Settings, SourceStatus};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = 1)]
    port: u16,
    #[settings(default = "")]
    name: String,
    #[settings(default = "")]
    tags: Vec<u8>,
    #[settings(nested)]
    log: Log,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Log {
    #[settings(default = "info")]
    level: String,
}

#[test]
fn a_section_is_the_root_and_other_tables_are_not_looked_at() {
    let text = "x = 1\n[tool.app]\nport = 80\n[tool.app.log]\nlevel = 'debug'\n[tool.other]\nport = 'no'\n";
    let dir = Dir::with(&[("a.toml", text)]);
    let app = App::empty_loader()
        .file_section(dir.path("a.toml"), "tool.app")
        .load()
        .unwrap();
    assert_eq!((app.port, app.log.level.as_str()), (80, "debug"));
    assert!(app.warnings().is_empty());
    let origin = app.origin("log.level").unwrap();
    assert!(origin.to_string().ends_with("a.toml:5:9"), "{origin}");
    assert_eq!(origin.name(), Some("log.level"));
    let source = &app.sources()[0];
    assert_eq!(source.section.as_deref(), Some("tool.app"));
    assert_eq!(source.status, SourceStatus::Read);
}

#[test]
fn a_section_of_json_and_yaml_has_positions_too() {
    let dir = Dir::with(&[
        ("a.json", "{\"tool\": {\"app\": {\"tags\": [1, 300]}}}"),
        ("a.yaml", "tool.app:\n  prot: 1\n"),
    ]);
    let loaded = App::empty_loader()
        .file_section(dir.path("a.json"), "tool.app")
        .load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Malformed tags[1]: expected a whole number from 0 to 255, found 300 in a.json:1:31
  help: correct tags there, or set APP_TAGS, which overrides it
"#]]
    );
    let loaded = App::empty_loader()
        .file_section(dir.path("a.yaml"), "tool.app")
        .load();
    assert_data_eq!(
        dir.relative(&warnings(loaded)),
        str![[r#"
Unknown a.yaml:2:3: prot does not match any setting
  help: did you mean port?
"#]]
    );
}

#[test]
fn an_absent_section_is_fine_unless_it_is_required() {
    #[derive(Debug, Settings)]
    struct Strict {
        #[settings(default = 1)]
        port: u16,
    }
    let dir = Dir::with(&[("a.toml", "[tool]\napp = 5\n")]);
    let file = dir.path("a.toml");
    let app = App::empty_loader()
        .file_section(&file, "tool.mine")
        .load()
        .unwrap();
    assert_eq!(
        (app.port, app.sources()[0].status),
        (1, SourceStatus::Absent)
    );
    let loaded = Strict::empty_loader()
        .file_section(&file, "tool.app")
        .load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Source a.toml:2:7: expected tool.app to be a table
  help: write the settings as its keys
"#]]
    );
}

#[test]
fn a_format_may_differ_from_the_extension() {
    let dir = Dir::with(&[
        ("a.conf", "port: 80\ntags: [1, 300]\n"),
        ("b.json", "port = 81\n"),
    ]);
    let loaded = App::empty_loader()
        .file_as(dir.path("a.conf"), Format::Yaml)
        .load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Malformed tags[1]: expected a whole number from 0 to 255, found 300 in a.conf:2:11
  help: correct tags there, or set APP_TAGS, which overrides it
"#]]
    );
    let app = App::empty_loader()
        .file_as(dir.path("b.json"), Format::Toml)
        .load()
        .unwrap();
    assert_eq!(app.port, 81);
    let loaded = App::empty_loader().file(dir.path("a.conf")).load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Source a.conf cannot be read: its extension is none of .toml, .json, .yaml and .yml
  help: give it the extension of its format
"#]]
    );
}

#[test]
fn later_files_of_a_pattern_override_earlier_ones_without_a_warning() {
    let dir = Dir::with(&[
        ("conf.d/20.toml", "port = 20\n"),
        ("conf.d/10.toml", "port = 10\nname = 'ten'\n"),
        ("conf.d/.30.toml", "port = 30\n"),
        ("conf.d/40.toml.bak", "port = 40\n"),
        ("last.toml", "log.level = 'warn'\n"),
    ]);
    let app = App::empty_loader()
        .file_pattern(dir.path("conf.d/*.toml"))
        .file(dir.path("last.toml"))
        .load()
        .unwrap();
    assert_eq!(
        (app.port, app.name.as_str(), app.log.level.as_str()),
        (20, "ten", "warn")
    );
    assert!(app.warnings().is_empty());
    assert!(
        app.origin("port")
            .unwrap()
            .to_string()
            .ends_with("conf.d/20.toml:1:8")
    );
    let names: Vec<String> = app
        .sources()
        .iter()
        .map(|source| dir.relative(&source.name))
        .collect();
    assert_eq!(names, ["conf.d/10.toml", "conf.d/20.toml", "last.toml"]);
}

#[test]
fn a_pattern_may_match_nothing_unless_it_is_required() {
    #[derive(Debug, Settings)]
    #[settings(file = required("none/such/*.toml"))]
    struct Strict {
        #[settings(default = 1)]
        port: u16,
    }
    let dir = Dir::with(&[]);
    let app = App::empty_loader()
        .file_pattern(dir.path("*.toml"))
        .load()
        .unwrap();
    assert_eq!(
        (app.port, app.sources()[0].status),
        (1, SourceStatus::Absent)
    );
    assert_data_eq!(
        problems(Strict::loader().load()),
        str![[r#"
Source none/such/*.toml is required, but matches no file
  help: create a file, or correct the path
"#]]
    );
}

#[test]
fn one_broken_file_of_a_pattern_is_named() {
    let dir = Dir::with(&[("10.toml", "port = 10\n"), ("20.toml", "port = \n")]);
    let report = problems(App::empty_loader().file_pattern(dir.path("*.toml")).load());
    let report = dir.relative(&report);
    assert!(report.starts_with("Source 20.toml:1:8: "), "{report}");
    assert!(
        report.contains("20.toml is ignored as a whole until this is fixed"),
        "{report}"
    );
}

#[test]
fn words_around_a_name_can_be_combined() {
    #[derive(Debug, Settings)]
    #[settings(file = [required(section("a.d/*.toml", "app")), yaml(section("{file}", "x"))])]
    struct Declared {
        #[settings(default = "b.conf")]
        file: String,
    }
    let [pattern, yaml] = Declared::SCHEMA.sources else {
        panic!()
    };
    assert!(pattern.required && pattern.is_pattern());
    assert_eq!((pattern.section, pattern.format()), (Some("app"), None));
    assert_eq!(
        (yaml.section, yaml.format()),
        (Some("x"), Some(Format::Yaml))
    );
}
