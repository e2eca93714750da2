//! The `settings` command: one line in `main` lets whoever runs the program look at its settings.
//!
//! ```no_run
//! use settings_core::Settings;
//! use std::process::ExitCode;
//!
//! # #[derive(Debug, Settings)]
//! # struct AppSettings { #[settings(default = 8080)] port: u16 }
//! fn main() -> ExitCode {
//!     if let Some(code) = settings_core::cli::run::<AppSettings>() {
//!         return code;
//!     }
//!     let settings = AppSettings::init_or_exit();
//!     // …
//!     # let _ = settings;
//!     ExitCode::SUCCESS
//! }
//! ```
//!
//! `program settings` then lists what there is:
//!
//! | command | tells |
//! |---|---|
//! | `dump` | every setting, its value and where it came from, also of settings that do not load |
//! | `check` | whether they load, and who else may read the secret files; of a schema, or of another deployment's `.env` file, too |
//! | `explain KEY` | all that is known of one, by any of its names, what every layer said of it, and who won; or what a group holds |
//! | `diff A B` | how two `.env` files, or a file and the environment, differ |
//! | `docs` | the documents of [`docs`](crate::docs), and whether a committed one has drifted |
//! | `completions SHELL` | a script that completes commands, flags and keys |
//!
//! No secret is shown by any of them. The exit code is 0, or 78 (`EX_CONFIG`) for settings that are wrong, 2 for a command
//! that is, 1 for a document that has drifted or files that differ, and 74 (`EX_IOERR`) if nothing can be printed.
//!
//! # Within a command of your own
//!
//! [`run_with`] takes the words behind the name of the command, from whatever parsed the others. With clap they are the
//! `clap::Words` of the feature `clap`.

mod arguments;
mod check;
mod completions;
mod diff;
mod docs;
mod dump;
mod explain;
mod help;
mod output;
mod readable;

use self::{
    arguments::{Command, Given},
    output::Answer,
};
use crate::{error::style::Look, loader::Loader, settings::Settings};
use std::{ffi::OsString, process::ExitCode};

/// Answers if the first argument of the program is `settings`; else gives `None`, and the program goes on.
///
/// It loads what [`load`](Settings::load) loads.
pub fn run<S: Settings>() -> Option<ExitCode> {
    let mut words = std::env::args_os();
    let program = help::program(words.next());
    if words.next()? != "settings" {
        return None;
    }
    let caller = format!("{program} settings");
    Some(answer(&S::loader(), caller, words.collect()))
}

/// Answers to the words behind `settings`, for the layers of this loader.
///
/// ```no_run
/// # use settings_core::Settings;
/// # #[derive(Debug, Settings)]
/// # struct AppSettings { #[settings(default = 8080)] port: u16 }
/// use settings_core::cli;
///
/// let loader = AppSettings::loader().file("/etc/app.toml");
/// let code = cli::run_with(&loader, ["explain", "port"]);
/// ```
pub fn run_with<S: Settings, W: Into<OsString>>(
    loader: &Loader<S>,
    words: impl IntoIterator<Item = W>,
) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
    let all: Vec<OsString> = std::env::args_os().collect();
    answer(loader, help::caller(&all, &words), words)
}

/// What every command works with.
struct Asked<'a, S> {
    loader: &'a Loader<S>,
    /// What was typed before the command.
    caller: String,
    look: Look,
}

/// Every command; help and completions list them in this order.
const COMMANDS: &[Command] = &[
    dump::COMMAND,
    check::COMMAND,
    explain::COMMAND,
    diff::COMMAND,
    docs::COMMAND,
    completions::COMMAND,
];

fn answer<S: Settings>(loader: &Loader<S>, caller: String, words: Vec<OsString>) -> ExitCode {
    let look = output::look();
    let asked = Asked {
        loader,
        caller,
        look,
    };
    output::print(&asked.answer(words))
}

impl<S: Settings> Asked<'_, S> {
    fn answer(&self, words: Vec<OsString>) -> Answer {
        let mut words = words.into_iter();
        let Some(first) = words.next() else {
            return Answer::of(help::all(&self.caller, self.look));
        };
        let first = first.to_string_lossy();
        if matches!(&*first, "help" | "--help" | "-h") {
            return Answer::of(help::all(&self.caller, self.look));
        }
        let Some(command) = COMMANDS.iter().find(|command| command.name == first) else {
            return Answer::misused(help::no_such_command(&self.caller, &first, self.look));
        };
        let words: Vec<OsString> = words.collect();
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return Answer::of(help::one(&self.caller, command, self.look));
        }
        match Given::parse(command, words) {
            Ok(given) => self.command(command.name, &given),
            Err(why) => Answer::misused(format!(
                "{why}\n\n{}",
                help::one(&self.caller, command, self.look)
            )),
        }
    }

    fn command(&self, name: &str, given: &Given) -> Answer {
        match name {
            "dump" => self.dump(given),
            "check" => self.check(given),
            "explain" => self.explain(given),
            "diff" => Self::diff(given),
            "completions" => self.completions(given),
            _ => self.docs(given),
        }
    }
}
