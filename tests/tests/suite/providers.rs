//! figment's providers as layers.

use crate::reports::{lines, problems, warnings};
use figment::{
    Error, Figment, Metadata, Profile, Provider,
    providers::Serialized,
    value::{Dict, Map, Value},
};
use serde::Serialize;
use settings_core::{Settings, schema::Unknown};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "")]
    name: String,
    #[settings(default = 1)]
    port: u16,
    note: Option<String>,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    bind_address: String,
}

/// A provider as another crate would write it.
struct Remote(Result<Dict, &'static str>);

impl Provider for Remote {
    fn metadata(&self) -> Metadata {
        Metadata::named("remote store").source("https://store.example")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        match &self.0 {
            Ok(dict) => Ok(Profile::Default.collect(dict.clone())),
            Err(why) => Err(Error::from((*why).to_owned()).with_path("server.bind")),
        }
    }
}

fn remote<const N: usize>(pairs: [(&str, Value); N]) -> Remote {
    Remote(Ok(pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()))
}

#[test]
fn a_serialized_struct_is_a_layer() {
    #[derive(Serialize)]
    struct Defaults {
        port: u16,
        note: Option<String>,
        server: ServerDefaults,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct ServerDefaults {
        bind_address: &'static str,
    }
    let defaults = Defaults {
        port: 5,
        note: None,
        server: ServerDefaults {
            bind_address: "::1",
        },
    };
    let loaded = App::empty_loader()
        .provider(Serialized::defaults(defaults))
        .env_from([("APP_NAME", "x")])
        .load()
        .unwrap();
    assert_eq!(
        (loaded.port, &*loaded.server.bind_address, &*loaded.name),
        (5, "::1", "x")
    );
    assert_eq!(loaded.note, None);
}

#[test]
fn a_custom_provider_is_a_layer_with_its_name_as_origin() {
    let server = Value::from(Dict::from([(
        "bind_address".to_owned(),
        Value::from("::1"),
    )]));
    let loaded = App::empty_loader()
        .provider(remote([("server", server)]))
        .load()
        .unwrap();
    let origin = loaded.origin("server.bind_address").unwrap();
    assert_eq!(origin.name(), Some("server.bind_address"));
    assert_data_eq!(
        origin.to_string(),
        str!["provider remote store (https://store.example)"]
    );
}

#[test]
fn strings_of_a_provider_follow_the_text_rules_and_numbers_are_numbers() {
    let loaded = App::empty_loader()
        .provider(remote([("port", Value::from("8_080"))]))
        .load();
    assert_eq!(loaded.unwrap().port, 8080);
    let loaded = App::empty_loader()
        .provider(remote([("name", Value::from(5))]))
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Malformed name: expected text, found 5 in provider remote store (https://store.example)
  help: this setting is a string: put the value in quotes
  help: or set APP_NAME, which overrides it
"#]]
    );
}

#[test]
fn the_policy_applies_to_unknown_keys_of_a_provider() {
    assert_eq!(App::SCHEMA.unknown, Unknown::Warn);
    let provider = remote([
        ("prot", Value::from(5)),
        ("server_bind_address", Value::from(1)),
    ]);
    assert_data_eq!(
        warnings(App::empty_loader().provider(provider).load()),
        str![[r#"
Unknown provider remote store (https://store.example): 2 names do not match any setting: prot, server_bind_address
  help: prot: did you mean port?
  help: server_bind_address: write it as bind_address in the table server
"#]]
    );
}

#[test]
fn an_error_of_a_provider_never_quotes_a_value() {
    let loaded = App::empty_loader().provider(Remote(Err("hunter2"))).load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source the provider remote store (https://store.example) failed at server.bind
  help: check the source that it reads
"#]]
    );
}

/// As figment's own formats read: a parser's error, which quotes the line, becomes figment's.
struct Json(&'static str);

impl Provider for Json {
    fn metadata(&self) -> Metadata {
        Metadata::named("JSON text")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let dict = serde_json::from_str(self.0)
            .map_err(|error| Error::from(format!("{error} in {}", self.0)))?;
        Ok(Profile::Default.collect(dict))
    }
}

#[test]
fn a_provider_that_parses_is_a_layer() {
    let json = Json(r#"{"port": 5, "server": {"bindAddress": "::1"}}"#);
    let loaded = App::empty_loader().provider(json).load().unwrap();
    assert_eq!((loaded.port, &*loaded.server.bind_address), (5, "::1"));
    let loaded = App::empty_loader()
        .provider(Json("{\"name\": hunter2}"))
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source the provider JSON text failed
  help: check the source that it reads
"#]]
    );
}

#[test]
fn a_password_in_the_metadata_is_masked() {
    struct Careless(Result<Dict, Error>);

    impl Provider for Careless {
        fn metadata(&self) -> Metadata {
            Metadata::named("https://shop:hunter2@store/").source("postgres://shop:hunter2@db")
        }

        fn data(&self) -> Result<Map<Profile, Dict>, Error> {
            let dict = self.0.clone();
            dict.map(|dict| Profile::Default.collect(dict))
        }
    }

    let careless = |key: &str, value: Value| Careless(Ok(Dict::from([(key.to_owned(), value)])));
    let app = App::empty_loader()
        .provider(careless("port", Value::from(1)))
        .provider(careless("prot", Value::from(1)))
        .load()
        .unwrap();
    let malformed = App::empty_loader().provider(careless("port", Value::from("x")));
    let failed = App::empty_loader().provider(Careless(Err(Error::from("broken".to_owned()))));
    for shown in [
        format!("{} {}", app.origin("port").unwrap(), app.dump()),
        format!("{:?} {:?}", app.warnings(), app.sources()),
        malformed.load().unwrap_err().to_string(),
        failed.load().unwrap_err().to_string(),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("https://shop:[redacted]@store/"), "{shown}");
    }
}

/// A provider that counts how often it is read.
struct Counting(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl Provider for Counting {
    fn metadata(&self) -> Metadata {
        Metadata::named("counter")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(Profile::Default.collect(Dict::from([("port".to_owned(), Value::from(count + 5))])))
    }
}

#[test]
fn a_provider_is_read_once_and_live_settings_warn_of_it() {
    let count = std::sync::Arc::default();
    let live = App::empty_loader()
        .provider(Counting(std::sync::Arc::clone(&count)))
        .live()
        .unwrap();
    live.reload().unwrap();
    assert_eq!(live.current().port, 5);
    assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert_data_eq!(
        lines(live.current().loaded().warnings()),
        str![[r#"
Source the provider counter is read once: a reload does not see its changes
  help: add its files by `Loader::file`, or write an engine of a store
"#]]
    );
}

#[test]
fn a_merged_provider_is_named_after_its_parts() {
    let merged = Figment::from(remote([
        ("port", Value::from(5)),
        ("note", Value::from("a")),
    ]))
    .merge(Serialized::default("name", "x"));
    let loaded = App::empty_loader().provider(merged).load().unwrap();
    let origin = |key| loaded.origin(key).unwrap().to_string();
    assert_eq!(
        origin("port"),
        "provider remote store (https://store.example)"
    );
    assert!(
        origin("name").starts_with("provider &str ("),
        "{}",
        origin("name")
    );
    assert_eq!(loaded.sources()[0].name, "remote store + &str");

    let broken = Figment::from(Serialized::default("name", "x")).merge(Remote(Err("hunter2")));
    assert_data_eq!(
        problems(App::empty_loader().provider(broken).load()),
        str![[r#"
Source the provider remote store (https://store.example) failed at server.bind
  help: check the source that it reads
"#]]
    );
}
