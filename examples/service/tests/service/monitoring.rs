//! Alert rules, the dashboard and the autoscaler, evaluated by a real Prometheus that scrapes the service.

use crate::programs::{Prometheus, Service, eventually, program};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

fn deploy(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(name)
}

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(deploy(name)).unwrap()).unwrap()
}

fn strings(values: &Value, pointer: &str) -> Vec<String> {
    let values = values.as_array().unwrap().iter();
    let strings: Vec<_> = values
        .map(|value| value.pointer(pointer).unwrap().as_str().unwrap().to_owned())
        .collect();
    assert!(!strings.is_empty());
    strings
}

/// Expressions of the alert rules.
fn alerts() -> Vec<String> {
    strings(
        &yaml("prometheus/alerts.yaml")["groups"][0]["rules"],
        "/expr",
    )
}

/// Queries of the dashboard, for an app and a scrape interval.
fn dashboard() -> Vec<String> {
    let text = fs::read_to_string(deploy("grafana/dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let queries = panels.flat_map(|panel| strings(&panel["targets"], "/expr"));
    queries
        .map(|query| {
            query
                .replace("$app", "service")
                .replace("$__rate_interval", "1m")
        })
        .collect()
}

fn autoscaler() -> String {
    let object = yaml("k8s/scaledobject.yaml");
    let query = object.pointer("/spec/triggers/0/metadata/query");
    query.unwrap().as_str().unwrap().to_owned()
}

#[test]
fn promtool_accepts_the_alert_rules_and_their_tests() {
    let promtool = program("promtool", &[]);
    for arguments in [
        ["check", "rules", "alerts.yaml"],
        ["test", "rules", "alerts.test.yaml"],
    ] {
        let output = Command::new(&promtool)
            .args(arguments)
            .current_dir(deploy("prometheus"))
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{report}");
    }
}

/// Names of metrics in an expression: identifiers followed by `{`.
fn metrics_in(expression: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let parts: Vec<&str> = expression.split('{').collect();
    let before_braces = &parts[..parts.len() - 1];
    before_braces
        .iter()
        .map(|part| part.rsplit(|c| !is_name(c)).next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_queried_metric_exists() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let page = service.get("/metrics").body;
    let expressions = [alerts(), dashboard(), vec![autoscaler()]].concat();
    let metrics: BTreeSet<String> = expressions
        .iter()
        .flat_map(|text| metrics_in(text))
        .collect();
    assert!(metrics.len() > 10, "{metrics:?}");
    for metric in metrics.iter().filter(|name| *name != "up") {
        let sample = format!("\n{metric}{{app=\"service\"");
        assert!(page.contains(&sample), "{metric}");
    }
}

#[test]
fn prometheus_evaluates_every_query() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let prometheus = Prometheus::scrape(service.address);
    // The autoscaler scales by the requests that Prometheus has counted.
    eventually("requests per second", || {
        service.get("/notes");
        let result = prometheus.query(&autoscaler());
        let rate = result.pointer("/0/value/1").and_then(Value::as_str);
        rate.is_some_and(|rate| rate.parse::<f64>().unwrap() > 0.0)
    });
    for query in dashboard() {
        // An error ratio without errors is empty.
        let result = prometheus.query(&query);
        assert!(
            query.contains("5..") || result[0].is_object(),
            "{query}: {result}"
        );
    }
    for expression in alerts() {
        prometheus.query(&expression);
    }
}
