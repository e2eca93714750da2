//! Rules across the settings of a struct, as data.

use std::fmt;

/// A rule across optional settings and groups of one struct, by their keys.
///
/// `Display` prints it in words.
///
/// ```
/// use settings_core::{Settings, schema::GroupRule};
///
/// #[derive(Settings)]
/// #[settings(exactly_one_of(port, unix_socket))]
/// struct App {
///     port: Option<u16>,
///     unix_socket: Option<String>,
/// }
///
/// let rule = App::SCHEMA.root.rules[0];
/// assert_eq!(rule, GroupRule::ExactlyOneOf(&["port", "unix_socket"]));
/// assert_eq!(rule.to_string(), "exactly one of port, unix_socket is required");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupRule {
    /// One of them has a value, the others have none.
    ExactlyOneOf(&'static [&'static str]),
    /// At most one of them has a value.
    AtMostOneOf(&'static [&'static str]),
    /// At least one of them has a value.
    AtLeastOneOf(&'static [&'static str]),
    /// The second has a value if the first has one.
    RequiredWith {
        /// The first.
        with: &'static str,
        /// The second.
        required: &'static str,
    },
}

impl GroupRule {
    /// Whether it is about the setting or group with this key.
    pub(crate) fn names(&self, key: &str) -> bool {
        match self {
            Self::ExactlyOneOf(keys) | Self::AtMostOneOf(keys) | Self::AtLeastOneOf(keys) => {
                keys.contains(&key)
            }
            Self::RequiredWith { with, required } => *with == key || *required == key,
        }
    }
}

impl fmt::Display for GroupRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExactlyOneOf(keys) => {
                write!(f, "exactly one of {} is required", keys.join(", "))
            }
            Self::AtMostOneOf(keys) => write!(f, "at most one of {} is allowed", keys.join(", ")),
            Self::AtLeastOneOf(keys) => {
                write!(f, "at least one of {} is required", keys.join(", "))
            }
            Self::RequiredWith { with, required } => {
                write!(f, "{required} is required if {with} is set")
            }
        }
    }
}
