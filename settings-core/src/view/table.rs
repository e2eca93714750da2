//! The masked table: one line per setting, with its value and its origin.

use super::line::{Line, LineState};
use crate::{
    build::rows::Row,
    error::style::{Look, columns, cut},
};
use std::{
    borrow::Cow,
    fmt::{self, Write},
};

/// Rows as a table.
pub(crate) struct Table<'a> {
    rows: Cow<'a, [Row]>,
    look: Look,
    /// Whether there are a header, a column of variables, and blank lines between groups.
    detailed: bool,
}

/// Values wider than this do not widen their column.
const WIDE_VALUE: usize = 40;

/// The minimum width of a value that is cut; below it, the origin moves to the next line.
const LEAST_VALUE: usize = 16;

/// Space between columns.
const GAP: usize = 2;

impl Table<'static> {
    /// A table with one line per setting only, for a log or a file.
    pub(crate) fn plain(rows: Vec<Row>) -> Self {
        Self {
            rows: Cow::Owned(rows),
            look: Look::default(),
            detailed: false,
        }
    }
}

impl Table<'_> {
    /// A table for operators, with a header, variables and groups.
    #[cfg(feature = "cli")]
    pub(crate) fn new(rows: &[Row], look: Look) -> Table<'_> {
        Table {
            rows: Cow::Borrowed(rows),
            look,
            detailed: true,
        }
    }

    /// Writes the table. Returns whether a value was cut.
    pub(crate) fn write(&self, out: &mut impl Write) -> Result<bool, fmt::Error> {
        let mut lines: Vec<Line> = self.rows.iter().map(Line::of).collect();
        if self.detailed && !lines.is_empty() {
            lines.insert(0, Line::header());
        }
        let widths = self.widths(&lines);
        let mut was_cut = false;
        let mut group: Option<Option<&str>> = None;
        for line in &lines {
            let starts_group = group.is_some_and(|group| group != line.group.as_deref());
            if self.detailed && starts_group {
                out.write_char('\n')?;
            }
            if line.state != LineState::Header {
                group = Some(line.group.as_deref());
            }
            was_cut |= self.line(out, line, &widths)?;
        }
        Ok(was_cut)
    }

    fn widths(&self, lines: &[Line]) -> Widths {
        let widest = |cell: fn(&Line) -> &str| lines.iter().map(|line| columns(cell(line))).max();
        let key = widest(|line| &line.key).unwrap_or(0);
        let variable = widest(|line| &line.variable).unwrap_or(0);
        let origin = widest(|line| &line.origin).unwrap_or(0);
        let values = lines
            .iter()
            .map(|line| columns(&line.value).min(WIDE_VALUE));
        let value = values.max().unwrap_or(0);
        let Some(width) = self.look.width else {
            return Widths {
                key,
                value,
                variable: self.detailed.then_some(variable),
            };
        };
        let fits = key + value + variable + origin + 3 * GAP <= width;
        let left = width.saturating_sub(key + origin + 2 * GAP);
        Widths {
            key,
            value: value.min(left.max(LEAST_VALUE)),
            variable: (self.detailed && fits).then_some(variable),
        }
    }

    fn line(&self, out: &mut impl Write, line: &Line, widths: &Widths) -> Result<bool, fmt::Error> {
        let variable_width = widths.variable.map_or(0, |variable| variable + GAP);
        let beside = |width: usize| {
            let taken = widths.key + variable_width + columns(&line.origin) + 2 * GAP;
            width.saturating_sub(taken)
        };
        let (value, apart) = match self.look.width {
            None => (Cow::Borrowed(line.value.as_str()), false),
            Some(width) if columns(&line.value).min(LEAST_VALUE) <= beside(width) => {
                (cut(&line.value, beside(width)), false)
            }
            Some(width) => {
                let left = width.saturating_sub(widths.key + GAP).max(8);
                (cut(&line.value, left), true)
            }
        };
        let mut text = Cells::new(out);
        text.cell(&line.key, &self.paint_key(line), widths.key)?;
        let value_width = match self.look.width {
            Some(width) if !apart => widths.value.min(beside(width)),
            _ => widths.value,
        };
        text.cell(&value, &self.paint_value(line, &value), value_width)?;
        if let Some(width) = widths.variable {
            let dim = self.paint_dim(line, &line.variable);
            text.cell(&line.variable, &dim, width)?;
        }
        if apart && !line.origin.is_empty() {
            text.end()?;
            writeln!(out, "    {}", self.look.dim(&line.origin))?;
        } else {
            let dim = self.paint_dim(line, &line.origin);
            text.cell(&line.origin, &dim, 0)?;
            text.end()?;
        }
        Ok(value != line.value)
    }

    fn paint_key<'t>(&self, line: &'t Line) -> Cow<'t, str> {
        match line.state {
            LineState::Header => self.look.dim(&line.key),
            LineState::Set | LineState::Invalid => self.look.bold(&line.key),
            LineState::Default | LineState::Derived => Cow::Borrowed(&line.key),
        }
    }

    fn paint_value<'t>(&self, line: &Line, value: &'t str) -> Cow<'t, str> {
        match line.state {
            LineState::Invalid => self.look.alarm(value),
            LineState::Header | LineState::Default => self.look.dim(value),
            LineState::Set | LineState::Derived => Cow::Borrowed(value),
        }
    }

    fn paint_dim<'t>(&self, line: &Line, text: &'t str) -> Cow<'t, str> {
        match line.state {
            LineState::Set | LineState::Invalid if self.detailed => Cow::Borrowed(text),
            _ => self.look.dim(text),
        }
    }
}

/// Widths of the columns; the one of variables is optional.
struct Widths {
    key: usize,
    value: usize,
    variable: Option<usize>,
}

/// Writes the cells of a line, without spaces at its end.
struct Cells<'a, W> {
    out: &'a mut W,
    /// Spaces before the next cell that is not empty.
    gap: usize,
}

impl<'a, W: Write> Cells<'a, W> {
    fn new(out: &'a mut W) -> Self {
        Self { out, gap: 0 }
    }

    fn cell(&mut self, text: &str, painted: &str, width: usize) -> fmt::Result {
        let gap = self.gap;
        if text.is_empty() {
            self.gap += width + GAP;
            return Ok(());
        }
        self.gap = width.saturating_sub(columns(text)) + GAP;
        write!(self.out, "{:gap$}{painted}", "")
    }

    fn end(self) -> fmt::Result {
        self.out.write_char('\n')
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f).map(|_| ())
    }
}
