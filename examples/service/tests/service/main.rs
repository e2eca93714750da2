//! Tests of the binary: each test starts it on a free port, with its own PostgreSQL and Redis.
//!
//! Tests wait for conditions. Deadlines only bound failures, and are many times longer than usual durations.

#![expect(
    unreachable_pub,
    reason = "in a program, `pub` marks the items that other modules use"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod browser;
mod client;
mod deploy;
mod health;
mod limits;
mod live;
mod management;
mod monitoring;
mod notes;
mod outages;
mod programs;
mod settings;
mod shutdown;
mod telemetry;
mod template;
mod tokens;
