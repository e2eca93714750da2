//! A fleet of processes with many instances each, on an etcd of three members: good and bad changes under faults, checked
//! against etcd's own history and the log of each instance. README.md has the figures.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test: a helper that fails fails it, and figures are printed"
)]

mod checker;
mod figures;
mod history;
mod processes;
mod scenarios;
#[path = "../etcd/server.rs"]
#[allow(dead_code, reason = "this test needs few of its functions")]
mod server;

use scenarios::Scale;
use std::{
    env, thread,
    time::{Duration, Instant},
};

/// Longer than anything takes; only a test that fails waits for it.
const LONG: Duration = Duration::from_mins(5);

/// `SETTINGS_FLEET=8x125` is the size of the figures: real seconds, and 8 processes with 125 instances each.
#[test]
fn changes_reach_a_fleet_as_promised_whatever_fails() {
    #[expect(clippy::disallowed_methods, reason = "only its size is configured")]
    let size = env::var("SETTINGS_FLEET").ok();
    let size = size.map(|size| {
        let (processes, each) = size.split_once('x').expect("SETTINGS_FLEET=8x125");
        (processes.parse().unwrap(), each.parse().unwrap())
    });
    scenarios::run(match size {
        Some((processes, each)) => Scale::full(processes, each),
        None => Scale::small(),
    });
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONG, "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
