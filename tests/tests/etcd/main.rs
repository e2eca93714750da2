//! Stores on a real etcd, which the tests start, kill, freeze, compact and restore.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod server;

mod access;
mod cluster;
#[path = "../stores/conformance.rs"]
mod conformance;
mod faults;
mod fleet;
mod live;
mod missed;
mod proxy;
mod push;
#[path = "../stores/push.rs"]
mod pushes;
mod roles;
mod rollout_faults;
mod thousand;
mod writer;
