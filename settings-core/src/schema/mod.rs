//! The schema of a struct, as constant data: its settings, groups and sources.
//!
//! It exists before any source is read, so a program can describe its settings without loading them.
//!
//! ```
//! use settings_core::{Settings, schema::{DefaultValue, Field}};
//!
//! #[derive(Settings)]
//! #[settings(prefix = "APP_", env_file = ".env")]
//! struct App {
//!     /// Where to listen.
//!     #[settings(default = 8080, range(1024..))]
//!     port: u16,
//!     #[settings(nested)]
//!     log: Log,
//! }
//!
//! #[derive(Settings)]
//! #[settings(group)]
//! struct Log {
//!     #[settings(default = "text", one_of("text", "json"))]
//!     format: String,
//! }
//!
//! let schema = App::SCHEMA;
//! assert_eq!(schema.sources[0].path, ".env");
//! assert!(!schema.sources[0].required);
//!
//! let [Field::Leaf(port), Field::Group(log)] = schema.root.fields else { panic!() };
//! assert_eq!((port.key, port.type_name, port.doc), ("port", "u16", "Where to listen."));
//! assert_eq!(port.default, DefaultValue::Expression("8080"));
//! assert_eq!(port.rules[0].to_string(), "a value of at least 1024");
//!
//! let format = log.group.leaf("format").unwrap();
//! assert_eq!(format.default, DefaultValue::Text("text"));
//! assert_eq!(format.rules[0].to_string(), "one of text, json");
//! ```

mod build;
mod clash;
#[cfg(feature = "live")]
pub(crate) mod cloneable;
pub(crate) mod element;
pub(crate) mod group_rule;
pub(crate) mod kind;
pub(crate) mod layout;
mod layout_builder;
pub(crate) mod lookup;
mod message;
pub(crate) mod names;
mod namesakes;
pub(crate) mod other_defaults;
pub(crate) mod reload;
pub(crate) mod rule;
pub(crate) mod target;
pub(crate) mod variants;

pub use group_rule::GroupRule;
pub use kind::Kind;
pub use rule::{Bound, Pattern, PatternCell, Range, Rule};

use crate::{
    error::{origin::Layer, redact},
    value::format::{FileFormat, Format},
};
use std::{any::Any, fmt};

/// All that is known of a settings struct before any source is read.
///
/// ```
/// use settings_core::Settings;
///
/// /// Settings of a small server.
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "APP_")]
/// struct App {
///     /// Where to listen.
///     #[settings(default = 8080)]
///     port: u16,
/// }
///
/// assert_eq!(App::SCHEMA.prefix, "APP_");
/// assert_eq!(App::SCHEMA.root.doc, "Settings of a small server.");
/// let port = App::SCHEMA.root.leaf("port").unwrap();
/// assert_eq!(port.doc, "Where to listen.");
/// assert_eq!(port.kind().to_string(), "a whole number from 0 to 65535");
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Schema {
    /// The prefix of environment variable names; may be empty.
    pub prefix: &'static str,
    /// Other prefixes that are accepted, highest precedence first.
    pub other_prefixes: &'static [Alias],
    /// The text between a group and its settings in the canonical names of variables: `_` or `__`.
    pub nesting: &'static str,
    /// The sources that `load()` reads besides the environment and `$CREDENTIALS_DIRECTORY`, lowest first within each
    /// kind.
    pub sources: &'static [SourceDecl],
    /// The layers from which secrets may come; all of them if there is none here.
    pub secrets_from: &'static [Layer],
    /// The policy for names that match no setting.
    pub unknown: Unknown,
    /// Names of other programs. A pattern with a dot or in lower case is compared with keys, any other with names of
    /// variables. `*` at the end matches any rest.
    pub ignore: &'static [&'static str],
    /// Names of former settings.
    pub removed: &'static [Removed],
    /// Path or URL of the JSON Schema that templates name for editors.
    pub json_schema: Option<&'static str>,
    /// The root struct.
    pub root: &'static Group,
    /// Version of the package that defines the struct, for `--version`.
    pub(crate) version: Option<&'static str>,
}

/// The name of a former setting, from [`removed`](derive@crate::Settings#removed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// The dotted key.
    pub key: &'static str,
    /// Since when it is gone, and what to set instead.
    pub reason: &'static str,
}

/// A declared source.
///
/// ```
/// use settings_core::{Settings, schema::SourceKind};
///
/// #[derive(Settings)]
/// #[settings(env_file = required(".env.{environment}"))]
/// struct App {
///     #[settings(default = "development")]
///     environment: String,
/// }
///
/// let declared = App::SCHEMA.sources[0];
/// assert_eq!(declared.kind, SourceKind::EnvFile);
/// assert_eq!((declared.path, declared.required), (".env.{environment}", true));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SourceDecl {
    /// The kind of source.
    pub kind: SourceKind,
    /// The path as written; may contain placeholders such as `{environment}`.
    pub path: &'static str,
    /// Whether its absence is a problem.
    pub required: bool,
    pub(crate) format: FileFormat,
    /// The table of a file that holds the settings, if it is not the whole file.
    pub section: Option<&'static str>,
    /// Whether references such as `${NAME}` in its strings are replaced.
    pub interpolated: bool,
    /// Whether live settings accept that it disappears.
    pub may_disappear: bool,
    /// The condition under which it is read.
    pub only: Option<SourceCondition>,
}

/// A setting and its texts, one of which it must have for a source to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceCondition {
    /// The key of the setting.
    pub key: &'static str,
    /// The texts.
    pub texts: &'static [&'static str],
}

impl SourceDecl {
    /// The format of a file, if the declaration states another one than the extension.
    ///
    /// ```
    /// use settings_core::{Format, Settings};
    ///
    /// # #[cfg(feature = "json")] {
    /// #[derive(Settings)]
    /// #[settings(file = [json("/run/app.conf"), "config.json"])]
    /// struct App {
    ///     #[settings(default = 8080)]
    ///     port: u16,
    /// }
    ///
    /// let [conf, json] = App::SCHEMA.sources else { panic!() };
    /// assert_eq!((conf.format(), json.format()), (Some(Format::Json), None));
    /// # }
    /// ```
    pub fn format(&self) -> Option<Format> {
        let FileFormat::Fixed(format) = self.format else {
            return None;
        };
        let extension = self.path.rsplit('.').next().unwrap_or_default();
        let extension = match extension.to_ascii_lowercase().as_str() {
            "yml" => "yaml".to_owned(),
            other => other.to_owned(),
        };
        (!format!("{format:?}").eq_ignore_ascii_case(&extension)).then_some(format)
    }

    /// Whether the path is a pattern of files, such as `conf.d/*.toml`.
    pub fn is_pattern(&self) -> bool {
        matches!(self.kind, SourceKind::File) && self.path.contains('*')
    }
}

/// The format is left out, because pointers to functions have no equality.
impl PartialEq for SourceDecl {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.path, self.required) == (other.kind, other.path, other.required)
            && (self.section, self.only) == (other.section, other.only)
            && self.interpolated == other.interpolated
            && self.may_disappear == other.may_disappear
    }
}

impl Eq for SourceDecl {}

/// The kinds of sources that a struct can declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceKind {
    /// A TOML, YAML or JSON file.
    File,
    /// A `.env` file.
    EnvFile,
    /// A `.env` file in dotenvy's dialect.
    Dotenvy,
    /// A directory that holds one file for each secret.
    SecretsDir,
}

/// The policy for names that match no setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unknown {
    /// They are not reported.
    Ignore,
    /// A warning.
    #[default]
    Warn,
    /// A problem.
    Deny,
}

/// A settings struct: its fields in order.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Group {
    /// The name of the struct.
    pub name: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Its fields, in the order of the struct.
    pub fields: &'static [Field],
    /// Properties that are computed from its fields.
    pub derived: &'static [Derived],
    /// Rules across its optional settings.
    pub rules: &'static [GroupRule],
    /// Whether the struct has a check across its fields.
    pub validated: bool,
    /// The key of the setting that names the variant, if the group is an enum. Each variant is a flattened group.
    pub tag: Option<&'static str>,
}

/// A variant of an enum of settings.
///
/// ```
/// use settings_core::{Settings, schema::Field};
///
/// #[derive(Settings)]
/// #[settings(group, tag = "kind")]
/// enum Storage {
///     /// In memory, lost at exit.
///     #[settings(default, alias = "mem")]
///     Memory,
///     Local { path: String },
/// }
///
/// #[derive(Settings)]
/// struct App {
///     #[settings(nested)]
///     storage: Storage,
/// }
///
/// let Field::Group(storage) = App::SCHEMA.root.fields[0] else { panic!() };
/// assert_eq!(storage.group.tag, Some("kind"));
/// let [Field::Leaf(tag), Field::Group(memory), Field::Group(local)] = storage.group.fields else { panic!() };
/// assert_eq!(tag.kind().to_string(), "one of memory, local");
/// assert_eq!((memory.doc, memory.variant.unwrap().aliases), ("In memory, lost at exit.", &["mem"][..]));
/// assert_eq!(local.variant.unwrap().name, "local");
/// assert!(local.group.leaf("path").is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variant {
    /// Its name: a value of the tag.
    pub name: &'static str,
    /// Other values of the tag for it.
    pub aliases: &'static [&'static str],
    /// Whether it is chosen by a value in place of the group, and not by the tag.
    pub scalar: bool,
}

/// A field of a settings struct.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "constant data that is never moved"
)]
pub enum Field {
    /// A setting.
    Leaf(Leaf),
    /// A group, or several of one kind.
    Group(Nested),
}

/// A setting: a field that holds one value.
///
/// The `Debug` of a secret setting omits its default.
///
/// ```
/// # use settings_core::{SecretString, Settings};
/// #[derive(Settings)]
/// struct App {
///     #[settings(deprecated_alias = "key")]
///     token: SecretString,
///     #[settings(default = "development")]
///     environment: String,
///     #[settings(required_if(environment = "production"), env = "SENTRY_DSN")]
///     dsn: Option<String>,
/// }
///
/// let token = App::SCHEMA.root.leaf("token").unwrap();
/// assert!(token.secret && !token.optional && !token.has_default());
/// assert!(token.aliases[0].deprecated);
///
/// let dsn = App::SCHEMA.root.leaf("dsn").unwrap();
/// assert!(dsn.optional);
/// assert_eq!(dsn.env, ["SENTRY_DSN"]);
/// let condition = dsn.required_if.unwrap();
/// assert_eq!((condition.key, condition.text), ("environment", "production"));
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, written by the derive"
)]
pub struct Leaf {
    /// Its key in every source: the name of the field, or the one given by `rename`.
    pub key: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Its type as written.
    pub type_name: &'static str,
    /// Whether it is an `Option`.
    pub optional: bool,
    /// Whether its value is secret by type or attribute; a sensitive name does not count here.
    pub secret: bool,
    /// Whether it is printed although its name is that of a secret.
    pub unmasked: bool,
    /// Whether its type may contain secrets that no sign outside of its `Debug` output shows.
    pub(crate) opaque: bool,
    /// Whether a function of the program reads it from its text.
    pub(crate) parses: bool,
    /// Whether the variable `<NAME>_FILE` of a secret is not read.
    pub no_file: bool,
    /// The name of its flag, if it is not that of its key.
    pub flag: Option<&'static str>,
    /// Its flag of one letter.
    pub short: Option<char>,
    /// Whether arguments cannot set it by a flag.
    pub no_flag: bool,
    /// Whether empty text is a value, the empty string.
    pub allow_empty: bool,
    /// Whether a change takes effect at run time if the settings are live, instead of at the next start.
    pub reload: bool,
    /// Whether its value differs from instance to instance, so that [`fingerprint`](crate::Loaded::fingerprint) omits it.
    pub local: bool,
    /// The variables that are read instead of the one made from prefix and path; the first one that is set wins.
    pub env: &'static [&'static str],
    /// Whether other settings may read these variables too.
    pub env_is_shared: bool,
    /// Other names, highest precedence first.
    pub aliases: &'static [Alias],
    /// Reason why it is deprecated, if it is.
    pub deprecated: Option<&'static str>,
    /// Its default.
    pub default: DefaultValue,
    /// Defaults that replace it under a condition; the first whose condition holds counts.
    pub default_if: &'static [DefaultIf],
    /// The rules of its value.
    pub rules: &'static [Rule],
    /// The condition under which an optional setting is required.
    pub required_if: Option<Condition>,
    /// The separator of list elements in text, if it is not a comma.
    pub separator: Option<&'static str>,
    /// How the values of several layers are combined.
    pub merge: Merge,
    /// A value for documents.
    pub example: Option<&'static str>,
    /// The values that a custom type reads, in words: completes "expected …".
    pub expects: Option<&'static str>,
    /// The unit of a plain number that is a duration; seconds if there is none.
    pub unit: Option<&'static str>,
    pub(crate) kind: variants::KindOf,
    pub(crate) watched: bool,
    /// Whether its type is `Clone`.
    #[cfg_attr(
        not(feature = "live"),
        expect(dead_code, reason = "only live settings clone values")
    )]
    pub(crate) clones: bool,
    /// The name of the field in Rust.
    pub(crate) field: &'static str,
    pub(crate) computed_default: Option<fn(&Leaf) -> Option<String>>,
    /// Sets an `Option` of the type to the default that a use of the group has instead of that of the type.
    pub(crate) other_default: Option<fn(&mut dyn Any)>,
    /// Whether no part of the default is secret, for a type that may contain secrets.
    pub(crate) discloses_default: Option<fn(&Leaf) -> bool>,
    /// Whether documents and `dump` leave it out.
    pub(crate) hidden: bool,
    /// Printed form of a value, given its text.
    pub(crate) printed: Option<fn(&Leaf, &str) -> Option<String>>,
}

/// How the values of a list or map from several layers are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Merge {
    /// The value of the highest layer replaces the others.
    #[default]
    Replace,
    /// The elements of all layers, lowest first.
    Append,
    /// The keys of all layers. The highest layer wins per key.
    Keys,
}

/// Another name of a setting or group, or another prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alias {
    /// The name, used in place of the key or the prefix.
    pub name: &'static str,
    /// Whether its use causes a warning.
    pub deprecated: bool,
}

/// The value of a setting that no source sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DefaultValue {
    /// No default.
    None,
    /// Text that is decoded as if it came from the environment.
    Text(&'static str),
    /// An expression, as written.
    Expression(&'static str),
    /// The path of a function that is called when the default is needed.
    Function(&'static str),
    /// The keys of the settings of the same struct from which it is computed.
    From(&'static [&'static str]),
}

/// A default of a setting if another one has a certain value.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct DefaultIf {
    /// The other setting and its text.
    pub condition: Condition,
    /// The default.
    pub value: DefaultValue,
    pub(crate) text: Option<fn(&Leaf) -> Option<String>>,
}

/// Another setting of the same struct and its required text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The key of the other setting.
    pub key: &'static str,
    /// The text.
    pub text: &'static str,
}

/// A group: a field that holds a settings struct.
///
/// ```
/// use settings_core::{Settings, schema::{Field, Shape}};
///
/// #[derive(Settings)]
/// #[settings(derived(has_spare: bool = self.spare.is_some()))]
/// struct App {
///     #[settings(nested)]
///     spare: Option<Host>,
/// }
///
/// #[derive(Settings)]
/// #[settings(group)]
/// struct Host {
///     url: String,
/// }
///
/// let Field::Group(spare) = App::SCHEMA.root.fields[0] else { panic!() };
/// assert_eq!((spare.key, spare.shape, spare.group.name), ("spare", Shape::Optional, "Host"));
///
/// let derived = App::SCHEMA.root.derived[0];
/// assert_eq!((derived.name, derived.type_name), ("has_spare", "bool"));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, written by the derive"
)]
pub struct Nested {
    /// Its key in every source.
    pub key: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Other names, highest precedence first.
    pub aliases: &'static [Alias],
    /// Prefix of the variables of its settings, instead of the prefix of the root and the key of the group.
    pub prefix: Option<&'static str>,
    /// Whether its key is omitted from the names of its settings.
    pub flatten: bool,
    /// Whether every change inside it takes effect at run time.
    pub reload: bool,
    /// How many structs it holds.
    pub shape: Shape,
    /// The struct. In a map of maps, or of lists, it has one field without a key: the inner map or list.
    pub group: &'static Group,
    /// The key of the setting whose value makes an optional group present.
    pub present_if: Option<&'static str>,
    /// The variant of an enum, if the group has the settings of one.
    pub variant: Option<&'static Variant>,
    /// Whether documents and `dump` leave it out.
    pub(crate) hidden: bool,
    /// Whether its type is `Clone`.
    #[cfg_attr(
        not(feature = "live"),
        expect(dead_code, reason = "only live settings clone values")
    )]
    pub(crate) clones: bool,
    pub(crate) field: &'static str,
    /// The layout of its elements, if it is a list or map.
    pub(crate) elements: Option<fn() -> &'static layout::Layout>,
}

/// The number of structs that a group field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// Exactly one.
    One,
    /// One, or `None` if no layer above the defaults sets a value in it.
    Optional,
    /// A list.
    List,
    /// A map by name.
    Map,
}

/// A property that is computed from the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Derived {
    /// The name of the method.
    pub name: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Its type as written.
    pub type_name: &'static str,
    /// Whether its type is secret.
    pub secret: bool,
    /// The paths to fields that its expression mentions.
    pub(crate) mentions: &'static [&'static [&'static str]],
}

impl Field {
    /// The key in the table of the group; empty for an element that is a list or map itself.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Leaf(leaf) => leaf.key,
            Self::Group(nested) => nested.key,
        }
    }

    /// The name of the field in Rust.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Leaf(leaf) => leaf.field,
            Self::Group(nested) => nested.field,
        }
    }
}

impl Group {
    /// The group that contains a setting, which is this one or one in it.
    #[cfg(feature = "cli")]
    pub(crate) fn group_of(&'static self, leaf: &Leaf) -> Option<&'static Self> {
        let is_here =
            |field: &Field| matches!(field, Field::Leaf(field) if std::ptr::eq(field, leaf));
        if self.fields.iter().any(is_here) {
            return Some(self);
        }
        self.fields.iter().find_map(|field| match field {
            Field::Group(nested) => nested.group.group_of(leaf),
            Field::Leaf(_) => None,
        })
    }

    /// The setting of this struct with this key. Settings of nested structs are not included.
    pub fn leaf(&self, key: &str) -> Option<&'static Leaf> {
        self.fields.iter().find_map(|field| match field {
            Field::Leaf(leaf) if leaf.key == key => Some(leaf),
            _ => None,
        })
    }
}

impl Leaf {
    /// Whether nothing depends on its text but its value.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.rules.is_empty()
            && !self.watched
            && !self.secret
            && matches!(self.merge, Merge::Replace)
            && self.deprecated.is_none()
    }

    /// Whether the variable `<NAME>_FILE` names a file that holds the value.
    pub(crate) const fn has_file_variable(&self) -> bool {
        self.secret && !self.no_file
    }

    /// The variables after the canonical one, which `env` states. A group with a prefix of its own has none.
    pub(crate) fn other_variables(&self, canonical: &str) -> &'static [&'static str] {
        match self.env {
            [first, others @ ..] if *first == canonical => others,
            _ => &[],
        }
    }

    /// The kind of value that its type accepts, determined by probing its `Deserialize`.
    pub fn kind(&self) -> Kind {
        (self.kind)(None)
    }

    /// Whether a function of the program decodes it, so that its kind is not known.
    pub(crate) fn is_custom(&self) -> bool {
        self.kind() == Kind::Unknown
    }

    /// The values that it takes, in words.
    pub(crate) fn expected(&self) -> String {
        match self.expects {
            Some(expects) => expects.to_owned(),
            None => self.kind().to_string(),
        }
    }

    /// Whether its value is masked whatever its origin: it is secret, or has a sensitive name.
    pub(crate) fn is_masked(&self, key: &str) -> bool {
        self.secret || !self.unmasked && redact::is_sensitive_name(key) && !self.kind().is_plain()
    }

    /// Whether its default is printed: neither the setting nor a part of the default is secret.
    pub(crate) fn shows_default(&self, key: &str) -> bool {
        let discloses = || {
            self.discloses_default
                .is_none_or(|discloses| discloses(self))
        };
        !self.is_masked(key) && (self.unmasked || discloses())
    }

    /// Whether it has a default.
    pub fn has_default(&self) -> bool {
        !matches!(self.default, DefaultValue::None)
    }

    /// Whether its default depends on other settings.
    pub(crate) fn has_dependent_default(&self) -> bool {
        matches!(self.default, DefaultValue::From(_)) || !self.default_if.is_empty()
    }

    /// The text that decodes to its default.
    pub(crate) fn default_text(&self) -> Option<String> {
        match self.default {
            DefaultValue::Text(text) => Some(text.to_owned()),
            _ => (self.computed_default?)(self),
        }
    }
}

impl DefaultIf {
    /// The text that decodes to it.
    pub(crate) fn text(&self, leaf: &Leaf) -> Option<String> {
        match self.value {
            DefaultValue::Text(text) => Some(text.to_owned()),
            _ => (self.text?)(leaf),
        }
    }
}

/// Prints no value, because it may be secret.
impl fmt::Debug for DefaultIf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultIf")
            .field("condition", &self.condition)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default: &dyn fmt::Debug = match self.default {
            DefaultValue::Text(text) | DefaultValue::Expression(text)
                if !self.shows_default(self.key) || redact::mask_urls(text) != text =>
            {
                &redact::MASK
            }
            _ => &self.default,
        };
        let condition = self.required_if.map(|condition| condition.key);
        f.debug_struct("Leaf")
            .field("key", &self.key)
            .field("doc", &self.doc)
            .field("type_name", &self.type_name)
            .field("optional", &self.optional)
            .field("secret", &self.secret)
            .field("env", &self.env)
            .field("aliases", &self.aliases)
            .field("default", default)
            .field("rules", &self.rules)
            .field("required_if", &condition)
            .finish_non_exhaustive()
    }
}
