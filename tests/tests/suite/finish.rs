//! `finish`: a function that adjusts a struct once its settings are valid.

use crate::{dir::Dir, reports::problems, settings_command::settings_command_of};
use settings_core::{ExposeSecret, SecretString, Settings, Violations};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

/// A type that is not `PartialEq`.
#[derive(Clone, Debug, serde::Deserialize)]
struct Name(String);

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", finish = Self::finish, validate = Self::fits)]
struct App {
    #[settings(default = 100, range(1..=500))]
    pool: u32,
    #[settings(default = "https://example.org")]
    url: String,
    #[settings(default = "a")]
    name: Name,
    region: Option<String>,
    #[settings(default = "hunter2")]
    token: SecretString,
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    hosts: Vec<Host>,
    #[settings(nested)]
    spare: Option<Host>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "db.local")]
    host: String,
    #[settings(default = "postgres://app:hunter3@db/app")]
    database: String,
    #[settings(default_with = BTreeMap::new)]
    headers: BTreeMap<String, String>,
}

#[derive(Debug, Settings)]
#[settings(group, finish = lower)]
struct Host {
    name: String,
    #[settings(default = 80)]
    port: u16,
}

fn lower(host: &mut Host) -> Result<(), &'static str> {
    host.name = host.name.to_lowercase();
    if host.name.is_empty() {
        Err("a host has a name")
    } else {
        Ok(())
    }
}

impl App {
    fn finish(&mut self) -> Result<(), Violations> {
        self.pool = self.pool.min(64);
        if !self.url.ends_with('/') {
            self.url.push('/');
        }
        self.name.0.push('!');
        if self.region.is_none() && self.url.contains("example") {
            self.region = Some("eu".to_owned());
        }
        if self.url.starts_with("http:") {
            self.pool = 0;
        }
        if self.url.starts_with("ftp:") {
            let token = self.token.expose_secret();
            return Err([("url", format!("no ftp with {token}"))]
                .into_iter()
                .collect());
        }
        self.server.host.insert(0, '.');
        if let Some(header) = self.server.headers.get_mut("x") {
            header.push('z');
        }
        Ok(())
    }

    fn fits(&self) -> Result<(), &'static str> {
        if self.pool > 64 {
            Err("validate sees what was read")
        } else {
            Ok(())
        }
    }
}

#[test]
fn the_settings_in_force_are_adjusted_and_marked() {
    let loaded = App::empty_loader()
        .env_from([
            ("APP_POOL", "200"),
            ("APP_HOSTS__0__NAME", "A"),
            ("APP_HOSTS__1__NAME", "b"),
            ("APP_SERVER_HEADERS__X", "y"),
        ])
        .load()
        .unwrap();
    assert_eq!((loaded.pool, &*loaded.url), (64, "https://example.org/"));
    assert_eq!(loaded.name.0, "a!");
    assert_data_eq!(
        loaded.dump().to_string(),
        str![[r#"
pool             64                                environment variable APP_POOL, adjusted
url              https://example.org/              default, adjusted
name             Name("a!")                        default
region           eu                                default, adjusted
token            [redacted]                        default
server.host      .db.local                         default, adjusted
server.database  postgres://app:[redacted]@db/app  default
server.headers   {"X":"y"}                         environment variable APP_SERVER_HEADERS__X
hosts[0].name    a                                 environment variable APP_HOSTS__0__NAME, adjusted
hosts[0].port    80                                default
hosts[1].name    b                                 environment variable APP_HOSTS__1__NAME
hosts[1].port    80                                default
spare.name       (unset)
spare.port       (unset)

"#]]
    );
    assert_eq!(
        loaded.origin("pool").unwrap().to_string(),
        "environment variable APP_POOL"
    );
    let again = App::empty_loader()
        .env_from([("APP_POOL", "64")])
        .load()
        .unwrap();
    let dump = again.dump().to_string();
    let pool = dump.lines().find(|line| line.starts_with("pool "));
    assert!(
        pool.unwrap().ends_with(" environment variable APP_POOL"),
        "{dump}"
    );
}

#[test]
fn rules_run_again_on_what_it_sets() {
    let loaded = App::empty_loader()
        .env_from([("APP_URL", "http://a"), ("APP_POOL", "3")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Rule pool: expected a value from 1 to 500, found 0 after `finish`
  help: correct the `finish` function in the program, which set this value
"#]]
    );
}

#[derive(Debug, Settings)]
#[settings(finish = never)]
struct Rejected {
    #[settings(default = 1)]
    #[allow(dead_code, reason = "never built")]
    a: u8,
}

fn never(_: &mut Rejected) -> Result<(), String> {
    Err("not today".to_owned())
}

#[test]
fn what_it_rejects_is_a_problem_without_secrets() {
    let loaded = App::empty_loader()
        .env_from([("APP_URL", "ftp://a"), ("APP_HOSTS__0__NAME", "x")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Rule url: rejected: no ftp with [redacted], in environment variable APP_URL
  help: correct APP_URL, or unset it for the default, https://example.org
"#]]
    );
    let loaded = Rejected::empty_loader().load();
    assert_data_eq!(problems(loaded), str!["Rule Rejected: not today"]);
    assert!(Rejected::check_schema().is_ok());
}

#[test]
fn it_is_not_called_before_every_setting_is_valid() {
    let error = App::empty_loader()
        .env_from([("APP_POOL", "0")])
        .load()
        .unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
1 problem in the settings (App)

  pool: expected a value from 1 to 500, found "0" in environment variable APP_POOL
    help: correct APP_POOL, or unset it for the default, 100

cross-field rules of App: not checked until the problems above are fixed

read: the environment
"#]]
    );
}

#[test]
fn what_was_masked_stays_masked() {
    #[derive(Debug, Settings)]
    #[settings(finish = Self::finish)]
    struct Masked {
        #[settings(default = "postgres://app:hunter2@db/app")]
        database: String,
        #[settings(default_with = BTreeMap::new)]
        users: BTreeMap<String, String>,
        #[settings(default = "x")]
        api_token: String,
    }
    impl Masked {
        fn finish(&mut self) -> Result<(), String> {
            self.database = self.database.replace("postgres://app:", "");
            self.users.insert("b".to_owned(), "c".to_owned());
            self.api_token.push_str("hunter5");
            Ok(())
        }
    }
    let dir = Dir::with(&[("app.json", r#"{"users": {"password": "hunter4"}}"#)]);
    let loaded = Masked::empty_loader()
        .file(dir.path("app.json"))
        .load()
        .unwrap();
    let shown = format!("{} {:?} {}", loaded.dump(), loaded, loaded.to_json());
    assert!(!shown.contains("hunter"), "{shown}");
    assert_data_eq!(
        dir.relative(&loaded.dump().to_string()),
        str![[r#"
database   [redacted]  default, adjusted
users      [redacted]  app.json:1:11, adjusted
api_token  [redacted]  default, adjusted

"#]]
    );
}

#[test]
fn the_command_shows_what_was_read_and_what_is_in_force() {
    let command = settings_command_of(env!("CARGO_BIN_EXE_dependent")).var("APP_WORKERS", "900");
    assert_data_eq!(
        command.run(&["explain", "workers"]).out,
        str![[r#"
workers

  type         u32: a whole number from 0 to 4294967295
  default      4

  environment  APP_WORKERS
  .env file    APP_WORKERS
  files        workers
  secrets dir  workers
  argument     --workers

  value        64
  from         environment variable APP_WORKERS
  because      the environment overrides files of every kind, and no argument sets it
  adjusted     by the program, after it was read

  every layer, highest first
    wins  environment variable APP_WORKERS  900
          default                           4

"#]]
    );
    let json = command.run(&["dump", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["workers"], 64);
    assert_eq!(
        json["$origins"]["workers"],
        "environment variable APP_WORKERS, adjusted"
    );
}

#[test]
fn live_compares_what_was_read() {
    #[derive(Debug, Settings)]
    #[settings(finish = Self::finish)]
    struct Live {
        #[settings(default = 1, reload)]
        pool: u32,
        #[settings(default = "a")]
        fixed: String,
    }
    impl Live {
        fn finish(&mut self) -> Result<(), String> {
            self.pool = self.pool.min(64);
            if !self.fixed.ends_with('/') {
                self.fixed.push('/');
            }
            Ok(())
        }
    }
    let dir = Dir::with(&[(".env", "POOL=100\n")]);
    let live = Live::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    assert_eq!((live.current().pool, &*live.current().fixed), (64, "a/"));
    let revision = live.reload().unwrap();
    dir.write(".env", "POOL=5\nFIXED=b\n");
    assert_eq!(live.reload().unwrap(), revision + 1);
    assert_eq!((live.current().pool, &*live.current().fixed), (5, "a/"));
    assert_eq!(live.status().restart_required, ["fixed"]);
}

#[derive(Debug, Settings)]
#[settings(finish = Self::combine)]
struct Combined {
    password: SecretString,
    #[settings(default = "app")]
    user: String,
    #[settings(default = "postgres://db/app")]
    url: String,
    #[settings(default = "none")]
    login: String,
    #[settings(default_with = BTreeMap::new)]
    options: BTreeMap<String, String>,
    #[settings(default = "none", secret = false)]
    banner: String,
    #[settings(default = 1)]
    attempts: u64,
}

impl Combined {
    #[expect(clippy::unnecessary_wraps, reason = "what `finish` takes")]
    fn combine(&mut self) -> Result<(), String> {
        let password = self.password.expose_secret();
        self.url = format!("postgres://{}:{password}@db/app", self.user);
        self.login = format!("{} {password}", self.user);
        self.options.insert("init".to_owned(), self.login.clone());
        self.banner.clone_from(&self.login);
        self.attempts += 1;
        Ok(())
    }
}

#[test]
fn a_value_with_a_secret_of_the_struct_is_masked() {
    let loaded = Combined::empty_loader()
        .set("password", "hunter2-hunter2")
        .load()
        .unwrap();
    assert_data_eq!(
        loaded.dump().to_string(),
        str![[r#"
password  [redacted]                        set
user      app                               default
url       postgres://app:[redacted]@db/app  default, adjusted
login     [redacted]                        default, adjusted
options   [redacted]                        default, adjusted
banner    app hunter2-hunter2               default, adjusted
attempts  2                                 default, adjusted

"#]]
    );
}
