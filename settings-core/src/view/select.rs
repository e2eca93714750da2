//! What is in force and where it came from: rows chosen, and the places that were looked at.

use crate::{
    error::{
        origin::Layer,
        source_report::{SourceReport, SourceStatus},
        style::{Look, columns},
    },
    schema::{
        Field, Shape,
        layout::{Layout, Target},
        lookup::{NameTarget, target},
        names::NameSpace,
    },
    value::json,
    view::rows::{Row, Shows},
};
use settings_syntax::{name, suggest};
use std::fmt::Write;

/// The rows that these keys mean: leaves by any spelling of their key or variable, and all leaves of a group. Tells what
/// is said of a key that means none.
pub(crate) fn only(
    layout: &'static Layout,
    rows: Vec<Row>,
    keys: &[&str],
) -> Result<Vec<Row>, String> {
    let mut wanted = vec![false; rows.len()];
    for key in keys {
        let proper = proper(layout, key);
        let mut is_known = false;
        for (row, wanted) in rows.iter().zip(&mut wanted) {
            let is_meant =
                is_meant(row, key) || proper.as_ref().is_some_and(|key| is_meant(row, key));
            *wanted |= is_meant;
            is_known |= is_meant;
        }
        if !is_known {
            return Err(no_such_key(key, &rows));
        }
    }
    let rows = rows.into_iter().zip(wanted);
    Ok(rows
        .filter_map(|(row, wanted)| wanted.then_some(row))
        .collect())
}

/// The dotted key that a key, an alias, a variable or a flag means, in any spelling: of a leaf, of a group, or of what may
/// stand inside of a list or map. The last part of such a one is as it was given.
pub(crate) fn proper(layout: &'static Layout, key: &str) -> Option<String> {
    let flat = key.trim_start_matches('-').replace(']', "");
    let flat = flat.replace(['[', '.'], "__");
    let means = |space| target(layout, space, name::hash(flat.as_bytes()), flat.as_bytes());
    Some(
        match means(NameSpace::Key).or_else(|| means(NameSpace::Env))? {
            NameTarget::Name(name) if name.target == Target::Group => {
                layout.key_of_group(name.index).to_owned()
            }
            NameTarget::Name(name) => layout.key_of(name.index.into()).to_owned(),
            NameTarget::Inside(name, path) => {
                let within = layout.key_of(name.index.into());
                let is_list = matches!(
                    layout.leaves[usize::from(name.index)].field,
                    Field::Group(nested) if nested.shape == Shape::List
                );
                let mut path = path.iter();
                let element = path.next()?;
                let element = if is_list {
                    format!("{within}[{element}]")
                } else {
                    format!("{within}.{element}")
                };
                path.fold(element, |key, step| format!("{key}.{step}"))
            }
        },
    )
}

/// What is said of a key that means no row.
pub(crate) fn no_such_key(key: &str, rows: &[Row]) -> String {
    let keys = rows.iter().map(|row| row.key.as_str());
    let variables = rows.iter().filter_map(|row| row.variable.as_deref());
    let near = suggest::nearest(key, keys).or_else(|| suggest::nearest(key, variables));
    let key = crate::error::redact::escape_truncated(key);
    match near {
        Some(near) => format!("there is no setting {key}; did you mean {near}?"),
        None => format!("there is no setting {key}"),
    }
}

/// Whether a key means a row, or a group or list that it stands in.
pub(crate) fn is_meant(row: &Row, key: &str) -> bool {
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

/// Whether anything but a default spoke for a row.
pub(crate) fn is_changed(row: &Row) -> bool {
    let origin = row.origin.as_ref();
    row.value == Shows::Invalid || origin.is_some_and(|from| from.layer() != Layer::Default)
}

/// Every place that was looked at, in order, for a person.
pub(crate) fn sources(looked: &[SourceReport], look: Look) -> String {
    let lines: Vec<[String; 3]> = looked.iter().map(line).collect();
    let width = |at: usize| {
        lines
            .iter()
            .map(|line| columns(&line[at]))
            .max()
            .unwrap_or(0)
    };
    let (layers, places) = (width(0), width(1));
    let mut out = String::new();
    for [layer, place, outcome] in &lines {
        let text = format!("{layer:layers$}  {place:places$}  ");
        // Writing to a string does not fail.
        let _ = writeln!(out, "{text}{}", look.dim(outcome));
    }
    out
}

/// The same in comments, each line beginning with `#`.
pub(crate) fn sources_in_comments(looked: &[SourceReport]) -> String {
    let each = looked.iter().map(|looked| {
        let [layer, place, outcome] = line(looked);
        let space = if place.is_empty() { "" } else { " " };
        format!("# {layer}{space}{place}: {outcome}\n")
    });
    each.collect()
}

/// The same as a JSON array.
pub(crate) fn sources_as_json(looked: &[SourceReport]) -> String {
    let each = looked.iter().map(|looked| {
        let outcome = match looked.status {
            SourceStatus::Read => "found",
            SourceStatus::Absent => "absent",
            SourceStatus::Failed => "unreadable",
            SourceStatus::Skipped => "left_out",
        };
        let [layer, place, _] = line(looked);
        format!(
            r#"{{"layer":{},"place":{},"outcome":"{outcome}"}}"#,
            json::quoted(&layer),
            json::quoted(&place),
        )
    });
    format!("[{}]", each.collect::<Vec<_>>().join(","))
}

fn line(looked: &SourceReport) -> [String; 3] {
    let outcome = match looked.status {
        SourceStatus::Read => "read",
        SourceStatus::Absent => "absent",
        SourceStatus::Failed => "unreadable",
        SourceStatus::Skipped => "left out: its leaf has no value",
    };
    [
        looked.layer.to_string(),
        looked.name.clone(),
        outcome.to_owned(),
    ]
}
