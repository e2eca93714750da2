//! Runs every example from the root of the repository.

use snapbox::{assert_data_eq, str};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The path of an example, which `cargo test` builds in a directory next to this test.
fn built(name: &str) -> PathBuf {
    let tests = env::current_exe().expect("the path of this test");
    let built = tests.parent().and_then(Path::parent).map(PathBuf::from);
    built
        .expect("tests are in target/<profile>/deps")
        .join("examples")
        .join(name)
}

/// Runs an example with only these environment variables.
fn run(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(built(name))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("examples are built before tests run: `cargo test -p examples`")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("examples print UTF-8")
}

fn stdout(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run(name, arguments, variables);
    assert!(output.status.success(), "{output:?}");
    text(output.stdout)
}

/// Runs the first program with this `.env` in a directory of its own.
fn first(env: &str) -> Output {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join(".env"), env).expect("a file");
    Command::new(built("first"))
        .current_dir(directory.path())
        .env_clear()
        .output()
        .expect("examples are built before tests run")
}

#[test]
fn readme_and_guide_show_the_first_program_and_what_it_prints() {
    let source = include_str!("../first.rs");
    let (_, program) = source.split_once("\n\n").expect("a header");
    let valid = first("SHOP_SECRET_KEY=k7Qp2w9sXz\nSHOP_WORKERS=4\n");
    assert!(valid.status.success(), "{valid:?}");
    let invalid = first("SHOP_WORKERS=many\n");
    assert_eq!(invalid.status.code(), Some(78));
    let parts = [program, &text(valid.stdout), &text(invalid.stderr)];
    for document in [
        include_str!("../../README.md"),
        include_str!("../../settings-core/docs/guide.md"),
    ] {
        for part in parts {
            assert!(document.contains(part.trim_end()), "not shown:\n{part}");
        }
    }
}

#[test]
fn dump_shows_the_origin_of_each_value() {
    let variables = [("HOME", "/home/me"), ("APP_WORKERS", "4")];
    assert_data_eq!(
        stdout("settings", &["dump"], &variables),
        str![[r#"
SETTING                 VALUE         VARIABLE                    ORIGIN
app_name                shop          APP_APP_NAME                examples/config.toml:2:12
environment             development   APP_ENVIRONMENT             default
database_url            [redacted]    DATABASE_URL                examples/.env:2
db_pool_size            20            APP_DB_POOL_SIZE            examples/config.toml:3:16
graceful_timeout        10s           APP_GRACEFUL_TIMEOUT        examples/.env:3
workers                 4             APP_WORKERS                 environment variable APP_WORKERS
sentry_dsn              (unset)       APP_SENTRY_DSN
home                    /home/me      HOME                        environment variable HOME

server.bind             0.0.0.0:8080  APP_SERVER_BIND             examples/config.toml:6:8
server.request_timeout  5s            APP_SERVER_REQUEST_TIMEOUT  default
server.allowed_origins  []            APP_SERVER_ALLOWED_ORIGINS  default

log.level               debug         APP_LOG_LEVEL               examples/config.toml:9:9
log.format              json          APP_LOG_FORMAT              examples/.env:4

is_production           false                                     derived

"#]]
    );
}

#[test]
fn dump_has_other_formats() {
    let variables = [("APP_WORKERS", "4")];
    let dump = |format| stdout("settings", &["dump", "--format", format], &variables);
    assert_eq!(dump("table"), stdout("settings", &["dump"], &variables));
    assert_data_eq!(
        dump("json"),
        str![[r#"
{"app_name":"shop","environment":"development","database_url":"[redacted]","db_pool_size":20,"graceful_timeout":"10s","workers":4,"sentry_dsn":null,"home":null,"server":{"bind":"0.0.0.0:8080","request_timeout":"5s","allowed_origins":[]},"log":{"level":"debug","format":"json"},"is_production":false,"$origins":{"app_name":"examples/config.toml:2:12","environment":"default","database_url":"examples/.env:2","db_pool_size":"examples/config.toml:3:16","graceful_timeout":"examples/.env:3","workers":"environment variable APP_WORKERS","server.bind":"examples/config.toml:6:8","server.request_timeout":"default","server.allowed_origins":"default","log.level":"examples/config.toml:9:9","log.format":"examples/.env:4"},"$fingerprint":"sha256:b1a05d304a327ffa922c6e542a0449c72af0bf635a210a61332d13ba09757160"}

"#]]
    );
    assert_data_eq!(
        dump("env"),
        str![[r#"
APP_APP_NAME=shop
APP_ENVIRONMENT=development
# DATABASE_URL=[redacted]
APP_DB_POOL_SIZE=20
APP_GRACEFUL_TIMEOUT=10s
APP_WORKERS=4
# APP_SENTRY_DSN=
# HOME=
APP_SERVER_BIND=0.0.0.0:8080
APP_SERVER_REQUEST_TIMEOUT=5s
APP_SERVER_ALLOWED_ORIGINS='[]'
APP_LOG_LEVEL=debug
APP_LOG_FORMAT=json

"#]]
    );
}

#[test]
fn invalid_settings_print_the_report_and_exit_with_78() {
    for command in ["dump", "check"] {
        let output = run("settings", &[command], &[("DB_POOL_SIZE", "lots")]);
        assert_eq!(output.status.code(), Some(78));
        let shown = text(output.stdout);
        assert_eq!(
            shown.contains("(invalid: see the report)"),
            command == "dump"
        );
        assert_data_eq!(
            text(output.stderr),
            str![[r#"
1 problem in the settings (AppSettings)

  db_pool_size: expected a whole number from 1 to 1000, found "lots" in environment variable
      DB_POOL_SIZE
    help: correct DB_POOL_SIZE, or unset it for the default, 10

cross-field rules of AppSettings: not checked until the problems above are fixed

read: examples/config.toml, examples/.env, [..]
...
"#]]
        );
    }
}

#[test]
fn without_a_command_the_usage_is_printed() {
    assert!(stdout("settings", &[], &[]).starts_with("usage: "));
    assert_eq!(run("settings", &["dmup"], &[]).status.code(), Some(2));
}

#[test]
fn the_documents_are_up_to_date() {
    for (format, file) in [
        ("markdown", "settings.md"),
        ("html", "settings.html"),
        ("env", ".env.example"),
        ("toml", "settings.toml"),
        ("yaml", "settings.yaml"),
        ("json-schema", "settings.schema.json"),
        ("kubernetes", "kubernetes.yaml"),
        ("compose", "compose.yaml"),
        ("systemd", "settings.service"),
        ("man", "settings.5"),
    ] {
        let rendered = stdout("settings", &["docs", "--format", format], &[]);
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs")
            .join(file);
        settings_core::docs::assert_up_to_date(path, &rendered);
    }
}

#[test]
fn explain_shows_the_winning_layer() {
    let variables = [("APP_LOG_LEVEL", "info")];
    let output = stdout("settings", &["explain", "log.level"], &variables);
    assert!(
        output.contains("wins  environment variable APP_LOG_LEVEL  info\n"),
        "{output}"
    );
    assert!(
        output.contains("      examples/config.toml:9:9            debug\n"),
        "{output}"
    );
}

#[test]
fn sentry_dsn_is_required_in_production() {
    let variables = [("APP_ENVIRONMENT", "production")];
    let report = text(run("settings", &["check"], &variables).stderr);
    assert!(report.contains("sentry_dsn: required, because environment is production"));
}

#[test]
fn arguments_are_a_layer() {
    let arguments = ["--port", "9000", "--verbose", "--tags", "a", "--tags", "b"];
    assert_data_eq!(
        stdout("args", &arguments, &[]),
        str![[r#"
port     9000  argument --port
verbose  true  argument --verbose
tags     a,b   argument --tags

"#]]
    );
}

#[test]
fn a_bad_change_of_a_fleet_reaches_one_instance_and_is_taken_back() {
    let printed = stdout("fleet", &[], &[]);
    assert!(printed.contains(" is done: 5 passed\n"), "{printed}");
    assert!(printed.contains("was aborted: 1 of 1 failed"), "{printed}");
    // Only one of the five has run the bad value.
    assert_eq!(
        printed.matches("db_pool_size: 50 -> 500").count(),
        1,
        "{printed}"
    );
    assert_eq!(
        printed.matches("db_pool_size: 500 -> 50").count(),
        1,
        "{printed}"
    );
    assert!(
        printed.ends_with("all instances run db_pool_size = 50\n"),
        "{printed}"
    );
}

// Without `testing`, which cargo builds and runs as a test.
#[test]
fn every_other_example_runs() {
    for name in [
        "global",
        "nested",
        "provider",
        "remote",
        "secrets",
        "storage",
        "validation",
    ] {
        assert_ne!(stdout(name, &[], &[]), "");
    }
}

#[test]
fn clap_flags_are_a_layer() {
    let flags = |arguments: &[&str]| stdout("flags", arguments, &[("APP_NAME", "moon")]);
    assert_data_eq!(
        flags(&["--port", "9000", "greet"]),
        str![[r#"
hello moon, from port 9000

"#]]
    );
    assert_data_eq!(
        flags(&["--port", "9000", "settings", "dump"]),
        str![[r#"
SETTING  VALUE  VARIABLE  ORIGIN
port     9000   APP_PORT  argument --port
name     moon   APP_NAME  environment variable APP_NAME

"#]]
    );
    let help = flags(&["settings"]);
    assert!(help.starts_with("usage: flags settings COMMAND"), "{help}");
    let invalid = run("flags", &["--port=80", "greet"], &[]);
    assert_eq!(invalid.status.code(), Some(78));
    assert_data_eq!(
        text(invalid.stderr),
        str![[r#"
1 problem in the settings (AppSettings)

  port: expected a value of at least 1024, found "80" in argument --port
    help: correct --port, or leave it out for the default, 8080

read: the environment, arguments

"#]]
    );
}

#[test]
fn live_applies_a_valid_change_and_rejects_an_invalid_one() {
    assert_data_eq!(
        stdout("live", &[], &[]),
        str![[r#"
info on port 8080
revision 2 of the settings: log_level: info -> debug; a restart is required for port
debug on port 8080
rejected because of Some("log_level")
debug on port 8080

"#]]
    );
}
