//! `default_from`: defaults that are computed from other settings of the same struct.

use crate::{
    dir::Dir,
    reports::{only_problem, problems},
    settings_command::settings_command_of,
};
use serde_json::Value;
use settings_core::{ExposeSecret, ProblemKind, SecretString, Settings, docs};
use snapbox::{assert_data_eq, str};
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    /// Called after each order.
    #[settings(default_from(url) = format!("{url}/hook"))]
    hook: String,
    /// Where clients reach the service.
    #[settings(default_from(domain, port) = match port {
        Some(port) => format!("https://{domain}:{port}"),
        None => format!("https://{domain}"),
    })]
    url: String,
    #[settings(default = "example.org")]
    domain: String,
    port: Option<u16>,
    #[settings(default_from(port) = port.map(|port| port + 1))]
    admin_port: Option<u16>,
    #[settings(default_from(workers) = *workers * 2, range(1..=64))]
    connections: u32,
    #[settings(default = 4)]
    workers: u32,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    host: String,
    #[settings(default_from(host) = format!("http://{host}"))]
    url: String,
}

#[derive(Debug, Settings)]
struct Nesting {
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    others: Vec<Server>,
    #[settings(nested)]
    spare: Option<Server>,
    #[settings(flatten)]
    flat: Flat,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Flat {
    #[settings(default = 1)]
    one: u8,
    #[settings(default_from(one) = one + 1)]
    two: u8,
}

#[test]
fn a_default_is_computed_from_other_settings() {
    let app = App::empty_loader().load().unwrap();
    assert_eq!(app.url, "https://example.org");
    assert_eq!(app.hook, "https://example.org/hook");
    assert_eq!((app.admin_port, app.connections), (None, 8));
    let app = App::empty_loader()
        .env_from([("APP_DOMAIN", "a.org"), ("APP_PORT", "81")])
        .load()
        .unwrap();
    assert_eq!(app.hook, "https://a.org:81/hook");
    assert_eq!(app.admin_port, Some(82));
    assert_data_eq!(
        app.dump().to_string(),
        str![[r#"
hook         https://a.org:81/hook  computed from url
url          https://a.org:81       computed from domain, port
domain       a.org                  environment variable APP_DOMAIN
port         81                     environment variable APP_PORT
admin_port   82                     computed from port
connections  8                      computed from workers
workers      4                      default

"#]]
    );
}

#[test]
fn a_source_sets_it_as_any_other_setting() {
    let app = App::empty_loader()
        .env_from([
            ("APP_URL", "http://b"),
            ("APP_ADMIN_PORT", ""),
            ("APP_PORT", "1"),
        ])
        .load()
        .unwrap();
    assert_eq!((&*app.url, &*app.hook), ("http://b", "http://b/hook"));
    assert_eq!(app.admin_port, None);
    assert_eq!(
        app.origin("url").unwrap().to_string(),
        "environment variable APP_URL"
    );
    assert_eq!(app.origin("hook").unwrap().to_string(), "computed from url");
    // Set to nothing, it has its default.
    let app = App::empty_loader()
        .env_from([("APP_URL", "")])
        .load()
        .unwrap();
    assert_eq!(app.url, "https://example.org");
}

#[test]
fn it_is_computed_in_groups_lists_and_optional_groups() {
    let loaded = Nesting::empty_loader()
        .env_from([
            ("SERVER_HOST", "a"),
            ("OTHERS__0__HOST", "b"),
            ("SPARE_HOST", "c"),
            ("ONE", "5"),
        ])
        .load()
        .unwrap();
    assert_eq!(loaded.server.url, "http://a");
    assert_eq!(loaded.others[0].url, "http://b");
    assert_eq!(loaded.spare.as_ref().unwrap().url, "http://c");
    assert_eq!(loaded.flat.two, 6);
    for (key, origin) in [
        ("server.url", "computed from server.host"),
        ("others[0].url", "computed from others[0].host"),
        ("spare.url", "computed from spare.host"),
        ("two", "computed from one"),
    ] {
        assert_eq!(loaded.origin(key).unwrap().to_string(), origin);
    }
    assert!(Nesting::empty_loader().load().unwrap().spare.is_none());
}

#[derive(Debug, PartialEq, Settings)]
#[settings(group, tag = "kind")]
enum Store {
    #[settings(default)]
    Memory {
        #[settings(default_from(size) = size * 2, default_if(size = "1", 9))]
        limit: u32,
        #[settings(default = 4)]
        size: u32,
    },
    Disk {
        path: String,
        #[settings(default_from(path) = format!("{path}.lock"))]
        lock: String,
    },
}

#[test]
fn in_an_enum_it_sees_its_own_variant() {
    #[derive(Debug, Settings)]
    struct Stores {
        #[settings(nested)]
        store: Store,
        #[settings(nested)]
        others: Vec<Store>,
    }
    let loaded = Stores::empty_loader()
        .env_from([
            ("OTHERS__0__KIND", "disk"),
            ("OTHERS__0__PATH", "/a"),
            ("OTHERS__1__SIZE", "1"),
        ])
        .load()
        .unwrap();
    assert_eq!(loaded.store, Store::Memory { limit: 8, size: 4 });
    let lock = "/a.lock".to_owned();
    let path = "/a".to_owned();
    assert_eq!(loaded.others[0], Store::Disk { path, lock });
    assert_eq!(loaded.others[1], Store::Memory { limit: 9, size: 1 });
    assert_eq!(
        loaded.origin("others[0].lock").unwrap().to_string(),
        "computed from others[0].path"
    );
}

static CALLS: AtomicU32 = AtomicU32::new(0);

#[derive(Debug, Settings)]
struct Counted {
    #[settings(default_from(port) = CALLS.fetch_add(1, Ordering::SeqCst) + u32::from(*port))]
    id: u32,
    #[settings(default = 1)]
    port: u16,
    other: Option<u8>,
}

#[test]
fn it_runs_once_every_other_setting_is_valid() {
    let load = |variables: &[(&str, &str)]| {
        let variables = variables.iter().copied();
        Counted::empty_loader().env_from(variables).load()
    };
    let error = only_problem(load(&[("OTHER", "x")]));
    assert_eq!(error, (ProblemKind::Malformed, "other".to_owned()));
    load(&[("ID", "3")]).unwrap();
    assert_eq!(CALLS.load(Ordering::SeqCst), 0);
    load(&[]).unwrap();
    assert_eq!(CALLS.load(Ordering::SeqCst), 1);
}

#[test]
fn its_value_obeys_the_rules_of_its_setting() {
    let loaded = App::empty_loader().env_from([("APP_WORKERS", "40")]).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Rule connections: expected a value from 1 to 64 in its default, computed from workers
  help: set APP_CONNECTIONS, or correct the settings from which its default is computed
"#]]
    );
}

#[derive(Debug, Settings)]
#[settings(validate = Self::never)]
struct Conditional {
    #[settings(default_from(domain) = if domain == "localhost" { "dev" } else { "prod" }.to_owned())]
    environment: String,
    #[settings(default = "localhost")]
    domain: String,
    #[settings(required_if(environment = "prod"))]
    key: Option<String>,
    #[settings(default_from(domain) = domain.len(), range(..20))]
    length: usize,
    #[settings(default_from(length) = length + 1)]
    more: usize,
}

impl Conditional {
    fn never(&self) -> Result<(), &'static str> {
        Ok(())
    }
}

#[test]
fn every_problem_of_computed_defaults_is_reported_at_once() {
    assert!(Conditional::empty_loader().load().is_ok());
    let long = "a-long-name.example.org";
    let error = Conditional::empty_loader()
        .set("domain", long)
        .load()
        .unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
2 problems in the settings (Conditional)

  key: required, because environment is prod, but not set
    help: set KEY to text

  length: expected a value of at most 19 in its default, computed from domain
    help: set LENGTH, or correct the settings from which its default is computed

cross-field rules of Conditional: not checked until the problems above are fixed

read: no source
"#]]
    );
}

#[derive(Debug, Settings)]
struct Secret {
    token: SecretString,
    #[settings(default = "postgres://app:hunter2@db/app")]
    database: String,
    #[settings(default_from(token) = format!("Bearer {}", token.expose_secret()))]
    header: String,
    #[settings(default_from(header) = header.to_uppercase())]
    louder: String,
    #[settings(default_from(token) = !token.expose_secret().is_empty())]
    has_header: bool,
    #[settings(default_from(database) = database.replace("/app", "/test"))]
    test_database: String,
    #[settings(default_from(database) = database.split('@').count())]
    parts: usize,
    #[settings(default_from(token) = token.expose_secret().len(), secret = false)]
    length: usize,
}

#[test]
fn a_default_from_a_secret_is_masked() {
    let loaded = Secret::empty_loader()
        .set("token", "hunter3")
        .load()
        .unwrap();
    assert_eq!(loaded.louder, "BEARER HUNTER3");
    assert_data_eq!(
        loaded.dump().to_string(),
        str![[r#"
token          [redacted]                        set
database       postgres://app:[redacted]@db/app  default
header         [redacted]                        computed from token
louder         [redacted]                        computed from header
has_header     true                              computed from token
test_database  [redacted]                        computed from database
parts          2                                 computed from database
length         7                                 computed from token

"#]]
    );
    let shown = format!("{:?} {}", loaded, loaded.to_json());
    assert!(!shown.to_lowercase().contains("hunter"), "{shown}");
    // It is not a secret of its own: there is no `HEADER_FILE`.
    let dir = Dir::with(&[("header", "hunter4")]);
    let loaded = Secret::empty_loader()
        .set("token", "hunter3")
        .env_from([("HEADER_FILE", dir.path("header"))])
        .load()
        .unwrap();
    assert_eq!(loaded.header, "Bearer hunter3");
    // Set by a source, it is shown.
    let loaded = Secret::empty_loader()
        .set("token", "hunter3")
        .env_from([("HEADER", "none")])
        .load()
        .unwrap();
    assert!(loaded.dump().to_string().contains("header         none"));
}

#[derive(Debug, Settings)]
struct Rejected {
    #[settings(default_from(token) = token.expose_secret().to_owned(), pattern = "^[a-z]+$", validate = short)]
    header: String,
    token: SecretString,
}

fn short(text: &str) -> Result<(), String> {
    if text.len() < 6 {
        Ok(())
    } else {
        Err(format!("{text} is too long"))
    }
}

#[test]
fn a_rejected_default_from_a_secret_is_not_shown() {
    for secret in ["hunter2", "hunterhunter"] {
        let error = Rejected::empty_loader()
            .set("token", secret)
            .load()
            .unwrap_err();
        let report = format!("{error} {error:?}");
        assert!(report.contains("header: "), "{report}");
        assert!(!report.contains("hunter"), "{report}");
    }
}

#[test]
fn documents_name_the_settings_that_it_is_computed_from() {
    let markdown = docs::markdown::<App>();
    assert!(
        markdown.contains("| `url` | Where clients reach the service.<br>Text. | computed from `domain`, `port` | `APP_URL` |"),
        "{markdown}"
    );
    let env = docs::env_example::<App>();
    assert!(
        env.contains("# text; default: computed from domain, port\n#APP_URL=\n"),
        "{env}"
    );
    let schema: Value = serde_json::from_str(&docs::json_schema::<App>()).unwrap();
    assert_eq!(
        schema["properties"]["url"]["description"],
        "Where clients reach the service.\nBy default computed from domain, port."
    );
    assert_eq!(schema["properties"]["url"]["default"], Value::Null);
}

#[test]
fn the_schema_is_checked_with_what_has_a_default() {
    #[derive(Debug, Settings)]
    struct Wrong {
        #[settings(default = 90)]
        a: u8,
        #[settings(default_from(a) = a + 10, range(..100))]
        b: u8,
    }
    assert!(App::check_schema().is_ok());
    assert!(Secret::check_schema().is_ok());
    let error = Wrong::check_schema().unwrap_err();
    assert_eq!(
        error.problems()[0].to_string(),
        "b: expected a value of at most 99 in its default, computed from a"
    );
}

#[test]
fn its_origin_and_value_are_explained() {
    let command = settings_command_of(env!("CARGO_BIN_EXE_dependent"));
    assert_data_eq!(
        command.run(&["explain", "url"]).out,
        str![[r#"
url

  Where clients reach the service.

  type         String: text
  default      computed from scheme, domain

  environment  APP_URL
  .env file    APP_URL
  files        url
  secrets dir  url
  argument     --url

  value        https://example.org
  from         computed from scheme, domain
  because      no source sets it

  every layer, highest first
          environment                   -
    wins  computed from scheme, domain  https://example.org

"#]]
    );
    let command = command.var("APP_PORT", "x");
    assert_data_eq!(
        command.run(&["explain", "url"]).out,
        str![[r#"
url

  Where clients reach the service.

  type         String: text
  default      computed from scheme, domain

  environment  APP_URL
  .env file    APP_URL
  files        url
  secrets dir  url
  argument     --url

  value        -
  from         no source sets it

  every layer, highest first
          environment  -
          default      computed from scheme, domain

"#]]
    );
    assert_data_eq!(
        command.run(&["dump"]).out,
        str![[r#"
SETTING      VALUE                      VARIABLE         ORIGIN
domain       example.org                APP_DOMAIN       default
scheme       (unset)                    APP_SCHEME
url          (unset)                    APP_URL
port         (invalid: see the report)  APP_PORT         environment variable APP_PORT
unix_socket  (unset)                    APP_UNIX_SOCKET
workers      4                          APP_WORKERS      default

"#]]
    );
}

#[test]
fn a_change_of_what_it_depends_on_changes_it() {
    #[derive(Debug, Settings)]
    struct Live {
        #[settings(default = "a", reload)]
        domain: String,
        #[settings(default_from(domain, port) = format!("{domain}:{port}"), reload)]
        address: String,
        #[settings(default_from(domain) = format!("fixed at {domain}"))]
        fixed: String,
        #[settings(default = 1)]
        port: u16,
    }
    let dir = Dir::with(&[(".env", "")]);
    let live = Live::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    dir.write(".env", "DOMAIN=b\n");
    let reload = live.reload().unwrap();
    assert_eq!(live.current().address, "b:1");
    assert_eq!(live.current().fixed, "fixed at a");
    let _ = reload;
    // The port keeps its running value, and so does what is computed from it.
    dir.write(".env", "DOMAIN=b\nPORT=2\n");
    live.reload().unwrap();
    assert_eq!(live.current().address, "b:1");
    assert_eq!(live.current().port, 1);
}
