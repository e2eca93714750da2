//! The files in `deploy/` agree with the settings and routes of the service.

use crate::{
    client::Client,
    programs::{Service, command, run},
};
use serde_json::Value;
use settings_core::docs::assert_up_to_date;
use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};
use tempfile::TempDir;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn manifest(name: &str) -> Value {
    let text = fs::read_to_string(path("deploy").join(name)).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// Value at this JSON pointer, which must exist.
#[track_caller]
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    let found = value.pointer(pointer);
    found.unwrap_or_else(|| panic!("no {pointer} in {value:#}"))
}

fn deployment() -> Value {
    manifest("k8s/deployment.yaml")
}

fn container() -> Value {
    at(&deployment(), "/spec/template/spec/containers/0").clone()
}

/// Value of a setting when only the required ones are set.
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

fn rendered(format: &str) -> String {
    let output = run(&["settings", "docs", "--format", format], &[]);
    String::from_utf8(output.stdout).unwrap()
}

/// Key and variable of each setting whose change takes effect at run time.
fn live_settings() -> Vec<(String, String)> {
    let reference = rendered("markdown");
    let rows = reference
        .lines()
        .filter(|line| line.contains("A change takes effect at run time."));
    let live: Vec<_> = rows
        .map(|row| {
            let cells = row.split(['|', '`', ' ']);
            let mut cells = cells.filter(|cell| !cell.is_empty());
            let (key, variable) = (cells.next(), cells.next_back());
            (key.unwrap().to_owned(), variable.unwrap().to_owned())
        })
        .collect();
    assert!(!live.is_empty());
    live
}

/// File in the `ConfigMap` of the live settings.
fn live_file() -> String {
    let config = manifest("k8s/configmap-live.yaml");
    at(&config, "/data/config.toml")
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn the_rendered_objects_are_up_to_date() {
    let kubernetes = rendered("kubernetes");
    let objects: Vec<&str> = kubernetes.split("---\n").collect();
    for (file, rendered) in ["configmap", "secret", "configmap-live"]
        .iter()
        .zip(objects)
    {
        assert_up_to_date(path(&format!("deploy/k8s/{file}.yaml")), rendered);
    }
}

#[test]
fn the_mounted_file_has_exactly_the_live_settings() {
    let mut group = String::new();
    let mut keys = BTreeSet::new();
    for line in live_file().lines() {
        if let Some(name) = line.strip_prefix('[') {
            group = format!("{}.", name.trim_end_matches(']'));
        } else if let Some(setting) = line.strip_prefix('#')
            && !setting.starts_with(' ')
            && let Some((key, _)) = setting.split_once(" =")
        {
            // Each setting is in a comment, with its default.
            keys.insert(format!("{group}{key}"));
        }
    }
    let live: BTreeSet<String> = live_settings().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, live);
}

/// A variable overrides a file, so a change of a mounted setting would have no effect.
#[test]
fn no_variable_overrides_a_mounted_setting() {
    let config = manifest("k8s/configmap.yaml");
    let container = container();
    let mut variables: BTreeSet<&str> = at(&config, "/data")
        .as_object()
        .into_iter()
        .flat_map(|data| data.keys())
        .map(String::as_str)
        .collect();
    let env = at(&container, "/env").as_array().unwrap();
    variables.extend(env.iter().map(|set| at(set, "/name").as_str().unwrap()));
    let mounted = mounted_secrets();
    for variable in variables {
        let is_live = live_settings().iter().any(|(_, live)| live == variable);
        assert!(!is_live && !mounted.contains(variable), "{variable}");
    }
}

/// Keys of the Secret that are mounted as files, not set as variables.
fn mounted_secrets() -> BTreeSet<String> {
    let pod = deployment();
    let items = at(&pod, "/spec/template/spec/volumes/1/secret/items");
    let keys = items.as_array().unwrap().iter().map(|item| {
        assert_eq!(at(item, "/key"), at(item, "/path"));
        at(item, "/key").as_str().unwrap().to_owned()
    });
    keys.collect()
}

/// Every key of the rendered Secret reaches the container, including those in comments.
#[test]
fn every_secret_is_a_variable_or_mounted() {
    let secret = fs::read_to_string(path("deploy/k8s/secret.yaml")).unwrap();
    let (_, keys) = secret.split_once("stringData:\n").unwrap();
    let keys: BTreeSet<String> = keys
        .lines()
        .filter_map(|line| line.trim_start_matches([' ', '#']).split_once(": \""))
        .map(|(key, _)| key.to_owned())
        .collect();
    let mut reached = mounted_secrets();
    for set in at(&container(), "/env").as_array().unwrap() {
        if let Some(from) = set.pointer("/valueFrom/secretKeyRef") {
            assert_eq!(at(from, "/key"), at(set, "/name"));
            reached.insert(at(set, "/name").as_str().unwrap().to_owned());
        }
    }
    assert_eq!(reached, keys);
}

#[test]
fn the_volumes_are_mounted_where_the_service_reads_them() {
    let (pod, container) = (deployment(), container());
    let reference = rendered("markdown");
    let mounts = at(&container, "/volumeMounts").as_array().unwrap();
    let volumes = at(&pod, "/spec/template/spec/volumes").as_array().unwrap();
    for (mount, volume) in mounts.iter().zip(volumes) {
        assert_eq!(at(mount, "/name"), at(volume, "/name"));
        // A file mounted by `subPath` is never updated.
        assert!(mount.get("subPath").is_none());
    }
    let (config, secret) = (
        manifest("k8s/configmap-live.yaml"),
        manifest("k8s/secret.yaml"),
    );
    assert_eq!(
        at(&volumes[0], "/configMap/name"),
        at(&config, "/metadata/name")
    );
    assert_eq!(
        at(&volumes[1], "/secret/secretName"),
        at(&secret, "/metadata/name")
    );
    let mounted = |at_mount: usize| at(&mounts[at_mount], "/mountPath").as_str().unwrap();
    assert!(reference.contains(&format!("the file `{}/config.toml`", mounted(0))));
    assert!(reference.contains(&format!("the secrets directory `{}`", mounted(1))));
    let config = manifest("k8s/configmap.yaml");
    let read = at(&container, "/envFrom/0/configMapRef/name");
    assert_eq!(read, at(&config, "/metadata/name"));
}

#[test]
fn the_grace_period_is_longer_than_the_shutdown() {
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
fn the_timeouts_of_probes_are_longer_than_the_age_of_an_answer() {
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
fn every_probed_or_scraped_path_is_served() {
    let service = Service::start(&[("MANAGEMENT_PORT", "0")]);
    let container = container();
    service.until_ready_is(200, "healthy");
    for probe in ["liveness", "readiness", "startup"] {
        let probe = at(&container, &format!("/{probe}Probe/httpGet"));
        assert_eq!(at(probe, "/port"), "http");
        let path = at(probe, "/path").as_str().unwrap();
        assert_eq!(service.get(path).status, 200, "{path}");
    }
    let pod = deployment();
    let annotation = |name: &str| {
        let pointer = format!("/spec/template/metadata/annotations/prometheus.io~1{name}");
        at(&pod, &pointer).as_str().unwrap().to_owned()
    };
    let mut management = Client::connect(service.management_address()).unwrap();
    assert_eq!(management.get(&annotation("path")).unwrap().status, 200);
    let ports = at(&container, "/ports").as_array().unwrap().iter();
    let ports: Vec<String> = ports
        .map(|port| at(port, "/containerPort").to_string())
        .collect();
    assert!(ports.contains(&annotation("port")));
    let env = at(&container, "/env").as_array().unwrap().iter();
    let mut names = env.filter(|set| at(set, "/name") == "MANAGEMENT_PORT");
    assert_eq!(at(names.next().unwrap(), "/value"), &annotation("port"));
}

/// The manifests set everything that production requires, given the values that only an operator knows.
#[test]
fn the_manifests_set_every_required_setting() {
    let config = manifest("k8s/configmap.yaml");
    let mut variables: Vec<(String, String)> = at(&config, "/data")
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    for set in at(&container(), "/env").as_array().unwrap() {
        let name = at(set, "/name").as_str().unwrap();
        variables.retain(|(known, _)| known != name);
        let value = match set.get("value") {
            Some(value) => value.as_str().unwrap(),
            None => operator_value(name),
        };
        variables.push((name.to_owned(), value.to_owned()));
    }
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("config.toml"), live_file()).unwrap();
    assert_valid(&directory, &variables);
}

#[test]
fn the_compose_file_sets_every_required_setting() {
    let compose = manifest("compose.yaml");
    let set = at(&compose, "/services/service/environment");
    let variables: Vec<(String, String)> = set
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().unwrap();
            let value = if value.contains("${") {
                operator_value(name)
            } else {
                value
            };
            (name.clone(), value.to_owned())
        })
        .collect();
    assert_valid(&tempfile::tempdir().unwrap(), &variables);
}

fn operator_value(name: &str) -> &'static str {
    match name {
        "SECRET_KEY" => "0f3c9b1e57aa42d88d0c6e9f7b1a2c3d4e5f60718293a4b5",
        "DATABASE_URL" => "postgres://app:x@db/app",
        other => panic!("no value for {other}"),
    }
}

#[track_caller]
fn assert_valid(directory: &TempDir, variables: &[(String, String)]) {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let run = |arguments: &[&str]| {
        let mut command = command(directory.path(), &variables);
        command.args(arguments).output().unwrap()
    };
    let output = run(&["settings", "check"]);
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let output = run(&[
        "settings",
        "dump",
        "--only",
        "environment",
        "--format",
        "env",
    ]);
    assert_eq!(output.stdout, b"ENVIRONMENT=production\n");
}

/// The query of the autoscaler names an existing metric and label.
#[test]
fn the_autoscaler_queries_an_existing_metric() {
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
    let matches = |line: &str| line.starts_with(series) && !line.starts_with('#');
    assert!(metrics.lines().any(matches), "{series} in\n{metrics}");
}

#[test]
fn both_autoscalers_have_the_same_bounds() {
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
