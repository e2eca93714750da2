//! The line of a syntax error: names of settings are shown, and everything else is masked.

use crate::{
    error::style::columns,
    schema::{Field, Group, layout::Layout},
    value::node::Offset,
};
use settings_syntax::name;

/// Excerpts end here, because a wider line would be wrapped.
const MAX_COLUMN: usize = 80;

/// The line that contains this position, and a line with a caret under it.
///
/// `None` if the line is blank, or the position is too far to the right.
pub(super) fn of(layout: &'static Layout, text: &str, at: Offset) -> Option<String> {
    let (before, after) = text.split_at_checked(at.bytes())?;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let before = before[start..].trim_start_matches('\u{feff}');
    let after = after.lines().next().unwrap_or_default();
    let line = format!("{before}{after}");
    if line.trim().is_empty() {
        return None;
    }
    let shown = names(layout, &line);
    let printed = |text: &str| text.replace(char::is_control, " ");
    let mut excerpt = printed(&line[..shown]);
    let rest = match before.get(shown..) {
        Some(masked) => {
            excerpt.extend(std::iter::repeat_n('•', columns(masked)));
            after
        }
        None => &line[shown..],
    };
    let column = match before.get(shown..) {
        Some(_) => columns(&excerpt),
        None => columns(&printed(before)),
    };
    if column > MAX_COLUMN {
        return None;
    }
    match rest.chars().count() {
        0 => {}
        1 => excerpt.push('•'),
        // The length of the rest may be that of a secret.
        _ => excerpt.push_str("•…"),
    }
    Some(format!("{}\n{:column$}^", excerpt.trim_end(), ""))
}

/// The length of the beginning of a line that is shown: its indentation, and a name of a setting or group with its notation.
fn names(layout: &'static Layout, line: &str) -> usize {
    let indented = line.trim_start();
    let opened = indented.trim_start_matches(['[', '{', '"', '\'', '-', ' ', ',']);
    let is_in_name = |ch: char| ch.is_alphanumeric() || matches!(ch, '_' | '-' | '.');
    let rest = opened.trim_start_matches(is_in_name);
    let name = &opened[..opened.len() - rest.len()];
    if !are_names(layout.schema.root, name) {
        return line.len() - indented.len();
    }
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let rest = rest.trim_start_matches([']', ' ']);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    line.len() - rest.trim_start_matches(' ').len()
}

/// Whether each part of a dotted text is a name in a group or in one inside of it.
fn are_names(group: &Group, text: &str) -> bool {
    text.split('.').all(|part| is_name(group, part))
}

fn is_name(group: &Group, text: &str) -> bool {
    group.fields.iter().any(|field| match field {
        Field::Leaf(leaf) => {
            let mut aliases = leaf.aliases.iter().map(|alias| alias.name);
            name::same(leaf.key, text) || aliases.any(|alias| name::same(alias, text))
        }
        Field::Group(nested) => name::same(nested.key, text) || is_name(nested.group, text),
    })
}
