//! Values in place of an enum of settings: the name of a variant, a boolean, or the value of one variant.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use settings_core::{Settings, docs};
use snapbox::{assert_data_eq, str};
use std::{collections::BTreeMap, path::PathBuf};

/// Where uploads are kept.
#[derive(Debug, PartialEq, Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    #[settings(default)]
    Memory,
    #[settings(alias = "false")]
    Disabled,
    Local {
        path: PathBuf,
    },
    /// In a file.
    #[settings(scalar)]
    File(#[settings(length(2..))] PathBuf),
}

#[derive(Debug, PartialEq, Settings)]
#[settings(group)]
enum Level {
    Quiet,
    Loud,
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(nested)]
    storage: Storage,
    #[settings(nested)]
    mirrors: Vec<Storage>,
    #[settings(nested)]
    zones: BTreeMap<String, Storage>,
    #[settings(nested)]
    fallback: Option<Storage>,
    #[settings(nested)]
    level: Option<Level>,
}

fn env<const N: usize>(variables: [(&str, &str); N]) -> settings_core::Loader<App> {
    App::empty_loader().env_from(variables)
}

fn file(path: &str) -> Storage {
    Storage::File(path.into())
}

#[test]
fn a_string_in_place_of_the_group_is_the_tag() {
    let dir = Dir::with(&[
        ("a.toml", "storage = 'disabled'\n"),
        ("a.yaml", "storage: Disabled\n"),
        ("a.json", r#"{"storage": "disabled"}"#),
        (".env", "APP_STORAGE=disabled\n"),
        ("secrets/storage", "disabled\n"),
    ]);
    for loader in [
        App::empty_loader().file(dir.path("a.toml")),
        App::empty_loader().file(dir.path("a.yaml")),
        App::empty_loader().file(dir.path("a.json")),
        App::empty_loader().env_file(dir.path(".env")),
        App::empty_loader().secrets_dir(dir.path("secrets")),
        env([("APP_STORAGE", "DISABLED")]),
        App::empty_loader().args(["--storage", "disabled"]),
        App::empty_loader().set("storage", "disabled"),
    ] {
        let app = loader.load().unwrap();
        assert_eq!(app.storage, Storage::Disabled);
        assert!(app.warnings().is_empty(), "{:?}", app.warnings());
    }
    let app = env([("APP_FALLBACK", "memory")]).load().unwrap();
    assert_eq!(app.fallback, Some(Storage::Memory));
}

#[test]
fn an_alias_that_is_a_boolean_covers_all_words_of_that_value() {
    for word in ["false", "off", "no", "0"] {
        assert_eq!(
            env([("APP_STORAGE", word)]).load().unwrap().storage,
            Storage::Disabled
        );
    }
    let dir = Dir::with(&[("a.toml", "storage = false\nmirrors = [false, 'memory']\n")]);
    let app = App::empty_loader().file(dir.path("a.toml")).load().unwrap();
    assert_eq!(app.storage, Storage::Disabled);
    assert_eq!(app.mirrors, [Storage::Disabled, Storage::Memory]);
}

#[test]
fn a_value_that_is_no_name_is_the_value_of_one_variant() {
    let app = env([("APP_STORAGE", "/var/uploads")]).load().unwrap();
    assert_eq!(app.storage, file("/var/uploads"));
    assert_eq!(
        app.origin("storage").unwrap().to_string(),
        "environment variable APP_STORAGE"
    );
    let rows = app.dump().to_string();
    assert!(
        rows.contains("storage  ") && !rows.contains("storage.kind"),
        "{rows}"
    );
    let json = app.to_json();
    assert!(json.starts_with(r#"{"storage":"/var/uploads","#), "{json}");

    // It is not a choice of the tag.
    assert_data_eq!(
        problems(env([("APP_STORAGE_KIND", "file")]).load()),
        str![[r#"
Malformed storage.kind: expected one of memory, disabled, local, found "file" in environment variable APP_STORAGE_KIND
  help: correct APP_STORAGE_KIND, or unset it for the default, memory
"#]]
    );
    assert_data_eq!(
        problems(env([("APP_STORAGE", "/")]).load()),
        str![[r#"
Rule storage: expected at least 2 characters, found "/" in environment variable APP_STORAGE
  help: correct APP_STORAGE
"#]]
    );
}

#[test]
fn without_such_a_variant_the_value_is_an_invalid_tag() {
    assert_data_eq!(
        problems(env([("APP_LEVEL", "lout")]).load()),
        str![[r#"
Malformed level.type: expected one of quiet, loud, found "lout" in environment variable APP_LEVEL
  help: did you mean loud?
"#]]
    );
}

#[test]
fn a_value_close_to_a_name_causes_a_warning() {
    let app = env([("APP_STORAGE", "memroy")]);
    assert_data_eq!(
        warnings(app.load()),
        str![[r#"
Ambiguous storage: a value for `file` that resembles the name of a variant, in environment variable APP_STORAGE
  help: did you mean memory?
"#]]
    );
}

#[test]
fn the_name_of_the_tag_and_higher_layers_win() {
    let app = env([("APP_STORAGE", "memory"), ("APP_STORAGE_KIND", "disabled")]);
    let app = app.load().unwrap();
    assert_eq!(app.storage, Storage::Disabled);
    assert!(app.warnings().is_empty(), "{:?}", app.warnings());

    let dir = Dir::with(&[
        ("value.toml", "storage = '/var/a'\n"),
        ("table.toml", "[storage]\nkind = 'local'\npath = '/b'\n"),
    ]);
    let load = |file: &str, variables: &[(&str, &str)]| {
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let app = App::empty_loader()
            .file(dir.path(file))
            .env_from(variables)
            .load()
            .unwrap();
        assert!(app.warnings().is_empty(), "{:?}", app.warnings());
        app.into_inner().storage
    };
    assert_eq!(
        load("value.toml", &[("APP_STORAGE", "disabled")]),
        Storage::Disabled
    );
    assert_eq!(
        load("value.toml", &[("APP_STORAGE_KIND", "disabled")]),
        Storage::Disabled
    );
    assert_eq!(
        load("table.toml", &[("APP_STORAGE", "/var/c")]),
        file("/var/c")
    );
    assert_eq!(load("value.toml", &[]), file("/var/a"));

    let app = App::empty_loader()
        .file(dir.path("value.toml"))
        .env_from([("APP_STORAGE_PATH", "/b")]);
    let text = warnings(app.load()).replace(&dir.root().display().to_string(), "");
    assert_data_eq!(
        text,
        str![[r#"
Unknown storage.path: belongs to kind `local`, but storage is a value (/value.toml:1:11); set in environment variable APP_STORAGE_PATH
  help: remove it, or set storage.kind to local
"#]]
    );
}

#[test]
fn elements_of_lists_and_maps_may_be_values() {
    let app = env([
        ("APP_MIRRORS", "memory, /var/a"),
        ("APP_MIRRORS__2", "no"),
        ("APP_ZONES", "eu=memory, us=/var/b"),
        ("APP_ZONES__ASIA", "off"),
    ]);
    let app = app.load().unwrap();
    assert_eq!(
        app.mirrors,
        [Storage::Memory, file("/var/a"), Storage::Disabled]
    );
    let zones: Vec<_> = app
        .zones
        .iter()
        .map(|(key, zone)| (key.as_str(), zone))
        .collect();
    assert_eq!(
        zones,
        [
            ("ASIA", &Storage::Disabled),
            ("eu", &Storage::Memory),
            ("us", &file("/var/b"))
        ]
    );
    assert_eq!(
        app.origin("mirrors[1]").unwrap().to_string(),
        "environment variable APP_MIRRORS"
    );

    let json = r#"["memory", {"kind": "local", "path": "/b"}, "/var/a"]"#;
    let app = env([("APP_MIRRORS", json)]).load().unwrap();
    let local = Storage::Local { path: "/b".into() };
    assert_eq!(app.mirrors, [Storage::Memory, local, file("/var/a")]);

    let dir = Dir::with(&[(
        "a.toml",
        "mirrors = 'memory, /var/a'\nzones = { eu = '/var/b' }\n",
    )]);
    let app = App::empty_loader().file(dir.path("a.toml")).load().unwrap();
    assert_eq!(app.mirrors, [Storage::Memory, file("/var/a")]);
    assert_eq!(app.zones["eu"], file("/var/b"));
}

#[test]
fn a_list_in_place_of_the_group_is_the_value_of_a_variant_that_holds_a_list() {
    #[derive(Debug, PartialEq, Settings)]
    #[settings(group)]
    enum Fonts {
        #[settings(default)]
        Described {
            #[settings(default = "/fonts")]
            root: PathBuf,
        },
        #[settings(scalar)]
        Paths(#[settings(length(1..))] Vec<PathBuf>),
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct App {
        #[settings(nested)]
        fonts: Fonts,
        #[settings(nested)]
        styles: Vec<Fonts>,
        #[settings(nested)]
        regions: BTreeMap<String, Fonts>,
    }

    let paths = |paths: &[&str]| Fonts::Paths(paths.iter().map(PathBuf::from).collect());
    let dir = Dir::with(&[
        (
            "a.toml",
            "fonts = ['/a', '/b']\nstyles = [['/c'], '/d']\nregions = { eu = ['/e'] }\n",
        ),
        ("empty.toml", "fonts = []\n"),
        ("level.toml", "regions = { eu = { root = ['/e'] } }\n"),
    ]);
    let app = App::empty_loader().file(dir.path("a.toml")).load().unwrap();
    assert_eq!(app.fonts, paths(&["/a", "/b"]));
    assert_eq!(app.styles, [paths(&["/c"]), paths(&["/d"])]);
    assert_eq!(app.regions["eu"], paths(&["/e"]));
    assert!(app.warnings().is_empty(), "{:?}", app.warnings());
    let origin = app.origin("fonts").unwrap();
    assert_eq!((origin.line(), origin.column()), (Some(1), Some(9)));

    for text in ["/a, /b", r#"["/a", "/b"]"#, "[/a, /b]"] {
        let variables = [("APP_FONTS", text), ("APP_STYLES__0", text)];
        let app = App::empty_loader().env_from(variables).load().unwrap();
        assert_eq!(app.fonts, paths(&["/a", "/b"]), "{text}");
        assert_eq!(app.styles, [paths(&["/a", "/b"])], "{text}");
    }

    let empty = App::empty_loader().file(dir.path("empty.toml")).load();
    let text = problems(empty).replace(&dir.root().display().to_string(), "");
    assert_data_eq!(
        text,
        str![[r#"
Rule fonts: expected at least 1 element in /empty.toml:1:9
  help: correct fonts there, or set APP_FONTS, which overrides it
"#]]
    );
    let level = App::empty_loader().file(dir.path("level.toml")).load();
    let text = problems(level).replace(&dir.root().display().to_string(), "");
    assert_data_eq!(
        text,
        str![[r#"
Malformed regions.eu.root: expected a path, found a list in /level.toml:1:27
  help: correct regions.eu.root there, or set APP_REGIONS__eu__ROOT, which overrides it
"#]]
    );
    let schema: serde_json::Value = serde_json::from_str(&docs::json_schema::<App>()).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    assert!(schema.is_valid(&serde_json::json!({
        "fonts": ["/a"], "styles": [["/a"], "/b"], "regions": {"eu": ["/a"]},
    })));
}

#[test]
fn a_flattened_enum_has_no_value() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Flat {
        #[settings(flatten)]
        storage: Storage,
    }

    let dir = Dir::with(&[("a.toml", "storage = 'memory'\n")]);
    let flat = Flat::empty_loader()
        .file(dir.path("a.toml"))
        .load()
        .unwrap();
    assert_eq!(flat.storage, Storage::Memory);
    assert_eq!(flat.warnings().len(), 1);
    App::check_schema().unwrap();
    Flat::check_schema().unwrap();
}

#[test]
fn a_flag_of_several_values_is_repeated_and_one_of_an_optional_group_is_negated() {
    let of = |arguments: &[&str]| App::empty_loader().args(arguments).load();
    let app = of(&["--mirrors", "memory", "--mirrors", "/a,disabled"]).unwrap();
    assert_eq!(
        app.mirrors,
        [Storage::Memory, file("/a"), Storage::Disabled]
    );
    let json = r#"[{"kind": "local", "path": "/b"}]"#;
    let app = of(&["--mirrors", "memory", "--mirrors", json]).unwrap();
    let path = "/b".into();
    assert_eq!(app.mirrors, [Storage::Memory, Storage::Local { path }]);
    let app = of(&["--zones", "eu=memory,us=/a", "--zones=us=disabled"]).unwrap();
    let zones = [("eu", Storage::Memory), ("us", Storage::Disabled)];
    let zones = zones.map(|(name, zone)| (name.to_owned(), zone));
    assert_eq!(app.zones, BTreeMap::from(zones));

    assert_eq!(of(&["--no-storage"]).unwrap().storage, Storage::Disabled);
    let set = [("APP_FALLBACK", "memory"), ("APP_LEVEL", "loud")];
    let app = env(set)
        .args(["--no-fallback", "--no-level"])
        .load()
        .unwrap();
    assert_eq!(app.fallback, Some(Storage::Disabled));
    assert_eq!(app.level, None);
    assert_data_eq!(
        problems(of(&["--no-mirrors"])),
        str![[r#"
Unknown argument --no-mirrors does not match any setting
  help: did you mean --mirrors?
"#]]
    );
}

#[test]
fn documents_describe_the_values() {
    let env = docs::env_example::<App>();
    assert!(
        env.contains("#APP_STORAGE_KIND=memory\n#APP_STORAGE=memory\n"),
        "{env}"
    );
    assert!(env.contains("#APP_LEVEL_TYPE=\n#APP_LEVEL=\n"), "{env}");
    assert!(
        env.contains("the value of storage itself may be one of these names, or a path (at least 2 characters)"),
        "{env}"
    );
    let schema: serde_json::Value = serde_json::from_str(&docs::json_schema::<App>()).unwrap();
    let storage = &schema["properties"]["storage"]["anyOf"];
    assert_eq!(storage[0]["properties"]["kind"]["const"], "memory");
    assert_eq!(
        storage[3]["enum"],
        serde_json::json!(["memory", "disabled", "false", false, "local"])
    );
    assert_eq!(storage[4]["type"], "string");
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    for (document, is_valid) in [
        (serde_json::json!({"storage": "memory"}), true),
        (serde_json::json!({"storage": false}), true),
        (serde_json::json!({"storage": true}), false),
        (
            serde_json::json!({"storage": {"kind": "local", "path": "/a"}}),
            true,
        ),
        (serde_json::json!({"storage": {"path": "/a"}}), true),
        (
            serde_json::json!({"storage": {"kind": "memory", "path": "/a"}}),
            false,
        ),
        (serde_json::json!({"storage": {"kind": "file"}}), false),
        (
            serde_json::json!({"mirrors": ["memory", {"kind": "disabled"}]}),
            true,
        ),
    ] {
        assert_eq!(schema.is_valid(&document), is_valid, "{document}");
    }
}
