//! `SCHEMA`: the attributes of a struct as public data, available without a load.

use serde::Deserialize;
use settings_core::{
    SecretString, Settings,
    schema::{self, DefaultValue, Field, Kind, Shape, SourceKind, Unknown},
};
use std::{collections::BTreeMap, time::Duration};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Level {
    Debug,
    Info,
}

struct Rgb;

fn rgb(_: &str) -> Result<Rgb, &'static str> {
    Ok(Rgb)
}

fn two() -> u8 {
    2
}

type Token = SecretString;

/// Settings of a service.
///
/// With all there is.
#[derive(Settings)]
#[settings(
    prefix = "APP_",
    file = ["base.toml", required("{config}")],
    env_file = [".env", required(".env.local"), dotenvy("old.env")],
    secrets_dir = "/run/secrets",
    unknown = "deny",
    ignore = ["APP_WORKER_*", "APP_HOME"],
    validate = Self::consistent,
)]
struct App {
    /// Where to listen.
    #[settings(default = 8080, range(1..=9000), reload)]
    port: u16,
    #[settings(default = "demo", alias = ["title", "label"], deprecated_alias = "old", length(1..))]
    name: String,
    #[settings(env = ["DATABASE_URL", "PG_URL"], example = "postgres://localhost/app")]
    database: Option<Token>,
    #[settings(default_with = two, deprecated = "it does nothing")]
    workers: u8,
    #[settings(rename = "type", one_of("a", "b"), allow_empty)]
    kind: String,
    #[settings(separator = ";")]
    hosts: Option<Vec<String>>,
    #[settings(required_if(name = "other"))]
    other: Option<Duration>,
    #[settings(default = Level::Info)]
    level: Level,
    #[settings(parse_with = rgb)]
    colour: Rgb,
    #[settings(secret = false)]
    dsn: Option<String>,
    #[settings(pattern = "^x")]
    r#type_of: Option<String>,
    limits: Option<BTreeMap<String, f32>>,
    #[settings(skip)]
    cache: Vec<u8>,
    /// The server.
    #[settings(nested)]
    server: Server,
    #[settings(nested, rename = "spare")]
    backup: Option<Server>,
    #[settings(flatten)]
    flat: Flat,
    #[settings(nested)]
    peers: Vec<Peer>,
    #[settings(nested)]
    zones: BTreeMap<String, Peer>,
    config: Option<String>,
}

#[derive(Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind: String,
}

#[derive(Settings)]
#[settings(group)]
struct Flat {
    #[settings(default = 1.5)]
    ratio: f64,
}

#[derive(Settings)]
#[settings(group)]
struct Peer {
    host: String,
}

impl App {
    fn consistent(&self) -> Result<(), String> {
        let _ = (&self.cache, &self.colour);
        Ok(())
    }
}

#[test]
fn a_schema_has_the_attributes_of_the_struct() {
    let schema = App::SCHEMA;
    assert_eq!(schema.prefix, "APP_");
    assert_eq!(schema.unknown, Unknown::Deny);
    assert_eq!(schema.ignore, ["APP_WORKER_*", "APP_HOME"]);
    assert_eq!(schema.root.name, "App");
    assert_eq!(
        schema.root.doc,
        "Settings of a service.\n\nWith all there is."
    );
    assert!(schema.root.validated);
}

#[test]
fn a_schema_keeps_documentation_of_any_form() {
    /** Settings of a block.
     *
     * With *stars*.
     */
    #[derive(Settings)]
    struct Documented {
        #[doc = "* one\n* two"]
        /// `"quoted"` {braces} \ and é
        list: Option<u8>,
    }
    let root = Documented::SCHEMA.root;
    assert_eq!(root.doc, "Settings of a block.\n\nWith *stars*.");
    let list = root.leaf("list").unwrap();
    assert_eq!(list.doc, "* one\n* two\n`\"quoted\"` {braces} \\ and é");
    assert!(Documented::empty_loader().load().unwrap().list.is_none());
}

#[test]
fn a_schema_lists_the_declared_sources_lowest_first() {
    let sources: Vec<_> = App::SCHEMA
        .sources
        .iter()
        .map(|source| (source.kind, source.path, source.required))
        .collect();
    assert_eq!(
        sources,
        [
            (SourceKind::File, "base.toml", false),
            (SourceKind::File, "{config}", true),
            (SourceKind::EnvFile, ".env", false),
            (SourceKind::EnvFile, ".env.local", true),
            (SourceKind::Dotenvy, "old.env", false),
            (SourceKind::SecretsDir, "/run/secrets", false),
        ]
    );
}

#[test]
fn a_schema_has_the_attributes_of_each_setting() {
    let root = App::SCHEMA.root;
    let port = root.leaf("port").unwrap();
    assert_eq!(
        (port.key, port.doc, port.type_name),
        ("port", "Where to listen.", "u16")
    );
    assert_eq!(port.default, DefaultValue::Expression("8080"));
    assert!(port.reload && !port.optional && !port.secret && port.has_default());
    assert_eq!(port.kind(), Kind::Integer { min: 0, max: 65535 });
    assert!(matches!(port.rules, [schema::Rule::Range(_)]));

    let name = root.leaf("name").unwrap();
    assert_eq!(name.default, DefaultValue::Text("demo"));
    let aliases: Vec<_> = name
        .aliases
        .iter()
        .map(|alias| (alias.name, alias.deprecated))
        .collect();
    assert_eq!(aliases, [("title", false), ("label", false), ("old", true)]);
    assert!(matches!(
        name.rules,
        [schema::Rule::Length {
            min: Some(1),
            max: None
        }]
    ));

    let database = root.leaf("database").unwrap();
    assert!(database.secret && database.optional && !database.has_default());
    assert_eq!(database.env, ["DATABASE_URL", "PG_URL"]);
    assert_eq!(database.example, Some("postgres://localhost/app"));
    assert_eq!(database.type_name, "Option<Token>");

    let workers = root.leaf("workers").unwrap();
    assert_eq!(workers.default, DefaultValue::Function("two"));
    assert_eq!(workers.deprecated, Some("it does nothing"));

    assert!(root.leaf("kind").is_none());
    let kind = root.leaf("type").unwrap();
    assert!(kind.allow_empty);
    assert!(matches!(kind.rules, [schema::Rule::OneOf(["a", "b"])]));

    assert_eq!(root.leaf("hosts").unwrap().separator, Some(";"));
    assert_eq!(
        root.leaf("hosts").unwrap().kind(),
        Kind::List(Box::new(Kind::Text))
    );
    let other = root.leaf("other").unwrap();
    assert_eq!(other.kind(), Kind::Duration);
    assert_eq!(
        other.required_if.map(|condition| condition.key),
        Some("name")
    );
    assert_eq!(
        root.leaf("level").unwrap().kind(),
        Kind::Enum(&["debug", "info"])
    );
    assert_eq!(
        root.leaf("level").unwrap().default,
        DefaultValue::Expression("Level::Info")
    );
    assert_eq!(root.leaf("colour").unwrap().kind(), Kind::Text);
    assert!(root.leaf("dsn").unwrap().unmasked);
    assert!(matches!(
        root.leaf("type_of").unwrap().rules,
        [schema::Rule::Pattern(_)]
    ));
    assert_eq!(
        root.leaf("limits").unwrap().kind(),
        Kind::Map(Box::new(Kind::Float))
    );
    assert!(root.leaf("cache").is_none());
}

#[test]
fn a_schema_has_the_shape_of_each_group() {
    let groups: Vec<_> = App::SCHEMA
        .root
        .fields
        .iter()
        .filter_map(|field| match field {
            Field::Group(nested) => {
                Some((nested.key, nested.shape, nested.flatten, nested.group.name))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        groups,
        [
            ("server", Shape::One, false, "Server"),
            ("spare", Shape::Optional, false, "Server"),
            ("flat", Shape::One, true, "Flat"),
            ("peers", Shape::List, false, "Peer"),
            ("zones", Shape::Map, false, "Peer"),
        ]
    );
}

#[test]
fn a_schema_is_available_in_constants() {
    const PREFIX: &str = <App as Settings>::SCHEMA.prefix;
    assert_eq!(PREFIX, "APP_");
}

#[test]
fn a_valid_schema_passes_its_check() {
    if let Err(error) = App::check_schema() {
        panic!("{error}");
    }
}
