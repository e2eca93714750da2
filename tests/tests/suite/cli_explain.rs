//! `settings explain`: all that is known of one setting.

use crate::commanded::commanded;
use snapbox::{assert_data_eq, str};

#[test]
fn every_layer_is_told_and_who_won() {
    let app = commanded()
        .file("config.toml", "pool_size = 20\n")
        .file(".env", "APP_POOL_SIZE=30\n")
        .var("APP_POOL", "40");
    let answered = app.run(&["explain", "pool_size"]);
    assert_eq!((answered.code, &*answered.err), (Some(0), ""));
    assert_data_eq!(
        answered.out,
        str![[r#"
pool_size

  Connections to the database.

  type         u32: a whole number from 0 to 4294967295
  rule         a value from 1 to 1000
  default      10
  reload       a change takes effect at run time

  environment  APP_POOL_SIZE
  .env file    APP_POOL_SIZE
  files        pool_size
  secrets dir  pool_size
  argument     --pool-size
  also         pool

  value        40
  from         environment variable APP_POOL
  because      the environment wins over files of every kind, and no argument has a value for it

  every layer, highest first
    wins  environment variable APP_POOL  40
          secrets                        absent
          .env.development               absent
          .env:1                         30
          config.toml:1:13               20
          default                        10

"#]]
    );
}

#[test]
fn a_secret_is_masked_in_every_layer() {
    let app = commanded()
        .file("config.toml", "token = 'hunter1'\n")
        .file(".env", "APP_TOKEN=hunter2\n")
        .file("secrets/token", "hunter3\n")
        .file("key", "hunter4")
        .var("APP_TOKEN_FILE", "key");
    let answered = app.run(&["explain", "APP_TOKEN"]);
    assert_eq!(answered.code, Some(0));
    assert!(!answered.out.contains("hunter"), "{}", answered.out);
    assert_data_eq!(
        answered.out,
        str![[r#"
token

  Signs the cookies.

  type         Option<SecretString>: text
  default      none: it may be without a value
  secret       its value is never shown
  reload       a change takes effect at the next start

  environment  APP_TOKEN
  .env file    APP_TOKEN
               APP_TOKEN_FILE, for a file that holds it
  files        token
  secrets dir  token
  argument     --token

  value        [redacted]
  from         file key, named by environment variable APP_TOKEN_FILE
  because      the environment wins over files of every kind, and no argument has a value for it

  every layer, highest first
    wins  file key, named by environment variable APP_TOKEN_FILE  [redacted]
          secret file secrets/token                               [redacted]
          .env.development                                        absent
          .env:1                                                  [redacted]
          config.toml:1:9                                         [redacted]

"#]]
    );
}

#[test]
fn what_is_wrong_is_told_too() {
    let answered = commanded()
        .var("APP_SERVER_PORT", "many")
        .run(&["explain", "server-port"]);
    assert_eq!(answered.code, Some(0));
    assert!(
        answered
            .out
            .contains("problem      server.port: expected a whole number")
    );
    assert!(
        answered
            .out
            .contains("wins  environment variable APP_SERVER_PORT")
    );
}

#[test]
fn groups_elements_and_derived_properties_are_explained() {
    let app = commanded().var("APP_MIRRORS__0__HOST", "one");
    let group = app.run(&["explain", "server"]).out;
    assert!(group.contains("  server.timeout\n"), "{group}");
    let element = app.run(&["explain", "mirrors[0].host"]).out;
    assert!(
        element.contains("environment variable APP_MIRRORS__0__HOST"),
        "{element}"
    );
    let derived = app.run(&["explain", "address"]).out;
    assert!(derived.contains("Where it is found."), "{derived}");
    assert!(derived.contains("http://localhost:8080"), "{derived}");
}

#[test]
fn an_unknown_key_is_answered_by_what_was_perhaps_meant() {
    let answered = commanded().run(&["explain", "server.prot"]);
    assert_eq!((answered.code, &*answered.out), (Some(2), ""));
    assert_eq!(
        answered.err,
        "there is no setting server.prot; did you mean server.port?\n"
    );
}

#[test]
fn every_layer_is_asked_of_an_element_and_of_a_key_too() {
    let app = commanded()
        .file(
            "config.toml",
            "[labels]\nzone = 'eu'\n[[mirrors]]\nhost = 'one'\n",
        )
        .file(
            ".env",
            "APP_MIRRORS__0__HOST=two\nAPP_LABELS__tier=web\nAPP_LABELS__api_key=zebra\n",
        )
        .var("APP_MIRRORS__0__HOST", "three");
    let layers = |key: &str| {
        let answer = app.run(&["explain", key]).out;
        answer.split_once("  value ").unwrap().1.to_owned()
    };
    let element = layers("mirrors.0.host");
    assert_eq!(element, layers("mirrors[0].host"));
    assert_data_eq!(
        element,
        str![[r#"
       three
  from         environment variable APP_MIRRORS__0__HOST
  because      the environment wins over files of every kind, and no argument has a value for it

  every layer, highest first
    wins  environment variable APP_MIRRORS__0__HOST  three
          secrets                                    absent
          .env.development                           absent
          .env:1                                     two
          config.toml:4:8                            one

"#]]
    );
    let key = layers("labels.tier");
    assert_eq!(key, layers("labels"));
    assert_data_eq!(
        key,
        str![[r#"
       {"api_key":"[redacted]","tier":"web","zone":"eu"}
  from         several places, each with keys of its own

  every layer, highest first
          environment       -
          secrets           absent
          .env.development  absent
    part  .env:3            api_key: [redacted]
    part  .env:2            tier: web
    part  config.toml:1:1   {"zone":"eu"}
          default           computed by BTreeMap::new

"#]]
    );

    let whole = app.var("APP_LABELS", r#"{"a":"b"}"#);
    let answer = whole.run(&["explain", "labels"]).out;
    let (_, layers) = answer.split_once("  every layer").unwrap();
    assert_data_eq!(
        layers.to_owned(),
        str![[r#"
, highest first
    wins  environment variable APP_LABELS  {"a":"b"}
          secrets                          absent
          .env.development                 absent
          .env:3                           api_key: [redacted]
          .env:2                           tier: web
          config.toml:1:1                  {"zone":"eu"}
          default                          computed by BTreeMap::new

"#]]
    );
}
