//! Loads one file, and prints the peak of its memory in KiB, the number of problems and the length of the report.

#![expect(clippy::print_stdout, reason = "a program prints")]

use settings_core::Settings;
use std::{collections::BTreeMap, fs, path::Path};

#[derive(Debug, Settings)]
struct App {
    text: Option<String>,
    numbers: Option<Vec<u8>>,
    #[settings(default_with = BTreeMap::new)]
    labels: BTreeMap<String, String>,
    #[settings(nested)]
    list: Vec<Item>,
}

#[derive(Debug, Settings)]
#[settings(group)]
struct Item {
    port: Option<u16>,
}

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let name = Path::new(&path).extension().unwrap_or_default();
    let loader = App::empty_loader();
    let loader = if name == "env" {
        loader.env_file(&path)
    } else {
        loader.file(&path)
    };
    let (problems, report) = match loader.load() {
        Ok(_) => (0, String::new()),
        Err(error) => (error.problems().len(), error.to_string()),
    };
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap_or_default().trim().trim_end_matches(" kB");
    println!("{peak} {problems} {}", report.len());
}
