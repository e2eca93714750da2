//! The masked table: a line a leaf, with its value and its origin.

use crate::{
    error::{
        problem::Problem,
        redact,
        style::{Look, columns, cut},
    },
    view::rows::{Row, Shows},
};
use std::{
    borrow::Cow,
    fmt::{self, Write},
};

/// Rows, each with the problems that stand in its way.
pub(crate) struct Table<'a> {
    rows: Cow<'a, [Row]>,
    problems: &'a [Problem],
    look: Look,
}

/// Values wider than this don't widen their column.
const LONG: usize = 40;

/// A value that is cut keeps as many columns, if there are any; its origin moves to a line of its own.
const SHORT: usize = 16;

impl Table<'static> {
    /// For a log or a file.
    pub(crate) fn plain(rows: Vec<Row>) -> Self {
        Self {
            rows: Cow::Owned(rows),
            problems: &[],
            look: Look::default(),
        }
    }
}

impl Table<'_> {
    #[cfg(feature = "cli")]
    pub(crate) fn new<'a>(rows: &'a [Row], problems: &'a [Problem], look: Look) -> Table<'a> {
        Table {
            rows: Cow::Borrowed(rows),
            problems,
            look,
        }
    }

    /// Writes it. Tells whether a value was cut.
    pub(crate) fn write(&self, out: &mut impl Write) -> Result<bool, fmt::Error> {
        let cells: Vec<Cells> = self.rows.iter().map(Cells::of).collect();
        let keys = cells.iter().map(|cells| columns(&cells.key)).max();
        let keys = keys.unwrap_or(0);
        let values = cells.iter().map(|cells| columns(&cells.value).min(LONG));
        let values = values.max().unwrap_or(0);
        let origins = cells.iter().map(|cells| columns(&cells.origin)).max();
        let values = match self.look.width {
            Some(width) => {
                let left = width.saturating_sub(keys + 4 + origins.unwrap_or(0));
                values.min(left.max(SHORT))
            }
            None => values,
        };
        let mut was_cut = false;
        for (row, cells) in self.rows.iter().zip(&cells) {
            was_cut |= self.line(out, cells, keys, values)?;
            for problem in self.problems.iter().filter(|problem| is_of(problem, row)) {
                let told = problem.to_string();
                let told = told
                    .strip_prefix(&format!("{}: ", row.key))
                    .unwrap_or(&told);
                let told = self.look.wrapped(told, 6);
                writeln!(out, "    {}", self.look.alarm(&format!("! {told}")))?;
            }
        }
        Ok(was_cut)
    }

    fn line(
        &self,
        out: &mut impl Write,
        cells: &Cells,
        keys: usize,
        values: usize,
    ) -> Result<bool, fmt::Error> {
        let Cells { key, value, origin } = cells;
        let beside = |width: usize| width.saturating_sub(keys + 4 + columns(origin));
        let (shown, apart) = match self.look.width {
            None => (Cow::Borrowed(value.as_str()), false),
            Some(width) if columns(value).min(SHORT) <= beside(width) => {
                (cut(value, beside(width)), false)
            }
            Some(width) => (cut(value, width.saturating_sub(keys + 2).max(8)), true),
        };
        let gap = keys.saturating_sub(columns(key));
        let after = match self.look.width {
            _ if apart => 0,
            Some(width) => values.min(beside(width)).saturating_sub(columns(&shown)),
            None => values.saturating_sub(columns(&shown)),
        };
        write!(out, "{}", self.look.bold(key))?;
        if origin.is_empty() || apart {
            writeln!(out, "{:gap$}  {shown}", "")?;
        } else {
            let origin = self.look.dim(origin);
            writeln!(out, "{:gap$}  {shown}{:after$}  {origin}", "", "")?;
        }
        if apart && !origin.is_empty() {
            writeln!(out, "    {}", self.look.dim(origin))?;
        }
        Ok(shown != *value)
    }
}

/// What stands in a line.
struct Cells {
    key: String,
    value: String,
    origin: String,
}

impl Cells {
    fn of(row: &Row) -> Self {
        let origin = match (&row.origin, &row.value) {
            (Some(origin), _) => redact::escape_line(origin.to_string()),
            (None, Shows::Nothing | Shows::Invalid) => String::new(),
            (None, _) => "derived".to_owned(),
        };
        Self {
            // The key of a map of groups may hold anything.
            key: redact::escape_truncated(&row.key).to_string(),
            value: row.value.to_string(),
            origin,
        }
    }
}

/// Whether a problem is one of this leaf, or of something within it.
fn is_of(problem: &Problem, row: &Row) -> bool {
    let after = problem.key().and_then(|leaf| leaf.strip_prefix(&*row.key));
    after.is_some_and(|after| after.is_empty() || after.starts_with(['[', '.']))
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
            // One line a value: what would break it is written as an escape.
            Self::Text(text) => f.write_str(&redact::escape_line(text.clone())),
            Self::Structure(value) => {
                f.write_str(&redact::escape_line(crate::view::json::value(value)))
            }
        }
    }
}
