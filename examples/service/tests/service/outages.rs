//! Outages in the log: setting, origin, address and reason, repeated while they last, without passwords.

use crate::programs::{Postgres, Redis, Service, eventually, free_port, postgres_url};

/// Waits until the outage was logged twice, and returns its first line.
#[track_caller]
fn outage(service: &Service, dependency: &str) -> String {
    let message = format!("cannot connect to {dependency}; retrying");
    eventually("two log entries", || service.count_in_log(&message) >= 2);
    service.log_line(&message)
}

#[test]
fn a_rejected_password_is_logged_with_setting_and_origin() {
    let postgres = Postgres::start_rejecting_passwords();
    let directory = tempfile::tempdir().unwrap();
    let line = format!("SECRET_KEY=hunter2\nDATABASE_URL={}\n", postgres.url);
    std::fs::write(directory.path().join(".env"), line).unwrap();
    let variables = [
        ("PORT", "0"),
        ("SERVER_HOST", "127.0.0.1"),
        ("REDIS_URL", ""),
    ];
    let service = Service::start_in(directory, &variables);
    outage(&service, "the database");
    let reason = r#"reason="password authentication failed""#;
    service.until_log_contains(reason);
    let line = service.log_line(reason);
    for part in [
        "setting=database.url ",
        "origin=.env:2",
        &format!("host=127.0.0.1:{} ", postgres.port),
        "user=postgres ",
        "attempt=",
        "since=",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    service.process.signal("TERM");
    service.wait();
}

#[test]
fn the_reason_of_an_outage_is_specific() {
    let refused = postgres_url(free_port());
    for (url, reason) in [
        (&*refused, "connection refused"),
        (
            "postgres://app:hunter2@nowhere.invalid/app",
            "host name not found",
        ),
        (
            "sqlite:/nowhere/notes.db",
            "cannot open the database file: its directory does not exist",
        ),
        (
            "sqlite:/tmp",
            "cannot open the database file: it is a directory",
        ),
        (
            "postgres://app:hunter2@%2Fnowhere/app",
            "file=/nowhere user=app attempt=1 since=0s reason=\"no such file\"",
        ),
    ] {
        let service = Service::start(&[("DATABASE_URL", url)]);
        let line = outage(&service, "the database");
        assert!(line.contains(reason), "no {reason} in {line}");
        assert!(
            line.contains("origin=environment variable DATABASE_URL"),
            "{line}"
        );
        service.process.signal("TERM");
        service.wait();
    }
}

#[cfg(feature = "tls")]
#[test]
fn an_unusable_tls_file_is_logged_with_the_parameter_that_names_it() {
    let postgres = Postgres::start();
    let directory = tempfile::tempdir().unwrap();
    let malformed = directory.path().join("ca.pem");
    std::fs::write(&malformed, "garbage").unwrap();
    let malformed = format!("sslmode=verify-full&sslrootcert={}", malformed.display());
    for (parameters, reason) in [
        (
            "sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
            "sslrootcert: no such file",
        ),
        (
            &*malformed,
            "sslrootcert: the file contains no certificate in PEM format",
        ),
        (
            "sslmode=require&sslcert=/nowhere/a.pem&sslkey=/nowhere/a.key",
            "sslcert: no such file",
        ),
        ("sslmode=require", "the server does not support TLS"),
    ] {
        let url = format!("{}?{parameters}", postgres.url);
        let service = Service::start(&[("DATABASE_URL", &url)]);
        let line = outage(&service, "the database");
        for part in [
            "setting=database.url origin=environment variable DATABASE_URL ",
            &format!("reason=\"{reason}\""),
        ] {
            assert!(line.contains(part), "no {part} in {line}");
        }
        service.process.signal("TERM");
        service.wait();
    }
}

#[test]
fn a_failed_migration_is_logged_with_setting_and_origin() {
    let postgres = Postgres::start();
    postgres.execute("CREATE ROLE reader LOGIN");
    let url = postgres.url.replace("postgres:hunter2@", "reader:hunter2@");
    let service = Service::start(&[("DATABASE_URL", &url)]);
    let message = "cannot migrate the tables; retrying";
    eventually("two log entries", || service.count_in_log(message) >= 2);
    let line = service.log_line(message);
    for part in [
        "setting=database.url origin=environment variable DATABASE_URL ",
        "user=reader attempt=1 since=0s reason=\"permission denied\"",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    service.process.signal("TERM");
    service.wait();
}

#[test]
fn a_missing_password_of_redis_is_logged() {
    let redis = Redis::start_with(free_port(), &["--requirepass", "hunter2"]);
    for (url, reason) in [
        (redis.url.clone(), "a password is required"),
        (
            redis.url.replace("//", "//:hunter3@"),
            "password authentication failed",
        ),
        ("unix:///nowhere/redis.sock".to_owned(), "no such file"),
    ] {
        let service = Service::start(&[("REDIS_URL", &url)]);
        let line = outage(&service, "Redis");
        assert!(line.contains(&format!("reason=\"{reason}\"")), "{line}");
        service.process.signal("TERM");
        service.wait();
    }
}

#[test]
fn the_end_of_an_outage_is_logged() {
    let port = free_port();
    let url = format!("redis://:hunter2@127.0.0.1:{port}");
    let service = Service::start(&[("REDIS_URL", &url), ("REDIS_REQUIRED", "false")]);
    let line = outage(&service, "Redis");
    assert!(line.contains(&format!("host=127.0.0.1:{port} ")), "{line}");
    let _redis = Redis::start_with(port, &["--requirepass", "hunter2"]);
    service.until_log_contains("Redis is available again");
    service.process.signal("TERM");
    service.wait();
}

#[test]
fn an_unknown_host_of_redis_is_logged() {
    let url = "redis://app:hunter2@nowhere.invalid:6379";
    let service = Service::start(&[("REDIS_URL", url)]);
    let line = outage(&service, "Redis");
    for part in [
        "setting=redis.url ",
        "host=nowhere.invalid:6379 ",
        "user=app ",
        "host name not found",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    service.process.signal("TERM");
    service.wait();
}

#[cfg(feature = "otel")]
#[test]
fn traces_that_cannot_be_sent_are_logged() {
    let port = free_port();
    let url = format!("http://hunter2@127.0.0.1:{port}/v1/traces?key=hunter2");
    let service = Service::start(&[("OTLP_ENDPOINT", &url)]);
    let message = "cannot send traces";
    eventually("a failed batch", || {
        service.get("/notes");
        service.log_contains(message)
    });
    let line = service.log_line(message);
    for part in [
        "setting=otlp_endpoint ",
        "origin=environment variable OTLP_ENDPOINT ",
        &format!("host=127.0.0.1:{port} "),
        "attempt=1 ",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    service.process.signal("TERM");
    service.wait();
}
