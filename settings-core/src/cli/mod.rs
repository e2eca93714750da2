//! The `settings` command: one line in `main` lets operators inspect the settings of a program.
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
//! `program settings` lists the subcommands:
//!
//! | subcommand | output |
//! |---|---|
//! | `dump [PATTERN]…` | every setting with its value and origin, also if the settings do not load |
//! | `check` | whether the settings are valid, and whether other users may read the secret files; also for the schema alone, or for another deployment's `.env` file |
//! | `explain KEY` | documentation, rules and names of one setting, the value of each layer, and the origin of the value in force; or the settings of a group |
//! | `diff A B` | differences between two `.env` files, or between a file and the environment |
//! | `docs` | the documents of [`docs`](crate::docs), and whether a committed one is up to date |
//! | `completions SHELL` | a script that completes subcommands, options and keys |
//!
//! Wherever a key is expected, a variable name is accepted too. Secrets are masked in all output. The exit code is 0,
//! or 78 (`EX_CONFIG`) for invalid settings, 2 for a usage error, 1 for a document that is out of date or files that
//! differ, and 74 (`EX_IOERR`) if nothing can be printed.
//!
//! # As a subcommand of another parser
//!
//! [`run_with`] takes the arguments after the name of the command, from any parser. With clap they are the
//! `clap::Words` of the feature `clap`.

mod check;
mod command;
mod completions;
mod diff;
mod docs;
mod dump;
mod explain;
mod help;
mod output;
mod secret_files;

use self::{
    command::{Command, CommandArguments, Usage},
    output::Output,
};
use crate::{error::style::Look, loader::Loader, settings::Settings};
use settings_syntax::suggest;
use std::{
    ffi::{OsStr, OsString},
    process::ExitCode,
};

/// Runs the command if the first argument of the program is `settings`; otherwise returns `None`, and the program
/// continues.
///
/// It reads the sources of [`load`](Settings::load). For a misspelled `setting dump` it prints the correct spelling.
pub fn run<S: Settings>() -> Option<ExitCode> {
    let mut words = std::env::args_os();
    let program = help::program(words.next());
    let name = words.next()?;
    let words: Vec<OsString> = words.collect();
    let caller = format!("{program} {NAME}");
    if name == NAME {
        return Some(answer(&S::loader(), caller, words));
    }
    is_misspelt::<S>(&name, words.first()).then(|| {
        let name = crate::error::redact::escape_truncated(&name.to_string_lossy()).to_string();
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        output::print(&Output::usage_error(format!(
            "unknown command {name}; did you mean `{caller} {}`?",
            words.join(" ")
        )))
    })
}

/// The name of the command.
const NAME: &str = "settings";

/// Whether the first argument of a program is close to the name of the command, and a subcommand follows.
fn is_misspelt<S: Settings>(name: &OsStr, next: Option<&OsString>) -> bool {
    let usages = Session::<S>::usages();
    let is_subcommand = next.is_some_and(|next| usages.iter().any(|usage| next == usage.name));
    is_subcommand && suggest::nearest(&name.to_string_lossy(), [NAME]).is_some()
}

/// Runs the command with these arguments, for the layers of this loader.
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

fn answer<S: Settings>(loader: &Loader<S>, caller: String, words: Vec<OsString>) -> ExitCode {
    let look = output::look();
    let session = Session {
        loader,
        caller,
        look,
    };
    output::print(&session.run(words))
}

/// One run of the command.
struct Session<'a, S> {
    loader: &'a Loader<S>,
    /// The words before the arguments of the command, as typed: `app settings`.
    caller: String,
    look: Look,
}

impl<S: Settings> Session<'_, S> {
    /// Every subcommand, in the order of help and completions.
    const COMMANDS: [Command<S>; 6] = [
        dump::command(),
        check::command(),
        explain::command(),
        diff::command(),
        docs::command(),
        completions::command(),
    ];

    fn usages() -> Vec<Usage> {
        Self::COMMANDS.iter().map(|command| command.usage).collect()
    }

    fn run(&self, words: Vec<OsString>) -> Output {
        let usages = Self::usages();
        let mut words = words.into_iter();
        let Some(first) = words.next() else {
            return Output::of(help::overview(&self.caller, &usages, self.look));
        };
        let first = first.to_string_lossy();
        if matches!(&*first, "help" | "--help" | "-h") {
            return Output::of(help::overview(&self.caller, &usages, self.look));
        }
        let mut commands = Self::COMMANDS.into_iter();
        let Some(command) = commands.find(|command| command.usage.name == first) else {
            return Output::usage_error(help::unknown_command(
                &self.caller,
                &first,
                &usages,
                self.look,
            ));
        };
        let words: Vec<OsString> = words.collect();
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return Output::of(help::command(&self.caller, &command.usage, self.look));
        }
        match CommandArguments::parse(&command.usage, words) {
            Ok(arguments) => (command.run)(self, &arguments),
            Err(error) => Output::usage_error(format!(
                "{error}\n\n{}",
                help::command(&self.caller, &command.usage, self.look)
            )),
        }
    }
}
