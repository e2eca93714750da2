//! Secrets directories, `_FILE` variables and systemd's credentials.

use crate::{
    dir::Dir,
    reports::{lines, problems, warnings},
};
use settings_core::{ExposeSecret, Loader, SecretString, Settings};
use snapbox::{assert_data_eq, str};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "none")]
    secret_key: SecretString,
    #[settings(default = "")]
    name: String,
    #[settings(default = 1)]
    port: u16,
    #[settings(nested)]
    server: Server,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "")]
    token: String,
}

fn secrets(dir: &Dir) -> Loader<App> {
    App::empty_loader().secrets_dir(dir.path("s"))
}

fn key(from: Loader<App>) -> String {
    let app = from.load().unwrap();
    app.secret_key.expose_secret().to_owned()
}

#[test]
fn a_file_matches_by_its_variable_or_its_key_and_a_directory_is_a_group() {
    for name in [
        "s/secret_key",
        "s/APP_SECRET_KEY",
        "s/secret-key",
        "s/app_secret_key",
    ] {
        assert_eq!(key(secrets(&Dir::with(&[(name, "k")]))), "k", "{name}");
    }
    for name in [
        "s/server/token",
        "s/server_token",
        "s/APP_SERVER_TOKEN",
        "s/server.token",
    ] {
        let loaded = secrets(&Dir::with(&[(name, "t")])).load().unwrap();
        assert_eq!(loaded.server.token, "t", "{name}");
    }
}

#[test]
fn a_group_may_be_set_as_a_whole() {
    let dir = Dir::with(&[("s/server", r#"{"token": "t"}"#)]);
    assert_eq!(secrets(&dir).load().unwrap().server.token, "t");
}

#[test]
fn one_final_newline_is_dropped_and_nothing_else() {
    for (text, value) in [
        ("k\n", "k"),
        (" k \r\n", " k \r"),
        ("k\n\n", "k\n"),
        ("k", "k"),
    ] {
        assert_eq!(key(secrets(&Dir::with(&[("s/secret_key", text)]))), value);
    }
}

#[test]
fn names_that_begin_with_a_dot_or_contain_two_in_a_row_are_skipped() {
    let dir = Dir::with(&[
        ("s/.secret_key", "k"),
        ("s/secret..key", "k"),
        ("s/..data/secret_key", "k"),
    ]);
    let loaded = secrets(&dir).load().unwrap();
    assert_eq!(loaded.secret_key.expose_secret(), "none");
    assert!(loaded.warnings().is_empty());
}

#[test]
fn files_that_match_nothing_are_neither_read_nor_reported() {
    let dir = Dir::with(&[("s/other", "x"), ("s/kubernetes.io/token", "x")]);
    dir.write("s/binary", [0xff, 0]);
    assert!(secrets(&dir).load().unwrap().warnings().is_empty());
}

#[test]
fn a_directory_in_the_place_of_a_file_is_a_warning() {
    let dir = Dir::with(&[("s/secret_key/x", "k")]);
    assert_data_eq!(
        warnings(secrets(&dir).load()),
        str![[r#"
Source secret_key: expected a file, found a directory in secret file [..]/s/secret_key
  help: replace it by a file
"#]]
    );
}

#[test]
fn the_canonical_name_wins_over_another_name_in_one_directory() {
    let dir = Dir::with(&[("s/SECRET_KEY", "improper"), ("s/secret_key", "proper")]);
    let loaded = secrets(&dir).load();
    assert_eq!(
        loaded.as_ref().unwrap().secret_key.expose_secret(),
        "proper"
    );
    assert_data_eq!(
        warnings(loaded),
        str![[r#"
Ambiguous secret_key: set twice in one layer: secret file [..]/s/secret_key wins over secret file [..]/s/SECRET_KEY
  help: remove secret file [..]/s/SECRET_KEY
"#]]
    );
    let dir = Dir::with(&[("s/server-token", "improper"), ("s/server/token", "proper")]);
    assert_eq!(secrets(&dir).load().unwrap().server.token, "proper");
}

#[test]
fn a_value_of_a_secrets_directory_is_always_masked() {
    let dir = Dir::with(&[("s/name", "plain"), ("s/port", "hunter2")]);
    assert_data_eq!(
        problems(secrets(&dir).load()),
        str![[r#"
Malformed port: expected a whole number from 0 to 65535, found [redacted] in secret file [..]/s/port
  help: correct the content of that file, or set APP_PORT, which overrides it
"#]]
    );
    let loaded = secrets(&dir).set("port", "5").load().unwrap();
    assert_eq!(loaded.name, "plain");
    assert!(!loaded.dump().to_string().contains("plain"));
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::{
        fs::{self, Permissions},
        os::unix::fs::{PermissionsExt, symlink},
    };

    #[test]
    fn links_that_stay_inside_are_followed() {
        let dir = Dir::with(&[("s/..2026/secret_key", "k"), ("s/..2026/server/token", "t")]);
        symlink("..2026", dir.path("s/..data")).unwrap();
        symlink("..data/secret_key", dir.path("s/secret_key")).unwrap();
        symlink("..data/server", dir.path("s/server")).unwrap();
        let loaded = secrets(&dir).load().unwrap();
        assert_eq!(loaded.secret_key.expose_secret(), "k");
        assert_eq!(loaded.server.token, "t");
    }

    #[test]
    fn links_out_of_the_directory_and_broken_links_are_problems_if_they_match_a_setting() {
        let dir = Dir::with(&[("out/secret_key", "k"), ("s/x", "")]);
        symlink(dir.path("out/secret_key"), dir.path("s/secret_key")).unwrap();
        symlink(dir.path("out"), dir.path("s/server")).unwrap();
        symlink("nowhere", dir.path("s/name")).unwrap();
        symlink(dir.path("out"), dir.path("s/unrelated")).unwrap();
        assert_data_eq!(
            problems(secrets(&dir).load()),
            str![[r#"
Source secret_key: the link leaves the secrets directory, in secret file [..]/s/secret_key
  help: replace it by the file itself, or by a link that stays inside
Source name: the target of the link does not exist, in secret file [..]/s/name
  help: create its target, or remove the link
Source server: the link leaves the secrets directory, in secret file [..]/s/server
  help: replace it by the file itself, or by a link that stays inside
"#]]
        );
    }

    #[test]
    fn a_file_that_others_may_write_is_a_warning() {
        let dir = Dir::with(&[("s/secret_key", "k"), ("s/name", "k")]);
        fs::set_permissions(dir.path("s/secret_key"), Permissions::from_mode(0o646)).unwrap();
        fs::set_permissions(dir.path("s/name"), Permissions::from_mode(0o644)).unwrap();
        assert_data_eq!(
            warnings(secrets(&dir).load()),
            str![[r#"
Source this file is writable by users other than its owner, in secret file [..]/s/secret_key
  help: chmod go-w [..]/s/secret_key
"#]]
        );
        let named = App::empty_loader()
            .env_from([("APP_SECRET_KEY_FILE", dir.text("s/secret_key"))])
            .load();
        assert_data_eq!(
            warnings(named),
            str![[r#"
Source this file is writable by users other than its owner, in file [..]/s/secret_key, named by environment variable APP_SECRET_KEY_FILE
  help: chmod go-w [..]/s/secret_key
"#]]
        );
    }
}

#[test]
fn text_that_is_not_utf_8_is_a_problem_if_it_matches_a_setting() {
    let dir = Dir::with(&[]);
    dir.write("s/secret_key", [b'k', 0xff]);
    assert_data_eq!(
        problems(secrets(&dir).load()),
        str![[r#"
Source secret_key: cannot be read: not UTF-8 from byte 2 on, in secret file [..]/s/secret_key
  help: replace it by UTF-8 text that the process may read
"#]]
    );
}

// `<NAME>_FILE`.

#[test]
fn a_file_variable_names_the_file_that_holds_the_value() {
    let dir = Dir::with(&[("key", "k\n")]);
    let loaded = App::empty_loader()
        .env_from([("APP_SECRET_KEY_FILE", dir.text("key"))])
        .load()
        .unwrap();
    assert_eq!(loaded.secret_key.expose_secret(), "k");
    let origin = loaded.origin("secret_key").unwrap();
    assert_data_eq!(
        origin.to_string(),
        str!["file [..]/key, named by environment variable APP_SECRET_KEY_FILE"]
    );
}

#[test]
fn a_file_variable_belongs_to_the_layer_that_names_it() {
    let dir = Dir::with(&[("key", "file"), ("s/secret_key", "directory")]);
    dir.write(".env", format!("APP_SECRET_KEY_FILE={}\n", dir.text("key")));
    let env_file = || App::empty_loader().env_file(dir.path(".env"));
    assert_eq!(key(env_file()), "file");
    assert_eq!(key(env_file().secrets_dir(dir.path("s"))), "directory");
    assert_eq!(
        key(env_file().env_from([("APP_SECRET_KEY", "variable")])),
        "variable"
    );
    let above = App::empty_loader()
        .secrets_dir(dir.path("s"))
        .env_from([("APP_SECRET_KEY_FILE", dir.text("key"))]);
    assert_eq!(key(above), "file");
}

#[test]
fn a_value_and_a_file_in_one_layer_are_a_problem() {
    let dir = Dir::with(&[("key", "k")]);
    let both = [
        ("APP_SECRET_KEY", "hunter2".to_owned()),
        ("APP_SECRET_KEY_FILE", dir.text("key")),
    ];
    assert_data_eq!(
        problems(App::empty_loader().env_from(both).load()),
        str![[r#"
Ambiguous secret_key: set by both environment variable APP_SECRET_KEY and environment variable APP_SECRET_KEY_FILE
  help: remove one of them
"#]]
    );
}

#[test]
fn an_empty_value_or_file_variable_counts_as_not_set() {
    let dir = Dir::with(&[("key", "k")]);
    let value = |text: &str| ("APP_SECRET_KEY", text.to_owned());
    let file = |path: String| ("APP_SECRET_KEY_FILE", path);
    let load = |variables: [(&str, String); 2]| key(App::empty_loader().env_from(variables));
    assert_eq!(load([value(""), file(dir.text("key"))]), "k");
    assert_eq!(load([file(dir.text("key")), value("")]), "k");
    assert_eq!(load([value("v"), file(String::new())]), "v");
    assert_eq!(load([value(""), file(String::new())]), "none");
}

#[test]
fn only_a_secret_setting_has_a_file_variable() {
    let loaded = App::empty_loader()
        .env_from([("APP_NAME_FILE", "/dev/null")])
        .load()
        .unwrap();
    assert_data_eq!(
        lines(loaded.warnings()),
        str![[r#"
Unknown environment variable APP_NAME_FILE does not match any setting
  help: did you mean APP_NAME?
"#]]
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem() {
    let dir = Dir::with(&[]);
    let missing = App::empty_loader().env_from([("APP_SECRET_KEY_FILE", dir.text("missing"))]);
    assert_data_eq!(
        problems(missing.load()),
        str![[r#"
Source secret_key: the file [..]/missing, named by environment variable APP_SECRET_KEY_FILE, cannot be read: no such file
  help: create [..]/missing, or correct the path
"#]]
    );
    let directory = App::empty_loader().env_from([("APP_SECRET_KEY_FILE", dir.text(""))]);
    assert_data_eq!(
        problems(directory.load()),
        str![[r#"
Source secret_key: the file [..]/, named by environment variable APP_SECRET_KEY_FILE, cannot be read: a directory, not a file
  help: replace [..]/ by a file, or correct the path
"#]]
    );
}

#[test]
fn an_empty_file_is_no_value() {
    let dir = Dir::with(&[("key", "\n")]);
    assert_eq!(
        key(App::empty_loader().env_from([("APP_SECRET_KEY_FILE", dir.text("key"))])),
        "none"
    );
}

// `$CREDENTIALS_DIRECTORY`.

#[test]
fn the_credentials_directory_is_the_highest_secrets_directory() {
    let dir = Dir::with(&[("s/secret_key", "declared"), ("c/secret_key", "systemd")]);
    let credentials = || ("CREDENTIALS_DIRECTORY", dir.text("c"));
    let loaded = secrets(&dir).env_from([credentials()]).load().unwrap();
    assert_eq!(loaded.secret_key.expose_secret(), "systemd");
    assert!(loaded.warnings().is_empty());
    let variable = ("APP_SECRET_KEY", "variable".to_owned());
    assert_eq!(
        key(secrets(&dir).env_from([variable, credentials()])),
        "variable"
    );
    assert_eq!(key(secrets(&dir)), "declared");
    assert_eq!(
        key(secrets(&dir).env_from([("CREDENTIALS_DIRECTORY", "")])),
        "declared"
    );
}

#[cfg(unix)]
#[test]
fn a_directory_or_env_file_that_others_may_write_is_a_warning() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let dir = Dir::with(&[("s/secret_key", "x"), (".env", "APP_PORT=5\n")]);
    let set = |name: &str, mode| {
        fs::set_permissions(dir.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    set("s", 0o775);
    set(".env", 0o666);
    let load = || {
        let root = dir.path("").display().to_string();
        let loaded = App::empty_loader()
            .env_file(dir.path(".env"))
            .secrets_dir(dir.path("s"))
            .load();
        warnings(loaded).replace(&root, "")
    };
    assert_data_eq!(
        load(),
        str![[r#"
Source .env is writable by all users
  help: chmod o-w .env
Source s is writable by users other than its owner
  help: chmod go-w s
"#]]
    );
    set("s", 0o755);
    set(".env", 0o664);
    assert_data_eq!(load(), str![""]);
}

/// Files of secrets that cannot be read: each reason has its own help.
#[test]
fn each_path_that_cannot_be_read_has_its_own_help() {
    let dir = Dir::with(&[("dir/x", "")]);
    let report = |path: &str| {
        let loader = App::empty_loader().env_from([("APP_SECRET_KEY_FILE", path)]);
        dir.relative(&problems(loader.load()))
    };
    let paths = [
        "secret.txt".to_owned(),
        "/nowhere/key".to_owned(),
        "/nowhere/key\n".to_owned(),
        "~/key".to_owned(),
        "\"/nowhere/key\"".to_owned(),
        "hunter2".to_owned(),
        dir.text("dir"),
    ];
    let reports: Vec<String> = paths.iter().map(|path| report(path)).collect();
    assert_data_eq!(
        reports.join("\n"),
        str![[r#"
Source secret_key: the file secret.txt, named by environment variable APP_SECRET_KEY_FILE, cannot be read: no such file
  help: secret.txt is relative to the working directory of the process: use an absolute path
Source secret_key: the file /nowhere/key, named by environment variable APP_SECRET_KEY_FILE, cannot be read: no such file
  help: create /nowhere/key, or correct the path
Source secret_key: the file /nowhere/key/n, named by environment variable APP_SECRET_KEY_FILE, cannot be read: no such file
  help: remove the white space at the end of /nowhere/key/n
Source secret_key: the file ~/key, named by environment variable APP_SECRET_KEY_FILE, cannot be read: no such file
  help: the shell did not replace the ~ of ~/key: use an absolute path
Source secret_key: the file named by environment variable APP_SECRET_KEY_FILE cannot be read: no such file
  help: the quotes are part of the value (`docker --env-file` keeps them): leave them out
Source secret_key: the file named by environment variable APP_SECRET_KEY_FILE cannot be read: no such file
  help: use an absolute path; to set the value itself, use APP_SECRET_KEY
Source secret_key: the file dir, named by environment variable APP_SECRET_KEY_FILE, cannot be read: a directory, not a file
  help: replace dir by a file, or correct the path
"#]]
    );
}

#[cfg(unix)]
#[test]
fn a_secret_file_without_permission_names_its_path() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let dir = Dir::with(&[("key", "x")]);
    fs::set_permissions(dir.path("key"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(dir.path("key")).is_ok() {
        // The superuser may read it.
        return;
    }
    let loader = App::empty_loader().env_from([("APP_SECRET_KEY_FILE", dir.text("key"))]);
    let report = dir.relative(&problems(loader.load()));
    assert!(
        report.ends_with("permission denied\n  help: let the user of this process read key"),
        "{report}"
    );
}
