//! `cargo run --example interpolate`: a file that refers to environment variables.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::{SecretString, Settings};
use std::{env, error::Error, fs, process};

/// Settings of a shop. The file is committed, so it only refers to what differs between machines.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", file = interpolate("config.toml"))]
struct Shop {
    /// Where orders are kept.
    database_url: SecretString,
    /// Where pictures are.
    pictures: String,
    /// Number of worker threads.
    workers: u32,
}

const CONFIG: &str = r#"
database_url = "postgres://shop:${DB_PASSWORD}@${DB_HOST:-localhost}/shop"
pictures = "https://${CDN:?set it to the host of the pictures}/$$v1"
workers = "${WORKERS:-4}"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::temp_dir().join(format!("settings-interpolate-{}", process::id()));
    fs::create_dir_all(&directory)?;
    let file = directory.join("config.toml");
    fs::write(&file, CONFIG)?;
    // A program calls `Shop::load()`. This one has a file and variables of its own.
    let loader = || Shop::empty_loader().file_interpolated(&file);

    let variables = [("DB_PASSWORD", "hunter2"), ("CDN", "cdn.example")];
    let shop = loader().env_from(variables).load()?;
    print!(
        "{}",
        shop.dump()
            .to_string()
            .replace(&format!("{}/", directory.display()), "")
    );

    if let Err(error) = loader().env_from([("DB_PASSWORD", "hunter2")]).load() {
        for problem in error.problems() {
            println!(
                "{}",
                problem
                    .to_string()
                    .replace(&format!("{}/", directory.display()), "")
            );
        }
    }
    fs::remove_dir_all(directory)?;
    Ok(())
}
