//! Fleets and rollouts on a store in memory.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "../suite/dir.rs"]
#[allow(dead_code, reason = "these tests need few of its functions")]
mod dir;

mod hostile;
mod instances;
mod rollouts;

use std::{
    thread,
    time::{Duration, Instant},
};

/// Waits for a condition, however slow the machine is.
#[track_caller]
fn until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_mins(1), "it never holds");
        thread::sleep(Duration::from_millis(2));
    }
}
