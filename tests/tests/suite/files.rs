//! TOML, YAML and JSON.

use crate::{
    dir::Dir,
    reports::{lines, problems, warnings},
};
use settings_core::{Error, Loaded, Loader, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Demo {
    #[settings(default = "")]
    app_name: String,
    #[settings(default = 1)]
    db_pool_size: u32,
    #[settings(default = "")]
    labels: BTreeMap<String, String>,
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    mirrors: Vec<Mirror>,
    #[settings(nested)]
    zones: BTreeMap<String, Mirror>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind: String,
    #[settings(nested)]
    tls: Tls,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Tls {
    #[settings(default = "none")]
    key: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Mirror {
    url: String,
    #[settings(default = 1)]
    weight: u8,
}

fn load(name: &str, text: &str) -> Result<Loaded<Demo>, Error> {
    let dir = Dir::with(&[(name, text)]);
    Demo::empty_loader().file(dir.path(name)).load()
}

/// The problems, reported while the file still exists.
fn problems_of(name: &str, text: &str) -> String {
    let dir = Dir::with(&[(name, text)]);
    problems(Demo::empty_loader().file(dir.path(name)).load())
}

fn warnings_of(name: &str, text: &str) -> String {
    let dir = Dir::with(&[(name, text)]);
    warnings(Demo::empty_loader().file(dir.path(name)).load())
}

fn toml(text: &str) -> Loaded<Demo> {
    load("config.toml", text).unwrap()
}

#[test]
fn the_extension_determines_the_format() {
    let documents = [
        ("a.toml", "app_name = 'x'\n[server]\nbind = 'b'\n"),
        ("a.json", r#"{"app_name": "x", "server": {"bind": "b"}}"#),
        ("a.yaml", "app_name: x\nserver:\n  bind: b\n"),
        ("a.YML", "app_name: x\nserver: {bind: b}\n"),
    ];
    for (name, text) in documents {
        let loaded = load(name, text).unwrap();
        assert_eq!(
            (&*loaded.app_name, &*loaded.server.bind),
            ("x", "b"),
            "{name}"
        );
    }
    assert_data_eq!(
        problems_of("a.ini", "app_name=x"),
        str![[r#"
Source [..]/a.ini cannot be read: its extension is none of .toml, .json, .yaml and .yml
  help: give it the extension of its format
"#]]
    );
}

#[test]
fn keys_match_in_any_spelling_and_in_camel_case() {
    for key in [
        "db_pool_size",
        "db-pool-size",
        "DB_POOL_SIZE",
        "dbPoolSize",
        "DbPoolSize",
    ] {
        assert_eq!(toml(&format!("{key} = 5")).db_pool_size, 5, "{key}");
    }
}

#[test]
fn the_canonical_key_wins_over_another_spelling_in_one_table() {
    let text = "dbPoolSize = 6\ndb_pool_size = 5";
    assert_eq!(toml(text).db_pool_size, 5);
    assert_data_eq!(
        warnings_of("a.toml", text),
        str![[r#"
Ambiguous db_pool_size: set twice in one layer: db_pool_size ([..]/a.toml:2:16) wins over dbPoolSize ([..]/a.toml:1:14)
  help: remove dbPoolSize ([..]/a.toml:1:14)
"#]]
    );
}

#[test]
fn tables_are_groups_and_a_quoted_key_is_a_dotted_key() {
    assert_eq!(toml("[server.tls]\nkey = 'k'").server.tls.key, "k");
    assert_eq!(toml("\"server.tls.key\" = 'k'").server.tls.key, "k");
    assert_eq!(toml("[\"server.tls\"]\nkey = 'k'").server.tls.key, "k");
    assert_eq!(toml("[server]\n\"tls.key\" = 'k'").server.tls.key, "k");
}

#[test]
fn a_joined_name_is_unknown_in_a_file_and_the_hint_names_its_table() {
    let text = "server_bind = 'x'\n[server]\ntls_key = 'k'\napp_name = 'y'\n";
    assert_eq!(toml(text).server.bind, "localhost");
    assert_data_eq!(
        warnings_of("a.toml", text),
        str![[r#"
Unknown [..]/a.toml: 3 names do not match any setting: server_bind (1:1), server.tls_key (3:1), server.app_name (4:1)
  help: server_bind: write it as bind in the table server
  help: server.tls_key: write it as key in the table server.tls
  help: remove the rest, or correct the spelling
"#]]
    );
}

#[test]
fn a_setting_of_the_root_inside_a_table_is_unknown() {
    assert_data_eq!(
        warnings_of("a.yaml", "server:\n  bnid: x\n"),
        str![[r#"
Unknown [..]/a.yaml:2:3: server.bnid does not match any setting
  help: did you mean bind?
"#]]
    );
}

#[test]
fn keys_inside_a_map_are_kept_as_written() {
    let loaded = toml("[labels]\nteamName = 'a'\nTEAM-NAME = 'b'\n\"a.b\" = 'c'");
    let keys: Vec<_> = loaded.labels.keys().map(String::as_str).collect();
    assert_eq!(keys, ["TEAM-NAME", "a.b", "teamName"]);
}

#[test]
fn a_wrong_type_is_reported_with_line_and_column() {
    let dir = Dir::with(&[("config.toml", "\n\n[server]\nbind = 5\n")]);
    let loaded = Demo::empty_loader().file(dir.path("config.toml")).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed server.bind: expected text, found 5 in [..]/config.toml:4:8
  help: this setting is a string: put the value in quotes
  help: or set APP_SERVER_BIND, which overrides it
"#]]
    );
}

#[test]
fn the_position_is_omitted_once_the_file_has_changed() {
    let dir = Dir::with(&[("a.toml", "app_name = 'x'")]);
    let loaded = Demo::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap();
    let origin = loaded.origin("app_name").unwrap();
    assert_eq!(origin.line(), Some(1));
    assert_eq!(origin.column(), Some(12));
    dir.write("a.toml", "# changed\napp_name = 'x'");
    assert_eq!(origin.line(), None);
    assert_eq!(origin.to_string(), dir.text("a.toml"));
}

#[test]
fn a_value_in_a_list_of_groups_has_a_position_of_its_own() {
    let dir = Dir::with(&[
        (
            "a.toml",
            "[[mirrors]]\nurl = 'a'\n[[mirrors]]\nurl = 'b'\nweight = 300\n",
        ),
        ("b.yaml", "zones:\n  eu:\n    url: c\n    wieght: 5\n"),
    ]);
    let files = || {
        Demo::empty_loader()
            .file(dir.path("a.toml"))
            .file(dir.path("b.yaml"))
    };
    let error = files().load().unwrap_err();
    assert_data_eq!(
        lines(error.problems()),
        str![[r#"
Malformed mirrors[1].weight: expected a whole number from 0 to 255, found 300 in [..]/a.toml:5:10
  help: correct mirrors[1].weight there, or set APP_MIRRORS__1__WEIGHT, which overrides it
"#]]
    );
    assert_data_eq!(
        lines(error.warnings()),
        str![[r#"
Unknown [..]/b.yaml:4:5: zones.eu.wieght does not match any setting
  help: did you mean weight?
"#]]
    );
    let loaded = files().set("mirrors__1__weight", "3").load().unwrap();
    let origin = |key: &str| loaded.origin(key).unwrap();
    assert_eq!(origin("mirrors[1].url").line(), Some(4));
    assert_eq!(origin("mirrors[1].url").column(), Some(7));
    assert_eq!(origin("mirrors[1].weight").to_string(), "set");
    assert_eq!(origin("zones.eu.url").line(), Some(3));
    assert_eq!(origin("zones.eu.url").column(), Some(10));
}

#[test]
fn a_list_in_a_higher_file_replaces_and_a_variable_changes_one_setting() {
    let dir = Dir::with(&[
        ("a.json", r#"{"mirrors": [{"url": "a"}, {"url": "b"}]}"#),
        ("b.json", r#"{"mirrors": [{"url": "c", "weight": 2}]}"#),
    ]);
    let loaded = Demo::empty_loader()
        .file(dir.path("a.json"))
        .file(dir.path("b.json"))
        .env_from([("APP_MIRRORS__0__URL", "d")])
        .load()
        .unwrap();
    assert_eq!(loaded.mirrors.len(), 1);
    assert_eq!(
        (&*loaded.mirrors[0].url, loaded.mirrors[0].weight),
        ("d", 2)
    );
}

#[test]
fn maps_of_groups_join_across_files_and_variables_match_keys_in_any_case() {
    let dir = Dir::with(&[
        (
            "a.json",
            r#"{"zones": {"eu-west": {"url": "a"}, "EU-WEST": {"url": "b"}}}"#,
        ),
        ("b.json", r#"{"zones": {"eu-west": {"weight": 5}}}"#),
    ]);
    let loaded = Demo::empty_loader()
        .file(dir.path("a.json"))
        .file(dir.path("b.json"))
        .env_from([("APP_ZONES__Eu_West__URL", "c")])
        .load()
        .unwrap();
    let zones: Vec<_> = loaded
        .zones
        .iter()
        .map(|(key, zone)| (&**key, &*zone.url, zone.weight))
        .collect();
    assert_eq!(zones, [("EU-WEST", "b", 1), ("eu-west", "c", 5)]);
}

#[test]
fn a_group_that_is_not_a_table_is_one_problem() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        mirror: Mirror,
    }
    let dir = Dir::with(&[("a.toml", "mirror = 'hunter2'")]);
    assert_data_eq!(
        problems(Root::empty_loader().file(dir.path("a.toml")).load()),
        str![[r#"
Malformed mirror: expected a table, found a string in [..]/a.toml:1:10
  help: set each of its settings by its own key
"#]]
    );
    let text = r#"{"mirrors": "hunter2", "zones": ["hunter2"]}"#;
    assert_data_eq!(
        problems_of("a.json", text),
        str![[r#"
Malformed mirrors: expected a list of tables, found a string in [..]/a.json:1:13
  help: write a table for each of its elements
Malformed zones: expected a table of tables, found a list in [..]/a.json:1:33
  help: write a table for each of its keys
"#]]
    );
    assert_data_eq!(
        problems_of("a.json", r#"{"mirrors": ["hunter2"]}"#),
        str![[r#"
Malformed mirrors: expected a table for each element, found a string in [..]/a.json:1:14
  help: set each of its settings by its own key
"#]]
    );
}

#[test]
fn an_optional_group_is_present_once_a_file_contains_its_table() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(nested)]
        mirror: Option<Mirror>,
    }
    let load = |text: &str| {
        let dir = Dir::with(&[("a.json", text)]);
        let loaded = Root::empty_loader().file(dir.path("a.json")).load();
        loaded.map(|loaded| loaded.into_inner().mirror)
    };
    for text in ["{}", r#"{"mirror": null}"#] {
        assert!(load(text).unwrap().is_none(), "{text}");
    }
    for text in [r#"{"mirror": {}}"#, r#"{"mirror": {"url": null}}"#] {
        let error = load(text).unwrap_err();
        assert_eq!(error.problems()[0].key(), Some("mirror.url"), "{text}");
    }
    let mirror = load(r#"{"mirror": {"url": "a"}}"#).unwrap();
    assert_eq!(mirror.unwrap().weight, 1);
}

#[test]
fn dates_and_large_numbers_keep_their_text() {
    #[derive(Debug, Settings)]
    struct Exact {
        since: String,
        big: u128,
        seconds: f64,
    }
    let dir = Dir::with(&[
        (
            "a.toml",
            "since = 2026-01-02T03:04:05Z\nbig = \"340282366920938463463374607431768211455\"\nseconds = 0.1\n",
        ),
        (
            "b.json",
            r#"{"big": 340282366920938463463374607431768211454}"#,
        ),
    ]);
    let loaded = Exact::empty_loader()
        .file(dir.path("a.toml"))
        .file(dir.path("b.json"))
        .load()
        .unwrap();
    assert_eq!(loaded.since, "2026-01-02T03:04:05Z");
    assert_eq!(loaded.big, u128::MAX - 1);
    assert!((loaded.seconds - 0.1).abs() < f64::EPSILON);
}

#[test]
fn a_syntax_error_has_its_position_and_quotes_nothing() {
    let report = [
        problems_of("a.toml", "app_name = \"hunter2\ndb_pool_size = 1"),
        problems_of("a.json", "{\"app_name\": \"hunter2\",}"),
        problems_of("a.yaml", "app_name: \"hunter2\nserver: ["),
    ]
    .join("\n");
    assert!(!report.contains("hunter2"));
    assert_data_eq!(
        report,
        str![[r#"
Source [..]/a.toml:1:20: this string in double quotes is not closed, or contains a control character
  help: [..]/a.toml is ignored as a whole until this is fixed
Source [..]/a.json:1:24: remove the comma before the closing bracket
  help: [..]/a.json is ignored as a whole until this is fixed
Source [..]/a.yaml:1:11: this line's indentation fits nothing above it
  help: [..]/a.yaml is ignored as a whole until this is fixed
"#]]
    );
}

/// The report on files of these formats, with the text of one file each.
fn report_of(files: &[(&str, &str)]) -> String {
    let dir = Dir::short();
    let files = files.iter().map(|(name, text)| dir.write(name, text));
    let loader = files.fold(Demo::empty_loader(), Loader::file);
    dir.relative(&loader.load().unwrap_err().to_string())
}

#[test]
fn a_syntax_error_shows_the_key_and_a_caret() {
    assert_data_eq!(
        report_of(&[
            ("a.toml", "[server]\nbind = hunter2\n"),
            ("b.toml", "db_pool_size = 1\napp_name = \"hunter2\n"),
            ("c.toml", "[server\nbind = 'x'\n"),
            ("d.toml", "hunter2 hunter2\n"),
            ("a.json", "{\n  \"app_name\": 'hunter2'\n}"),
            ("a.yaml", "server:\n\tbind: hunter2\n"),
            ("b.yaml", "app_name: \"hunter2\" hunter2\n"),
        ]),
        str![[r#"
7 problems in the settings (Demo)

  a.toml:2:8: this value is not a number, bool or date; a string needs quotes
      bind = •…
             ^
    help: a.toml is ignored as a whole until this is fixed

  b.toml:2:20: this string in double quotes is not closed, or contains a control character
      app_name = ••••••••
                         ^
    help: b.toml is ignored as a whole until this is fixed

  c.toml:1:8: expected `]` after the table's name
      [server
             ^
    help: c.toml is ignored as a whole until this is fixed

  d.toml:1:9: expected `=` and a value after the key
      •••••••••…
              ^
    help: d.toml is ignored as a whole until this is fixed

  a.json:2:15: strings use double quotes
        "app_name": •…
                    ^
    help: a.json is ignored as a whole until this is fixed

  a.yaml:2:2: a tab can't indent; use spaces
       bind: •…
       ^
    help: a.yaml is ignored as a whole until this is fixed

  b.yaml:1:21: expected the end of the line after the closing quote
      app_name: •••••••••••…
                          ^
    help: b.yaml is ignored as a whole until this is fixed

read: a.toml (unreadable), b.toml (unreadable), c.toml (unreadable),
      d.toml (unreadable), a.json (unreadable), a.yaml (unreadable),
      b.yaml (unreadable)
"#]]
    );
}

#[test]
fn a_duplicate_key_is_reported_with_both_places() {
    assert_data_eq!(
        report_of(&[
            (
                "a.toml",
                "[server]\nbind = 'hunter2'\ntls = {}\nbind = 'b'\n"
            ),
            (
                "b.toml",
                "server.tls.key = 'hunter2'\nserver.tls.key = 'b'\n"
            ),
            ("c.toml", "[server]\n[labels]\n[server]\n"),
            (
                "d.toml",
                "[[mirrors]]\nurl = 'a'\n[[mirrors]]\nurl = 'b'\nurl = 'c'\n"
            ),
            (
                "a.yaml",
                "server:\n  bind: hunter2\n  tls:\n    key: a\n  bind: b\n"
            ),
            (
                "a.json",
                "{\n  \"server\": { \"bind\": \"a\",\n    \"bind\": \"hunter2\" }\n}\n"
            ),
        ]),
        str![[r#"
6 problems in the settings (Demo)

  a.toml:4:1: duplicate key or table; the first is a.toml:2:1
      bind = •…
      ^
    help: a.toml is ignored as a whole until this is fixed

  b.toml:2:12: duplicate key or table; the first is b.toml:1:12
      server.tls.key = •…
                 ^
    help: b.toml is ignored as a whole until this is fixed

  c.toml:3:2: duplicate key or table; the first is c.toml:1:2
      [server]
       ^
    help: c.toml is ignored as a whole until this is fixed

  d.toml:5:1: duplicate key or table; the first is d.toml:4:1
      url = •…
      ^
    help: d.toml is ignored as a whole until this is fixed

  a.yaml:5:3: duplicate key in this table; the first is a.yaml:2:3
        bind: •
        ^
    help: a.yaml is ignored as a whole until this is fixed

  a.json:3:5: duplicate key in this table; the first is a.json:2:15
          "bind": •…
          ^
    help: a.json is ignored as a whole until this is fixed

read: a.toml (unreadable), b.toml (unreadable), c.toml (unreadable),
      d.toml (unreadable), a.yaml (unreadable), a.json (unreadable)
"#]]
    );
}

#[test]
fn a_number_with_a_fraction_is_printed_with_it() {
    for (name, text) in [
        ("a.toml", "db_pool_size = 5.0\n"),
        ("a.yaml", "db_pool_size: 5.0\n"),
        ("a.json", r#"{"db_pool_size": 5.0}"#),
    ] {
        let dir = Dir::with(&[(name, text)]);
        let report = problems(Demo::empty_loader().file(dir.path(name)).load());
        assert!(report.contains("found 5.0 in"), "{name}: {report}");
    }
}

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Generator {
    Fixed { seed: u64 },
    Scaled { by: f64 },
}

#[derive(Debug, Settings)]
struct Simulation {
    generator: Generator,
    #[settings(default = "")]
    format: serde_json::Value,
}

fn simulation(name: &str, text: &str) -> Result<Simulation, String> {
    let dir = Dir::with(&[(name, text)]);
    let loaded = Simulation::empty_loader().file(dir.path(name)).load();
    match loaded {
        Ok(loaded) => Ok(loaded.into_inner()),
        loaded => Err(problems(loaded).replace(&dir.path("").display().to_string(), "")),
    }
}

#[test]
fn types_that_accept_anything_get_numbers_and_strings_of_every_format() {
    let files = [
        (
            "a.toml",
            "format = '{time} [x'\ngenerator = { kind = 'fixed', seed = 11077308757146580733 }\n",
        ),
        (
            "a.yaml",
            "format: '{time} [x'\ngenerator:\n  kind: fixed\n  seed: 11077308757146580733\n",
        ),
        (
            "a.json",
            r#"{"format": "{time} [x", "generator": {"kind": "fixed", "seed": 11077308757146580733}}"#,
        ),
    ];
    for (name, text) in files {
        let read = simulation(name, text).unwrap();
        let seed = 11_077_308_757_146_580_733;
        assert_eq!(read.generator, Generator::Fixed { seed }, "{name}");
        assert_eq!(read.format, "{time} [x", "{name}");
    }
}

#[test]
fn a_number_that_would_be_rounded_is_refused() {
    let text = "[generator]\nkind = 'scaled'\nby = 0.1234567890123456789\n";
    assert_data_eq!(
        simulation("a.toml", text).unwrap_err(),
        str![[r#"
Malformed generator.by: expected a decimal number that 64 bits hold without rounding, found a number in a.toml:3:6
  help: write the number as a string
  help: or set GENERATOR, which overrides it
"#]]
    );
}

#[derive(Debug, Settings)]
struct Suspicious {
    #[settings(default = "")]
    password: settings_core::SecretString,
    #[settings(default = 0)]
    mode: u32,
    #[settings(default = "")]
    hosts: Vec<String>,
}

#[test]
fn notation_of_other_tools_is_a_warning() {
    let dir = Dir::with(&[(
        "a.yaml",
        "password: ${DB_PASS}\nmode: 0644\nhosts: [a, '${HOST:-b}']\n",
    )]);
    let loaded = Suspicious::empty_loader().file(dir.path("a.yaml")).load();
    let root = dir.path("").display().to_string();
    assert_data_eq!(
        warnings(loaded).replace(&root, ""),
        str![[r#"
Ambiguous password: the value contains a reference such as `${NAME}`, which this file does not replace, in a.yaml:1:11
  help: declare the file as interpolate("…") in the program, or add it by `Loader::file_interpolated`
  help: or set it by its environment variable or in a `.env` file, which replaces references
Ambiguous mode: the number begins with a zero and is decimal, but readers of YAML 1.1 take it as octal, in a.yaml:2:7
  help: write it without the zero, or as `0o644` if it is octal
Ambiguous hosts[1]: the value contains a reference such as `${NAME}`, which this file does not replace, in a.yaml:3:12
  help: declare the file as interpolate("…") in the program, or add it by `Loader::file_interpolated`
  help: or set it by its environment variable or in a `.env` file, which replaces references
"#]]
    );

    let overridden = Suspicious::empty_loader()
        .file(dir.path("a.yaml"))
        .env_from([("PASSWORD", "x"), ("MODE", "420"), ("HOSTS", "a")])
        .load();
    assert_data_eq!(warnings(overridden), str![""]);
}

#[test]
fn a_secret_that_ends_in_a_line_break_is_kept_with_a_warning() {
    use settings_core::ExposeSecret;
    for value in ["x\n", "x\r", "\u{feff}x"] {
        let dir = Dir::with(&[("password", &format!("{value}\n"))]);
        let env = Suspicious::empty_loader().env_from([("PASSWORD", value)]);
        let file = Suspicious::empty_loader().secrets_dir(dir.path(""));
        let named = Suspicious::empty_loader().env_from([("PASSWORD_FILE", dir.path("password"))]);
        for loader in [env, file, named] {
            let loaded = loader.load().unwrap();
            assert_eq!(loaded.password.expose_secret(), value);
            assert_eq!(loaded.warnings().len(), 1, "{value:?}");
        }
    }
    let key = "-----BEGIN KEY-----\nx\n-----END KEY-----\n";
    let loaded = Suspicious::empty_loader()
        .env_from([("PASSWORD", key)])
        .load();
    assert_data_eq!(warnings(loaded), str![""]);
}
