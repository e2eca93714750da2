//! A program with an enum of settings, which answers to `settings`.

use settings_core::{Settings, cli};
use std::process::ExitCode;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", file = "config.toml")]
struct App {
    #[settings(nested)]
    storage: Storage,
    #[settings(nested)]
    mirrors: Vec<Storage>,
}

/// Where uploads are kept.
#[derive(Debug, Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    #[settings(default)]
    Memory,
    Local {
        /// The directory.
        path: String,
        #[settings(default = 8)]
        shards: u16,
    },
    Remote {
        path: String,
    },
    #[settings(scalar)]
    Directory(String),
}

fn main() -> ExitCode {
    cli::run::<App>().unwrap_or(ExitCode::SUCCESS)
}
