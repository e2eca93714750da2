//! Settings from an etcd cluster of three members, one of which fails.

use crate::server::Server;
use settings_core::{
    Settings,
    remote::{Store, StoreState},
};
use settings_etcd::EtcdSettings;
use std::{
    slice, thread,
    time::{Duration, Instant},
};

/// Longer than anything takes; only a test that fails waits for it.
const LONG: Duration = Duration::from_mins(2);

/// Two keys that are always written in one transaction.
#[derive(Debug, Settings)]
struct Pair {
    #[settings(reload)]
    low: u64,
    #[settings(reload)]
    high: u64,
}

fn store(members: &[Server]) -> Store {
    let endpoints = members.iter().map(Server::endpoint);
    let mut settings = EtcdSettings::new(endpoints, "/shop/");
    settings.timeout = LONG;
    settings.heartbeat = Duration::from_secs(2);
    let retry = Duration::from_millis(50)..=Duration::from_millis(400);
    settings.store().retry(retry).start()
}

fn until(what: &str, store: &Store, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "never: {what}; {store:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Writes a number to the first member that accepts it, on the condition that the number before it is in force. So a write
/// that is applied late, after another member has accepted it too, has no effect.
fn write(members: &[Server], number: u64) {
    let (low, high) = (number.to_string(), (number + 1).to_string());
    let changes = [("low", Some(&*low)), ("high", Some(&*high))];
    let after = match number {
        0 => String::new(),
        _ => format!("value(\"/shop/low\") = \"{}\"", number - 1),
    };
    let began = Instant::now();
    let mut takes = members.iter().cycle();
    let is_written =
        |member: &Server| member.is_running() && member.try_change(&after, &changes).is_ok();
    while !takes.by_ref().take(members.len()).any(is_written) {
        assert!(began.elapsed() < LONG, "no member takes {number}");
    }
}

#[derive(Clone, Copy)]
enum Loss {
    Killed,
    Frozen,
}

/// Writes numbers, stops one member, writes to the others, and starts the member again. The pair in force is never mixed,
/// never regresses, follows the other members, and is the last one in the end.
fn lose(members: &mut [Server; 3], store: &Store, lost: usize, how: Loss) {
    const LAST: u64 = 30;
    let live = Pair::empty_loader().store(store).live().unwrap();
    live.follow(store).unwrap().detach();
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut seen, began) = (0, Instant::now());
            while seen < LAST {
                let pair = live.current();
                assert_eq!(pair.low + 1, pair.high, "torn");
                assert!(pair.low >= seen, "went back from {seen} to {}", pair.low);
                assert!(began.elapsed() < 4 * LONG, "the last never came");
                seen = pair.low;
                thread::sleep(Duration::from_micros(200));
            }
        });
        (1..=10).for_each(|number| write(members, number));
        match how {
            Loss::Killed => members[lost].kill(),
            Loss::Frozen => members[lost].freeze(),
        }
        for number in 11..=20 {
            let other = (lost + 1 + usize::try_from(number).unwrap() % 2) % members.len();
            write(slice::from_ref(&members[other]), number);
        }
        until("the other members are followed", store, || {
            live.current().low == 20
        });
        until("another member is connected", store, || {
            store.status().state == StoreState::Connected
        });
        match how {
            Loss::Killed => members[lost].run(),
            Loss::Frozen => members[lost].thaw(),
        }
        (21..=LAST).for_each(|number| write(members, number));
        reader.join().unwrap();
    });
    let status = store.status();
    assert_eq!(
        (status.state, live.status().rejections),
        (StoreState::Connected, 0)
    );
    assert!(status.attempts <= 20, "{status:?}");
}

/// A cluster with the number 0.
fn cluster() -> [Server; 3] {
    let members = Server::start_cluster();
    write(&members, 0);
    members
}

/// The index of the member that the only client is connected to.
fn connected_to(members: &[Server], store: &Store) -> usize {
    let at = || members.iter().position(|member| member.calls("Watch") > 0);
    until("a member is connected", store, || at().is_some());
    at().unwrap()
}

#[test]
fn a_kill_of_the_connected_member_loses_nothing() {
    let mut members = cluster();
    let store = store(&members);
    let at = connected_to(&members, &store);
    lose(&mut members, &store, at, Loss::Killed);
    assert!(store.status().last_error.is_some());
}

#[test]
fn a_freeze_of_the_connected_member_loses_nothing() {
    let mut members = cluster();
    let store = store(&members);
    let at = connected_to(&members, &store);
    lose(&mut members, &store, at, Loss::Frozen);
    assert!(store.status().last_error.is_some());
}

#[test]
fn a_kill_of_the_leader_loses_nothing() {
    let mut members = cluster();
    let leader = members.iter().position(Server::leads).unwrap();
    members.swap(0, leader);
    let store = store(&members[1..]);
    lose(&mut members, &store, 0, Loss::Killed);
}

/// An endpoint that accepts connections but does not answer delays a start by a second, not by the deadline.
#[test]
fn a_frozen_endpoint_does_not_hold_up_a_start() {
    let [frozen, running] = Server::start_several();
    write(slice::from_ref(&running), 0);
    frozen.freeze();
    let endpoints = [frozen.endpoint(), running.endpoint()];
    // A client starts with a random endpoint.
    for _ in 0..6 {
        let mut settings = EtcdSettings::new(endpoints.clone(), "/shop/");
        settings.timeout = Duration::from_secs(30);
        settings.heartbeat = Duration::from_mins(2);
        let store = settings.store().start();
        let pair = Pair::empty_loader().store(&store).load().unwrap();
        assert_eq!((pair.low, pair.high), (0, 1));
    }
}
