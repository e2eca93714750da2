//! `cargo run --example live`: settings that follow a file while the program runs.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::{Settings, live::Event};
use std::{env, error::Error, fs, process};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    /// Takes effect at run time.
    #[settings(default = "info", one_of("debug", "info", "warn"), reload)]
    log_level: String,
    /// Takes effect at the next start.
    #[settings(default = 8080)]
    port: u16,
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::temp_dir().join(format!("settings-live-{}", process::id()));
    fs::create_dir_all(&directory)?;
    let file = directory.join("app.toml");

    let live = App::loader().file(&file).live()?;
    let events = live.subscribe_channel();
    live.watch()?.detach();
    println!(
        "{} on port {}",
        live.current().log_level,
        live.current().port
    );

    // The second change is invalid.
    for text in ["log_level = 'debug'\nport = 80", "log_level = 'loud'"] {
        fs::write(&file, text)?;
        match events.recv()? {
            Event::Rejected { error, .. } => {
                println!("rejected because of {:?}", error.problems()[0].key());
            }
            applied => println!("{applied}"),
        }
        println!(
            "{} on port {}",
            live.current().log_level,
            live.current().port
        );
    }
    fs::remove_dir_all(directory)?;
    Ok(())
}
