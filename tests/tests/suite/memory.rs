//! No copy of a secret is left in memory, from any flat source. Linux shows a process its own memory.
#![cfg(target_os = "linux")]

use crate::dir::Dir;
use settings_tests::canary::canary;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Runs the program that searches its own memory after loading secrets.
fn loads(form: &str, path: Option<&Path>, environment: &[(&str, String)]) {
    let output = Command::new(env!("CARGO_BIN_EXE_memory"))
        .arg(form)
        .args(path)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{form}: {stderr}");
}

/// A `.env` file with every secret, each value written by `quoted`.
fn env_file(dir: &Dir, quoted: impl Fn(&str) -> String) -> PathBuf {
    let pairs = [
        ("APP_KEY", canary("key")),
        ("APP_OPTIONAL", canary("optional")),
        (
            "APP_LIST",
            format!("{},{}", canary("list0"), canary("list1")),
        ),
        ("APP_MAP__A", canary("mapa")),
        ("APP_RULED", canary("ruled")),
        ("APP_BOXED", canary("boxed")),
        ("APP_INNER_PASSWORD", canary("inner")),
        ("APP_EACH__0__PASSWORD", canary("each0")),
        ("APP_UNKNOWN_NAME", canary("unknown")),
        ("FOREIGN_TOKEN", canary("foreign")),
    ];
    let lines = pairs.map(|(name, value)| format!("{name}={}\n", quoted(&value)));
    dir.write(".env", lines.concat())
}

#[test]
fn the_search_finds_text_in_memory() {
    loads("control", None, &[]);
}

#[test]
fn the_environment_leaves_no_copy() {
    let environment = [
        ("APP_KEY", canary("key")),
        ("APP_OPTIONAL", canary("optional")),
        ("APP_INNER_PASSWORD", canary("inner")),
        ("APP_UNKNOWN_NAME", canary("unknown")),
        ("FOREIGN_TOKEN", canary("foreign")),
    ];
    loads("environment", None, &environment);
}

#[test]
fn variables_that_are_passed_in_leave_no_copy() {
    loads("env_from", None, &[]);
}

#[test]
fn env_files_leave_no_copy() {
    let dir = Dir::with(&[]);
    loads("env_file", Some(&env_file(&dir, str::to_owned)), &[]);
    loads(
        "quoted",
        Some(&env_file(&dir, |value| format!("'{value}'"))),
        &[],
    );
    // An escape: the value is built, not borrowed.
    let escaped = |value: &str| format!("\"\\u{:04x}{}\"", value.as_bytes()[0], &value[1..]);
    loads("quoted", Some(&env_file(&dir, escaped)), &[]);
}

#[test]
fn references_in_env_files_leave_no_copy() {
    let dir = Dir::with(&[]);
    let (begin, end) = (
        canary("key")[..48].to_owned(),
        canary("key")[48..].to_owned(),
    );
    let path = dir.write(".env", format!("X={end}\nAPP_KEY=\"{begin}${{X}}\"\n"));
    loads("references", Some(&path), &[]);
    dir.write(".env.lower", format!("X={end}\n"));
    dir.write(".env", format!("APP_KEY={begin}${{X}}\n"));
    loads("env_files", Some(&path), &[]);
}

#[test]
fn secrets_directories_leave_no_copy() {
    let dir = Dir::with(&[]);
    for (name, value) in [
        ("key", "key"),
        ("optional", "optional"),
        ("APP_RULED", "ruled"),
        ("inner_password", "inner"),
        ("unknown", "unknown"),
    ] {
        dir.write(name, canary(value) + "\n");
    }
    loads("secrets_dir", Some(dir.root()), &[]);
    loads("credentials", Some(dir.root()), &[]);
    loads("named_file", Some(&dir.path("key")), &[]);
}

#[test]
fn arguments_and_set_leave_no_copy() {
    loads("arguments", None, &[]);
    loads("set", None, &[]);
}

#[test]
fn a_value_that_was_overridden_leaves_no_copy() {
    let dir = Dir::with(&[]);
    loads(
        "layers",
        Some(&env_file(&dir, |value| format!("{value}pin"))),
        &[],
    );
}

#[test]
fn a_value_that_was_refused_leaves_no_copy() {
    loads("broken", None, &[]);
}
