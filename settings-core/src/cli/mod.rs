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
//! | `diff A B` | differences between two `.env` files, or between a file and the environment, as text or JSON |
//! | `docs` | the documents of [`docs`](crate::docs), and whether a committed one is up to date |
//! | `store …` | settings in the [store] of the loader (feature `remote`): `get`, `check`, `diff`, `push`, `set`, `unset`, `log`, `rollback`, `fleet`, `rollout …` |
//! | `completions SHELL` | a script that completes subcommands, options and keys |
//!
//! Wherever a key is expected, a variable name is accepted too. Secrets are masked in all output. The exit code is 0,
//! or 78 (`EX_CONFIG`) for invalid settings, 2 for a usage error, 1 for a document that is out of date or files that
//! differ, and 74 (`EX_IOERR`) if nothing can be printed.
//!
//! # Settings in a store
//!
//! `settings store` changes the settings in the [store] of the loader. The loader is passed to [`run_with`]
//! or [`run_loader`]. A change is checked by the schema and the rules of the program before it is written, written as a
//! whole, and kept in a history, so that it can be rolled back. The exit code is 75 (`EX_TEMPFAIL`) if something else
//! changed the settings in the meantime, or the store is unavailable: nothing was written then.
//!
//! # Rollouts
//!
//! `store push FILE --rollout 5%,25%,100%` changes a few instances first, of those that have joined the fleet of the store. The
//! command is the controller of the rollout: each stage has to pass before the next one begins, and a failure anywhere ends
//! it. Its exit code is 0 when the change is the base, and 1 when it was aborted.
//!
//! # As a subcommand of another parser
//!
//! [`run_with`] takes the arguments after the name of the command, from any parser. With clap they are the
//! `clap::Words` of the feature `clap`.
//!
#![cfg_attr(feature = "remote", doc = "[store]: crate::remote")]
#![cfg_attr(not(feature = "remote"), doc = "[store]: crate#features")]

mod check;
mod command;
mod completions;
mod diff;
mod differences;
mod docs;
mod dump;
mod explain;
mod help;
mod output;
mod secret_files;
#[cfg(feature = "remote")]
mod store;

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
    run_loader(S::loader)
}

/// Like [`run`], for the sources of another loader. It is only made if the command is run.
///
/// ```no_run
/// # #[cfg(all(feature = "remote", feature = "testing"))] {
/// use settings_core::{Settings, cli, remote::{Store, testing::InMemoryStore}};
///
/// # #[derive(Debug, Settings)]
/// # struct AppSettings { #[settings(default = 8080)] port: u16 }
/// let store = Store::builder(InMemoryStore::new().engine()).start();
/// // `program settings store push production.env`
/// if let Some(code) = cli::run_loader(|| AppSettings::loader().store(&store)) {
///     // exit with `code`
/// }
/// # }
/// ```
pub fn run_loader<S: Settings>(loader: impl FnOnce() -> Loader<S>) -> Option<ExitCode> {
    let mut words = std::env::args_os();
    let program = help::program(words.next());
    let name = words.next()?;
    let words: Vec<OsString> = words.collect();
    let caller = format!("{program} {NAME}");
    if name == NAME {
        return Some(answer(&loader(), caller, words));
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
    let is_subcommand = next.is_some_and(|next| {
        let mut first_words = usages
            .iter()
            .filter_map(|usage| usage.name.split(' ').next());
        first_words.any(|word| next == word)
    });
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
        #[cfg(feature = "remote")]
        has_progress: true,
    };
    output::print(&session.run(words))
}

/// Output of the command for a test, with the arguments after the name of the command.
///
/// ```
/// # use settings_core::Settings;
/// # #[derive(Debug, Settings)]
/// # struct AppSettings { #[settings(default = 8080)] port: u16 }
/// use settings_core::cli;
///
/// let printed = cli::capture(&AppSettings::empty_loader(), ["check"]);
/// assert_eq!((printed.code, &*printed.out, &*printed.err), (0, "the settings are valid", ""));
/// ```
#[cfg(feature = "testing")]
pub fn capture<S: Settings, W: Into<OsString>>(
    loader: &Loader<S>,
    words: impl IntoIterator<Item = W>,
) -> Printed {
    let session = Session {
        loader,
        caller: "app settings".to_owned(),
        look: Look::default(),
        #[cfg(feature = "remote")]
        has_progress: false,
    };
    let Output { out, err, code } = session.run(words.into_iter().map(Into::into).collect());
    Printed { out, err, code }
}

/// Output of the command, returned by [`capture`].
#[cfg(feature = "testing")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Printed {
    /// Text for stdout.
    pub out: String,
    /// Text for stderr.
    pub err: String,
    /// The exit code.
    pub code: u8,
}

/// One run of the command.
struct Session<'a, S> {
    loader: &'a Loader<S>,
    /// The words before the arguments of the command, as typed: `app settings`.
    caller: String,
    look: Look,
    /// Whether a command that takes long prints what it is doing.
    #[cfg(feature = "remote")]
    has_progress: bool,
}

impl<S: Settings> Session<'_, S> {
    /// Every subcommand, in the order of help and completions.
    fn commands() -> Vec<Command<S>> {
        #[cfg_attr(
            not(feature = "remote"),
            expect(unused_mut, reason = "only the commands of stores are added to it")
        )]
        let mut commands = vec![
            dump::command(),
            check::command(),
            explain::command(),
            diff::command(),
            docs::command(),
            completions::command(),
        ];
        #[cfg(feature = "remote")]
        commands.extend(store::commands());
        commands
    }

    fn usages() -> Vec<Usage> {
        let commands = Self::commands();
        commands.iter().map(|command| command.usage).collect()
    }

    fn run(&self, words: Vec<OsString>) -> Output {
        let mut usages = Self::usages();
        let mut words = words.into_iter();
        // The words of its name so far: one, or more for `store get`.
        let mut name = String::new();
        let command = loop {
            let Some(word) = words.next() else {
                return Output::of(help::overview(&self.caller, &name, &usages, self.look));
            };
            let word = word.to_string_lossy();
            if matches!(&*word, "help" | "--help" | "-h") {
                return Output::of(help::overview(&self.caller, &name, &usages, self.look));
            }
            let parent = name.clone();
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(&word);
            let mut commands = Self::commands().into_iter();
            if let Some(command) = commands.find(|command| command.usage.name == name) {
                break command;
            }
            let group = format!("{name} ");
            let of_group = usages.iter().filter(|usage| usage.name.starts_with(&group));
            let of_group: Vec<Usage> = of_group.copied().collect();
            if of_group.is_empty() {
                return Output::usage_error(help::unknown_command(
                    &self.caller,
                    &parent,
                    &word,
                    &usages,
                ));
            }
            usages = of_group;
        };
        let words: Vec<OsString> = words.collect();
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return Output::of(help::command(&self.caller, &command.usage, self.look));
        }
        match CommandArguments::parse(&command.usage, words) {
            Ok(arguments) => (command.run)(self, &arguments),
            Err(error) => {
                Output::usage_error(help::invalid_argument(&self.caller, &command.usage, &error))
            }
        }
    }
}
