//! Documents from the schema: each as committed, and each read by what it is for.

use serde::Deserialize;
use serde_json::{Value, json};
use settings_core::{SecretString, Settings, docs, dotenv};
use snapbox::{assert_data_eq, file};
use std::{collections::BTreeMap, net::IpAddr, path::Path, time::Duration};

/// Settings of the demo service.
///
/// Everything that a document can meet is in here.
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
    /// Who is told when it breaks.
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
    Info,
    VeryLoud,
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
}

/// The settings that a file and the required variables give, and where the pool's size came from.
fn loaded(file: Option<(&str, &str)>) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut loader = AppSettings::empty_loader().env_from(REQUIRED);
    if let Some((name, text)) = file {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
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
fn the_templates_read_back_to_the_defaults() {
    let (defaults, _) = loaded(None);
    for (name, text) in [
        ("config.toml", docs::toml::<AppSettings>()),
        ("config.yaml", docs::yaml::<AppSettings>()),
    ] {
        let (values, origin) = loaded(Some((name, &text)));
        assert_eq!(values, defaults, "{name}");
        assert!(origin.starts_with(name), "{origin}");
    }
}

/// A `.env.example` without the marks of comments before its assignments.
fn uncommented(example: &str) -> String {
    let lines = example
        .lines()
        .filter(|line| !line.starts_with("# ") && *line != "#");
    let line = |line: &str| format!("{}\n", line.strip_prefix('#').unwrap_or(line));
    lines.map(line).collect()
}

#[test]
fn the_env_example_reads_back_to_the_defaults() {
    // What is required or optional is left out, or it would be set to nothing or be there.
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

/// `tests/documents.sh` asks other readers for the same.
#[test]
fn the_env_example_means_the_same_to_all_readers() {
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
fn the_env_example_asks_first_for_what_is_required() {
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

#[test]
fn the_json_schema_accepts_what_the_loader_accepts() {
    let schema: Value = serde_json::from_str(&docs::json_schema::<AppSettings>()).unwrap();
    jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let loads = |document: &Value| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, document.to_string()).unwrap();
        AppSettings::empty_loader().file(path).load().map(drop)
    };
    let check = |document: Value, sound: bool| {
        let verdict = schema.validate(&document);
        assert_eq!(verdict.is_ok(), sound, "{document}: {verdict:?}");
        let load = loads(&document);
        assert_eq!(load.is_ok(), sound, "{document}: {load:?}");
    };
    check(good(), true);
    let with = |pointer: &str, value: Value| {
        let mut document = good();
        let (path, key) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(path).unwrap()[key] = value;
        document
    };
    for (pointer, value) in [
        ("/graceful_timeout", json!(30)),
        ("/graceful_timeout", json!("2min")),
        ("/limit", json!(u64::MAX)),
        ("/title", json!("another name")),
        ("/labels", json!({})),
        ("/tls", json!(null)),
        ("/upstreams", json!([])),
    ] {
        check(with(pointer, value), true);
    }
    for (pointer, value) in [
        ("/database_url", json!(null)),
        ("/contact", json!("nobody")),
        ("/environment", json!("prod")),
        ("/environment", json!("production")),
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
        ("/proxies", json!([])),
        ("/labels", json!({"team": 1})),
        ("/app_name", json!(7)),
        ("/max_requests", json!(65536)),
        ("/server/port", json!(0)),
        ("/server/prot", json!(1)),
        ("/tls", json!({"version": "TLS 1.2"})),
        ("/upstreams/0/host", json!(null)),
        ("/regions/eu-1/port", json!(-1)),
        ("/app_nam", json!("a")),
    ] {
        check(with(pointer, value), false);
    }
    check(with("/environment", json!("staging")), true);
}

#[test]
fn unknown_keys_are_refused_by_the_schema_only_if_by_the_settings() {
    #[derive(Debug, Settings)]
    struct Lenient {
        #[settings(default = 1)]
        port: u16,
    }
    let schema: Value = serde_json::from_str(&docs::json_schema::<Lenient>()).unwrap();
    assert_eq!(schema["additionalProperties"], true);
    assert!(schema.get("required").is_none());
}

#[test]
fn a_secret_is_written_only() {
    let schema: Value = serde_json::from_str(&docs::json_schema::<AppSettings>()).unwrap();
    for key in ["database_url", "sentry_dsn"] {
        assert_eq!(schema["properties"][key]["writeOnly"], true, "{key}");
    }
    let upstream = &schema["properties"]["upstreams"]["items"]["properties"];
    assert_eq!(upstream["api_key"]["writeOnly"], true);
    assert_eq!(schema["properties"]["app_name"].get("writeOnly"), None);
}

#[test]
fn what_stands_in_comments_fits_where_it_stands() {
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
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("config.toml", uncommented(&filled.join("\n"))),
        ("config.yaml", yaml.lines().map(bare).collect()),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let error = AppSettings::empty_loader().file(path).load().unwrap_err();
        let leaves: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| problem.key().unwrap_or(""))
            .collect();
        assert_eq!(
            leaves,
            [
                "database_url",
                "tls.cert",
                "upstreams[0].host",
                "regions.NAME.host"
            ],
            "{name}: {error}"
        );
    }
}

/// A text with everything in it that some format takes for something else.
const AWKWARD: &str = "\\ \" ' ` $HOME ${X} %n # : - | \t\u{1}\u{85}\u{2028}\u{feff}é\r\n.x\n---\n";

#[test]
fn a_text_of_any_sort_is_read_back() {
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
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("config.toml", docs::toml::<Awkward>()),
        ("config.yaml", docs::yaml::<Awkward>()),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, &text).unwrap();
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
    // `tests/documents.sh` has these read.
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

fn every_document<T: Settings>() -> [(&'static str, String); 9] {
    [
        ("markdown", docs::markdown::<T>()),
        ("env_example", docs::env_example::<T>()),
        ("toml", docs::toml::<T>()),
        ("yaml", docs::yaml::<T>()),
        ("json_schema", docs::json_schema::<T>()),
        ("kubernetes", docs::kubernetes::<T>()),
        ("compose", docs::compose::<T>()),
        ("systemd", docs::systemd::<T>()),
        ("man", docs::man::<T>()),
    ]
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
        #[settings(example = "redis://user:canary-in-example@localhost")]
        queue: String,
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
    let manifests = docs::kubernetes::<Leaky>();
    let config = manifests.split("---\n").next().unwrap();
    for name in [
        "SIGNATURE",
        "DB_PASSWORD",
        "PIN",
        "CACHE",
        "QUEUE",
        "TOKENS",
        "API_KEY",
    ] {
        assert!(!config.contains(&format!("{name}:")), "{name}");
    }
}

#[test]
fn settings_without_any_leaf_have_documents_too() {
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
fn what_takes_effect_at_run_time_is_marked_in_groups_too() {
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
