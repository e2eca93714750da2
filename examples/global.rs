//! `cargo run --example global`: loaded once at the start of `main`, read anywhere.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use settings_core::Settings;
use std::thread;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "Hello")]
    greeting: String,
}

fn main() {
    // Prints the report and exits with 78 if the settings are wrong, before anything else has begun.
    App::init_or_exit();
    let worker = thread::spawn(|| greet("worker"));
    println!("{}", greet("main"));
    println!("{}", worker.join().expect("it does not panic"));
}

/// `get()` is a `&'static App`: nothing is passed along, nothing is locked.
fn greet(name: &str) -> String {
    format!("{}, {name}", App::get().greeting)
}
