//! The `settings` command of a program, started in a directory of its own.

use crate::dir::Dir;
use std::{
    path::Path,
    process::{Command, Output},
};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_command");

/// The command, with an empty environment.
pub(crate) struct SettingsCommand {
    pub(crate) dir: Dir,
    program: &'static str,
    variables: Vec<(String, String)>,
}

pub(crate) fn settings_command() -> SettingsCommand {
    settings_command_of(PROGRAM)
}

/// The command of another program.
pub(crate) fn settings_command_of(program: &'static str) -> SettingsCommand {
    SettingsCommand {
        dir: Dir::with(&[]),
        program,
        variables: Vec::new(),
    }
}

impl SettingsCommand {
    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        self.dir.write(name, content);
        self
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command
            .arg("settings")
            .args(words)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.dir.root());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Printed {
        Printed::of(self.command(words).output().unwrap())
    }

    /// Runs on a terminal of this width, which combines stdout and stderr.
    pub(crate) fn on_a_terminal(&self, columns: usize, words: &str) -> String {
        let program = Path::new(self.program).display();
        let line = format!("stty rows 50 cols {columns}; {program} settings {words}");
        let output = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env("TERM", "xterm")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.dir.root())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Printed {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
