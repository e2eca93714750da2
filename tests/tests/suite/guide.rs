//! Statements of the guide that have no example there.

use crate::dir::Dir;
use settings_core::{SecretString, Settings};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    #[settings(default = "shop")]
    name: String,
    #[settings(default = "1.10")]
    version: String,
    #[settings(default = 10)]
    db_pool_size: u32,
    #[settings(default_with = nothing)]
    note: Option<String>,
    #[settings(default = BTreeMap::new())]
    labels: BTreeMap<String, String>,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "::1")]
    bind: String,
    #[settings(default = 80)]
    port: u16,
}

fn nothing() -> Option<String> {
    None
}

/// Loads from a file with this name.
fn from_file(name: &str, text: &str) -> Result<Shop, settings_core::Error> {
    let dir = Dir::with(&[(name, text)]);
    let loaded = Shop::empty_loader().file(dir.path(name)).load()?;
    assert_eq!(loaded.warnings().len(), 0, "{:?}", loaded.warnings());
    Ok(loaded.into_inner())
}

#[test]
fn names_in_files_may_be_camel_case() {
    let shop = from_file("a.json", r#"{"dbPoolSize": 5}"#).unwrap();
    assert_eq!(shop.db_pool_size, 5);
}

#[test]
fn a_quoted_key_in_a_file_is_a_path() {
    let shop = from_file("a.toml", "\"server.bind\" = \"::2\"\n").unwrap();
    assert_eq!(shop.server.bind, "::2");
}

#[test]
fn a_group_in_a_file_is_a_table_and_not_a_joined_name() {
    let shop = from_file("a.toml", "[server]\nbind = \"::2\"\n").unwrap();
    assert_eq!(shop.server.bind, "::2");
    let dir = Dir::with(&[("a.toml", "server_bind = \"::2\"\n")]);
    let shop = Shop::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap();
    assert_eq!(shop.server.bind, "::1");
    assert_eq!(shop.warnings().len(), 1);
}

#[test]
fn a_number_in_a_file_is_not_turned_into_text() {
    let error = from_file("a.toml", "version = 1.10\n").unwrap_err();
    assert!(error.to_string().contains("quote"), "{error}");
}

#[test]
fn quoted_empty_text_in_a_file_is_the_empty_string() {
    for (name, text) in [
        ("a.toml", "name = \"\""),
        ("a.json", r#"{"name": ""}"#),
        ("a.yaml", "name: ''"),
    ] {
        assert_eq!(from_file(name, text).unwrap().name, "");
    }
    assert_eq!(
        from_file("a.json", r#"{"name": null}"#).unwrap().name,
        "shop"
    );
}

#[test]
fn a_group_as_a_whole_is_json() {
    let shop = Shop::empty_loader()
        .env_from([
            ("SHOP_SERVER", r#"{"bind":"::2","port":81}"#),
            ("SHOP_SERVER_PORT", "82"),
        ])
        .load()
        .unwrap();
    assert_eq!((shop.server.bind.as_str(), shop.server.port), ("::2", 82));
}

#[test]
fn a_variable_can_set_one_key_of_a_map() {
    let shop = Shop::empty_loader()
        .env_from([("SHOP_LABELS__zone", "eu")])
        .load()
        .unwrap();
    assert_eq!(shop.labels["zone"], "eu");
}

#[test]
fn arguments_set_settings_by_their_keys() {
    let shop = Shop::empty_loader()
        .args(["--set", "db.pool_size=5", "--server-port=81"])
        .load()
        .unwrap();
    assert_eq!((shop.db_pool_size, shop.server.port), (5, 81));
}

#[test]
fn quotes_kept_by_docker_are_malformed_with_a_hint() {
    let quoted = |name| Shop::empty_loader().env_from([(name, "\"5\"")]).load();
    let error = quoted("SHOP_DB_POOL_SIZE").unwrap_err();
    assert!(error.to_string().contains("docker"), "{error}");
    assert_eq!(quoted("SHOP_NAME").unwrap().name, "\"5\"");
}

#[test]
fn a_missing_setting_may_be_defined_in_an_unreadable_file() {
    #[derive(Debug, Settings)]
    struct App {
        token: SecretString,
    }

    let dir = Dir::with(&[("a.toml", "token = \n")]);
    let error = App::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap_err();
    let missing = error.problems().last().unwrap();
    assert_eq!(missing.key(), Some("token"));
    assert!(missing.notes().next().unwrap().contains("a.toml"));
}

#[test]
fn a_name_in_an_env_file_is_unknown_if_it_has_the_prefix() {
    #[derive(Settings)]
    struct Bare {
        #[settings(default = 80)]
        port: u16,
    }

    let dir = Dir::with(&[(".env", "OTHER=1\n")]);
    let file = dir.path(".env");
    let bare = Bare::empty_loader().env_file(&file).load().unwrap();
    assert_eq!((bare.port, bare.warnings().len()), (80, 1));
    let shop = Shop::empty_loader().env_file(&file).load().unwrap();
    assert_eq!(shop.warnings().len(), 0);
    assert_eq!(shop.note, None);
    assert_eq!(shop.version, "1.10");
}
