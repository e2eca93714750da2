//! `.env` files.

use super::{Defaulted, dotenv};
use crate::dir::Dir;
use crate::reports::only_problem;
use settings_core::{ProblemKind, Settings};
use std::collections::BTreeMap;
use std::fs;

#[derive(Debug, Settings)]
struct Abc {
    a: String,
    b: String,
    c: String,
}

const ABC: &str = "\
# this is a comment
A=good string
# another one, followed by whitespace

b='better string'
c=\"best string\"
";

#[test]
fn a_file_sets_the_fields_and_the_environment_overrides_it() {
    let abc = dotenv::<Abc>(ABC).unwrap();
    assert_eq!(
        (abc.a.as_str(), abc.b.as_str(), abc.c.as_str()),
        ("good string", "better string", "best string")
    );
    let dir = Dir::with(&[(".env", ABC)]);
    let abc = Abc::empty_loader()
        .env_file(dir.path(".env"))
        .env_from([("A", "overridden")])
        .load()
        .unwrap();
    assert_eq!(
        (abc.a.as_str(), abc.b.as_str()),
        ("overridden", "better string")
    );
}

#[test]
fn an_export_prefix_is_ignored() {
    let abc = dotenv::<Abc>("export a='x'\nexport B=y\nc=z\n").unwrap();
    assert_eq!(
        (abc.a.as_str(), abc.b.as_str(), abc.c.as_str()),
        ("x", "y", "z")
    );
}

#[test]
fn a_later_file_overrides_an_earlier_one() {
    let dir = Dir::with(&[
        (".env", "a=1\nb=1\nc=1\n"),
        (".env.prod", "a=2\n"),
        (".env.local", "b=3\n"),
    ]);
    let path = |name| dir.path(name);
    let abc = Abc::empty_loader()
        .env_file(path(".env"))
        .env_file(path(".env.prod"))
        .env_file(path(".env.absent"))
        .env_file(path(".env.local"))
        .load()
        .unwrap();
    assert_eq!(
        (abc.a.as_str(), abc.b.as_str(), abc.c.as_str()),
        ("2", "3", "1")
    );
}

#[test]
fn an_absent_file_is_no_problem_and_a_directory_is_one() {
    let dir = Dir::with(&[("sub/x", "")]);
    let load = |name| Defaulted::empty_loader().env_file(dir.path(name)).load();
    assert_eq!(load("absent").unwrap().apple, "default");
    let error = load("sub").unwrap_err();
    assert_eq!(error.problems()[0].kind(), ProblemKind::Source);
}

#[test]
fn parent_directories_are_not_searched() {
    let dir = Dir::with(&[(".env", "apple=parent\n"), ("sub/x", "")]);
    let loaded = Defaulted::empty_loader()
        .env_file(dir.path("sub/.env"))
        .load();
    assert_eq!(loaded.unwrap().apple, "default");
}

#[test]
fn a_malformed_line_is_an_error_with_its_position() {
    let error = dotenv::<Abc>("a=1\nnot a line\n").unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.kind(), ProblemKind::Source);
    let origin = problem.origin().unwrap().to_string();
    assert!(origin.contains(".env:2"), "{origin}");
}

#[test]
fn unknown_names_are_ignored_or_warnings_or_problems() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "prefix_", unknown = "deny")]
    struct Deny {
        a: Option<String>,
    }
    #[derive(Debug, Settings)]
    #[settings(unknown = "ignore")]
    struct Ignore {
        a: Option<String>,
    }
    let error = dotenv::<Deny>("prefix_a=1\nprefix_f=2\n").unwrap_err();
    assert_eq!(error.problems()[0].kind(), ProblemKind::Unknown);
    let strangers = dotenv::<Deny>("prefix_a=1\nb=2\nprefixed=3\n").unwrap();
    assert_eq!(strangers.a.as_deref(), Some("1"));
    let ignored = dotenv::<Ignore>("a=1\nf=2\n").unwrap();
    assert!(ignored.a.is_some() && ignored.warnings().is_empty());
}

#[test]
fn a_name_that_only_starts_with_the_name_of_a_map_is_unknown() {
    #[derive(Debug, Settings)]
    #[settings(unknown = "deny")]
    struct Map {
        #[settings(default = BTreeMap::new())]
        db: BTreeMap<String, String>,
    }
    let map = dotenv::<Map>("db__host=localhost\n").unwrap();
    assert_eq!(map.db["host"], "localhost");
    for content in ["dbx_token=secret\n", "db_host=oops\n"] {
        let error = dotenv::<Map>(content).unwrap_err();
        assert_eq!(
            error.problems()[0].kind(),
            ProblemKind::Unknown,
            "{content}"
        );
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn a_name_without_the_prefix_is_not_read() {
    #[derive(Debug, Settings)]
    #[settings(prefix = "TEST_", unknown = "deny")]
    struct Prefixed {
        #[settings(default = "")]
        foo: String,
        #[settings(default = "xxx", env = "FooAlias")]
        bar: String,
    }
    let prefixed = dotenv::<Prefixed>("test_foo=test-foo\nfoo=foo\nFooAlias=bar\n").unwrap();
    assert_eq!((&*prefixed.foo, &*prefixed.bar), ("test-foo", "bar"));
    assert_eq!(dotenv::<Prefixed>("foo=foo\n").unwrap().foo, "");
    let loaded = dotenv::<Prefixed>("TEST_FooAlias=bar\n");
    assert_eq!(only_problem(loaded).0, ProblemKind::Unknown);
}

#[cfg(unix)]
#[test]
fn a_file_may_be_a_pipe() {
    let dir = Dir::with(&[]);
    let path = dir.path(".env");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let writer = std::thread::spawn({
        let path = path.clone();
        move || fs::write(path, "a=1\nb=2\nc=3\n").unwrap()
    });
    let abc = Abc::empty_loader().env_file(&path).load().unwrap();
    writer.join().unwrap();
    assert_eq!((&*abc.a, &*abc.c), ("1", "3"));
}

#[test]
fn a_file_may_contain_json() {
    #[derive(Debug, Settings)]
    struct Lists {
        list: Vec<u8>,
        map: BTreeMap<String, u8>,
    }
    let lists = dotenv::<Lists>("list='[1, 2]'\nmap={\"a\": 1}\n").unwrap();
    assert_eq!((lists.list.as_slice(), lists.map["a"]), (&[1, 2][..], 1));
}

#[test]
fn the_home_directory_is_that_of_the_given_environment() {
    let dir = Dir::with(&[(".env", "apple=home\n")]);
    let loaded = Defaulted::empty_loader()
        .env_file("~/.env")
        .env_from([("HOME", dir.path(""))])
        .load();
    assert_eq!(loaded.unwrap().apple, "home");
}
