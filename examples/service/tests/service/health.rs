//! Health probes, while the database and Redis fail in various ways.

use crate::programs::{
    Postgres, Proxy, Redis, Service, UnresponsiveServer, eventually, free_port, postgres_url, run,
};
use std::time::{Duration, Instant};

/// Bound of the latency of a probe, shorter than the usual timeouts of probes (1 s) and checks (5 s).
const PROMPT: Duration = Duration::from_millis(900);

/// Asserts that every probe answers promptly, liveness with 200, startup and readiness with these statuses.
#[track_caller]
fn assert_probes(service: &Service, startup: u16, ready: u16) {
    for (probe, status) in [("live", 200), ("startup", startup), ("ready", ready)] {
        let start = Instant::now();
        let answer = service.get(&format!("/health/{probe}"));
        assert_eq!(answer.status, status, "{probe}: {}", answer.body);
        assert!(
            start.elapsed() < PROMPT,
            "{probe} took {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn a_healthy_service_is_live_started_and_ready() {
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let service = Service::start(&[
        ("DATABASE_URL", &postgres.url),
        ("REDIS_URL", &redis.url),
        ("VERSION", "1.2.3"),
    ]);
    service.until_ready_is(200, r#""status":"healthy""#);
    assert_probes(&service, 200, 200);
    assert_eq!(service.get("/health/live").body, r#"{"status":"ok"}"#);
    assert_eq!(service.get("/health/startup").body, r#"{"status":"ready"}"#);

    let ready = service.get("/health/ready").body;
    snapbox::assert_data_eq!(
        ready,
        snapbox::str![[r#"
{"status":"healthy","timestamp":"[..]Z","version":"1.2.3","settings":{"revision":1,"warning":null},"checks":[{"name":"database","status":"healthy","latency_ms":[..],"message":"ok"},{"name":"redis","status":"healthy","latency_ms":[..],"message":"ok"}]}
"#]]
    );
}

#[test]
fn startup_waits_for_an_unavailable_database_and_redis() {
    let ports = [free_port(), free_port()];
    let urls = [
        postgres_url(ports[0]),
        format!("redis://127.0.0.1:{}", ports[1]),
    ];
    let service = Service::start(&[("DATABASE_URL", &urls[0]), ("REDIS_URL", &urls[1])]);
    let answer = service.until_ready_is(503, r#""redis","status":"unhealthy","latency_ms":"#);
    assert!(answer.body.contains("starting"), "{}", answer.body);
    service.until_ready_is(503, "connection refused");
    assert_probes(&service, 503, 503);
    assert_eq!(service.get("/notes").status, 503);

    let _postgres = Postgres::start_at(ports[0]);
    service.until_ready_is(503, r#"{"name":"database","status":"healthy""#);
    assert_probes(&service, 503, 503);
    let _redis = Redis::start_at(ports[1]);
    service.until_ready_is(200, "healthy");
    assert_probes(&service, 200, 200);
    assert_eq!(service.get("/notes").body, "[]");
}

#[test]
fn startup_waits_for_an_unresponsive_database() {
    let unresponsive = UnresponsiveServer::start();
    let url = postgres_url(unresponsive.port);
    let service = Service::start(&[("DATABASE_URL", &url), ("HEALTH_DATABASE_TIMEOUT", "300ms")]);
    service.until_ready_is(503, "no answer within 300ms");
    assert_probes(&service, 503, 503);

    let port = unresponsive.port;
    drop(unresponsive);
    let _postgres = Postgres::start_at(port);
    service.until_ready_is(200, "healthy");
}

/// Waiting for a dead connection would use up the timeout of the check, which is five seconds.
#[test]
fn a_check_replaces_a_dead_connection_before_it_times_out() {
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let proxies = [postgres.port, redis.port].map(Proxy::start);
    let service = Service::start(&[
        ("DATABASE_URL", &postgres_url(proxies[0].port)),
        (
            "REDIS_URL",
            &format!("redis://127.0.0.1:{}", proxies[1].port),
        ),
    ]);
    service.until_ready_is(200, "healthy");
    for (proxy, name) in proxies.iter().zip(["database", "redis"]) {
        proxy.pause();
        service.until_ready_is(200, &format!(r#"{{"name":"{name}","status":"degraded""#));
        proxy.resume();
        eventually("a new connection", || {
            let ready = service.get("/health/ready");
            assert_eq!(ready.status, 200, "{}", ready.body);
            ready.body.starts_with(r#"{"status":"healthy""#)
        });
    }
}

#[test]
fn dead_connections_leave_the_pool() {
    let postgres = Postgres::start();
    let proxy = Proxy::start(postgres.port);
    let service = Service::start(&[
        ("DATABASE_URL", &postgres_url(proxy.port)),
        ("DB_POOL_SIZE", "2"),
        ("DB_MAX_OVERFLOW", "0"),
        ("DATABASE_STATEMENT_TIMEOUT", "300ms"),
    ]);
    service.until_ready_is(200, "healthy");
    // Connections that are in use at that moment, and idle ones.
    for in_use in [true, false] {
        eventually("an answer", || service.get("/notes").status == 200);
        proxy.pause();
        let clients: Vec<_> = (0..if in_use { 4 } else { 0 })
            .map(|_| {
                let mut client = service.client();
                client.send("/notes").unwrap();
                client
            })
            .collect();
        for mut client in clients {
            assert_eq!(client.answer().unwrap().status, 503);
        }
        service.until_ready_is(200, "degraded");
        proxy.resume();
        eventually("an answer", || service.get("/notes").status == 200);
    }
}

#[test]
fn the_service_survives_a_crash_of_the_database() {
    let postgres = Postgres::start();
    let service = Service::start(&[("DATABASE_URL", &postgres.url)]);
    service.until_ready_is(200, "healthy");
    assert_eq!(
        service
            .client()
            .post("/notes", r#"{"text":"kept"}"#)
            .unwrap()
            .status,
        201
    );

    postgres.process.signal("KILL");
    let answer = service.until_ready_is(503, r#""status":"unhealthy""#);
    assert!(
        !answer.body.contains("hunter2") && !answer.body.contains("127.0.0.1"),
        "{}",
        answer.body
    );
    // Startup stays 200: only readiness reports the outage.
    assert_probes(&service, 200, 503);
    let rejected = service.get("/notes");
    assert_eq!(
        (rejected.status, rejected.header("retry-after")),
        (503, Some("1"))
    );

    let _postgres = postgres.restart();
    service.until_ready_is(200, "healthy");
    eventually("the note", || service.get("/notes").body.contains("kept"));
    service.process.signal("TERM");
    assert_eq!(service.wait().0, Some(0));
}

#[test]
fn a_frozen_redis_delays_no_request() {
    let redis = Redis::start();
    let service = Service::start(&[
        ("REDIS_URL", &redis.url),
        ("HEALTH_REDIS_TIMEOUT", "1s"),
        ("REDIS_RATE_LIMIT", "1000000"),
    ]);
    service.until_ready_is(200, "healthy");

    redis.process.signal("STOP");
    service.until_ready_is(200, "no answer yet");
    service.until_ready_is(503, "no answer within 1s");
    assert_probes(&service, 200, 503);
    // The rate limit fails open.
    assert_eq!(service.get("/notes").status, 200);
    assert!(
        service
            .get("/health/ready")
            .body
            .contains(r#"{"name":"database","status":"healthy""#)
    );

    redis.process.signal("CONT");
    service.until_ready_is(200, "healthy");
}

#[test]
fn without_an_optional_redis_the_service_is_degraded() {
    let url = format!("redis://127.0.0.1:{}", free_port());
    let service = Service::start(&[("REDIS_URL", &url), ("REDIS_REQUIRED", "false")]);
    service.until_ready_is(200, r#""message":"connection refused""#);
    assert!(
        service
            .get("/health/ready")
            .body
            .starts_with(r#"{"status":"degraded""#)
    );
}

#[test]
fn probes_do_not_cause_statements() {
    let postgres = Postgres::start();
    let service = Service::start(&[("DATABASE_URL", &postgres.url), ("HEALTH_MAX_AGE", "1m")]);
    service.until_ready_is(200, "healthy");
    let mut client = service.client();
    for _ in 0..10_000 {
        assert_eq!(client.get("/health/ready").unwrap().status, 200);
    }
    // One at the start, and one for each half minute of this test.
    let statements = postgres.statements("SELECT 1");
    assert!((1..=10).contains(&statements), "{statements}");
}

#[test]
fn the_cached_answer_is_renewed() {
    let service = Service::start(&[("HEALTH_MAX_AGE", "50ms")]);
    let first = service.until_ready_is(200, "healthy").body;
    eventually("a newer answer", || {
        service.get("/health/ready").body != first
    });
}

#[test]
fn the_binary_has_a_healthcheck_command() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let port = service.address.port().to_string();
    let check = |arguments: &[&str], port: &str| {
        let variables = [
            ("PORT", port),
            ("DATABASE_URL", "sqlite:x"),
            ("SECRET_KEY", "hunter2"),
        ];
        run(arguments, &variables).status.code()
    };
    assert_eq!(check(&["healthcheck"], &port), Some(0));
    assert_eq!(check(&["healthcheck", "live"], &port), Some(0));
    let flag = format!("--server-port={port}");
    assert_eq!(check(&["healthcheck", &flag], "1"), Some(0));
    assert_eq!(check(&["healthcheck", "nothing"], &port), Some(1));
    assert_eq!(check(&["healthcheck"], &free_port().to_string()), Some(1));
}
