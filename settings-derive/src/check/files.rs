//! File names: their formats and their placeholders.

use super::{is_dependent, names::find_leaf};
use crate::errors::Errors;
use crate::model::{FileName, Role, Struct};
use crate::shape::{Scalar, Shape, TextType};

pub(super) fn check(input: &Struct, errors: &Errors) {
    let Role::Root(root) = &input.role else {
        return;
    };
    for file in &root.files {
        format_is_known(file, errors);
    }
    for file in root
        .files
        .iter()
        .chain(&root.env_files)
        .chain(&root.secrets_dirs)
    {
        if file.name.value().is_empty() {
            errors.at(&file.name, "empty file name");
        }
        placeholders_name_settings(input, file, errors);
    }
}

fn format_is_known(file: &FileName, errors: &Errors) {
    let name = file.name.value();
    let is_path_from_setting = name.starts_with('{') && name.find('}') == Some(name.len() - 1);
    let last = name.rsplit(['/', '\\']).next().unwrap_or(&name);
    let extension = last.rsplit_once('.').map(|(_, extension)| extension);
    if !name.is_empty()
        && !is_path_from_setting
        && !matches!(extension, Some("toml" | "yaml" | "yml" | "json"))
    {
        let hint = if last.contains(".env") {
            "; for `.env` files use `env_file`"
        } else {
            ""
        };
        errors.at(
            &file.name,
            format!(
                "unknown file format; expected the extension `.toml`, `.yaml`, `.yml` or `.json`{hint}"
            ),
        );
    }
}

fn placeholders_name_settings(input: &Struct, file: &FileName, errors: &Errors) {
    let name = file.name.value();
    match placeholders(&name) {
        Ok(leaves) => {
            for leaf in leaves {
                if let Err(message) = check_placeholder(input, leaf) {
                    errors.at(&file.name, message);
                }
            }
        }
        Err(message) => errors.at(&file.name, message),
    }
}

fn check_placeholder(input: &Struct, name: &str) -> Result<(), String> {
    // The settings of a group are checked at run time.
    if name.contains('.') {
        return Ok(());
    }
    let (field, leaf) = match find_leaf(input, name) {
        Ok(found) => found,
        Err(_) if input.has_flattened() => return Ok(()),
        Err(message) => return Err(message),
    };
    let shape = Shape::of(&field.ty);
    if leaf.secret().is_some() || shape.scalar == Scalar::Text(TextType::Secret) {
        return Err(format!(
            "`{name}` is secret, so it cannot be part of a file name"
        ));
    }
    if is_dependent(leaf) {
        return Err(format!(
            "`{name}` cannot be part of a file name: its default depends on other settings"
        ));
    }
    if !shape.may_name_a_file() {
        return Err(format!(
            "`{name}` cannot be part of a file name: only text and enums can"
        ));
    }
    Ok(())
}

/// The names between `{` and `}`.
fn placeholders(name: &str) -> Result<Vec<&str>, &'static str> {
    let mut found = Vec::new();
    let mut rest = name;
    while let Some(at) = rest.find(['{', '}']) {
        if rest[at..].starts_with('}') {
            return Err("`}` without `{`; a placeholder is `{setting}`");
        }
        if rest[..at].ends_with('$') {
            return Err("variables are not supported in file names; use a setting: `{setting}`");
        }
        let after = &rest[at + 1..];
        let end = after
            .find(['{', '}'])
            .filter(|&end| after[end..].starts_with('}'))
            .ok_or("`{` without `}`; a placeholder is `{setting}`")?;
        let leaf = &after[..end];
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if leaf.is_empty() || !leaf.chars().all(is_name) {
            return Err("a placeholder is the name of a setting: `{setting}`");
        }
        found.push(leaf);
        rest = &after[end + 1..];
    }
    Ok(found)
}
