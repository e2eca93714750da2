//! Prints the third part of README.md: size and build times of a program with 12 settings, for each way to load them.
//!
//! Each program is a package of its own in a temporary directory and is built with nothing but its own dependencies.

use std::env;
use std::fs;
use std::io::{Write as _, stdout};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use settings_bench::Outcome;

/// A program that loads 12 settings.
struct Program {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

/// What was measured of a program.
struct Footprint {
    kibibytes: u64,
    debug: Duration,
    release: Duration,
    /// A debug build after a default was changed.
    edit: Duration,
}

const PROGRAMS: [Program; 4] = [
    Program {
        name: "settings-core",
        dependencies: concat!(
            "settings-core = { path = \"",
            env!("CARGO_MANIFEST_DIR"),
            "/../settings-core\" }"
        ),
        main: include_str!("footprint/settings_core.rs"),
    },
    Program {
        name: "figment, validator, dotenvy",
        dependencies: r#"
            dotenvy = "0.15.7"
            figment = { version = "0.10.19", features = ["env", "toml"] }
            secrecy = { version = "0.10.3", features = ["serde"] }
            serde = { version = "1", features = ["derive"] }
            validator = { version = "0.21", features = ["derive"] }
            regex = "1"
        "#,
        main: include_str!("footprint/figment.rs"),
    },
    Program {
        name: "confique",
        dependencies: r#"
            confique = { version = "0.4.0", default-features = false, features = ["toml"] }
            secrecy = { version = "0.10.3", features = ["serde"] }
            serde = { version = "1", features = ["derive"] }
        "#,
        main: include_str!("footprint/confique.rs"),
    },
    Program {
        name: "by hand, environment only",
        dependencies: "",
        main: include_str!("footprint/by_hand.rs"),
    },
];

fn main() -> Outcome<()> {
    // `cargo test --all-targets` starts this too; only `cargo bench` should run it.
    if !env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut out = stdout();
    writeln!(
        out,
        "| program | stripped release, KiB | debug build | release build | debug build after an edit |\n\
         |---|---:|---:|---:|---:|"
    )?;
    for program in &PROGRAMS {
        let footprint = measure(program)?;
        writeln!(
            out,
            "| {} | {} | {:.1} s | {:.1} s | {:.2} s |",
            program.name,
            footprint.kibibytes,
            footprint.debug.as_secs_f64(),
            footprint.release.as_secs_f64(),
            footprint.edit.as_secs_f64(),
        )?;
    }
    Ok(())
}

fn measure(program: &Program) -> Outcome<Footprint> {
    let directory = tempfile::tempdir()?;
    let root = directory.path();
    let manifest = format!(
        "[package]\nname = \"footprint\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{}\n\n[profile.release]\nstrip = true\n\n[workspace]\n",
        program.dependencies
    );
    fs::write(root.join("Cargo.toml"), manifest)?;
    // The same versions as in the workspace.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, root.join("Cargo.lock"))?;
    let source = root.join("src/main.rs");
    fs::create_dir(root.join("src"))?;
    fs::write(&source, program.main)?;

    let debug = build(root, &[])?;
    fs::write(&source, program.main.replace("\"demo\"", "\"changed\""))?;
    let edit = build(root, &[])?;
    let release = build(root, &["--release"])?;
    let binary = root.join("target/release/footprint");
    Ok(Footprint {
        kibibytes: fs::metadata(binary)?.len() / 1024,
        debug,
        release,
        edit,
    })
}

fn build(root: &Path, options: &[&str]) -> Outcome<Duration> {
    let began = Instant::now();
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet"])
        .args(options)
        .current_dir(root)
        .env("CARGO_TARGET_DIR", root.join("target"))
        // Debug builds are incremental, and release builds not, whatever the environment of this run says.
        .env_remove("CARGO_INCREMENTAL")
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(began.elapsed())
}
