//! What the derive writes down of a struct: its leaves, groups and sources, as constant data.
//!
//! It is there before anything is read, so a program can tell of its settings where there are none.
//!
//! ```
//! use settings_core::{Settings, schema::{Default, Field}};
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
//! assert_eq!(port.default, Default::Expression("8080"));
//! assert_eq!(port.rules[0].to_string(), "a value of at least 1024");
//!
//! let format = log.group.leaf("format").unwrap();
//! assert_eq!(format.default, Default::Text("text"));
//! assert_eq!(format.rules[0].to_string(), "one of text, json");
//! ```

pub(crate) mod kind;
pub(crate) mod meaning;
pub(crate) mod plan;
pub(crate) mod rule;

pub use kind::Kind;
pub use rule::{Bound, Pattern, PatternCell, Range, Rule};

use std::fmt;

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
    /// What environment names begin with; empty if nothing.
    pub prefix: &'static str,
    /// The sources that `load()` reads besides the environment and `$CREDENTIALS_DIRECTORY`, lowest first within each kind.
    pub sources: &'static [Declared],
    /// What happens to names that reach no leaf.
    pub unknown: Unknown,
    /// Names under the prefix that belong to others; `*` at the end stands for any rest.
    pub foreign: &'static [&'static str],
    /// The struct itself.
    pub root: &'static Group,
}

/// A source that the struct declares.
///
/// ```
/// use settings_core::{Settings, schema::DeclaredKind};
///
/// #[derive(Settings)]
/// #[settings(env_file = required(".env.{environment}"))]
/// struct App {
///     #[settings(default = "development")]
///     environment: String,
/// }
///
/// let declared = App::SCHEMA.sources[0];
/// assert_eq!(declared.kind, DeclaredKind::EnvFile);
/// assert_eq!((declared.path, declared.required), (".env.{environment}", true));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Declared {
    /// Which kind of source it is.
    pub kind: DeclaredKind,
    /// Its path as written; may hold `{leaf}`.
    pub path: &'static str,
    /// Whether its absence is a problem.
    pub required: bool,
}

/// The kinds of source that a struct may declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeclaredKind {
    /// A TOML, YAML or JSON file, by its extension.
    File,
    /// A `.env` file.
    EnvFile,
    /// A `.env` file in dotenvy's dialect.
    Dotenvy,
    /// A directory that holds one file for each secret.
    SecretsDir,
}

/// What happens to names that reach no leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unknown {
    /// Nothing.
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
    /// Whether the struct has a check across its fields.
    pub validated: bool,
}

/// A field of a settings struct.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Field {
    /// It holds a value.
    Leaf(Leaf),
    /// It holds a struct of settings, or several of one kind.
    Group(Nested),
}

/// A field that holds a value.
///
/// The `Debug` of a secret leaf leaves out its default.
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
    /// Its name in every source: the field's, or what `rename` says.
    pub key: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Its type as written.
    pub type_name: &'static str,
    /// Whether it may be without a value.
    pub optional: bool,
    /// Whether its value is a secret, by type or by attribute; a name that tells of one does not count here.
    pub secret: bool,
    /// Whether it is printed although its name tells of a secret.
    pub unmasked: bool,
    /// Whether empty text is a value, the empty string.
    pub allow_empty: bool,
    /// Whether the program says that a change takes effect at run time; nothing here acts on it.
    pub reload: bool,
    /// The environment variables that are read instead of the derived one; the first that is set wins.
    pub env: &'static [&'static str],
    /// Other names, in the order of their rank.
    pub aliases: &'static [Alias],
    /// Why it should no longer be set, if it should not.
    pub deprecated: Option<&'static str>,
    /// What it is without a value.
    pub default: Default,
    /// What its value must fulfil.
    pub rules: &'static [Rule],
    /// When it must have a value although it is optional.
    pub required_if: Option<Condition>,
    /// What separates the elements of a list in text; a comma if nothing is said.
    pub separator: Option<&'static str>,
    /// A value for documents.
    pub example: Option<&'static str>,
    pub(crate) kind: fn() -> Kind,
    pub(crate) watched: bool,
    /// The name of its field, as it is written in Rust.
    pub(crate) field: &'static str,
    pub(crate) computed_default: Option<fn(&Leaf) -> Option<String>>,
}

/// Another name of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alias {
    /// The name, which stands in the place of the leaf's key.
    pub name: &'static str,
    /// Whether its use is warned of.
    pub deprecated: bool,
}

/// What a leaf is when no source has a value for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Default {
    /// It has no default.
    None,
    /// Text that is read as if from the environment.
    Text(&'static str),
    /// An expression, as written.
    Expression(&'static str),
    /// The path of a function that is called when the default is needed.
    Function(&'static str),
}

/// Another leaf of the same struct and the text it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The other leaf's key.
    pub key: &'static str,
    /// The text.
    pub text: &'static str,
}

/// A field that holds a struct of settings.
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
pub struct Nested {
    /// Its name in every source.
    pub key: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Whether the names of its leaves leave out its own.
    pub flatten: bool,
    /// Whether a change takes effect at run time.
    pub reload: bool,
    /// One struct, perhaps one, or several.
    pub shape: Shape,
    /// The struct.
    pub group: &'static Group,
    pub(crate) field: &'static str,
}

/// How many structs a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// Just one.
    One,
    /// One, or none while no layer above the defaults has a value in it.
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
    /// Whether its value is a secret by type.
    pub secret: bool,
}

impl Group {
    /// The leaf of this struct with this key; not those of nested structs.
    pub fn leaf(&self, key: &str) -> Option<&'static Leaf> {
        self.fields.iter().find_map(|field| match field {
            Field::Leaf(leaf) if leaf.key == key => Some(leaf),
            _ => None,
        })
    }
}

impl Leaf {
    /// The kind of value its type takes, learned by asking the type.
    pub fn kind(&self) -> Kind {
        (self.kind)()
    }

    /// Whether it has a default.
    pub fn has_default(&self) -> bool {
        !matches!(self.default, Default::None)
    }

    /// The text that would give it its default.
    pub(crate) fn default_text(&self) -> Option<String> {
        match self.default {
            Default::Text(text) => Some(text.to_owned()),
            _ => (self.computed_default?)(self),
        }
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default: &dyn fmt::Debug = match self.default {
            Default::Text(_) | Default::Expression(_) if self.secret => &"[redacted]",
            _ => &self.default,
        };
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
            .field("required_if", &self.required_if)
            .finish_non_exhaustive()
    }
}

/// What the derive writes; each sets the field of its name.
#[doc(hidden)]
impl Schema {
    pub const fn new(root: &'static Group) -> Self {
        Self {
            prefix: "",
            sources: &[],
            unknown: Unknown::Warn,
            foreign: &[],
            root,
        }
    }

    #[must_use]
    pub const fn with_prefix(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    #[must_use]
    pub const fn with_sources(mut self, sources: &'static [Declared]) -> Self {
        self.sources = sources;
        self
    }

    #[must_use]
    pub const fn with_unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    #[must_use]
    pub const fn with_foreign(mut self, foreign: &'static [&'static str]) -> Self {
        self.foreign = foreign;
        self
    }
}

#[doc(hidden)]
impl Group {
    pub const fn new(name: &'static str, doc: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            doc,
            fields,
            derived: &[],
            validated: false,
        }
    }

    #[must_use]
    pub const fn with_derived(mut self, derived: &'static [Derived]) -> Self {
        self.derived = derived;
        self
    }

    #[must_use]
    pub const fn with_validate(mut self) -> Self {
        self.validated = true;
        self
    }
}

#[doc(hidden)]
impl Derived {
    pub const fn new(
        name: &'static str,
        type_name: &'static str,
        doc: &'static str,
        secret: bool,
    ) -> Self {
        Self {
            name,
            doc,
            type_name,
            secret,
        }
    }
}

#[doc(hidden)]
impl Alias {
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            deprecated: false,
        }
    }

    pub const fn deprecated(name: &'static str) -> Self {
        Self {
            name,
            deprecated: true,
        }
    }
}

#[doc(hidden)]
impl Declared {
    /// A file; its extension says what is in it.
    pub const fn file(path: &'static str) -> Self {
        refuse_missing_feature(path);
        Self::new(DeclaredKind::File, path)
    }

    pub const fn env_file(path: &'static str) -> Self {
        Self::new(DeclaredKind::EnvFile, path)
    }

    #[cfg(feature = "dotenvy")]
    pub const fn dotenvy(path: &'static str) -> Self {
        Self::new(DeclaredKind::Dotenvy, path)
    }

    #[cfg(not(feature = "dotenvy"))]
    pub const fn dotenvy(_: &'static str) -> Self {
        panic!("`dotenvy(…)` needs the feature `dotenvy` of settings-core")
    }

    pub const fn secrets_dir(path: &'static str) -> Self {
        Self::new(DeclaredKind::SecretsDir, path)
    }

    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn new(kind: DeclaredKind, path: &'static str) -> Self {
        Self {
            kind,
            path,
            required: false,
        }
    }
}

/// A file whose format's feature is off is refused when the program is built.
const fn refuse_missing_feature(path: &str) {
    assert!(
        cfg!(feature = "toml") || !ends_with(path, ".toml"),
        "a `.toml` file needs the feature `toml` of settings-core"
    );
    assert!(
        cfg!(feature = "json") || !ends_with(path, ".json"),
        "a `.json` file needs the feature `json` of settings-core"
    );
    assert!(
        cfg!(feature = "yaml") || !(ends_with(path, ".yaml") || ends_with(path, ".yml")),
        "a `.yaml` file needs the feature `yaml` of settings-core"
    );
}

const fn ends_with(text: &str, end: &str) -> bool {
    let (text, end) = (text.as_bytes(), end.as_bytes());
    if text.len() < end.len() {
        return false;
    }
    let mut at = 0;
    while at < end.len() {
        if text[text.len() - end.len() + at].to_ascii_lowercase() != end[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[doc(hidden)]
impl Leaf {
    pub(crate) const fn new(
        key: &'static str,
        type_name: &'static str,
        doc: &'static str,
        kind: fn() -> Kind,
        optional: bool,
        secret: bool,
    ) -> Self {
        Self {
            key,
            doc,
            type_name,
            optional,
            secret,
            unmasked: false,
            allow_empty: false,
            reload: false,
            env: &[],
            aliases: &[],
            deprecated: None,
            default: Default::None,
            rules: &[],
            required_if: None,
            separator: None,
            example: None,
            kind,
            watched: false,
            field: key,
            computed_default: None,
        }
    }

    #[must_use]
    pub const fn with_secret(mut self) -> Self {
        self.secret = true;
        self
    }

    #[must_use]
    pub const fn with_unmasked(mut self) -> Self {
        self.unmasked = true;
        self
    }

    #[must_use]
    pub const fn with_allow_empty(mut self) -> Self {
        self.allow_empty = true;
        self
    }

    #[must_use]
    pub const fn with_reload(mut self) -> Self {
        self.reload = true;
        self
    }

    #[must_use]
    pub const fn with_env(mut self, env: &'static [&'static str]) -> Self {
        self.env = env;
        self
    }

    #[must_use]
    pub const fn with_aliases(mut self, aliases: &'static [Alias]) -> Self {
        self.aliases = aliases;
        self
    }

    #[must_use]
    pub const fn with_deprecated(mut self, why: &'static str) -> Self {
        self.deprecated = Some(why);
        self
    }

    /// A default that is read as if from the environment.
    #[must_use]
    pub const fn with_default_text(mut self, text: &'static str) -> Self {
        self.default = Default::Text(text);
        self
    }

    /// A default that the leaf's `Take` computes by this expression.
    #[must_use]
    pub const fn with_default_expression(mut self, written: &'static str) -> Self {
        self.default = Default::Expression(written);
        self
    }

    /// A default that the leaf's `Take` computes by this function.
    #[must_use]
    pub const fn with_default_function(mut self, path: &'static str) -> Self {
        self.default = Default::Function(path);
        self
    }

    #[must_use]
    pub const fn with_rules(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }

    #[must_use]
    pub const fn with_required_if(mut self, key: &'static str, text: &'static str) -> Self {
        self.required_if = Some(Condition { key, text });
        self
    }

    #[must_use]
    pub const fn with_separator(mut self, separator: &'static str) -> Self {
        self.separator = Some(separator);
        self
    }

    #[must_use]
    pub const fn with_example(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// Some `required_if` of the same struct names this leaf.
    #[must_use]
    pub const fn with_watched(mut self) -> Self {
        self.watched = true;
        self
    }

    /// The name of the field, where the key is another.
    #[must_use]
    pub const fn with_field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }

    /// Gives the text of a default that is no text.
    #[must_use]
    pub const fn with_computed_default(mut self, text: fn(&Leaf) -> Option<String>) -> Self {
        self.computed_default = Some(text);
        self
    }

    pub const fn field(self) -> Field {
        Field::Leaf(self)
    }
}

#[doc(hidden)]
impl Nested {
    pub(crate) const fn new(
        key: &'static str,
        doc: &'static str,
        shape: Shape,
        group: &'static Group,
    ) -> Self {
        Self {
            key,
            doc,
            flatten: false,
            reload: false,
            shape,
            group,
            field: key,
        }
    }

    #[must_use]
    pub const fn with_flatten(mut self) -> Self {
        self.flatten = true;
        self
    }

    #[must_use]
    pub const fn with_reload(mut self) -> Self {
        self.reload = true;
        self
    }

    /// The name of the field, where the key is another.
    #[must_use]
    pub const fn with_field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }

    pub const fn field(self) -> Field {
        Field::Group(self)
    }
}
