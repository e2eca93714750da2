//! A program with secrets of every shape, for the tests of the `settings` command.

use settings_core::cli;
use settings_tests::shapes::Shapes;
use std::process::ExitCode;

fn main() -> ExitCode {
    let loader = <Shapes as settings_core::Settings>::loader()
        .file("a.json")
        .env_file(".env")
        .secrets_dir("secrets");
    cli::run_with(&loader, std::env::args_os().skip(1))
}
