//! References in files: `${NAME}`, `${NAME:-text}`, `${NAME:?text}`, `$$`.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use settings_core::{ExposeSecret, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "")]
    url: String,
    #[settings(default = 1)]
    port: u16,
    #[settings(default = "")]
    tags: Vec<String>,
    #[settings(default = "")]
    motto: String,
    token: Option<SecretString>,
    #[settings(nested)]
    hosts: Vec<Host>,
    #[settings(nested)]
    zones: BTreeMap<String, Host>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Host {
    name: String,
}

const NONE: [(&str, &str); 0] = [];

#[test]
fn references_are_replaced_in_every_format() {
    for (name, text) in [
        (
            "a.yaml",
            "url: http://${HOST}/\nport: ${PORT:-80}\ntags: [a, \"${HOST}\"]\n",
        ),
        (
            "a.toml",
            "url = 'http://${HOST}/'\nport = '${PORT:-80}'\ntags = ['a', '${HOST}']\n",
        ),
        (
            "a.json",
            r#"{"url": "http://${HOST}/", "port": "${PORT:-80}", "tags": ["a", "${HOST}"]}"#,
        ),
    ] {
        let dir = Dir::with(&[(name, text)]);
        let app = App::empty_loader()
            .file_interpolated(dir.path(name))
            .env_from([("HOST", "db")])
            .load()
            .unwrap();
        assert_eq!((app.url.as_str(), app.port), ("http://db/", 80), "{name}");
        assert_eq!(app.tags, ["a", "db"], "{name}");
        assert!(app.warnings().is_empty(), "{name}");
    }
}

#[test]
fn the_origin_names_the_variables() {
    let dir = Dir::with(&[(
        "a.yaml",
        "url: ${A}${B:-}\ntags: [x, \"${A}\"]\nmotto: plain\n",
    )]);
    let app = App::empty_loader()
        .file_interpolated(dir.path("a.yaml"))
        .env_from([("A", "1"), ("B", "2")])
        .load()
        .unwrap();
    let origin = |key| dir.relative(&app.origin(key).unwrap().to_string());
    assert_eq!(origin("url"), "a.yaml:1:6 with A, B");
    assert_eq!(origin("tags"), "a.yaml:2:7 with A");
    assert_eq!(origin("motto"), "a.yaml:3:8");
}

#[test]
fn the_environment_comes_before_env_files_and_the_last_of_them_before_others() {
    let dir = Dir::with(&[
        ("a.yaml", "url: ${A}\nmotto: ${B}\n"),
        (".env", "A=file\nB=first\n"),
        (".env.local", "B=second\n"),
    ]);
    let app = App::empty_loader()
        .file_interpolated(dir.path("a.yaml"))
        .env_file(dir.path(".env"))
        .env_file(dir.path(".env.local"))
        .env_from([("A", "variable")])
        .load()
        .unwrap();
    assert_eq!(
        (app.url.as_str(), app.motto.as_str()),
        ("variable", "second")
    );
}

#[test]
fn a_file_may_refer_to_an_env_file_that_is_named_by_one_of_its_settings() {
    #[derive(Debug, Settings)]
    struct Staged {
        #[settings(default = "development")]
        environment: String,
        #[settings(default = "")]
        url: String,
        #[settings(default = "")]
        late: String,
    }
    let dir = Dir::with(&[
        ("a.yaml", "environment: production\nurl: ${HOST}\n"),
        ("production.yaml", "late: ${HOST}!\n"),
        (".env", "HOST=plain\n"),
        (".env.production", "HOST=production\n"),
    ]);
    let app = Staged::empty_loader()
        .file_interpolated(dir.path("a.yaml"))
        .file_interpolated(dir.path("{environment}.yaml"))
        .env_file(dir.path(".env"))
        .env_file(dir.path(".env.{environment}"))
        .load();
    let warned = warnings(app);
    assert!(
        warned.contains("HOST"),
        "a root without a prefix reports HOST: {warned}"
    );
    let app = Staged::empty_loader()
        .file_interpolated(dir.path("a.yaml"))
        .file_interpolated(dir.path("{environment}.yaml"))
        .env_file(dir.path(".env"))
        .env_file(dir.path(".env.{environment}"))
        .load()
        .unwrap();
    assert_eq!(
        (app.url.as_str(), app.late.as_str()),
        ("production", "production!")
    );
}

#[test]
fn a_reference_that_cannot_be_replaced_is_one_problem_with_its_position() {
    let text = "url: http://${HOST}/\nport: ${PORT:?name a port}\ntags: [a, \"${\"]\nhosts:\n  - name: ${NAME}\nzones:\n  eu: {name: \"${ZONE}\"}\n";
    let dir = Dir::with(&[("a.yaml", text)]);
    let loaded = App::empty_loader()
        .file_interpolated(dir.path("a.yaml"))
        .env_from(NONE)
        .load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Source a.yaml:1:6: ${HOST} is not set
  help: set the environment variable HOST, or write a default: ${HOST:-text}
Source a.yaml:2:7: ${PORT} is not set: name a port
  help: set the environment variable PORT
Source a.yaml:3:11: `${` is not the start of a reference: expected ${NAME}, ${NAME:-text} or ${NAME:?text}
  help: correct it, or write $$ for a plain $
Source a.yaml:5:11: ${NAME} is not set
  help: set the environment variable NAME, or write a default: ${NAME:-text}
Source a.yaml:7:14: ${ZONE} is not set
  help: set the environment variable ZONE, or write a default: ${ZONE:-text}
"#]]
    );
}

#[test]
fn a_secret_stays_masked_and_so_does_a_value_with_a_secret_variable() {
    let dir = Dir::with(&[("a.yaml", "token: ${X}\nmotto: ${API_TOKEN}\nurl: ${X}\n")]);
    let app = App::empty_loader()
        .file_interpolated(dir.path("a.yaml"))
        .env_from([("X", "visible"), ("API_TOKEN", "hunter2")])
        .load()
        .unwrap();
    assert_eq!(app.token.as_ref().unwrap().expose_secret(), "visible");
    assert_eq!(app.motto, "hunter2");
    let dump = app.dump().to_string();
    assert!(!dump.contains("hunter2"), "{dump}");
    let row = |key: &str| {
        dump.lines()
            .find(|line| line.starts_with(key))
            .unwrap()
            .to_owned()
    };
    assert!(row("token").contains("[redacted]"));
    assert!(row("motto").contains("[redacted]"));
}

#[test]
fn a_plain_file_warns_of_references_and_names_both_ways_out() {
    let dir = Dir::with(&[
        ("a.yaml", "url: http://${HOST}/\n"),
        ("b.yaml", "url: $${HOST}\n"),
    ]);
    assert_data_eq!(
        dir.relative(&warnings(
            App::empty_loader().file(dir.path("a.yaml")).load()
        )),
        str![[r#"
Ambiguous url: the value contains a reference such as `${NAME}`, which this file does not replace, in a.yaml:1:6
  help: declare the file as interpolate("…") in the program, or add it by `Loader::file_interpolated`
  help: or set it by its environment variable or in a `.env` file, which replaces references
"#]]
    );
    let app = App::empty_loader()
        .file_interpolated(dir.path("b.yaml"))
        .load()
        .unwrap();
    assert_eq!(app.url, "${HOST}");
    assert!(app.warnings().is_empty());
}

#[test]
fn a_declared_file_is_interpolated() {
    #[derive(Debug, Settings)]
    #[settings(file = required(interpolate("none/such.yaml")))]
    struct Declared {
        #[settings(default = 1)]
        port: u16,
    }
    assert!(Declared::SCHEMA.sources[0].interpolated && Declared::SCHEMA.sources[0].required);
    assert_data_eq!(
        problems(Declared::loader().load()),
        str![[r#"
Source none/such.yaml is required, but absent
  help: create it, or correct its path
"#]]
    );
}
