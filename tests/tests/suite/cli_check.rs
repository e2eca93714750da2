//! `settings check`: sound or not, for people and for programs; of another deployment's file too.

use crate::commanded::commanded;
use snapbox::{assert_data_eq, str};
use std::process::Command;

#[test]
fn sound_settings_are_0_and_others_78_with_the_report_on_stderr() {
    let sound = commanded().var("APP_SERVR_VERBOSE", "1").run(&["check"]);
    assert_eq!(
        (sound.code, &*sound.out),
        (Some(0), "the settings are sound\n")
    );
    assert!(sound.err.contains("did you mean APP_SERVER_VERBOSE?"));
    let wrong = commanded()
        .var("APP_ENVIRONMENT", "production")
        .run(&["check"]);
    assert_eq!((wrong.code, &*wrong.out), (Some(78), ""));
    assert!(
        wrong.err.contains("production needs a token"),
        "{}",
        wrong.err
    );
}

#[test]
fn programs_read_json() {
    let answered = commanded()
        .var("APP_POOL_SIZE", "lots")
        .var("APP_DB_POOL", "\"")
        .run(&["check", "--format", "json"]);
    assert_eq!((answered.code, &*answered.err), (Some(78), ""));
    let json: serde_json::Value = serde_json::from_str(&answered.out).unwrap();
    assert_eq!(json["sound"], false);
    let problem = &json["problems"][0];
    assert_eq!(problem["kind"], "malformed");
    assert_eq!(problem["leaf"], "pool_size");
    assert_eq!(problem["variable"], "APP_POOL_SIZE");
    assert_eq!(problem["origin"], "environment variable APP_POOL_SIZE");
    assert_eq!(json["warnings"][0]["kind"], "unknown");
    let sound = commanded().run(&["check", "--format=json"]);
    assert_eq!(sound.code, Some(0));
    assert!(sound.out.starts_with(r#"{"sound":true,"problems":[],"#));
}

#[test]
fn the_schema_is_checked_without_values() {
    let answered = commanded()
        .var("APP_POOL_SIZE", "lots")
        .run(&["check", "--schema"]);
    assert_eq!(
        (answered.code, &*answered.out),
        (Some(0), "the schema is sound\n")
    );
}

#[test]
fn the_file_of_another_deployment_is_checked_alone() {
    let app = commanded()
        .var("APP_POOL_SIZE", "lots")
        .file(".env", "APP_POOL_SIZE=many\n")
        .file("other.env", "APP_ENVIRONMENT=production\nAPP_TOKEN='x'\n");
    let sound = app.run(&["check", "--env-file", "other.env"]);
    assert_eq!(sound.code, Some(0), "{}", sound.err);
    assert_eq!((&*sound.out, &*sound.err), ("other.env is sound\n", ""));
    let wrong = app.run(&["check", "--env-file", ".env"]);
    assert_eq!(wrong.code, Some(78));
    assert!(
        wrong.err.contains("found \"many\" in .env:1"),
        "{}",
        wrong.err
    );
    let absent = app.run(&["check", "--env-file", "none.env"]);
    assert_eq!(absent.code, Some(78));
    assert!(absent.err.contains("none.env"), "{}", absent.err);
}

#[test]
fn lines_that_other_readers_read_differently_are_named() {
    let answered = commanded()
        .file(
            "other.env",
            "# all\nAPP_URL=a b\nAPP_TOKEN=\"p$ss\"\nAPP_DB_PASSWORD='x'\n",
        )
        .run(&["check", "--env-file", "other.env"]);
    assert_eq!(answered.code, Some(0));
    assert_data_eq!(
        answered.err,
        str![[r#"
other readers of .env files differ

  line 2: APP_URL: bash takes what follows a blank for a command
    help: write the value in single quotes
  line 3: APP_TOKEN: bash and docker compose take a $ for the beginning of a variable
    help: write the value in single quotes

"#]]
    );
}

/// What the hints say of bash is what bash does.
#[test]
fn bash_reads_what_has_no_hint_as_it_is_read_here() {
    for (value, differs) in [
        ("b#c", false),
        ("'$X `x` ; b'", false),
        ("\"it's ${X} a\"", false),
        ("\"a\\\\b\"", false),
        ("http://h:80/a?b=c,d", false),
        ("b c", true),
        ("it's'", true),
        ("C:\\new", true),
        ("pa$$word", true),
        ("\"p$X\"", true),
        ("a;b", true),
        ("\"a\\nb\"", true),
        ("~/x", true),
        ("`echo x`", true),
    ] {
        let file = format!("APP_URL={value}\n");
        let app = commanded().var("X", "1").file("other.env", &file);
        let hinted = app
            .run(&["check", "--env-file", "other.env"])
            .err
            .contains("bash");
        assert_eq!(hinted, differs, "{value}");
        let parsed = settings_core::dotenv::parse(file.as_bytes(), |_| Some("1".to_owned()));
        let here = parsed.unwrap().entries()[0].value().to_owned();
        let output = Command::new("bash")
            .args([
                "-c",
                "set -a; . ./other.env 2>/dev/null; printf %s \"$APP_URL\"",
            ])
            .env_clear()
            .envs([("X", "1"), ("HOME", "/home/me"), ("PATH", "/usr/bin:/bin")])
            .current_dir(app.folder.path())
            .output()
            .unwrap();
        let there = String::from_utf8(output.stdout).unwrap();
        assert_eq!(there != here, differs, "{value}: {there}");
    }
}

#[cfg(unix)]
#[test]
fn who_may_read_a_secret_file_is_graded_and_keeps_nothing_from_loading() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let app = commanded()
        .file("secrets/token", "hunter2")
        .file("key", "hunter3");
    let told = |mode: u32| {
        let path = app.folder.path().join("secrets/token");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let answered = app.run(&["check"]);
        assert_eq!(answered.code, Some(0));
        answered.err
    };
    assert_eq!(told(0o600), "");
    assert_data_eq!(
        told(0o640),
        str![[r#"
1 warning in the settings (App)

  its group may read this file, in secret file secrets/token
    help: chmod g-r secrets/token, unless the group is there for that

"#]]
    );
    assert_data_eq!(
        told(0o644),
        str![[r#"
1 warning in the settings (App)

  everybody on this machine may read this file, in secret file secrets/token
    help: chmod go-r secrets/token, or mount it with mode 0400

"#]]
    );
    // A load does not ask.
    assert_eq!(app.run(&["dump"]).err, "");
    // One that is named by a variable, too, and one that is overridden.
    let key = app.folder.path().join("key");
    fs::set_permissions(key, fs::Permissions::from_mode(0o604)).unwrap();
    let named = app.var("APP_TOKEN_FILE", "key").run(&["check"]).err;
    assert!(named.starts_with("2 warnings"), "{named}");
}

#[test]
fn a_file_that_another_deployment_names_is_not_asked_for_here() {
    let app = commanded()
        .file("other.env", "APP_TOKEN_FILE=/run/none/token\n")
        .file(
            "wrong.env",
            "APP_TOKEN_FILE=/run/none/token\nAPP_POOL_SIZE=0\n",
        );
    let sound = app.run(&["check", "--env-file", "other.env"]);
    assert_eq!((sound.code, &*sound.out), (Some(0), "other.env is sound\n"));
    assert_data_eq!(
        sound.err,
        str![[r#"
1 warning in the settings (App)

  token: the file /run/none/token, named by other.env:1, cannot be read: no such file
    help: create /run/none/token, or correct the path
    note: it may be there where the settings are loaded; what depends on it is not checked

"#]]
    );
    let wrong = app.run(&["check", "--env-file", "wrong.env"]);
    assert_eq!(wrong.code, Some(78));
    assert!(wrong.err.starts_with("1 problem"), "{}", wrong.err);
    // Here it is a problem.
    let here = commanded().var("APP_TOKEN_FILE", "/run/none/token");
    assert_eq!(here.run(&["check"]).code, Some(78));
}

#[test]
fn the_schema_and_a_file_are_two_checks() {
    let app = commanded().file("other.env", "");
    let both = app.run(&["check", "--schema", "--env-file", "other.env"]);
    assert_eq!((both.code, &*both.out), (Some(2), ""));
}
