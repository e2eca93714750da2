//! Output of the command, and its printing.

use crate::{
    error::{Error, problem::Problem, report::Report, style::Look},
    global::terminal::{self, EX_CONFIG, wants_colour},
};
use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

/// Output of the command.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: u8,
}

impl Output {
    pub(super) fn of(out: String) -> Self {
        Self {
            out,
            ..Self::default()
        }
    }

    /// A usage error.
    pub(super) fn usage_error(error: String) -> Self {
        Self {
            err: error,
            code: 2,
            ..Self::default()
        }
    }

    /// Adds the report of a failed load, and exits with 78.
    pub(super) fn failed(mut self, error: &Error) -> Self {
        self.report(Report::of(error));
        self.code = u8::try_from(EX_CONFIG).unwrap_or(1);
        self
    }

    /// Adds the warnings of a load.
    pub(super) fn warned(mut self, settings: &'static str, warnings: &[Problem]) -> Self {
        if !warnings.is_empty() {
            self.report(Report::of_warnings(settings, warnings));
        }
        self
    }

    fn report(&mut self, report: Report<'_>) {
        self.err = terminal::render(report);
        self.err.push('\n');
    }
}

/// Prints a text, and asks a question about it. `None` without a terminal.
#[cfg(feature = "remote")]
pub(super) fn ask(about: &str, question: &str) -> Option<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    write(io::stdout().lock(), about).ok()?;
    let mut stderr = io::stderr().lock();
    stderr
        .write_all(format!("\n{question} [y/N] ").as_bytes())
        .ok()?;
    stderr.flush().ok()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).ok()?;
    Some(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Prints what a command is doing.
#[cfg(feature = "remote")]
pub(super) fn progress(line: &str) {
    // A closed stderr cannot be reported.
    let _ = write(io::stderr().lock(), line);
}

/// Width and colours of stdout.
pub(super) fn look() -> Look {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    Look {
        width: terminal::width(is_terminal, &stdout),
        colour: wants_colour(is_terminal),
    }
}

/// Prints the output, stdout first. A pipe that is closed early is not an error.
pub(super) fn print(output: &Output) -> ExitCode {
    let printed = write(io::stdout().lock(), &output.out);
    let both = !output.out.is_empty() && !output.err.is_empty();
    if both && io::stdout().is_terminal() && io::stderr().is_terminal() {
        let _ = write(io::stderr().lock(), "\n");
    }
    // A closed stderr cannot be reported.
    let _ = write(io::stderr().lock(), &output.err);
    match printed {
        Ok(()) => ExitCode::from(output.code),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(output.code),
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
