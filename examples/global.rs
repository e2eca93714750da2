//! `cargo run --example global`: settings that are loaded once in `main` and read from anywhere.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use settings_core::Settings;
use std::thread;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    #[settings(default = "Hello")]
    greeting: String,
}

fn main() {
    // If the settings are invalid, this prints the report and exits with 78.
    App::init_or_exit();
    let worker = thread::spawn(|| greet("worker"));
    println!("{}", greet("main"));
    println!("{}", worker.join().expect("the thread does not panic"));
}

/// `get()` returns a `&'static App` without locking.
fn greet(name: &str) -> String {
    format!("{}, {name}", App::get().greeting)
}
