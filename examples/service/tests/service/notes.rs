//! Notes in both databases, and the rate limit.

use crate::programs::{Postgres, Redis, Service};

fn assert_stores_notes(service: &Service) {
    service.until_ready_is(200, "healthy");
    let mut client = service.client();
    for text in ["one", "zwei", "три"] {
        let created = client
            .post("/notes", &format!(r#"{{"text":"{text}"}}"#))
            .unwrap();
        assert_eq!(created.status, 201, "{}", created.body);
        assert!(created.body.contains(text));
    }
    let page = client.get("/notes?limit=2").unwrap().body;
    assert!(
        page.contains("три") && page.contains("zwei") && !page.contains("one"),
        "{page}"
    );
    let next = client.get("/notes?before=2").unwrap().body;
    assert!(next.contains("one") && !next.contains("zwei"), "{next}");
}

#[test]
fn notes_are_stored_in_sqlite() {
    assert_stores_notes(&Service::start(&[]));
}

#[test]
fn notes_are_stored_in_postgresql() {
    let postgres = Postgres::start();
    assert_stores_notes(&Service::start(&[("DATABASE_URL", &postgres.url)]));
}

#[test]
fn an_invalid_request_is_rejected_with_the_reason() {
    let service = Service::start(&[]);
    let mut client = service.client();
    let mut status_of = |json: &str| {
        let answer = client.post("/notes", json).unwrap();
        assert!(!answer.detail().is_empty());
        answer.status
    };
    assert_eq!(status_of("{"), 400);
    assert_eq!(status_of("{}"), 422);
    assert_eq!(status_of(r#"{"text":""}"#), 422);
    assert_eq!(status_of(r#"{"text":"\u0000"}"#), 422);
    assert_eq!(
        status_of(&format!(r#"{{"text":"{}"}}"#, "x".repeat(1001))),
        422
    );
    assert_eq!(
        status_of(&format!(r#"{{"text":"{}"}}"#, "x".repeat(70_000))),
        413
    );
    for (path, status) in [
        ("/nothing", 404),
        ("/token", 405),
        ("/notes?limit=many", 400),
        ("/slow?ms=-1", 400),
    ] {
        let answer = service.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.detail().is_empty());
    }
}

#[test]
fn requests_over_the_rate_limit_get_429() {
    let redis = Redis::start();
    let service = Service::start(&[("REDIS_URL", &redis.url), ("REDIS_RATE_LIMIT", "5")]);
    service.until_ready_is(200, "healthy");
    let mut client = service.client();
    // At worst, a new minute begins in between.
    let answers: Vec<_> = (0..20).map(|_| client.get("/notes").unwrap()).collect();
    let rejected = answers.iter().filter(|answer| answer.status == 429).count();
    assert!((10..=15).contains(&rejected), "{rejected}");
    let last = answers
        .iter()
        .rev()
        .find(|answer| answer.status == 429)
        .unwrap();
    let seconds: u64 = last.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    // Health probes are not limited.
    assert_eq!(service.get("/health/ready").status, 200);
}
