//! `cargo run --example tenants`: a map of groups, with one file per tenant in a directory.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::{SecretString, Settings};
use std::{collections::BTreeMap, env, error::Error, fs, process};

/// Settings of a service for several tenants.
#[derive(Debug, Settings)]
#[settings(prefix = "APP_", file = ["tenants.toml", "tenants.d/*.toml"])]
struct App {
    /// The tenants by name.
    #[settings(nested)]
    tenants: BTreeMap<String, Tenant>,
}

/// Settings of one tenant.
#[derive(Debug, Settings)]
#[settings(group)]
struct Tenant {
    /// Name of the host.
    host: String,
    /// Requests per second.
    #[settings(default = 10, range(1..))]
    rate: u32,
    /// Signs the sessions.
    key: SecretString,
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::temp_dir().join(format!("settings-tenants-{}", process::id()));
    let files = directory.join("tenants.d");
    fs::create_dir_all(&files)?;
    fs::write(
        files.join("10-acme.toml"),
        "[tenants.acme]\nhost = 'acme.example'\n",
    )?;
    fs::write(
        files.join("20-umbrella.toml"),
        "[tenants.umbrella]\nhost = 'umbrella.example'\n",
    )?;
    fs::write(files.join("90-local.toml"), "tenants.acme.rate = 50\n")?;

    // A program calls `App::load()`. This one has a directory and variables of its own.
    let app = App::empty_loader()
        .file_pattern(files.join("*.toml"))
        .env_from([
            ("APP_TENANTS__acme__KEY", "hunter2"),
            ("APP_TENANTS__umbrella__KEY", "hunter3"),
        ])
        .load()?;
    print!(
        "{}",
        app.dump()
            .to_string()
            .replace(&format!("{}/", directory.display()), "")
    );
    for (name, tenant) in &app.tenants {
        println!(
            "{name}: {} at {} requests per second",
            tenant.host, tenant.rate
        );
    }
    fs::remove_dir_all(directory)?;
    Ok(())
}
