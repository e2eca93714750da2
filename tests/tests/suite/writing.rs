//! `to_env` and `to_json`: values that read back are written, others are comments.

use crate::dir::Dir;
use serde::Deserialize;
use settings_core::{SecretString, Settings};
use snapbox::{IntoData, assert_data_eq, str};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

#[derive(Debug, Settings)]
struct App {
    name: Option<String>,
    database: Option<url::Url>,
    labels: Option<BTreeMap<String, String>>,
    anything: Option<serde_json::Value>,
    ports: Option<Vec<u16>>,
    #[settings(default = "info")]
    level: Option<String>,
    #[settings(default = Duration::from_micros(1500))]
    tick: Duration,
    #[settings(default_with = home)]
    home: PathBuf,
    #[settings(default = Pair(1, 2))]
    pair: Pair,
    #[settings(nested)]
    hosts: Vec<Host>,
    #[settings(nested)]
    zones: BTreeMap<String, Host>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Host {
    name: Option<String>,
    token: Option<SecretString>,
}

#[derive(Debug, Deserialize)]
struct Pair(
    #[allow(dead_code, reason = "for its `Debug`")] u8,
    #[allow(dead_code, reason = "for its `Debug`")] u8,
);

fn home() -> PathBuf {
    PathBuf::from("/srv/app")
}

fn from(json: &str) -> settings_core::Loaded<App> {
    let dir = Dir::with(&[]);
    dir.write("app.json", json);
    App::empty_loader()
        .file(dir.path("app.json"))
        .load()
        .unwrap()
}

#[test]
fn settings_are_written_so_that_they_read_back() {
    let app = from(
        r#"{
            "name": "it's $HOME",
            "labels": { "a b": "1,2", "": "x\ny" },
            "anything": [1, "1", null],
            "ports": [80, 443],
            "level": null,
            "hosts": [{ "name": "a" }, {}],
            "zones": { "eu-west": { "name": "b" }, "süd": { "name": "c" } }
        }"#,
    );
    assert_data_eq!(
        app.to_env(),
        str![[r#"
NAME="it's \$HOME"
# DATABASE=
LABELS='{"":"x\ny","a b":"1,2"}'
ANYTHING='[1,"1",null]'
PORTS='[80,443]'
LEVEL=
TICK=1.5ms
HOME=/srv/app
# PAIR=Pair(1, 2)
HOSTS__0__NAME=a
# HOSTS__0__TOKEN=
HOSTS__1='{}'
# HOSTS__1__NAME=
# HOSTS__1__TOKEN=
ZONES__eu-west__NAME=b
# ZONES__eu-west__TOKEN=
ZONES='{"süd":{"name":"c"}}'
# zones.süd.token=

"#]]
        .raw()
    );
    let dir = Dir::with(&[]);
    dir.write(".env", app.to_env());
    let again = App::empty_loader()
        .env_file(dir.path(".env"))
        .load()
        .unwrap();
    assert_eq!(again.to_env(), app.to_env());
    let (again, app) = (again.into_inner(), app.into_inner());
    assert_eq!(format!("{again:?}"), format!("{app:?}"));
}

#[test]
fn a_value_that_does_not_read_back_is_a_comment_of_one_line() {
    let app = from(
        r#"{
            "name": "a\u0000b",
            "database": "postgres://user:hunter2@db/app",
            "labels": { "password": "hunter2", "note": "x\ny" },
            "anything": 5,
            "hosts": [{ "token": "hunter2" }]
        }"#,
    );
    assert_data_eq!(
        app.to_env(),
        str![[r##"
# NAME=a\0b
# DATABASE=postgres://user:[redacted]@db/app
# LABELS={"note":"x\ny","password":"[redacted]"}
# ANYTHING=5
# PORTS=
LEVEL=info
TICK=1.5ms
HOME=/srv/app
# PAIR=Pair(1, 2)
HOSTS__0='{}'
# HOSTS__0__NAME=
# HOSTS__0__TOKEN=[redacted]
# ZONES={}

"##]]
        .raw()
    );
}

#[test]
fn json_has_values_as_their_settings_accept_them() {
    let variables = [
        ("PORTS", "80, 443"),
        ("LABELS", "a=1,b=x"),
        ("HOSTS__0__NAME", "a"),
        ("HOSTS__1__NAME", "b"),
        ("ZONES__eu.west__NAME", "c"),
    ];
    let app = App::empty_loader().env_from(variables).load().unwrap();
    assert_data_eq!(app.to_json(), str![[r#"{"name":null,"database":null,"labels":{"a":"1","b":"x"},"anything":null,"ports":[80,443],"level":"info","tick":"1.5ms","home":"/srv/app","pair":"Pair(1, 2)","hosts":[{"name":"a","token":null},{"name":"b","token":null}],"zones":{"eu.west":{"name":"c","token":null}}}"#]].raw());
    let app = from(r#"{ "anything": 5, "labels": { "password": "hunter2" } }"#);
    assert_data_eq!(app.to_json(), str![[r#"{"name":null,"database":null,"labels":{"password":"[redacted]"},"anything":5,"ports":null,"level":"info","tick":"1.5ms","home":"/srv/app","pair":"Pair(1, 2)","hosts":[],"zones":{}}"#]].raw());
}

#[test]
fn text_that_would_read_back_as_json_is_a_comment() {
    #[derive(Debug, Settings)]
    struct App {
        rule: serde_json::Value,
    }
    for text in ["\u{a0}[1,2]", "[1,2]", " {}"] {
        let json = serde_json::json!({ "rule": text }).to_string();
        let dir = Dir::with(&[("config.json", &json)]);
        let app = App::empty_loader().file(dir.path("config.json")).load();
        let app = app.unwrap();
        assert_eq!(app.rule, text);
        let env = app.to_env();
        assert!(env.starts_with("# RULE="), "{env}");
    }
}
