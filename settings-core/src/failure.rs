//! `Failure`: a failure at run time, with the setting behind it and the origin of its value.

use crate::error::origin::{Layer, Origin};
use std::{error::Error, fmt};

/// A failure of what a setting describes, such as a connection or a listener, from
/// [`Loaded::failure`](crate::Loaded::failure).
///
/// It prints one line: what failed, the setting with the origin of its value, and the reason.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(crate) what: String,
    pub(crate) key: String,
    /// Boxed to keep a `Result` small.
    pub(crate) origin: Option<Box<Origin>>,
    pub(crate) reason: String,
}

impl Failure {
    /// The dotted key of the setting.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The origin of its value; `None` if it has no value.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    /// The reason, with the secrets of the settings masked.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            key,
            origin,
            reason,
        } = self;
        write!(f, "{what} (")?;
        match origin {
            None => f.write_str(key)?,
            Some(origin) if origin.layer() == Layer::Default => write!(f, "{key}, by default")?,
            Some(origin) => {
                let name = origin.name().unwrap_or(key);
                let source = origin.to_string();
                if source.contains(name) {
                    f.write_str(&source)?;
                } else {
                    write!(f, "{name} from {source}")?;
                }
            }
        }
        write!(f, "): {reason}")
    }
}

impl Error for Failure {}
