//! `default_if`: other defaults if another setting has a certain value.

use crate::{dir::Dir, reports::problems, settings_command::settings_command_of};
use serde_json::Value;
use settings_core::{Settings, docs};
use snapbox::{assert_data_eq, str};
use std::time::Duration;

#[derive(Debug, serde::Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    /// Format of the log.
    #[settings(
        default = "text",
        default_if(environment = "production", "json"),
        default_if(environment = "staging", Format::Json)
    )]
    format: Format,
    #[settings(
        default = "development",
        one_of("development", "staging", "production")
    )]
    environment: String,
    #[settings(default = 1, default_if(environment = "production", 4), range(1..=8))]
    workers: u32,
    #[settings(default = "10s", default_if(debug = "yes", "1h"))]
    timeout: Duration,
    #[settings(default_from(environment) = environment == "development")]
    debug: bool,
    #[settings(
        default_if(environment = "development", "localhost"),
        required_if(environment = "production")
    )]
    mail_host: Option<String>,
    #[settings(default_from(workers) = *workers * 2, default_if(environment = "staging", 5))]
    connections: u32,
}

fn load(variables: &[(&str, &str)]) -> App {
    App::empty_loader()
        .env_from(variables.iter().copied())
        .load()
        .unwrap()
        .into_inner()
}

#[test]
fn the_first_default_whose_condition_holds_counts() {
    let app = load(&[]);
    assert_eq!((app.format, app.workers), (Format::Text, 1));
    assert_eq!(app.timeout, Duration::from_hours(1));
    assert_eq!(app.mail_host.as_deref(), Some("localhost"));
    assert_eq!(app.connections, 2);
    let app = load(&[("APP_ENVIRONMENT", "staging")]);
    assert_eq!((app.format, app.workers), (Format::Json, 1));
    assert_eq!(app.timeout, Duration::from_secs(10));
    assert_eq!((app.mail_host, app.connections), (None, 5));
    let app = load(&[("APP_ENVIRONMENT", "production"), ("APP_MAIL_HOST", "a")]);
    assert_eq!((app.format, app.workers), (Format::Json, 4));
    assert_eq!(app.connections, 8);
    // A source overrides it, and nothing is no value.
    let app = load(&[
        ("APP_ENVIRONMENT", "staging"),
        ("APP_FORMAT", "text"),
        ("APP_WORKERS", ""),
    ]);
    assert_eq!((app.format, app.workers), (Format::Text, 1));
    let app = load(&[("APP_MAIL_HOST", "")]);
    assert_eq!(app.mail_host, None);
}

#[test]
fn its_origin_is_the_condition() {
    let loaded = App::empty_loader()
        .env_from([("APP_ENVIRONMENT", "production"), ("APP_MAIL_HOST", "a")])
        .load()
        .unwrap();
    assert_data_eq!(
        loaded.dump().to_string(),
        str![[r#"
format       json        default (environment = production)
environment  production  environment variable APP_ENVIRONMENT
workers      4           default (environment = production)
timeout      10s         default
debug        false       computed from environment
mail_host    a           environment variable APP_MAIL_HOST
connections  8           computed from workers

"#]]
    );
}

#[test]
fn a_setting_may_be_required_where_it_has_no_default() {
    let loaded = App::empty_loader()
        .env_from([("APP_ENVIRONMENT", "production")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Missing mail_host: required, because environment is production, but not set
  help: set APP_MAIL_HOST to text
"#]]
    );
}

#[test]
fn it_is_checked_like_any_default() {
    #[derive(Debug, Settings)]
    struct Wrong {
        #[settings(default = 1)]
        mode: u8,
        #[settings(default = 1, default_if(mode = "2", 5 + 5), range(..9))]
        a: u8,
        #[settings(default = Format::Json, default_if(mode = "3", "xml"))]
        b: Format,
        #[settings(default = 1, default_if(level = "louder", 2))]
        c: u8,
        #[settings(default = Format::Text)]
        level: Format,
    }
    assert!(App::check_schema().is_ok());
    let error = Wrong::check_schema().unwrap_err();
    let found: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
    assert_data_eq!(
        found.join("\n"),
        str![[r#"
a: expected a value of at most 8 in its default (mode = 2)
b: expected one of text, json, found "xml" in its default (mode = 3)
c: `default_if` compares level with a value that it never has: expected one of text, json
"#]]
    );
    let loaded = Wrong::empty_loader()
        .env_from([("MODE", "3"), ("B", "json")])
        .load();
    assert!(loaded.is_err());
}

#[test]
fn documents_list_it() {
    let env = docs::env_example::<App>();
    assert!(
        env.contains("# Format of the log.\n# one of text, json; default if environment is production: json; default if environment is staging: json\n#APP_FORMAT=text\n"),
        "{env}"
    );
    let markdown = docs::markdown::<App>();
    assert!(
        markdown.contains("| `workers` | A whole number; a value from 1 to 8; default if environment is production: 4. | `1` | `APP_WORKERS` |"),
        "{markdown}"
    );
    let schema: Value = serde_json::from_str(&docs::json_schema::<App>()).unwrap();
    assert_eq!(
        schema["properties"]["workers"]["description"],
        "Default if environment is production: 4."
    );
    assert_eq!(schema["properties"]["workers"]["default"], 1);
}

#[test]
fn it_is_explained() {
    let command =
        settings_command_of(env!("CARGO_BIN_EXE_dependent")).var("APP_DOMAIN", "localhost");
    assert_data_eq!(
        command.run(&["explain", "scheme"]).out,
        str![[r#"
scheme

  type         String: text
  default      https
               if domain is localhost: http

  environment  APP_SCHEME
  .env file    APP_SCHEME
  files        scheme
  secrets dir  scheme
  argument     --scheme

  value        http
  from         default (domain = localhost)
  because      no source sets it

  every layer, highest first
          environment                   -
    wins  default (domain = localhost)  http

"#]]
    );
}

#[test]
fn a_secret_value_is_not_part_of_the_origin() {
    #[derive(Debug, Settings)]
    struct App {
        #[settings(default = "hunter2")]
        api_token: String,
        #[settings(default = 1, default_if(api_token = "hunter2", 2))]
        a: u8,
    }
    let loaded = App::empty_loader().load().unwrap();
    assert_eq!(loaded.a, 2);
    assert_eq!(
        loaded.origin("a").unwrap().to_string(),
        "default (by the value of api_token)"
    );
}

#[test]
fn a_change_of_the_other_setting_changes_it() {
    #[derive(Debug, Settings)]
    struct Live {
        #[settings(default = "info", reload)]
        level: String,
        #[settings(default = "text", default_if(level = "debug", "json"), reload)]
        format: String,
        #[settings(default = "text", default_if(level = "debug", "json"))]
        fixed: String,
    }
    let dir = Dir::with(&[(".env", "")]);
    let live = Live::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    dir.write(".env", "LEVEL=debug\n");
    live.reload().unwrap();
    let current = live.current();
    assert_eq!((&*current.format, &*current.fixed), ("json", "text"));
    assert_eq!(live.status().restart_required, ["fixed"]);
    drop(current);
    dir.write(".env", "LEVEL=info\n");
    live.reload().unwrap();
    assert_eq!(live.current().format, "text");
}
