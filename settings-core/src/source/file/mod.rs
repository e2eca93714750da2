//! Files in TOML, YAML and JSON, identified by their extension.

use std::path::Path;

use crate::value::node::{Node, Offset};

#[cfg(feature = "json")]
mod json;
pub(crate) mod locate;
#[cfg(feature = "toml")]
mod toml;
#[cfg(feature = "yaml")]
mod yaml;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Toml,
    Json,
    Yaml,
}

/// An error in the syntax of a file. It quotes no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) at: Option<Offset>,
    pub(crate) what: &'static str,
}

impl Format {
    /// The format for an extension, in any case: `.toml`, `.json`, `.yaml` or `.yml`.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?;
        let is = |name| extension.eq_ignore_ascii_case(name);
        if is("toml") {
            Some(Self::Toml)
        } else if is("json") {
            Some(Self::Json)
        } else if is("yaml") || is("yml") {
            Some(Self::Yaml)
        } else {
            None
        }
    }

    /// Reads a whole text. The root is always a [`Node::Table`].
    pub(crate) fn read(self, text: &str) -> Result<Node<'_>, SyntaxError> {
        match self {
            #[cfg(feature = "toml")]
            Self::Toml => toml::read(text),
            #[cfg(feature = "json")]
            Self::Json => json::read(text),
            #[cfg(feature = "yaml")]
            Self::Yaml => yaml::read(text),
            #[cfg(not(feature = "toml"))]
            Self::Toml => off(
                text,
                "reading TOML needs the feature `toml` of settings-core",
            ),
            #[cfg(not(feature = "json"))]
            Self::Json => off(
                text,
                "reading JSON needs the feature `json` of settings-core",
            ),
            #[cfg(not(feature = "yaml"))]
            Self::Yaml => off(
                text,
                "reading YAML needs the feature `yaml` of settings-core",
            ),
        }
    }
}

#[cfg(not(all(feature = "toml", feature = "json", feature = "yaml")))]
fn off<'t>(_: &'t str, what: &'static str) -> Result<Node<'t>, SyntaxError> {
    Err(SyntaxError { at: None, what })
}

#[cfg(any(feature = "toml", feature = "json", feature = "yaml"))]
const TOO_DEEP: &str = "tables and lists are nested more than 128 deep";

#[cfg(any(feature = "toml", feature = "json", feature = "yaml"))]
const TOO_MANY: &str = "the file contains more than 500,000 values";

#[cfg(any(feature = "json", feature = "yaml"))]
const NO_TABLE: &str = "expected keys with values, not a lone value or list";

#[cfg(any(feature = "json", feature = "yaml"))]
const BOM: &str = "\u{feff}";

#[cfg(any(feature = "toml", feature = "json", feature = "yaml"))]
impl SyntaxError {
    fn new(at: usize, what: &'static str) -> Self {
        Self {
            at: Some(Offset::new(at)),
            what,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_determines_the_format() {
        let format = |name: &str| Format::of(Path::new(name));
        assert_eq!(format("a/config.toml"), Some(Format::Toml));
        assert_eq!(format("config.production.JSON"), Some(Format::Json));
        assert_eq!(format("config.yaml"), Some(Format::Yaml));
        assert_eq!(format("config.yml"), Some(Format::Yaml));
        for other in ["config", ".toml", "config.ini", "config.toml.bak", ""] {
            assert_eq!(format(other), None, "{other}");
        }
    }

    #[cfg(not(feature = "yaml"))]
    #[test]
    fn a_format_whose_feature_is_off_is_refused() {
        let error = Format::Yaml.read("a: 1").unwrap_err();
        let what = "reading YAML needs the feature `yaml` of settings-core";
        assert_eq!(error, SyntaxError { at: None, what });
    }
}
