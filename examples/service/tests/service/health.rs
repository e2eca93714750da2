//! Live, started, ready: whatever becomes of the database and of Redis.

use crate::programs::{
    Postgres, Proxy, Redis, Service, Silent, eventually, free_port, postgres_url, run,
};
use std::time::{Duration, Instant};

/// Bounds what a probe may take, by far: its usual timeout is a second, and that of a check five.
const PROMPT: Duration = Duration::from_millis(900);

/// Everything a probe asks is answered promptly; live says 200, ready and startup say this.
#[track_caller]
fn probes(service: &Service, startup: u16, ready: u16) {
    for (probe, status) in [("live", 200), ("startup", startup), ("ready", ready)] {
        let began = Instant::now();
        let answer = service.get(&format!("/health/{probe}"));
        assert_eq!(answer.status, status, "{probe}: {}", answer.body);
        assert!(
            began.elapsed() < PROMPT,
            "{probe} took {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn a_sound_service_is_live_started_and_ready() {
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let service = Service::start(&[
        ("DATABASE_URL", &postgres.url),
        ("REDIS_URL", &redis.url),
        ("VERSION", "1.2.3"),
    ]);
    service.until_ready_is(200, r#""status":"healthy""#);
    probes(&service, 200, 200);
    assert_eq!(service.get("/health/live").body, r#"{"status":"ok"}"#);

    let ready = service.get("/health/ready").body;
    snapbox::assert_data_eq!(
        ready,
        snapbox::str![[r#"
{"status":"healthy","timestamp":"[..]Z","version":"1.2.3","settings":{"revision":1,"warning":null},"checks":[{"name":"database","status":"healthy","latency_ms":[..],"message":"ok"},{"name":"redis","status":"healthy","latency_ms":[..],"message":"ok"}]}
"#]]
    );
}

#[test]
fn it_waits_for_a_database_and_a_redis_that_are_away() {
    let ports = [free_port(), free_port()];
    let urls = [
        postgres_url(ports[0]),
        format!("redis://127.0.0.1:{}", ports[1]),
    ];
    let service = Service::start(&[("DATABASE_URL", &urls[0]), ("REDIS_URL", &urls[1])]);
    let answer = service.until_ready_is(503, r#""redis","status":"unhealthy","latency_ms":"#);
    assert!(answer.body.contains("starting"), "{}", answer.body);
    service.until_ready_is(503, "connection refused");
    probes(&service, 503, 503);
    assert_eq!(service.get("/notes").status, 503);

    let _postgres = Postgres::start_at(ports[0]);
    service.until_ready_is(503, r#"{"name":"database","status":"healthy""#);
    probes(&service, 503, 503);
    let _redis = Redis::start_at(ports[1]);
    service.until_ready_is(200, "healthy");
    probes(&service, 200, 200);
    assert_eq!(service.get("/notes").body, "[]");
}

#[test]
fn it_waits_for_a_database_that_accepts_and_never_answers() {
    let silent = Silent::start();
    let url = postgres_url(silent.port);
    let service = Service::start(&[("DATABASE_URL", &url), ("HEALTH_DATABASE_TIMEOUT", "300ms")]);
    service.until_ready_is(503, "no answer within 300ms");
    probes(&service, 503, 503);

    let port = silent.port;
    drop(silent);
    let _postgres = Postgres::start_at(port);
    service.until_ready_is(200, "healthy");
}

/// The timeout of a check is five seconds: it would be used up by waiting for what is dead.
#[test]
fn a_connection_that_died_unnoticed_is_given_up_before_the_check_is() {
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
        proxy.fall_silent();
        service.until_ready_is(200, &format!(r#"{{"name":"{name}","status":"degraded""#));
        proxy.speak_again();
        eventually("a fresh connection", || {
            let ready = service.get("/health/ready");
            assert_eq!(ready.status, 200, "{}", ready.body);
            ready.body.starts_with(r#"{"status":"healthy""#)
        });
    }
}

#[test]
fn connections_that_died_unnoticed_leave_the_pool() {
    let postgres = Postgres::start();
    let proxy = Proxy::start(postgres.port);
    let service = Service::start(&[
        ("DATABASE_URL", &postgres_url(proxy.port)),
        ("DB_POOL_SIZE", "2"),
        ("DB_MAX_OVERFLOW", "0"),
        ("DATABASE_STATEMENT_TIMEOUT", "300ms"),
    ]);
    service.until_ready_is(200, "healthy");
    // Those that are used when it happens, and those that are not.
    for is_used in [true, false] {
        eventually("an answer", || service.get("/notes").status == 200);
        proxy.fall_silent();
        let asked: Vec<_> = (0..if is_used { 4 } else { 0 })
            .map(|_| {
                let mut client = service.client();
                client.send("/notes").unwrap();
                client
            })
            .collect();
        for mut client in asked {
            assert_eq!(client.answer().unwrap().status, 503);
        }
        service.until_ready_is(200, "degraded");
        proxy.speak_again();
        eventually("an answer", || service.get("/notes").status == 200);
    }
}

#[test]
fn the_death_of_the_database_is_told_and_survived() {
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
    // Started it is; that it can't work now is readiness's to tell.
    probes(&service, 200, 503);
    let refused = service.get("/notes");
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("1"))
    );

    let _postgres = postgres.start_again();
    service.until_ready_is(200, "healthy");
    eventually("the note", || service.get("/notes").body.contains("kept"));
    service.process.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
}

#[test]
fn a_redis_that_freezes_holds_up_nobody() {
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
    probes(&service, 200, 503);
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
fn without_a_redis_that_is_not_required_it_is_degraded() {
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
fn many_probes_cost_few_statements() {
    let postgres = Postgres::start();
    let service = Service::start(&[("DATABASE_URL", &postgres.url), ("HEALTH_MAX_AGE", "1m")]);
    service.until_ready_is(200, "healthy");
    let mut client = service.client();
    for _ in 0..10_000 {
        assert_eq!(client.get("/health/ready").unwrap().status, 200);
    }
    // One to start with, and one for each half minute that this may take.
    let statements = postgres.statements("SELECT 1");
    assert!((1..=10).contains(&statements), "{statements}");
}

#[test]
fn the_answer_is_never_older_than_it_may_be() {
    let service = Service::start(&[("HEALTH_MAX_AGE", "50ms")]);
    let first = service.until_ready_is(200, "healthy").body;
    eventually("a newer answer", || {
        service.get("/health/ready").body != first
    });
}

#[test]
fn the_binary_is_its_own_healthcheck() {
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
