//! `cargo run --example validation`: rules as data, checks as code, and one report for all problems.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::Settings;
use std::time::Duration;

#[derive(Debug, Settings)]
#[settings(validate = Self::consistent)]
struct App {
    #[settings(default = "development", one_of("development", "production"))]
    environment: String,
    #[settings(default = "demo", pattern = "^[a-z][a-z0-9-]*$", length(..=20))]
    name: String,
    #[settings(default = 10, range(1..=1000))]
    pool_size: u32,
    #[settings(default = "30s", range("1s"..="5m"))]
    timeout: Duration,
    /// `length` applies to the list, every other rule to each element.
    #[settings(default = "a.example", length(1..), pattern = r"\.example$")]
    hosts: Vec<String>,
    /// Required in production only.
    #[settings(required_if(environment = "production"))]
    error_url: Option<String>,
    #[settings(default = 8, validate = power_of_two)]
    shards: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "a check function gets a reference, whatever the type"
)]
fn power_of_two(shards: &u32) -> Result<(), String> {
    if shards.is_power_of_two() {
        return Ok(());
    }
    let near = shards.next_power_of_two();
    Err(format!("expected a power of two, such as {near}"))
}

impl App {
    /// Runs when every setting is valid.
    fn consistent(&self) -> Result<(), &'static str> {
        if self.pool_size < self.shards {
            return Err("pool_size must be at least shards, because each shard needs a connection");
        }
        Ok(())
    }
}

fn main() {
    let error = App::empty_loader()
        .env_from([
            ("ENVIRONMENT", "production"),
            ("NAME", "Demo"),
            ("POOL_SIZE", "0"),
            ("TIMEOUT", "1h"),
            ("HOSTS", "a.example,b.test"),
            ("SHARDS", "12"),
        ])
        .load()
        .expect_err("the settings are invalid");
    println!("{error}");

    let error = App::empty_loader()
        .env_from([("POOL_SIZE", "4")])
        .load()
        .expect_err("the settings are invalid");
    println!("\n{error}");
}
