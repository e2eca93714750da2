//! Precedence of the layers, and the origin of each value.

use crate::{dir::Dir, reports::problems};
use figment::providers::Serialized;
use settings_core::{Layer, Loader, SecretString, Settings};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "default")]
    name: String,
    #[settings(default = 1)]
    port: u16,
}

/// Adds one layer to a loader.
type Add<'a> = Box<dyn Fn(Loader<App>) -> Loader<App> + 'a>;

/// Every kind of layer, highest first.
fn layers(dir: &Dir) -> [Add<'_>; 6] {
    [
        Box::new(|app| app.set("name", "set")),
        Box::new(|app| app.args(["--name", "argument"])),
        Box::new(|app| app.env_from([("APP_NAME", "environment")])),
        Box::new(|app| app.secrets_dir(dir.path("secrets"))),
        Box::new(|app| app.env_file(dir.path(".env"))),
        Box::new(|app| app.file(dir.path("config.toml"))),
    ]
}

fn every_kind() -> Dir {
    Dir::with(&[
        ("config.toml", "name = \"file\"\n"),
        (".env", "# first\n\n\nAPP_NAME=env file\n"),
        ("secrets/app_name", "secret"),
    ])
}

#[test]
fn layers_are_ordered_by_kind_whatever_the_order_of_the_calls() {
    let dir = every_kind();
    let winners = [
        ("set", Layer::Set),
        ("argument", Layer::Argument),
        ("environment", Layer::Environment),
        ("secret", Layer::SecretsDir),
        ("env file", Layer::EnvFile),
        ("file", Layer::File),
        ("default", Layer::Default),
    ];
    for (highest, (name, layer)) in winners.into_iter().enumerate() {
        let layers = layers(&dir);
        let layers = || layers[highest..].iter();
        let downwards = layers().fold(App::empty_loader(), |app, add| add(app));
        let upwards = layers()
            .rev()
            .fold(App::empty_loader(), |app, add| add(app));
        for app in [downwards, upwards] {
            let loaded = app.load().unwrap();
            assert_eq!(loaded.name, name);
            assert_eq!(loaded.origin("name").unwrap().layer(), layer);
        }
    }
}

#[test]
fn an_origin_is_displayed_in_plain_words() {
    let dir = every_kind();
    let layers = layers(&dir);
    let printed = (0..=layers.len()).map(|highest| {
        let layers = layers[highest..].iter();
        let app = layers.fold(App::empty_loader(), |app, add| add(app));
        let loaded = app.load().unwrap();
        loaded.origin("name").unwrap().to_string()
    });
    let printed: Vec<_> = printed.collect();
    assert_data_eq!(
        printed.join("\n"),
        str![[r#"
set
argument --name
environment variable APP_NAME
secret file [..]/secrets/app_name
[..]/.env:4
[..]/config.toml:1:8
default
"#]]
    );
}

#[test]
fn an_origin_has_the_name_as_written_in_the_source() {
    let loaded = App::empty_loader()
        .env_from([("app_NAME", "x")])
        .args(["--PORT=5"])
        .load()
        .unwrap();
    let origin = loaded.origin("name").unwrap();
    assert_eq!(origin.to_string(), "environment variable app_NAME");
    assert_eq!(origin.name(), Some("app_NAME"));
    assert_eq!(
        loaded.origin("port").unwrap().to_string(),
        "argument --PORT"
    );
}

#[test]
fn a_later_source_of_the_same_kind_wins() {
    let dir = Dir::with(&[
        ("a.toml", "name = 'a'\nport = 5"),
        ("b.json", r#"{"name": "b"}"#),
        ("a.env", "APP_NAME=a"),
        ("b.env", "APP_NAME=b"),
        ("a/name", "a"),
        ("b/name", "b"),
    ]);
    let load = |loader: Loader<App>| loader.load().unwrap();
    let files = load(
        App::empty_loader()
            .file(dir.path("a.toml"))
            .file(dir.path("b.json")),
    );
    assert_eq!((&*files.name, files.port), ("b", 5));
    let env_files = App::empty_loader()
        .env_file(dir.path("a.env"))
        .env_file(dir.path("b.env"));
    assert_eq!(load(env_files).name, "b");
    let directories = App::empty_loader()
        .secrets_dir(dir.path("a"))
        .secrets_dir(dir.path("b"));
    assert_eq!(load(directories).name, "b");
    let environments = App::empty_loader()
        .env_from([("APP_NAME", "a")])
        .env_from([("app_name", "b")]);
    assert_eq!(load(environments).name, "b");
    let arguments = App::empty_loader().args(["--name=a"]).args(["--name=b"]);
    assert_eq!(load(arguments).name, "b");
    assert_eq!(
        load(App::empty_loader().set("name", "a").set("name", "b")).name,
        "b"
    );
}

#[test]
fn files_and_providers_are_one_kind_of_layer() {
    let dir = Dir::with(&[("a.toml", "name = 'file'")]);
    let provider = || Serialized::default("name", "provider");
    let load = |loader: Loader<App>| loader.load().unwrap().into_inner().name;
    assert_eq!(
        load(
            App::empty_loader()
                .provider(provider())
                .file(dir.path("a.toml"))
        ),
        "file"
    );
    assert_eq!(
        load(
            App::empty_loader()
                .file(dir.path("a.toml"))
                .provider(provider())
        ),
        "provider"
    );
}

#[test]
fn a_value_that_is_overridden_is_never_decoded() {
    let loaded = App::empty_loader()
        .env_from([("APP_PORT", "no port")])
        .args(["--port=5"])
        .load()
        .unwrap();
    assert_eq!(loaded.port, 5);
    assert!(loaded.warnings().is_empty());
}

#[test]
fn text_is_decoded_by_the_type_of_its_setting() {
    for text in [
        "007",
        "1e3",
        "true",
        " padded ",
        "null",
        "[1]",
        "{}",
        "\"quoted\"",
    ] {
        let loaded = App::empty_loader()
            .env_from([("APP_NAME", text)])
            .load()
            .unwrap();
        assert_eq!(loaded.name, text);
    }
}

#[test]
fn an_empty_loader_reads_nothing_by_itself() {
    let loaded = App::empty_loader().load().unwrap();
    assert_eq!(loaded.name, "default");
    assert!(loaded.sources().is_empty());
}

#[test]
fn every_problem_of_every_layer_is_in_one_report() {
    #[derive(Debug, Settings)]
    #[settings(unknown = "deny")]
    struct Broken {
        port: u16,
        workers: u8,
        token: SecretString,
    }
    let dir = Dir::with(&[
        ("a.toml", "port = [1\n"),
        ("b.json", r#"{"workers": "many", "wrokers": 1}"#),
    ]);
    let loaded = Broken::empty_loader()
        .file(dir.path("a.toml"))
        .file(dir.path("b.json"))
        .args(["--nothing"])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source [..]/a.toml:1:10: expected `]` at the end of the list
  help: [..]/a.toml is ignored as a whole until this is fixed
Unknown argument --nothing does not match any setting
  help: remove it, or correct its name
Missing port: required, but not set
  help: set PORT, or port in [..]/b.json, to a whole number from 0 to 65535
  note: it may be defined in [..]/a.toml, which could not be read
Malformed workers: expected a whole number from 0 to 255, found "many" in [..]/b.json:1:13
  help: correct workers there, or set WORKERS, which overrides it
Missing token: required, but not set
  help: set TOKEN to text, or TOKEN_FILE to the name of a file that contains it
  note: it may be defined in [..]/a.toml, which could not be read
Unknown [..]/b.json:1:21: wrokers does not match any setting
  help: did you mean workers?
"#]]
    );
}

#[test]
fn load_reads_the_process_environment_and_the_credentials_directory() {
    let dir = Dir::with(&[("credentials/token", "t")]);
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_program"))
        .arg("dump")
        .env_clear()
        .env("PROGRAM_NAME", "x")
        .env("CREDENTIALS_DIRECTORY", dir.path("credentials"))
        .output()
        .unwrap();
    let dump = String::from_utf8(program.stdout).unwrap();
    assert_data_eq!(
        dump,
        str![[r#"
port         8080         default
environment  development  default
name         x            environment variable PROGRAM_NAME
token        [redacted]   secret file [..]/credentials/token

"#]]
    );
}
