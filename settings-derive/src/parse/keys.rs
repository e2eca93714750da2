//! The table of keys: where each belongs and how it is written.

/// A key of `#[settings(…)]`.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// How it is written, for messages.
    pub(crate) form: &'static str,
    pub(crate) place: Place,
}

/// Where a key may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A struct that may be loaded.
    Root,
    /// Any struct.
    Struct,
    /// A field that holds a value.
    Leaf,
    /// A field that holds a value or is a group.
    LeafOrGroup,
    /// Any field: it says what the field is.
    Field,
    /// A struct, and a field that holds a value.
    StructOrLeaf,
}

impl Place {
    pub(crate) fn is_on_struct(self) -> bool {
        matches!(self, Place::Root | Place::Struct | Place::StructOrLeaf)
    }

    pub(crate) fn is_on_field(self) -> bool {
        !matches!(self, Place::Root | Place::Struct)
    }
}

#[rustfmt::skip]
pub(crate) const KEYS: &[Key] = &[
    key("prefix",           Place::Root,         r#"prefix = "APP_""#),
    key("file",             Place::Root,         r#"file = "config.toml""#),
    key("env_file",         Place::Root,         r#"env_file = ".env""#),
    key("secrets_dir",      Place::Root,         r#"secrets_dir = "/run/secrets""#),
    key("unknown",          Place::Root,         r#"unknown = "warn""#),
    key("foreign",          Place::Root,         r#"foreign = ["APP_WORKER_*"]"#),
    key("derived",          Place::Struct,       "derived(pub name: Type = expr)"),
    key("validator",        Place::Struct,       "validator"),
    key("group",            Place::Struct,       "group"),
    key("validate",         Place::StructOrLeaf, "validate = path::to::function"),
    key("default",          Place::Leaf,         "default = value"),
    key("default_with",     Place::Leaf,         "default_with = path::to::function"),
    key("env",              Place::Leaf,         r#"env = "NAME""#),
    key("alias",            Place::Leaf,         r#"alias = "name""#),
    key("deprecated_alias", Place::Leaf,         r#"deprecated_alias = "name""#),
    key("deprecated",       Place::Leaf,         r#"deprecated = "why""#),
    key("rename",           Place::LeafOrGroup,  r#"rename = "name""#),
    key("skip",             Place::Field,        "skip"),
    key("nested",           Place::Field,        "nested"),
    key("flatten",          Place::Field,        "flatten"),
    key("pattern",          Place::Leaf,         r#"pattern = "^[a-z]+$""#),
    key("range",            Place::Leaf,         "range(1..=9)"),
    key("length",           Place::Leaf,         "length(2..)"),
    key("one_of",           Place::Leaf,         r#"one_of("a", "b")"#),
    key("required_if",      Place::Leaf,         r#"required_if(leaf = "text")"#),
    key("parse_with",       Place::Leaf,         "parse_with = path::to::function"),
    key("separator",        Place::Leaf,         r#"separator = ";""#),
    key("example",          Place::Leaf,         r#"example = "text""#),
    key("allow_empty",      Place::Leaf,         "allow_empty"),
    key("secret",           Place::Leaf,         "secret"),
    key("unmasked",         Place::Leaf,         "unmasked"),
    key("reload",           Place::LeafOrGroup,  "reload"),
];

/// Words from other crates, and the key that does here what they do there.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    ("env_prefix", "prefix"),
    ("files", "file"),
    ("env_files", "env_file"),
    ("dotenv", "env_file"),
    ("aliases", "alias"),
    ("name", "rename"),
    ("key", "rename"),
    ("nest", "nested"),
    ("regex", "pattern"),
    ("min", "range"),
    ("max", "range"),
    ("len", "length"),
    ("choices", "one_of"),
    ("parse_env", "parse_with"),
    ("deserialize_with", "parse_with"),
    ("delimiter", "separator"),
    ("sensitive", "secret"),
];

/// The entry of a key.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

const fn key(name: &'static str, place: Place, form: &'static str) -> Key {
    Key { name, form, place }
}
