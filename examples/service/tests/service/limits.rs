//! Limits on connections, requests and time; the process itself.

use crate::programs::{Service, eventually};
use std::{fs, net::TcpListener};

#[test]
fn a_connection_over_the_limit_gets_503_with_retry_after() {
    let service = Service::start(&[
        ("SERVER_WORKER_CONNECTIONS", "2"),
        ("SERVER_KEEPALIVE", "1h"),
    ]);
    // These requests use connections too.
    service.until_ready_is(200, "healthy");
    // Earlier connections may still be counted: then both are opened again.
    let mut kept = Vec::new();
    eventually("two connections", || {
        kept.clear();
        kept.extend([service.client(), service.client()]);
        kept.iter_mut().all(|client| {
            client
                .get("/notes")
                .is_ok_and(|answer| answer.status == 200)
        })
    });

    let mut third = service.client();
    let rejected = third.get("/notes").unwrap();
    assert_eq!(
        (rejected.status, rejected.header("retry-after")),
        (503, Some("1"))
    );
    assert!(rejected.closes() && third.closed());
    // Probes are always answered; otherwise a busy service would be killed.
    assert_eq!(service.get("/health/live").status, 200);

    kept.pop();
    eventually("room for another", || service.get("/notes").status == 200);
}

#[test]
fn a_request_that_times_out_gets_504() {
    let service = Service::start(&[("SERVER_TIMEOUT", "50ms")]);
    let answer = service.get("/slow?ms=3600000");
    assert_eq!(
        (answer.status, &*answer.body),
        (504, r#"{"error":"the request timed out"}"#)
    );
}

#[test]
fn an_idle_connection_is_closed() {
    let service = Service::start(&[("SERVER_KEEPALIVE", "100ms")]);
    let mut asked = service.client();
    asked.get("/health/live").unwrap();
    assert!(asked.closed());
    assert!(service.client().closed(), "a connection without a request");
}

#[test]
fn production_has_no_slow_route() {
    let service = Service::start(&[("ENVIRONMENT", "staging")]);
    assert_eq!(service.get("/slow?ms=1").status, 200);
    let postgres = crate::programs::Postgres::start();
    let service = Service::start(&[
        ("ENVIRONMENT", "production"),
        ("SECRET_KEY", "hunter2-0123456789abcdef0123456789abcdef"),
        ("DATABASE_URL", &postgres.url),
    ]);
    assert_eq!(service.get("/slow?ms=1").status, 404);
}

#[test]
fn the_number_of_threads_is_configurable() {
    let threads = |variables: &[(&str, &str)]| {
        let service = Service::start(variables);
        let tasks = format!("/proc/{}/task", service.process.id());
        let names = fs::read_dir(tasks)
            .unwrap()
            .map(|task| fs::read_to_string(task.unwrap().path().join("comm")).unwrap());
        names.filter(|name| name.starts_with("tokio-")).count()
    };
    assert_eq!(threads(&[("WORKERS", "3")]), 3);
    let cpus = std::thread::available_parallelism().unwrap().get();
    assert_eq!(threads(&[]), cpus);
    assert_eq!(threads(&[("SERVER_WORKER_FACTOR", "2")]), 2 * cpus + 1);
}

#[test]
fn the_process_name_is_configurable() {
    let service = Service::start(&[("SERVER_PROC_NAME", "notes")]);
    let name = fs::read_to_string(format!("/proc/{}/comm", service.process.id())).unwrap();
    assert_eq!(name, "notes\n");
}

#[test]
fn a_port_in_use_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = crate::programs::run(
        &[],
        &[
            ("PORT", &port),
            ("SERVER_HOST", "127.0.0.1"),
            ("DATABASE_URL", "sqlite:x"),
            ("SECRET_KEY", "k"),
        ],
    );
    assert_eq!(output.status.code(), Some(71));
    assert!(String::from_utf8(output.stdout).unwrap().contains("in use"));
}
