//! Clashes: two settings with one name, reported in constant evaluation.

use super::{
    Field, Nested, Shape,
    layout::{
        ClashKind, LayoutGroup, LayoutName, LayoutTables, MAX_CLASHES, NameSpace, Target, slice,
    },
    message::ClashMessage,
};
use settings_syntax::name::{self, NameHash};

impl<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>
    LayoutTables<L, G, N, B, T>
{
    /// Joins two names with one hash if they are in different variants of an enum; otherwise records a clash, if they
    /// match different settings.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`LayoutSize::of` refuses a schema whose numbers do not fit"
    )]
    pub(super) const fn note_equal_names(&mut self, one: usize, other: usize, space: NameSpace) {
        let (first, second) = (self.names[one], self.names[other]);
        if !self.are_alternatives(self.holder(first), self.holder(second)) {
            return self.note_clash(first, second, space);
        }
        let is_group = matches!(first.target, Target::Group);
        if is_group == matches!(second.target, Target::Group) {
            if !is_group && !self.is_one_shape(first.index, second.index) {
                return self.add_clash((first.index, second.index), second, ClashKind::Mixed, true);
            }
            if second.namesake == 0 {
                self.names[other].namesake = match first.namesake {
                    0 => one as u16 + 1,
                    next => next,
                };
                self.names[one].namesake = other as u16 + 1;
            }
        } else if self.home(first) == self.home(second) {
            let leaf = if is_group { second } else { first };
            self.add_clash((leaf.index, leaf.index), second, ClashKind::Mixed, true);
        }
    }

    /// Records a clash, if two names with one hash match different settings.
    ///
    /// A clash within one nested struct is left to the tables of that struct, unless it depends on the names around it.
    const fn note_clash(&mut self, one: LayoutName, other: LayoutName, space: NameSpace) {
        let is_one_target = one.index == other.index
            && matches!(one.target, Target::Leaf) == matches!(other.target, Target::Leaf);
        if is_one_target
            || self.is_shared(one) && self.is_shared(other)
            || matches!(one.target, Target::Group)
            || matches!(other.target, Target::Group)
        {
            return;
        }
        let kind = match (one.target, other.target) {
            (Target::File, _) => ClashKind::FileOf(one.index),
            (_, Target::File) => ClashKind::FileOf(other.index),
            _ => ClashKind::Name,
        };
        let is_within =
            matches!(space, NameSpace::Key) || self.is_absolute(one) == self.is_absolute(other);
        self.add_clash((one.index, other.index), other, kind, is_within);
    }

    /// `is_within` is whether the clash of a nested struct is in its own tables too.
    const fn add_clash(
        &mut self,
        (one, other): (u16, u16),
        name: LayoutName,
        kind: ClashKind,
        is_within: bool,
    ) {
        let (a, b) = (self.branch(one), self.branch(other));
        if a == b && a != 0 && is_within {
            return;
        }
        let mut at = 0;
        while at < self.clashes.count {
            let (known, known_other) = self.clashes.settings[at];
            if known == one && known_other == other {
                return;
            }
            at += 1;
        }
        if at < MAX_CLASHES {
            self.clashes.settings[at] = (one, other);
            self.clashes.names[at] = name.text;
            self.clashes.kinds[at] = kind;
            self.clashes.count += 1;
        }
    }

    /// Whether two groups belong to different variants of one enum, of which only one is chosen.
    const fn are_alternatives(&self, one: u16, other: u16) -> bool {
        let (mut a, mut below_a) = (one, 0);
        loop {
            let (mut b, mut below_b) = (other, 0);
            loop {
                if a == b {
                    return self.is_variant(below_a) && self.is_variant(below_b);
                }
                if b == 0 {
                    break;
                }
                below_b = b;
                b = self.groups[b as usize].parent;
            }
            if a == 0 {
                return false;
            }
            below_a = a;
            a = self.groups[a as usize].parent;
        }
    }

    const fn is_variant(&self, group: u16) -> bool {
        match self.groups[group as usize].nested {
            Some(nested) => nested.variant.is_some(),
            None => false,
        }
    }

    /// The group that contains a leaf or group.
    const fn holder(&self, name: LayoutName) -> u16 {
        match name.target {
            Target::Group => self.groups[name.index as usize].parent,
            Target::Leaf | Target::File => self.leaves[name.index as usize].group,
        }
    }

    /// The group whose table contains a name.
    const fn home(&self, name: LayoutName) -> u16 {
        self.groups[self.holder(name) as usize].home
    }

    /// Whether two leaves are both settings, both lists of groups, or both maps of groups.
    const fn is_one_shape(&self, one: u16, other: u16) -> bool {
        match (
            self.leaves[one as usize].field,
            self.leaves[other as usize].field,
        ) {
            (Field::Leaf(_), Field::Leaf(_)) => true,
            (Field::Group(one), Field::Group(other)) => {
                matches!(one.shape, Shape::List) == matches!(other.shape, Shape::List)
            }
            _ => false,
        }
    }

    /// Whether a name of a variable is given by `env`, so that it has no prefix.
    const fn is_absolute(&self, name: LayoutName) -> bool {
        match self.leaves[name.index as usize].field {
            Field::Leaf(leaf) => (name.rank as usize) < leaf.env.len(),
            Field::Group(_) => false,
        }
    }

    /// Records settings with the same flag, and flags that are the key of another setting.
    pub(super) const fn note_flag_clashes(&mut self) {
        let mut at = 0;
        while at < L {
            if let Field::Leaf(leaf) = self.leaves[at].field {
                if let Some(flag) = leaf.flag {
                    self.note_flag(at, NameHash::EMPTY.text(flag.as_bytes()).get());
                }
                if let Some(letter) = leaf.short {
                    self.note_letter(at, letter);
                }
            }
            at += 1;
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "`LayoutSize::of` refuses a schema whose numbers do not fit"
    )]
    const fn note_flag(&mut self, leaf: usize, hash: u64) {
        let mut place = hash as usize & (T - 1);
        while self.key[place] != 0 {
            let name = self.names[self.key[place] as usize - 1];
            let is_leaf = matches!(name.target, Target::Leaf);
            if name.hash == hash
                && is_leaf
                && name.index as usize != leaf
                && !self.are_namesakes(leaf, name.index as usize)
            {
                self.add_clash((leaf as u16, name.index), name, ClashKind::Flag, true);
            }
            place = (place + 1) & (T - 1);
        }
        let mut before = 0;
        while before < leaf {
            if let Field::Leaf(other) = self.leaves[before].field
                && let Some(flag) = other.flag
                && NameHash::EMPTY.text(flag.as_bytes()).get() == hash
                && !self.are_namesakes(leaf, before)
            {
                let name = self.names[self.leaves[leaf].key_name as usize];
                self.add_clash((leaf as u16, before as u16), name, ClashKind::Flag, true);
            }
            before += 1;
        }
    }

    /// Records settings with the same variable, if the name of one begins with another name of its group.
    pub(super) const fn note_alias_clashes(&mut self) {
        let mut group = 1;
        while group < G {
            let LayoutGroup { first, end, .. } = self.groups[group];
            let mut nth = 0;
            while nth < self.other_names_of(group) {
                let mut leaf = first as usize;
                while leaf < end as usize {
                    if let Some(hash) = self.hash_by_alias(group, nth, leaf) {
                        self.note_name_of_alias(leaf, hash);
                        self.note_two_aliases(group, nth, leaf, hash);
                    }
                    leaf += 1;
                }
                nth += 1;
            }
            group += 1;
        }
    }

    /// The number of other names that the variables in a group may have.
    const fn other_names_of(&self, group: usize) -> usize {
        match self.groups[group].nested {
            Some(nested) if nested.prefix.is_none() && !nested.flatten => nested.aliases.len(),
            _ => 0,
        }
    }

    /// The hash of the variable of a leaf, by another name of a group around it. `None` if the variable does not contain
    /// the name of the group.
    const fn hash_by_alias(&self, group: usize, nth: usize, leaf: usize) -> Option<u64> {
        let name = self.names[self.leaves[leaf].env_name as usize];
        let is_prefixed = self.groups[self.leaves[leaf].group as usize].is_prefixed;
        let LayoutGroup {
            nested: Some(nested),
            parent,
            env,
            ..
        } = self.groups[group]
        else {
            return None;
        };
        if is_prefixed != self.groups[group].is_prefixed || self.is_absolute(name) {
            return None;
        }
        let text = slice(&self.text, name.text);
        let Some((_, rest)) = text.split_at_checked(env.text.len as usize) else {
            return None;
        };
        let hash = self.groups[parent as usize].env.hash;
        let hash = hash.text(nested.aliases[nth].name.as_bytes());
        let hash = hash.text(self.schema.nesting.as_bytes());
        Some(hash.text(rest).get())
    }

    /// Records the settings in the tables that have a variable with this hash.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`LayoutSize::of` refuses a schema whose numbers do not fit"
    )]
    const fn note_name_of_alias(&mut self, leaf: usize, hash: u64) {
        let mut place = hash as usize & (T - 1);
        while self.env[place] != 0 {
            let name = self.names[self.env[place] as usize - 1];
            let is_group = matches!(name.target, Target::Group);
            if name.hash == hash && !is_group && name.index as usize != leaf {
                self.note_alias_clash(leaf, name.index as usize);
            }
            place = (place + 1) & (T - 1);
        }
    }

    /// Records the settings of later groups that have a variable with this hash by another name of their group, too.
    const fn note_two_aliases(&mut self, group: usize, nth: usize, leaf: usize, hash: u64) {
        let mut later = group;
        while later < G {
            let LayoutGroup { first, end, .. } = self.groups[later];
            let mut other_nth = if later == group { nth + 1 } else { 0 };
            while other_nth < self.other_names_of(later) {
                let mut other = first as usize;
                while other < end as usize {
                    let is_same = match self.hash_by_alias(later, other_nth, other) {
                        Some(other) => other == hash,
                        None => false,
                    };
                    if is_same && other != leaf {
                        self.note_alias_clash(leaf, other);
                    }
                    other += 1;
                }
                other_nth += 1;
            }
            later += 1;
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "`LayoutSize::of` refuses a schema whose numbers do not fit"
    )]
    const fn note_alias_clash(&mut self, one: usize, other: usize) {
        let name = self.names[self.leaves[other].env_name as usize];
        if !self.are_alternatives(self.leaves[one].group, self.leaves[other].group) {
            self.add_clash((one as u16, other as u16), name, ClashKind::Alias, true);
        }
    }

    /// Whether two settings of different variants have the same key, so that they also share a flag.
    const fn are_namesakes(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.leaves[one].key_name, self.leaves[other].key_name);
        self.names[one as usize].hash == self.names[other as usize].hash
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "`LayoutSize::of` refuses a schema whose numbers do not fit"
    )]
    const fn note_letter(&mut self, leaf: usize, letter: char) {
        let mut before = 0;
        while before < leaf {
            if let Field::Leaf(other) = self.leaves[before].field
                && let Some(same) = other.short
                && same == letter
                && !self.are_namesakes(leaf, before)
            {
                let name = self.names[self.leaves[leaf].key_name as usize];
                self.add_clash((leaf as u16, before as u16), name, ClashKind::Letter, true);
            }
            before += 1;
        }
    }

    /// Whether a name is a variable that its setting shares with others.
    const fn is_shared(&self, name: LayoutName) -> bool {
        if matches!(name.target, Target::Group) {
            return false;
        }
        let Field::Leaf(leaf) = self.leaves[name.index as usize].field else {
            return false;
        };
        let text = slice(&self.text, name.text);
        let mut at = 0;
        while leaf.env_is_shared && at < leaf.env.len() {
            let shared = leaf.env[at].as_bytes();
            if let Some((start, rest)) = text.split_at_checked(shared.len())
                && (rest.is_empty() || matches!(name.target, Target::File))
                && name::hash(start) == name::hash(shared)
            {
                return true;
            }
            at += 1;
        }
        false
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

    /// Whether a setting states its variables.
    const fn states_env(&self, leaf: u16) -> bool {
        match self.leaves[leaf as usize].field {
            Field::Leaf(leaf) => !leaf.env.is_empty(),
            Field::Group(_) => false,
        }
    }

    const fn push_clash(&self, message: &mut ClashMessage, clash: usize) {
        let (one, other) = self.clashes.settings[clash];
        let name = slice(&self.text, self.clashes.names[clash]);
        match self.clashes.kinds[clash] {
            ClashKind::Mixed => {
                message.push(b"`");
                self.push_key(message, one);
                message.push(
                    b"` is a setting in one variant, and a group, list or map in another: rename one of them",
                );
            }
            kind @ (ClashKind::Flag | ClashKind::Letter) => {
                message.push(b"the settings `");
                self.push_key(message, other);
                message.push(b"` and `");
                self.push_key(message, one);
                message.push(b"` have the same flag, -");
                if let Field::Leaf(leaf) = self.leaves[one as usize].field {
                    match (leaf.flag, leaf.short) {
                        (Some(flag), _) if matches!(kind, ClashKind::Flag) => {
                            message.push(b"-");
                            message.push(flag.as_bytes());
                        }
                        (_, Some(letter)) => message.push(&[letter as u8]),
                        _ => {}
                    }
                }
                message.push(b": give one of them another");
            }
            ClashKind::Alias => {
                message.push(b"the settings `");
                self.push_key(message, one);
                message.push(b"` and `");
                self.push_key(message, other);
                message.push(
                    b"` have the same variable by another name of their groups: rename one of them, or an alias",
                );
            }
            ClashKind::Name => {
                message.push(b"the settings `");
                self.push_key(message, one);
                message.push(b"` and `");
                self.push_key(message, other);
                message.push(b"` have the same name, ");
                message.push(name);
                message.push(b": rename one of them");
                if self.states_env(one) && self.states_env(other) {
                    message.push(b", or write `env = shared(\"");
                    message.push(name);
                    message.push(b"\")` on both");
                }
            }
            ClashKind::FileOf(secret) => {
                message.push(b"the setting `");
                self.push_key(message, if one == secret { other } else { one });
                message.push(b"` has the name ");
                message.push(name);
                message.push(b", which also names a file that contains the secret `");
                self.push_key(message, secret);
                message.push(b"`: rename one of them, or add `no_file` to the secret");
            }
        }
    }

    /// The group directly below the root that contains a leaf, or 0 for a leaf of the root itself. A variant belongs to
    /// its enum.
    const fn branch(&self, leaf: u16) -> u16 {
        let mut group = self.leaves[leaf as usize].group;
        let mut below = 0;
        while group != 0 {
            if !self.is_variant(group) {
                below = group;
            }
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
