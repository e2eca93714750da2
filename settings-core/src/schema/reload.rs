//! Reload policy of settings: at run time, or at the next start.

use super::{Field, Group, layout::Layout};

/// Whether a change of a setting, or of a list or map of groups, takes effect at run time.
pub(crate) fn reloads(layout: &'static Layout, at: usize) -> bool {
    let leaf = &layout.leaves[at];
    let itself = match leaf.field {
        Field::Leaf(leaf) => leaf.reload,
        Field::Group(nested) => nested.reload || is_whole(nested.group),
    };
    itself || is_marked(layout, usize::from(leaf.group))
}

/// Whether every change inside a group takes effect at run time.
#[cfg(feature = "live")]
pub(crate) fn group_reloads(layout: &'static Layout, group: usize) -> bool {
    is_marked(layout, group) || is_whole(layout.groups[group].group)
}

/// Whether a group, or a group around it, is marked.
fn is_marked(layout: &'static Layout, mut group: usize) -> bool {
    while let Some(nested) = layout.groups[group].nested {
        if nested.reload {
            return true;
        }
        group = usize::from(layout.groups[group].parent);
    }
    false
}

/// Whether a change of the setting with this key takes effect at run time, also in a list or map of groups.
pub(crate) fn key_reloads(layout: &'static Layout, key: &str) -> bool {
    let is_meant = |at: &usize| {
        let rest = key.strip_prefix(layout.key_of(*at));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
    };
    (0..layout.leaves.len())
        .find(is_meant)
        .is_some_and(|at| reloads(layout, at))
}

/// Whether any setting changes at run time.
pub(crate) fn any_reloads(layout: &'static Layout) -> bool {
    (0..layout.leaves.len()).any(|at| reloads(layout, at))
}

/// Whether every setting of a group is marked.
pub(crate) const fn is_whole(group: &Group) -> bool {
    let mut at = 0;
    while at < group.fields.len() {
        let marked = match &group.fields[at] {
            Field::Leaf(leaf) => leaf.reload,
            Field::Group(nested) => nested.reload || is_whole(nested.group),
        };
        if !marked {
            return false;
        }
        at += 1;
    }
    true
}
