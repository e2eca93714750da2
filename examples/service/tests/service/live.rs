//! Live settings: changes of a file, and of volumes as Kubernetes mounts them.

use crate::programs::{Proxy, Redis, Service, eventually};
use serde_json::Value;
use snapbox::{assert_data_eq, str};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
    path::Path,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Writes the config file of the service.
fn write(service: &Service, text: &str) {
    fs::write(service.directory().join("config.toml"), text).unwrap();
}

/// State of the settings in the body of readiness, which must be 200.
#[track_caller]
fn settings_state(service: &Service) -> Value {
    let answer = service.get("/health/ready");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["settings"].clone()
}

#[track_caller]
fn assert_metric(service: &Service, name: &str, value: u64) {
    let page = service.get("/metrics").body;
    let line = format!(r#"{name}{{app="service"}} {value}"#);
    assert!(
        page.lines().any(|found| found == line),
        "no {line} in {page}"
    );
}

/// Stops the service, and returns the log line that contains this text.
#[track_caller]
fn logged(service: Service, text: &str) -> String {
    service.process.signal("TERM");
    let (code, log) = service.wait();
    assert_eq!(code, Some(0), "{log}");
    let line = log.lines().find(|line| line.contains(text));
    line.unwrap_or_else(|| panic!("no {text} in {log}"))
        .to_owned()
}

#[test]
fn feature_flags_rate_limit_and_timeout_change_at_run_time() {
    let redis = Redis::start();
    let service = Service::start(&[("REDIS_URL", &redis.url)]);
    service.until_ready_is(200, r#""revision":1,"warning":null"#);
    let checkout = |service: &Service, is: bool| {
        let about = service.get("/").body;
        about.contains(&format!(r#""new_checkout":{is}"#))
    };
    assert!(checkout(&service, false));
    for _ in 0..10 {
        assert_eq!(service.get("/notes").status, 200);
    }

    write(
        &service,
        "server.timeout = '50ms'\nredis.rate_limit = 1\nfeatures.new_checkout = true",
    );
    service.until_ready_is(200, r#""revision":2,"warning":null"#);
    assert_metric(&service, "settings_revision", 2);
    assert!(checkout(&service, true));
    assert_eq!(service.get("/slow?ms=3600000").status, 504);
    eventually("too many", || service.get("/notes").status == 429);

    // A file that is removed or emptied is rejected, because a file looks like that while it is being replaced.
    write(&service, "# everything is at its default");
    service.until_ready_is(200, r#""revision":3,"warning":null"#);
    assert!(checkout(&service, false));
    assert_eq!(service.get("/notes").status, 200);

    let line = logged(service, "revision=2");
    assert_data_eq!(
        line,
        str![[
            r#"[..]  INFO settings: settings changed revision=2 changed="server.timeout: 120s -> 50ms, redis.rate_limit: - -> 1, features.new_checkout: false -> true""#
        ]]
    );
}

#[test]
fn timeouts_of_health_checks_change_at_run_time() {
    let redis = Redis::start();
    let service = Service::start(&[("REDIS_URL", &redis.url)]);
    service.until_ready_is(200, "healthy");
    write(&service, "health.redis_timeout = '150ms'");
    service.until_ready_is(200, r#""revision":2"#);
    redis.process.signal("STOP");
    service.until_ready_is(503, "no answer within 150ms");
    redis.process.signal("CONT");
    service.until_ready_is(200, "healthy");
}

/// Starts a service whose Redis answers after a tenth of a second.
fn start_with_slow_redis(redis: &Redis, probation: &str) -> Service {
    let port = Proxy::start_slow(redis.port, Duration::from_millis(50));
    let url = format!("redis://127.0.0.1:{port}");
    let service = Service::start(&[("REDIS_URL", &url), ("SETTINGS_PROBATION", probation)]);
    service.until_ready_is(200, r#""revision":1,"warning":null"#);
    // Its health is asked for once a second, and a service that was never healthy takes nothing back.
    thread::sleep(Duration::from_secs(3));
    service
}

/// A timeout that no check can meet is valid. The service becomes unready, and takes the change back.
#[test]
fn a_change_that_makes_the_service_unready_is_taken_back() {
    let redis = Redis::start();
    let service = start_with_slow_redis(&redis, "1m");
    assert_metric(&service, "settings_reverted_total", 0);
    let bad = "health.redis_timeout = '1ms'\nfeatures.new_checkout = true";
    write(&service, bad);
    service.until_ready_is(503, "no answer within 1ms");
    service.until_ready_is(200, r#""revision":3"#);
    assert_metric(&service, "settings_reverted_total", 1);
    assert!(service.get("/").body.contains(r#""new_checkout":false"#));

    // The same change beside another one is rejected, and a correct one takes effect.
    write(&service, &format!("version = '2'\n{bad}"));
    service.until_ready_is(200, "settings change rejected");
    assert_metric(&service, "settings_revision", 3);
    write(&service, "features.new_checkout = true");
    service.until_ready_is(200, r#""revision":4,"warning":null"#);
    assert_metric(&service, "settings_reverted_total", 1);

    let line = logged(service, "taken back");
    assert_data_eq!(
        line,
        str![[
            r#"[..]  WARN settings: settings change taken back revision=3 reason="the program was unhealthy three times in a row" changed="health.redis_timeout: 1ms -> 2s, features.new_checkout: true -> false""#
        ]]
    );
}

#[test]
fn probation_may_be_switched_off() {
    let redis = Redis::start();
    let service = start_with_slow_redis(&redis, "0s");
    write(&service, "health.redis_timeout = '1ms'");
    service.until_ready_is(503, "no answer within 1ms");
    thread::sleep(Duration::from_secs(5));
    service.until_ready_is(503, r#""revision":2"#);
    assert_metric(&service, "settings_reverted_total", 0);
}

/// A service that shuts down is not ready either, and that is not the fault of its settings.
#[test]
fn a_shutdown_takes_no_change_back() {
    let service = Service::start(&[("SHUTDOWN_DRAIN_DELAY", "5s")]);
    service.until_ready_is(200, "healthy");
    write(&service, "features.new_checkout = true");
    service.until_ready_is(200, r#""revision":2"#);
    service.process.signal("TERM");
    let (code, log) = service.wait();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("phase=draining"), "{log}");
    assert!(!log.contains("taken back"), "{log}");
}

/// A change is reported at once, regardless of the maximum age of the cached answer.
#[test]
fn readiness_reports_a_change_at_once() {
    let service = Service::start(&[("HEALTH_MAX_AGE", "1m")]);
    service.until_ready_is(200, "healthy");
    let start = Instant::now();
    write(&service, "log_level = 'DEBUG'");
    service.until_ready_is(200, r#""revision":2"#);
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn the_log_level_changes_at_run_time() {
    for (levels, is_logged) in [(&["ERROR"][..], false), (&["ERROR", "INFO"], true)] {
        let service = Service::start(&[]);
        service.until_ready_is(200, "healthy");
        for level in levels {
            write(&service, &format!("log_level = '{level}'"));
            // The change is logged at any level, once it is in force.
            service.until_log_contains(&format!("-> {level}"));
        }
        service.process.signal("TERM");
        let (_, log) = service.wait();
        assert_eq!(log.contains("phase=draining"), is_logged, "{log}");
    }
}

#[test]
fn a_change_that_needs_a_restart_is_reported() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    write(
        &service,
        "version = '9.9.9'\nlog_level = 'DEBUG'\ndatabase.pool_size = 3",
    );
    service.until_log_contains("restart_required");
    assert!(!service.get("/").body.contains("9.9.9"));
    let line = logged(service, "restart_required");
    assert_data_eq!(
        line,
        str![[
            r#"[..]  INFO settings: settings changed revision=2 changed="log_level: INFO -> DEBUG" restart_required="version, database.pool_size""#
        ]]
    );
}

#[test]
fn an_invalid_change_is_rejected_as_a_whole() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    write(
        &service,
        "server.timeout = '1ms'\nlog_level = 'LOUD'\nfeatures.new_chekout = true\nsentry_dsn = ['hunter2']",
    );
    service.until_log_contains("settings change rejected");
    service.until_ready_is(200, "rejected");
    let state = settings_state(&service);
    assert_eq!(state["revision"], 1);
    assert_data_eq!(
        state["warning"].as_str().unwrap(),
        str!["settings change rejected: 2 problems: log_level, sentry_dsn"]
    );
    assert_metric(&service, "settings_revision", 1);
    assert_metric(&service, "settings_rejected_total", 1);
    assert_eq!(service.get("/slow?ms=20").status, 200);

    // Malformed TOML is quoted neither in the log nor in readiness.
    write(&service, "secret_key = hunter2");
    service.until_ready_is(200, r#""settings change rejected: 1 problem""#);
    assert_metric(&service, "settings_rejected_total", 2);

    write(&service, "server.timeout = '1m'");
    service.until_ready_is(200, r#""revision":2,"warning":null"#);
    assert_metric(&service, "settings_rejected_total", 2);

    service.process.signal("TERM");
    let (code, log) = service.wait();
    assert_eq!(code, Some(0));
    let report = log.split("settings change rejected").nth(1).unwrap();
    // The next line of the log begins with a time or an address.
    let is_report = |line: &&str| !line.starts_with("20") && !line.starts_with("127.");
    let (first, rest) = report.split_once('\n').unwrap();
    let rest: Vec<&str> = rest.lines().take_while(is_report).collect();
    assert_data_eq!(
        format!("{first}\n{}\n", rest.join("\n")),
        str![[r#"
 revision=1 problems=2 key="log_level, sentry_dsn" origin="config.toml:2:13, config.toml:4:14" error=2 problems in the settings (AppSettings)

  log_level: expected one of ERROR, WARN, INFO, DEBUG, TRACE, found "LOUD" in config.toml:2:13
    help: correct log_level there, or set LOG_LEVEL, which overrides it

  sentry_dsn: expected text, found [redacted] in config.toml:4:14
    help: correct sentry_dsn there, or set SENTRY_DSN, which overrides it

cross-field rules of AppSettings: not checked until the problems above are fixed

1 warning

  config.toml:3:10: features.new_chekout does not match any setting
    help: did you mean new_checkout?

read: /etc/service/config.toml (absent), config.toml, .env (absent), /run/secrets (absent), the
      environment, arguments

"#]]
    );
}

/// Without the line, the change would be silent, because it changes nothing.
#[test]
fn a_change_that_a_variable_overrides_is_logged() {
    let service = Service::start(&[("LOG_LEVEL", "INFO")]);
    service.until_ready_is(200, "healthy");
    write(&service, "log_level = 'DEBUG'");
    let message =
        "log_level in config.toml:1:13 has no effect: environment variable LOG_LEVEL overrides it";
    service.until_log_contains(message);
    assert_eq!(settings_state(&service)["revision"], 1);
}

#[test]
fn sighup_is_acknowledged_if_nothing_changed() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    service.process.signal("HUP");
    service.until_log_contains("SIGHUP: the settings are unchanged revision=1");
}

/// Updates a volume as the kubelet does: writes the files to a new directory, and switches a link to it.
fn mount(volume: &Path, generation: &str, files: &[(&str, &str)]) {
    let target = format!("..{generation}");
    fs::create_dir_all(volume.join(&target)).unwrap();
    for (name, text) in files {
        fs::write(volume.join(&target).join(name), text).unwrap();
    }
    symlink(&target, volume.join("..data_tmp")).unwrap();
    fs::rename(volume.join("..data_tmp"), volume.join("..data")).unwrap();
    for (name, _) in files {
        let link = volume.join(name);
        if fs::symlink_metadata(&link).is_err() {
            symlink(Path::new("..data").join(name), link).unwrap();
        }
    }
}

#[test]
fn kubernetes_volumes_change_at_run_time() {
    let directory = tempfile::tempdir().unwrap();
    let (config, secrets) = (
        directory.path().join("config"),
        directory.path().join("secrets"),
    );
    let at_level = |level: &str| format!("log_level = '{level}'");
    let secret = |url| [("SECRET_KEY", "hunter2-the-key"), ("DATABASE_URL", url)];
    mount(&config, "1", &[("config.toml", &at_level("INFO"))]);
    mount(&secrets, "1", &secret("sqlite:notes.db"));
    symlink("config/config.toml", directory.path().join("config.toml")).unwrap();
    let service = start_with_secrets(directory, &secrets);
    service.until_ready_is(200, r#""revision":1,"warning":null"#);

    mount(&config, "2", &[("config.toml", &at_level("DEBUG"))]);
    service.until_log_contains("log_level: INFO -> DEBUG");

    // A Secret that could not start the service is rejected; a valid one is reported to require a restart.
    mount(&secrets, "2", &secret("mysql://app:hunter2@db/app"));
    service.until_ready_is(200, "1 problem: database.url");
    assert_eq!(settings_state(&service)["revision"], 2);
    mount(&secrets, "3", &secret("sqlite:hunter2.db"));
    service.until_log_contains(r#"restart_required="database.url""#);
    service.until_ready_is(200, r#""warning":null"#);

    let line = logged(service, "INFO -> DEBUG");
    assert!(line.contains("settings changed"), "{line}");
}

fn start_with_secrets(directory: TempDir, secrets: &Path) -> Service {
    Service::start_in(
        directory,
        &[
            ("CREDENTIALS_DIRECTORY", secrets.to_str().unwrap()),
            ("PORT", "0"),
            ("SERVER_HOST", "127.0.0.1"),
            ("REDIS_URL", ""),
            ("SHUTDOWN_DRAIN_DELAY", "0s"),
        ],
    )
}

/// The watcher waits until the file is closed, so only SIGHUP can apply this change.
#[test]
fn sighup_applies_a_change_at_once() {
    let mut service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let mut file = File::create(service.directory().join("config.toml")).unwrap();
    file.write_all(b"log_level = 'DEBUG'\n").unwrap();
    service.process.signal("HUP");
    eventually("the change", || {
        file.write_all(b"# and so on\n").unwrap();
        service.log_contains("log_level: INFO -> DEBUG")
    });
    drop(file);
    assert!(service.process.is_running());
    service.process.signal("TERM");
    assert_eq!(service.wait().0, Some(0));
}

/// Neither an incomplete nor a rejected change delays the shutdown.
#[test]
fn shutdown_does_not_wait_for_a_change() {
    let service = Service::start(&[("SHUTDOWN_GRACEFUL_TIMEOUT", "1h")]);
    service.until_ready_is(200, "healthy");
    write(&service, "log_level = 'LOUD'");
    service.until_ready_is(200, "rejected");
    let mut file = File::create(service.directory().join("config.toml")).unwrap();
    file.write_all(b"log_le").unwrap();
    let start = Instant::now();
    service.process.signal("TERM");
    assert_eq!(service.wait().0, Some(0));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}
