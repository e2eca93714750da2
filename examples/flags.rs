//! `cargo run --example flags -- --help`: settings as flags of a clap command.
//!
//! Also try `cargo run --example flags -- --port 9000 greet`, and `cargo run --example flags -- --port 9000 settings dump`.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

use clap::{Parser, Subcommand};
use settings_core::{
    Settings,
    clap::{Flags, Words},
    cli,
};
use std::process::ExitCode;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct AppSettings {
    /// Port to listen on.
    #[settings(default = 8080, range(1024..))]
    port: u16,
    /// Name to greet.
    #[settings(default = "world")]
    name: String,
}

/// Prints a greeting.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    flags: Flags<AppSettings>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a greeting.
    Greet,
    /// Inspect the settings.
    Settings(Words),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let loader = AppSettings::loader().args(arguments.flags);
    match arguments.command {
        Command::Settings(words) => return cli::run_with(&loader, words),
        Command::Greet => {
            let app = loader.init_or_exit();
            println!("hello {}, from port {}", app.name, app.port);
        }
    }
    ExitCode::SUCCESS
}
