//! Graceful shutdown: no well-behaved client loses a request, and the exit code reports aborted ones.

use crate::{
    client::{Answer, Client},
    programs::{Postgres, Service, UnresponsiveServer, eventually, postgres_url, was_closed},
};
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Sends requests as a load balancer does: on persistent connections, until readiness turns 503. Returns the number of
/// answers, and the errors.
fn load(service: &Service, clients: usize, during: impl FnOnce()) -> (usize, Vec<String>) {
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let send = || {
        let mut client = None;
        while !stop.load(Ordering::SeqCst) {
            let fresh = client.is_none();
            let connection = match &mut client {
                Some(client) => client,
                None => client
                    .insert(Client::connect(service.address).map_err(|error| error.to_string())?),
            };
            match connection.get("/notes") {
                Ok(answer) if answer.status == 200 => {
                    answered.fetch_add(1, Ordering::Relaxed);
                    if answer.closes() {
                        client = None;
                    }
                }
                // A server may close an idle connection; then a client retries on a new one.
                Err(error) if was_closed(&error) && !fresh => client = None,
                Err(error) => return Err(error.to_string()),
                Ok(answer) => return Err(format!("{} {}", answer.status, answer.body)),
            }
        }
        Ok(())
    };
    let failed = thread::scope(|scope| {
        let senders: Vec<_> = (0..clients).map(|_| scope.spawn(send)).collect();
        eventually("some load", || answered.load(Ordering::Relaxed) > 100);
        during();
        eventually("readiness turned 503", || {
            service.get("/health/ready").status == 503
        });
        stop.store(true, Ordering::SeqCst);
        senders
            .into_iter()
            .filter_map(|one| one.join().unwrap().err())
            .collect()
    });
    (answered.into_inner(), failed)
}

#[test]
fn sigterm_under_load_fails_no_request() {
    let postgres = Postgres::start();
    let service = Service::start(&[
        ("DATABASE_URL", &postgres.url),
        ("SHUTDOWN_DRAIN_DELAY", "2s"),
    ]);
    service.until_ready_is(200, "healthy");
    let (answered, failed) = load(&service, 8, || service.process.signal("TERM"));
    assert!(failed.is_empty(), "of {answered}: {failed:?}");
    let (code, log) = service.wait();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn max_requests_under_load_fails_no_request() {
    let service = Service::start(&[
        ("SERVER_MAX_REQUESTS", "2000"),
        ("SERVER_MAX_REQUESTS_JITTER", "100"),
        ("SHUTDOWN_DRAIN_DELAY", "2s"),
    ]);
    service.until_ready_is(200, "healthy");
    let (answered, failed) = load(&service, 8, || ());
    assert!(failed.is_empty(), "of {answered}: {failed:?}");
    assert!(answered > 500, "{answered}");
    assert_eq!(service.wait().0, Some(0));
}

#[test]
fn requests_are_served_while_draining() {
    let mut service = Service::start(&[("SHUTDOWN_DRAIN_DELAY", "10m")]);
    service.until_ready_is(200, "healthy");
    let mut kept = service.client();
    assert!(!kept.get("/notes").unwrap().closes());

    service.process.signal("TERM");
    service.until_ready_is(503, "shutting down");
    let answer = kept.get("/notes").unwrap();
    assert_eq!((answer.status, answer.closes()), (200, true));
    assert!(kept.closed());
    let fresh = service.get("/notes");
    assert_eq!((fresh.status, fresh.closes()), (200, true));
    assert_eq!(service.get("/health/live").status, 200);
    assert!(service.process.is_running());

    // A second signal ends the drain. Nothing was in flight.
    service.process.signal("TERM");
    assert_eq!(service.wait().0, Some(0));
}

/// Sends a slow request, and waits until it is in flight.
fn in_flight(service: &Service, millis: u64) -> Client {
    let mut client = service.client();
    client.send(&format!("/slow?ms={millis}")).unwrap();
    eventually("a request in flight", || {
        service
            .get("/metrics")
            .body
            .contains("in_flight{app=\"service\"} 2")
    });
    client
}

#[test]
fn requests_in_flight_complete_and_new_ones_get_503() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let mut slow = in_flight(&service, 3000);
    service.process.signal("TERM");
    service.until_log_contains("phase=refusing");

    let rejected = service.get("/notes");
    assert_eq!((rejected.status, rejected.closes()), (503, true));
    assert_eq!(rejected.detail(), "the service is shutting down");
    assert_eq!(service.get("/health/live").status, 200);
    assert_eq!(service.get("/health/ready").status, 503);

    let answer = slow.answer().unwrap();
    assert_eq!((answer.status, answer.closes()), (200, true));
    assert_eq!(answer.body, r#"{"slept_ms":3000}"#);
    assert_eq!(service.wait().0, Some(0));
}

#[track_caller]
fn assert_aborted(answer: &Answer, exit: &(Option<i32>, String)) {
    assert_eq!((answer.status, answer.closes()), (503, true));
    assert_eq!(answer.detail(), "the service is shutting down");
    let (code, log) = exit;
    assert_eq!(*code, Some(75), "{log}");
    assert!(
        log.contains("aborting requests still in flight in_flight=1"),
        "{log}"
    );
    assert!(log.contains("requests were aborted aborted=1"), "{log}");
    // The last line of the access log is written.
    assert!(
        log.contains(&format!(
            r#""GET /slow?ms=3600000 HTTP/1.1" 503 {}"#,
            answer.body.len()
        )),
        "{log}"
    );
}

#[test]
fn requests_still_in_flight_at_the_deadline_are_aborted() {
    let service = Service::start(&[
        ("SHUTDOWN_GRACEFUL_TIMEOUT", "300ms"),
        ("SERVER_TIMEOUT", "1h"),
    ]);
    service.until_ready_is(200, "healthy");
    let mut slow = in_flight(&service, 3_600_000);
    service.process.signal("TERM");
    assert_aborted(&slow.answer().unwrap(), &service.wait());
}

#[test]
fn a_second_signal_aborts_at_once() {
    let service = Service::start(&[
        ("SHUTDOWN_GRACEFUL_TIMEOUT", "1h"),
        ("SERVER_TIMEOUT", "1h"),
    ]);
    service.until_ready_is(200, "healthy");
    let mut slow = in_flight(&service, 3_600_000);
    service.process.signal("INT");
    service.until_log_contains("phase=refusing");
    service.process.signal("INT");
    assert_aborted(&slow.answer().unwrap(), &service.wait());
}

#[test]
fn a_signal_during_initialization_ends_the_process() {
    let unresponsive = UnresponsiveServer::start();
    let url = postgres_url(unresponsive.port);
    // There is no drain delay before the first readiness: no load balancer sends requests yet.
    let service = Service::start(&[("DATABASE_URL", &url), ("SHUTDOWN_DRAIN_DELAY", "10m")]);
    service.process.signal("TERM");
    let (code, log) = service.wait();
    assert_eq!(code, Some(0), "{log}");
    assert!(
        !log.contains("INFO service::hooks: initialization complete"),
        "{log}"
    );
}

#[test]
fn an_idle_service_ends_at_once_after_the_drain_delay() {
    let service = Service::start(&[("SHUTDOWN_GRACEFUL_TIMEOUT", "1h")]);
    service.until_ready_is(200, "healthy");
    // Neither an idle connection nor one without a request delays the shutdown.
    let mut idle = service.client();
    idle.get("/notes").unwrap();
    let _unused = service.client();
    let start = Instant::now();
    service.process.signal("TERM");
    assert_eq!(service.wait().0, Some(0));
    // Usually a few milliseconds; the graceful timeout is an hour.
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    assert!(idle.closed());
}
