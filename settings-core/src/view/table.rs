//! The masked table: one line per setting, with its value and its origin.

use crate::{
    build::rows::{Row, Shows},
    error::{
        origin::Layer,
        redact,
        style::{Look, columns, cut},
    },
    value::path::Segment,
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
        let mut lines: Vec<TableLine> = self.rows.iter().map(TableLine::of).collect();
        if self.detailed && !lines.is_empty() {
            lines.insert(0, TableLine::header());
        }
        let widths = self.widths(&lines);
        let mut was_cut = false;
        let mut group: Option<Option<&str>> = None;
        for line in &lines {
            let starts_group = group.is_some_and(|group| group != line.group.as_deref());
            if self.detailed && starts_group {
                out.write_char('\n')?;
            }
            if line.state != RowState::Header {
                group = Some(line.group.as_deref());
            }
            was_cut |= self.line(out, line, &widths)?;
        }
        Ok(was_cut)
    }

    fn widths(&self, lines: &[TableLine]) -> Widths {
        let widest =
            |cell: fn(&TableLine) -> &str| lines.iter().map(|line| columns(cell(line))).max();
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

    fn line(
        &self,
        out: &mut impl Write,
        line: &TableLine,
        widths: &Widths,
    ) -> Result<bool, fmt::Error> {
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

    fn paint_key<'t>(&self, line: &'t TableLine) -> Cow<'t, str> {
        match line.state {
            RowState::Header => self.look.dim(&line.key),
            RowState::Set | RowState::Invalid => self.look.bold(&line.key),
            RowState::Default | RowState::Derived => Cow::Borrowed(&line.key),
        }
    }

    fn paint_value<'t>(&self, line: &TableLine, value: &'t str) -> Cow<'t, str> {
        match line.state {
            RowState::Invalid => self.look.alarm(value),
            RowState::Header | RowState::Default => self.look.dim(value),
            RowState::Set | RowState::Derived => Cow::Borrowed(value),
        }
    }

    fn paint_dim<'t>(&self, line: &TableLine, text: &'t str) -> Cow<'t, str> {
        match line.state {
            RowState::Set | RowState::Invalid if self.detailed => Cow::Borrowed(text),
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

/// The texts of a row.
struct TableLine {
    key: String,
    value: String,
    variable: String,
    origin: String,
    /// Its top-level group.
    group: Option<String>,
    state: RowState,
}

#[derive(Clone, Copy, PartialEq)]
enum RowState {
    Header,
    /// Whether a source sets it.
    Set,
    /// It has its default, or no value.
    Default,
    Derived,
    Invalid,
}

impl TableLine {
    fn header() -> Self {
        Self {
            key: "SETTING".to_owned(),
            value: "VALUE".to_owned(),
            variable: "VARIABLE".to_owned(),
            origin: "ORIGIN".to_owned(),
            group: None,
            state: RowState::Header,
        }
    }

    fn of(row: &Row) -> Self {
        let is_derived = row.leaf.is_none() && row.variable.is_none() && row.origin.is_none();
        let origin = match &row.origin {
            Some(origin) => redact::escape_line(origin.to_string()),
            None if is_derived => "derived".to_owned(),
            None => String::new(),
        };
        let is_default = |layer| layer == Layer::Default;
        let state = match (&row.value, &row.origin) {
            (Shows::Invalid, _) => RowState::Invalid,
            (_, None) if is_derived => RowState::Derived,
            (_, Some(origin)) if !is_default(origin.layer()) => RowState::Set,
            _ => RowState::Default,
        };
        let value = match (&row.value, &row.origin) {
            (Shows::Nothing, None) => "(unset)".to_owned(),
            (Shows::Nothing, Some(_)) => "(empty)".to_owned(),
            (Shows::Invalid, None) => "(missing: see the report)".to_owned(),
            (Shows::Invalid, Some(_)) => "(invalid: see the report)".to_owned(),
            (value, _) => value.to_string(),
        };
        let mut path = row.path.segments();
        let group = match (path.next(), path.next()) {
            (Some(Segment::Name(group)), Some(_)) => Some(group.to_owned()),
            _ => None,
        };
        Self {
            // The key of a map of groups may contain anything.
            key: redact::escape_truncated(&row.key).to_string(),
            value,
            variable: row.shell_variable().unwrap_or_default().to_owned(),
            origin,
            group,
            state,
        }
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f).map(|_| ())
    }
}

impl fmt::Display for Shows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("-"),
            Self::Invalid => f.write_str("?"),
            Self::Masked => f.write_str(redact::MASK),
            Self::Text(text) if text.is_empty() => f.write_str("\"\""),
            // One line per value: line breaks are escaped.
            Self::Text(text) => f.write_str(&redact::escape_line(text.clone())),
            Self::Structure(value) => {
                f.write_str(&redact::escape_line(crate::view::json::value(value)))
            }
        }
    }
}
