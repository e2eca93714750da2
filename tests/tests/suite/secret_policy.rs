//! Sources of secrets: `secrets_from`, and the key `x_file` in files.

use crate::{dir::Dir, reports::problems};
use settings_core::{ExposeSecret, SecretString, Settings};
use snapbox::{assert_data_eq, str};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", secrets_from("env", "secrets_dir"))]
struct Strict {
    token: Option<SecretString>,
    #[settings(default = "")]
    db_password: String,
    #[settings(default = "")]
    name: String,
    #[settings(nested)]
    peers: BTreeMap<String, Peer>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Peer {
    key: Option<SecretString>,
}

#[test]
fn a_secret_from_another_source_is_a_problem_with_its_line() {
    let dir = Dir::with(&[
        (
            "a.toml",
            "token = 'hunter2'\nname = 'x'\n[peers.one]\nkey = 'hunter3'\n",
        ),
        (".env", "APP_DB_PASSWORD=hunter4\n"),
    ]);
    let loaded = Strict::empty_loader()
        .file(dir.path("a.toml"))
        .env_file(dir.path(".env"))
        .load();
    assert_data_eq!(
        dir.relative(&problems(loaded)),
        str![[r#"
Rule token: a secret may only come from the environment or secrets directories, and is set in a.toml:1:9
  help: remove it there, and set APP_TOKEN
Rule db_password: a secret may only come from the environment or secrets directories, and is set in .env:1
  help: remove it there, and set APP_DB_PASSWORD
Rule peers.one.key: a secret may only come from the environment or secrets directories, and is set in a.toml:4:7
  help: remove it there, and set APP_PEERS__one__KEY
"#]]
    );
}

#[test]
fn a_secret_from_an_allowed_source_or_a_named_file_is_fine() {
    let dir = Dir::with(&[
        ("s/db_password", "hunter2"),
        ("t", "hunter3"),
        ("a.toml", ""),
    ]);
    dir.write("a.toml", format!("token_file = '{}'\n", dir.text("t")));
    let app = Strict::empty_loader()
        .file(dir.path("a.toml"))
        .secrets_dir(dir.path("s"))
        .env_from([("APP_PEERS__one__KEY", "hunter4")])
        .load()
        .unwrap();
    assert_eq!(app.token.as_ref().unwrap().expose_secret(), "hunter3");
    assert_eq!(app.db_password, "hunter2");
}

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    token: Option<SecretString>,
    #[settings(nested)]
    server: Server,
    #[settings(nested)]
    peers: BTreeMap<String, Peer>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(alias = "pass")]
    password: Option<SecretString>,
    #[settings(no_file)]
    pin: Option<SecretString>,
}

#[test]
fn the_key_of_a_file_in_a_file_follows_the_rules_of_the_variable() {
    let dir = Dir::with(&[("t", "hunter2\n")]);
    let path = dir.text("t");
    for (name, text) in [
        ("a.toml", format!("server.password_file = '{path}'\n")),
        ("b.toml", format!("[server]\npass-file = '{path}'\n")),
        (
            "c.json",
            format!(r#"{{"server": {{"passwordFile": "{path}"}}}}"#),
        ),
    ] {
        dir.write(name, text);
        let app = App::empty_loader().file(dir.path(name)).load().unwrap();
        assert_eq!(
            app.server.password.as_ref().unwrap().expose_secret(),
            "hunter2",
            "{name}"
        );
        assert!(app.warnings().is_empty(), "{name}");
    }
    let app = App::empty_loader().file(dir.path("a.toml")).load().unwrap();
    let origin = app.origin("server.password").unwrap();
    assert_data_eq!(
        dir.relative(&origin.to_string()),
        str!["file t, named by a.toml:1:24"]
    );
    assert_eq!(origin.path(), Some(dir.path("t").as_path()));
    dir.write("empty.toml", "server.password_file = ''\n");
    assert!(
        App::empty_loader()
            .file(dir.path("empty.toml"))
            .load()
            .unwrap()
            .server
            .password
            .is_none()
    );
}

#[test]
fn a_value_and_its_file_in_one_file_and_an_absent_file_are_problems() {
    let dir = Dir::with(&[
        (
            "a.toml",
            "token = 'hunter2'\ntoken_file = '/nowhere/t'\n[server]\npin_file = 'x'\npassword_file = 5\n",
        ),
        (
            "b.toml",
            "token_file = '/nowhere/t'\n[peers.one]\nkey_file = 'x'\n",
        ),
    ]);
    let report = problems(App::empty_loader().file(dir.path("a.toml")).load());
    assert_data_eq!(
        dir.relative(&report),
        str![[r#"
Ambiguous token: set by both a.toml:1:9 and a.toml:2:14
  help: remove one of them
Malformed server.password: expected the name of a file, found a number in a.toml:5:17
  help: put the name of the file in quotes
"#]]
    );
    let error = App::empty_loader()
        .file(dir.path("b.toml"))
        .load()
        .unwrap_err();
    let problem = error.problems()[0].to_string();
    assert!(problem.contains("/nowhere/t"), "{problem}");
    assert!(
        error.warnings()[0]
            .to_string()
            .contains("peers.one.key_file")
    );
}
