//! `cargo run --example validation`: rules as data, checks as code, and every refusal in one report.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

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
    /// Length is that of the list; any other rule is asked of each element.
    #[settings(default = "a.example", length(1..), pattern = r"\.example$")]
    hosts: Vec<String>,
    /// Required in production, and only there.
    #[settings(required_if(environment = "production"))]
    error_url: Option<String>,
    #[settings(default = 8, validate = power_of_two)]
    shards: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "a check gets a reference, whatever the type"
)]
fn power_of_two(shards: &u32) -> Result<(), String> {
    if shards.is_power_of_two() {
        return Ok(());
    }
    let near = shards.next_power_of_two();
    Err(format!("shards are split in halves; {near} would do"))
}

impl App {
    /// Runs when every leaf is sound.
    fn consistent(&self) -> Result<(), &'static str> {
        if self.pool_size < self.shards {
            return Err("each shard needs a connection: pool_size is less than shards");
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
        .expect_err("wrong on purpose");
    println!("{error}");

    let error = App::empty_loader()
        .env_from([("POOL_SIZE", "4")])
        .load()
        .expect_err("wrong on purpose");
    println!("\n{error}");
}
