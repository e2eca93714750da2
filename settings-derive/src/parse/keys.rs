//! The table of attribute keys. Each row has the name, the place where the key is allowed, its form, and its parser.

use super::across::{at_least_one_of, at_most_one_of, exactly_one_of, required_with};
use super::files::files;
use super::forms::{
    EnvNames, aliases, default_from, default_if, default_value, derived_rows, env_names,
    group_defaults, merge, nesting, removed, secrets_from, serde_policy, unknown,
};
use super::rules::{length, one_of, pattern, range, required_if};
use super::values::{UsedKey, field, flag, letter, path, switch, text, texts};
use crate::model::{
    Alias, DefaultFrom, DefaultIf, Derived, FileName, Flag, GroupDefaults, GroupRule, LeafDefault,
    Length, MergeRule, OneOf, PatternRule, Range, Removed, RequiredIf, Unknown,
};
use syn::parse::ParseStream;
use syn::{ExprPath, Ident, LitChar, LitStr, Result};

/// A key of `#[settings(…)]`, whose value is stored in `T`.
pub(super) struct Key<T> {
    pub(super) name: &'static str,
    pub(super) place: Place,
    /// The key with an example of its value, for messages.
    pub(super) form: &'static str,
    /// Whether an item may have it more than once.
    pub(super) repeats: bool,
    pub(super) parse: fn(&mut T, &UsedKey, ParseStream<'_>) -> Result<()>,
}

/// The structs and fields on which a key is allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A struct that can be loaded.
    Root,
    /// Any struct.
    Struct,
    /// An enum.
    Enum,
    /// A variant of an enum.
    Variant,
    /// A field that is a setting.
    Setting,
    /// A field that is a group.
    Group,
    /// A field that is a setting or a group.
    SettingOrGroup,
    /// Any field.
    Field,
}

/// The keys of one kind of item.
pub(super) trait Keys: Sized + 'static {
    const TABLE: &'static [Key<Self>];
    /// The names of the keys of the other kind, and where they belong.
    const ELSEWHERE: (fn() -> Vec<&'static str>, &'static str);
}

/// The values of the keys on a struct.
#[derive(Default)]
pub(super) struct StructKeys {
    pub(super) prefix: Option<Vec<LitStr>>,
    pub(super) deprecated_prefix: Option<Vec<LitStr>>,
    pub(super) nesting: Option<LitStr>,
    pub(super) secrets_from: Option<Vec<&'static str>>,
    pub(super) file: Option<Vec<FileName>>,
    pub(super) env_file: Option<Vec<FileName>>,
    pub(super) secrets_dir: Option<Vec<FileName>>,
    pub(super) unknown: Option<Unknown>,
    pub(super) ignore: Option<Vec<LitStr>>,
    pub(super) removed: Option<Vec<Removed>>,
    pub(super) schema: Option<LitStr>,
    pub(super) derived: Option<Vec<Derived>>,
    pub(super) finish: Option<ExprPath>,
    pub(super) validate: Option<ExprPath>,
    pub(super) validator: Option<Ident>,
    pub(super) rules: Vec<GroupRule>,
    pub(super) group: Option<Ident>,
    pub(super) tag: Option<LitStr>,
    pub(super) serde: Option<Ident>,
}

/// The values of the keys on a variant of an enum.
#[derive(Default)]
pub(super) struct VariantKeys {
    pub(super) default: Option<Ident>,
    pub(super) alias: Option<Vec<Alias>>,
    pub(super) rename: Option<LitStr>,
    pub(super) scalar: Option<Ident>,
}

/// The values of the keys on a field.
#[derive(Default)]
pub(super) struct FieldKeys {
    pub(super) default: Option<LeafDefault>,
    pub(super) default_with: Option<ExprPath>,
    pub(super) default_from: Option<DefaultFrom>,
    pub(super) default_if: Vec<DefaultIf>,
    pub(super) env: Option<EnvNames>,
    pub(super) prefix: Option<LitStr>,
    pub(super) alias: Option<Vec<Alias>>,
    pub(super) deprecated_alias: Option<Vec<Alias>>,
    pub(super) deprecated: Option<LitStr>,
    pub(super) rename: Option<LitStr>,
    pub(super) skip: Option<Ident>,
    pub(super) nested: Option<Ident>,
    pub(super) flatten: Option<Ident>,
    pub(super) present_if: Option<Ident>,
    pub(super) defaults: Option<GroupDefaults>,
    pub(super) pattern: Option<PatternRule>,
    pub(super) range: Option<Range>,
    pub(super) length: Option<Length>,
    pub(super) one_of: Option<OneOf>,
    pub(super) validate: Option<ExprPath>,
    pub(super) required_if: Option<RequiredIf>,
    pub(super) parse_with: Option<ExprPath>,
    pub(super) deserialize_with: Option<ExprPath>,
    pub(super) unit: Option<LitStr>,
    pub(super) expects: Option<LitStr>,
    pub(super) separator: Option<LitStr>,
    pub(super) merge: Option<MergeRule>,
    pub(super) example: Option<LitStr>,
    pub(super) allow_empty: Option<Ident>,
    pub(super) secret: Option<Flag>,
    pub(super) no_file: Option<Ident>,
    pub(super) reload: Option<Ident>,
    pub(super) local: Option<Ident>,
    pub(super) flag: Option<LitStr>,
    pub(super) short: Option<LitChar>,
    pub(super) no_flag: Option<Ident>,
}

/// A row: the field of the same name holds what the parser returns.
macro_rules! key {
    ($name:ident, $place:ident, $form:literal, $parse:expr) => {
        Key {
            name: stringify!($name),
            place: Place::$place,
            form: $form,
            repeats: false,
            parse: |keys, key, input| {
                keys.$name = Some($parse(key, input)?);
                Ok(())
            },
        }
    };
    // A key that may be repeated: the list holds what the parser returns.
    ($name:ident in $list:ident, $place:ident, $form:literal, $parse:expr) => {
        Key {
            name: stringify!($name),
            place: Place::$place,
            form: $form,
            repeats: true,
            parse: |keys, key, input| {
                keys.$list.extend($parse(key, input)?);
                Ok(())
            },
        }
    };
}

#[rustfmt::skip]
impl Keys for StructKeys {
    const TABLE: &'static [Key<Self>] = &[
        key!(prefix,      Root,   r#"prefix = "APP_""#,                texts),
        key!(deprecated_prefix, Root, r#"deprecated_prefix = "OLD_""#, texts),
        key!(nesting,     Root,   r#"nesting = "__""#,                 nesting),
        key!(secrets_from, Root,  r#"secrets_from("env", "secrets_dir")"#, secrets_from),
        key!(file,        Root,   r#"file = "config.toml""#,           files),
        key!(env_file,    Root,   r#"env_file = ".env""#,              files),
        key!(secrets_dir, Root,   r#"secrets_dir = "/run/secrets""#,   files),
        key!(unknown,     Root,   r#"unknown = "warn""#,               unknown),
        key!(ignore,      Root,   r#"ignore = ["APP_WORKER_*"]"#,      texts),
        key!(removed,     Root,   r#"removed(name = "why")"#,          removed),
        key!(schema,      Root,   r#"schema = "./app.schema.json""#,   text),
        key!(derived,     Struct, "derived(pub name: Type = expr)",    derived_rows),
        key!(finish,      Struct, "finish = path::to::function",       path),
        key!(validate,    Struct, "validate = path::to::function",     path),
        key!(validator,   Struct, "validator",                         flag),
        key!(exactly_one_of  in rules, Struct, "exactly_one_of(a, b)",  exactly_one_of),
        key!(at_most_one_of  in rules, Struct, "at_most_one_of(a, b)",  at_most_one_of),
        key!(at_least_one_of in rules, Struct, "at_least_one_of(a, b)", at_least_one_of),
        key!(required_with   in rules, Struct, "required_with(a => b)", required_with),
        key!(group,       Struct, "group",                             flag),
        key!(tag,         Enum,   r#"tag = "kind""#,                   text),
        key!(serde,       Struct, r#"serde = "ignore""#,               serde_policy),
    ];
    const ELSEWHERE: (fn() -> Vec<&'static str>, &'static str) = (names::<FieldKeys>, "on a field");
}

#[rustfmt::skip]
impl Keys for FieldKeys {
    const TABLE: &'static [Key<Self>] = &[
        key!(default,          Setting,        "default = value",                      default_value),
        key!(default_with,     Setting,        "default_with = path::to::function",    path),
        key!(default_from,     Setting,        "default_from(setting) = expr",         default_from),
        key!(default_if in default_if, Setting, r#"default_if(setting = "text", value)"#, default_if),
        key!(env,              Setting,        r#"env = "NAME""#,                      env_names),
        key!(alias,            SettingOrGroup, r#"alias = "name""#,                    aliases),
        key!(deprecated_alias, SettingOrGroup, r#"deprecated_alias = "name""#,         aliases),
        key!(deprecated,       Setting,        r#"deprecated = "why""#,                text),
        key!(rename,           SettingOrGroup, r#"rename = "name""#,                   text),
        key!(skip,             Field,          "skip",                                 flag),
        key!(nested,           Field,          "nested",                               flag),
        key!(flatten,          Field,          "flatten",                              flag),
        key!(prefix,           Group,          r#"prefix = "APP_""#,                   text),
        key!(present_if,       Group,          "present_if = setting",                 field),
        key!(defaults,         Group,          "defaults(setting = value)",            group_defaults),
        key!(pattern,          Setting,        r#"pattern = "^[a-z]+$""#,              pattern),
        key!(range,            Setting,        "range(1..=9)",                         range),
        key!(length,           Setting,        "length(2..)",                          length),
        key!(one_of,           Setting,        r#"one_of("a", "b")"#,                  one_of),
        key!(validate,         Setting,        "validate = path::to::function",        path),
        key!(required_if,      Setting,        r#"required_if(setting = "text")"#,     required_if),
        key!(parse_with,       Setting,        "parse_with = path::to::function",      path),
        key!(deserialize_with, Setting,        "deserialize_with = path::to::function", path),
        key!(unit,             Setting,        r#"unit = "ms""#,                       text),
        key!(expects,          Setting,        r#"expects = "a path or a table""#,     text),
        key!(separator,        Setting,        r#"separator = ";""#,                   text),
        key!(merge,            Setting,        r#"merge = "append""#,                 merge),
        key!(example,          Setting,        r#"example = "text""#,                  text),
        key!(allow_empty,      Setting,        "allow_empty",                          flag),
        key!(secret,           Setting,        "secret",                               switch),
        key!(no_file,          Setting,        "no_file",                              flag),
        key!(reload,           SettingOrGroup, "reload",                               flag),
        key!(local,            Setting,        "local",                                flag),
        key!(flag,             Setting,        r#"flag = "name""#,                     text),
        key!(short,            Setting,        "short = 'n'",                          letter),
        key!(no_flag,          Setting,        "no_flag",                              flag),
    ];
    const ELSEWHERE: (fn() -> Vec<&'static str>, &'static str) =
        (names::<StructKeys>, "on the struct");
}

#[rustfmt::skip]
impl Keys for VariantKeys {
    const TABLE: &'static [Key<Self>] = &[
        key!(default, Variant, "default",             flag),
        key!(alias,   Variant, r#"alias = "name""#,   aliases),
        key!(rename,  Variant, r#"rename = "name""#,  text),
        key!(scalar,  Variant, "scalar",              flag),
    ];
    const ELSEWHERE: (fn() -> Vec<&'static str>, &'static str) =
        (names::<FieldKeys>, "on a field of the variant");
}

/// Words of other crates, and the key with the same meaning.
pub(super) const SYNONYMS: &[(&str, &str)] = &[
    ("env_prefix", "prefix"),
    ("files", "file"),
    ("env_files", "env_file"),
    ("dotenv", "env_file"),
    ("foreign", "ignore"),
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
    ("delimiter", "separator"),
    ("sensitive", "secret"),
];

/// The row of a key.
pub(super) fn find<T: Keys>(name: &str) -> Option<&'static Key<T>> {
    T::TABLE.iter().find(|key| key.name == name)
}

/// The names of all keys of one kind.
pub(super) fn names<T: Keys>() -> Vec<&'static str> {
    T::TABLE.iter().map(|key| key.name).collect()
}

/// The form of a key, for messages.
pub(super) fn form(name: &str) -> &'static str {
    find::<FieldKeys>(name)
        .map(|key| key.form)
        .or_else(|| find::<StructKeys>(name).map(|key| key.form))
        .unwrap_or_default()
}
