//! Access log, metrics, traces and error reports.

#[cfg(any(feature = "otel", feature = "sentry"))]
use crate::programs::Collector;
use crate::programs::{Postgres, Service};
use snapbox::{assert_data_eq, str};

#[test]
fn the_access_log_has_the_format_of_gunicorn() {
    let service = Service::start(&[]);
    service.get("/health/live");
    service.process.signal("TERM");
    let (_, log) = service.wait();
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
    let (_, log) = service.wait();
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
fn the_access_log_can_be_disabled() {
    let service = Service::start(&[("ACCESS_LOG", "false")]);
    service.get("/health/live");
    service.process.signal("TERM");
    assert!(!service.wait().1.contains("/health/live"));
}

#[test]
fn requests_are_counted_by_route_and_status() {
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
    // Every sample has the label `app`.
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.contains(r#"app="shop""#), "{line}");
    }
}

#[cfg(feature = "otel")]
#[test]
fn the_last_trace_reaches_the_collector() {
    let collector = Collector::start();
    let endpoint = format!("http://127.0.0.1:{}/v1/traces", collector.port);
    let service = Service::start(&[("OTLP_ENDPOINT", &endpoint), ("APP_NAME", "shop")]);
    service.get("/notes");
    service.process.signal("TERM");
    assert_eq!(service.wait().0, Some(0));
    let sent = collector.received("POST /v1/traces");
    assert!(sent.contains("shop") && sent.contains("/notes"), "{sent}");
}

#[cfg(feature = "sentry")]
#[test]
fn an_error_reaches_sentry() {
    let collector = Collector::start();
    let dsn = format!("http://hunter2@127.0.0.1:{}/1", collector.port);
    let url = format!("postgres://127.0.0.1:{}/url", crate::programs::free_port());
    let service = Service::start(&[
        ("SENTRY_DSN", &dsn),
        ("DATABASE_URL", &url),
        ("DATABASE_ACQUIRE_TIMEOUT", "1ms"),
    ]);
    assert_eq!(service.get("/notes").status, 503);
    service.process.signal("TERM");
    assert_eq!(service.wait().0, Some(0));
    let sent = collector.received("POST /api/1/envelope/");
    assert!(sent.contains("a database request failed"), "{sent}");
}
