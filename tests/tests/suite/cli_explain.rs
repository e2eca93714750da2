//! `settings explain`: the description of one setting, and what every layer set.

use crate::settings_command::settings_command;
use snapbox::{assert_data_eq, str};

#[test]
fn every_layer_is_shown_and_which_one_won() {
    let app = settings_command()
        .file("config.toml", "pool_size = 20\n")
        .file(".env", "APP_POOL_SIZE=30\n")
        .var("APP_POOL", "40");
    let printed = app.run(&["explain", "pool_size"]);
    assert_eq!((printed.code, &*printed.err), (Some(0), ""));
    assert_data_eq!(
        printed.out,
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
  because      the environment overrides files of every kind, and no argument sets it

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
    let app = settings_command()
        .file("config.toml", "token = 'hunter1'\n")
        .file(".env", "APP_TOKEN=hunter2\n")
        .file("secrets/token", "hunter3\n")
        .file("key", "hunter4")
        .var("APP_TOKEN_FILE", "key");
    let printed = app.run(&["explain", "APP_TOKEN"]);
    assert_eq!(printed.code, Some(0));
    assert!(!printed.out.contains("hunter"), "{}", printed.out);
    assert_data_eq!(
        printed.out,
        str![[r#"
token

  Signs the cookies.

  type         Option<SecretString>: text
  default      none: it is optional
  secret       its value is never shown
  reload       a change takes effect at the next start

  environment  APP_TOKEN
  .env file    APP_TOKEN
               APP_TOKEN_FILE, for a file that contains it
  files        token
  secrets dir  token
  argument     --token

  value        [redacted]
  from         file key, named by environment variable APP_TOKEN_FILE
  because      the environment overrides files of every kind, and no argument sets it

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
fn problems_are_shown() {
    let printed = settings_command()
        .var("APP_SERVER_PORT", "many")
        .run(&["explain", "server-port"]);
    assert_eq!(printed.code, Some(0));
    assert!(
        printed
            .out
            .contains("problem      server.port: expected a whole number")
    );
    assert!(
        printed
            .out
            .contains("wins  environment variable APP_SERVER_PORT")
    );
}

#[test]
fn groups_elements_and_derived_properties_are_explained() {
    let app = settings_command().var("APP_MIRRORS__0__HOST", "one");
    let group = app.run(&["explain", "server"]).out;
    assert_data_eq!(
        group,
        str![[r#"
server

  Where it listens.

  a group of settings

  server.host     APP_SERVER_HOST
  server.port     APP_SERVER_PORT
  server.timeout  APP_SERVER_TIMEOUT
  server.rate     APP_SERVER_RATE
  server.verbose  APP_SERVER_VERBOSE

"#]]
    );
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
fn an_unknown_key_has_a_suggestion() {
    let printed = settings_command().run(&["explain", "server.prot"]);
    assert_eq!((printed.code, &*printed.out), (Some(2), ""));
    assert_eq!(
        printed.err,
        "there is no setting server.prot; did you mean server.port?\n"
    );
    let printed = settings_command().run(&["explain", "zzz"]);
    assert_eq!(
        printed.err,
        "there is no setting zzz; `command settings dump` lists all of them\n"
    );
}

#[test]
fn every_layer_is_shown_of_elements_and_of_keys_of_maps() {
    let app = settings_command()
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
  because      the environment overrides files of every kind, and no argument sets it

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
  from         several sources, each with keys of its own

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

#[test]
fn absent_elements_are_explained() {
    let app = settings_command();
    assert_data_eq!(
        app.run(&["explain", "mirrors"]).out,
        str![[r#"
mirrors

  a list of groups: 0 is the number of an element

  mirrors[0].host   APP_MIRRORS__0__HOST
  mirrors[0].token  APP_MIRRORS__0__TOKEN

"#]]
    );
    let element = app.run(&["explain", "APP_MIRRORS__2__TOKEN"]).out;
    assert_eq!(element, app.run(&["explain", "mirrors[2].token"]).out);
    let (names, _) = element.split_once("\n\n  value").unwrap();
    // In a list, `_FILE` is not recognized, and elements need a doubled separator.
    assert_data_eq!(
        names.to_owned(),
        str![[r#"
mirrors[2].token

  type         Option<SecretString>: text
  default      none: it is optional
  secret       its value is never shown
  reload       a change takes effect at the next start

  environment  APP_MIRRORS__2__TOKEN
  .env file    APP_MIRRORS__2__TOKEN
  files        mirrors[2].token
  secrets dir  mirrors__2__token
  argument     --mirrors__2__token
"#]]
    );
    let optional = app.run(&["explain", "cache.size"]).out;
    assert!(optional.contains("none: it is required in its group"));
}

#[test]
fn a_setting_is_found_by_each_of_its_names() {
    let app = settings_command();
    let page = app.run(&["explain", "pool_size"]).out;
    for name in [
        "POOL-SIZE",
        "APP_POOL_SIZE",
        "--pool-size",
        "pool",
        "APP_POOL",
    ] {
        assert_eq!(app.run(&["explain", name]).out, page, "{name}");
    }
    assert_eq!(
        app.run(&["explain", "APP_SERVER"]).out,
        app.run(&["explain", "server"]).out
    );
}

#[test]
fn a_file_that_a_line_names_has_the_layer_of_that_line() {
    let app = settings_command()
        .file(".env", "APP_TOKEN_FILE=key\n")
        .file("key", "hunter2")
        .file("config.toml", "token = 'hunter3'\n");
    let page = app.run(&["explain", "token"]).out;
    let (_, layers) = page.split_once("highest first\n").unwrap();
    assert_data_eq!(
        layers.to_owned(),
        str![[r#"
          environment                -
          secrets                    absent
          .env.development           absent
    wins  file key, named by .env:1  [redacted]
          config.toml:1:9            [redacted]

"#]]
    );
}

#[test]
fn one_key_of_a_map_has_one_source() {
    let page = settings_command()
        .var("APP_LABELS__zone", "eu")
        .run(&["explain", "labels"])
        .out;
    assert!(
        page.contains("from         environment variable APP_LABELS__zone\n"),
        "{page}"
    );
    assert!(
        page.contains("wins  environment variable APP_LABELS__zone  {\"zone\":\"eu\"}\n"),
        "{page}"
    );
}

#[test]
fn a_secret_that_is_set_as_the_name_of_a_file_is_not_printed() {
    let app = settings_command()
        .file(".env", "APP_TOKEN_FILE=zebra-Quartz-71\n")
        .var("APP_TOKEN", "hunter2");
    let page = app.run(&["explain", "token"]).out;
    assert!(!page.contains("Quartz"), "{page}");
    assert!(page.contains("the file [redacted]"), "{page}");
}
