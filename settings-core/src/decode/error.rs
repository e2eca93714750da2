//! Problems of values that cannot be decoded. They contain nothing of the value.

use super::expecting;
use crate::error::problem::ProblemKind;
use crate::schema::Kind;
use crate::value::json;
use crate::value::path::{KeyPath, Segment};
use crate::value::quotes::is_typographic_quote;
use serde::de::{self, Unexpected};
use settings_syntax::duration::UNITS;
use std::fmt;
use zeroize::Zeroizing;

/// The problem of a value that cannot be decoded.
pub struct Malformed(Box<DecodeFault>);

/// The parts of a [`Malformed`].
///
/// Only two of them may contain parts of the value: `reason`, which is foreign text, and `at`, which has the keys of a
/// map. The caller masks both.
#[derive(Default)]
pub(crate) struct DecodeFault {
    /// Description of the expected value: completes "expected …".
    pub(crate) expected: String,
    /// The message of the type itself.
    pub(crate) reason: Option<Zeroizing<String>>,
    /// The path inside a list, map or struct; empty for the whole value.
    pub(crate) at: KeyPath,
    /// The allowed names.
    pub(crate) choices: Option<&'static [&'static str]>,
    /// The help.
    pub(crate) hint: Option<Hint>,
    /// Whether the value is a structure, which is not quoted.
    pub(crate) structured: bool,
    pub(crate) expectation: Expectation,
    /// Whether the kind of the whole value describes what was expected better than `expected` does.
    vague: bool,
    /// The number of steps in `at`; above the depth of every kind if one of them is a key.
    steps: usize,
    /// The scalar that serde rejected, to distinguish two problems.
    unexpected: Option<Zeroizing<String>>,
    /// The key that a struct does not have.
    pub(crate) unknown_key: Option<Zeroizing<String>>,
    about: About,
    /// Whether the key at the end of `at` is invalid, not its value.
    pub(crate) is_key: bool,
    /// The missing key of a struct; `at` is the path that it should have.
    pub(crate) missing: Option<&'static str>,
    /// The number of elements read so far, with this one.
    taken: usize,
    /// Problems of the elements after this one.
    pub(crate) others: Vec<DecodeFault>,
}

/// The part of a value that is invalid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum About {
    #[default]
    Value,
    /// A list of another length than its type.
    Length,
    /// A value that no variant of an untagged enum accepts.
    Variants,
}

/// The origin of the words for what was expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// A kind that many types have.
    #[default]
    General,
    /// The words of a type of std, or of a common crate.
    Known,
    /// The words of another type.
    OfType,
}

/// Help for a malformed value, as a sentence without a full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    /// A number or bool in place of a string.
    Quote,
    /// Kubernetes set a variable for a service of the same name.
    ServiceLink,
    /// Quotes that are part of the text, which can be decoded without them.
    KeptQuotes,
    /// A carriage return at the end of the text, which can be decoded without it.
    CarriageReturn,
    /// Typographic quotes around the text, which can be decoded without them.
    TypographicQuotes,
    /// Characters that are not visible, without which the text can be decoded.
    Invisible,
    /// A minus or digits of another script.
    LooksLikeNumber,
    /// A comment or a mark after the value, without which the text can be decoded.
    Trailing,
    /// A reference to a variable, which nothing replaced.
    Reference,
    /// Text that is not JSON, or not a map.
    Flaw(json::Flaw),
    /// Text in a list that begins with a bracket but is not JSON.
    List {
        /// The first invalid character, counted from 1.
        column: usize,
    },
    /// serde buffers the value, so that texts in it are not converted.
    Buffered,
    /// A part of a map without `=`.
    Pairs,
    /// An empty element between two separators.
    Gap,
    /// A number that the type would change; a string keeps every digit.
    QuoteNumber,
    /// Text for a duration.
    DurationUnits,
}

impl Hint {
    /// Characters that a tool may have added to a text that violates a rule.
    pub(crate) fn of_look(text: &str) -> Option<Self> {
        if text.ends_with('\r') {
            return Some(Self::CarriageReturn);
        }
        let is_quoted = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
        if is_quoted('"') || is_quoted('\'') {
            return Some(Self::KeptQuotes);
        }
        if text.starts_with(is_typographic_quote) && text.ends_with(is_typographic_quote) {
            return Some(Self::TypographicQuotes);
        }
        text.contains(is_invisible).then_some(Self::Invisible)
    }
}

/// Whether a character has no width, changes the direction of text, or is a space that is not printed as one.
pub(super) fn is_invisible(ch: char) -> bool {
    matches!(
        ch,
        '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202f}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

impl Malformed {
    /// The problem of a value that is not of this kind.
    #[cold]
    pub(super) fn expected(kind: &Kind) -> Self {
        let choices = match kind {
            Kind::Enum(names) => Some(*names),
            _ => None,
        };
        Self(Box::new(DecodeFault {
            expected: expecting::of_kind(kind),
            choices,
            vague: !matches!(
                kind,
                Kind::Bool | Kind::Float | Kind::Enum(_) | Kind::Duration
            ),
            ..DecodeFault::default()
        }))
    }

    /// The problem of a value, with the words for what was expected.
    #[cold]
    pub(super) fn words(expected: String) -> Self {
        Self(Box::new(DecodeFault {
            expected,
            ..DecodeFault::default()
        }))
    }

    /// An integer that serde's buffer cannot hold.
    #[cold]
    pub(super) fn too_wide() -> Self {
        let range = Kind::Integer {
            min: i64::MIN.into(),
            max: u64::MAX.into(),
        };
        Self::words(range.to_string()).hinted(Hint::QuoteNumber)
    }

    /// A decimal number that a float would round.
    #[cold]
    pub(super) fn too_precise() -> Self {
        let expected = "a decimal number that 64 bits hold without rounding";
        Self::words(expected.to_owned()).hinted(Hint::QuoteNumber)
    }

    /// The problem of a value that a function of the program rejected.
    #[cold]
    pub(super) fn refused(reason: String) -> Self {
        Self(Box::new(DecodeFault {
            expected: "a value of its type".to_owned(),
            reason: Some(Zeroizing::new(reason)),
            ..DecodeFault::default()
        }))
    }

    pub(super) fn hinted(mut self, hint: Hint) -> Self {
        self.0.hint.get_or_insert(hint);
        self
    }

    pub(super) fn structured(mut self) -> Self {
        self.0.structured = true;
        self
    }

    /// The same problem, for text with this flaw.
    pub(super) fn flawed(self, flaw: json::Flaw) -> Self {
        let mut error = self.structured();
        if flaw.is_duplicate() {
            "each key once".clone_into(&mut error.0.expected);
            error.0.vague = false;
        }
        error.hinted(Hint::Flaw(flaw))
    }

    /// The same problem, at a path from outside of a list or map.
    #[cold]
    pub(super) fn at(mut self, segment: Segment<'_>) -> Self {
        self.0.at.prepend(segment);
        self.0.steps += 1;
        self
    }

    /// The same problem, for a key of a map: the kind of the whole describes values only.
    #[cold]
    pub(super) fn of_key(mut self) -> Self {
        self.0.steps = usize::MAX / 2;
        self.0.is_key = true;
        self
    }

    /// The same problem, with the number of elements read so far.
    #[cold]
    pub(super) fn after(mut self, taken: usize) -> Self {
        self.0.taken = taken;
        self
    }

    /// The number of elements read so far, if one of them is invalid.
    pub(super) fn taken(&self) -> Option<usize> {
        (!self.0.at.is_empty()).then_some(self.0.taken)
    }

    /// Adds the problems of the elements after this one.
    pub(super) fn and(mut self, others: impl Iterator<Item = Self>) -> Self {
        let structured = self.0.structured;
        let others = others.map(|other| DecodeFault {
            structured,
            ..other.into_fault()
        });
        self.0.others.extend(others);
        self
    }

    /// Turns a problem of a whole tuple into one of its length.
    #[cold]
    pub(super) fn about_length(mut self, length: usize) -> Self {
        if self.0.at.is_empty() && self.0.reason.is_none() {
            self.0.expected = Kind::Tuple(length).to_string();
            self.0.vague = false;
        }
        self
    }

    /// Improves the words for what was expected by the kind of the whole value.
    pub(super) fn settle(mut self, kind: &Kind) -> Self {
        let fault = &mut *self.0;
        let here = (0..fault.steps).try_fold(kind, |kind, _| kind.element());
        let known = here.filter(|kind| !matches!(kind, Kind::Any | Kind::Unknown));
        if let (true, Some(kind)) = (fault.vague || fault.expected.is_empty(), known) {
            fault.expected = kind.to_string();
            match kind {
                Kind::Enum(names) => fault.choices = Some(names),
                Kind::Parsed(words) if expecting::is_known(words) => {
                    fault.expectation = Expectation::Known;
                }
                Kind::Parsed(_) => fault.expectation = Expectation::OfType,
                _ => {}
            }
        } else if fault.expected.is_empty() {
            fault.expected.push_str("a value that its type can read");
        }
        self
    }

    fn rejecting(mut self, found: Unexpected<'_>) -> Self {
        let text = match found {
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Unsigned(value) => value.to_string(),
            Unexpected::Signed(value) => value.to_string(),
            Unexpected::Float(value) => value.to_string(),
            Unexpected::Char(value) => value.to_string(),
            Unexpected::Str(value) => value.to_owned(),
            other => other.to_string(),
        };
        self.0.unexpected = Some(Zeroizing::new(text));
        self
    }

    /// Whether two problems are about one value. Hints and improved words do not count.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let parts = |fault: &Self| {
            let fault = &*fault.0;
            (
                fault.expected.clone(),
                fault.reason.clone(),
                fault.at.clone(),
                fault.unexpected.clone(),
                fault.missing,
                fault.unknown_key.clone(),
            )
        };
        parts(self) == parts(other)
    }

    /// The key that a struct requires.
    pub(super) fn missing(&self) -> Option<&'static str> {
        self.0.missing
    }

    /// The key that a struct does not have.
    pub(super) fn unknown_key(&self) -> Option<&str> {
        self.0.unknown_key.as_ref().map(|key| key.as_str())
    }

    /// The allowed names.
    pub(super) fn choices(&self) -> Option<&'static [&'static str]> {
        self.0.choices
    }

    /// Whether a list has another length than its type.
    pub(super) fn is_about_length(&self) -> bool {
        self.0.about == About::Length
    }

    /// Whether no variant of an untagged enum accepts the value.
    pub(super) fn is_of_no_variant(&self) -> bool {
        self.0.about == About::Variants
    }

    /// The same problem, with the kind that was expected.
    pub(super) fn expecting(mut self, kind: &Kind) -> Self {
        self.0.expected = kind.to_string();
        self
    }

    /// The path to the invalid part.
    pub(super) fn path(&self) -> &KeyPath {
        &self.0.at
    }

    /// The same problem, at a more precise path.
    pub(super) fn inside(mut self, path: KeyPath) -> Self {
        self.0.at = path;
        self
    }

    /// Explains that the text is not a JSON list either.
    pub(super) fn hinted_as_list(mut self) -> Self {
        if let Some(Hint::Flaw(json::Flaw::Syntax { column })) = self.0.hint {
            self.0.hint = Some(Hint::List { column });
        }
        self
    }

    /// Whether two keys of a map are equal.
    pub(super) fn is_duplicate(&self) -> bool {
        self.0.is_duplicate()
    }

    /// Replaces any other hint.
    pub(super) fn hinted_first(mut self, hint: Hint) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// The parts.
    pub(crate) fn into_fault(self) -> DecodeFault {
        *self.0
    }
}

impl DecodeFault {
    /// The kind of the problem.
    pub(crate) fn kind(&self) -> ProblemKind {
        match self.missing {
            Some(_) => ProblemKind::Missing,
            None => ProblemKind::Malformed,
        }
    }
}

/// The beginning of serde's message about an untagged enum.
const NO_VARIANT: &str = "data did not match any variant of untagged enum ";

impl de::Error for Malformed {
    #[cold]
    fn custom<M: fmt::Display>(message: M) -> Self {
        let message = Zeroizing::new(message.to_string());
        if let Some(name) = message.strip_prefix(NO_VARIANT) {
            let mut error = Self::words(format!("a value of type {name}"));
            error.0.about = About::Variants;
            return error;
        }
        let is_empty = message.trim().is_empty();
        let reason = if is_empty {
            Zeroizing::new("its type gives no reason".to_owned())
        } else {
            message
        };
        Self(Box::new(DecodeFault {
            reason: Some(reason),
            ..DecodeFault::default()
        }))
    }

    #[cold]
    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::words(expecting::words(&expected.to_string())).rejecting(found)
    }

    #[cold]
    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::words(expecting::words(&expected.to_string())).rejecting(found)
    }

    #[cold]
    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        let mut error = Self::words(expecting::words(&expected.to_string()));
        error.0.about = About::Length;
        error
    }

    #[cold]
    fn unknown_variant(found: &str, names: &'static [&'static str]) -> Self {
        Self::expected(&Kind::Enum(names)).rejecting(Unexpected::Str(found))
    }

    #[cold]
    fn unknown_field(key: &str, names: &'static [&'static str]) -> Self {
        let mut error = match names {
            [] => Self::words("no keys".to_owned()),
            [only] => Self::words(format!("the key {only}")),
            names => Self::words(format!("one of the keys {}", names.join(", "))),
        };
        error.0.choices = Some(names);
        error.0.unknown_key = Some(Zeroizing::new(key.to_owned()));
        error
    }

    #[cold]
    fn missing_field(name: &'static str) -> Self {
        let mut error = Self::words("a value".to_owned()).at(Segment::Name(name));
        error.0.missing = Some(name);
        error
    }

    #[cold]
    fn duplicate_field(name: &'static str) -> Self {
        Self::words("one value, not two".to_owned()).at(Segment::Name(name))
    }
}

impl DecodeFault {
    /// Whether two keys of a map are equal.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self.hint, Some(Hint::Flaw(flaw)) if flaw.is_duplicate())
    }
}

impl std::error::Error for Malformed {}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.expected.is_empty() {
            return f.write_str("expected another value");
        }
        write!(f, "expected {}", self.0.expected)
    }
}

impl fmt::Debug for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for DecodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Malformed")
            .field("expected", &self.expected)
            .field("hint", &self.hint)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quote => f.write_str("this setting is a string: put the value in quotes"),
            Self::ServiceLink => f.write_str(
                "Kubernetes sets such variables for a service of that name; \
                 `enableServiceLinks: false` in the pod's spec stops it",
            ),
            Self::KeptQuotes => f.write_str(
                "the quotes are part of the value (`docker --env-file` keeps them): leave them out",
            ),
            Self::CarriageReturn => f.write_str(
                "the value ends with a carriage return: save the file with Unix line endings",
            ),
            Self::TypographicQuotes => {
                f.write_str("the quotes are part of the value: leave them out")
            }
            Self::Invisible => f.write_str(
                "the value contains characters that are not visible, printed here as `\\u{…}`: type it again",
            ),
            Self::LooksLikeNumber => f.write_str(
                "the value contains characters that only resemble digits or a minus: type it again",
            ),
            Self::Trailing => {
                f.write_str("what follows the value is part of it: leave it out")
            }
            Self::Reference => f.write_str(
                "the value is a reference that nothing has replaced: set the value itself",
            ),
            Self::Flaw(flaw) => flaw.fmt(f),
            Self::List { column } => write!(
                f,
                "write a JSON list such as [\"a\",\"b\"] (this is not JSON from character {column} on), \
                 or elements with separators, such as a,b"
            ),
            Self::Buffered => f.write_str(
                "serde decodes this type as a whole (`tag`, `untagged` or `flatten`), where the rules for \
                 text do not apply: write the value in the form that its own type reads",
            ),
            Self::Pairs => f.write_str("write `key=value,key=value`, or JSON"),
            Self::QuoteNumber => f.write_str("write the number as a string"),
            Self::Gap => f.write_str("there is nothing between two separators"),
            Self::DurationUnits => write!(f, "write numbers with a unit ({UNITS}), as in 1h 30m"),
        }
    }
}
