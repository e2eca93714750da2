//! Formats of files, as pointers to their readers, so that a program links only the readers that it can reach.

use super::node::{Node, Offset};
use std::{fmt, path::Path};

/// A format of configuration files.
///
/// ```
/// use settings_core::Format;
///
/// assert_eq!(format!("{:?}", Format::Toml), "Toml");
/// assert_ne!(Format::Toml, Format::Json);
/// ```
#[derive(Clone, Copy)]
pub struct Format(pub(crate) &'static Reader);

/// The reader of a format.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    /// Reads a whole text. The root is always a [`Node::Table`].
    pub(crate) read: for<'t> fn(&'t str) -> Result<Node<'t>, SyntaxError>,
}

/// How the format of a file is determined.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum FileFormat {
    /// The source is of another kind.
    #[default]
    None,
    Fixed(Format),
    /// This function determines it, which refers to every reader.
    ByExtension(fn(&Path) -> Option<Format>),
}

/// An error in the syntax of a file. It quotes no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) at: Option<Offset>,
    pub(crate) what: &'static str,
    /// The first of two keys that are the same.
    pub(crate) first: Option<Offset>,
}

impl Format {
    pub(crate) fn read(self, text: &str) -> Result<Node<'_>, SyntaxError> {
        (self.0.read)(text)
    }
}

impl FileFormat {
    /// `None` if the extension is not that of a format.
    pub(crate) fn of(self, path: &Path) -> Option<Format> {
        match self {
            Self::None => None,
            Self::Fixed(format) => Some(format),
            Self::ByExtension(by_extension) => by_extension(path),
        }
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Format {}
