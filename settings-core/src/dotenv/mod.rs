//! Strict reader of `.env` files, which reports all errors of a file at once.
//!
//! A value is unquoted, in `'single'` quotes (verbatim) or in `"double"` quotes (with escapes).
//! Outside single quotes `${NAME}`, `${NAME:-default}` and similar references are replaced; a bare `$NAME`,
//! `$(…)` and backticks are text. Ambiguous lines are errors.
//!
//! ```
//! let file = b"HOST=db.example\nPASSWORD='pa$$word # 1'\nURL=\"pg://${HOST}:${PORT:-5432}\"\n";
//! let parsed = settings_core::dotenv::parse(file, |_| None)?;
//!
//! let values: Vec<_> = parsed.entries().iter().map(|e| (e.key(), e.value())).collect();
//! assert_eq!(
//!     values,
//!     [
//!         ("HOST", "db.example"),
//!         ("PASSWORD", "pa$$word # 1"),
//!         ("URL", "pg://db.example:5432"),
//!     ]
//! );
//! # Ok::<(), settings_core::dotenv::ParseError>(())
//! ```
//!
//! # Secrets
//!
//! No error, warning or `Debug` output shows a value. A value that needs no change
//! is borrowed from the file; any other is built in memory that is wiped when it is dropped. Text
//! that the `env` function returns is wiped after use.

mod assignments;
mod bad_line;
mod error;
mod expand;
mod message;
#[cfg(feature = "cli")]
pub(crate) mod portable;
pub(crate) mod quote;
mod reader;
mod scan;
mod text;
mod value;

use std::fmt;

pub use self::error::{LineError, ParseError};
use self::text::Text;

/// The entries of a `.env` file: the result of [`parse`].
#[derive(Debug)]
pub struct Parsed<'a> {
    entries: Vec<Entry<'a>>,
    warnings: Vec<Warning>,
}

/// One key and its value.
///
/// Its `Debug` omits the value.
pub struct Entry<'a> {
    key: &'a str,
    text: Text<'a>,
    line: u32,
    quoted: bool,
}

/// A line that is allowed, but probably a mistake.
///
/// ```
/// let parsed = settings_core::dotenv::parse(b"A=1\nB=2\nexport A=3\n", |_| None)?;
/// let [warning] = parsed.warnings() else { panic!() };
///
/// assert_eq!(warning.rule(), "duplicate-key");
/// assert_eq!((warning.line(), warning.column()), (3, 8));
/// assert_eq!(
///     warning.to_string(),
///     "line 3, column 8: `A` is already set on line 1; this line wins, so remove the other"
/// );
/// # Ok::<(), settings_core::dotenv::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    key: Box<str>,
    line: u32,
    column: u32,
    previous: u32,
}

/// Reads a `.env` file.
///
/// `env` is the process environment or a substitute for it: references such as `${NAME}` use
/// it first, then the assignments above them. It has no other use, and the entries
/// are those of the file, whether `env` sets the same keys or not.
///
/// The last assignment of a repeated key wins, with a [`Warning`].
///
/// # Errors
///
/// Returns every error of the file, in file order. Such a file has no entries.
///
/// A file may have 16 MiB, a value 1 MiB, both as written and with its references replaced, and
/// references may be nested 16 deep. All references of a file together may insert
/// 64 MiB.
///
/// # Example
///
/// ```
/// use settings_core::dotenv;
///
/// let env = |name: &str| (name == "HOME").then(|| "/home/me".to_owned());
///
/// let parsed = dotenv::parse(b"CACHE=${HOME}/.cache", env)?;
/// assert_eq!(parsed.entries()[0].value(), "/home/me/.cache");
///
/// let error = dotenv::parse(b"TOKEN=\"s3cret\" tail\nCACHE=${HOEM}/.cache\n", env).unwrap_err();
/// let rules: Vec<_> = error.errors().iter().map(|e| (e.line(), e.rule())).collect();
/// assert_eq!(rules, [(1, "text-after-quote"), (2, "undefined-reference")]);
/// # Ok::<(), dotenv::ParseError>(())
/// ```
pub fn parse(bytes: &[u8], env: impl Fn(&str) -> Option<String>) -> Result<Parsed<'_>, ParseError> {
    parse_after(bytes, &env, &|_| None)
}

/// Reads a file that follows others: references use `env`, then the lines above, then `earlier`.
pub(crate) fn parse_after<'a>(
    bytes: &'a [u8],
    env: &dyn Fn(&str) -> Option<String>,
    earlier: &dyn Fn(&str) -> Option<String>,
) -> Result<Parsed<'a>, ParseError> {
    reader::read(bytes, Outside { env, earlier })
}

/// The sources of the values of references, besides the file itself.
#[derive(Clone, Copy)]
struct Outside<'r> {
    /// The source before the lines above.
    env: &'r dyn Fn(&str) -> Option<String>,
    /// The source after the lines above.
    earlier: &'r dyn Fn(&str) -> Option<String>,
}

impl<'a> Parsed<'a> {
    /// The entries, in the order of the effective assignments.
    pub fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The warnings, in file order: at most the first 100.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the entries.
    ///
    /// ```
    /// let parsed = settings_core::dotenv::parse(b"PORT=80", |_| None)?;
    /// for entry in parsed.into_entries() {
    ///     assert_eq!(entry.key(), "PORT");
    /// }
    /// # Ok::<(), settings_core::dotenv::ParseError>(())
    /// ```
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry<'a>> {
        self.entries
    }
}

impl<'a> Entry<'a> {
    /// The key as it is spelled in the file, without `export`.
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// The value, without its quotes, and with its escapes and references replaced.
    pub fn value(&self) -> &str {
        self.text.as_str()
    }

    /// The value, in an owned copy if it is borrowed from the file.
    pub(crate) fn into_value(self) -> zeroize::Zeroizing<String> {
        self.text.into_owned()
    }

    /// The line on which the assignment begins; the first is 1.
    pub fn line(&self) -> usize {
        self.line as usize
    }

    /// Whether the value is in quotes.
    ///
    /// ```
    /// let parsed = settings_core::dotenv::parse(b"NOTHING=\nEMPTY=''\n", |_| None)?;
    /// let quoted: Vec<_> = parsed.entries().iter().map(|e| (e.line(), e.quoted())).collect();
    /// assert_eq!(quoted, [(1, false), (2, true)]);
    /// # Ok::<(), settings_core::dotenv::ParseError>(())
    /// ```
    pub fn quoted(&self) -> bool {
        self.quoted
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("line", &self.line)
            .field("quoted", &self.quoted)
            .finish_non_exhaustive()
    }
}

impl Warning {
    /// The name of the rule: `duplicate-key`. More rules may be added.
    pub fn rule(&self) -> &'static str {
        "duplicate-key"
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line as usize
    }

    /// The column, counted in characters from 1.
    pub fn column(&self) -> usize {
        self.column as usize
    }

    /// The warning without line and column.
    pub(crate) fn without_place(&self) -> impl fmt::Display {
        format!(
            "`{}` is already set on line {}; this line wins, so remove the other",
            self.key, self.previous
        )
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = (self.line, self.column);
        write!(f, "line {line}, column {column}: {}", self.without_place())
    }
}
