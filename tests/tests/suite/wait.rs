//! Waits for a condition, however slow the machine is.

use std::{
    thread,
    time::{Duration, Instant},
};

pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_mins(1), "never: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
