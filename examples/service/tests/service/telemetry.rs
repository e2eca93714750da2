//! Access log, metrics, traces and error reports.

#[cfg(any(feature = "otel", feature = "sentry"))]
use crate::programs::Collector;
use crate::programs::{Postgres, Service, free_port, postgres_url};
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

/// Only declared query parameters are logged: `wait` asserts that no secret is in the log.
#[test]
fn the_access_log_has_no_undeclared_query() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let mut client = service.client();
    let form = "content-type: application/x-www-form-urlencoded";
    client
        .post_with("/token?client_id=web&client_secret=hunter2", form, "")
        .unwrap();
    for path in [
        "/token?client_secret=hunter2",
        "/token?hunter2",
        "/token/?client_secret=hunter2",
        "//token?client_secret=hunter2",
        "/TOKEN?client_secret=hunter2",
        "http://user:hunter2@test/token?client_secret=hunter2",
        "/notes?limit=2&access_token=hunter2&before=3",
        "/health/live?key=hunter2",
        "/nothing?key=hunter2",
    ] {
        client.get(path).unwrap();
    }
    let referer = "referer: https://a.example/callback?code=hunter2#hunter2";
    client.get_with("/", referer).unwrap();
    service.process.signal("TERM");
    let (_, log) = service.wait();
    for part in [
        r#""POST /token?[redacted]&[redacted] HTTP/1.1" 4"#,
        r#""GET /token?[redacted] HTTP/1.1" 405"#,
        r#""GET /notes?limit=2&[redacted]&before=3 HTTP/1.1" 200"#,
        r#""GET / HTTP/1.1" 200"#,
        r#""https://a.example/callback" "-""#,
    ] {
        assert!(log.contains(part), "no {part} in {log}");
    }
}

#[test]
fn json_lines_have_the_ids_of_request_and_trace() {
    let url = postgres_url(free_port());
    let service = Service::start(&[
        ("LOG_FORMAT", "json"),
        ("DATABASE_URL", &url),
        ("DATABASE_ACQUIRE_TIMEOUT", "1ms"),
    ]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let head = format!("x-request-id: a\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01");
    service.client().get_with("/notes", &head).unwrap();
    service.process.signal("TERM");
    let (_, log) = service.wait();
    let lines = log.lines().map(|line| {
        let parsed: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        parsed
    });
    let of_request: Vec<_> = lines.filter(|line| line["request_id"] == "a").collect();
    assert_eq!(of_request.len(), 2, "{log}");
    assert_eq!(of_request[0]["message"], "a database request failed");
    assert_eq!(of_request[1]["target"], "access");
    assert!(of_request.iter().all(|line| line["trace_id"] == trace));
}

/// Without a trace of the client, the service starts one.
#[cfg(feature = "otel")]
#[test]
fn the_access_log_has_the_trace_id_of_the_span() {
    let collector = Collector::start();
    let endpoint = format!("http://127.0.0.1:{}/v1/traces", collector.port);
    let service = Service::start(&[("OTLP_ENDPOINT", &endpoint)]);
    service.get("/notes");
    service.process.signal("TERM");
    let (_, log) = service.wait();
    let line = log
        .lines()
        .find(|line| line.contains("GET /notes"))
        .unwrap();
    let trace = line.rsplit(' ').next().unwrap();
    assert!(
        trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{line}"
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
        r#"build_info{app="shop",version="0.1.0"} 1"#,
        r#"db_pool_max_connections{app="shop"} 4"#,
        r#"service_ready{app="shop"} 1"#,
    ] {
        assert!(
            page.lines().any(|found| found == line),
            "no {line} in {page}"
        );
    }
    for name in [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_threads",
        "process_start_time_seconds",
    ] {
        let sample = format!(r#"{name}{{app="shop"}} "#);
        let mut values = page.lines().filter_map(|line| line.strip_prefix(&sample));
        let value: f64 = values.next().unwrap().parse().unwrap();
        assert!(value >= 0.0, "{name}");
    }
    // Every route of the router has a label, without any request.
    let description: serde_json::Value =
        serde_json::from_str(&service.get("/openapi.json").body).unwrap();
    for path in description["paths"].as_object().unwrap().keys() {
        let sample = format!(r#"http_request_duration_seconds_count{{app="shop",path="{path}"}}"#);
        assert!(page.contains(&sample), "{path}");
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
    let url = format!("postgres://127.0.0.1:{}/url", free_port());
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
