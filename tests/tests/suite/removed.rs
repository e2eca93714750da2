//! `removed`: names of former settings.

use crate::{
    dir::Dir,
    reports::{problems, warnings},
};
use settings_core::{ProblemKind, Settings};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(
    prefix = "APP_",
    removed(
        cache_ttl = "since 2.0: set cache.lifetime to a duration",
        cache.size = "since 3.0",
        "legacy-mode" = "it has no effect"
    )
)]
struct App {
    #[settings(default = 1)]
    port: u16,
    #[settings(nested)]
    cache: Cache,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Cache {
    #[settings(default = "1m")]
    lifetime: std::time::Duration,
}

#[derive(Debug, Settings)]
#[settings(unknown = "deny", removed(cache_ttl = "since 2.0"))]
struct Strict {
    #[settings(default = 1)]
    port: u16,
}

#[derive(Debug, Settings)]
#[settings(unknown = "ignore", removed(cache_ttl = "since 2.0"))]
struct Lenient {
    #[settings(default = 1)]
    port: u16,
}

#[test]
fn a_former_name_is_a_warning_with_the_reason() {
    let dir = Dir::with(&[
        ("app.toml", "port = 2\n[cache]\nsize = 5\n"),
        (".env", "APP_LEGACY_MODE=on\n"),
    ]);
    let loaded = App::empty_loader()
        .file(dir.path("app.toml"))
        .env_file(dir.path(".env"))
        .env_from([("APP_CACHE_TTL", "5"), ("app-cache-ttl", "5")])
        .load();
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Deprecated cache.size: removed: since 3.0; set in [..]/app.toml:3:1
Deprecated legacy-mode: removed: it has no effect; set in [..]/.env:1
Deprecated cache_ttl: removed: since 2.0: set cache.lifetime to a duration; set in environment variable APP_CACHE_TTL
Deprecated cache_ttl: removed: since 2.0: set cache.lifetime to a duration; set in environment variable app-cache-ttl
"#]]
    );
}

#[test]
fn a_former_name_is_a_problem_if_unknown_names_are() {
    assert_data_eq!(
        problems(Strict::empty_loader().env_from([("CACHE_TTL", "5")]).load()),
        str!["Deprecated cache_ttl: removed: since 2.0; set in environment variable CACHE_TTL"]
    );
}

#[test]
fn a_former_name_is_reported_if_unknown_names_are_ignored_and_without_a_prefix() {
    for name in ["CACHE_TTL", "cache__ttl"] {
        let loaded = Lenient::empty_loader().env_from([(name, "5")]).load();
        let loaded = loaded.unwrap();
        assert_eq!(loaded.warnings()[0].key(), Some("cache_ttl"));
        assert_eq!(loaded.warnings()[0].kind(), ProblemKind::Deprecated);
    }
    let others = [("CACHE_TTLS", "5"), ("OTHER", "5")];
    let loaded = Lenient::empty_loader().env_from(others).load().unwrap();
    assert!(loaded.warnings().is_empty());
}

#[test]
fn a_former_name_in_arguments_and_set_is_a_problem() {
    let loader = App::empty_loader().args(["--cache-ttl", "5"]);
    assert_data_eq!(
        problems(loader.set("cache.size", "5").load()),
        str![[r#"
Deprecated cache_ttl: removed: since 2.0: set cache.lifetime to a duration; set in argument --cache-ttl
Deprecated cache.size: removed: since 3.0; the program still sets it
"#]]
    );
}

#[test]
fn the_schema_lists_former_names() {
    let removed = App::SCHEMA.removed;
    let keys: Vec<&str> = removed.iter().map(|removed| removed.key).collect();
    assert_eq!(keys, ["cache_ttl", "cache.size", "legacy-mode"]);
    assert_eq!(removed[1].reason, "since 3.0");
}

#[test]
fn a_former_name_in_a_table_that_is_gone_too_is_known() {
    #[derive(Debug, Settings)]
    #[settings(
        prefix = "APP_",
        removed(log.file.path = "since 2.0", max_age = "since 3.0"),
        ignore = ["plugins.x.*"]
    )]
    struct Root {
        #[settings(default = 1)]
        port: u16,
    }
    let dir = Dir::with(&[
        (
            "app.toml",
            "[log]\nlevel = 1\n[log.file]\npath = 'x'\n[plugins.x]\na = 1\n[plugins.y]\na = 1\n[other.x]\n",
        ),
        ("app.json", r#"{"maxAge": 1}"#),
    ]);
    let loader = Root::empty_loader().file(dir.path("app.toml"));
    let loaded = loader.file(dir.path("app.json")).load();
    assert_eq!(loaded.as_ref().unwrap().port, 1);
    assert_data_eq!(
        dir.relative(&warnings(loaded)),
        str![[r#"
Deprecated log.file.path: removed: since 2.0; set in app.toml:4:1
Deprecated max_age: removed: since 3.0; set in app.json:1:2
Unknown app.toml: 3 names do not match any setting: log.level (2:1), plugins.y (7:10), other (9:2)
  help: remove them, or correct the spelling
"#]]
    );
}
