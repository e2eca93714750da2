//! Names of files: their formats and their placeholders.

use super::names::find_leaf;
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
            errors.at(&file.name, "the name of a file has at least one letter");
        }
        placeholders_name_leaves(input, file, errors);
    }
}

fn format_is_known(file: &FileName, errors: &Errors) {
    let name = file.name.value();
    let is_path_from_a_leaf = name.starts_with('{') && name.find('}') == Some(name.len() - 1);
    let last = name.rsplit(['/', '\\']).next().unwrap_or(&name);
    let extension = last.rsplit_once('.').map(|(_, extension)| extension);
    if !name.is_empty()
        && !is_path_from_a_leaf
        && !matches!(extension, Some("toml" | "yaml" | "yml" | "json"))
    {
        let hint = if last.contains(".env") {
            "; `env_file` reads `.env` files"
        } else {
            ""
        };
        errors.at(
            &file.name,
            format!("a file is read by its ending: `.toml`, `.yaml`, `.yml` or `.json`{hint}"),
        );
    }
}

fn placeholders_name_leaves(input: &Struct, file: &FileName, errors: &Errors) {
    let name = file.name.value();
    match placeholders(&name) {
        Ok(leaves) => {
            for leaf in leaves {
                if let Err(message) = placeholder_is_sound(input, leaf) {
                    errors.at(&file.name, message);
                }
            }
        }
        Err(message) => errors.at(&file.name, message),
    }
}

fn placeholder_is_sound(input: &Struct, name: &str) -> Result<(), String> {
    // What a group holds is known at run time only.
    if name.contains('.') {
        return Ok(());
    }
    let (field, leaf) = match find_leaf(input, name) {
        Ok(found) => found,
        Err(_) if input.has_flattened() => return Ok(()),
        Err(message) => return Err(message),
    };
    let shape = Shape::of(&field.ty);
    if leaf.secret.is_some() || shape.scalar == Scalar::Text(TextType::Secret) {
        return Err(format!("`{name}` is secret, and the name of a file is not"));
    }
    if !shape.may_name_a_file() {
        return Err(format!(
            "`{name}` cannot stand in the name of a file: only text and enums can"
        ));
    }
    Ok(())
}

/// What stands between `{` and `}`.
fn placeholders(name: &str) -> Result<Vec<&str>, &'static str> {
    let mut found = Vec::new();
    let mut rest = name;
    while let Some(at) = rest.find(['{', '}']) {
        if rest[at..].starts_with('}') {
            return Err("`}` without `{`: a placeholder is written `{leaf}`");
        }
        if rest[..at].ends_with('$') {
            return Err("variables are not filled in here; a placeholder is a leaf: `{leaf}`");
        }
        let after = &rest[at + 1..];
        let end = after
            .find(['{', '}'])
            .filter(|&end| after[end..].starts_with('}'))
            .ok_or("`{` without `}`: a placeholder is written `{leaf}`")?;
        let leaf = &after[..end];
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if leaf.is_empty() || !leaf.chars().all(is_name) {
            return Err("a placeholder names a leaf of this struct: `{leaf}`");
        }
        found.push(leaf);
        rest = &after[end + 1..];
    }
    Ok(found)
}
