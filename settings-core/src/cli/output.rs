//! What a command answers, and how that reaches a terminal or a pipe.

use crate::{
    error::{Error, problem::Problem, report::Report, style::Look},
    global::terminal::{self, EX_CONFIG, wants_colour},
};
use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

/// What a command answers.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: u8,
}

impl Answer {
    pub(super) fn of(out: String) -> Self {
        Self {
            out,
            ..Self::default()
        }
    }

    /// A command that can't be understood.
    pub(super) fn misused(why: String) -> Self {
        Self {
            err: why,
            code: 2,
            ..Self::default()
        }
    }

    /// With the report of a load that failed, and 78.
    pub(super) fn failed(mut self, error: &Error) -> Self {
        self.report(Report::of(error));
        self.code = u8::try_from(EX_CONFIG).unwrap_or(1);
        self
    }

    /// With what was noticed by a load that did not.
    pub(super) fn warned(mut self, settings: &'static str, warnings: &[Problem]) -> Self {
        if !warnings.is_empty() {
            self.report(Report::of_warnings(settings, warnings));
        }
        self
    }

    fn report(&mut self, report: Report<'_>) {
        self.err = terminal::page(report);
        self.err.push('\n');
    }
}

/// How stdout looks: as wide as its terminal.
pub(super) fn look() -> Look {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    Look {
        width: terminal::width(is_terminal, &stdout),
        colour: wants_colour(is_terminal),
    }
}

/// Prints it: stdout first. Nobody who closes a pipe early is told so.
pub(super) fn print(answer: &Answer) -> ExitCode {
    let printed = write(io::stdout().lock(), &answer.out);
    let both = !answer.out.is_empty() && !answer.err.is_empty();
    if both && io::stdout().is_terminal() && io::stderr().is_terminal() {
        let _ = write(io::stderr().lock(), "\n");
    }
    // Nobody is left to tell if stderr is closed.
    let _ = write(io::stderr().lock(), &answer.err);
    match printed {
        Ok(()) => ExitCode::from(answer.code),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(answer.code),
        Err(error) => {
            let _ = write(io::stderr().lock(), &format!("cannot print: {error}\n"));
            ExitCode::from(74)
        }
    }
}

fn write(mut to: impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        to.write_all(b"\n")?;
    }
    to.flush()
}
