//! Precedence of the sources.

use crate::dir::Dir;
use settings_core::{Loader, Settings};

#[derive(Debug, Settings)]
struct Foo {
    #[settings(default = "from-default")]
    foo: String,
}

#[test]
fn each_source_overrides_the_one_below() {
    let dir = Dir::with(&[
        ("app.toml", "foo = \"from-file\"\n"),
        (".env", "FOO=from-dotenv\n"),
        ("secrets/FOO", "from-secrets\n"),
    ]);
    let path = |name| dir.path(name);
    let bare = Foo::empty_loader;
    let foo = |loader: Loader<Foo>| loader.load().unwrap().foo.clone();
    assert_eq!(foo(bare()), "from-default");
    let file = || bare().file(path("app.toml"));
    assert_eq!(foo(file()), "from-file");
    let dotenv = || file().env_file(path(".env"));
    assert_eq!(foo(dotenv()), "from-dotenv");
    // Unlike in pydantic-settings, a mounted secret overrides a `.env` file.
    let secrets = || dotenv().secrets_dir(path("secrets"));
    assert_eq!(foo(secrets()), "from-secrets");
    let environment = || secrets().env_from([("FOO", "from-env")]);
    assert_eq!(foo(environment()), "from-env");
    assert_eq!(foo(environment().args(["--foo", "from-args"])), "from-args");
    assert_eq!(foo(environment().set("foo", "from-init")), "from-init");
}

#[test]
fn groups_merge_by_setting_across_sources() {
    #[derive(Debug, Settings)]
    struct Merged {
        #[settings(default = 10)]
        a: u8,
        #[settings(default = 0)]
        b: u8,
        #[settings(nested)]
        nested: Nested,
    }
    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Nested {
        x: u8,
        y: u8,
        z: u8,
    }
    let dir = Dir::with(&[
        ("app.json", r#"{"nested": {"x": 9, "y": 9, "z": 9}}"#),
        (".env", "NESTED={\"x\":1,\"y\":1}\n"),
        ("secrets/NESTED", r#"{"y": 2}"#),
    ]);
    let merged = Merged::empty_loader()
        .file(dir.path("app.json"))
        .env_file(dir.path(".env"))
        .secrets_dir(dir.path("secrets"))
        .set("b", "20")
        .load()
        .unwrap();
    assert_eq!((merged.a, merged.b), (10, 20));
    let Nested { x, y, z } = merged.nested;
    assert_eq!((x, y, z), (1, 2, 9));
}

#[test]
fn an_alias_in_a_higher_source_wins_over_the_name_in_a_lower() {
    #[derive(Debug, Settings)]
    struct Aliased {
        #[settings(default = 60, alias = "pref_interval")]
        interval: u32,
    }
    let aliased = Aliased::empty_loader()
        .env_from([("INTERVAL", "73")])
        .args(["--pref-interval", "120"])
        .load();
    assert_eq!(aliased.unwrap().interval, 120);
}
