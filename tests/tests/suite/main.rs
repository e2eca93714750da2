//! What a user sees, a file per promise.

#![allow(
    clippy::unwrap_used,
    reason = "what helpers of tests unwrap is there, or the test fails"
)]
#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "functions that attributes name have the form that those ask for"
)]

mod commanded;
mod dir;
mod told;
mod wait;

mod arguments;
mod attributes;
mod binding;
mod canary;
mod clap_flags;
mod cli_check;
mod cli_completions;
mod cli_diff;
mod cli_docs;
mod cli_dump;
mod cli_explain;
mod cli_secrets;
mod conditions;
mod decoding;
mod defaults;
mod derived;
mod docs;
mod env_files;
mod events;
mod files;
mod global;
mod guide;
mod hints;
mod inside;
mod large;
mod layers;
mod live;
mod loading;
mod memory;
mod placeholders;
mod policies;
mod process;
mod providers;
mod pydantic;
mod remote;
mod remote_conformance;
mod remote_last_good;
mod report;
mod rules;
mod schema;
mod secrets_dirs;
mod validator;
mod writing;
