//! Limits on connections, requests and time; the process itself.

use crate::{
    client::Client,
    programs::{Service, command, eventually},
};
use std::{fs, io::Write, net::TcpListener, time::Duration};

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
        (answer.status, &*answer.detail()),
        (504, "the request timed out")
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
fn the_number_of_threads_is_configurable() {
    let cpus = std::thread::available_parallelism().unwrap().get();
    for (variables, expected) in [
        (&[("WORKERS", "3")][..], 3),
        (&[], cpus),
        (&[("SERVER_WORKER_FACTOR", "2")], 2 * cpus + 1),
    ] {
        let service = Service::start(variables);
        let tasks = format!("/proc/{}/task", service.process.id());
        // A thread has its name a moment after it has started.
        eventually("the threads of the runtime", || {
            let names = fs::read_dir(&tasks)
                .unwrap()
                .filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
            names.filter(|name| name.starts_with("tokio-")).count() == expected
        });
    }
}

#[test]
fn the_process_name_is_configurable() {
    let service = Service::start(&[("SERVER_PROC_NAME", "notes")]);
    let name = fs::read_to_string(format!("/proc/{}/comm", service.process.id())).unwrap();
    assert_eq!(name, "notes\n");
}

#[test]
fn a_port_in_use_is_reported_with_its_origin() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let env_file = format!("DATABASE_URL=sqlite:x\nSECRET_KEY=k\n\nPORT={port}\n");
    let config_file = format!("[server]\nport = {port}\n");
    let argument = format!("--server-port={port}");
    let argument: &[&str] = &[&argument];
    let address = ("SERVER_HOST", "127.0.0.1");
    let other_address = ("SERVER_HOST", "192.0.2.1");
    let variable = ("PORT", &*port);
    for (file, text, variables, arguments, origin, reason) in [
        (
            ".env",
            &*env_file,
            &[address][..],
            &[][..],
            "PORT from .env:4",
            "already in use",
        ),
        (
            "config.toml",
            &config_file,
            &[address],
            &[],
            "server.port from config.toml:2:8",
            "already in use",
        ),
        (
            "x",
            "",
            &[address, variable],
            &[],
            "environment variable PORT",
            "already in use",
        ),
        (
            "x",
            "",
            &[address],
            argument,
            "argument --server-port",
            "already in use",
        ),
        (
            "x",
            "",
            &[other_address, variable],
            &[],
            "environment variable SERVER_HOST",
            "no such address",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(file), text).unwrap();
        let required = [
            ("DATABASE_URL", "sqlite:x"),
            ("SECRET_KEY", "k"),
            ("REDIS_URL", ""),
        ];
        let output = command(directory.path(), &[&required, variables].concat())
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(71));
        let log = String::from_utf8(output.stdout).unwrap();
        let message = log.split("cannot listen on ").nth(1);
        let message = message.unwrap_or_else(|| panic!("{log}"));
        assert!(
            message.contains(&format!(":{port} ({origin}): ")),
            "no {origin} in {log}"
        );
        assert!(message.contains(reason), "no {reason} in {log}");
    }
}

/// Sends requests without reading answers, until the service reads no more. Returns the number of requests.
fn send_without_reading(client: &Client, path: &str) -> usize {
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
    let requests = request.repeat(100);
    let mut stream = client.stream();
    // Otherwise the kernel receives megabytes for the client.
    rustix::net::sockopt::set_socket_recv_buffer_size(stream, 16 * 1024).unwrap();
    stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut sent = 0;
    while let Ok(bytes @ 1..) = stream.write(requests.as_bytes()) {
        sent += bytes;
    }
    sent / request.len()
}

#[test]
fn a_client_that_never_reads_is_disconnected() {
    let service = Service::start(&[
        ("SERVER_WORKER_CONNECTIONS", "3"),
        ("SERVER_KEEPALIVE", "1h"),
        ("SERVER_IO_TIMEOUT", "200ms"),
        ("MANAGEMENT_PORT", "0"),
    ]);
    service.until_ready_is(200, "healthy");
    let mut monitoring = Client::connect(service.management_address()).unwrap();
    eventually("only this connection", || {
        let metrics = monitoring.get("/metrics").unwrap();
        metrics
            .body
            .contains("http_connections{app=\"service\"} 1\n")
    });
    let stuck = [service.client(), service.client(), service.client()];
    let sent: Vec<_> = stuck
        .iter()
        .map(|client| send_without_reading(client, "/docs"))
        .collect();
    eventually("room for another connection", || {
        service
            .client()
            .get("/notes")
            .is_ok_and(|answer| answer.status == 200)
    });
    // Requests are only processed as far as their answers fit the buffers: less than a megabyte per connection.
    let metrics = monitoring.get("/metrics").unwrap().body;
    let answered = metrics.lines().find_map(|line| {
        line.strip_prefix(r#"http_request_duration_seconds_count{app="service",path="/docs"} "#)
    });
    let answered: usize = answered.unwrap().parse().unwrap();
    let size = service.get("/docs").body.len();
    let bytes = answered * size;
    assert!(
        bytes < stuck.len() * 1_000_000,
        "{bytes} for {sent:?} requests"
    );
    assert!(answered < sent.iter().sum(), "{answered} of {sent:?}");
}

#[test]
fn metrics_are_reachable_while_all_connections_are_in_use() {
    let service = Service::start(&[
        ("SERVER_WORKER_CONNECTIONS", "1"),
        ("SERVER_KEEPALIVE", "1h"),
        ("MANAGEMENT_PORT", "0"),
    ]);
    let mut only = service.client();
    eventually("the only connection", || {
        only = service.client();
        only.get("/notes").is_ok_and(|answer| answer.status == 200)
    });
    assert_eq!(service.get("/metrics").status, 503);
    let mut management = Client::connect(service.management_address()).unwrap();
    for path in ["/metrics", "/health/live", "/health/ready"] {
        assert_eq!(management.get(path).unwrap().status, 200, "{path}");
    }
    assert_eq!(management.get("/notes").unwrap().status, 404);
}

#[test]
fn a_request_body_that_stops_gets_408() {
    let service = Service::start(&[("SERVER_IO_TIMEOUT", "200ms"), ("SERVER_TIMEOUT", "1h")]);
    for (path, media_type) in [
        ("/notes", "application/json"),
        ("/token", "application/x-www-form-urlencoded"),
    ] {
        let mut client = service.client();
        let head = format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-type: {media_type}");
        client
            .send_raw(&format!("{head}\r\ncontent-length: 100\r\n\r\n{{"))
            .unwrap();
        let answer = client.answer().unwrap();
        assert_eq!(answer.status, 408, "{}", answer.body);
        assert_eq!(answer.detail(), "the request body was not sent in time");
        assert!(answer.closes() && client.closed());
    }
}

#[test]
fn a_request_needs_exactly_one_valid_host() {
    let service = Service::start(&[]);
    for (head, status) in [
        ("GET /health/live HTTP/1.1\r\nhost: a.example", 200),
        ("GET /health/live HTTP/1.1\r\nhost: [::1]:8000", 200),
        ("GET /health/live HTTP/1.0", 200),
        ("GET /health/live HTTP/1.1", 400),
        ("GET / HTTP/1.1", 400),
        ("GET http://a.example/ HTTP/1.1", 400),
        ("GET / HTTP/1.1\r\nhost: a.example\r\nhost: a.example", 400),
        ("GET / HTTP/1.1\r\nHost: a.example\r\nhost: b.example", 400),
        ("GET / HTTP/1.0\r\nhost: a.example\r\nhost: b.example", 400),
        ("GET / HTTP/1.1\r\nhost: ", 400),
        ("GET / HTTP/1.1\r\nhost: a.example, b.example", 400),
        ("GET / HTTP/1.1\r\nhost: a.example/path", 400),
        ("GET / HTTP/1.1\r\nhost: user@a.example", 400),
    ] {
        let mut client = service.client();
        client.send_raw(&format!("{head}\r\n\r\n")).unwrap();
        let answer = client.answer().unwrap();
        assert_eq!(answer.status, status, "{head}: {}", answer.body);
        if status == 400 {
            assert_eq!(answer.detail(), "expected exactly one valid header Host");
            assert!(answer.closes(), "{head}");
        }
    }
}

#[test]
fn a_low_limit_of_open_files_lowers_the_number_of_connections() {
    let service = Service::start_limited("-n 128", &[("SERVER_KEEPALIVE", "1h")]);
    service.until_log_contains("fewer client connections than configured");
    service.until_log_contains("configured=1000");
    service.until_ready_is(200, "healthy");
    let idle: Vec<_> = (0..200).map(|_| service.client()).collect();
    for probe in ["live", "startup", "ready"] {
        assert_eq!(service.get(&format!("/health/{probe}")).status, 200);
    }
    drop(idle);
    eventually("an answer", || service.get("/notes").status == 200);
    assert!(!service.log_contains("cannot accept connections"));
}

#[test]
fn the_soft_limit_of_open_files_is_raised() {
    let service = Service::start_limited("-S -n 128", &[]);
    service.until_ready_is(200, "healthy");
    let metrics = service.get("/metrics").body;
    let max = metrics
        .lines()
        .find_map(|line| line.strip_prefix(r#"process_max_fds{app="service"} "#));
    let max: u64 = max.unwrap().parse().unwrap();
    assert!(max > 1000, "{max}");
    assert!(!service.log_contains("fewer client connections"));
}
