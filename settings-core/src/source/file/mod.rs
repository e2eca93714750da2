//! Files in TOML, YAML and JSON, identified by their extension.

use std::path::Path;

#[cfg(not(all(feature = "toml", feature = "json", feature = "yaml")))]
use crate::value::node::Node;
#[cfg(any(feature = "toml", feature = "json", feature = "yaml"))]
use crate::value::node::Offset;
use crate::{
    schema::SourceDecl,
    value::format::{FileFormat, Format, Reader, SyntaxError},
};

pub(crate) mod interpolate;
#[cfg(feature = "json")]
mod json;
pub(crate) mod locate;
pub(crate) mod pattern;
pub(crate) mod section;
#[cfg(feature = "toml")]
mod toml;
#[cfg(feature = "yaml")]
mod yaml;

#[cfg(feature = "toml")]
static TOML: Reader = Reader {
    name: "Toml",
    read: toml::read,
};

#[cfg(not(feature = "toml"))]
static TOML: Reader = Reader {
    name: "Toml",
    read: |_| off("reading TOML needs the feature `toml` of settings-core"),
};

#[cfg(feature = "json")]
static JSON: Reader = Reader {
    name: "Json",
    read: json::read,
};

#[cfg(not(feature = "json"))]
static JSON: Reader = Reader {
    name: "Json",
    read: |_| off("reading JSON needs the feature `json` of settings-core"),
};

#[cfg(feature = "yaml")]
static YAML: Reader = Reader {
    name: "Yaml",
    read: yaml::read,
};

#[cfg(not(feature = "yaml"))]
static YAML: Reader = Reader {
    name: "Yaml",
    read: |_| off("reading YAML needs the feature `yaml` of settings-core"),
};

#[cfg(not(all(feature = "toml", feature = "json", feature = "yaml")))]
fn off(what: &'static str) -> Result<Node<'static>, SyntaxError> {
    Err(SyntaxError {
        at: None,
        what,
        first: None,
    })
}

#[expect(
    non_upper_case_globals,
    reason = "variants of an enum would all be linked by the `match` that reads them"
)]
impl Format {
    /// TOML (feature `toml`).
    pub const Toml: Self = Self(&TOML);
    /// JSON (feature `json`).
    pub const Json: Self = Self(&JSON);
    /// YAML (feature `yaml`).
    pub const Yaml: Self = Self(&YAML);
}

/// The format for an extension, in any case: `.toml`, `.json`, `.yaml` or `.yml`.
pub(crate) fn by_extension(path: &Path) -> Option<Format> {
    let extension = path.extension()?;
    let is = |name| extension.eq_ignore_ascii_case(name);
    if is("toml") {
        Some(Format::Toml)
    } else if is("json") {
        Some(Format::Json)
    } else if is("yaml") || is("yml") {
        Some(Format::Yaml)
    } else {
        None
    }
}

#[doc(hidden)]
impl SourceDecl {
    /// A file, in the format of its extension.
    #[track_caller]
    pub const fn file(path: &'static str) -> Self {
        let format = if ends_with(path, ".toml") {
            require(
                cfg!(feature = "toml"),
                "a `.toml` file needs the feature `toml` of settings-core",
            );
            FileFormat::Fixed(Format::Toml)
        } else if ends_with(path, ".json") {
            require(
                cfg!(feature = "json"),
                "a `.json` file needs the feature `json` of settings-core",
            );
            FileFormat::Fixed(Format::Json)
        } else if ends_with(path, ".yaml") || ends_with(path, ".yml") {
            require(
                cfg!(feature = "yaml"),
                "a `.yaml` file needs the feature `yaml` of settings-core",
            );
            FileFormat::Fixed(Format::Yaml)
        } else {
            FileFormat::ByExtension(by_extension)
        };
        Self::of_file(path, format)
    }

    /// A TOML file, whatever its extension.
    #[track_caller]
    pub const fn toml(path: &'static str) -> Self {
        require(
            cfg!(feature = "toml"),
            "`toml(…)` needs the feature `toml` of settings-core",
        );
        Self::of_file(path, FileFormat::Fixed(Format::Toml))
    }

    /// A JSON file, whatever its extension.
    #[track_caller]
    pub const fn json(path: &'static str) -> Self {
        require(
            cfg!(feature = "json"),
            "`json(…)` needs the feature `json` of settings-core",
        );
        Self::of_file(path, FileFormat::Fixed(Format::Json))
    }

    /// A YAML file, whatever its extension.
    #[track_caller]
    pub const fn yaml(path: &'static str) -> Self {
        require(
            cfg!(feature = "yaml"),
            "`yaml(…)` needs the feature `yaml` of settings-core",
        );
        Self::of_file(path, FileFormat::Fixed(Format::Yaml))
    }
}

#[track_caller]
const fn require(is_on: bool, message: &str) {
    assert!(is_on, "{}", message);
}

const fn ends_with(text: &str, end: &str) -> bool {
    let (text, end) = (text.as_bytes(), end.as_bytes());
    if text.len() < end.len() {
        return false;
    }
    let start = text.len() - end.len();
    let mut at = 0;
    while at < end.len() {
        if text[start + at].to_ascii_lowercase() != end[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(any(feature = "toml", feature = "json", feature = "yaml"))]
const TOO_DEEP: &str = "tables and lists are nested more than 128 deep";

#[cfg(any(feature = "toml", feature = "json", feature = "yaml"))]
const TOO_MANY: &str = "the file contains more than 500,000 values";

#[cfg(any(feature = "json", feature = "yaml"))]
const DUPLICATE_KEY: &str = "duplicate key in this table";

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
            first: None,
        }
    }

    /// The same error, about a repetition of what is at this byte offset.
    #[cfg(any(feature = "json", feature = "yaml"))]
    fn after(mut self, first: usize) -> Self {
        self.first = Some(Offset::new(first));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_determines_the_format() {
        let format = |name: &str| by_extension(Path::new(name));
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
        assert_eq!((error.at, error.what), (None, what));
    }
}
