//! Stores on a real PostgreSQL, which the tests start, kill, freeze, compact and restore.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod server;

mod access;
#[path = "../stores/conformance.rs"]
mod conformance;
mod failover;
mod faults;
mod fleet;
mod pooler;
mod proxy;
mod push;
#[path = "../stores/push.rs"]
mod pushes;
mod tables;
mod writer;
