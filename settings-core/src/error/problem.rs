//! `Problem`: one thing to mend, and the only place that decides what of a value may be shown.

use crate::{
    error::{
        origin::{Layer, Origin},
        redact,
    },
    value::{node::Node, raw::Raw},
};
use std::{borrow::Cow, fmt};

/// One thing that is wrong with the settings, or, as a warning, that should be looked at.
///
/// `Display` gives it in one line, in which what can't be seen is escaped; [`Error`](crate::Error) lays several out as a
/// page.
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
pub struct Problem(Box<Facts>);

#[derive(Clone)]
struct Facts {
    kind: ProblemKind,
    leaf: Option<Box<str>>,
    variable: Option<Box<str>>,
    origin: Option<Origin>,
    /// Whether `what` names the place already.
    placed: bool,
    what: String,
    help: Vec<String>,
    notes: Vec<String>,
}

/// What kind of problem it is, for programs; people read its `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A leaf that must have a value has none, or was set to nothing.
    Missing,
    /// A value is not of the leaf's type.
    Malformed,
    /// A value is of its type, but breaks a rule.
    Rule,
    /// A name leads to no leaf.
    Unknown,
    /// Two names in one layer speak for one leaf, or a name says what nobody may have meant.
    Ambiguous,
    /// A source could not be read.
    Source,
    /// A name or leaf should no longer be used.
    Deprecated,
    /// A value of a lower layer is hidden, because a higher one set the leaf to nothing.
    Shadowed,
}

impl Problem {
    /// A problem that says `what` is wrong, as a clause that follows the leaf's name.
    pub(crate) fn new(kind: ProblemKind, what: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            kind,
            leaf: None,
            variable: None,
            origin: None,
            placed: false,
            what: redact::escape_line(what.into()),
            help: Vec::new(),
            notes: Vec::new(),
        }))
    }

    /// At this leaf, or another dotted place.
    pub(crate) fn at(mut self, leaf: impl Into<String>) -> Self {
        self.0.leaf = Some(redact::escape_line(leaf.into()).into());
        self
    }

    /// The same, seen from outside of an element that its place stands in.
    pub(crate) fn within(mut self, within: &str) -> Self {
        if let Some(leaf) = self.0.leaf.as_deref().filter(|_| !within.is_empty()) {
            self.0.leaf = Some(redact::escape_line(format!("{within}{leaf}")).into());
            self.0.variable = None;
        }
        self
    }

    /// With the proper name in the environment.
    pub(crate) fn variable(mut self, variable: impl Into<String>) -> Self {
        self.0.variable = Some(redact::escape_line(variable.into()).into());
        self
    }

    /// From this place, which `Display` adds.
    pub(crate) fn from(mut self, origin: Origin) -> Self {
        self.0.origin = Some(origin);
        self
    }

    /// About this place, which `what` names already.
    pub(crate) fn about(mut self, origin: Origin) -> Self {
        self.0.placed = true;
        self.from(origin)
    }

    /// With one more thing to do about it.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help.push(redact::escape_line(help.into()));
        self
    }

    /// With something else that is known.
    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(redact::escape_line(note.into()));
        self
    }

    /// What kind of problem it is.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// The dotted key of the leaf it is about, or of an element within it: `server.bind`, `hosts[1]`. A check across a struct
    /// names the struct, and a source that could not be read has none.
    pub fn key(&self) -> Option<&str> {
        self.0.leaf.as_deref()
    }

    /// The proper name of that leaf in the environment, whatever source the value came from.
    pub fn env_name(&self) -> Option<&str> {
        self.0.variable.as_deref()
    }

    /// Where the value came from, or what could not be read; `None` for a leaf that no source has.
    pub fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }

    /// What to do about it, the most likely thing first.
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

    /// What else is known: that a missing leaf may stand in a file that could not be read.
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
                Layer::Default => f.write_str(" in its default"),
                Layer::Set => f.write_str(" in what the program sets"),
                // A path or the name of a variable may hold anything.
                _ => write!(f, " in {}", redact::escape_line(origin.to_string())),
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

/// How the value of a leaf may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// As it is, but for passwords in URLs.
    Shown,
    /// Not at all.
    Masked,
}

impl Sight {
    /// The words for what was found: a value quoted, cut and escaped, or the mask.
    ///
    /// Of a `structure` in a text no part is told, since nobody knows which of them is secret.
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
            (_, Some(text)) if text.trim_start().starts_with('{') => "a JSON object".into(),
            (_, Some(text)) if text.trim_start().starts_with('[') => "a JSON list".into(),
            _ => Cow::Borrowed("other text"),
        }
    }

    /// The same for a text that is all there is left of a value.
    pub(crate) fn found_text(self, text: &str) -> Cow<'static, str> {
        match self {
            Self::Masked => Cow::Borrowed(redact::MASK),
            Self::Shown => quoted(text).into(),
        }
    }
}

fn quoted(text: &str) -> String {
    redact::quote_value(&redact::mask_urls(text)).to_string()
}
