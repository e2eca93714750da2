//! Every key on a field that is neither a default nor a rule.

use crate::{dir::Dir, reports::only_problem};
use serde::{Deserialize, Deserializer};
use settings_core::{Error, ExposeSecret, Loaded, Problem, ProblemKind, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::{collections::BTreeMap, fmt, num::ParseIntError, time::Duration};

#[derive(Debug, PartialEq)]
struct Rgb(u8, u8, u8);

/// Returns the error of the standard library, which does not quote the value.
fn parse_rgb(text: &str) -> Result<Rgb, ParseIntError> {
    let part = |at: usize| u8::from_str_radix(text.get(at..at + 2).unwrap_or_default(), 16);
    Ok(Rgb(part(1)?, part(3)?, part(5)?))
}

/// An error that quotes the refused value.
fn parse_loudly(text: &str) -> Result<u8, String> {
    Err(format!("{text:?} is nothing"))
}

/// A type whose `Debug` omits its value.
#[derive(Deserialize)]
struct Pin(String);

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(env = "DATABASE_URL")]
    database: Option<String>,
    #[settings(env = ["FIRST", "SECOND"])]
    several: Option<u8>,
    #[settings(alias = ["title", "label"], deprecated_alias = "old_name")]
    name: Option<String>,
    #[settings(deprecated = "nothing reads it")]
    legacy: Option<u8>,
    #[settings(rename = "type")]
    kind: Option<String>,
    #[settings(skip)]
    cache: Vec<u8>,
    #[settings(nested)]
    server: Server,
    #[settings(nested, rename = "db")]
    store: Server,
    #[settings(flatten)]
    limits: Limits,
    #[settings(parse_with = parse_rgb)]
    colour: Option<Rgb>,
    #[settings(parse_with = parse_loudly)]
    loud: Option<u8>,
    #[settings(parse_with = parse_loudly)]
    quiet_token: Option<u8>,
    #[settings(separator = ";")]
    hosts: Option<Vec<String>>,
    #[settings(separator = " ")]
    flags: Option<BTreeMap<String, bool>>,
    #[settings(allow_empty)]
    greeting: Option<String>,
    #[settings(allow_empty, default = "a")]
    tags: Vec<String>,
    #[settings(secret)]
    pin: Option<Pin>,
    telling_secret: Option<String>,
    #[settings(secret = false)]
    public_token: Option<String>,
    secret_key: Option<SecretString>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost", alias = "bind")]
    host: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Limits {
    #[settings(default = 1)]
    depth: u8,
    #[settings(nested)]
    inner: Server,
}

fn load<const N: usize>(variables: [(&str, &str); N]) -> Result<Loaded<App>, Error> {
    App::empty_loader().env_from(variables).load()
}

fn kinds(warnings: &[Problem]) -> Vec<ProblemKind> {
    warnings.iter().map(Problem::kind).collect()
}

#[test]
fn env_sets_the_variable_names_without_prefix() {
    let app = load([("DATABASE_URL", "x"), ("APP_DATABASE", "y")]).unwrap();
    assert_eq!(app.database.as_deref(), Some("x"));
    assert_eq!(kinds(app.warnings()), [ProblemKind::Unknown]);
    assert_eq!(
        app.origin("database").unwrap().to_string(),
        "environment variable DATABASE_URL"
    );
    let app = load([("APP_DATABASE_URL", "x")]).unwrap();
    assert_eq!(app.database, None);
}

#[test]
fn the_first_variable_that_is_set_wins() {
    assert_eq!(load([("SECOND", "2")]).unwrap().several, Some(2));
    let app = load([("SECOND", "2"), ("FIRST", "1")]).unwrap();
    assert_eq!(app.several, Some(1));
    assert_eq!(kinds(app.warnings()), [ProblemKind::Ambiguous]);
    let same = load([("SECOND", "1"), ("FIRST", "1")]).unwrap();
    assert!(same.warnings().is_empty(), "{:?}", same.warnings());
}

#[test]
fn files_arguments_and_set_keep_the_fields_key() {
    let app = App::empty_loader().set("database", "x").load().unwrap();
    assert_eq!(app.database.as_deref(), Some("x"));
    let app = App::empty_loader().args(["--several", "3"]).load().unwrap();
    assert_eq!(app.several, Some(3));
    let loaded = App::empty_loader().set("database_url", "x").load();
    assert_eq!(only_problem(loaded).0, ProblemKind::Unknown);
}

#[test]
fn an_alias_is_another_name_behind_prefix_and_group() {
    assert_eq!(
        load([("APP_TITLE", "a")]).unwrap().name.as_deref(),
        Some("a")
    );
    assert_eq!(
        load([("APP_LABEL", "a")]).unwrap().name.as_deref(),
        Some("a")
    );
    assert_eq!(load([("APP_SERVER_BIND", "a")]).unwrap().server.host, "a");
    assert_eq!(
        load([("APP_INNER_BIND", "a")]).unwrap().limits.inner.host,
        "a"
    );
    let app = App::empty_loader().args(["--title", "a"]).load().unwrap();
    assert_eq!(app.name.as_deref(), Some("a"));
    let app = App::empty_loader().set("server.bind", "a").load().unwrap();
    assert_eq!(app.server.host, "a");
}

#[test]
fn names_take_precedence_over_spellings_and_order() {
    let app = load([
        ("APP_NAME", "proper"),
        ("APP_TITLE", "t"),
        ("APP_LABEL", "l"),
    ])
    .unwrap();
    assert_eq!(app.name.as_deref(), Some("proper"));
    let app = load([("app__title", "t"), ("APP_LABEL", "l")]).unwrap();
    assert_eq!(app.name.as_deref(), Some("t"));
    assert_eq!(kinds(app.warnings()), [ProblemKind::Ambiguous]);
}

#[test]
fn a_deprecated_alias_works_and_warns() {
    let app = load([("APP_OLD_NAME", "a")]).unwrap();
    assert_eq!(app.name.as_deref(), Some("a"));
    assert_eq!(kinds(app.warnings()), [ProblemKind::Deprecated]);
    assert_data_eq!(
        app.warnings()[0].to_string(),
        str!["name: set by a deprecated name in environment variable APP_OLD_NAME"]
    );
}

#[test]
fn setting_a_deprecated_setting_warns_and_its_absence_does_not() {
    assert!(load([]).unwrap().warnings().is_empty());
    let app = load([("APP_LEGACY", "1")]).unwrap();
    assert_eq!(app.legacy, Some(1));
    assert_eq!(kinds(app.warnings()), [ProblemKind::Deprecated]);
    assert_data_eq!(
        app.warnings()[0].to_string(),
        str!["legacy: deprecated: nothing reads it; set in environment variable APP_LEGACY"]
    );
}

#[test]
fn rename_sets_the_key_of_settings_and_groups() {
    assert_eq!(
        load([("APP_TYPE", "a")]).unwrap().kind.as_deref(),
        Some("a")
    );
    assert_eq!(load([("APP_KIND", "a")]).unwrap().kind, None);
    assert_eq!(load([("APP_DB_HOST", "a")]).unwrap().store.host, "a");
    let app = App::empty_loader()
        .set("db.host", "a")
        .set("type", "b")
        .load()
        .unwrap();
    assert_eq!(
        (app.store.host.as_str(), app.kind.as_deref()),
        ("a", Some("b"))
    );
    let loaded = App::empty_loader().set("store.host", "a").load();
    assert_eq!(only_problem(loaded).0, ProblemKind::Unknown);
}

#[test]
fn a_skipped_field_is_no_setting_and_has_its_default() {
    let app = load([("APP_CACHE", "1")]).unwrap();
    assert!(app.cache.is_empty());
    assert_eq!(kinds(app.warnings()), [ProblemKind::Unknown]);
    assert!(!app.dump().to_string().contains("cache"));
}

#[test]
fn a_flattened_group_adds_no_segment_to_its_keys() {
    let app = load([("APP_DEPTH", "5"), ("APP_INNER_HOST", "a")]).unwrap();
    assert_eq!((app.limits.depth, app.limits.inner.host.as_str()), (5, "a"));
    assert!(app.origin("depth").is_some() && app.origin("limits.depth").is_none());
    let loaded = App::empty_loader().set("limits.depth", "5").load();
    assert_eq!(only_problem(loaded).0, ProblemKind::Unknown);
}

#[test]
fn parse_with_reads_a_type_that_serde_cannot() {
    assert_eq!(
        load([("APP_COLOUR", "#ff8000")]).unwrap().colour,
        Some(Rgb(255, 128, 0))
    );
    assert_eq!(load([("APP_COLOUR", "")]).unwrap().colour, None);
    let dir = Dir::with(&[]);
    let path = dir.write("app.toml", "colour = \"#000001\"\n");
    let app = App::empty_loader().file(&path).load().unwrap();
    assert_eq!(app.colour, Some(Rgb(0, 0, 1)));
    for scalar in ["5", "1.50", "true"] {
        dir.write("app.toml", format!("colour = {scalar}\n"));
        let error = App::empty_loader().file(&path).load().unwrap_err();
        let found = format!("found {scalar}");
        assert!(error.to_string().contains(&found), "{error}");
    }
    dir.write("app.toml", "colour = [1]\n");
    let error = App::empty_loader().file(&path).load().unwrap_err();
    assert!(
        error.to_string().contains("expected text, found a list"),
        "{error}"
    );
}

#[test]
fn the_reason_of_parse_with_is_reported_without_the_value() {
    let error = load([
        ("APP_COLOUR", "#zz"),
        ("APP_LOUD", "https://user:hunter2@example.com"),
        ("APP_QUIET_TOKEN", "hunter2"),
    ])
    .unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert_data_eq!(
        error.to_string(),
        str![[r##"
3 problems in the settings (App)

  colour: rejected: invalid digit found in string, found "#zz" in environment variable APP_COLOUR
    help: correct APP_COLOUR, or unset it, as it is optional

  loud: rejected: "https://user:[redacted]@example.com" is nothing, found
      "https://user:[redacted]@example.com" in environment variable APP_LOUD
    help: correct APP_LOUD, or unset it, as it is optional

  quiet_token: rejected: "[redacted]" is nothing, found [redacted] in environment variable
      APP_QUIET_TOKEN
    help: correct APP_QUIET_TOKEN, or unset it, as it is optional

read: the environment
"##]]
    );
}

#[test]
fn a_separator_replaces_the_comma() {
    let app = load([("APP_HOSTS", "a,b; c;"), ("APP_FLAGS", "x=on y=off")]).unwrap();
    assert_eq!(app.hosts.as_deref().unwrap(), ["a,b", "c"]);
    assert!(!app.flags.as_ref().unwrap()["y"]);
    let app = load([("APP_HOSTS", r#"["a;b"]"#)]).unwrap();
    assert_eq!(app.hosts.as_deref().unwrap(), ["a;b"]);
}

#[test]
fn allow_empty_accepts_the_empty_string() {
    let app = load([("APP_GREETING", ""), ("APP_TAGS", "")]).unwrap();
    assert_eq!(app.greeting.as_deref(), Some(""));
    assert!(app.tags.is_empty());
    assert_eq!(load([]).unwrap().tags, ["a"]);
}

#[test]
fn a_secret_is_masked_unless_the_field_is_marked_as_no_secret() {
    let app = load([
        ("APP_PIN", "1234567"),
        ("APP_TELLING_SECRET", "hunter2"),
        ("APP_PUBLIC_TOKEN", "shown"),
        ("APP_SECRET_KEY", "hunter3"),
    ])
    .unwrap();
    assert_eq!(app.pin.as_ref().unwrap().0, "1234567");
    assert_eq!(app.secret_key.as_ref().unwrap().expose_secret(), "hunter3");
    for shown in [app.dump().to_string(), app.to_json()] {
        assert!(shown.contains("shown"), "{shown}");
        for hidden in ["1234567", "hunter2", "hunter3"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}

#[derive(Debug, Settings)]
#[settings(unknown = "deny", ignore = ["APP_WORKER_*", "APP_EXACT"], prefix = "APP_")]
struct Strict {
    #[settings(default = 1, example = "4")]
    workers: u8,
    #[settings(example = "eu-west-1")]
    region: String,
    #[settings(example = "hunter2")]
    password: String,
}

#[test]
fn ignored_names_under_the_prefix_are_not_reported() {
    let load = |name| {
        let variables = [("APP_REGION", "x"), ("APP_PASSWORD", "x"), (name, "y")];
        Strict::empty_loader().env_from(variables).load()
    };
    assert!(load("APP_WORKER_1").is_ok());
    assert!(load("APP_WORKER_A_B").is_ok());
    assert!(load("APP_EXACT").is_ok());
    assert!(load("OTHER").is_ok());
    for name in ["APP_WORKER", "APP_EXACTLY", "APP_WORKRES"] {
        let error = load(name).expect_err(name);
        assert_eq!(error.problems()[0].kind(), ProblemKind::Unknown);
    }
}

#[test]
fn a_missing_setting_is_reported_with_its_example_unless_it_is_masked() {
    let error = Strict::empty_loader().load().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
2 problems in the settings (Strict)

  region: required, but not set
    help: set APP_REGION to text, such as eu-west-1

  password: required, but not set
    help: set APP_PASSWORD to text

read: no source
"#]]
    );
}

#[test]
fn unknown_names_are_ignored_warnings_or_problems() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", unknown = "ignore")]
    struct Ignore {}
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Warn {}
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_", unknown = "deny")]
    struct Deny {}
    let variables = [("APP_PROT", "1")];
    let ignored = Ignore::empty_loader().env_from(variables).load().unwrap();
    assert!(ignored.warnings().is_empty());
    let warned = Warn::empty_loader().env_from(variables).load().unwrap();
    assert_eq!(kinds(warned.warnings()), [ProblemKind::Unknown]);
    let denied = Deny::empty_loader().env_from(variables).load().unwrap_err();
    assert_eq!(kinds(denied.problems()), [ProblemKind::Unknown]);
}

#[test]
fn a_struct_without_the_group_attribute_may_be_nested() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "OUTER_")]
    struct Outer {
        #[settings(nested)]
        strict: Strict,
    }
    let outer = Outer::empty_loader()
        .env_from([("OUTER_STRICT_REGION", "x"), ("OUTER_STRICT_PASSWORD", "y")])
        .load()
        .unwrap();
    assert_eq!(
        (outer.strict.region.as_str(), outer.strict.workers),
        ("x", 1)
    );
    assert_eq!(outer.strict.password, "y");
}

/// Settings that application functions decode.
#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct Custom {
    #[settings(default = "a|b", deserialize_with = split)]
    rotations: Vec<String>,
    #[settings(deserialize_with = optional, expects = "a number or never")]
    limit: Option<u32>,
    #[settings(default = "2", parse_with = halved, expects = "an even number")]
    even: u32,
    #[settings(default = 250, unit = "ms")]
    timeout: Duration,
    #[settings(unit = "m")]
    pauses: Option<Vec<Duration>>,
}

fn split<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.contains("||") {
        return Err(serde::de::Error::custom(
            "two separators\nwithout a name between them",
        ));
    }
    Ok(text.split('|').map(str::to_owned).collect())
}

fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.as_str() {
        "never" => Ok(None),
        text => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

fn halved(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(number) if number % 2 == 0 => Ok(number / 2),
        Ok(number) => Err(format!("{number} is odd")),
        Err(_) => Ok(0),
    }
}

#[test]
fn application_functions_decode_settings() {
    let load = |variables: &[(&str, &str)]| {
        Custom::empty_loader()
            .env_from(variables.iter().copied())
            .load()
    };
    let error = load(&[("APP_EVEN", "1")]).unwrap_err();
    assert!(
        error.to_string().contains("even: rejected: 1 is odd"),
        "{error}"
    );
    let app = load(&[
        ("APP_EVEN", "4"),
        ("APP_ROTATIONS", "x| y"),
        ("APP_LIMIT", "7"),
    ])
    .unwrap();
    assert_eq!(app.rotations, ["x", " y"]);
    assert_eq!((app.limit, app.even), (Some(7), 2));
    assert_eq!(app.timeout, Duration::from_millis(250));
    assert_eq!(app.pauses, None);
    let app = load(&[
        ("APP_EVEN", "4"),
        ("APP_LIMIT", "never"),
        ("APP_TIMEOUT", "5"),
        ("APP_PAUSES", "1,2s"),
    ])
    .unwrap();
    assert_eq!((app.limit, app.rotations.len()), (None, 2));
    assert_eq!(app.timeout, Duration::from_millis(5));
    assert_eq!(
        app.pauses,
        Some(vec![Duration::from_mins(1), Duration::from_secs(2)])
    );
    let error = load(&[
        ("APP_EVEN", "4"),
        ("APP_ROTATIONS", "a||b"),
        ("APP_LIMIT", "x"),
    ])
    .unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
2 problems in the settings (Custom)

  rotations: rejected: two separators without a name between them, found "a||b" in environment
      variable APP_ROTATIONS
    help: correct APP_ROTATIONS, or unset it for the default, a|b

  limit: rejected: invalid digit found in string, found "x" in environment variable APP_LIMIT
    help: correct APP_LIMIT, or unset it, as it is optional

read: the environment
"#]]
    );
}

#[test]
fn application_functions_decode_values_of_files() {
    let dir = Dir::with(&[
        ("a.toml", "even = 6\ntimeout = 30\nrotations = \"z\"\n"),
        ("b.toml", "even = 6\nrotations = 5\nlimit = [1]\n"),
    ]);
    let app = Custom::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap();
    assert_eq!((app.even, app.timeout), (3, Duration::from_millis(30)));
    let error = Custom::empty_loader()
        .file(dir.path("b.toml"))
        .load()
        .unwrap_err();
    assert_data_eq!(
        dir.relative(&error.to_string()),
        str![[r#"
2 problems in the settings (Custom)

  rotations: expected a value, found 5 in b.toml:2:13
    help: this setting is a string: put the value in quotes
    help: or set APP_ROTATIONS, which overrides it

  limit: expected a number or never, found a list in b.toml:3:9
    help: correct limit there, or set APP_LIMIT, which overrides it

read: b.toml
"#]]
    );
}
