//! `settings check`: valid or not, for operators and for programs, and for the file of another deployment.

use crate::settings_command::settings_command;
use snapbox::{assert_data_eq, str};
use std::process::Command;

#[test]
fn valid_settings_exit_with_0_and_invalid_ones_with_78_and_the_report_on_stderr() {
    let valid = settings_command()
        .var("APP_SERVR_VERBOSE", "1")
        .run(&["check"]);
    assert_eq!(
        (valid.code, &*valid.out),
        (Some(0), "the settings are valid\n")
    );
    assert!(valid.err.contains("did you mean APP_SERVER_VERBOSE?"));
    let invalid = settings_command()
        .var("APP_ENVIRONMENT", "production")
        .run(&["check"]);
    assert_eq!((invalid.code, &*invalid.out), (Some(78), ""));
    assert!(
        invalid.err.contains("production needs a token"),
        "{}",
        invalid.err
    );
}

#[test]
fn json_is_for_programs() {
    let printed = settings_command()
        .var("APP_POOL_SIZE", "lots")
        .var("APP_DB_POOL", "\"")
        .run(&["check", "--format", "json"]);
    assert_eq!((printed.code, &*printed.err), (Some(78), ""));
    let json: serde_json::Value = serde_json::from_str(&printed.out).unwrap();
    assert_eq!(json["valid"], false);
    let problem = &json["problems"][0];
    assert_eq!(problem["kind"], "malformed");
    assert_eq!(problem["key"], "pool_size");
    assert_eq!(problem["variable"], "APP_POOL_SIZE");
    assert_eq!(problem["origin"], "environment variable APP_POOL_SIZE");
    assert_eq!(json["warnings"][0]["kind"], "unknown");
    let valid = settings_command().run(&["check", "--format=json"]);
    assert_eq!(valid.code, Some(0));
    assert!(valid.out.starts_with(r#"{"valid":true,"problems":[],"#));
}

#[test]
fn the_schema_is_checked_without_values() {
    let printed = settings_command()
        .var("APP_POOL_SIZE", "lots")
        .run(&["check", "--schema"]);
    assert_eq!(
        (printed.code, &*printed.out),
        (Some(0), "the schema is valid\n")
    );
}

#[test]
fn the_file_of_another_deployment_is_checked_alone() {
    let app = settings_command()
        .var("APP_POOL_SIZE", "lots")
        .file(".env", "APP_POOL_SIZE=many\n")
        .file("other.env", "APP_ENVIRONMENT=production\nAPP_TOKEN='x'\n");
    let valid = app.run(&["check", "--env-file", "other.env"]);
    assert_eq!(valid.code, Some(0), "{}", valid.err);
    assert_eq!((&*valid.out, &*valid.err), ("other.env is valid\n", ""));
    let invalid = app.run(&["check", "--env-file", ".env"]);
    assert_eq!(invalid.code, Some(78));
    assert!(
        invalid.err.contains("found \"many\" in .env:1"),
        "{}",
        invalid.err
    );
    let absent = app.run(&["check", "--env-file", "none.env"]);
    assert_eq!(absent.code, Some(78));
    // The settings that it might contain are no further problems.
    assert!(
        absent
            .err
            .starts_with("1 problem in the settings (App)\n\n  none.env is required, but absent\n"),
        "{}",
        absent.err
    );
}

#[test]
fn lines_that_other_readers_read_differently_are_named() {
    let printed = settings_command()
        .file(
            "other.env",
            "# all\nAPP_URL=a b\nAPP_TOKEN=\"p$ss\"\nAPP_DB_PASSWORD='x'\n",
        )
        .run(&["check", "--env-file", "other.env"]);
    assert_eq!(printed.code, Some(0));
    assert_data_eq!(
        printed.err,
        str![[r#"
other readers of .env files read these lines differently

  line 2: APP_URL: bash runs the text after a blank as a command
    help: write the value in single quotes
  line 3: APP_TOKEN: bash and docker compose read a $ as the start of a variable
    help: write the value in single quotes

"#]]
    );
}

/// The hints about bash describe what bash does.
#[test]
fn bash_agrees_on_lines_without_a_hint() {
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
        let app = settings_command().var("X", "1").file("other.env", &file);
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
            .current_dir(app.dir.root())
            .output()
            .unwrap();
        let there = String::from_utf8(output.stdout).unwrap();
        assert_eq!(there != here, differs, "{value}: {there}");
    }
}

#[cfg(unix)]
#[test]
fn readable_secret_files_are_graded_warnings() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let app = settings_command()
        .file("secrets/token", "hunter2")
        .file("key", "hunter3");
    let report = |mode: u32| {
        let path = app.dir.path("secrets/token");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let printed = app.run(&["check"]);
        assert_eq!(printed.code, Some(0));
        printed.err
    };
    assert_eq!(report(0o600), "");
    assert_data_eq!(
        report(0o640),
        str![[r#"
1 warning in the settings (App)

  secret file secrets/token: its group may read it
    help: chmod g-r secrets/token, unless the group should read it

"#]]
    );
    assert_data_eq!(
        report(0o644),
        str![[r#"
1 warning in the settings (App)

  secret file secrets/token: all users of this machine may read it
    help: chmod go-r secrets/token, or mount it with mode 0400

"#]]
    );
    // A load does not check this.
    assert_eq!(app.run(&["dump"]).err, "");
    // A file that a variable names counts too, and so does one that is overridden.
    let key = app.dir.path("key");
    fs::set_permissions(key, fs::Permissions::from_mode(0o604)).unwrap();
    let named = app.var("APP_TOKEN_FILE", "key").run(&["check"]).err;
    assert!(named.starts_with("2 warnings"), "{named}");
}

#[test]
fn a_secret_file_of_another_deployment_is_a_warning() {
    let app = settings_command()
        .file("other.env", "APP_TOKEN_FILE=/run/none/token\n")
        .file(
            "wrong.env",
            "APP_TOKEN_FILE=/run/none/token\nAPP_POOL_SIZE=0\n",
        );
    let valid = app.run(&["check", "--env-file", "other.env"]);
    assert_eq!((valid.code, &*valid.out), (Some(0), "other.env is valid\n"));
    assert_data_eq!(
        valid.err,
        str![[r#"
1 warning in the settings (App)

  token: the file /run/none/token, named by other.env:1, cannot be read: no such file
    help: create /run/none/token, or correct the path
    note: it may exist where the settings are loaded; what depends on it is not checked here

"#]]
    );
    let invalid = app.run(&["check", "--env-file", "wrong.env"]);
    assert_eq!(invalid.code, Some(78));
    assert!(invalid.err.starts_with("1 problem"), "{}", invalid.err);
    // Here it is a problem.
    let here = settings_command().var("APP_TOKEN_FILE", "/run/none/token");
    assert_eq!(here.run(&["check"]).code, Some(78));
}

#[test]
fn the_schema_and_a_file_are_checked_separately() {
    let app = settings_command().file("other.env", "");
    let both = app.run(&["check", "--schema", "--env-file", "other.env"]);
    assert_eq!((both.code, &*both.out), (Some(2), ""));
}

#[test]
fn quiet_prints_problems_only() {
    let valid = settings_command()
        .var("APP_SERVR_VERBOSE", "1")
        .run(&["check", "--quiet"]);
    assert_eq!(
        (valid.code, &*valid.out, &*valid.err),
        (Some(0), "", ""),
        "not even warnings"
    );
    let invalid = settings_command()
        .var("APP_POOL_SIZE", "lots")
        .run(&["check", "--quiet"]);
    assert_eq!((invalid.code, &*invalid.out), (Some(78), ""));
    assert!(invalid.err.starts_with("1 problem"), "{}", invalid.err);
}
