//! The API: its description, the page `/docs`, errors and request ids.

use crate::programs::{Postgres, Service, free_port, postgres_url};
use serde_json::Value;
use std::path::Path;

#[test]
fn the_description_is_up_to_date() {
    let service = Service::start(&[]);
    let answer = service.get("/openapi.json");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let mut description: Value = serde_json::from_str(&answer.body).unwrap();
    description.sort_all_objects(); // their order depends on the features of serde_json
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    settings_core::docs::assert_up_to_date(path, &format!("{description:#}\n"));
}

#[test]
fn the_docs_page_lists_every_operation_without_external_resources() {
    let service = Service::start(&[]);
    let description: Value = serde_json::from_str(&service.get("/openapi.json").body).unwrap();
    let page = service.get("/docs");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let form = format!("data-method='{method}' data-path='{path}'");
            assert!(page.body.contains(&form), "no {form}");
        }
    }
    for external in ["src=", "http://", "https://", "@import", "url("] {
        assert!(!page.body.contains(external), "{external}");
    }
}

#[test]
fn every_operation_of_the_description_is_served() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let description: Value = serde_json::from_str(&service.get("/openapi.json").body).unwrap();
    let paths = description["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 8);
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let readme = readme.unwrap();
    for (path, item) in paths {
        let mut client = service.client();
        assert!(
            readme.contains(&format!("{path}`")) || readme.contains(&format!("{path}?")),
            "{path}"
        );
        for method in item.as_object().unwrap().keys() {
            let status = match &**method {
                "get" => client.get(path).unwrap().status,
                "post" => client.post(path, "{}").unwrap().status,
                other => panic!("{other}"),
            };
            assert!(![404, 405].contains(&status), "{method} {path}: {status}");
        }
    }
}

#[test]
fn production_has_no_slow_route() {
    let postgres = Postgres::start();
    let service = Service::start(&[
        ("ENVIRONMENT", "production"),
        ("SECRET_KEY", "hunter2-0123456789abcdef0123456789abcdef"),
        ("DATABASE_URL", &postgres.url),
    ]);
    assert_eq!(service.get("/slow?ms=1").status, 404);
    assert!(!service.get("/openapi.json").body.contains("/slow"));
}

/// An outage of the database: the error is in the answer, in the error log and in the access log.
#[test]
fn the_request_id_is_in_the_answer_and_in_both_logs() {
    let url = postgres_url(free_port());
    let service = Service::start(&[("DATABASE_URL", &url), ("DATABASE_ACQUIRE_TIMEOUT", "1ms")]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let head = format!("x-request-id: order-7.1_b\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01");
    let answer = service.client().get_with("/notes", &head).unwrap();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("x-request-id"), Some("order-7.1_b"));
    let problem = answer.problem();
    assert_eq!(problem["title"], "Service Unavailable");
    assert_eq!(problem["detail"], "the database is unavailable");

    let generated = service.get("/notes").problem()["request_id"].clone();
    let generated = generated.as_str().unwrap().to_owned();
    service.process.signal("TERM");
    let (_, log) = service.wait();
    let ends = |text: &str, end: &str| {
        let mut lines = log.lines().filter(|line| line.contains(text));
        assert!(
            lines.any(|line| line.ends_with(end)),
            "no {text} … {end} in {log}"
        );
    };
    ends(
        "a database request failed",
        &format!("request_id=order-7.1_b trace_id={trace}"),
    );
    ends(
        r#""GET /notes HTTP/1.1" 503"#,
        &format!("order-7.1_b {trace}"),
    );
    ends("a database request failed", &generated);
    ends(r#""GET /notes HTTP/1.1" 503"#, &generated);
}

#[test]
fn an_invalid_request_id_is_replaced() {
    let service = Service::start(&[]);
    let mut client = service.client();
    for invalid in ["", "a b", "a\"b", "a=b", &"x".repeat(65)] {
        let head = format!("x-request-id: {invalid}");
        let answer = client.get_with("/health/live", &head).unwrap();
        let id = answer.header("x-request-id").unwrap();
        assert!(id != invalid && id.len() == 33, "{invalid}: {id}");
    }
}
