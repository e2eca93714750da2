//! A program with a map of groups that answers to `settings`.

use settings_core::{Settings, cli};
use std::{collections::BTreeMap, process::ExitCode};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", file = "config.toml")]
struct App {
    #[settings(nested)]
    sites: BTreeMap<String, Site>,
    #[settings(default_with = BTreeMap::new)]
    weights: BTreeMap<String, u16>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Site {
    /// Name for its visitors.
    name: String,
    #[settings(default = 80)]
    port: u16,
    #[settings(nested)]
    pages: Vec<Page>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Page {
    title: String,
}

fn main() -> ExitCode {
    cli::run::<App>().unwrap_or(ExitCode::SUCCESS)
}
