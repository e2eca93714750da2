//! Documents generated from the schema: a reference, templates, a JSON Schema and manifests.
//!
//! No source is read for them, so a document is the same on every machine.
//!
//! - **Secrets.** A setting that is secret, by type or by its name, shows no default, and manifests put it into the
//!   object for secrets: a Kubernetes `Secret`, a systemd credential. An `example` is shown unmasked, because it is
//!   written for documents.
//! - **Defaults** are shown in the notation of operators. Default expressions are evaluated; `default_with` functions
//!   are not called but named.
//! - **Lists and maps of groups** appear once, as the element `0` or `NAME`.
//! - `#[doc(hidden)]` keeps a setting or group out of all documents.
//!
//! # Tests that keep documents up to date
//!
//! Commit the documents, and let a test fail when they no longer match the settings:
//!
//! ```no_run
//! # use settings_core::Settings;
//! # #[derive(Debug, Settings)]
//! # struct AppSettings { #[settings(default = 8080)] port: u16 }
//! #[test]
//! fn the_documents_are_up_to_date() {
//!     use settings_core::docs;
//!     docs::assert_up_to_date("SETTINGS.md", &docs::markdown::<AppSettings>());
//!     docs::assert_up_to_date(".env.example", &docs::env_example::<AppSettings>());
//! }
//! ```
//!
//! `SETTINGS_DOCS=overwrite cargo test` writes them again.

mod compose;
mod default;
mod env;
mod flags;
mod html;
mod json_schema;
mod kubernetes;
mod man;
mod markdown;
pub(crate) mod markup;
mod outline;
mod phrases;
mod systemd;
mod text;
mod toml;
mod up_to_date;
mod usage;
mod value;
mod yaml;

pub use self::compose::compose;
#[cfg(feature = "cli")]
pub(crate) use self::default::DocDefault;
pub use self::env::env_example;
#[cfg(feature = "clap")]
pub(crate) use self::flags::{FlagDoc, HiddenFlag, flags, hidden_flags};
pub use self::html::html;
pub use self::json_schema::json_schema;
#[cfg(all(feature = "remote", any(feature = "cli", feature = "live")))]
pub(crate) use self::json_schema::schema_hash;
pub use self::kubernetes::kubernetes;
pub use self::man::man;
pub use self::markdown::markdown;
#[cfg(feature = "cli")]
pub(crate) use self::phrases::separator_word;
pub use self::systemd::systemd;
pub use self::toml::toml;
pub use self::up_to_date::assert_up_to_date;
#[cfg(feature = "cli")]
pub(crate) use self::up_to_date::difference;
pub(crate) use self::usage::usage;
pub use self::yaml::yaml;

use self::outline::Outline;
use crate::build::Assemble;
use std::fmt;

/// The kinds of document, for [`render`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentFormat {
    /// A reference in Markdown.
    Markdown,
    /// A reference in HTML, as one page.
    Html,
    /// A `.env.example`.
    Env,
    /// A TOML template.
    Toml,
    /// A YAML template.
    Yaml,
    /// A JSON Schema for files in TOML, YAML and JSON.
    JsonSchema,
    /// Kubernetes manifests.
    Kubernetes,
    /// The environment of a Docker Compose service.
    Compose,
    /// A systemd drop-in.
    Systemd,
    /// A man page.
    Man,
}

/// Options of a document; each kind uses those that concern it.
///
/// ```
/// use settings_core::{Settings, docs::{self, DocumentFormat, Options}};
///
/// #[derive(Debug, Settings)]
/// struct AppSettings {
///     #[settings(default = 8080)]
///     port: u16,
/// }
///
/// let options = Options::new().name("shop");
/// let manifests = docs::render::<AppSettings>(DocumentFormat::Kubernetes, &options);
/// assert!(manifests.contains("name: shop-config\n"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    name: Option<String>,
    schema: Option<String>,
    strict: bool,
}

/// One kind of document. Its implementations are one file each.
trait Template {
    /// Whether a file of this name most likely contains this kind of document.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "only the command recognizes files")
    )]
    fn is_file_name(&self, name: &str) -> bool;

    /// Renders the document.
    fn render(&self, outline: &Outline, options: &Options) -> String;
}

/// Whether a file name has one of these extensions.
fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let extension = std::path::Path::new(name).extension();
    extension.is_some_and(|extension| extensions.iter().any(|each| extension == *each))
}

/// Renders a document, with options.
pub fn render<T: Assemble>(format: DocumentFormat, options: &Options) -> String {
    format.template().render(&Outline::of::<T>(), options)
}

impl DocumentFormat {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Markdown,
        Self::Html,
        Self::Env,
        Self::Toml,
        Self::Yaml,
        Self::JsonSchema,
        Self::Kubernetes,
        Self::Compose,
        Self::Systemd,
        Self::Man,
    ];

    /// Its name on the command line: `json-schema`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Env => "env",
            Self::Toml => "toml",
            Self::Yaml => "yaml",
            Self::JsonSchema => "json-schema",
            Self::Kubernetes => "kubernetes",
            Self::Compose => "compose",
            Self::Systemd => "systemd",
            Self::Man => "man",
        }
    }

    fn template(self) -> &'static dyn Template {
        match self {
            Self::Markdown => &markdown::Markdown,
            Self::Html => &html::Html,
            Self::Env => &env::EnvExample,
            Self::Toml => &toml::Toml,
            Self::Yaml => &yaml::Yaml,
            Self::JsonSchema => &json_schema::JsonSchema,
            Self::Kubernetes => &kubernetes::Kubernetes,
            Self::Compose => &compose::Compose,
            Self::Systemd => &systemd::Systemd,
            Self::Man => &man::Man,
        }
    }

    /// The kind that a file of this name most likely contains.
    #[cfg(feature = "cli")]
    pub(crate) fn of_file(file: &std::path::Path) -> Option<Self> {
        let name = file.file_name()?.to_str()?;
        let mut formats = Self::ALL.into_iter();
        formats.find(|format| format.template().is_file_name(name))
    }
}

impl fmt::Display for DocumentFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Options {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of the program, for manifests, units and man pages. By default it is derived from the name of the
    /// struct: `AppSettings` is `app`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Path or URL of the JSON Schema that TOML and YAML templates name for editors, in place of that of
    /// [`schema`](derive@crate::Settings#schema).
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Makes a JSON Schema require settings without a default. By default none is required, because another source may
    /// set it.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// The JSON Schema that templates name: this one, or that of the settings.
    fn json_schema<'a>(&'a self, outline: &'a Outline) -> Option<&'a str> {
        self.schema.as_deref().or(outline.schema.json_schema)
    }

    /// The name of the program in deployed objects.
    fn program(&self, outline: &Outline) -> String {
        self.name.clone().unwrap_or_else(|| outline.slug())
    }
}
