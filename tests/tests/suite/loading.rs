//! The loader, and the data of a load.

use crate::{dir::Dir, reports::problems};
use settings_core::{
    Error, ExposeSecret, Layer, Loaded, Origin, ProblemKind, SecretString, Settings,
};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = 8080)]
    port: u16,
    name: Option<String>,
    token: Option<SecretString>,
    #[settings(default = true)]
    verbose: bool,
    list: Option<Vec<u8>>,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind: String,
    url: Option<String>,
}

#[test]
fn a_required_source_that_is_absent_is_a_problem() {
    let dir = Dir::with(&[]);
    let load = || {
        App::empty_loader()
            .required_file(dir.path("app.json"))
            .required_env_file(dir.path(".env"))
            .required_secrets_dir(dir.path("secrets"))
            .load()
    };
    assert_data_eq!(
        dir.relative(&problems(load())),
        str![[r#"
Source app.json is required, but absent
  help: create it, or correct its path
Source .env is required, but absent
  help: create it, or correct its path
Source the secrets directory secrets cannot be read: no such directory
  help: create it, or correct its path
"#]]
    );
    dir.write("app.json", "{}");
    dir.write(".env", "APP_NAME=x");
    dir.write("secrets/token", "hunter2");
    assert_eq!(load().unwrap().name.as_deref(), Some("x"));
}

#[test]
fn env_from_takes_pairs_of_many_types() {
    use std::{collections::HashMap, ffi::OsString};
    let app = App::empty_loader()
        .env_from([("APP_PORT", "1")])
        .load()
        .unwrap();
    assert_eq!(app.port, 1);
    let variables = HashMap::from([("APP_PORT".to_owned(), "2".to_owned())]);
    let app = App::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(app.port, 2);
    let variables = vec![(OsString::from("APP_PORT"), OsString::from("3"))];
    let app = App::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(app.port, 3);
}

#[test]
fn a_loader_hides_its_values_in_debug() {
    let loader = App::empty_loader()
        .env_from([("APP_TOKEN", "hunter2")])
        .args(["--token", "hunter2"])
        .set("token", "hunter2");
    let shown = format!("{loader:?} {loader:#?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

fn sample() -> Loaded<App> {
    App::empty_loader()
        .env_from([
            ("APP_TOKEN", "hunter2"),
            ("APP_NAEM", "typo"),
            ("APP_LIST", "[1,2]"),
        ])
        .args(["--server-url", "postgres://user:hunter3@host/db"])
        .set("name", "demo")
        .load()
        .unwrap()
}

#[test]
fn loaded_dereferences_to_the_settings() {
    fn port(app: &App) -> u16 {
        app.port
    }
    let loaded = sample();
    assert_eq!(port(&loaded), 8080);
    assert_eq!(loaded.token.as_ref().unwrap().expose_secret(), "hunter2");
    let app: App = loaded.into_inner();
    assert!(app.verbose);
    assert_eq!(
        app.server.url.as_deref(),
        Some("postgres://user:hunter3@host/db")
    );
}

#[test]
fn loaded_knows_origins_by_any_spelling_of_the_key() {
    let loaded = sample();
    let origin = |key| loaded.origin(key).as_ref().map(ToString::to_string);
    assert_eq!(origin("port").as_deref(), Some("default"));
    assert_eq!(origin("name").as_deref(), Some("set"));
    assert_eq!(
        origin("token").as_deref(),
        Some("environment variable APP_TOKEN")
    );
    for key in ["server.url", "SERVER_URL", "server-url", "server__url"] {
        assert_eq!(
            origin(key).as_deref(),
            Some("argument --server-url"),
            "{key}"
        );
    }
    assert_eq!(origin("server"), None);
    assert_eq!(origin("nothing"), None);
    let bare = App::empty_loader().load().unwrap();
    assert!(bare.origin("name").is_none());
}

#[test]
fn loaded_returns_warnings() {
    let loaded = sample();
    let [warning] = loaded.warnings() else {
        panic!("{:?}", loaded.warnings());
    };
    assert_eq!(warning.kind(), ProblemKind::Unknown);
    assert_eq!(
        warning.origin().map(Origin::layer),
        Some(Layer::Environment)
    );
}

#[test]
fn loaded_dumps_the_masked_table() {
    assert_data_eq!(
        sample().dump().to_string(),
        str![[r#"
port         8080                                default
name         demo                                set
token        [redacted]                          environment variable APP_TOKEN
verbose      true                                default
list         [1,2]                               environment variable APP_LIST
server.bind  localhost                           default
server.url   postgres://user:[redacted]@host/db  argument --server-url

"#]]
    );
}

#[test]
fn loaded_is_json() {
    let json = sample().to_json();
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    assert_data_eq!(
        json,
        str![[
            r#"{"port":8080,"name":"demo","token":"[redacted]","verbose":true,"list":[1,2],"server":{"bind":"localhost","url":"postgres://user:[redacted]@host/db"}}"#
        ]]
    );
}

#[test]
fn loaded_hides_secrets_in_debug() {
    let shown = format!("{:?}", sample());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_error_is_small_sendable_and_a_std_error() {
    fn is_error<E: std::error::Error + Send + Sync + Clone + 'static>() {}
    is_error::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

#[test]
fn display_and_debug_are_the_report() {
    let error = App::empty_loader()
        .env_from([("APP_PORT", "lots")])
        .load()
        .unwrap_err();
    assert_eq!(error.to_string(), format!("{error:?}"));
    assert_eq!(error.to_string(), format!("{error:#?}"));
    assert!(std::error::Error::source(&error).is_none());
}
