//! What stands in `deploy/` agrees with what the service says of itself.

use crate::programs::{Service, run};
use serde_json::Value;
use std::{fs, path::PathBuf, time::Duration};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn manifest(name: &str) -> Value {
    let text = fs::read_to_string(path("deploy").join(name)).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// What stands at this place, which must be there.
#[track_caller]
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    let found = value.pointer(pointer);
    found.unwrap_or_else(|| panic!("nothing at {pointer} of {value:#}"))
}

fn deployment() -> Value {
    manifest("k8s/deployment.yaml")
}

fn container() -> Value {
    at(&deployment(), "/spec/template/spec/containers/0").clone()
}

/// A setting of a service of which only what is required was set.
fn default_of(key: &str) -> Value {
    let required = [("DATABASE_URL", "sqlite:x"), ("SECRET_KEY", "x")];
    let output = run(&["settings", "dump", "--format", "json"], &required);
    assert!(output.status.success());
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    at(&all, &format!("/{}", key.replace('.', "/"))).clone()
}

fn seconds(duration: &Value) -> Duration {
    let text = duration.as_str().unwrap();
    let number = |unit| text.strip_suffix(unit).and_then(|text| text.parse().ok());
    number("ms")
        .map(Duration::from_millis)
        .or_else(|| number("s").map(Duration::from_secs))
        .unwrap()
}

/// Rendered documents: `service settings docs --format … --check FILE` says how to write one anew.
#[test]
fn what_is_rendered_is_up_to_date() {
    let rendered = |format: &str| {
        let output = run(&["settings", "docs", "--format", format], &[]);
        String::from_utf8(output.stdout).unwrap()
    };
    let committed = |name: &str| fs::read_to_string(path(name)).unwrap();
    let kubernetes = rendered("kubernetes");
    let objects: Vec<&str> = kubernetes.split("---\n").collect();
    assert_eq!(committed("deploy/k8s/configmap.yaml"), objects[0]);
    assert_eq!(committed("deploy/k8s/secret.yaml"), objects[1]);
    let (_, variables) = objects[2].split_once("          envFrom:\n").unwrap();
    assert!(committed("deploy/k8s/deployment.yaml").contains(variables));
}

#[test]
fn a_pod_is_given_longer_to_end_than_the_service_takes() {
    let drain = seconds(&default_of("shutdown.drain_delay"));
    let graceful = seconds(&default_of("shutdown.graceful_timeout"));
    let pod = deployment();
    let grace = at(&pod, "/spec/template/spec/terminationGracePeriodSeconds");
    assert!(Duration::from_secs(grace.as_u64().unwrap()) > drain + graceful);
    let compose = manifest("compose.yaml");
    let grace = seconds(at(&compose, "/services/service/stop_grace_period"));
    assert!(grace > drain + graceful);
}

#[test]
fn probes_wait_longer_than_an_answer_takes() {
    let max_age = seconds(&default_of("health.max_age"));
    let container = container();
    for (probe, delay, period, failures) in [
        ("liveness", 10, 10, 3),
        ("readiness", 5, 5, 3),
        ("startup", 5, 5, 30),
    ] {
        let probe = at(&container, &format!("/{probe}Probe"));
        let number = |key: &str| probe[key].as_u64().unwrap();
        assert_eq!(number("initialDelaySeconds"), delay);
        assert_eq!(number("periodSeconds"), period);
        assert_eq!(number("failureThreshold"), failures);
        let timeout = Duration::from_secs(number("timeoutSeconds"));
        assert!(timeout > max_age && timeout < Duration::from_secs(period));
    }
}

#[test]
fn every_path_that_is_probed_or_scraped_is_served() {
    let service = Service::start(&[]);
    let pod = deployment();
    let scraped = at(
        &pod,
        "/spec/template/metadata/annotations/prometheus.io~1path",
    );
    let container = container();
    let probed = ["liveness", "readiness", "startup"]
        .map(|probe| at(&container, &format!("/{probe}Probe/httpGet/path")).clone());
    service.until_ready_is(200, "healthy");
    for path in probed.iter().chain([scraped]) {
        assert_eq!(service.get(path.as_str().unwrap()).status, 200, "{path}");
    }
}

/// What the manifests set, with values for what only an operator knows, is all that the service needs in production.
#[test]
fn the_manifests_set_all_that_is_required() {
    let config = manifest("k8s/configmap.yaml");
    let mut variables: Vec<(String, String)> = at(&config, "/data")
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let secret = manifest("k8s/secret.yaml");
    let secrets = at(&secret, "/stringData").as_object().unwrap();
    for set in at(&container(), "/env").as_array().unwrap() {
        let name = at(set, "/name").as_str().unwrap();
        variables.retain(|(known, _)| known != name);
        let value = match set.get("value") {
            Some(value) => value.as_str().unwrap(),
            None if secrets.contains_key(name) => known_to_operators(name),
            None => {
                assert_eq!(at(set, "/valueFrom/secretKeyRef/optional"), &true);
                continue;
            }
        };
        variables.push((name.to_owned(), value.to_owned()));
    }
    is_sound(&variables);
}

#[test]
fn the_compose_file_sets_all_that_is_required() {
    let compose = manifest("compose.yaml");
    let set = at(&compose, "/services/service/environment");
    let variables: Vec<(String, String)> = set
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().unwrap();
            let value = if value.contains("${") {
                known_to_operators(name)
            } else {
                value
            };
            (name.clone(), value.to_owned())
        })
        .collect();
    is_sound(&variables);
}

fn known_to_operators(name: &str) -> &'static str {
    match name {
        "SECRET_KEY" => "0f3c9b1e57aa42d88d0c6e9f7b1a2c3d4e5f60718293a4b5",
        "DATABASE_URL" => "postgres://app:x@db/app",
        other => panic!("{other} is required, but nobody says what it is"),
    }
}

#[track_caller]
fn is_sound(variables: &[(String, String)]) {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let output = run(&["settings", "check"], &variables);
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let output = run(
        &[
            "settings",
            "dump",
            "--only",
            "environment",
            "--format",
            "env",
        ],
        &variables,
    );
    assert_eq!(output.stdout, b"ENVIRONMENT=production\n");
}

/// The autoscaler asks for a metric that is there, under the label that the service gives itself.
#[test]
fn the_autoscaler_asks_for_a_metric_that_is_there() {
    let scaled = manifest("k8s/scaledobject.yaml");
    let query = at(&scaled, "/spec/triggers/0/metadata/query")
        .as_str()
        .unwrap();
    let series = query
        .strip_prefix("sum(rate(")
        .and_then(|rest| rest.split_once("}[1m]))"))
        .unwrap()
        .0;
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let metrics = service.get("/metrics").body;
    let is_there = |line: &str| line.starts_with(series) && !line.starts_with('#');
    assert!(metrics.lines().any(is_there), "{series} in\n{metrics}");
}

#[test]
fn both_autoscalers_keep_to_the_same_bounds() {
    let hpa = manifest("k8s/hpa.yaml");
    let scaled = manifest("k8s/scaledobject.yaml");
    for (of_hpa, of_keda, bound) in [
        ("/spec/minReplicas", "/spec/minReplicaCount", 2),
        ("/spec/maxReplicas", "/spec/maxReplicaCount", 20),
    ] {
        assert_eq!(at(&hpa, of_hpa), bound);
        assert_eq!(at(&scaled, of_keda), bound);
    }
    let deployment = deployment();
    for autoscaler in [hpa, scaled] {
        let target = at(&autoscaler, "/spec/scaleTargetRef/name");
        assert_eq!(target, at(&deployment, "/metadata/name"));
    }
}
