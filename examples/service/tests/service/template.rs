//! A copy of this directory is a program of its own, after the two edits that the README describes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[track_caller]
fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {report}");
}

/// Commands of the README that edit the copy.
fn documented_edits(readme: &str) -> Vec<&str> {
    let lines = readme.lines();
    lines
        .filter_map(|line| {
            line.strip_prefix("$ ")
                .filter(|line| line.starts_with("sed -i"))
        })
        .collect()
}

#[test]
fn a_copy_builds_elsewhere_after_two_documented_edits() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("notes");
    succeed(Command::new("cp").arg("-r").args([package, &*copy]));

    let readme = fs::read_to_string(package.join("README.md")).unwrap();
    let edits = documented_edits(&readme);
    assert_eq!(edits.len(), 2, "{edits:?}");
    // The registry does not have the version of this repository, so the copy refers to the directory.
    let core = package.join("../../settings-core").canonicalize().unwrap();
    let dependency = format!(r#"path = "{}""#, core.display());
    for edit in edits {
        let edit = edit.replace(r#"version = "0.1""#, &dependency);
        succeed(Command::new("sh").args(["-c", &edit]).current_dir(&copy));
    }

    // The lock file and the build directory of the repository save the build of the dependencies.
    let lock = package.join("../../Cargo.lock");
    if lock.exists() {
        fs::copy(lock, copy.join("Cargo.lock")).unwrap();
    }
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_service"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["check", "--all-targets", "--offline", "--quiet"])
        .args(["--config", "profile.dev.debug='line-tables-only'"])
        .args(["--config", "profile.dev.package.\"*\".debug=false"])
        .env("CARGO_TARGET_DIR", binary.ancestors().nth(2).unwrap())
        .env("CARGO_INCREMENTAL", "0")
        .current_dir(&copy);
    succeed(&mut cargo);
}
