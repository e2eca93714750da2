//! Stores on a real etcd, which these tests start, kill, freeze, compact and restore.

#![allow(
    clippy::unwrap_used,
    reason = "what helpers of tests unwrap is there, or the test fails"
)]

mod server;

mod access;
mod cluster;
mod conformance;
mod faults;
mod live;
mod thousand;
