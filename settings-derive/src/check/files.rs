//! File names: their formats and their placeholders.

use super::{defaults::reads_text, is_dependent, names::find_leaf};
use crate::errors::Errors;
use crate::model::{FileName, Role, SourceCondition, Struct};
use crate::shape::{Scalar, Shape, TextType};

pub(super) fn check(input: &Struct, errors: &Errors) {
    let Role::Root(root) = &input.role else {
        return;
    };
    for file in &root.files {
        format_is_known(file, errors);
        pattern_is_a_file_name(file, errors);
        section_is_a_key(file, errors);
    }
    for file in root.env_files.iter().chain(&root.secrets_dirs) {
        if file.name.value().contains('*') {
            errors.at(&file.name, "`*` matches files only in `file`");
        }
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
        condition_can_hold(input, file, errors);
        if let (Some(_), Some(word)) = (&file.required, &file.optional) {
            errors.at(
                word,
                "a `required` file is never absent, so it cannot be `optional`",
            );
        }
    }
}

fn format_is_known(file: &FileName, errors: &Errors) {
    let name = file.name.value();
    let is_path_from_setting = name.starts_with('{') && name.find('}') == Some(name.len() - 1);
    let last = name.rsplit(['/', '\\']).next().unwrap_or(&name);
    let extension = last.rsplit_once('.').map(|(_, extension)| extension);
    // `secrets.toml.age` is decrypted by a function of the program.
    let encrypted = last
        .rsplit('.')
        .nth(1)
        .filter(|_| last.matches('.').count() > 1);
    if !name.is_empty()
        && file.format.is_none()
        && !is_path_from_setting
        && !is_format(extension)
        && !is_format(encrypted)
    {
        let hint = if last.contains(".env") {
            "; for `.env` files use `env_file`"
        } else {
            ""
        };
        errors.at(
            &file.name,
            format!(
                "unknown file format; expected the extension `.toml`, `.yaml`, `.yml` or `.json`, or \
                 the format around the name, as in `toml(\"…\")`{hint}"
            ),
        );
    }
}

fn is_format(extension: Option<&str>) -> bool {
    matches!(extension, Some("toml" | "yaml" | "yml" | "json"))
}

/// A condition follows the rules of placeholders, and names a text that its setting can have.
fn condition_can_hold(input: &Struct, file: &FileName, errors: &Errors) {
    let Some(SourceCondition { setting, texts }) = &file.only else {
        return;
    };
    let name = setting.value();
    if let Err(message) = check_placeholder(input, &name) {
        let message = message.replace(
            "cannot be part of a file name",
            "cannot be the condition of a source",
        );
        errors.at(setting, message);
        return;
    }
    if texts.is_empty() {
        errors.at(setting, "expected at least one text");
    }
    let Ok((field, leaf)) = find_leaf(input, &name) else {
        return;
    };
    for text in texts {
        if let Err(reason) = reads_text(leaf, Shape::of(&field.ty), &text.value()) {
            errors.at(text, format!("`{name}` never has this value: {reason}"));
        }
    }
}

/// Only the last part of a path may be a pattern.
fn pattern_is_a_file_name(file: &FileName, errors: &Errors) {
    let name = file.name.value();
    let directory = name
        .rsplit_once(['/', '\\'])
        .map(|(directory, _)| directory);
    if directory.is_some_and(|directory| directory.contains('*')) {
        errors.at(
            &file.name,
            "`*` is only allowed in the last part of a path: `conf.d/*.toml`",
        );
    }
}

fn section_is_a_key(file: &FileName, errors: &Errors) {
    if let Some((_, table)) = &file.section
        && table.value().split('.').any(str::is_empty)
    {
        errors.at(table, "expected the key of a table, such as `tool.app`");
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
