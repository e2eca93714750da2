//! Clashes: two settings with one name, refused in constant evaluation.

use super::{
    Field,
    layout::{LayoutTables, Target},
    message::Message,
    names::slice,
};

/// Panics if two names with one hash match different leaves.
///
/// A clash within one nested struct is left to the tables of that struct, which report it at the struct itself.
#[track_caller]
pub(super) const fn refuse<
    const L: usize,
    const G: usize,
    const N: usize,
    const B: usize,
    const T: usize,
>(
    tables: &LayoutTables<L, G, N, B, T>,
    one: usize,
    other: usize,
) {
    let (one, other) = (tables.names[one], tables.names[other]);
    let is_one_target = one.index == other.index
        && matches!(one.target, Target::Leaf) == matches!(other.target, Target::Leaf);
    if is_one_target || matches!(one.target, Target::Group) || matches!(other.target, Target::Group)
    {
        return;
    }
    let (a, b) = (branch(tables, one.index), branch(tables, other.index));
    if a == b && a != 0 {
        return;
    }
    let mut message = Message::new();
    message.push(b"two settings have the same name, ");
    message.push(slice(&tables.text, other.text));
    message.push(b": `");
    push_key(tables, &mut message, one.index);
    message.push(b"` and `");
    push_key(tables, &mut message, other.index);
    message.push(b"`; rename one of them");
    message.panic()
}

/// The group directly below the root that contains a leaf, or 0 for a leaf of the root itself.
const fn branch<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>(
    tables: &LayoutTables<L, G, N, B, T>,
    leaf: u16,
) -> u16 {
    let mut group = tables.leaves[leaf as usize].group;
    let mut below = 0;
    while group != 0 {
        below = group;
        group = tables.groups[group as usize].parent;
    }
    below
}

const fn push_key<
    const L: usize,
    const G: usize,
    const N: usize,
    const B: usize,
    const T: usize,
>(
    tables: &LayoutTables<L, G, N, B, T>,
    message: &mut Message,
    leaf: u16,
) {
    let leaf = tables.leaves[leaf as usize];
    message.push(slice(
        &tables.text,
        tables.groups[leaf.group as usize].key.text,
    ));
    message.push(match leaf.field {
        Field::Leaf(leaf) => leaf.key.as_bytes(),
        Field::Group(nested) => nested.key.as_bytes(),
    });
}
