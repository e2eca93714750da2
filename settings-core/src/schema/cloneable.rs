//! Compile-time check that every value which live settings keep is `Clone`.

use super::{Field, Group, Shape, message::ClashMessage, reload::is_whole};

/// Panics, in constant evaluation, if a value that a reload keeps is not `Clone`.
///
/// `all` is set inside an optional group that reloads only in part: it appears and disappears as a whole, so all of it may be
/// kept.
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
                // Another variant takes effect at a restart, with all of its settings.
                Shape::Optional if nested.variant.is_some() => refuse_unkept(nested.group, true),
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
    let mut message = ClashMessage::new();
    message.push(b"the type of `");
    message.push(field.as_bytes());
    message.push(b"` in `");
    message.push(group.name.as_bytes());
    message.push(b"` is not `Clone`, but live settings keep its running value: derive `Clone` for it, or mark the field `reload`");
    message.panic()
}
