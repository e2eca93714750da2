//! Reports, dumps and documents of the settings.

use crate::programs::{command, run};
use snapbox::{assert_data_eq, str};
use std::{fs, path::Path, process::Output};

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn report(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(78));
    assert!(output.stdout.is_empty());
    let report = text(&output.stderr);
    assert!(!report.contains("hunter2"), "{report}");
    report
}

#[test]
fn one_report_lists_every_problem() {
    let output = run(
        &[],
        &[
            ("DATABASE_URL", "mysql://app:hunter2@db/app"),
            ("REDIS_URL", "hunter2"),
            ("PORT", "eighty"),
            ("WORKERS", "0"),
            ("ENVIRONMENT", "prod"),
            ("HEALTH_DATABASE_TIMEOUT", "1m"),
            ("SERCET_KEY", "hunter2"),
        ],
    );
    assert_data_eq!(
        report(&output),
        str![[r#"
7 problems in the settings (AppSettings)

  environment: expected one of development, staging, production, found "prod" in environment
      variable ENVIRONMENT
    help: did you mean production?

  secret_key: required, but not set
    help: SERCET_KEY is set: did you mean SECRET_KEY?
    note: Key that signs access tokens

  server.port: expected a whole number from 0 to 65535, found "eighty" in environment variable PORT
    help: correct PORT, or unset it for the default, 8000

  server.workers: expected a value from 1 to 1024, found "0" in environment variable WORKERS
    help: correct WORKERS, or unset it, as it is optional

  health.database_timeout: expected a duration from 1ms to 5s, found "1m" in environment variable
      HEALTH_DATABASE_TIMEOUT
    help: correct HEALTH_DATABASE_TIMEOUT, or unset it for the default, 5s

  database.url: expected text that matches ^(postgres(ql)?://|sqlite:), found [redacted] in
      environment variable DATABASE_URL
    help: correct DATABASE_URL

  redis.url: expected text that matches ^(rediss?|unix)://, found [redacted] in environment variable
      REDIS_URL
    help: correct REDIS_URL, or unset it for its default

cross-field rules of AppSettings: not checked until the problems above are fixed

read: /etc/service/config.toml (absent), config.toml (absent), .env (absent), /run/secrets (absent),
      the environment, arguments

"#]]
    );
}

#[test]
fn production_rejects_development_settings() {
    let output = run(
        &[],
        &[
            ("ENVIRONMENT", "production"),
            ("DEBUG", "true"),
            ("SECRET_KEY", "changeme-hunter2"),
            ("DATABASE_URL", "sqlite:notes.db"),
            ("AUTH_CLIENTS", "web=changeme-hunter2"),
            ("MANAGEMENT_TOKEN", "changeme-hunter2"),
            ("LOG_FORMAT", "text"),
        ],
    );
    assert_data_eq!(
        report(&output),
        str![[r#"
1 problem in the settings (AppSettings)

  AppSettings: not allowed in production: DEBUG, a SECRET_KEY of less than 32 characters, a
      well-known SECRET_KEY, AUTH_CLIENTS with a short or well-known secret, a short or well-known
      MANAGEMENT_TOKEN, an embedded DATABASE_URL

read: /etc/service/config.toml (absent), config.toml (absent), .env (absent), /run/secrets (absent),
      the environment, arguments

"#]]
    );
}

/// In the format of the log, one object per problem.
#[test]
fn the_report_is_json_where_the_log_is() {
    let required = [("SECRET_KEY", "hunter2"), ("REDIS_URL", "")];
    for format in [("LOG_FORMAT", "json"), ("ENVIRONMENT", "production")] {
        let output = run(
            &[],
            &[
                &required[..],
                &[format, ("PORT", "eighty"), ("SENTRY_DNS", "x")],
            ]
            .concat(),
        );
        assert_eq!(output.status.code(), Some(78));
        let lines = text(&output.stderr).lines();
        let lines: Vec<serde_json::Value> = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut keys = lines.iter().map(|line| line["key"].as_str());
        assert!(keys.any(|key| key == Some("server.port")), "{lines:?}");
        assert_eq!(lines[0]["level"], "error");
        assert_eq!(lines[0]["origin"], "environment variable PORT");
    }
    let output = run(&[], &[&required[..], &[("PORT", "eighty")]].concat());
    assert!(text(&output.stderr).starts_with("2 problems in the settings (AppSettings)\n"));
}

#[test]
fn the_secret_of_a_client_has_at_least_eight_characters() {
    let required = [("DATABASE_URL", "sqlite:x"), ("SECRET_KEY", "hunter2")];
    let clients = [required[0], required[1], ("AUTH_CLIENTS", "web=hunter2")];
    assert_data_eq!(
        report(&run(&[], &clients)),
        str![[r#"
1 problem in the settings (AppSettings)

  auth_clients: expected text that matches ^.{8,}$, found [redacted] in environment variable
      AUTH_CLIENTS
    help: correct AUTH_CLIENTS, or unset it, as it is optional

cross-field rules of AppSettings: not checked until the problems above are fixed

read: /etc/service/config.toml (absent), config.toml (absent), .env (absent), /run/secrets (absent),
      the environment, arguments

"#]]
    );
}

#[test]
fn an_unknown_argument_is_rejected() {
    let required = [("DATABASE_URL", "sqlite:x"), ("SECRET_KEY", "hunter2")];
    assert_data_eq!(
        report(&run(&["--sever-port", "9000"], &required)),
        str![[r#"
1 problem in the settings (AppSettings)

  argument --sever-port does not match any setting
    help: did you mean --server-port?

read: /etc/service/config.toml (absent), config.toml (absent), .env (absent), /run/secrets (absent),
      the environment, arguments

"#]]
    );
    for arguments in [&["serve"][..], &["healthcheck", "live", "x"]] {
        report(&run(arguments, &required));
    }
}

#[test]
fn help_lists_the_settings() {
    let output = run(&["--help"], &[]);
    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    assert!(help.contains("--server-port"), "{help}");
}

#[test]
fn dump_shows_development() {
    let output = run(
        &["settings", "dump"],
        &[
            ("DATABASE_URL", "sqlite:notes.db"),
            ("SECRET_KEY", "hunter2"),
            ("WORKERS", "4"),
            ("REDIS_URL", ""),
        ],
    );
    assert_data_eq!(
        text(&output.stdout),
        str![[r#"
SETTING                      VALUE         VARIABLE                     ORIGIN
app_name                     service       APP_NAME                     default
version                      0.1.0         VERSION                      default
debug                        false         DEBUG                        default
environment                  development   ENVIRONMENT                  default
settings_probation           1m            SETTINGS_PROBATION           default
secret_key                   [redacted]    SECRET_KEY                   environment variable SECRET_KEY
access_token_expire_minutes  30            ACCESS_TOKEN_EXPIRE_MINUTES  default
auth_clients                 (unset)       AUTH_CLIENTS
token_rate_limit             60            TOKEN_RATE_LIMIT             default

server.host                  0.0.0.0       SERVER_HOST                  default
server.port                  8000          PORT                         default
server.workers               4             WORKERS                      environment variable WORKERS
server.worker_factor         (unset)       SERVER_WORKER_FACTOR
server.worker_connections    1000          SERVER_WORKER_CONNECTIONS    default
server.backlog               2048          SERVER_BACKLOG               default
server.timeout               120s          SERVER_TIMEOUT               default
server.keepalive             5s            SERVER_KEEPALIVE             default
server.io_timeout            10s           SERVER_IO_TIMEOUT            default
server.max_requests          (unset)       SERVER_MAX_REQUESTS
server.max_requests_jitter   1000          SERVER_MAX_REQUESTS_JITTER   default
server.proc_name             (unset)       SERVER_PROC_NAME
server.threads               4                                          derived

management.port              (unset)       MANAGEMENT_PORT
management.host              127.0.0.1     MANAGEMENT_HOST              default
management.token             (unset)       MANAGEMENT_TOKEN

health.max_age               1s            HEALTH_MAX_AGE               default
health.degraded_after        500ms         HEALTH_DEGRADED_AFTER        default
health.database_timeout      5s            HEALTH_DATABASE_TIMEOUT      default
health.redis_timeout         2s            HEALTH_REDIS_TIMEOUT         default

shutdown.drain_delay         5s            SHUTDOWN_DRAIN_DELAY         default
shutdown.graceful_timeout    30s           SHUTDOWN_GRACEFUL_TIMEOUT    default

database.url                 [redacted]    DATABASE_URL                 environment variable DATABASE_URL
database.pool_size           10            DB_POOL_SIZE                 default
database.max_overflow        20            DB_MAX_OVERFLOW              default
database.acquire_timeout     3s            DATABASE_ACQUIRE_TIMEOUT     default
database.statement_timeout   10s           DATABASE_STATEMENT_TIMEOUT   default

redis.url                    (empty)       REDIS_URL                    environment variable REDIS_URL
redis.required               true          REDIS_REQUIRED               default
redis.timeout                100ms         REDIS_TIMEOUT                default
redis.rate_limit             (unset)       REDIS_RATE_LIMIT

log_level                    INFO          LOG_LEVEL                    default
log_format                   (unset)       LOG_FORMAT
access_log                   true          ACCESS_LOG                   default
sentry_dsn                   (unset)       SENTRY_DSN
otlp_endpoint                (unset)       OTLP_ENDPOINT

features.new_checkout        false         FEATURE_NEW_CHECKOUT         default

is_production                false                                      derived
bind_address                 0.0.0.0:8000                               derived

"#]]
    );
}

#[test]
fn dump_shows_staging_and_production() {
    for environment in ["staging", "production"] {
        let variables = [
            ("ENVIRONMENT", environment),
            ("DATABASE_URL", "postgres://app:hunter2@db/app"),
            ("SECRET_KEY", "hunter2-0123456789abcdef0123456789abcdef"),
        ];
        let output = run(&["settings", "dump"], &variables);
        assert!(output.status.success());
        let shown = text(&output.stdout);
        assert!(!shown.contains("hunter2"), "{shown}");
        let row = |key: &str, value: &str| {
            let mut rows = shown
                .lines()
                .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
            assert!(
                rows.any(|row| row == [key, value]),
                "no {key} {value} in {shown}"
            );
        };
        row("environment", environment);
        row(
            "is_production",
            if environment == "production" {
                "true"
            } else {
                "false"
            },
        );
        row("bind_address", "0.0.0.0:8000");
        row("redis.url", "[redacted]");
    }
}

/// With the committed `.env`, as in a clone.
#[test]
fn the_first_run_needs_no_settings() {
    let clone = tempfile::tempdir().unwrap();
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join(".env"),
        clone.path().join(".env"),
    )
    .unwrap();
    let output = command(clone.path(), &[])
        .args(["settings", "check"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn the_documents_are_up_to_date() {
    for (format, file) in [("markdown", "SETTINGS.md"), ("env", ".env.example")] {
        let rendered = run(&["settings", "docs", "--format", format], &[]);
        assert!(rendered.status.success());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        settings_core::docs::assert_up_to_date(path, text(&rendered.stdout));
    }
}
