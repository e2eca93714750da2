//! Selection of rows by keys and patterns, and the list of sources.

use crate::{
    build::rows::{Row, Shows},
    error::{
        origin::Layer,
        redact,
        source_report::{SourceReport, SourceStatus},
        style::{Look, columns},
    },
    schema::{
        Field, Shape,
        layout::NameSpace,
        layout::{Layout, Target},
        lookup::{NameTarget, target},
    },
    value::json,
};
use settings_syntax::{name, suggest};
use std::fmt::Write;

/// The rows that these keys name: settings by any spelling of their key or variable, and all settings of a group. An error
/// is a message about a key that names none.
pub(crate) fn only(
    layout: &'static Layout,
    rows: Vec<Row>,
    keys: &[&str],
) -> Result<Vec<Row>, String> {
    let mut selected = vec![false; rows.len()];
    for key in keys {
        let canonical = canonical_key(layout, key);
        let is_selected = |row: &Row| {
            is_match(row, key) || canonical.as_ref().is_some_and(|key| is_match(row, key))
        };
        if !select(&rows, &mut selected, is_selected) {
            return Err(unknown_key(key, &rows));
        }
    }
    Ok(keep(rows, selected))
}

/// The rows that match one of these patterns: globs with `*` and `?`, or parts of a key or variable.
pub(crate) fn matching(
    layout: &'static Layout,
    rows: Vec<Row>,
    patterns: &[String],
) -> Result<Vec<Row>, String> {
    let mut selected = vec![false; rows.len()];
    for pattern in patterns {
        let found = if pattern.contains(['*', '?']) {
            let pattern = folded(pattern);
            let is_selected = |row: &Row| names(row).any(|name| is_glob_match(&pattern, &name));
            select(&rows, &mut selected, is_selected)
        } else {
            let part = folded(pattern.trim_start_matches('-'));
            let canonical = canonical_key(layout, pattern);
            let is_selected = |row: &Row| {
                names(row).any(|name| name.contains(&part))
                    || canonical.as_ref().is_some_and(|key| is_match(row, key))
            };
            select(&rows, &mut selected, is_selected)
        };
        if !found {
            return Err(unknown_key(pattern, &rows));
        }
    }
    Ok(keep(rows, selected))
}

/// Marks the rows that are selected. Returns whether there is one.
fn select(rows: &[Row], selected: &mut [bool], is_selected: impl Fn(&Row) -> bool) -> bool {
    let mut found = false;
    for (row, selected) in rows.iter().zip(selected) {
        if is_selected(row) {
            *selected = true;
            found = true;
        }
    }
    found
}

fn keep(rows: Vec<Row>, selected: Vec<bool>) -> Vec<Row> {
    let rows = rows.into_iter().zip(selected);
    rows.filter_map(|(row, selected)| selected.then_some(row))
        .collect()
}

/// Key and variable of a row, folded for comparison.
fn names(row: &Row) -> impl Iterator<Item = String> {
    [Some(&row.key), row.variable.as_ref()]
        .into_iter()
        .flatten()
        .map(|name| folded(name))
}

/// A name in lower case, with `_` for `-`. Dots stay, so that `server.*` is a group.
fn folded(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// Whether a text matches a glob: `*` is any text, `?` any character.
fn is_glob_match(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    let (mut at, mut in_glob) = (0, 0);
    // Where the last `*` is, and where the text that it matches ends.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match glob.get(in_glob) {
            Some('*') => {
                star = Some((in_glob, at));
                in_glob += 1;
            }
            Some(ch) if *ch == '?' || *ch == text[at] => {
                at += 1;
                in_glob += 1;
            }
            _ => {
                let Some((before, end)) = star else {
                    return false;
                };
                star = Some((before, end + 1));
                (in_glob, at) = (before + 1, end + 1);
            }
        }
    }
    glob[in_glob..].iter().all(|ch| *ch == '*')
}

/// The dotted key that a key, alias, variable or flag maps to, in any spelling: of a setting, of a group, or of something in
/// a list or map, whose last part stays as given.
pub(crate) fn canonical_key(layout: &'static Layout, key: &str) -> Option<String> {
    let flat = key.trim_start_matches('-').replace(']', "");
    let flat = flat.replace(['[', '.'], "__");
    let find = |space| target(layout, space, name::hash(flat.as_bytes()), flat.as_bytes());
    Some(
        match find(NameSpace::Key).or_else(|| find(NameSpace::Env))? {
            NameTarget::Name(name) if name.target == Target::Group => {
                layout.key_of_group(name.index).to_owned()
            }
            NameTarget::Name(name) => layout.key_of(name.index.into()).to_owned(),
            NameTarget::Inside(name, path) => {
                let outer = layout.key_of(name.index.into());
                let is_list = matches!(
                    layout.leaves[usize::from(name.index)].field,
                    Field::Group(nested) if nested.shape == Shape::List
                );
                let mut path = path.iter();
                let element = path.next()?;
                let element = if is_list {
                    format!("{outer}[{element}]")
                } else {
                    format!("{outer}.{element}")
                };
                path.fold(element, |key, step| format!("{key}.{step}"))
            }
        },
    )
}

/// The message about a key that matches no row.
pub(crate) fn unknown_key(key: &str, rows: &[Row]) -> String {
    let keys = rows.iter().map(|row| row.key.as_str());
    let variables = rows.iter().filter_map(|row| row.variable.as_deref());
    let near = suggest::nearest(key, keys).or_else(|| suggest::nearest(key, variables));
    let key = redact::escape_truncated(key);
    match near {
        Some(near) => format!("there is no setting {key}; did you mean {near}?"),
        None => format!("there is no setting {key}"),
    }
}

/// Whether a key is that of a row, or of a group or list that contains it.
pub(crate) fn is_match(row: &Row, key: &str) -> bool {
    let key = key.trim_start_matches('-');
    let is_variable = |name: &str| name::same(name, key);
    if row.variable.as_deref().is_some_and(is_variable) {
        return true;
    }
    let ends = row
        .key
        .char_indices()
        .filter(|(_, ch)| matches!(ch, '.' | '['));
    let groups = ends.map(|(at, _)| &row.key[..at]);
    groups
        .chain([row.key.as_str()])
        .any(|each| name::same(each, key))
}

/// Whether a source sets a row.
pub(crate) fn is_changed(row: &Row) -> bool {
    let origin = row.origin.as_ref();
    row.value == Shows::Invalid || origin.is_some_and(|origin| origin.layer() != Layer::Default)
}

/// Every source in order, as a table.
pub(crate) fn sources(sources: &[SourceReport], look: Look) -> String {
    let kinds: Vec<String> = sources.iter().map(|each| each.layer.to_string()).collect();
    let kind_width = kinds.iter().map(|kind| columns(kind)).max().unwrap_or(0);
    let name_width = sources.iter().map(|each| columns(&each.name)).max();
    let name_width = name_width.unwrap_or(0);
    let mut out = String::new();
    for (kind, source) in kinds.iter().zip(sources) {
        let kind_gap = kind_width - columns(kind);
        let name_gap = name_width - columns(&source.name);
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "{kind}{:kind_gap$}  {}{:name_gap$}  {}",
            "",
            source.name,
            "",
            look.dim(&source.outcome())
        );
    }
    out
}

/// Every source, as comments.
pub(crate) fn sources_in_comments(sources: &[SourceReport]) -> String {
    let lines = sources.iter().map(|source| {
        let space = if source.name.is_empty() { "" } else { " " };
        format!(
            "# {}{space}{}: {}\n",
            source.layer,
            source.name,
            source.outcome()
        )
    });
    lines.collect()
}

/// Every source, as a JSON array.
pub(crate) fn sources_as_json(sources: &[SourceReport]) -> String {
    let each = sources.iter().map(|source| {
        let status = match source.status {
            SourceStatus::Read => "read",
            SourceStatus::Absent => "absent",
            SourceStatus::Failed => "failed",
            SourceStatus::Skipped => "skipped",
        };
        format!(
            r#"{{"kind":{},"name":{},"status":"{status}"}}"#,
            json::quoted(&source.layer.to_string()),
            json::quoted(&source.name),
        )
    });
    format!("[{}]", each.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::is_glob_match;

    #[test]
    fn globs_match_any_text_and_any_character() {
        for (glob, text, expected) in [
            ("server.*", "server.port", true),
            ("server.*", "server", false),
            ("*port", "server.port", true),
            ("*.p?rt", "server.port", true),
            ("s*r.p*t", "server.port", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b", "a-b-c", false),
            ("port", "server.port", false),
        ] {
            assert_eq!(is_glob_match(glob, text), expected, "{glob} {text}");
        }
    }
}
