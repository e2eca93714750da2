//! Kinds of values that types accept, with their words for messages.

use std::fmt;

/// The kind of value that a setting accepts, determined by probing its type's `Deserialize`.
///
/// Its `Display` completes the sentence "expected …".
///
/// ```
/// # use settings_core::{Settings, schema::Kind};
/// #[derive(Settings)]
/// struct App {
///     ports: Vec<u16>,
///     level: Level,
/// }
///
/// #[derive(serde::Deserialize)]
/// enum Level { Quiet, Loud }
///
/// let kind = |key| App::SCHEMA.root.leaf(key).unwrap().kind();
/// assert_eq!(kind("ports").element(), Some(&Kind::Integer { min: 0, max: 65535 }));
/// assert_eq!(kind("ports").to_string(), "a list of whole numbers from 0 to 65535");
/// assert_eq!(kind("level"), Kind::Enum(&["Quiet", "Loud"]));
/// assert!(kind("ports").is_compound() && !kind("level").is_text() && !kind("level").is_number());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number.
    Integer {
        /// The minimum of the type.
        min: i128,
        /// The maximum of the type.
        max: u128,
    },
    /// A number with a fraction.
    Float,
    /// Any text.
    Text,
    /// Text that the type parses, with its name for it: `an IP address`.
    Parsed(String),
    /// One character.
    Char,
    /// Text as bytes.
    Bytes,
    /// One of these names.
    Enum(&'static [&'static str]),
    /// [`std::time::Duration`].
    Duration,
    /// Any number of values of one kind.
    List(Box<Kind>),
    /// A fixed number of values.
    Tuple(usize),
    /// Values of one kind under keys.
    Map(Box<Kind>),
    /// A struct with this name, whose fields are unknown.
    Struct(&'static str),
    /// Any kind: the type inspects the value before it decides.
    Any,
    /// No value at all.
    Unit,
    /// Unknown: the type requested nothing.
    Unknown,
}

impl Kind {
    /// Whether the type requests a string, and so gets the text byte for byte, also if it is empty.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Parsed(_) | Self::Bytes | Self::Any)
    }

    /// Whether white space alone is a value. For every other kind, blank text counts as empty.
    pub(crate) fn accepts_blank(&self) -> bool {
        matches!(self, Self::Text | Self::Bytes | Self::Char | Self::Any)
    }

    /// Whether its values are not worth masking: a number, bool, duration or enum.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_number() || matches!(self, Self::Bool | Self::Duration | Self::Enum(_))
    }

    /// Whether this is a list, map or struct, which contain values.
    pub fn is_compound(&self) -> bool {
        matches!(
            self,
            Self::List(_) | Self::Tuple(_) | Self::Map(_) | Self::Struct(_)
        )
    }

    /// Whether this is an integer or a float.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer { .. } | Self::Float)
    }

    /// The kind of the elements of a list or map.
    pub fn element(&self) -> Option<&Kind> {
        match self {
            Self::List(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Integer { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Float => f.write_str("a number"),
            Self::Text | Self::Bytes => f.write_str("text"),
            Self::Parsed(words) => f.write_str(words),
            Self::Char => f.write_str("one character"),
            Self::Enum([]) => f.write_str("a name"),
            Self::Enum(names) => write!(f, "one of {}", names.join(", ")),
            Self::Duration => f.write_str("a duration such as 30s"),
            Self::List(element) => {
                f.write_str("a list")?;
                match &**element {
                    Self::Any | Self::Unknown | Self::Unit => Ok(()),
                    Self::Text | Self::Bytes | Self::Bool => write!(f, " of {element}"),
                    Self::Integer { min, max } => {
                        write!(f, " of whole numbers from {min} to {max}")
                    }
                    Self::Float => f.write_str(" of numbers"),
                    Self::Char => f.write_str(" of characters"),
                    Self::Duration => f.write_str(" of durations such as 30s"),
                    element => write!(f, ", each element {element}"),
                }
            }
            Self::Tuple(1) => f.write_str("a list of 1 value"),
            Self::Tuple(length) => write!(f, "a list of {length} values"),
            Self::Map(element) => match &**element {
                Self::Any | Self::Unknown | Self::Unit => f.write_str("a map"),
                element => write!(f, "a map, each value {element}"),
            },
            Self::Struct(_) => f.write_str("a JSON object"),
            Self::Any => f.write_str("any value"),
            Self::Unit => f.write_str("no value"),
            Self::Unknown => f.write_str("a value of its type"),
        }
    }
}
