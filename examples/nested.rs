//! `cargo run --example nested`: groups: plain, optional, in lists and in maps.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::{Error, Settings};
use std::collections::BTreeMap;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    /// One group: `APP_SERVER_BIND`.
    #[settings(nested)]
    server: Server,
    /// `None` unless one of its settings is set; then `url` is required.
    #[settings(nested)]
    tracing: Option<Tracing>,
    /// A list: `APP_REPLICAS__0__URL`, `APP_REPLICAS__1__URL`.
    #[settings(nested)]
    replicas: Vec<Replica>,
    /// A map: `APP_TENANTS__ACME__QUOTA`.
    #[settings(nested)]
    tenants: BTreeMap<String, Tenant>,
    /// A group whose name is not part of the key: `APP_MAX_BODY`.
    #[settings(flatten)]
    limits: Limits,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "127.0.0.1:8080")]
    bind: String,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Tracing {
    url: String,
    #[settings(default = 0.1, range(0.0..=1.0))]
    ratio: f64,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Replica {
    url: String,
    #[settings(default = 1)]
    weight: u32,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Tenant {
    #[settings(default = 100)]
    quota: u32,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Limits {
    #[settings(default = 65_536)]
    max_body: u64,
}

fn main() -> Result<(), Error> {
    let app = App::empty_loader()
        .env_from([
            ("APP_SERVER_BIND", "0.0.0.0:80"),
            ("APP_TRACING_URL", "http://collector:4317"),
            ("APP_REPLICAS__0__URL", "db://one"),
            ("APP_REPLICAS__1__URL", "db://two"),
            ("APP_REPLICAS__1__WEIGHT", "3"),
            ("APP_TENANTS__ACME__QUOTA", "500"),
            ("APP_MAX_BODY", "1024"),
        ])
        .load()?;
    assert_eq!(app.replicas[1].weight, 3);
    assert_eq!(app.tenants["ACME"].quota, 500);
    print!("{}", app.dump());
    Ok(())
}
