//! Rules of settings, as data.

use super::Kind;
use std::fmt;

/// A rule of one setting. Its `Display` completes the sentence "expected …".
///
/// ```
/// use settings_core::{Settings, schema::{Bound, Rule}};
///
/// #[derive(Settings)]
/// struct App {
///     #[settings(pattern = "^(eu|us)$", length(2))]
///     region: String,
///     #[settings(default = 10, range(1..=100))]
///     pool: u32,
/// }
///
/// let rules = |key| App::SCHEMA.root.leaf(key).unwrap().rules;
///
/// let [Rule::Pattern(pattern), Rule::Length { min, max }] = rules("region") else { panic!() };
/// assert_eq!(pattern.as_str(), "^(eu|us)$");
/// assert_eq!(pattern.as_literals(), Some(&["eu", "us"][..]));
/// assert_eq!((*min, *max), (Some(2), Some(2)));
///
/// let [Rule::Range(range)] = rules("pool") else { panic!() };
/// assert_eq!((range.min, range.max, range.inclusive), (Bound::Int(1), Bound::Int(100), true));
/// assert_eq!(rules("pool")[0].to_string(), "a value from 1 to 100");
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Rule {
    /// Text that the pattern matches somewhere.
    Pattern(Pattern),
    /// A number or duration within bounds.
    Range(Range),
    /// The number of characters (Unicode scalar values) of a text, or of elements of a list or map; both bounds are included.
    Length {
        /// The minimum.
        min: Option<usize>,
        /// The maximum.
        max: Option<usize>,
    },
    /// Text that is one of these.
    OneOf(&'static [&'static str]),
}

/// A regular expression that must match somewhere in the text. It is compiled once, on first use.
#[derive(Clone, Copy)]
pub struct Pattern {
    text: &'static str,
    form: PatternForm,
}

#[derive(Clone, Copy)]
enum PatternForm {
    /// An anchored alternation of these texts, which needs no regular expression.
    Literals(&'static [&'static str]),
    #[cfg(feature = "pattern")]
    Regex(fn() -> &'static dyn Search),
}

/// A search for a regular expression. It is a trait so that only a program with such a pattern links the engine.
#[doc(hidden)]
pub trait Search: Sync {
    /// `None` if the expression cannot be compiled.
    fn is_found_in(&self, text: &str) -> Option<bool>;
}

/// A regular expression that is compiled once, however often settings are loaded.
#[doc(hidden)]
#[derive(Debug)]
#[cfg_attr(
    not(feature = "pattern"),
    expect(dead_code, reason = "`Pattern::new` refuses it")
)]
pub struct PatternCell {
    text: &'static str,
    #[cfg(feature = "pattern")]
    regex: once_cell::sync::OnceCell<Option<regex::Regex>>,
}

#[doc(hidden)]
impl PatternCell {
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            #[cfg(feature = "pattern")]
            regex: once_cell::sync::OnceCell::new(),
        }
    }
}

impl Search for PatternCell {
    #[cfg(not(feature = "pattern"))]
    fn is_found_in(&self, _: &str) -> Option<bool> {
        None
    }

    #[cfg(feature = "pattern")]
    fn is_found_in(&self, text: &str) -> Option<bool> {
        let compiled = self.regex.get_or_init(|| regex::Regex::new(self.text).ok());
        compiled.as_ref().map(|regex| regex.is_match(text))
    }
}

/// Two bounds, either of which may be missing. The lower bound is included.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Range {
    /// The minimum.
    pub min: Bound,
    /// The maximum.
    pub max: Bound,
    /// Whether `max` itself is included.
    pub inclusive: bool,
}

/// A bound of a [`Range`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Bound {
    /// No bound.
    None,
    /// An integer.
    Int(i128),
    /// An integer beyond [`i128::MAX`].
    Uint(u128),
    /// A number with a fraction.
    Float(f64),
    /// A duration as text: `"30s"`.
    Text(&'static str),
}

impl Pattern {
    /// A pattern of the `regex` crate. Anchor it to match the whole text.
    #[doc(hidden)]
    #[cfg(feature = "pattern")]
    pub const fn new(text: &'static str, regex: fn() -> &'static dyn Search) -> Self {
        Self {
            text,
            form: PatternForm::Regex(regex),
        }
    }

    /// Without the feature `pattern`, only alternations of literals can be checked.
    ///
    /// # Panics
    ///
    /// Panics in constant evaluation.
    #[doc(hidden)]
    #[cfg(not(feature = "pattern"))]
    #[track_caller]
    pub const fn new(_: &'static str, _: fn() -> &'static dyn Search) -> Self {
        panic!("a pattern beyond `^(a|b|c)$` needs the feature `pattern` of settings-core")
    }

    /// A pattern that is an anchored alternation of these texts.
    #[doc(hidden)]
    pub const fn literals(text: &'static str, literals: &'static [&'static str]) -> Self {
        Self {
            text,
            form: PatternForm::Literals(literals),
        }
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &'static str {
        self.text
    }

    /// The texts that match, if the pattern is an alternation of literals.
    pub fn as_literals(&self) -> Option<&'static [&'static str]> {
        match self.form {
            PatternForm::Literals(literals) => Some(literals),
            #[cfg(feature = "pattern")]
            PatternForm::Regex(_) => None,
        }
    }

    /// Whether the pattern matches the text. A pattern that cannot be compiled matches nothing.
    pub(crate) fn is_found_in(&self, text: &str) -> bool {
        match self.form {
            PatternForm::Literals(literals) => literals.contains(&text),
            #[cfg(feature = "pattern")]
            PatternForm::Regex(regex) => regex().is_found_in(text) == Some(true),
        }
    }

    /// Whether the expression can be compiled; false if it is too large.
    pub(crate) fn compiles(&self) -> bool {
        match self.form {
            PatternForm::Literals(_) => true,
            #[cfg(feature = "pattern")]
            PatternForm::Regex(regex) => regex().is_found_in("").is_some(),
        }
    }
}

impl Rule {
    /// Whether the rule can apply to a value of this kind.
    ///
    /// For a list or map, `length` applies to the whole and every other rule to each element.
    pub fn fits(&self, kind: &Kind) -> bool {
        if let (false, Some(element)) = (matches!(self, Self::Length { .. }), kind.element()) {
            return self.fits(element);
        }
        if matches!(kind, Kind::Any | Kind::Unknown | Kind::Tuple(_)) {
            return true;
        }
        let is_text = matches!(
            kind,
            Kind::Text | Kind::Parsed(_) | Kind::Char | Kind::Bytes | Kind::Enum(_)
        );
        match self {
            Self::Pattern(_) | Self::OneOf(_) => is_text,
            Self::Length { .. } => is_text || matches!(kind, Kind::List(_) | Kind::Map(_)),
            Self::Range(range) => match kind {
                Kind::Integer { .. } | Kind::Float => {
                    !range.has(|bound| matches!(bound, Bound::Text(_)))
                }
                Kind::Duration => !range
                    .has(|bound| matches!(bound, Bound::Int(_) | Bound::Uint(_) | Bound::Float(_))),
                _ => false,
            },
        }
    }

    /// The words of the rule, with lengths in `unit`: a character, an element.
    pub(crate) fn expected(&self, unit: &str) -> String {
        match self {
            Self::Length { min, max } => length(*min, *max, unit),
            Self::Pattern(_) | Self::Range(_) | Self::OneOf(_) => self.to_string(),
        }
    }
}

impl Range {
    /// The range from `min` to `max`.
    #[doc(hidden)]
    pub const fn new(min: Bound, max: Bound, inclusive: bool) -> Self {
        Self {
            min,
            max,
            inclusive,
        }
    }

    fn has(&self, test: impl Fn(Bound) -> bool) -> bool {
        test(self.min) || test(self.max)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(pattern) => match pattern.as_literals() {
                Some(literals) => one_of(literals, f),
                None => write!(f, "text that matches {}", pattern.text),
            },
            Self::Range(range) => range.fmt(f),
            Self::Length { min, max } => f.write_str(&length(*min, *max, "character")),
            Self::OneOf(texts) => one_of(texts, f),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.has(|bound| matches!(bound, Bound::Text(_))) {
            "a duration"
        } else {
            "a value"
        };
        let (max, inclusive) = match self.max {
            Bound::Int(max) if !self.inclusive && max > i128::MIN => (Bound::Int(max - 1), true),
            max => (max, self.inclusive),
        };
        match (self.min, max, inclusive) {
            (Bound::None, Bound::None, _) => write!(f, "any value"),
            (min, Bound::None, _) => write!(f, "{noun} of at least {min}"),
            (Bound::None, max, true) => write!(f, "{noun} of at most {max}"),
            (Bound::None, max, false) => write!(f, "{noun} below {max}"),
            (min, max, true) => write!(f, "{noun} from {min} to {max}"),
            (min, max, false) => write!(f, "{noun} from {min} to below {max}"),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Int(bound) => bound.fmt(f),
            Self::Uint(bound) => bound.fmt(f),
            Self::Float(bound) => bound.fmt(f),
            Self::Text(bound) => f.write_str(bound),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

fn one_of(texts: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match texts {
        [only] => f.write_str(only),
        texts => write!(f, "one of {}", texts.join(", ")),
    }
}

fn length(min: Option<usize>, max: Option<usize>, unit: &str) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    match (min, max) {
        (None, None) => format!("any number of {unit}s"),
        (Some(min), None) => format!("at least {min} {unit}{}", plural(min)),
        (None, Some(max)) => format!("at most {max} {unit}{}", plural(max)),
        (Some(min), Some(max)) if min == max => format!("exactly {max} {unit}{}", plural(max)),
        (Some(min), Some(max)) => format!("{min} to {max} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Kind, Pattern, Range, Rule};

    const fn range(min: Bound, max: Bound, inclusive: bool) -> Rule {
        Rule::Range(Range {
            min,
            max,
            inclusive,
        })
    }

    #[test]
    fn a_rule_is_told_in_words() {
        const ALTERNATION: Pattern = Pattern::literals("^(a|b)$", &["a", "b"]);
        let length = |min, max| Rule::Length { min, max };
        for (rule, words) in [
            (
                range(Bound::Int(1), Bound::Int(1000), true),
                "a value from 1 to 1000",
            ),
            (
                range(Bound::Int(1), Bound::Int(1000), false),
                "a value from 1 to 999",
            ),
            (
                range(Bound::Int(1), Bound::None, true),
                "a value of at least 1",
            ),
            (
                range(Bound::None, Bound::Float(0.5), true),
                "a value of at most 0.5",
            ),
            (
                range(Bound::None, Bound::Float(0.5), false),
                "a value below 0.5",
            ),
            (
                range(Bound::Float(0.0), Bound::Float(1.0), false),
                "a value from 0 to below 1",
            ),
            (
                range(Bound::Text("1s"), Bound::Text("1m"), true),
                "a duration from 1s to 1m",
            ),
            (length(Some(2), None), "at least 2 characters"),
            (length(None, Some(1)), "at most 1 character"),
            (length(Some(2), Some(5)), "2 to 5 characters"),
            (length(Some(4), Some(4)), "exactly 4 characters"),
            (Rule::OneOf(&["a", "b"]), "one of a, b"),
            (Rule::Pattern(ALTERNATION), "one of a, b"),
        ] {
            assert_eq!(rule.to_string(), words);
        }
        assert_eq!(
            length(Some(1), None).expected("element"),
            "at least 1 element"
        );
    }

    #[test]
    #[cfg(feature = "pattern")]
    fn a_pattern_prints_as_it_was_written() {
        static CELL: super::PatternCell = super::PatternCell::new("^a.*$");
        let pattern = Pattern::new("^a.*$", || &CELL);
        assert!(pattern.compiles() && pattern.is_found_in("ab") && !pattern.is_found_in("b"));
        assert_eq!(
            Rule::Pattern(pattern).to_string(),
            "text that matches ^a.*$"
        );
    }

    #[test]
    fn a_rule_that_sees_nothing_of_a_kind_does_not_fit() {
        let port = Kind::Integer { min: 0, max: 65535 };
        let number = range(Bound::Int(1), Bound::None, true);
        let text = range(Bound::Text("1s"), Bound::None, true);
        assert!(number.fits(&port));
        assert!(!text.fits(&port));
        assert!(text.fits(&Kind::Duration));
        assert!(!number.fits(&Kind::Duration));
        assert!(!number.fits(&Kind::Text));
        assert!(number.fits(&Kind::List(Box::new(port.clone()))));
        assert!(!Rule::OneOf(&["1"]).fits(&port));
        assert!(Rule::OneOf(&["1"]).fits(&Kind::List(Box::new(Kind::Text))));
        assert!(
            Rule::Length {
                min: Some(1),
                max: None
            }
            .fits(&Kind::List(Box::new(port)))
        );
    }
}
