//! What a name that reaches no setting was perhaps meant to be.

use crate::schema::{Field, Group, Kind, Shape, layout::Layout};
use settings_syntax::{name, suggest};

/// The question whether another name was meant, if one is near.
pub(super) fn did_you_mean(layout: &'static Layout, given: &str) -> Option<String> {
    let near = suggest::nearest(given, layout.env_names());
    let near = match inside(layout, given) {
        Some(inside) if inside.is_sure || near.is_none_or(|near| near == inside.variable) => {
            inside.spelled
        }
        _ => near?.to_owned(),
    };
    Some(format!("did you mean {near}?"))
}

/// A name that would lead inside of a leaf if it were parted by `__`.
struct Inside {
    /// The proper name of the leaf.
    variable: &'static str,
    spelled: String,
    /// Whether all of it is known, but for the name of an element.
    is_sure: bool,
}

fn inside(layout: &'static Layout, given: &str) -> Option<Inside> {
    let leaves = 0..layout.leaves.len();
    let found = leaves.filter_map(|leaf| inside_of(layout, leaf, given));
    found.max_by_key(|inside| inside.variable.len())
}

fn inside_of(layout: &'static Layout, leaf: usize, given: &str) -> Option<Inside> {
    let variable = layout.env_of(leaf);
    let rest = behind(given, variable)?;
    let inside = |rest: &str, is_sure| Inside {
        variable,
        spelled: format!("{variable}__{rest}"),
        is_sure,
    };
    match layout.leaves[leaf].field {
        Field::Leaf(leaf) => matches!(leaf.kind(), Kind::Map(_)).then(|| inside(rest, false)),
        Field::Group(nested) => {
            let ends = rest.match_indices(['_', '-', '.']);
            let parts = ends.map(|(at, _)| (&rest[..at], &rest[at + 1..]));
            let is_element = |element: &str| {
                nested.shape != Shape::List || element.bytes().all(|byte| byte.is_ascii_digit())
            };
            let (element, leaf) = parts
                .filter(|(element, _)| !element.is_empty() && is_element(element))
                .find(|(_, leaf)| reaches(nested.group, leaf))?;
            Some(inside(&format!("{element}__{leaf}"), true))
        }
    }
}

/// Whether a name leads to a leaf of a group.
fn reaches(group: &Group, given: &str) -> bool {
    group.fields.iter().any(|field| match field {
        Field::Leaf(leaf) => {
            let aliases = leaf.aliases.iter().map(|alias| alias.name);
            [leaf.key]
                .into_iter()
                .chain(aliases)
                .any(|key| name::same(key, given))
        }
        Field::Group(nested) => match nested.shape {
            Shape::One | Shape::Optional if nested.flatten => reaches(nested.group, given),
            Shape::One | Shape::Optional => {
                behind(given, nested.key).is_some_and(|rest| reaches(nested.group, rest))
            }
            Shape::List | Shape::Map => name::same(nested.key, given),
        },
    })
}

/// What follows on a name and a separator.
fn behind<'g>(given: &'g str, name: &str) -> Option<&'g str> {
    let rest = name::strip_prefix(given.as_bytes(), format!("{name}_").as_bytes())?;
    given
        .get(given.len() - rest.len()..)
        .filter(|rest| !rest.is_empty())
}
