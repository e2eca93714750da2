//! A child process with exactly the environment and the files of one case.
//!
//! The process environment is never written; each case runs in a child that gets its variables.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::unrelated::{NOTE, UNRELATED};
use crate::{Case, ENV_FILE, Loader, Outcome, TOML_FILE};

/// A directory with the files of one case, in the spelling of one loader.
#[derive(Debug)]
pub struct Workplace {
    directory: TempDir,
    loader: Loader,
    case: Case,
}

impl Workplace {
    /// Writes the files.
    ///
    /// # Errors
    ///
    /// Returns why a file could not be written.
    pub fn new(loader: Loader, case: Case) -> Outcome<Self> {
        let directory = tempfile::tempdir()?;
        for (name, text) in [(ENV_FILE, case.env_file(loader)), (TOML_FILE, case.toml())] {
            if let Some(text) = text {
                fs::write(directory.path().join(name), text)?;
            }
        }
        Ok(Self {
            directory,
            loader,
            case,
        })
    }

    /// Returns a command that runs there, with the unrelated variables and those of the case.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.directory.path())
            .env_clear()
            .envs(UNRELATED)
            .envs(self.case.variables(self.loader));
        command
    }

    /// Like `command`, with a note that names the loader and the case for [`note`].
    pub fn command_with_note(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.command(program);
        command.env(NOTE, driver_arguments(self.loader, self.case).join(" "));
        command
    }
}

/// Returns the loader and the case that the parent process named.
///
/// # Errors
///
/// Returns which word is invalid.
#[expect(
    clippy::disallowed_methods,
    reason = "a message from the parent process, not a setting"
)]
pub fn note() -> Outcome<Option<(Loader, Case)>> {
    match env::var(NOTE) {
        Ok(words) if !words.is_empty() => parse_arguments(words.split(' ')).map(Some),
        _ => Ok(None),
    }
}

/// Returns the arguments that name a loader and a case to the driver.
pub fn driver_arguments(loader: Loader, case: Case) -> [String; 3] {
    [
        loader.to_string(),
        case.size.to_string(),
        case.sources.to_string(),
    ]
}

/// Reads what [`driver_arguments`] wrote.
///
/// # Errors
///
/// Returns which word is missing or invalid.
pub fn parse_arguments<'a>(words: impl IntoIterator<Item = &'a str>) -> Outcome<(Loader, Case)> {
    let mut words = words.into_iter();
    let mut next = |what: &str| words.next().ok_or_else(|| format!("the {what} is missing"));
    let loader = next("loader")?.parse()?;
    let size = next("size")?.parse()?;
    let sources = next("sources")?.parse()?;
    Ok((loader, Case { size, sources }))
}
