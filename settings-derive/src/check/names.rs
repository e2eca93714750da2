//! Names: each is well formed and belongs to one setting.

use crate::errors::Errors;
use crate::model::{Alias, Field, GroupPath, Kind, Leaf, Role, Struct};
use proc_macro2::TokenStream;
use quote::ToTokens;
use settings_syntax::name::{normalized, same};
use settings_syntax::suggest::nearest;
use std::collections::HashMap;
use syn::ext::IdentExt as _;
use syn::{Ident, LitStr};

/// The items of the trait `Settings`, which a method of the same name would hide.
pub(crate) const METHODS: [&str; 11] = [
    "SCHEMA",
    "load",
    "get",
    "try_get",
    "try_loaded",
    "init",
    "init_or_exit",
    "loader",
    "empty_loader",
    "with_override",
    "check_schema",
];

pub(super) fn check(input: &Struct, errors: &Errors) {
    names_are_well_formed(input, errors);
    keys_are_distinct(input, errors);
    variables_are_distinct(input, errors);
    derived_names_are_free(input, errors);
}

/// The setting of the struct that has this key, or the reason why there is none.
pub(super) fn find_leaf<'a>(
    input: &'a Struct,
    name: &str,
) -> Result<(&'a Field, &'a Leaf), String> {
    let wanted = name.strip_prefix("r#").unwrap_or(name);
    match input.fields.iter().find(|field| same(&field.key(), wanted)) {
        Some(field) => match &field.kind {
            Kind::Leaf(leaf) => Ok((field, leaf)),
            Kind::Skip => Err(format!("`{name}` is skipped, so it is not a setting")),
            Kind::Group(_) => Err(format!(
                "`{name}` is a group; name a setting of this struct"
            )),
        },
        None => {
            let keys: Vec<String> = input.leaves().map(|(field, _)| field.key()).collect();
            let meant = nearest(wanted, keys.iter().map(String::as_str));
            let hint = meant.map(|meant| format!("; did you mean `{meant}`?"));
            Err(format!(
                "no setting of this struct is named `{name}`{}",
                hint.unwrap_or_default()
            ))
        }
    }
}

/// The setting that a condition names, by its key or by its field.
pub(super) fn find_condition<'a>(
    input: &'a Struct,
    name: &Ident,
) -> Result<(&'a Field, &'a Leaf), String> {
    find_leaf(input, &name.to_string()).or_else(|message| {
        let is_meant = |(field, _): &(&Field, &Leaf)| field.ident.unraw() == name.unraw();
        input.leaves().find(is_meant).ok_or(message)
    })
}

fn names_are_well_formed(input: &Struct, errors: &Errors) {
    if let Role::Root(root) = &input.role {
        prefixes_are_distinct(&root.prefixes, errors);
        for pattern in &root.ignore {
            pattern_is_well_formed(pattern, errors);
        }
        if let Some(schema) = &root.schema {
            schema_is_well_formed(schema, errors);
        }
        for removed in &root.removed {
            removed_name_is_free(input, &removed.name, errors);
        }
    }
    for field in &input.fields {
        match &field.kind {
            Kind::Leaf(leaf) => {
                let aliases = leaf.aliases.iter().map(|alias| &alias.name);
                for name in leaf.rename.iter().chain(aliases) {
                    key_is_well_formed(name, errors);
                }
                for name in &leaf.env {
                    variable_is_well_formed(name, errors);
                }
                flags_are_well_formed(leaf, errors);
            }
            Kind::Group(group) => {
                for alias in &group.aliases {
                    key_is_well_formed(&alias.name, errors);
                }
                if let Some(prefix) = &group.prefix {
                    variable_is_well_formed(prefix, errors);
                }
                match &group.path {
                    GroupPath::Renamed(rename) => key_is_well_formed(rename, errors),
                    GroupPath::Flat(_) | GroupPath::Variant => continue,
                    GroupPath::Field => {}
                }
            }
            Kind::Skip => continue,
        }
        field_name_is_ascii(field, errors);
    }
}

/// A name that is not ASCII cannot be a variable in most shells.
fn field_name_is_ascii(field: &Field, errors: &Errors) {
    let name = field.ident.to_string();
    if !name.is_ascii() && field.ident.unraw() == field.key() {
        errors.at(
            &field.ident,
            "the name of a setting is ASCII; add `#[settings(rename = \"…\")]`",
        );
    }
}

fn variable_is_well_formed(name: &LitStr, errors: &Errors) {
    let text = name.value();
    if text.is_empty() {
        errors.at(name, "empty name");
    } else if has_space_or_equals(&text) {
        errors.at(name, "a variable name has no spaces and no `=`");
    }
}

/// The path or URL of a JSON Schema, which is the rest of a line in templates.
fn schema_is_well_formed(schema: &LitStr, errors: &Errors) {
    let text = schema.value();
    if text.is_empty() || text.contains(|ch: char| ch.is_whitespace() || ch.is_control()) {
        errors.at(schema, "expected a path or URL without spaces");
    }
}

/// Flags of a setting: a name without dashes before it, and one letter.
fn flags_are_well_formed(leaf: &Leaf, errors: &Errors) {
    if let Some(flag) = &leaf.flag {
        let text = flag.value();
        let is_in_flag = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.starts_with('-') {
            errors.at(flag, "write the flag without the dashes before it");
        } else if !text.starts_with(|ch: char| ch.is_ascii_alphabetic())
            || !text.bytes().all(is_in_flag)
        {
            errors.at(
                flag,
                "a flag begins with a letter, and has letters, digits and `-`",
            );
        } else if ["help", "version", "set"]
            .iter()
            .any(|name| same(name, &text))
        {
            errors.at(
                flag,
                "`--help`, `--version` and `--set` are flags of every program",
            );
        }
    }
    if let Some(short) = &leaf.short {
        match short.value() {
            'h' | 'V' => errors.at(
                short,
                "`-h` and `-V` are the flags of the help and the version",
            ),
            letter if letter.is_ascii_alphabetic() => {}
            _ => errors.at(short, "a short flag is one ASCII letter"),
        }
    }
    if let Some(key) = &leaf.no_flag
        && (leaf.flag.is_some() || leaf.short.is_some())
    {
        errors.at(
            key,
            "a setting with `no_flag` has neither `flag` nor `short`",
        );
    }
}

fn prefixes_are_distinct(prefixes: &[Alias], errors: &Errors) {
    for (at, prefix) in prefixes.iter().enumerate() {
        variable_is_well_formed(&prefix.name, errors);
        let text = prefix.name.value();
        let stem = |text: &str| text.trim_end_matches(['_', '-', '.']).to_owned();
        let mut before = prefixes[..at].iter();
        if before.any(|other| same(&stem(&other.name.value()), &stem(&text))) {
            errors.at(&prefix.name, format!("`{text}` is already a prefix"));
        }
    }
}

/// A pattern of `ignore`: a name, or the beginning of names and `*`.
fn pattern_is_well_formed(pattern: &LitStr, errors: &Errors) {
    let text = pattern.value();
    if text.is_empty() {
        errors.at(pattern, "empty name");
    } else if has_space_or_equals(&text) {
        errors.at(pattern, "a name has no spaces and no `=`");
    } else if text.find('*').is_some_and(|at| at + 1 < text.len()) {
        errors.at(
            pattern,
            "`*` matches any rest, so it is only allowed at the end",
        );
    }
}

fn removed_name_is_free(input: &Struct, name: &LitStr, errors: &Errors) {
    let text = name.value();
    if !text.contains(|c: char| !matches!(c, '_' | '-' | '.')) {
        errors.at(name, "empty name");
    } else if has_space_or_equals(&text) {
        errors.at(name, "a key has no spaces and no `=`");
    } else if let Ok((field, _)) = find_leaf(input, &text) {
        errors.at(
            name,
            format!(
                "`{text}` is still the name of the setting `{}`",
                field.ident
            ),
        );
    }
}

pub(super) fn key_is_well_formed(name: &LitStr, errors: &Errors) {
    let text = name.value();
    if !text.contains(|c: char| !matches!(c, '_' | '-' | '.')) {
        errors.at(name, "empty name");
    } else if text.contains('.') {
        errors.at(
            name,
            "a key has no `.`, which separates a group from its settings",
        );
    } else if has_space_or_equals(&text) {
        errors.at(name, "a key has no spaces and no `=`");
    }
}

fn has_space_or_equals(text: &str) -> bool {
    text.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control())
}

fn keys_are_distinct(input: &Struct, errors: &Errors) {
    let mut names = Names::default();
    for field in &input.fields {
        let key = field.key();
        match &field.kind {
            Kind::Leaf(leaf) => {
                match &leaf.rename {
                    Some(rename) => names.add(field, &key, rename),
                    None => names.add(field, &key, &field.ident),
                }
                for alias in &leaf.aliases {
                    names.add(field, &alias.name.value(), &alias.name);
                }
            }
            Kind::Group(group) => {
                match &group.path {
                    GroupPath::Field => names.add(field, &key, &field.ident),
                    GroupPath::Renamed(rename) => names.add(field, &key, rename),
                    GroupPath::Flat(_) | GroupPath::Variant => {}
                }
                for alias in &group.aliases {
                    names.add(field, &alias.name.value(), &alias.name);
                }
            }
            Kind::Skip => {}
        }
    }
    names.report_clashes(errors);
}

fn variables_are_distinct(input: &Struct, errors: &Errors) {
    let mut names = Names::default();
    for (field, leaf) in input.leaves() {
        for name in &leaf.env {
            names.add_shared(field, &name.value(), name, leaf.shared.is_some());
        }
    }
    names.report_clashes(errors);
}

/// The names of one kind, in order, and which of them are equal.
#[derive(Default)]
struct Names<'a> {
    all: Vec<Name<'a>>,
    by_normalized: HashMap<Vec<u8>, Vec<usize>>,
}

struct Name<'a> {
    field: &'a Ident,
    text: String,
    tokens: TokenStream,
    /// Whether other fields may have it too.
    is_shared: bool,
}

impl<'a> Names<'a> {
    fn add(&mut self, field: &'a Field, text: &str, tokens: impl ToTokens) {
        self.add_shared(field, text, tokens, false);
    }

    fn add_shared(&mut self, field: &'a Field, text: &str, tokens: impl ToTokens, is_shared: bool) {
        let equal = self.by_normalized.entry(normalized(text)).or_default();
        equal.push(self.all.len());
        self.all.push(Name {
            field: &field.ident,
            text: text.to_owned(),
            tokens: tokens.into_token_stream(),
            is_shared,
        });
    }

    /// Reports each name that another field has too, at both fields.
    fn report_clashes(&self, errors: &Errors) {
        for (at, name) in self.all.iter().enumerate() {
            let equal = &self.by_normalized[&normalized(&name.text)];
            let other = |at: &usize| {
                let other = &self.all[*at];
                other.field != name.field && !(other.is_shared && name.is_shared)
            };
            if let Some(other) = equal.iter().copied().find(other) {
                errors.at(&name.tokens, clash(name, &self.all[other]));
            } else if equal
                .iter()
                .any(|other| *other < at && self.all[*other].field == name.field)
            {
                errors.at(
                    &name.tokens,
                    format!("`{}` is already a name of this setting", name.text),
                );
            }
        }
    }
}

fn clash(name: &Name<'_>, other: &Name<'_>) -> String {
    let (text, field) = (&name.text, other.field);
    if name.text == other.text {
        format!("`{text}` is also a name of `{field}`")
    } else {
        let other = &other.text;
        format!(
            "`{text}` equals `{other}`, a name of `{field}`: case and the choice of `_`, `-` and \
             `.` are ignored"
        )
    }
}

fn derived_names_are_free(input: &Struct, errors: &Errors) {
    let mut seen: Vec<String> = Vec::new();
    for row in &input.derived {
        let name = row.ident.unraw().to_string();
        if let Some(field) = input.fields.iter().find(|field| same(&field.key(), &name)) {
            errors.at(&row.ident, format!("`{}` is already a field", field.ident));
        } else if seen.iter().any(|seen| same(seen, &name)) {
            errors.at(&row.ident, format!("duplicate property `{name}`"));
        } else if matches!(input.role, Role::Root(_)) && METHODS.contains(&name.as_str()) {
            errors.at(
                &row.ident,
                format!("`{name}` is an item of the trait `Settings`; use another name"),
            );
        }
        seen.push(name);
    }
}
