//! Secrets directories.

use super::{Defaulted, Simple, secrets};
use crate::dir::Dir;
use crate::reports::only_problem;
use settings_core::{Error, ExposeSecret, Loaded, ProblemKind, SecretString, Settings};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
struct App {
    app_key: Option<SecretString>,
    #[settings(nested)]
    db: Db,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Db {
    user: String,
    passwd: Option<SecretString>,
}

fn app(dir: &Dir) -> Result<Loaded<App>, Error> {
    App::empty_loader()
        .secrets_dir(dir.path(""))
        .env_from([("DB__USER", "user")])
        .load()
}

fn key(app: &App) -> Option<&str> {
    app.app_key.as_ref().map(ExposeSecret::expose_secret)
}

fn passwd(app: &App) -> Option<&str> {
    app.db.passwd.as_ref().map(ExposeSecret::expose_secret)
}

#[test]
fn a_file_holds_one_secret() {
    let loaded = secrets::<Simple>(&[("apple", "foo_secret_value_str")]).unwrap();
    assert_eq!(loaded.apple, "foo_secret_value_str");
    for name in ["APPLE", "Apple"] {
        assert_eq!(
            secrets::<Simple>(&[(name, "a")]).unwrap().apple,
            "a",
            "{name}"
        );
    }
}

#[test]
fn names_and_subdirectories_match_nested_settings() {
    for name in ["db__passwd", "db_passwd", "db/passwd", "DB/PASSWD"] {
        let dir = Dir::with(&[("app_key", "secret1"), (name, "secret2")]);
        let app = app(&dir).unwrap();
        assert_eq!(
            (key(&app), passwd(&app)),
            (Some("secret1"), Some("secret2")),
            "{name}"
        );
    }
}

#[test]
fn file_names_may_include_the_prefix_or_omit_it() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "prefix_")]
    struct Prefixed {
        app_key: String,
    }
    for name in ["prefix_app_key", "PREFIX_APP_KEY", "app_key"] {
        assert_eq!(
            secrets::<Prefixed>(&[(name, "a")]).unwrap().app_key,
            "a",
            "{name}"
        );
    }
}

#[test]
fn a_file_may_have_the_name_of_the_variable_or_an_alias() {
    #[derive(Debug, Settings)]
    struct Named {
        #[settings(env = "FOO_SECRET")]
        foo: Option<SecretString>,
        #[settings(alias = "old")]
        bar: Option<SecretString>,
    }
    for name in ["FOO_SECRET", "foo_secret", "foo"] {
        assert!(
            secrets::<Named>(&[(name, "x")]).unwrap().foo.is_some(),
            "{name}"
        );
    }
    assert!(secrets::<Named>(&[("old", "x")]).unwrap().bar.is_some());
}

#[cfg(unix)]
#[test]
fn circular_links_are_not_followed_forever() {
    let dir = Dir::with(&[("db/passwd", "secret2")]);
    std::os::unix::fs::symlink(dir.path(""), dir.path("db/loop")).unwrap();
    assert_eq!(passwd(&app(&dir).unwrap()), Some("secret2"));
}

#[test]
fn a_later_directory_overrides_an_earlier_one() {
    let dir = Dir::with(&[
        ("1/app_key", "one"),
        ("2/app_key", "two"),
        ("1/db/passwd", "x"),
    ]);
    let app = App::empty_loader()
        .secrets_dir(dir.path("1"))
        .secrets_dir(dir.path("2"))
        .secrets_dir(dir.path("absent"))
        .env_from([("DB__USER", "user")])
        .load()
        .unwrap();
    assert_eq!((key(&app), passwd(&app)), (Some("two"), Some("x")));
}

#[test]
fn an_absent_directory_is_no_problem_and_a_file_in_its_place_is_one() {
    let dir = Dir::with(&[("file", "")]);
    let load = |name| Defaulted::empty_loader().secrets_dir(dir.path(name)).load();
    assert_eq!(load("absent").unwrap().apple, "default");
    let error = load("file").unwrap_err();
    assert_eq!(error.problems()[0].kind(), ProblemKind::Source);
}

#[test]
fn a_directory_in_the_place_of_a_secret_is_a_warning() {
    let loaded = secrets::<Defaulted>(&[("apple/x", "")]).unwrap();
    assert_eq!(loaded.apple, "default");
    assert!(!loaded.warnings().is_empty());
}

#[test]
fn a_file_may_contain_json() {
    #[derive(Debug, Settings)]
    struct Json {
        foo: BTreeMap<String, String>,
    }
    let json = secrets::<Json>(&[("foo", r#"{"a": "b"}"#)]).unwrap();
    assert_eq!(json.foo["a"], "b");
    assert_eq!(
        only_problem(secrets::<Json>(&[("foo", r#"{"a": "b""#)])),
        (ProblemKind::Malformed, "foo".to_owned())
    );
    let dir = Dir::with(&[("db", r#"{"passwd": "x"}"#)]);
    assert_eq!(passwd(&app(&dir).unwrap()), Some("x"));
}

#[test]
fn utf_8_is_read_whatever_the_locale() {
    let loaded = secrets::<Simple>(&[("apple", "fȫȫ")]).unwrap();
    assert_eq!(loaded.apple, "fȫȫ");
}

#[cfg(unix)]
#[test]
fn links_that_stay_inside_are_followed() {
    use std::os::unix::fs::symlink;
    let dir = Dir::with(&[("app_key", "secret1"), ("db_random/passwd", "secret2")]);
    symlink(dir.path("db_random"), dir.path("db")).unwrap();
    let app = app(&dir).unwrap();
    assert_eq!(
        (key(&app), passwd(&app)),
        (Some("secret1"), Some("secret2"))
    );
}

#[cfg(unix)]
#[test]
fn links_out_of_the_directory_are_never_read() {
    use std::os::unix::fs::symlink;
    let outside = Dir::with(&[("passwd", "leaked")]);
    let as_directory = Dir::with(&[]);
    symlink(outside.path(""), as_directory.path("db")).unwrap();
    let as_file = Dir::with(&[("db/x", "")]);
    symlink(outside.path("passwd"), as_file.path("db/passwd")).unwrap();
    for dir in [as_directory, as_file] {
        let error = app(&dir).unwrap_err();
        assert_eq!(error.problems()[0].kind(), ProblemKind::Source);
        assert!(!error.to_string().contains("leaked"), "{error}");
    }
}
