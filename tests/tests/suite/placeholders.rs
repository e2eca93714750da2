//! `{setting}` and `~/` in the names of sources.

use crate::{
    dir::Dir,
    reports::{only_problem, problems},
};
use settings_core::{Loader, ProblemKind, SecretString, Settings, SourceStatus};
use snapbox::{assert_data_eq, str};
use std::path::PathBuf;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "development")]
    environment: String,
    region: Option<String>,
    #[settings(default = Stage::Alpha)]
    stage: Stage,
    config: Option<String>,
    #[settings(default = "")]
    name: String,
    #[settings(default = 1)]
    port: u16,
    token: Option<SecretString>,
}

#[derive(Debug, serde::Deserialize)]
enum Stage {
    Alpha,
    Beta,
}

fn loader(dir: &Dir, name: &str) -> Loader<App> {
    App::empty_loader().file(dir.path(name))
}

fn dir() -> Dir {
    Dir::with(&[
        ("config.development.toml", "name = 'development'"),
        (
            "config.production.toml",
            "name = 'production'\nenvironment = 'staging'\nregion = 'eu'",
        ),
        ("config.Beta.toml", "name = 'beta'"),
        ("config.eu.toml", "name = 'eu'"),
        ("config.Alpha.toml", "name = 'alpha'"),
    ])
}

#[test]
fn a_placeholder_takes_its_value_from_sources_without_placeholders() {
    let dir = dir();
    let name = |loader: Loader<App>| loader.load().unwrap().into_inner().name;
    let loader = || loader(&dir, "config.{environment}.toml");
    assert_eq!(name(loader()), "development");
    assert_eq!(
        name(loader().env_from([("APP_ENVIRONMENT", "production")])),
        "production"
    );
    assert_eq!(
        name(loader().args(["--environment", "production"])),
        "production"
    );
    assert_eq!(
        name(loader().set("environment", "production")),
        "production"
    );
    dir.write(".env", "APP_ENVIRONMENT=production");
    assert_eq!(name(loader().env_file(dir.path(".env"))), "production");
}

#[test]
fn a_file_with_a_placeholder_keeps_its_precedence() {
    let dir = dir();
    let loaded = loader(&dir, "config.{environment}.toml")
        .env_from([("APP_ENVIRONMENT", "production"), ("APP_NAME", "variable")])
        .load()
        .unwrap();
    assert_eq!(
        (&*loaded.name, &*loaded.environment),
        ("variable", "production")
    );
    assert_eq!(loaded.region.as_deref(), Some("eu"));
}

#[test]
fn a_file_with_a_placeholder_fills_no_other_placeholder() {
    let dir = dir();
    let loaded = loader(&dir, "config.{environment}.toml")
        .file(dir.path("config.{region}.toml"))
        .env_from([("APP_ENVIRONMENT", "production")])
        .load()
        .unwrap();
    assert_eq!(loaded.name, "production");
    let outcomes: Vec<_> = loaded
        .sources()
        .iter()
        .map(|looked| looked.status)
        .collect();
    assert!(outcomes.contains(&SourceStatus::Skipped));
}

#[test]
fn an_enum_fills_a_placeholder() {
    let dir = dir();
    let loaded = loader(&dir, "config.{stage}.toml")
        .env_from([("APP_STAGE", "Beta")])
        .load();
    assert_eq!(loaded.unwrap().name, "beta");
}

#[test]
fn a_default_that_is_not_text_fills_a_placeholder() {
    let dir = dir();
    let loaded = loader(&dir, "config.{stage}.toml").load().unwrap();
    assert_eq!(loaded.name, "alpha");
}

#[test]
fn a_computed_default_fills_a_placeholder_with_its_normalized_text() {
    #[derive(Settings)]
    struct Computed {
        #[settings(default = Color::DarkRed)]
        renamed: Color,
        #[settings(default_with = region)]
        function: String,
        #[settings(default = PathBuf::from("north"))]
        path: PathBuf,
        #[settings(default = Opaque("eu".to_owned()))]
        opaque: Opaque,
        #[settings(default = "")]
        name: String,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Color {
        LightBlue,
        #[serde(rename = "dark")]
        DarkRed,
    }
    /// It does not show what it holds.
    #[derive(serde::Deserialize)]
    struct Opaque(#[expect(dead_code, reason = "it is only read")] String);
    fn region() -> String {
        "eu".to_owned()
    }
    let dir = Dir::with(&[
        ("dark.toml", "name = 'dark'"),
        ("eu.toml", "name = 'eu'"),
        ("north.toml", "name = 'north'"),
    ]);
    for (file, name) in [
        ("{renamed}.toml", "dark"),
        ("{function}.toml", "eu"),
        ("{path}.toml", "north"),
    ] {
        let loaded = Computed::empty_loader()
            .file(dir.path(file))
            .load()
            .unwrap();
        assert_eq!(loaded.name, name, "{file}");
    }
    let opaque = Computed::empty_loader().file(dir.path("{opaque}.toml"));
    assert_eq!(
        opaque.load().unwrap().sources()[0].status,
        SourceStatus::Skipped
    );
}

#[test]
fn a_file_whose_placeholder_has_no_value_is_skipped() {
    let dir = dir();
    for value in [None, Some(("APP_REGION", ""))] {
        let loaded = loader(&dir, "config.{region}.toml")
            .env_from(value)
            .load()
            .unwrap();
        assert_eq!(loaded.name, "");
        let looked = &loaded.sources()[0];
        assert_eq!(looked.status, SourceStatus::Skipped);
        assert!(looked.name.ends_with("config.{region}.toml"));
    }
}

#[test]
fn a_placeholder_inside_a_file_name_takes_no_path() {
    let dir = dir();
    for value in ["../secret", "a/b", ".hidden", "a b", "ä"] {
        let loaded = loader(&dir, "config.{region}.toml")
            .env_from([("APP_REGION", value)])
            .load();
        assert_eq!(
            only_problem(loaded),
            (ProblemKind::Source, "region".to_owned()),
            "{value}"
        );
    }
    let loaded = loader(&dir, "config.{region}.toml")
        .env_from([("APP_REGION", "../x")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source region: it is part of a file name: expected letters, digits, `_`, `-` and `.`, without a leading `.`, in environment variable APP_REGION
  help: correct its value
"#]]
    );
    let plain = loader(&dir, "config.{region}.toml").env_from([("APP_REGION", "a-b_c.9")]);
    assert!(plain.load().is_ok());
}

#[test]
fn a_placeholder_alone_is_a_path_that_must_exist_if_it_was_set() {
    let dir = dir();
    let load = |value: String| {
        App::empty_loader()
            .file("{config}")
            .env_from([("APP_CONFIG", value)])
            .load()
    };
    assert_eq!(load(dir.text("config.eu.toml")).unwrap().name, "eu");
    assert_data_eq!(
        problems(load(dir.text("missing.toml"))),
        str![[r#"
Source [..]/missing.toml is required, but absent
  help: create it, or correct its path
  note: it is named by config in environment variable APP_CONFIG
"#]]
    );
    assert!(App::empty_loader().file("{config}").load().is_ok());
}

#[test]
fn a_secret_a_number_and_an_unknown_setting_fill_no_placeholder() {
    let dir = dir();
    let loaded = loader(&dir, "{token}.toml")
        .file(dir.path("{port}.toml"))
        .file(dir.path("{nothing}.toml"))
        .env_from([("APP_TOKEN", "hunter2")])
        .load();
    assert_data_eq!(
        problems(loaded),
        str![[r#"
Source token: named in the path of a source, but only a string or enum that is not secret can be
  help: correct the path in the program
Source port: named in the path of a source, but only a string or enum that is not secret can be
  help: correct the path in the program
Source nothing: named in the path of a source, but there is no such setting
  help: correct the path in the program
"#]]
    );
}

#[test]
fn a_value_of_a_secrets_directory_is_not_part_of_a_path() {
    let dir = Dir::with(&[("s/region", "hunter2")]);
    let loaded = loader(&dir, "{region}.toml")
        .secrets_dir(dir.path("s"))
        .load();
    let report = problems(loaded);
    assert!(!report.contains("hunter2"));
}

#[test]
fn the_home_directory_is_read_from_the_given_environment() {
    let dir = Dir::with(&[("a.toml", "name = 'home'")]);
    let name = |home: String| {
        let loaded = App::empty_loader()
            .file("~/a.toml")
            .env_from([("HOME", home)])
            .load();
        loaded.unwrap().into_inner().name
    };
    assert_eq!(name(dir.text("")), "home");
    assert_eq!(name(String::new()), "");
    assert_eq!(
        App::empty_loader().file("~/a.toml").load().unwrap().name,
        ""
    );
    let config = [
        ("APP_CONFIG", "~/a.toml".to_owned()),
        ("HOME", dir.text("")),
    ];
    assert_eq!(
        App::empty_loader()
            .file("{config}")
            .env_from(config)
            .load()
            .unwrap()
            .name,
        "home"
    );
}

#[test]
fn a_secrets_directory_and_an_env_file_may_have_placeholders() {
    let dir = Dir::with(&[
        ("production/name", "secret"),
        (".env.production", "APP_PORT=5"),
    ]);
    let loaded = App::empty_loader()
        .secrets_dir(dir.path("{environment}"))
        .env_file(dir.path(".env.{environment}"))
        .set("environment", "production")
        .load()
        .unwrap();
    assert_eq!((&*loaded.name, loaded.port), ("secret", 5));
}

#[test]
fn an_invalid_value_of_a_placeholder_is_one_problem() {
    #[derive(Debug, Settings)]
    #[settings(env_file = required(".env.{environment}"))]
    struct Root {
        #[settings(pattern = "^(development|production)$")]
        environment: String,
        token: String,
    }
    for environment in ["prod", "../prod"] {
        let variables = [("ENVIRONMENT", environment)];
        let loader = Root::empty_loader()
            .env_from(variables)
            .required_env_file("/nowhere/.env.{environment}");
        let report = problems(loader.load());
        assert!(report.starts_with("Rule environment: "), "{report}");
        assert!(!report.contains("Source"), "{report}");
    }
}
