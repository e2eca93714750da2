//! `cargo run --example args -- --port 9000 --verbose`: arguments of the program as the layer above the environment.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use settings_core::{Loaded, Settings};

#[derive(Debug, Settings)]
#[settings(prefix = "APP_")]
struct App {
    /// `--port 9000`, `--port=9000`, `--set port=9000`.
    #[settings(default = 8080)]
    port: u16,
    /// `--verbose`, `--no-verbose`, `--verbose false`.
    #[settings(default = false)]
    verbose: bool,
    /// A list may be repeated: `--tags a --tags b`.
    #[settings(default = Vec::new())]
    tags: Vec<String>,
}

fn main() {
    // `load()` does not read the arguments; a program that wants them says so, and leaves out its own name.
    App::loader()
        .args(std::env::args_os().skip(1))
        .init_or_exit();
    let app: &Loaded<App> = App::try_loaded().expect("it was loaded just now");
    print!("{}", app.dump());
}
