//! The JSON Schema and the load agree about `null`, and about one table in place of a list.

use crate::dir::Dir;
use serde::Deserialize;
use serde_json::{Value, json};
use settings_core::{
    SecretString, Settings,
    docs::{self, DocumentFormat, Options},
};
use std::{collections::BTreeMap, time::Duration};

#[derive(Debug, Settings)]
struct App {
    required: u16,
    optional: Option<u16>,
    #[settings(default = 1)]
    number: u16,
    #[settings(default = "a", one_of("a", "b"))]
    name: String,
    #[settings(default = "1s")]
    timeout: Duration,
    #[settings(default = "warn")]
    level: Level,
    #[settings(default_from(number) = *number)]
    computed: u16,
    #[settings(default = "x", parse_with = parsed)]
    parsed: String,
    secret: Option<SecretString>,
    #[settings(default = "")]
    numbers: Vec<u16>,
    #[settings(default = "")]
    holes: Vec<Option<Level>>,
    #[settings(default = "[]")]
    deep: Vec<Vec<Option<u16>>>,
    #[settings(default = "")]
    weights: BTreeMap<String, Option<u16>>,
    #[settings(default = "")]
    limits: BTreeMap<String, u16>,
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    host: Host,
    #[settings(nested)]
    other_host: Option<Host>,
    #[settings(nested)]
    servers: Vec<Server>,
    #[settings(nested)]
    hosts: Vec<Host>,
    #[settings(nested)]
    zones: BTreeMap<String, Host>,
    #[settings(nested)]
    pools: BTreeMap<String, Vec<Host>>,
    #[settings(nested)]
    steps: Vec<BTreeMap<String, Host>>,
    #[settings(nested)]
    storage: Storage,
    #[settings(nested)]
    target: Target,
    #[settings(nested)]
    mirrors: Vec<Storage>,
    #[settings(nested)]
    caches: BTreeMap<String, Storage>,
    #[settings(flatten)]
    flat: Flat,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Info,
    Warn,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = 80)]
    port: u16,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Host {
    name: String,
    #[settings(default = 80)]
    port: u16,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Flat {
    #[settings(default = 80)]
    inner: u16,
}

#[derive(Debug, Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    #[settings(default)]
    Memory,
    Local {
        path: String,
    },
}

#[derive(Debug, Settings)]
#[settings(group)]
enum Target {
    Nowhere,
    File { path: String },
}

fn parsed(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// Whether the file loads, and whether both schemas accept it.
fn verdicts(key: &str, value: &Value) -> (bool, [bool; 2]) {
    let mut document = json!({"required": 1, "host": {"name": "a"}, "target": "nowhere"});
    document[key] = value.clone();
    let schemas = [false, true].map(|strict| {
        let options = Options::new().strict(strict);
        let text = docs::render::<App>(DocumentFormat::JsonSchema, &options);
        let schema = serde_json::from_str(&text).unwrap();
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
        jsonschema::draft202012::new(&schema)
            .unwrap()
            .is_valid(&document)
    });
    let dir = Dir::with(&[("app.json", &document.to_string())]);
    let loaded = App::empty_loader().file(dir.path("app.json")).load();
    (loaded.is_ok(), schemas)
}

#[test]
fn null_is_accepted_where_it_loads() {
    let schema: Value = serde_json::from_str(&docs::json_schema::<App>()).unwrap();
    for key in schema["properties"].as_object().unwrap().keys() {
        let loads = !matches!(&**key, "required" | "host" | "target");
        assert_eq!(verdicts(key, &Value::Null), (loads, [loads; 2]), "{key}");
    }
    for (key, value, loads) in [
        ("numbers", json!([null]), false),
        ("holes", json!(["warn", null]), true),
        ("deep", json!([[1, null]]), true),
        ("deep", json!([null]), false),
        ("weights", json!({"a": null}), true),
        ("limits", json!({"a": null}), false),
        ("server", json!({"port": null}), true),
        ("host", json!({"name": null}), false),
        ("host", json!({"name": "a", "port": null}), true),
        ("servers", json!([null]), true),
        ("hosts", json!([null]), false),
        ("zones", json!({"a": null}), true),
        ("pools", json!({"a": null}), true),
        ("steps", json!([{"a": null}]), true),
        ("steps", json!([null]), true),
        ("target", json!({"type": null}), false),
        ("storage", json!({"kind": null}), true),
        ("mirrors", json!([{"kind": null}]), true),
        ("mirrors", json!([null]), true),
        ("caches", json!({"a": null}), true),
    ] {
        assert_eq!(verdicts(key, &value), (loads, [loads; 2]), "{key}: {value}");
    }
}

#[test]
fn one_table_is_accepted_as_a_list_of_one() {
    for (key, value) in [
        ("servers", json!({})),
        ("servers", json!({"port": 1})),
        ("hosts", json!({"name": "a"})),
        ("pools", json!({"a": {"name": "a"}})),
        ("steps", json!({"a": {"name": "a"}})),
        ("mirrors", json!({"kind": "local", "path": "/a"})),
        ("mirrors", json!("memory,memory")),
        ("caches", json!("a=memory,b=memory")),
    ] {
        assert_eq!(verdicts(key, &value), (true, [true; 2]), "{key}: {value}");
    }
    for (key, value) in [
        ("servers", json!({"port": -1})),
        ("hosts", json!({"name": 1})),
        ("pools", json!({"a": {"name": "a", "port": "x"}})),
        ("mirrors", json!({"kind": "remote"})),
        ("mirrors", json!("elsewhere")),
        ("servers", json!(1)),
    ] {
        let expected = key == "mirrors" && value.is_string();
        let verdicts = verdicts(key, &value);
        assert_eq!(verdicts, (false, [expected; 2]), "{key}: {value}");
    }
}
