//! Settings as flags of a clap command, and the `settings` command as one of its subcommands.
//!
//! [`Flags`] adds a flag for each setting to the command of an application. The flags that are set are the layer of
//! arguments:
//!
//! ```
//! use clap::Parser;
//! use settings_core::{Settings, clap::Flags};
//!
//! #[derive(Debug, Settings)]
//! #[settings(prefix = "SHOP_")]
//! struct ShopSettings {
//!     /// Connections to the database.
//!     #[settings(default = 10, range(1..=1000))]
//!     db_pool_size: u32,
//! }
//!
//! /// Sells goods.
//! #[derive(Parser)]
//! struct Arguments {
//!     /// Writes nothing.
//!     #[arg(long)]
//!     dry_run: bool,
//!     #[command(flatten)]
//!     settings: Flags<ShopSettings>,
//! }
//!
//! let arguments = Arguments::parse_from(["shop", "--dry-run", "--db-pool-size", "5"]);
//! let shop = ShopSettings::empty_loader().args(arguments.settings).load()?;
//! assert_eq!(shop.db_pool_size, 5);
//! assert_eq!(shop.origin("db_pool_size").unwrap().to_string(), "argument --db-pool-size");
//! # Ok::<(), settings_core::Error>(())
//! ```
//!
//! clap parses the flags and settings-core their values, so that an invalid value appears in the report with all other
//! problems.
//!
//! - `--help` shows each flag with its documentation, its variable and its default.
//! - The flag of a secret works, but `--help` does not show it, because other users of a machine can see arguments.
//! - A bool is true without a value: `--debug`, `--debug=off`, `--debug off`, `--no-debug`. The next argument is its value,
//!   so write positional arguments before it, or after `--`.
//! - [`flag`](derive@crate::Settings#flag) and [`short`](derive@crate::Settings#short) name the flags of a setting.
//! - `--no-tls` removes an optional group, and every alias of a setting or group is a flag too; `--help` lists neither.
//! - A repeated list, set or map joins its values.
//! - `--set KEY=VALUE` sets any setting by its key. Settings in lists and maps of groups (`mirrors__0__host`), and
//!   those named `help`, `version` or `set`, have no flag of their own. Neither have those with
//!   [`no_flag`](derive@crate::Settings#no_flag).
//! - In debug builds, clap panics if the application defines one of these flags too.
//!
//! # The `settings` command
//!
//! `Words` (feature `cli`) are the arguments of a subcommand:
//!
#![cfg_attr(feature = "cli", doc = "```no_run")]
#![cfg_attr(not(feature = "cli"), doc = "```ignore")]
//! use clap::{Parser, Subcommand};
//! use settings_core::{Settings, cli, clap::{Flags, Words}};
//! use std::process::ExitCode;
//!
//! # #[derive(Debug, Settings)]
//! # struct ShopSettings { #[settings(default = 8080)] port: u16 }
//! #[derive(Parser)]
//! struct Arguments {
//!     #[command(flatten)]
//!     flags: Flags<ShopSettings>,
//!     #[command(subcommand)]
//!     command: Option<Command>,
//! }
//!
//! #[derive(Subcommand)]
//! enum Command {
//!     /// Inspects the settings: dump, check, explain, diff, docs, completions.
//!     Settings(Words),
//! }
//!
//! fn main() -> ExitCode {
//!     let arguments = Arguments::parse();
//!     let loader = ShopSettings::loader().args(arguments.flags);
//!     match arguments.command {
//!         Some(Command::Settings(words)) => cli::run_with(&loader, words),
//!         None => {
//!             let settings = loader.init_or_exit();
//!             // …
//!             # let _ = settings;
//!             ExitCode::SUCCESS
//!         }
//!     }
//! }
//! ```

use crate::{
    docs::{self, FlagDoc, HiddenFlag},
    schema::Kind,
    settings::Settings,
    value::raw::wipe,
};
use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, builder::ValueParser,
};
use std::{
    any,
    ffi::{OsStr, OsString},
    fmt,
    marker::PhantomData,
};

/// A flag for each setting of `S`, flattened into a command. Once parsed, these are the arguments for [`Loader::args`].
///
/// Without the derive of clap:
///
/// ```
/// use clap::{Args, Command, FromArgMatches};
/// use settings_core::{Settings, clap::Flags};
///
/// #[derive(Debug, Settings)]
/// struct ShopSettings {
///     /// Port to listen on.
///     #[settings(default = 8080)]
///     port: u16,
/// }
///
/// let command = Flags::<ShopSettings>::augment_args(Command::new("shop"));
/// let matches = command.get_matches_from(["shop", "--port=9000"]);
/// let flags = Flags::<ShopSettings>::from_arg_matches(&matches)?;
/// let shop = ShopSettings::empty_loader().args(flags).load().unwrap();
/// assert_eq!(shop.port, 9000);
/// # Ok::<(), clap::Error>(())
/// ```
///
/// [`Loader::args`]: crate::Loader::args
pub struct Flags<S> {
    /// Each flag with its value, as one argument.
    arguments: Vec<OsString>,
    of: PhantomData<fn() -> S>,
}

/// The arguments of the `settings` command as a subcommand, for [`cli::run_with`](crate::cli::run_with).
#[cfg(feature = "cli")]
#[derive(Clone, Debug, Default)]
pub struct Words(Vec<OsString>);

impl<S: Settings> Args for Flags<S> {
    fn augment_args(command: Command) -> Command {
        let flags = docs::flags::<S>();
        let mut command = command;
        for flag in flags.iter().filter(|flag| !is_reserved(&flag.name)) {
            command = command.arg(valued(flag));
            if is_negatable(flag, &flags) {
                command = command.arg(negated(flag));
            }
        }
        for flag in other_flags::<S>(&flags) {
            command = command.arg(hidden(&flag));
        }
        // The name of a subcommand is not the value of a bool.
        command.arg(set()).subcommand_precedence_over_arg(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Settings> FromArgMatches for Flags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut arguments: Vec<(usize, OsString)> = Vec::new();
        let mut take = |id: &str, flag: &str, value: Option<&str>| {
            let indices = matches.indices_of(id).into_iter().flatten();
            let values = matches.get_raw(id).into_iter().flatten();
            for (at, raw) in indices.zip(values) {
                arguments.push((at, argument(flag, value.map_or(raw, OsStr::new))));
            }
        };
        let flags = docs::flags::<S>();
        for flag in flags.iter().filter(|flag| !is_reserved(&flag.name)) {
            take(&id(&flag.name), &flag.name, None);
            if is_negatable(flag, &flags) {
                take(&id(&no(&flag.name)), &flag.name, Some("false"));
            }
        }
        let (bare, other): (Vec<_>, Vec<_>) = other_flags::<S>(&flags)
            .into_iter()
            .partition(|flag| flag.is_negation);
        for flag in other {
            take(&id(&flag.name), &flag.name, None);
        }
        take(&id(SET), SET, None);
        for flag in bare {
            let indices = matches.indices_of(&id(&flag.name)).into_iter().flatten();
            let argument = || OsString::from(format!("--{}", flag.name));
            arguments.extend(indices.map(|at| (at, argument())));
        }
        // In the order of the command line: of two flags for one setting, the later one wins.
        arguments.sort_by_key(|(at, _)| *at);
        Ok(Self {
            arguments: arguments
                .into_iter()
                .map(|(_, argument)| argument)
                .collect(),
            of: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let mut newer = Self::from_arg_matches(matches)?;
        self.arguments.append(&mut newer.arguments);
        Ok(())
    }
}

impl<S> IntoIterator for Flags<S> {
    type Item = OsString;
    type IntoIter = std::vec::IntoIter<OsString>;

    fn into_iter(mut self) -> Self::IntoIter {
        std::mem::take(&mut self.arguments).into_iter()
    }
}

impl<S> Clone for Flags<S> {
    fn clone(&self) -> Self {
        Self {
            arguments: self.arguments.clone(),
            of: PhantomData,
        }
    }
}

impl<S> Drop for Flags<S> {
    fn drop(&mut self) {
        self.arguments.drain(..).for_each(wipe);
    }
}

/// Prints no values, because they may be secret.
impl<S> fmt::Debug for Flags<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flags")
            .field("of", &any::type_name::<S>())
            .field("arguments", &self.arguments.len())
            .finish()
    }
}

#[cfg(feature = "cli")]
impl Args for Words {
    fn augment_args(command: Command) -> Command {
        // All arguments belong to the command itself, also `--help`.
        command.disable_help_flag(true).arg(
            Arg::new(id("words"))
                .value_name("WORDS")
                .num_args(0..)
                .trailing_var_arg(true)
                .allow_hyphen_values(true)
                .value_parser(ValueParser::os_string()),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(feature = "cli")]
impl FromArgMatches for Words {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let words = matches.get_raw(&id("words")).into_iter().flatten();
        Ok(Self(words.map(OsString::from).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(feature = "cli")]
impl IntoIterator for Words {
    type Item = OsString;
    type IntoIter = std::vec::IntoIter<OsString>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

const SET: &str = "set";

/// clap defines the first two itself; the last sets any setting.
fn is_reserved(flag: &str) -> bool {
    matches!(flag, "help" | "version" | SET)
}

/// Whether a flag is a bool, and no other flag is called like it with `no-` before.
fn is_negatable(flag: &FlagDoc, flags: &[FlagDoc]) -> bool {
    let names = || std::iter::once(&flag.name).chain(&flag.key_name);
    let is_named = |other: &FlagDoc| {
        let other = std::iter::once(&other.name).chain(&other.key_name);
        let mut negations = names().map(|name| no(name));
        negations.any(|no| other.clone().any(|other| *other == no))
    };
    matches!(flag.kind, Kind::Bool) && !flags.iter().any(is_named)
}

/// The flags without help that the flags with help do not define.
fn other_flags<S: Settings>(flags: &[FlagDoc]) -> Vec<HiddenFlag> {
    let mut others = docs::hidden_flags::<S>();
    let is_defined = |name: &str| {
        let is_negation = |flag: &FlagDoc| {
            let names = std::iter::once(&flag.name).chain(&flag.key_name);
            is_negatable(flag, flags) && names.map(|own| no(own)).any(|own| own == name)
        };
        is_reserved(name) || flags.iter().any(is_negation)
    };
    others.retain(|flag| !is_defined(&flag.name));
    others
}

/// An id that an argument of the application does not have.
fn id(flag: &str) -> String {
    format!("settings.{flag}")
}

fn no(flag: &str) -> String {
    format!("no-{flag}")
}

fn valued(flag: &FlagDoc) -> Arg {
    let arg = Arg::new(id(&flag.name))
        .long(flag.name.clone())
        .help(flag.short.clone())
        .long_help(flag.long.clone())
        .help_heading("Settings")
        .value_name(flag.value_name())
        .value_parser(ValueParser::os_string())
        .hide(flag.masked)
        .action(ArgAction::Append);
    let arg = match flag.letter {
        Some(letter) => arg.short(letter),
        None => arg,
    };
    let arg = match &flag.key_name {
        Some(name) if !is_reserved(name) => arg.alias(name.clone()),
        _ => arg,
    };
    of_kind(arg, &flag.kind)
}

/// A flag that help does not list.
fn hidden(flag: &HiddenFlag) -> Arg {
    let arg = Arg::new(id(&flag.name))
        .long(flag.name.clone())
        .hide(true)
        .value_parser(ValueParser::os_string())
        .action(ArgAction::Append);
    if flag.is_negation {
        return arg.num_args(0).default_missing_value("true");
    }
    of_kind(arg, &flag.kind)
}

fn of_kind(arg: Arg, kind: &Kind) -> Arg {
    match kind.element().unwrap_or(kind) {
        Kind::Bool if kind.element().is_none() => arg.num_args(0..=1).default_missing_value("true"),
        Kind::Integer { .. } | Kind::Float => arg.allow_negative_numbers(true),
        _ => arg,
    }
}

fn negated(flag: &FlagDoc) -> Arg {
    let arg = match &flag.key_name {
        Some(name) => Arg::new(id(&no(&flag.name))).alias(no(name)),
        None => Arg::new(id(&no(&flag.name))),
    };
    arg.long(no(&flag.name))
        .hide(true)
        .num_args(0)
        .default_missing_value("true")
        .value_parser(ValueParser::os_string())
        .action(ArgAction::Append)
}

fn set() -> Arg {
    Arg::new(id(SET))
        .long(SET)
        .help("Sets any setting, by its key or variable")
        .help_heading("Settings")
        .value_name("KEY=VALUE")
        .value_parser(ValueParser::os_string())
        .action(ArgAction::Append)
}

/// `--flag=value` as one argument, so that a value may begin with any character.
fn argument(flag: &str, value: &OsStr) -> OsString {
    let mut argument = OsString::with_capacity(flag.len() + value.len() + 3);
    argument.push("--");
    argument.push(flag);
    argument.push("=");
    argument.push(value);
    argument
}
