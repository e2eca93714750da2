//! Every leaf has names of its own, and names are well formed.

use crate::errors::Errors;
use crate::model::{Field, Group, GroupPath, Kind, Leaf, Role, Struct};
use quote::ToTokens;
use settings_syntax::suggest::nearest;
use std::collections::HashMap;
use syn::ext::IdentExt as _;
use syn::{Ident, LitStr};

/// What the trait `Settings` offers; a method of that name would hide it.
pub(crate) const METHODS: [&str; 11] = [
    "SCHEMA",
    "load",
    "get",
    "try_get",
    "loaded",
    "init",
    "init_or_exit",
    "loader",
    "empty_loader",
    "with_override",
    "check_schema",
];

pub(super) fn check(input: &Struct, errors: &Errors) {
    names_are_well_formed(input, errors);
    names_are_distinct(input, errors);
    variables_are_distinct(input, errors);
    derived_names_are_free(input, errors);
}

/// Lower case, each run of `_`, `-`, `.` as one `_`.
pub(super) fn canonical(name: &str) -> String {
    let mut canonical = String::with_capacity(name.len());
    for letter in name.chars() {
        if matches!(letter, '_' | '-' | '.') {
            if !canonical.ends_with('_') {
                canonical.push('_');
            }
        } else {
            canonical.extend(letter.to_lowercase());
        }
    }
    canonical
}

/// The leaf of the struct that has this key, or why there is none.
pub(super) fn find_leaf<'a>(
    input: &'a Struct,
    name: &str,
) -> Result<(&'a Field, &'a Leaf), String> {
    let wanted = canonical(name.strip_prefix("r#").unwrap_or(name));
    let is_wanted = |field: &&Field| canonical(&field.key()) == wanted;
    match input.fields.iter().find(is_wanted) {
        Some(field) => match &field.kind {
            Kind::Leaf(leaf) => Ok((field, leaf)),
            Kind::Skip => Err(format!("`{name}` is skipped, so it is no setting")),
            Kind::Group(_) => Err(format!("`{name}` is a group; name a leaf of this struct")),
        },
        None => {
            let keys: Vec<String> = input.leaves().map(|(field, _)| field.key()).collect();
            let meant = nearest(&wanted, keys.iter().map(String::as_str));
            Err(match meant {
                Some(meant) => {
                    format!("no leaf of this struct is called `{name}`; did you mean `{meant}`?")
                }
                None => format!("no leaf of this struct is called `{name}`"),
            })
        }
    }
}

/// The leaf that a condition names, by its key or by its field.
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
        for name in root.prefix.iter().chain(&root.foreign) {
            variable_is_well_formed(name, errors);
        }
        for name in &root.foreign {
            let text = name.value();
            if text.find('*').is_some_and(|at| at + 1 < text.len()) {
                errors.at(name, "`*` stands for any rest, so it comes last");
            }
        }
    }
    for field in &input.fields {
        match &field.kind {
            Kind::Leaf(leaf) => {
                for name in leaf
                    .rename
                    .iter()
                    .chain(leaf.aliases.iter().map(|a| &a.name))
                {
                    key_is_well_formed(name, errors);
                }
                for name in &leaf.env {
                    variable_is_well_formed(name, errors);
                }
            }
            Kind::Group(Group {
                path: GroupPath::Renamed(rename),
                ..
            }) => key_is_well_formed(rename, errors),
            _ => {}
        }
    }
}

fn variable_is_well_formed(name: &LitStr, errors: &Errors) {
    let text = name.value();
    if text.is_empty() {
        errors.at(name, "a name has at least one letter");
    } else if text.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control()) {
        errors.at(name, "the name of a variable holds no space and no `=`");
    }
}

fn key_is_well_formed(name: &LitStr, errors: &Errors) {
    let text = name.value();
    if !text.contains(|c: char| !matches!(c, '_' | '-' | '.')) {
        errors.at(name, "a name has at least one letter");
    } else if text.contains('.') {
        errors.at(
            name,
            "a key is one name: `.` stands between a group and its fields",
        );
    } else if text.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control()) {
        errors.at(name, "a key holds no space and no `=`");
    }
}

fn names_are_distinct(input: &Struct, errors: &Errors) {
    let mut owners = Owners::default();
    for field in &input.fields {
        let key = field.key();
        match &field.kind {
            Kind::Leaf(leaf) => {
                match &leaf.rename {
                    Some(rename) => owners.claim(field, &key, rename, errors),
                    None => owners.claim(field, &key, &field.ident, errors),
                }
                for alias in &leaf.aliases {
                    owners.claim(field, &alias.name.value(), &alias.name, errors);
                }
            }
            Kind::Group(group) => match &group.path {
                GroupPath::Field => owners.claim(field, &key, &field.ident, errors),
                GroupPath::Renamed(rename) => owners.claim(field, &key, rename, errors),
                GroupPath::Flat(_) => {}
            },
            Kind::Skip => {}
        }
    }
}

fn variables_are_distinct(input: &Struct, errors: &Errors) {
    let mut owners = Owners::default();
    for (field, leaf) in input.leaves() {
        for name in &leaf.env {
            owners.claim(field, &name.value(), name, errors);
        }
    }
}

/// Who has which name, by its canonical form.
#[derive(Default)]
struct Owners<'a>(HashMap<String, (&'a Ident, String)>);

impl<'a> Owners<'a> {
    fn claim(&mut self, field: &'a Field, name: &str, token: impl ToTokens, errors: &Errors) {
        let Some((owner, theirs)) = self
            .0
            .insert(canonical(name), (&field.ident, name.to_owned()))
        else {
            return;
        };
        let message = if *owner == field.ident {
            format!("`{name}` is a name of this leaf already")
        } else if theirs == name {
            format!("`{name}` is a name of `{owner}` already")
        } else {
            format!(
                "`{name}` and `{theirs}`, a name of `{owner}`, are one name: \
                 case, `_`, `-` and `.` make no difference"
            )
        };
        errors.at(token, message);
    }
}

fn derived_names_are_free(input: &Struct, errors: &Errors) {
    let mut seen: Vec<String> = Vec::new();
    for row in &input.derived {
        let name = row.ident.unraw().to_string();
        let key = canonical(&name);
        if let Some(field) = input.fields.iter().find(|f| canonical(&f.key()) == key) {
            errors.at(&row.ident, format!("`{}` is a field already", field.ident));
        } else if seen.contains(&key) {
            errors.at(&row.ident, format!("`{name}` is derived twice"));
        } else if matches!(input.role, Role::Root(_)) && METHODS.contains(&name.as_str()) {
            errors.at(
                &row.ident,
                format!("`{name}` is an item of the trait `Settings`; take another name"),
            );
        }
        seen.push(key);
    }
}
