//! Documents from the schema: each as committed, and each read by its consumer.

use crate::dir::Dir;
use serde::Deserialize;
use serde_json::{Value, json};
use settings_core::{
    SecretString, Settings,
    docs::{self, DocumentFormat, Options},
    dotenv,
};
use snapbox::{assert_data_eq, file, str};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::Path,
    time::Duration,
};

/// Settings of the demo service.
///
/// It has one of everything that documents show.
#[derive(Debug, Settings)]
#[settings(
    prefix = "APP_",
    file = "config.toml",
    env_file = ".env",
    secrets_dir = "/run/secrets",
    unknown = "deny",
    derived(
        /// Whether this process serves production traffic.
        is_production: bool = self.environment == "production",
    ),
)]
struct AppSettings {
    /// Name shown in logs | and metrics.
    #[settings(
        default = "My \"demo\" app",
        alias = "title",
        deprecated_alias = "label"
    )]
    app_name: String,
    /// Where it runs.
    #[settings(
        default = "development",
        pattern = "^(development|staging|production)$"
    )]
    environment: String,
    /// Where the data lives.
    #[settings(env = "DATABASE_URL", example = "postgres://app:hunter2@localhost/app")]
    database_url: SecretString,
    /// Connections to the database.
    #[settings(default = 10, range(1..=1000), env = ["APP_DB_POOL_SIZE", "DB_POOL_SIZE"])]
    db_pool_size: u32,
    /// Address of the people on call.
    #[settings(pattern = "^[^@]+@[^@]+$", example = "ops@example.org")]
    contact: String,
    /// How long requests may take to end.
    #[settings(default = Duration::from_secs(90), range("1s"..="10m"), reload)]
    graceful_timeout: Duration,
    #[settings(default_with = workers)]
    workers: usize,
    /// How much of the traffic is traced.
    #[settings(default = 0.25, range(0.0..=1.0))]
    sample_rate: f64,
    #[settings(default = Level::Info)]
    level: Level,
    #[settings(default = Mode::Plain)]
    mode: Mode,
    /// Version that is deployed.
    #[settings(default = env!("CARGO_PKG_VERSION").to_owned())]
    version: String,
    /// Where errors are reported.
    #[settings(required_if(environment = "production"))]
    sentry_dsn: Option<String>,
    #[settings(default = "10.0.0.1;::1", separator = ";", length(1..=8))]
    proxies: Vec<IpAddr>,
    /// What is put on each metric.
    #[settings(default = "team=core,tier=1")]
    labels: BTreeMap<String, String>,
    #[settings(default = 18_446_744_073_709_551_615)]
    limit: u64,
    #[settings(default = "50% of $HOME\nand 'more'")]
    motto: String,
    #[settings(default = "no", deprecated = "nobody asks for it")]
    answer: String,
    #[settings(flatten)]
    limits: Limits,
    /// The address that is served.
    #[settings(nested)]
    server: Server,
    /// Encryption, if any.
    #[settings(nested)]
    tls: Option<Tls>,
    /// Where requests go.
    #[settings(nested)]
    upstreams: Vec<Upstream>,
    #[settings(nested)]
    regions: BTreeMap<String, Upstream>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Limits {
    /// Requests at once.
    #[settings(default = 100)]
    max_requests: u16,
}

/// Where it listens.
#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "127.0.0.1")]
    host: IpAddr,
    #[settings(default = 8080, range(1..))]
    port: u16,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Tls {
    /// The file of the certificate.
    cert: String,
    #[settings(default = "TLS 1.3")]
    version: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Upstream {
    /// Its name or address.
    host: String,
    #[settings(default = 80)]
    port: u16,
    api_key: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    #[serde(alias = "INFO", alias = "a-information")]
    Info,
    #[serde(alias = "loudest")]
    VeryLoud,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only decoded")]
enum Mode {
    Plain,
    Limited(u8),
    Both { least: u8, most: u8 },
}

fn workers() -> usize {
    4
}

const REQUIRED: [(&str, &str); 2] = [
    ("DATABASE_URL", "postgres://localhost/app"),
    ("APP_CONTACT", "ops@example.org"),
];

#[test]
fn each_document_is_as_committed() {
    let golden = |rendered: String, file: snapbox::Data| assert_data_eq!(rendered, file.raw());
    golden(docs::markdown::<AppSettings>(), file!["../golden/app.md"]);
    golden(
        docs::env_example::<AppSettings>(),
        file!["../golden/app.env"],
    );
    golden(docs::toml::<AppSettings>(), file!["../golden/app.toml"]);
    golden(docs::yaml::<AppSettings>(), file!["../golden/app.yaml"]);
    golden(
        docs::json_schema::<AppSettings>(),
        file!["../golden/app.schema.json"],
    );
    golden(
        docs::kubernetes::<AppSettings>(),
        file!["../golden/kubernetes.yaml"],
    );
    golden(
        docs::compose::<AppSettings>(),
        file!["../golden/compose.yaml"],
    );
    golden(
        docs::systemd::<AppSettings>(),
        file!["../golden/systemd.conf"],
    );
    golden(docs::man::<AppSettings>(), file!["../golden/app.5"]);
    golden(docs::html::<AppSettings>(), file!["../golden/app.html"]);
}

/// The settings that a file and the required variables set, and the origin of `db_pool_size`.
fn loaded(file: Option<(&str, &str)>) -> (String, String) {
    let dir = Dir::with(&[]);
    let mut loader = AppSettings::empty_loader().env_from(REQUIRED);
    if let Some((name, text)) = file {
        let path = dir.write(name, text);
        loader = match name {
            ".env" => loader.env_file(path),
            _ => loader.file(path),
        };
    }
    let app = loader.load().unwrap_or_else(|error| panic!("{error}"));
    for warning in app.warnings() {
        assert_eq!(
            warning.key(),
            Some("answer"),
            "only that is deprecated: {warning}"
        );
    }
    let origin = app.origin("db_pool_size").unwrap().to_string();
    let place = Path::new(&origin).file_name().unwrap().to_string_lossy();
    (format!("{:#?}", *app), place.into_owned())
}

#[test]
fn templates_set_nothing_until_a_comment_is_removed() {
    let (defaults, _) = loaded(None);
    for (name, template) in [
        ("config.toml", docs::toml::<AppSettings>()),
        ("config.yaml", docs::yaml::<AppSettings>()),
    ] {
        let (values, origin) = loaded(Some((name, &template)));
        assert_eq!(
            (values, &*origin),
            (defaults.clone(), "default"),
            "{name} as rendered"
        );
        let text = without_marks(&without_optional(&template));
        let (values, origin) = loaded(Some((name, &text)));
        assert_eq!(values, defaults, "{text}");
        assert!(origin.starts_with(name), "{origin}");
    }
}

/// A template up to its first optional group.
fn without_optional(template: &str) -> String {
    let end = template.find("\n# Encryption, if any.").unwrap();
    template[..end].to_owned()
}

/// A template without the marks of comments before settings, and without settings that have no value.
fn without_marks(template: &str) -> String {
    let is_prose = |line: &str| line.starts_with("# ") || line == "#" || line.ends_with(" =");
    let lines = template.lines().filter(|line| !is_prose(line.trim_start()));
    let mut out = String::new();
    for line in lines {
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        let setting = rest.strip_prefix('#').unwrap_or(rest);
        if setting.ends_with(':') && setting != "server:" {
            continue;
        }
        out.extend([indent, setting, "\n"]);
    }
    out
}

/// A `.env.example` without the marks of comments before assignments.
fn uncommented(example: &str) -> String {
    let lines = example
        .lines()
        .filter(|line| !line.starts_with("# ") && *line != "#");
    let line = |line: &str| format!("{}\n", line.strip_prefix('#').unwrap_or(line));
    lines.map(line).collect()
}

#[test]
fn the_env_example_reads_back_to_the_defaults() {
    // Required settings would be set to nothing, and optional groups would be present.
    let without_value =
        |paragraph: &&str| !paragraph.contains("=\n") && !paragraph.contains("APP_TLS_");
    let example = docs::env_example::<AppSettings>();
    let file: Vec<_> = example
        .split_inclusive("\n\n")
        .filter(without_value)
        .filter(|paragraph| !paragraph.contains("__"))
        .map(uncommented)
        .collect();
    let (values, origin) = loaded(Some((".env", &file.concat())));
    assert_eq!(values, loaded(None).0);
    assert!(origin.starts_with(".env:"), "{origin}");
}

/// `tests/documents.sh` lets other readers read the same file.
#[test]
fn all_readers_agree_on_the_env_example() {
    let example = docs::env_example::<AppSettings>();
    let alike = |paragraph: &&str| !paragraph.contains("may read this value differently");
    let file: Vec<_> = example
        .split_inclusive("\n\n")
        .filter(alike)
        .map(uncommented)
        .collect();
    let file = file.concat();
    let parsed = dotenv::parse(file.as_bytes(), |_| None).unwrap();
    let entries = parsed
        .entries()
        .iter()
        .map(|entry| (entry.key(), entry.value()));
    let entries: BTreeMap<_, _> = entries.collect();
    let read = serde_json::to_string_pretty(&entries).unwrap() + "\n";
    assert_data_eq!(file.clone(), file!["../golden/filled.env"].raw());
    assert_data_eq!(read, file!["../golden/filled.json"].raw());
}

#[test]
fn the_env_example_starts_with_required_variables() {
    let example = docs::env_example::<AppSettings>();
    let parsed = dotenv::parse(example.as_bytes(), |_| None).unwrap();
    let entries = parsed
        .entries()
        .iter()
        .map(|entry| (entry.key(), entry.value()));
    assert_eq!(
        entries.collect::<Vec<_>>(),
        [("DATABASE_URL", ""), ("APP_CONTACT", "")]
    );
    let optional = example.find("# ---- Optional").unwrap();
    assert!(example.find("APP_CONTACT=").unwrap() < optional);
}

/// A document that the settings accept.
fn good() -> Value {
    json!({
        "database_url": "postgres://localhost/app",
        "contact": "ops@example.org",
        "graceful_timeout": "1m 30s",
        "sample_rate": 0.5,
        "level": "very-loud",
        "sentry_dsn": null,
        "proxies": ["::1"],
        "labels": {"team": "core"},
        "max_requests": 5,
        "server": {"port": 80},
        "tls": {"cert": "cert.pem"},
        "upstreams": [{"host": "a"}, {"host": "b", "port": 81}],
        "regions": {"eu-1": {"host": "c"}}
    })
}

fn schema(strict: bool) -> Value {
    let options = Options::new().strict(strict);
    let text = docs::render::<AppSettings>(DocumentFormat::JsonSchema, &options);
    let schema = serde_json::from_str(&text).unwrap();
    jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
    schema
}

/// The document with another value at a pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = good();
    let (path, key) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(path).unwrap()[key] = value;
    document
}

fn loads(document: &Value) -> Result<(), settings_core::Error> {
    let dir = Dir::with(&[]);
    let path = dir.write("config.json", document.to_string());
    AppSettings::empty_loader().file(path).load().map(drop)
}

#[test]
fn the_json_schema_accepts_what_the_loader_accepts() {
    let schema = jsonschema::draft202012::new(&schema(false)).unwrap();
    let strict = jsonschema::draft202012::new(&self::schema(true)).unwrap();
    let check = |document: Value, valid: bool| {
        for schema in [&schema, &strict] {
            let verdict = schema.validate(&document);
            assert_eq!(verdict.is_ok(), valid, "{document}: {verdict:?}");
        }
        let load = loads(&document);
        assert_eq!(load.is_ok(), valid, "{document}: {load:?}");
    };
    check(good(), true);
    for (pointer, value) in [
        ("/graceful_timeout", json!(30)),
        ("/graceful_timeout", json!(1.5)),
        ("/graceful_timeout", json!("2min")),
        ("/graceful_timeout", json!("5 minutes")),
        ("/limit", json!(u64::MAX)),
        ("/title", json!("another name")),
        ("/labels", json!({})),
        ("/labels", json!("team=core, tier=1")),
        ("/proxies", json!("10.0.0.1; ::1")),
        ("/environment", json!("staging")),
        ("/tls", json!(null)),
        ("/upstreams", json!([])),
        ("/mode", json!("plain")),
        ("/mode", json!({"limited": 3})),
        ("/mode", json!({"both": {"least": 1, "most": 2}})),
    ] {
        check(with(pointer, value), true);
    }
    for (pointer, value) in [
        ("/database_url", json!(null)),
        ("/contact", json!("nobody")),
        ("/environment", json!("prod")),
        ("/db_pool_size", json!(0)),
        ("/db_pool_size", json!(1001)),
        ("/db_pool_size", json!(1.5)),
        ("/graceful_timeout", json!("30x")),
        ("/graceful_timeout", json!("s")),
        ("/graceful_timeout", json!("30s 1m")),
        ("/graceful_timeout", json!(-1)),
        ("/graceful_timeout", json!(601)),
        ("/sample_rate", json!(1.01)),
        ("/level", json!("silent")),
        ("/mode", json!("limitless")),
        ("/mode", json!({"limitless": 1})),
        ("/mode", json!({"plain": null, "limited": 1})),
        ("/proxies", json!([])),
        ("/labels", json!({"team": 1})),
        ("/app_name", json!(7)),
        ("/max_requests", json!(65536)),
        ("/server/port", json!(0)),
        ("/server/prot", json!(1)),
        ("/upstreams/0/host", json!(null)),
        ("/regions/eu-1/port", json!(-1)),
        ("/app_nam", json!("a")),
    ] {
        check(with(pointer, value), false);
    }
}

#[test]
fn only_the_strict_schema_requires_what_another_source_may_set() {
    let plain = jsonschema::draft202012::new(&schema(false)).unwrap();
    let strict = jsonschema::draft202012::new(&schema(true)).unwrap();
    for document in [
        json!({}),
        with("/environment", json!("production")),
        with("/tls", json!({"version": "TLS 1.2"})),
        with("/upstreams", json!([{"port": 81}])),
    ] {
        assert!(plain.is_valid(&document), "{document}");
        assert!(!strict.is_valid(&document), "{document}");
        assert!(loads(&document).is_err(), "{document}");
    }
}

#[test]
fn the_schema_refuses_unknown_keys_unless_the_settings_ignore_them() {
    #[derive(Debug, Settings)]
    struct Default {
        #[settings(default = 1)]
        port: u16,
    }
    #[derive(Debug, Settings)]
    #[settings(unknown = "ignore")]
    struct Lenient {
        #[settings(default = 1)]
        port: u16,
    }
    let additional = |text: String| -> Value {
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert!(schema.get("required").is_none());
        schema["additionalProperties"].clone()
    };
    assert_eq!(additional(docs::json_schema::<Default>()), false);
    assert_eq!(additional(docs::json_schema::<Lenient>()), true);
}

#[test]
fn templates_name_the_schema_for_editors() {
    let options = Options::new().schema("./app.schema.json");
    let template = |format| docs::render::<AppSettings>(format, &options);
    assert!(template(DocumentFormat::Toml).starts_with("#:schema ./app.schema.json\n\n# Settings"));
    assert!(
        template(DocumentFormat::Yaml)
            .starts_with("# yaml-language-server: $schema=./app.schema.json\n\n# Settings")
    );
}

#[test]
fn aliases_of_enum_values_are_accepted_but_not_listed() {
    assert_eq!(
        schema(false)["properties"]["level"]["enum"],
        json!(["info", "very-loud", null])
    );
    assert!(loads(&with("/level", json!("loudest"))).is_ok());
    for format in DocumentFormat::ALL {
        let text = docs::render::<AppSettings>(format, &Options::new());
        assert!(!text.contains("loudest"), "{format}: {text}");
    }
}

#[test]
fn a_secret_is_write_only() {
    let schema: Value = serde_json::from_str(&docs::json_schema::<AppSettings>()).unwrap();
    for key in ["database_url", "sentry_dsn"] {
        assert_eq!(schema["properties"][key]["writeOnly"], true, "{key}");
    }
    let upstream = &schema["properties"]["upstreams"]["items"]["properties"];
    assert_eq!(upstream["api_key"]["writeOnly"], true);
    assert_eq!(schema["properties"]["app_name"].get("writeOnly"), None);
}

#[test]
fn comments_in_templates_are_valid_where_they_are() {
    let toml = docs::toml::<AppSettings>();
    let filled: Vec<_> = toml
        .split('\n')
        .filter(|line| !line.ends_with(" ="))
        .collect();
    let yaml = docs::yaml::<AppSettings>();
    let bare = |line: &str| {
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        let rest = rest
            .strip_prefix('#')
            .filter(|rest| !rest.starts_with(' '))
            .unwrap_or(rest);
        format!("{indent}{rest}\n")
    };
    let dir = Dir::with(&[]);
    for (name, text) in [
        ("config.toml", uncommented(&filled.join("\n"))),
        ("config.yaml", yaml.lines().map(bare).collect()),
    ] {
        let path = dir.write(name, text);
        let error = AppSettings::empty_loader().file(path).load().unwrap_err();
        let keys: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| problem.key().unwrap_or(""))
            .collect();
        assert_eq!(
            keys,
            ["tls.cert", "upstreams[0].host", "regions.NAME.host"],
            "{name}: {error}"
        );
    }
}

/// A text of characters that formats treat specially.
const AWKWARD: &str = "\\ \" ' ` $HOME ${X} %n # : - | \t\u{1}\u{85}\u{2028}\u{feff}é\r\n.x\n---\n";

#[test]
fn documents_keep_any_text() {
    /// .TH is no request here: \fB %n | `code`
    ///
    /// 'neither is this
    #[derive(Debug, Settings)]
    #[settings(file = "--- # .toml")]
    struct Awkward {
        /// .so /etc/passwd
        ///
        /// ---
        #[settings(
            rename = "on",
            default = "\\ \" ' ` $HOME ${X} %n # : - | \t\u{1}\u{85}\u{2028}\u{feff}é\r\n.x\n---\n"
        )]
        text: String,
        #[settings(rename = "no", default = "")]
        empty: String,
        #[settings(default = "~")]
        tilde: String,
        #[settings(default = "2020-01-01")]
        date: String,
        #[settings(default = r#"["a, b", "[c"]"#)]
        list: Vec<String>,
        #[settings(default = r#"{"a.b": "1", "on": "x=y,"}"#)]
        map: BTreeMap<String, String>,
    }
    let defaults = Awkward::empty_loader().load().unwrap().into_inner();
    assert_eq!(defaults.text, AWKWARD);
    let dir = Dir::with(&[]);
    for (name, text) in [
        ("config.toml", without_marks(&docs::toml::<Awkward>())),
        ("config.yaml", without_marks(&docs::yaml::<Awkward>())),
    ] {
        let path = dir.write(name, &text);
        let loaded = Awkward::empty_loader().file(path).load();
        let loaded = loaded.unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(format!("{:?}", *loaded), format!("{defaults:?}"), "{name}");
        assert_eq!(
            loaded.origin("on").unwrap().layer(),
            settings_core::Layer::File
        );
    }
    let schema: Value = serde_json::from_str(&docs::json_schema::<Awkward>()).unwrap();
    assert_eq!(schema["properties"]["on"]["default"], AWKWARD);
    assert_eq!(schema["properties"]["map"]["default"], json!(defaults.map));
    let file = uncommented(&docs::env_example::<Awkward>());
    let parsed = dotenv::parse(file.as_bytes(), |_| None).unwrap();
    assert_eq!(parsed.entries()[0].value(), AWKWARD);
    // `tests/documents.sh` passes these to their consumers.
    assert_data_eq!(docs::man::<Awkward>(), file!["../golden/awkward.5"].raw());
    assert_data_eq!(
        docs::kubernetes::<Awkward>(),
        file!["../golden/awkward.yaml"].raw()
    );
    assert_data_eq!(
        docs::systemd::<Awkward>(),
        file!["../golden/awkward.conf"].raw()
    );
}

fn every_document<T: Settings>() -> Vec<(DocumentFormat, String)> {
    let render = |format| (format, docs::render::<T>(format, &Options::new()));
    DocumentFormat::ALL.into_iter().map(render).collect()
}

#[test]
fn no_document_shows_a_hidden_default() {
    #[derive(Debug, Settings)]
    struct Leaky {
        #[settings(default = "canary-by-type")]
        signature: SecretString,
        #[settings(default = "canary-by-name")]
        db_password: String,
        #[settings(default = "canary-by-attribute", secret)]
        pin: Hidden,
        #[settings(default = "redis://user:canary-in-url@localhost")]
        cache: String,
        #[settings(example = "redis://user:shown-in-example@localhost")]
        queue: String,
        #[settings(default = format!("redis://user:{}@localhost", "canary-at-run-time"))]
        broker: String,
        #[settings(default = vec!["canary-in-expression".to_owned()])]
        tokens: Vec<String>,
        #[settings(nested)]
        api: Option<Api>,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Api {
        #[settings(default = "canary-in-group")]
        key: String,
    }
    struct Hidden;
    impl<'de> Deserialize<'de> for Hidden {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            String::deserialize(from).map(|_| Hidden)
        }
    }
    impl std::fmt::Debug for Hidden {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("hidden")
        }
    }
    for (name, text) in every_document::<Leaky>() {
        assert!(!text.contains("canary"), "{name}: {text}");
        assert!(
            text.to_lowercase().contains("db_password"),
            "{name}: {text}"
        );
    }
    // An example is written for documents.
    for text in [docs::markdown::<Leaky>(), docs::toml::<Leaky>()] {
        assert!(text.contains("shown-in-example"), "{text}");
    }
    let manifests = docs::kubernetes::<Leaky>();
    let config = manifests.split("---\n").next().unwrap();
    for name in [
        "SIGNATURE",
        "DB_PASSWORD",
        "PIN",
        "CACHE",
        "QUEUE",
        "BROKER",
        "TOKENS",
        "API_KEY",
    ] {
        assert!(!config.contains(&format!("{name}:")), "{name}");
    }
}

#[test]
fn a_struct_without_settings_has_documents() {
    #[derive(Debug, Settings)]
    struct Empty {}
    for (name, text) in every_document::<Empty>() {
        assert!(text.ends_with('\n') || text.is_empty(), "{name}: {text}");
    }
    assert_data_eq!(
        docs::compose::<Empty>(),
        "services:\n  empty:\n    environment: {}\n"
    );
}

#[test]
fn reloaded_settings_are_marked_in_groups_too() {
    #[derive(Settings)]
    struct Reloading {
        #[settings(nested, reload)]
        whole: Pair,
        #[settings(nested)]
        part: Pair,
        /// Changes as a whole, or not at all.
        #[settings(nested)]
        list: Vec<Pair>,
    }

    #[derive(Settings)]
    #[settings(group)]
    struct Pair {
        #[settings(default = 1, reload)]
        one: u8,
        #[settings(default = 2)]
        two: u8,
    }

    let template = docs::env_example::<Reloading>();
    let paragraphs = template.split("\n\n");
    let marked = paragraphs.filter(|each| each.contains("takes effect at run time"));
    let marked: Vec<_> = marked.filter_map(|each| each.lines().last()).collect();
    assert_eq!(marked, ["#WHOLE_ONE=1", "#WHOLE_TWO=2", "#PART_ONE=1"]);
}

#[test]
fn reloaded_settings_are_in_a_mounted_file_and_in_no_variable() {
    #[derive(Settings)]
    #[settings(file = ["app.json", "/etc/shop/app.toml"], secrets_dir = "/run/secrets")]
    #[allow(dead_code, reason = "only described")]
    struct Shop {
        /// Region of the shop.
        region: String,
        /// Requests per minute.
        #[settings(default = 600, reload)]
        rate: u32,
        #[settings(reload)]
        banner: String,
        #[settings(reload)]
        token: SecretString,
        pin: SecretString,
        #[settings(nested)]
        log: Log,
    }
    #[derive(Settings)]
    #[settings(group)]
    #[allow(dead_code, reason = "only described")]
    struct Log {
        #[settings(default = "info", reload)]
        level: String,
        #[settings(default = false)]
        json: bool,
    }
    let manifests = docs::kubernetes::<Shop>();
    let parts: Vec<&str> = manifests.split("---\n").collect();
    let [config, secret, live, deployment] = parts[..] else {
        panic!("{manifests}");
    };
    assert_data_eq!(
        config,
        str![[r#"
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-config
data:
  # Region of the shop.
  REGION: "" # required
  #LOG_JSON: "false"

"#]]
    );
    assert!(secret.contains("  TOKEN: \"\" # required\n"), "{secret}");
    assert_data_eq!(
        live,
        str![[r##"
# Settings that are reloaded: mounted as /etc/shop/app.toml, and in no variable, which would override changes.
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-live
data:
  app.toml: |
    # Requests per minute.
    # a whole number from 0 to 4294967295; a change takes effect at run time
    #rate = 600

    # required; text; a change takes effect at run time
    #banner =

    [log]

    # text; a change takes effect at run time
    #level = "info"

"##]]
    );
    for part in [
        "            - name: PIN\n",
        "              mountPath: /etc/shop\n",
        "              mountPath: /run/secrets\n",
        "              - key: TOKEN\n                path: TOKEN\n",
    ] {
        assert!(deployment.contains(part), "{part}{deployment}");
    }
    assert!(!deployment.contains("- name: TOKEN"), "{deployment}");
    for other in [docs::compose::<Shop>(), docs::systemd::<Shop>()] {
        let set = other.lines().filter(|line| {
            line.contains("RATE") || line.contains("LOG_LEVEL") || line.contains("BANNER")
        });
        assert_eq!(set.count(), 0, "{other}");
        assert!(other.contains("log.level"), "{other}");
    }
}

#[test]
fn hidden_settings_are_in_no_document() {
    #[derive(Settings)]
    #[allow(dead_code, reason = "only described")]
    struct Shop {
        #[settings(default = 1)]
        #[doc(hidden)]
        experiment: u8,
        #[settings(default = 2)]
        shards: u8,
        #[doc(hidden)]
        #[settings(nested)]
        experiments: Vec<Group>,
        #[doc(hidden)]
        #[settings(nested)]
        experimental: Option<Group>,
    }
    #[derive(Settings)]
    #[settings(group)]
    #[allow(dead_code, reason = "only described")]
    struct Group {
        #[settings(default = 1)]
        size: u8,
    }
    for format in DocumentFormat::ALL {
        let text = docs::render::<Shop>(format, &Options::new()).to_lowercase();
        assert!(!text.contains("experiment"), "{format}: {text}");
        assert!(text.contains("shards"), "{format}: {text}");
    }
    let shop = Shop::empty_loader().set("experiment", "3");
    let shop = shop
        .set("experiments", "[{}]")
        .set("experimental.size", "4");
    let shop = shop.load().unwrap();
    assert_eq!((shop.experiment, shop.experiments[0].size), (3, 1));
    assert!(!shop.dump().to_string().contains("experiment"));
}

#[test]
fn the_schema_accepts_scalars_for_a_setting_that_a_function_parses() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(parse_with = parse)]
        level: Option<u8>,
        #[settings(parse_with = parse, one_of("1", "true", "low"))]
        choice: Option<u8>,
    }
    fn parse(text: &str) -> Result<u8, String> {
        Ok(u8::try_from(text.len()).unwrap_or(0))
    }
    let schema: Value = serde_json::from_str(&docs::json_schema::<Root>()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (key, value) in [
        ("level", "1"),
        ("level", "1.50"),
        ("level", "true"),
        ("level", "\"low\""),
        ("level", "null"),
        ("level", "[]"),
        ("level", "{}"),
        ("choice", "1"),
        ("choice", "true"),
        ("choice", "\"1\""),
        ("choice", "\"low\""),
        ("choice", "2"),
        ("choice", "false"),
        ("choice", "\"high\""),
    ] {
        let text = format!("{{\"{key}\": {value}}}");
        let dir = Dir::with(&[("a.json", &*text)]);
        let loads = Root::empty_loader().file(dir.path("a.json")).load().is_ok();
        let document = serde_json::from_str(&text).unwrap();
        assert_eq!(validator.is_valid(&document), loads, "{text}");
    }
}

#[test]
fn defaults_of_any_type_are_shown_as_an_operator_writes_them() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        #[settings(default = 'x')]
        letter: char,
        #[settings(default = (1, "a".to_owned()))]
        pair: (u8, String),
        #[settings(default = Level(3))]
        level: Level,
        #[settings(default = BTreeSet::from([1, 2]))]
        set: BTreeSet<u8>,
        #[settings(default = Point { x: 1, y: 2 })]
        point: Point,
        #[settings(default = Mode::Fancy { n: 5 })]
        mode: Mode,
        #[settings(default = vec![Stage::Local, Stage::Live])]
        stages: Vec<Stage>,
        #[settings(default = vec![Duration::from_secs(90)])]
        waits: Vec<Duration>,
        #[settings(default = env!("CARGO_PKG_VERSION").to_owned())]
        version: String,
    }
    #[derive(Debug, Deserialize)]
    struct Level(#[expect(dead_code, reason = "only its default is of interest")] u8);
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its default is of interest")]
    struct Point {
        x: u8,
        y: u8,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its default is of interest")]
    enum Mode {
        Plain,
        Fancy { n: u8 },
    }
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Stage {
        Local,
        #[serde(alias = "alive")]
        Live,
    }
    let document = docs::compose::<Root>();
    let variables = document
        .lines()
        .filter_map(|line| line.trim().strip_prefix("#APP_"));
    let variables: Vec<&str> = variables.collect();
    assert_data_eq!(
        variables.join("\n"),
        str![[r#"
LETTER: "x"
PAIR: "[1, /"a/"]"
LEVEL: "3"
SET: "[1, 2]"
POINT: "{/"x/": 1, /"y/": 2}"
MODE: "{/"Fancy/": {/"n/": 5}}"
STAGES: "[/"local/", /"live/"]"
WAITS: "[/"90s/"]"
VERSION: "0.1.0"
"#]]
    );
    let reference = docs::markdown::<Root>();
    assert!(
        reference.contains("each element one of local, live."),
        "{reference}"
    );
}

#[test]
fn settings_that_share_a_variable_have_one_entry() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Root {
        #[settings(env = shared("APP_ZONE"))]
        zone: Option<String>,
        #[settings(nested)]
        clock: Clock,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Clock {
        /// The zone of the clock.
        #[settings(env = shared("APP_ZONE"))]
        zone: String,
    }
    let root = Root::empty_loader()
        .env_from([("APP_ZONE", "UTC")])
        .load()
        .unwrap();
    assert_eq!(
        (root.zone.as_deref(), &*root.clock.zone),
        (Some("UTC"), "UTC")
    );
    for document in [
        docs::env_example::<Root>(),
        docs::kubernetes::<Root>(),
        docs::compose::<Root>(),
        docs::systemd::<Root>(),
    ] {
        let lines = document.lines().map(str::trim_start);
        let entries: Vec<_> = lines
            .filter(|line| line.trim_start_matches('#').contains("APP_ZONE"))
            .collect();
        assert_eq!(entries.len(), 1, "{document}");
        // The setting that requires the variable.
        assert!(!entries[0].starts_with('#'), "{document}");
    }
}

#[test]
fn defaults_of_characters_enums_with_data_and_wide_numbers_are_values() {
    #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Level {
        Off,
        AtMost(u8),
    }
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = '\'')]
        quote: char,
        #[settings(default = Level::AtMost(3))]
        level: Level,
        #[settings(default = u64::MAX)]
        most: u64,
    }
    let root = Root::empty_loader().set("level", "off").load().unwrap();
    assert_eq!(
        (root.quote, &root.level, root.most),
        ('\'', &Level::Off, u64::MAX)
    );
    let markdown = docs::markdown::<Root>();
    assert!(markdown.contains(r#"| `{"at-most": 3}` |"#), "{markdown}");
    assert!(markdown.contains("| `'` |"), "{markdown}");
    let toml = docs::toml::<Root>();
    assert!(toml.contains("#level = { at-most = 3 }\n"), "{toml}");
    assert!(
        toml.contains("#most = \"18446744073709551615\"\n"),
        "{toml}"
    );
    let schema: Value = serde_json::from_str(&docs::json_schema::<Root>()).unwrap();
    assert_eq!(
        schema["properties"]["level"]["default"],
        json!({"at-most": 3})
    );
    // The template loads with its comments removed.
    let lines = toml.lines().filter_map(|line| line.strip_prefix('#'));
    let lines: Vec<&str> = lines.filter(|line| line.contains(" = ")).collect();
    let dir = Dir::with(&[("app.toml", &*lines.join("\n"))]);
    let root = Root::empty_loader()
        .file(dir.path("app.toml"))
        .load()
        .unwrap();
    assert_eq!(
        (root.quote, &root.level, root.most),
        ('\'', &Level::AtMost(3), u64::MAX)
    );
}

#[test]
fn bounds_of_a_duration_are_in_its_unit() {
    #[derive(Debug, Settings)]
    struct Root {
        #[settings(default = "2s", unit = "ms", range("1s"..="1h"))]
        wait: Duration,
        #[settings(default = "2s", range("1s"..="1h"))]
        plain: Duration,
    }
    assert!(
        Root::empty_loader()
            .load()
            .is_ok_and(|root| root.wait == root.plain)
    );
    let schema: Value = serde_json::from_str(&docs::json_schema::<Root>()).unwrap();
    let bounds = |key: &str| {
        let setting = &schema["properties"][key];
        (setting["minimum"].as_f64(), setting["maximum"].as_f64())
    };
    assert_eq!(bounds("wait"), (Some(1000.0), Some(3_600_000.0)));
    assert_eq!(bounds("plain"), (Some(1.0), Some(3600.0)));
}
