//! `Problem`: one entry of a report, and the mask of the value that it quotes.

use crate::{
    error::{
        origin::{Layer, Origin},
        redact::{self, Secrets},
    },
    value::{json, node::Node, raw::Raw},
};
use std::{borrow::Cow, fmt};

/// One problem of the settings, or a warning.
///
/// `Display` prints one line, in which invisible characters are escaped; [`Error`](crate::Error) prints several as a
/// report.
///
/// ```
/// use settings_core::{ProblemKind, Settings};
///
/// #[derive(Debug, Settings)]
/// struct App {
///     port: u16,
/// }
///
/// let error = App::empty_loader().env_from([("PORT", "lots")]).load().unwrap_err();
/// let problem = &error.problems()[0];
/// assert_eq!(problem.key(), Some("port"));
/// assert_eq!(problem.kind(), ProblemKind::Malformed);
/// assert_eq!(problem.origin().unwrap().to_string(), "environment variable PORT");
/// assert_eq!(
///     problem.to_string(),
///     r#"port: expected a whole number from 0 to 65535, found "lots" in environment variable PORT"#,
/// );
/// ```
#[derive(Clone)]
pub struct Problem(Box<ProblemParts>);

#[derive(Clone)]
struct ProblemParts {
    kind: ProblemKind,
    leaf: Option<Box<str>>,
    variable: Option<Box<str>>,
    origin: Option<Origin>,
    /// Whether `what` names the origin already.
    placed: bool,
    what: String,
    excerpt: Option<Box<str>>,
    help: Vec<String>,
    notes: Vec<String>,
}

/// The kind of a problem, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A required setting has no value, or was set to nothing.
    Missing,
    /// A value is not of the setting's type.
    Malformed,
    /// A value is of its type, but violates a rule.
    Rule,
    /// A name matches no setting.
    Unknown,
    /// Two names in one layer set one setting, or a name may match by accident.
    Ambiguous,
    /// A source could not be read.
    Source,
    /// A name or setting should no longer be used.
    Deprecated,
    /// A higher layer set a setting to nothing, so that the value of a lower layer does not count.
    Shadowed,
}

impl Problem {
    /// A problem; `what` is a clause that follows the key.
    pub(crate) fn new(kind: ProblemKind, what: impl Into<String>) -> Self {
        Self(Box::new(ProblemParts {
            kind,
            leaf: None,
            variable: None,
            origin: None,
            placed: false,
            what: redact::escape_line(what.into()),
            excerpt: None,
            help: Vec::new(),
            notes: Vec::new(),
        }))
    }

    /// Sets the key.
    pub(crate) fn at(mut self, leaf: impl Into<String>) -> Self {
        self.0.leaf = Some(redact::escape_line(leaf.into()).into());
        self
    }

    /// Adds the key of the list or map of groups that contains the setting.
    pub(crate) fn within(mut self, within: &str) -> Self {
        if let Some(leaf) = self.0.leaf.as_deref().filter(|_| !within.is_empty()) {
            // An element that is a list or map has no key of its own.
            let key = match leaf {
                "" => within.strip_suffix('.').unwrap_or(within).to_owned(),
                leaf => format!("{within}{leaf}"),
            };
            self.0.leaf = Some(redact::escape_line(key).into());
            self.0.variable = None;
        }
        self
    }

    /// Sets the canonical variable name.
    pub(crate) fn variable(mut self, variable: impl Into<String>) -> Self {
        self.0.variable = Some(redact::escape_line(variable.into()).into());
        self
    }

    /// Adds the canonical variable name, if a shell can set it.
    pub(crate) fn variable_if(self, variable: Option<String>) -> Self {
        match variable {
            Some(variable) => self.variable(variable),
            None => self,
        }
    }

    /// Sets the origin, which `Display` adds.
    pub(crate) fn from(mut self, origin: Origin) -> Self {
        self.0.origin = Some(origin);
        self
    }

    /// Sets the origin, which `what` already names.
    pub(crate) fn about(mut self, origin: Origin) -> Self {
        self.0.placed = true;
        self.from(origin)
    }

    /// Masks an invalid value that contains a secret: where it was found, and in the reason of the program.
    pub(crate) fn mask(&mut self, text: &str, secrets: &Secrets) {
        if !matches!(self.0.kind, ProblemKind::Malformed | ProblemKind::Rule) {
            return;
        }
        let masked = secrets.mask(text);
        let (quoted_text, quoted_mask) = (quoted(text), quoted(&masked));
        // A short text may be a word of the message.
        let unquoted = |part: &str| match text.chars().count() {
            0..=3 => part.to_owned(),
            _ => part.replace(text, &masked),
        };
        let mask = |part: &mut String| {
            let (expected, found) = match part.find(", found ") {
                Some(at) => part.split_at(at),
                None => part.split_at(part.len()),
            };
            let expected = match expected.starts_with("rejected: ") {
                true => unquoted(expected),
                false => expected.to_owned(),
            };
            let found = found.replace(&quoted_text, &quoted_mask);
            *part = expected + &unquoted(&found);
        };
        mask(&mut self.0.what);
        self.0.notes.iter_mut().for_each(mask);
    }

    /// Adds a line of help.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help.push(redact::escape_line(help.into()));
        self
    }

    /// Adds the line of a syntax error.
    pub(crate) fn with_excerpt(mut self, excerpt: Option<String>) -> Self {
        self.0.excerpt = excerpt.map(String::into_boxed_str);
        self
    }

    /// Adds a note.
    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(redact::escape_line(note.into()));
        self
    }

    /// The kind of the problem.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// The dotted key of the setting, or of an element in it: `server.bind`, `hosts[1]`. A problem of a whole struct
    /// has the name of the struct, and a source that could not be read has none.
    pub fn key(&self) -> Option<&str> {
        self.0.leaf.as_deref()
    }

    /// The canonical variable name of that setting, whatever source the value came from.
    pub fn env_name(&self) -> Option<&str> {
        self.0.variable.as_deref()
    }

    /// The origin of the value, or the source that could not be read; `None` for a setting that no source sets.
    pub fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }

    /// Two lines for a syntax error in a file: its line, in which everything but names of settings is masked, and a caret
    /// under the column.
    ///
    /// ```
    /// # #[cfg(feature = "toml")] {
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # struct App { token: String }
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("app.toml");
    /// std::fs::write(&file, "token = hunter2")?;
    /// let error = App::empty_loader().file(&file).load().unwrap_err();
    /// assert_eq!(error.problems()[0].excerpt(), Some("token = •…\n        ^"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// Ways to fix it, the most likely one first.
    ///
    /// ```
    /// # use settings_core::Settings;
    /// # #[derive(Debug, Settings)]
    /// # #[settings(prefix = "APP_")]
    /// # struct App { token: String }
    /// let error = App::empty_loader().load().unwrap_err();
    /// let problem = &error.problems()[0];
    /// assert_eq!(problem.env_name(), Some("APP_TOKEN"));
    /// assert_eq!(problem.help().next(), Some("set APP_TOKEN to text"));
    /// assert_eq!(problem.notes().count(), 0);
    /// ```
    pub fn help(&self) -> impl Iterator<Item = &str> {
        self.0.help.iter().map(String::as_str)
    }

    /// Further facts, such as a file that could not be read and may define a missing setting.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        self.0.notes.iter().map(String::as_str)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(leaf) = self.key() {
            write!(f, "{leaf}: ")?;
        }
        f.write_str(&self.0.what)?;
        match &self.0.origin {
            Some(origin) if !self.0.placed => match origin.layer() {
                Layer::Default if origin.is_computed() => {
                    write!(f, " in its default, {origin}")
                }
                Layer::Default => write!(f, " in its {origin}"),
                Layer::Set => f.write_str(" in what the program sets"),
                _ => write!(f, " in {origin}"),
            },
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({:?}, {self})", self.0.kind)
    }
}

/// Whether a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The value, with passwords and tokens in it masked.
    Shown,
    /// Only the mask.
    Masked,
}

impl Sight {
    /// The words for a value that was found: quoted, cut and escaped, or the mask.
    ///
    /// No part of a `structure` in a text is shown, because any part may be secret.
    pub(crate) fn found(self, raw: &Raw, structure: bool) -> Cow<'static, str> {
        if self == Self::Masked {
            return Cow::Borrowed(redact::MASK);
        }
        match (raw.as_node(), raw.as_text()) {
            (Some(Node::Null), _) => Cow::Borrowed("nothing"),
            (Some(Node::List(_)), _) => Cow::Borrowed("a list"),
            (Some(Node::Table(_)), _) => Cow::Borrowed("a table"),
            (_, Some(text)) if raw.is_bare() => redact::escape_truncated(&text).to_string().into(),
            (_, Some(text)) if !structure => quoted(&text).into(),
            (_, Some(text)) if text.trim_start().starts_with(['{', '[']) => {
                begins_as_json(&text).into()
            }
            _ => Cow::Borrowed("other text"),
        }
    }

    /// The same for a value that is only known as text.
    pub(crate) fn found_text(self, text: &str) -> Cow<'static, str> {
        match self {
            Self::Masked => Cow::Borrowed(redact::MASK),
            Self::Shown => quoted(text).into(),
        }
    }
}

/// The words for text that begins like JSON.
fn begins_as_json(text: &str) -> &'static str {
    let text = text.trim();
    match (text.starts_with('{'), json::check(text).is_ok()) {
        (true, true) => "a JSON object",
        (true, false) => "text that begins with `{`",
        (false, true) => "a JSON list",
        (false, false) => "text that begins with `[`",
    }
}

fn quoted(text: &str) -> String {
    redact::quote_value(&redact::mask_urls(text)).to_string()
}
