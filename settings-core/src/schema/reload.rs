//! Which leaves take a change while the program runs, and whether the others can keep the value they have.

use super::{Field, Group, Shape, message::Message, plan::Plan};

/// Whether a change of a leaf, or of a list or map of groups, takes effect at run time.
pub(crate) fn reloads(plan: Plan, at: usize) -> bool {
    let leaf = &plan.leaves[at];
    let itself = match leaf.field {
        Field::Leaf(leaf) => leaf.reload,
        Field::Group(nested) => nested.reload || is_whole(nested.group),
    };
    itself || is_marked(plan, usize::from(leaf.group))
}

/// Whether a change of anything in a group takes effect at run time.
pub(crate) fn group_reloads(plan: Plan, group: usize) -> bool {
    is_marked(plan, group) || is_whole(plan.groups[group].group)
}

/// Whether a group is marked, or one that it stands in.
fn is_marked(plan: Plan, mut group: usize) -> bool {
    while let Some(nested) = plan.groups[group].nested {
        if nested.reload {
            return true;
        }
        group = usize::from(plan.groups[group].parent);
    }
    false
}

/// Whether every leaf of a group is marked.
const fn is_whole(group: &Group) -> bool {
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

/// Panics, in constant evaluation, if a value that stands at a reload is not `Clone`.
///
/// An optional group, of which only a part reloads, comes and goes as a whole: of it `all` may have to stand.
#[track_caller]
pub(crate) const fn refuse_unkept(group: &Group, all: bool) {
    let mut at = 0;
    while at < group.fields.len() {
        match &group.fields[at] {
            Field::Leaf(leaf) => {
                if (all || !leaf.reload) && !leaf.clones {
                    refuse(leaf.field, group);
                }
            }
            Field::Group(nested) if nested.reload && !all => {}
            Field::Group(nested) => match nested.shape {
                Shape::One => refuse_unkept(nested.group, all),
                Shape::Optional => refuse_unkept(nested.group, all || !is_whole(nested.group)),
                Shape::List | Shape::Map => {
                    if (all || !is_whole(nested.group)) && !nested.clones {
                        refuse(nested.field, group);
                    }
                }
            },
        }
        at += 1;
    }
}

#[track_caller]
const fn refuse(field: &str, group: &Group) -> ! {
    let mut message = Message::new();
    message.push(b"the type of `");
    message.push(field.as_bytes());
    message.push(b"` in `");
    message.push(group.name.as_bytes());
    message.push(b"` is not `Clone`, but live settings keep its running value: derive `Clone` for it, or mark the field `reload`");
    message.panic()
}
