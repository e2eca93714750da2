//! `Display` of `Error`: the report that an operator reads.

use crate::error::{
    Error, origin::Origin, problem::Problem, problem_list::and_more, style::columns,
};
use std::fmt::{self, Write};

/// Problems or warnings, wrapped at 100 columns, or fewer on a narrow terminal.
///
/// The first line of each block is the `Display` of the problem, so that each line of a log that splits the report is
/// complete by itself.
pub(crate) struct Report<'a> {
    what: &'static str,
    settings: &'static str,
    problems: &'a [Problem],
    warnings: &'a [Problem],
    unchecked: &'a [String],
    read: Option<&'a str>,
    width: usize,
}

/// Colours of the parts of a report.
#[derive(Clone, Copy)]
struct Style {
    count: &'static str,
    key: &'static str,
    help: &'static str,
    dim: &'static str,
    end: &'static str,
    width: usize,
}

const PLAIN: Style = Style {
    count: "",
    key: "",
    help: "",
    dim: "",
    end: "",
    width: WIDTH,
};

const COLOURED: Style = Style {
    count: "\x1b[1;31m",
    key: "\x1b[1m",
    help: "\x1b[36m",
    dim: "\x1b[2m",
    end: "\x1b[0m",
    width: WIDTH,
};

const WIDTH: usize = 100;

impl<'a> Report<'a> {
    pub(crate) fn of(error: &'a Error) -> Self {
        Self {
            what: "problem",
            settings: error.settings(),
            problems: error.problems(),
            warnings: error.warnings(),
            unchecked: error.unchecked(),
            read: error.read(),
            width: WIDTH,
        }
    }

    pub(crate) fn of_warnings(settings: &'static str, warnings: &'a [Problem]) -> Self {
        Self {
            what: "warning",
            settings,
            problems: warnings,
            warnings: &[],
            unchecked: &[],
            read: None,
            width: WIDTH,
        }
    }

    /// Wraps at the width of the terminal, if it is known.
    pub(crate) fn within(self, width: Option<usize>) -> Self {
        let width = width.map_or(WIDTH, |width| width.clamp(40, WIDTH));
        Self { width, ..self }
    }

    /// The report in colours.
    pub(crate) fn coloured(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out, COLOURED);
        out
    }

    fn write(&self, out: &mut impl Write, style: Style) -> fmt::Result {
        let width = self.width;
        let style = Style { width, ..style };
        let Style {
            count, dim, end, ..
        } = style;
        let number = counted(self.problems.len(), self.what);
        write!(
            out,
            "{count}{number}{end} in the settings ({})",
            self.settings
        )?;
        blocks(out, self.problems, style)?;
        if !self.unchecked.is_empty() {
            out.write_str("\n\n")?;
            let text = format!(
                "cross-field rules of {}: not checked until the problems above are fixed",
                listed(self.unchecked)
            );
            wrapped(out, &text, 0, 4, width)?;
        }
        if !self.warnings.is_empty() {
            write!(out, "\n\n{}", counted(self.warnings.len(), "warning"))?;
            blocks(out, self.warnings, style)?;
        }
        if let Some(read) = self.read {
            write!(out, "\n\n{dim}")?;
            wrapped(out, &format!("read: {read}"), 0, 6, width)?;
            out.write_str(end)?;
        }
        Ok(())
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, PLAIN)
    }
}

/// The limit for structs in the list of those that were not checked.
const MAX_LISTED: usize = 20;

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        _ if names.len() > MAX_LISTED => {
            let more = and_more(names.len() - MAX_LISTED);
            format!("{} {more}", names[..MAX_LISTED].join(", "))
        }
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Writes one block per problem; neighbours with the same help share it.
fn blocks(out: &mut impl Write, problems: &[Problem], style: Style) -> fmt::Result {
    for (nth, problem) in problems.iter().enumerate() {
        let before = nth.checked_sub(1).map(|before| &problems[before]);
        let follows = before.is_some_and(|before| shares_help(before, problem));
        out.write_str(if follows { "\n  " } else { "\n\n  " })?;
        sentence(out, problem, style)?;
        for line in problem.excerpt().into_iter().flat_map(str::lines) {
            write!(out, "\n      {}{line}{}", style.dim, style.end)?;
        }
        if !problems
            .get(nth + 1)
            .is_some_and(|after| shares_help(problem, after))
        {
            for help in problem.help() {
                labelled(out, style.help, "help", help, style)?;
            }
        }
        for note in problem.notes() {
            labelled(out, style.dim, "note", note, style)?;
        }
    }
    Ok(())
}

/// Whether one help applies to two neighbours, such as two errors of one `.env` file.
fn shares_help(one: &Problem, other: &Problem) -> bool {
    let source = |problem: &Problem| problem.origin().map(Origin::source);
    one.key().is_none()
        && other.key().is_none()
        && source(one) == source(other)
        && one.help().next().is_some()
        && one.help().eq(other.help())
}

fn sentence(out: &mut impl Write, problem: &Problem, style: Style) -> fmt::Result {
    let text = problem.to_string();
    let (key, rest) = match problem.key() {
        Some(leaf) => text.split_at(leaf.len().min(text.len())),
        None => ("", text.as_str()),
    };
    if !key.is_empty() {
        write!(out, "{}{key}{}", style.key, style.end)?;
    }
    wrapped(out, rest, 2 + columns(key), 6, style.width)
}

fn labelled(
    out: &mut impl Write,
    colour: &str,
    label: &str,
    text: &str,
    style: Style,
) -> fmt::Result {
    write!(out, "\n    {colour}{label}:{} ", style.end)?;
    wrapped(out, text, 10, 10, style.width)
}

/// Wraps a text between words, never inside of quotes. The first line already has `used` columns.
fn wrapped(
    out: &mut impl Write,
    text: &str,
    used: usize,
    indent: usize,
    limit: usize,
) -> fmt::Result {
    let mut column = used;
    for (nth, word) in words(text, limit - indent).enumerate() {
        let width = columns(word);
        if nth > 0 {
            if column + 1 + width > limit {
                write!(out, "\n{:indent$}", "")?;
                column = indent;
            } else {
                out.write_char(' ')?;
                column += 1;
            }
        }
        out.write_str(word)?;
        column += width;
    }
    Ok(())
}

/// The words of a text. A text in double quotes is one word, unless it is wider than a line.
fn words(text: &str, width: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = end_of_word(text, Some('"'))
            .filter(|end| columns(&text[..*end]) <= width)
            .or_else(|| end_of_word(text, None));
        let end = end.unwrap_or(text.len());
        rest = text.get(end + 1..);
        Some(&text[..end])
    })
}

/// The end of the first word: at a space, or at the end of the text.
fn end_of_word(text: &str, quote: Option<char>) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, ch) in text.char_indices() {
        if ch == ' ' && !quoted {
            return Some(at);
        }
        quoted ^= quote == Some(ch) && !escaped;
        escaped = quoted && ch == '\\' && !escaped;
    }
    // A quote that is not closed is an ordinary character.
    (!quoted).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::{Report, WIDTH, wrapped};
    use crate::error::problem::{Problem, ProblemKind};
    use proptest::prelude::*;

    fn laid_out(text: &str) -> String {
        let mut out = String::new();
        wrapped(&mut out, text, 0, 4, WIDTH).unwrap();
        out
    }

    #[test]
    fn quoted_text_stays_on_one_line_if_it_fits() {
        let quoted = format!("{} \"{}\" end", "x".repeat(60), "a b ".repeat(10));
        assert_eq!(laid_out(&quoted).lines().count(), 2);
        let stray = format!("a \" b {}", "word ".repeat(60));
        assert!(laid_out(&stray).lines().all(|line| line.len() <= WIDTH));
        let long = format!("\"{}\"", "word ".repeat(60));
        assert!(laid_out(&long).lines().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn colours_only_add_escapes() {
        let problems = [
            Problem::new(ProblemKind::Missing, "required")
                .at("a.b")
                .with_help("set it"),
            Problem::new(ProblemKind::Source, "no such file").with_note("it is gone"),
        ];
        let report = Report::of_warnings("App", &problems);
        let mut plain = String::new();
        let mut rest = report.coloured();
        while let Some(at) = rest.find('\x1b') {
            let end = rest[at..].find('m').unwrap() + at + 1;
            plain.push_str(&rest[..at]);
            rest.drain(..end);
        }
        assert_eq!(plain + &rest, report.to_string());
        assert!(!report.coloured().contains("\x1b[1m\x1b[0m"));
    }

    proptest! {
        #[test]
        fn wrapping_only_replaces_spaces_by_line_ends(text in "[a-z\"\\\\ ]{0,300}") {
            let joined = laid_out(&text).replace("\n    ", " ");
            prop_assert_eq!(joined, text);
        }
    }
}
