//! A small program, as its users write it; the tests start it and look at what it prints and how it ends.
//!
//! Its first argument selects which `main` it runs.

#![expect(clippy::print_stdout, reason = "a program prints")]

use settings_core::{Error, SecretString, Settings};
use std::process::ExitCode;

/// Settings of the program.
#[derive(Debug, Settings)]
#[settings(
    prefix = "PROGRAM_",
    file = "config.toml",
    env_file = [".env", ".env.{environment}"],
    secrets_dir = "secrets",
)]
struct Program {
    #[settings(default = 8080)]
    port: u16,
    #[settings(default = "development")]
    environment: String,
    name: String,
    token: Option<SecretString>,
}

#[derive(Debug, Settings)]
#[settings(prefix = "PROGRAM_", file = required("config.toml"), env_file = required(".env"))]
struct Strict {
    #[settings(default = 8080)]
    port: u16,
}

/// Settings with a name that every shell sets; only one of them asks for it explicitly.
#[derive(Debug, Settings)]
struct Guarded {
    #[settings(default = "")]
    path: String,
    #[settings(default = "nobody", env = "USER")]
    user: String,
    /// A number, which the variable `TERM` of a terminal never is.
    #[settings(default = 1)]
    term: u16,
}

fn main() -> Result<ExitCode, Error> {
    let main = std::env::args().nth(1).unwrap_or_default();
    match main.as_str() {
        "init_or_exit" => {
            let program = Program::init_or_exit();
            assert!(std::ptr::eq(program, Program::get()));
            println!("port {}", program.port);
        }
        "loader" => {
            let program = Program::loader().set("port", "1").init_or_exit();
            println!("port {}", program.port);
        }
        "arguments" => {
            let arguments = std::env::args_os().skip(2);
            let program = Program::loader().args(arguments).init_or_exit();
            println!("port {}", program.port);
        }
        "twice" => {
            Program::init_or_exit();
            Program::init_or_exit();
        }
        "load" => {
            let program = Program::load()?;
            println!("port {}, name {}", program.port, program.name);
            println!("environment {}", program.environment);
            println!(
                "token {}",
                if program.token.is_some() {
                    "set"
                } else {
                    "unset"
                }
            );
        }
        "origins" => {
            let program = Program::loader().load()?;
            for key in ["port", "environment", "name", "token"] {
                match program.origin(key) {
                    Some(origin) => println!("{key}: {origin}"),
                    None => println!("{key}: none"),
                }
            }
        }
        "dump" => print!("{}", Program::loader().load()?.dump()),
        "guarded" => {
            let guarded = Guarded::load()?;
            println!("path {}, user {}", guarded.path, guarded.user);
        }
        "required" => println!("port {}", Strict::load()?.port),
        "get" => println!("port {}", Program::get().port),
        "again" => {
            assert!(Program::try_get().is_err());
            let written = std::fs::write(".env", "PROGRAM_NAME=appeared\n");
            assert!(written.is_ok());
            println!("name {}", Program::get().name);
        }
        "bare" => println!(
            "port {}",
            Program::empty_loader().set("name", "x").load()?.port
        ),
        _ => return Ok(ExitCode::from(2)),
    }
    Ok(ExitCode::SUCCESS)
}
