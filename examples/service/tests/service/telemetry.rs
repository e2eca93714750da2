//! What is told: the access log and the metrics.

use crate::programs::{Postgres, Service};
use snapbox::{assert_data_eq, str};

#[test]
fn the_access_log_is_that_of_gunicorn() {
    let service = Service::start(&[]);
    service.get("/health/live");
    service.process.signal("TERM");
    let (_, log) = service.ended();
    let line = log
        .lines()
        .find(|line| line.contains("/health/live"))
        .unwrap();
    assert_data_eq!(
        line,
        str![[r#"127.0.0.1 - - [[..] +0000] "GET /health/live HTTP/1.1" 200 15 "-" "-" 0.0[..]"#]]
    );
}

#[test]
fn in_production_every_line_is_json() {
    let postgres = Postgres::start();
    let service = Service::start(&[
        ("ENVIRONMENT", "production"),
        ("SECRET_KEY", "hunter2-0123456789abcdef0123456789abcdef"),
        ("DATABASE_URL", &postgres.url),
    ]);
    service.until_ready_is(200, "healthy");
    service.get("/notes?text=\"");
    service.get("/health/live");
    service.process.signal("TERM");
    let (_, log) = service.ended();
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(
            line["timestamp"].is_string() && line["level"].is_string(),
            "{line}"
        );
    }
    let line = log
        .lines()
        .find(|line| line.contains("/health/live"))
        .unwrap();
    assert_data_eq!(
        line,
        str![[
            r#"{"timestamp":"[..]Z","level":"INFO","target":"access","client":"127.0.0.1","method":"GET","path":"/health/live","status":200,"bytes":15,"referer":"-","user_agent":"-","duration_us":[..]}"#
        ]]
    );
}

#[test]
fn the_access_log_can_be_switched_off() {
    let service = Service::start(&[("ACCESS_LOG", "false")]);
    service.get("/health/live");
    service.process.signal("TERM");
    assert!(!service.ended().1.contains("/health/live"));
}

#[test]
fn metrics_count_by_app_route_and_status() {
    let service = Service::start(&[("APP_NAME", "shop")]);
    service.until_ready_is(200, "healthy");
    for _ in 0..3 {
        service.get("/notes");
    }
    service.get("/wp-login.php");
    let page = service.get("/metrics").body;
    for line in [
        r#"http_requests_total{app="shop",method="GET",path="/notes",status="200"} 3"#,
        r#"http_requests_total{app="shop",method="GET",path="other",status="404"} 1"#,
        r#"http_request_duration_seconds_count{app="shop",path="/notes"} 3"#,
        r#"http_request_duration_seconds_bucket{app="shop",path="/notes",le="+Inf"} 3"#,
        r#"db_pool_max_connections{app="shop"} 4"#,
        r#"service_ready{app="shop"} 1"#,
    ] {
        assert!(
            page.lines().any(|found| found == line),
            "no {line} in {page}"
        );
    }
    // Every sample says of which app it is, and each name is introduced once.
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.contains(r#"app="shop""#), "{line}");
    }
}
