//! The real binary, on a port of its own, with a PostgreSQL and a Redis of its own.
//!
//! No verdict hangs on a clock, but for bounds that are many times what is usual.

#![expect(
    unreachable_pub,
    reason = "in a program `pub` says what a file offers to the others"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod client;
mod deploy;
mod health;
mod limits;
mod live;
mod notes;
mod programs;
mod settings;
mod shutdown;
mod telemetry;
mod tokens;
