//! How it ends: nobody is cut off who plays by the rules, and the exit code tells if somebody was.

use crate::{
    client::{Answer, Client},
    programs::{Postgres, Service, Silent, eventually, postgres_url, was_closed},
};
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Asks over and over, as a balancer does: on kept connections, and no more once readiness says 503.
/// Gives what went wrong.
fn load(service: &Service, clients: usize, during: impl FnOnce()) -> (usize, Vec<String>) {
    let (sent_away, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let ask = || {
        let mut client = None;
        while !sent_away.load(Ordering::SeqCst) {
            let fresh = client.is_none();
            let connection = match &mut client {
                Some(client) => client,
                None => client
                    .insert(Client::connect(service.address).map_err(|error| error.to_string())?),
            };
            match connection.get("/notes") {
                Ok(answer) if answer.status == 200 => {
                    asked.fetch_add(1, Ordering::Relaxed);
                    if answer.closes() {
                        client = None;
                    }
                }
                // HTTP allows a server to close a kept connection, and a client to ask again on a fresh one.
                Err(error) if was_closed(&error) && !fresh => client = None,
                Err(error) => return Err(error.to_string()),
                Ok(answer) => return Err(format!("{} {}", answer.status, answer.body)),
            }
        }
        Ok(())
    };
    let failed = thread::scope(|scope| {
        let asking: Vec<_> = (0..clients).map(|_| scope.spawn(ask)).collect();
        eventually("some load", || asked.load(Ordering::Relaxed) > 100);
        during();
        eventually("readiness turned 503", || {
            service.get("/health/ready").status == 503
        });
        sent_away.store(true, Ordering::SeqCst);
        asking
            .into_iter()
            .filter_map(|one| one.join().unwrap().err())
            .collect()
    });
    (asked.into_inner(), failed)
}

#[test]
fn no_request_fails_when_it_is_told_to_end_under_load() {
    let postgres = Postgres::start();
    let service = Service::start(&[
        ("DATABASE_URL", &postgres.url),
        ("SHUTDOWN_DRAIN_DELAY", "2s"),
    ]);
    service.until_ready_is(200, "healthy");
    let (asked, failed) = load(&service, 8, || service.process.signal("TERM"));
    assert!(failed.is_empty(), "of {asked}: {failed:?}");
    let (code, log) = service.ended();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn no_request_fails_when_it_has_served_as_many_as_it_is_good_for() {
    let service = Service::start(&[
        ("SERVER_MAX_REQUESTS", "2000"),
        ("SERVER_MAX_REQUESTS_JITTER", "100"),
        ("SHUTDOWN_DRAIN_DELAY", "2s"),
    ]);
    service.until_ready_is(200, "healthy");
    let (asked, failed) = load(&service, 8, || ());
    assert!(failed.is_empty(), "of {asked}: {failed:?}");
    assert!(asked > 500, "{asked}");
    assert_eq!(service.ended().0, Some(0));
}

#[test]
fn while_it_drains_it_serves_but_is_unready_and_closes() {
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

    // A second signal ends the waiting, and nothing was in flight.
    service.process.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
}

/// Starts a request that takes so long, and waits until the service is at it.
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
fn what_is_in_flight_is_finished_and_what_is_new_refused() {
    let service = Service::start(&[]);
    service.until_ready_is(200, "healthy");
    let mut slow = in_flight(&service, 3000);
    service.process.signal("TERM");
    service.until_log_says("phase=Refusing");

    let refused = service.get("/notes");
    assert_eq!((refused.status, refused.closes()), (503, true));
    assert_eq!(refused.body, r#"{"error":"Service shutting down"}"#);
    assert_eq!(service.get("/health/live").status, 200);
    assert_eq!(service.get("/health/ready").status, 503);

    let answer = slow.answer().unwrap();
    assert_eq!((answer.status, answer.closes()), (200, true));
    assert_eq!(answer.body, r#"{"slept_ms":3000}"#);
    assert_eq!(service.ended().0, Some(0));
}

#[track_caller]
fn was_cut(answer: &Answer, ended: &(Option<i32>, String)) {
    assert_eq!((answer.status, answer.closes()), (503, true));
    assert_eq!(answer.body, r#"{"error":"Service shutting down"}"#);
    let (code, log) = ended;
    assert_eq!(*code, Some(75), "{log}");
    assert!(
        log.contains("cutting requests that are still in flight in_flight=1"),
        "{log}"
    );
    assert!(log.contains("requests were cut cut=1"), "{log}");
    // The access log is written to its last line.
    assert!(
        log.contains(r#""GET /slow?ms=3600000 HTTP/1.1" 503 33"#),
        "{log}"
    );
}

#[test]
fn at_the_deadline_the_rest_is_cut_and_counted() {
    let service = Service::start(&[
        ("SHUTDOWN_GRACEFUL_TIMEOUT", "300ms"),
        ("SERVER_TIMEOUT", "1h"),
    ]);
    service.until_ready_is(200, "healthy");
    let mut slow = in_flight(&service, 3_600_000);
    service.process.signal("TERM");
    was_cut(&slow.answer().unwrap(), &service.ended());
}

#[test]
fn a_second_signal_cuts_at_once() {
    let service = Service::start(&[
        ("SHUTDOWN_GRACEFUL_TIMEOUT", "1h"),
        ("SERVER_TIMEOUT", "1h"),
    ]);
    service.until_ready_is(200, "healthy");
    let mut slow = in_flight(&service, 3_600_000);
    service.process.signal("INT");
    service.until_log_says("phase=Refusing");
    service.process.signal("INT");
    was_cut(&slow.answer().unwrap(), &service.ended());
}

#[test]
fn a_signal_while_it_starts_ends_it_too() {
    let silent = Silent::start();
    let url = postgres_url(silent.port);
    let service = Service::start(&[("DATABASE_URL", &url)]);
    service.process.signal("TERM");
    let (code, log) = service.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("INFO service::hooks: started"), "{log}");
}

#[test]
fn with_nothing_in_flight_it_ends_at_once_after_the_delay() {
    let service = Service::start(&[("SHUTDOWN_GRACEFUL_TIMEOUT", "1h")]);
    service.until_ready_is(200, "healthy");
    // Idle connections, and one that never says what it wants, hold up nobody.
    let mut idle = service.client();
    idle.get("/notes").unwrap();
    let _mute = service.client();
    let began = Instant::now();
    service.process.signal("TERM");
    assert_eq!(service.ended().0, Some(0));
    // Usually a few milliseconds; the graceful timeout is an hour.
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(idle.closed());
}
