//! Clashes: two settings with one name, reported in constant evaluation.

use super::{
    Field, Nested, Shape,
    layout::{LayoutTables, MAX_CLASHES, NO_SECRET, Target, slice},
    message::ClashMessage,
};

impl<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>
    LayoutTables<L, G, N, B, T>
{
    /// Records a clash, if two names with one hash match different settings.
    ///
    /// A clash within one nested struct is left to the tables of that struct.
    pub(super) const fn note_clash(&mut self, one: usize, other: usize) {
        let (one, other) = (self.names[one], self.names[other]);
        let is_one_target = one.index == other.index
            && matches!(one.target, Target::Leaf) == matches!(other.target, Target::Leaf);
        if is_one_target
            || matches!(one.target, Target::Group)
            || matches!(other.target, Target::Group)
        {
            return;
        }
        let (a, b) = (self.branch(one.index), self.branch(other.index));
        if a == b && a != 0 {
            return;
        }
        let mut at = 0;
        while at < self.clashes.count {
            let (known, known_other) = self.clashes.settings[at];
            if known == one.index && known_other == other.index {
                return;
            }
            at += 1;
        }
        if at < MAX_CLASHES {
            self.clashes.settings[at] = (one.index, other.index);
            self.clashes.names[at] = other.text;
            self.clashes.secrets[at] = match (one.target, other.target) {
                (Target::File, _) => one.index,
                (_, Target::File) => other.index,
                _ => NO_SECRET,
            };
            self.clashes.count += 1;
        }
    }

    /// Reports the clashes of one field of the struct. The derive calls this for each field, so that rustc reports a
    /// clash at both fields.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if a name of the field is also a name of another setting.
    #[track_caller]
    pub const fn names_are_distinct(&self, field: usize) {
        if self.clashes.count == 0 {
            return;
        }
        let mut message = ClashMessage::new();
        let mut at = 0;
        while at < self.clashes.count {
            let (one, other) = self.clashes.settings[at];
            if self.field_of(one) == field || self.field_of(other) == field {
                message.push(if message.is_empty() { b"" } else { b"; " });
                self.push_clash(&mut message, at);
            }
            at += 1;
        }
        if !message.is_empty() {
            message.panic()
        }
    }

    const fn push_clash(&self, message: &mut ClashMessage, clash: usize) {
        let (one, other) = self.clashes.settings[clash];
        let name = slice(&self.text, self.clashes.names[clash]);
        let secret = self.clashes.secrets[clash];
        if secret == NO_SECRET {
            message.push(b"the settings `");
            self.push_key(message, one);
            message.push(b"` and `");
            self.push_key(message, other);
            message.push(b"` have the same name, ");
            message.push(name);
            message.push(b": rename one of them");
        } else {
            message.push(b"the setting `");
            self.push_key(message, if one == secret { other } else { one });
            message.push(b"` has the name ");
            message.push(name);
            message.push(b", which also names a file that contains the secret `");
            self.push_key(message, secret);
            message.push(b"`: rename one of them, or add `no_file` to the secret");
        }
    }

    /// The group directly below the root that contains a leaf, or 0 for a leaf of the root itself.
    const fn branch(&self, leaf: u16) -> u16 {
        let mut group = self.leaves[leaf as usize].group;
        let mut below = 0;
        while group != 0 {
            below = group;
            group = self.groups[group as usize].parent;
        }
        below
    }

    /// The index of the struct's field that contains a leaf.
    const fn field_of(&self, leaf: u16) -> usize {
        let fields = self.groups[0].group.fields;
        let (mut field, mut end, mut group) = (0, 0, 0);
        while field < fields.len() {
            match fields[field] {
                Field::Group(Nested {
                    shape: Shape::One | Shape::Optional,
                    ..
                }) => {
                    group += 1;
                    while self.groups[group].parent != 0 {
                        group += 1;
                    }
                    end = self.groups[group].end;
                }
                Field::Leaf(_) | Field::Group(_) => end += 1,
            }
            if leaf < end {
                break;
            }
            field += 1;
        }
        field
    }

    const fn push_key(&self, message: &mut ClashMessage, leaf: u16) {
        let leaf = self.leaves[leaf as usize];
        message.push(slice(&self.text, self.groups[leaf.group as usize].key.text));
        message.push(match leaf.field {
            Field::Leaf(leaf) => leaf.key.as_bytes(),
            Field::Group(nested) => nested.key.as_bytes(),
        });
    }
}
