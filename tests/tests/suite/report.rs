//! Reports as operators read them, and their problems as data.

use crate::dir::Dir;
use serde::Deserialize;
use settings_core::{Error, ProblemKind, SecretString, Settings};
use snapbox::{IntoData, assert_data_eq, str};
use std::{collections::BTreeMap, fs, net::SocketAddr, time::Duration};

#[derive(Debug, Settings)]
#[settings(env_file = ".env", unknown = "ignore")]
struct AppSettings {
    #[settings(default = "FastAPI App")]
    app_name: String,
    #[settings(default = "1.0.0")]
    version: String,
    #[settings(default = false)]
    debug: bool,
    #[settings(
        default = "development",
        pattern = "^(development|staging|production)$"
    )]
    environment: String,
    database_url: String,
    #[settings(default = 10)]
    db_pool_size: u32,
    #[settings(default = 20)]
    db_max_overflow: u32,
    #[settings(default = "redis://localhost:6379/0")]
    redis_url: String,
    secret_key: SecretString,
    #[settings(default = 30)]
    access_token_expire_minutes: u32,
    sentry_dsn: Option<String>,
    otlp_endpoint: Option<String>,
}

/// The report, which must fit its width, with names relative to the directory.
fn page(dir: &Dir, error: &Error) -> String {
    let root = format!("{}/", dir.root().display());
    let page = error.to_string();
    for line in page.lines() {
        let has_long_word = line.contains(&root);
        assert!(line.chars().count() <= 100 || has_long_word, "{line}");
    }
    assert_eq!(format!("{error:?}"), page);
    dir.relative(&page)
}

#[test]
fn one_report_has_all_five_problems() {
    let variables = [
        ("ENVIRONMENT", "prod"),
        ("DB_POOL_SIZE", "lots"),
        ("DEBUG", "banana"),
    ];
    let dir = Dir::short();
    let error = AppSettings::empty_loader()
        .env_file(dir.path(".env"))
        .env_from(variables)
        .load()
        .unwrap_err();
    assert_data_eq!(
        page(&dir, &error),
        str![[r#"
5 problems in the settings (AppSettings)

  debug: expected true or false, found "banana" in environment variable DEBUG
    help: correct DEBUG, or unset it for the default, false

  environment: expected one of development, staging, production, found "prod" in environment
      variable ENVIRONMENT
    help: did you mean production?

  database_url: required, but not set
    help: set DATABASE_URL to text

  db_pool_size: expected a whole number from 0 to 4294967295, found "lots" in environment variable
      DB_POOL_SIZE
    help: correct DB_POOL_SIZE, or unset it for the default, 10

  secret_key: required, but not set
    help: set SECRET_KEY to text, or SECRET_KEY_FILE to the name of a file that contains it

read: .env (absent), the environment
"#]]
        .raw()
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", validate = Self::consistent)]
struct Service {
    #[settings(default = "demo")]
    app_name: String,
    #[settings(
        default = "development",
        one_of("development", "staging", "production")
    )]
    environment: String,
    /// Where the data lives. Any of the supported databases will do.
    database_url: String,
    #[settings(default = 10, range(1..=1000))]
    db_pool_size: u32,
    #[settings(length(32..))]
    secret_key: SecretString,
    #[settings(required_if(environment = "production"))]
    sentry_dsn: Option<String>,
    #[settings(default = "30s")]
    timeout: Duration,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group, validate = Self::consistent)]
struct Server {
    bind: SocketAddr,
    #[settings(default = 8080)]
    port: u16,
    #[settings(default = "hello", length(..=80))]
    banner: String,
}

impl Service {
    fn consistent(&self) -> Result<(), String> {
        Err(format!(
            "{} connections are too many for {}",
            self.db_pool_size, self.app_name
        ))
    }
}

impl Server {
    fn consistent(&self) -> Result<(), String> {
        if self.bind.port() == self.port {
            Ok(())
        } else {
            Err("the ports differ".to_owned())
        }
    }
}

#[test]
fn a_broken_env_file_a_wrong_type_in_toml_and_a_misspelled_variable() {
    let dir = Dir::short();
    let config = "app_name = \"demo\"\n\n\nserver_bind = \"x\"\n\n\n\n\ncolour = \"red\"\n\n\n\
                  db_pool_size = true\n";
    let error = Service::empty_loader()
        .file(dir.write("config.toml", config))
        .env_file(dir.write(
            ".env",
            "APP_NAME=x\n\nPASSWORD=\"x\nA=1\n\n\nAPP_SECRET_KEY\n",
        ))
        .env_from([
            ("APP_DATABSE_URL", "postgres://app:hunter2@db/app"),
            ("APP_SERVER_BIND", "0.0.0.0"),
        ])
        .load()
        .unwrap_err();
    assert_data_eq!(
        page(&dir, &error),
        str![[r#"
6 problems in the settings (Service)

  .env:3:10: `PASSWORD`: the quote that opens here is never closed
    help: close it, or put the value into the other kind of quotes if the quote belongs to it

  .env:7:1: no `=` on this line
    help: write `KEY=value`, or `#` before a comment

  database_url: required, but not set
    help: APP_DATABSE_URL is set: did you mean APP_DATABASE_URL?
    note: Where the data lives
    note: it may be defined in .env, which could not be read

  db_pool_size: expected a whole number from 1 to 1000, found true in config.toml:12:16
    help: correct db_pool_size there, or set APP_DB_POOL_SIZE, which overrides it

  secret_key: required, but not set
    help: set APP_SECRET_KEY to text of at least 32 characters, or APP_SECRET_KEY_FILE to the name
          of a file that contains it
    note: it may be defined in .env, which could not be read

  server.bind: expected an address with a port such as 127.0.0.1:8080, found "0.0.0.0" (invalid
      socket address syntax) in environment variable APP_SERVER_BIND
    help: correct APP_SERVER_BIND

cross-field rules of server and Service: not checked until the problems above are fixed

1 warning

  config.toml: 2 names do not match any setting: server_bind (4:1), colour (9:1)
    help: server_bind: write it as bind in the table server
    help: remove the rest, or correct the spelling

read: config.toml, .env (unreadable), the environment
"#]]
        .raw()
    );
}

#[test]
fn a_deployment_with_several_problems() {
    let dir = Dir::short();
    fs::create_dir(dir.path("config.toml")).unwrap();
    dir.write("secrets/secret_key", "short\n");
    let welcome = "Welcome to the demo service. ".repeat(40);
    let error = Service::empty_loader()
        .file(dir.path("config.toml"))
        .secrets_dir(dir.path("secrets"))
        .env_from([
            ("APP_ENVIRONMENT", "production"),
            ("APP_DATABASE_URL", ""),
            ("APP_SERVER_PORT", "tcp://10.0.171.239:8080"),
            ("APP_SERVER_BIND", "127.0.0.1:80"),
            ("APP_DB_POOLSIZE", "5"),
            ("APP_WORKER_TAG", "x"),
            ("APP_TIMEOUT", "\"30s\""),
        ])
        .args(["--server-banner", &welcome])
        .load()
        .unwrap_err();
    assert_data_eq!(
        page(&dir, &error),
        str![[r#"
7 problems in the settings (Service)

  config.toml cannot be read: a directory, not a file
    help: replace config.toml by a file, or correct the path

  database_url: required, but set to nothing in environment variable APP_DATABASE_URL
    help: set APP_DATABASE_URL to text

  secret_key: expected at least 32 characters, found [redacted] in secret file
      secrets/secret_key
    help: correct the content of that file, or set APP_SECRET_KEY, which overrides it

  sentry_dsn: required, because environment is production, but not set
    help: set APP_SENTRY_DSN to text
    note: it may be defined in config.toml, which could not be read

  timeout: expected a duration such as 30s, found "\"30s\"" in environment variable APP_TIMEOUT
    help: the quotes are part of the value (`docker --env-file` keeps them): leave them out

  server.port: expected a whole number from 0 to 65535, found "tcp://10.0.171.239:8080" in
      environment variable APP_SERVER_PORT
    help: Kubernetes sets such variables for a service of that name; `enableServiceLinks: false` in
          the pod's spec stops it

  server.banner: expected at most 80 characters, found
      "Welcome to the demo service. Welcome to the demo service. W…" (1160 characters) in argument
      --server-banner
    help: correct --server-banner, or leave it out for the default, hello

cross-field rules of server and Service: not checked until the problems above are fixed

1 warning

  the environment: 2 names do not match any setting: APP_DB_POOLSIZE, APP_WORKER_TAG
    help: APP_DB_POOLSIZE: did you mean APP_DB_POOL_SIZE?
    help: unset the rest, or list names of other programs in `ignore` on the struct

read: config.toml (unreadable), secrets, the environment, arguments
"#]]
        .raw()
    );
}

#[test]
fn cross_field_rules() {
    let key = "k".repeat(32);
    let variables = [
        ("APP_DATABASE_URL", "x"),
        ("APP_SECRET_KEY", &key),
        ("APP_SERVER_BIND", "127.0.0.1:80"),
    ];
    let load = |port| {
        Service::empty_loader()
            .env_from(variables)
            .set("server.port", port)
            .load()
            .unwrap_err()
    };
    let dir = Dir::short();
    assert_data_eq!(
        page(&dir, &load("80")),
        str![[r#"
1 problem in the settings (Service)

  Service: 10 connections are too many for demo

read: the environment
"#]]
        .raw()
    );
    assert_data_eq!(
        page(&dir, &load("90")),
        str![[r#"
1 problem in the settings (Service)

  server: the ports differ

cross-field rules of Service: not checked until the problems above are fixed

read: the environment
"#]]
        .raw()
    );
    assert_data_eq!(
        page(&dir, &load("none")),
        str![[r#"
1 problem in the settings (Service)

  server.port: expected a whole number from 0 to 65535, found "none" in what the program sets
    help: correct what the program sets

cross-field rules of server and Service: not checked until the problems above are fixed

read: the environment
"#]]
        .raw()
    );
}

#[derive(Debug, Settings)]
struct Kinds {
    mode: Option<Mode>,
    ports: Option<Vec<u16>>,
    labels: Option<BTreeMap<String, u8>>,
    text: Option<String>,
    #[settings(pattern = "^[a-z]+[0-9]$")]
    matching: Option<String>,
    #[settings(validate = not_seven)]
    number: Option<u8>,
    #[settings(parse_with = percent)]
    share: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    ReadOnly,
    ReadWrite,
}

fn not_seven(number: &u8) -> Result<(), String> {
    if *number == 7 {
        Err(format!("{number} brings bad luck"))
    } else {
        Ok(())
    }
}

fn percent(text: &str) -> Result<u8, String> {
    let digits = text
        .strip_suffix('%')
        .ok_or_else(|| format!("{text} has no %"))?;
    digits.parse().map_err(|_| "no number".to_owned())
}

#[test]
fn each_form_of_expectation() {
    let dir = Dir::short();
    let variables = [
        ("MODE", "read"),
        ("PORTS", "80,http"),
        ("LABELS", "a:1"),
        ("MATCHING", "Seven"),
        ("NUMBER", "7"),
        ("SHARE", "half"),
    ];
    let flat = Kinds::empty_loader()
        .env_from(variables)
        .load()
        .unwrap_err();
    assert_data_eq!(
        page(&dir, &flat),
        str![[r#"
6 problems in the settings (Kinds)

  mode: expected one of read-only, read-write, found "read" in environment variable MODE
    help: correct MODE, or unset it, as it is optional

  ports[1]: expected a whole number from 0 to 65535, found "http" in environment variable PORTS
    help: correct PORTS, or unset it, as it is optional

  labels: expected a map, each value a whole number from 0 to 255, found other text in environment
      variable LABELS
    help: write `key=value,key=value`, or JSON

  matching: expected text that matches ^[a-z]+[0-9]$, found "Seven" in environment variable MATCHING
    help: correct MATCHING, or unset it, as it is optional

  number: rejected: 7 brings bad luck, found "7" in environment variable NUMBER
    help: correct NUMBER, or unset it, as it is optional

  share: rejected: half has no %, found "half" in environment variable SHARE
    help: correct SHARE, or unset it, as it is optional

read: the environment
"#]]
        .raw()
    );

    let json = [
        ("PORTS", "[80, \"http\"]"),
        ("LABELS", "{\"a\": 1,}"),
        ("MODE", "{}"),
    ];
    let json = Kinds::empty_loader().env_from(json).load().unwrap_err();
    assert_data_eq!(
        page(&dir, &json),
        str![[r#"
3 problems in the settings (Kinds)

  mode: expected one of read-only, read-write, found a JSON object in environment variable MODE
    help: correct MODE, or unset it, as it is optional

  ports[1]: expected a whole number from 0 to 65535, found a string in environment variable PORTS
    help: correct PORTS, or unset it, as it is optional

  labels: expected a map, each value a whole number from 0 to 255, found text that begins with `{`
      in environment variable LABELS
    help: text that begins with `[` or `{` is read as JSON, and this is not JSON from character 9 on

read: the environment
"#]]
        .raw()
    );

    let config = "mode = 3\nports = [80, \"http\"]\ntext = 007\nnumber = 1979-05-27\n\
                  matching = [\"a\"]\nshare = true\n[labels]\na = 300\n";
    let config = config.replace("007", "7.50");
    let file = dir.write("config.toml", config);
    let file = Kinds::empty_loader().file(file).load().unwrap_err();
    assert_data_eq!(
        page(&dir, &file),
        str![[r#"
7 problems in the settings (Kinds)

  mode: expected one of read-only, read-write, found 3 in config.toml:1:8
    help: correct mode there, or set MODE, which overrides it

  ports[1]: expected a whole number from 0 to 65535, found "http" in config.toml:2:14
    help: correct ports there, or set PORTS, which overrides it

  labels.a: expected a whole number from 0 to 255, found a number in config.toml:8:5
    help: correct labels there, or set LABELS, which overrides it

  text: expected text, found 7.50 in config.toml:3:8
    help: this setting is a string: put the value in quotes
    help: or set TEXT, which overrides it

  matching: expected text, found a list in config.toml:5:12
    help: correct matching there, or set MATCHING, which overrides it

  number: expected a whole number from 0 to 255, found "1979-05-27" in config.toml:4:10
    help: correct number there, or set NUMBER, which overrides it

  share: rejected: true has no %, found true in config.toml:6:9
    help: correct share there, or set SHARE, which overrides it

read: config.toml
"#]]
        .raw()
    );
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", unknown = "deny")]
struct Denying {
    #[settings(default = "demo")]
    name: String,
    #[settings(deprecated_alias = "old_port", default = 80)]
    port: u16,
    #[settings(deprecated = "nothing reads it")]
    legacy: Option<String>,
    key: Option<SecretString>,
}

#[test]
fn sources_that_cannot_be_used() {
    let dir = Dir::short();
    let error = Denying::empty_loader()
        .file(dir.write("a.toml", "name = \"x\nport = 1\n"))
        .file(dir.write("b.yaml", "name: [x\n"))
        .file(dir.write("c.json", "{\"name\": \"x\",}\n"))
        .file(dir.write("d.ini", ""))
        .file(dir.write("e.toml", b"name = '\xff'\n"))
        .file(dir.write("f.toml", "nmae = 'x'\n[server]\nport = 1\n"))
        .env_from([("APP_KEY", "x"), ("APP_KEY_FILE", "key"), ("APP_NMAE", "x")])
        .args(["--nmae", "x", "stray", "--port"])
        .set("prot", "80")
        .load()
        .unwrap_err();
    assert_data_eq!(
        page(&dir, &error),
        str![[r#"
12 problems in the settings (Denying)

  a.toml:1:10: this string in double quotes is not closed, or contains a control character
      name = ••
               ^
    help: a.toml is ignored as a whole until this is fixed

  b.yaml:2:1: expected `,` or `]`
    help: b.yaml is ignored as a whole until this is fixed

  c.json:1:14: remove the comma before the closing bracket
      {"name": •••••
                   ^
    help: c.json is ignored as a whole until this is fixed

  d.ini cannot be read: its extension is none of .toml, .json, .yaml and .yml
    help: give it the extension of its format

  e.toml cannot be read: not UTF-8 from byte 9 on
    help: save e.toml as UTF-8

  argument --nmae does not match any setting
    help: did you mean --name?

  argument 3 belongs to no flag
    help: write --name value or --name=value

  the argument --port has no value
    help: write --port VALUE, or --port=VALUE if the value begins with `--`

  the program sets prot, but no setting is called that
    help: did you mean port?

  key: set by both environment variable APP_KEY and environment variable APP_KEY_FILE
    help: remove one of them

  f.toml: 2 names do not match any setting: nmae (1:1), server (2:2)
    help: nmae: did you mean name?
    help: remove the rest, or correct the spelling

  environment variable APP_NMAE does not match any setting
    help: did you mean APP_NAME?

read: a.toml (unreadable), b.yaml (unreadable), c.json (unreadable),
      d.ini (unreadable), e.toml (unreadable), f.toml, the
      environment, arguments
"#]]
        .raw()
    );

    let error = Denying::empty_loader()
        .env_from([("APP_KEY_FILE", "/run/secrets/not-there")])
        .load()
        .unwrap_err();
    assert_data_eq!(
        page(&dir, &error),
        str![[r#"
1 problem in the settings (Denying)

  key: the file /run/secrets/not-there, named by environment variable APP_KEY_FILE, cannot be read:
      no such file
    help: create /run/secrets/not-there, or correct the path

read: the environment
"#]]
        .raw()
    );
    let error = Denying::empty_loader()
        .env_from([("APP_KEY_FILE", "hunter2")])
        .load()
        .unwrap_err();
    assert_data_eq!(
        page(&dir, &error),
        str![[r#"
1 problem in the settings (Denying)

  key: the file named by environment variable APP_KEY_FILE cannot be read: no such file
    help: use an absolute path; to set the value itself, use APP_KEY

read: the environment
"#]]
        .raw()
    );
}

#[test]
fn help_names_every_source_that_can_set_a_value() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Doors {
        /// Where to send mail.
        #[settings(example = "smtp://mail:25")]
        mail: String,
        #[settings(range(1..=9))]
        level: u8,
        #[settings(env = "SHARED_KEY")]
        key: SecretString,
        #[settings(length(2..))]
        tags: Vec<String>,
        #[settings(nested)]
        server: Inner,
        #[settings(nested)]
        each: Vec<Inner>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Inner {
        host: String,
        on: bool,
    }
    let dir = Dir::short();
    let error = Doors::empty_loader()
        .file(dir.write("config.toml", "[[each]]\nhost = 'a'\n"))
        .env_from([("APP_TAGS", "a"), ("APP_EACH__0__ON", "maybe")])
        .load()
        .unwrap_err();
    assert_data_eq!(
        page(&dir, &error),
        str![[r#"
7 problems in the settings (Doors)

  mail: required, but not set
    help: set APP_MAIL, or mail in config.toml, to text, such as smtp://mail:25
    note: Where to send mail

  level: required, but not set
    help: set APP_LEVEL, or level in config.toml, to a whole number from 1 to 9

  key: required, but not set
    help: set SHARED_KEY to text, or SHARED_KEY_FILE to the name of a file that contains it

  tags: expected at least 2 elements, found "a" in environment variable APP_TAGS
    help: correct APP_TAGS

  server.host: required, but not set
    help: set APP_SERVER_HOST, or server.host in config.toml, to text

  server.on: required, but not set
    help: set APP_SERVER_ON, or server.on in config.toml, to true or false

  each[0].on: expected true or false, found "maybe" in environment variable APP_EACH__0__ON
    help: correct APP_EACH__0__ON

read: config.toml, the environment
"#]]
        .raw()
    );
}

#[test]
fn problems_are_available_as_data() {
    let dir = Dir::short();
    let config = dir.write("config.toml", "[server]\nport = 'x'\n");
    let error = Service::empty_loader()
        .file(config)
        .env_file(dir.write(".env", "oops\n"))
        .env_from([
            ("APP_ENVIRONMENT", "prod"),
            ("APP_DATABASE_URL", "x"),
            ("app-secret-key", ""),
        ])
        .load()
        .unwrap_err();
    let data: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| {
            let origin = problem
                .origin()
                .map(|origin| dir.relative(&origin.to_string()));
            (problem.kind(), problem.key(), problem.env_name(), origin)
        })
        .collect();
    let place = |text: &str| Some(text.to_owned());
    assert_eq!(
        data,
        [
            (ProblemKind::Source, None, None, place(".env:1")),
            (
                ProblemKind::Rule,
                Some("environment"),
                Some("APP_ENVIRONMENT"),
                place("environment variable APP_ENVIRONMENT")
            ),
            (
                ProblemKind::Missing,
                Some("secret_key"),
                Some("APP_SECRET_KEY"),
                place("environment variable app-secret-key")
            ),
            (
                ProblemKind::Missing,
                Some("server.bind"),
                Some("APP_SERVER_BIND"),
                None
            ),
            (
                ProblemKind::Malformed,
                Some("server.port"),
                Some("APP_SERVER_PORT"),
                place("config.toml:2:8")
            ),
        ]
    );
}

#[test]
fn every_kind_of_problem() {
    let deny = |variables: &[(&str, &str)]| {
        Denying::empty_loader()
            .env_from(variables.iter().copied())
            .load()
    };
    let kinds = |variables: &[(&str, &str)]| {
        let error = deny(variables).unwrap_err();
        error
            .problems()
            .iter()
            .map(settings_core::Problem::kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&[("APP_NMAE", "x")]), [ProblemKind::Unknown]);
    assert_eq!(kinds(&[("APP_PORT", "x")]), [ProblemKind::Malformed]);
    assert_eq!(
        kinds(&[("APP_KEY", "x"), ("APP_KEY_FILE", "/x")]),
        [ProblemKind::Ambiguous]
    );
    assert_eq!(
        kinds(&[("APP_KEY_FILE", "/not/there")]),
        [ProblemKind::Source]
    );

    let loaded = Denying::empty_loader()
        .env_from([
            ("APP_OLD_PORT", "1"),
            ("APP_LEGACY", "x"),
            ("APP_NAME", "a"),
            ("app_name", "b"),
        ])
        .set("port", "")
        .load()
        .unwrap();
    let warnings: Vec<_> = loaded
        .warnings()
        .iter()
        .map(|warning| (warning.kind(), warning.to_string()))
        .collect();
    let kinds: Vec<_> = warnings.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(
        kinds,
        [
            ProblemKind::Ambiguous,
            ProblemKind::Shadowed,
            ProblemKind::Deprecated
        ],
        "{warnings:?}"
    );
}

#[test]
fn an_error_is_as_small_as_a_pointer() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Unprefixed {
    #[settings(env = "DATABASE_URL")]
    database_url: String,
}

#[test]
fn a_variable_without_the_prefix_is_suggested() {
    let variables = [("APP_DATABSE_URL", "postgres://db/app")];
    let loader = Unprefixed::empty_loader().env_from(variables);
    assert_data_eq!(
        loader.load().unwrap_err().to_string(),
        str![[r#"
1 problem in the settings (Unprefixed)

  database_url: required, but not set
    help: APP_DATABSE_URL is set: did you mean DATABASE_URL?

read: the environment
"#]]
    );
}

#[derive(Debug, Settings)]
struct Odd {
    #[settings(default = 1, validate = odd)]
    shards: u32,
    #[settings(default = "json", one_of("json", "text"))]
    format: String,
}

fn odd(shards: &u32) -> Result<(), String> {
    Err(format!("{shards} is odd; try {}", shards + 1))
}

#[test]
fn a_reason_is_shown_with_the_value_and_a_carriage_return_is_named() {
    let variables = [("SHARDS", "3"), ("FORMAT", "json\r")];
    let loader = Odd::empty_loader().env_from(variables);
    assert_data_eq!(
        loader.load().unwrap_err().to_string(),
        str![[r#"
3 problems in the settings (Odd)

  shards: rejected: 3 is odd; try 4, found "3" in environment variable SHARDS
    help: correct SHARDS, or unset it for the default, 1

  format: expected one of json, text, found "json/r" in environment variable FORMAT
    help: the value ends with a carriage return: save the file with Unix line endings
    help: correct FORMAT, or unset it for the default, json

  shards: rejected: 1 is odd; try 2, found "1" in its default
    help: correct the default in the program

read: the environment
"#]]
    );
}

#[test]
fn the_struct_of_the_report_loads_in_any_case_and_keeps_text_as_text() {
    let variables = [
        ("database_url", "postgres://u:hunter2@h/db"),
        ("SECRET_KEY", "12345"),
        ("app_name", "007"),
    ];
    let loaded = AppSettings::empty_loader()
        .env_from(variables)
        .load()
        .unwrap();
    assert_eq!(loaded.app_name, "007");
}
