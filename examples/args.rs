//! `cargo run --example args -- --port 9000 --verbose`: command-line arguments as a layer above the environment.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

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
    /// A list flag may be repeated: `--tags a --tags b`.
    #[settings(default = Vec::new())]
    tags: Vec<String>,
}

fn main() {
    // `load()` does not read the arguments, so they are added here, without the name of the program.
    App::loader()
        .args(std::env::args_os().skip(1))
        .init_or_exit();
    let app: &Loaded<App> = App::try_loaded().expect("the settings are loaded");
    print!("{}", app.dump());
}
