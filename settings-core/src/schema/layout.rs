//! The schema laid out flat, in constant evaluation: every leaf, every name that leads to one, and whether two clash.

use super::{Field, Group, Leaf, Nested, Schema, Shape, lookup::NameTarget, message::Message};
use settings_syntax::name::{self, NameHash};
use std::borrow::Cow;

/// How large the tables of a schema are.
#[derive(Clone, Copy, Debug)]
pub struct LayoutSize {
    /// Leaves, counting a list or map of groups as one.
    pub leaves: usize,
    /// Groups, the root among them.
    pub groups: usize,
    /// Names in the environment and as keys.
    pub names: usize,
    /// Bytes of all names, at most.
    pub text: usize,
    /// Places in each hash table.
    pub table: usize,
}

/// The tables themselves; the derive puts them into a `static`.
#[derive(Debug)]
pub struct LayoutTables<
    const L: usize,
    const G: usize,
    const N: usize,
    const B: usize,
    const T: usize,
> {
    schema: &'static Schema,
    leaves: [LayoutLeaf; L],
    groups: [LayoutGroup; G],
    names: [Name; N],
    text: [u8; B],
    exact: [u16; T],
    env: [u16; T],
    key: [u16; T],
    /// The beginnings of all environment names, one bit each.
    beginnings: u64,
    endings: u64,
}

/// A view of the tables, which the derive puts into a `static` too.
#[derive(Debug)]
pub struct Layout {
    pub(crate) schema: &'static Schema,
    pub(crate) leaves: &'static [LayoutLeaf],
    pub(crate) groups: &'static [LayoutGroup],
    names: &'static [Name],
    text: &'static str,
    /// Environment names by their very spelling.
    exact: &'static [u16],
    /// Environment names by any spelling.
    env: &'static [u16],
    key: &'static [u16],
    beginnings: u64,
    endings: u64,
}

/// One leaf, or one list or map of groups, in the order of the struct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayoutLeaf {
    pub(crate) field: &'static Field,
    /// The group whose field it is.
    pub(crate) group: u16,
    env_name: u16,
    key_name: u16,
}

/// One group: a struct in its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayoutGroup {
    pub(crate) group: &'static Group,
    /// The field that holds it; the root has none.
    pub(crate) nested: Option<&'static Nested>,
    /// The group it stands in; the root stands in itself.
    pub(crate) parent: u16,
    /// The group whose table holds its leaves' keys: itself, unless it is flattened.
    pub(crate) home: u16,
    /// Its leaves, those of nested groups among them.
    pub(crate) first: u16,
    pub(crate) end: u16,
    /// Its path, ready to be continued by a key.
    path: NameHash,
    env_text: Text,
    key_text: Text,
}

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A leaf.
    Leaf,
    /// A leaf whose value stands in a file that the variable names.
    File,
    /// A group, given whole.
    Group,
}

/// A name: its hash, its proper spelling and where it leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    hash: u64,
    text: Text,
    pub(crate) index: u16,
    pub(crate) target: Target,
    /// 0 for the proper name, then the other names in their order.
    pub(crate) rank: u8,
    pub(crate) deprecated: bool,
    /// Whether it was found by its proper spelling.
    pub(crate) proper: bool,
}

#[derive(Clone, Copy, Debug)]
struct Text {
    start: u32,
    len: u16,
}

const NO_TEXT: Text = Text { start: 0, len: 0 };

const NO_NAME: Name = Name {
    hash: 0,
    text: NO_TEXT,
    index: 0,
    target: Target::Group,
    rank: 0,
    deprecated: false,
    proper: false,
};

const NO_FIELD: Field = Field::Group(Nested {
    key: "",
    field: "",
    doc: "",
    flatten: true,
    reload: false,
    shape: Shape::One,
    group: NO_GROUP,
    clones: false,
});

const NO_GROUP: &Group = &Group {
    name: "",
    doc: "",
    fields: &[],
    derived: &[],
    validated: false,
};

impl LayoutSize {
    /// The sizes of `schema`.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if there are more names than can be numbered.
    pub const fn of(schema: &Schema) -> Self {
        let prefix = schema.prefix.len() + 1;
        let size = Self {
            leaves: 0,
            groups: 1,
            names: 0,
            text: prefix * 2,
            table: 2,
        };
        let mut size = size.with(schema.root, prefix, 0);
        assert!(
            size.names < u16::MAX as usize,
            "a settings struct may have 65,534 names at most"
        );
        while size.table < size.names * 2 {
            size.table *= 2;
        }
        size
    }

    const fn with(mut self, group: &Group, env: usize, key: usize) -> Self {
        let mut at = 0;
        while at < group.fields.len() {
            match &group.fields[at] {
                Field::Leaf(leaf) => {
                    self.leaves += 1;
                    let file = if leaf.secret { 2 } else { 1 };
                    let extra = if leaf.secret { "_FILE".len() } else { 0 };
                    if leaf.env.is_empty() {
                        self = self.name(env + leaf.key.len());
                        self.names += file - 1;
                        self.text += (env + leaf.key.len() + extra) * (file - 1);
                    }
                    let mut n = 0;
                    while n < leaf.env.len() {
                        self.names += file;
                        self.text += (leaf.env[n].len() + extra) * file;
                        n += 1;
                    }
                    self = self.name(key + leaf.key.len());
                    let mut n = 0;
                    while n < leaf.aliases.len() {
                        let len = leaf.aliases[n].name.len();
                        self.names += file;
                        self.text += (env + len + extra) * file;
                        self = self.name(key + len);
                        n += 1;
                    }
                }
                Field::Group(nested) => {
                    let len = nested.key.len() + 1;
                    match nested.shape {
                        Shape::One | Shape::Optional if nested.flatten => {
                            self.groups += 1;
                            self = self.with(nested.group, env, key);
                        }
                        Shape::One | Shape::Optional => {
                            self.groups += 1;
                            self = self.name(env + len).name(key + len);
                            self.text += env + len + key + len;
                            self = self.with(nested.group, env + len, key + len);
                        }
                        Shape::List | Shape::Map => {
                            self.leaves += 1;
                            self = self.name(env + len).name(key + len);
                        }
                    }
                }
            }
            at += 1;
        }
        self
    }

    const fn name(mut self, len: usize) -> Self {
        self.names += 1;
        self.text += len;
        self
    }
}

impl<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>
    LayoutTables<L, G, N, B, T>
{
    /// The tables of `schema`.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if two leaves have one name.
    #[track_caller]
    pub const fn new(schema: &'static Schema) -> Self {
        let mut draft = LayoutBuilder {
            tables: Self {
                schema,
                leaves: [LayoutLeaf {
                    field: &NO_FIELD,
                    group: 0,
                    env_name: 0,
                    key_name: 0,
                }; L],
                groups: [LayoutGroup {
                    group: schema.root,
                    nested: None,
                    parent: 0,
                    home: 0,
                    first: 0,
                    end: 0,
                    path: NameHash::EMPTY,
                    env_text: NO_TEXT,
                    key_text: NO_TEXT,
                }; G],
                names: [NO_NAME; N],
                text: [0; B],
                exact: [0; T],
                env: [0; T],
                key: [0; T],
                beginnings: 0,
                endings: 0,
            },
            leaves: 0,
            groups: 1,
            names: 0,
            text: 0,
        };
        draft.tables.groups[0].env_text = draft.prefix(schema.prefix);
        draft.group(0);
        draft.tables
    }

    /// The view of them that the rest of the crate reads.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if names that were UTF-8 no longer are.
    pub const fn layout(&'static self) -> Layout {
        let Ok(text) = str::from_utf8(&self.text) else {
            panic!("names are made of whole characters")
        };
        Layout {
            schema: self.schema,
            leaves: &self.leaves,
            groups: &self.groups,
            names: &self.names,
            text,
            exact: &self.exact,
            env: &self.env,
            key: &self.key,
            beginnings: self.beginnings,
            endings: self.endings,
        }
    }
}

/// LayoutTables that are being filled.
struct LayoutBuilder<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>
{
    tables: LayoutTables<L, G, N, B, T>,
    leaves: usize,
    groups: usize,
    names: usize,
    text: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    Env,
    Key,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "`LayoutSize::of` refuses what would not fit"
)]
impl<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>
    LayoutBuilder<L, G, N, B, T>
{
    #[track_caller]
    const fn group(&mut self, this: usize) {
        let LayoutGroup {
            group,
            home,
            path,
            env_text,
            key_text,
            ..
        } = self.tables.groups[this];
        self.tables.groups[this].first = self.leaves as u16;
        let mut at = 0;
        while at < group.fields.len() {
            let field = &group.fields[at];
            match field {
                Field::Leaf(leaf) => {
                    let index = self.leaf(field, this);
                    self.leaf_names(leaf, index, env_text, key_text);
                }
                Field::Group(nested) => match nested.shape {
                    Shape::One | Shape::Optional => {
                        let child = self.groups;
                        self.groups += 1;
                        self.tables.groups[child] = LayoutGroup {
                            group: nested.group,
                            nested: Some(nested),
                            parent: this as u16,
                            home,
                            first: 0,
                            end: 0,
                            path,
                            env_text,
                            key_text,
                        };
                        if !nested.flatten {
                            let env = self.proper(env_text, nested.key, Space::Env);
                            let key = self.proper(key_text, nested.key, Space::Key);
                            self.name(env, child, Target::Group, 0, false, Space::Env);
                            self.name(key, child, Target::Group, 0, false, Space::Key);
                            self.tables.groups[child].home = child as u16;
                            self.tables.groups[child].path = path.segment(nested.key.as_bytes());
                            self.tables.groups[child].env_text = self.separated(env, b'_');
                            self.tables.groups[child].key_text = self.separated(key, b'.');
                        }
                        self.group(child);
                    }
                    Shape::List | Shape::Map => {
                        let index = self.leaf(field, this);
                        let env = self.proper(env_text, nested.key, Space::Env);
                        let key = self.proper(key_text, nested.key, Space::Key);
                        self.tables.leaves[index].env_name =
                            self.name(env, index, Target::Leaf, 0, false, Space::Env);
                        self.tables.leaves[index].key_name =
                            self.name(key, index, Target::Leaf, 0, false, Space::Key);
                    }
                },
            }
            at += 1;
        }
        self.tables.groups[this].end = self.leaves as u16;
    }

    const fn leaf(&mut self, field: &'static Field, group: usize) -> usize {
        let index = self.leaves;
        self.tables.leaves[index] = LayoutLeaf {
            field,
            group: group as u16,
            env_name: 0,
            key_name: 0,
        };
        self.leaves += 1;
        index
    }

    #[track_caller]
    const fn leaf_names(
        &mut self,
        leaf: &'static Leaf,
        index: usize,
        env_text: Text,
        key_text: Text,
    ) {
        let mut rank = 0;
        if leaf.env.is_empty() {
            let env = self.proper(env_text, leaf.key, Space::Env);
            self.tables.leaves[index].env_name =
                self.env_name(env, index, leaf.secret, rank, false);
            rank += 1;
        }
        let mut n = 0;
        while n < leaf.env.len() {
            let env = self.append(NO_TEXT, leaf.env[n].as_bytes());
            let name = self.env_name(env, index, leaf.secret, rank, false);
            if n == 0 {
                self.tables.leaves[index].env_name = name;
            }
            rank += 1;
            n += 1;
        }
        let key = self.proper(key_text, leaf.key, Space::Key);
        self.tables.leaves[index].key_name =
            self.name(key, index, Target::Leaf, 0, false, Space::Key);
        let mut n = 0;
        while n < leaf.aliases.len() {
            let alias = leaf.aliases[n];
            let env = self.proper(env_text, alias.name, Space::Env);
            self.env_name(env, index, leaf.secret, rank, alias.deprecated);
            let key = self.proper(key_text, alias.name, Space::Key);
            self.name(
                key,
                index,
                Target::Leaf,
                n as u8 + 1,
                alias.deprecated,
                Space::Key,
            );
            rank += 1;
            n += 1;
        }
    }

    #[track_caller]
    const fn env_name(
        &mut self,
        text: Text,
        index: usize,
        secret: bool,
        rank: u8,
        deprecated: bool,
    ) -> u16 {
        if secret {
            let file = self.append(text, b"_FILE");
            self.name(file, index, Target::File, rank, deprecated, Space::Env);
        }
        self.name(text, index, Target::Leaf, rank, deprecated, Space::Env)
    }

    #[track_caller]
    const fn name(
        &mut self,
        text: Text,
        index: usize,
        target: Target,
        rank: u8,
        deprecated: bool,
        space: Space,
    ) -> u16 {
        let hash = NameHash::EMPTY.text(slice(&self.tables.text, text)).get();
        let this = self.names;
        self.tables.names[this] = Name {
            hash,
            text,
            index: index as u16,
            target,
            rank,
            deprecated,
            proper: false,
        };
        self.names += 1;
        let mut place = hash as usize & (T - 1);
        loop {
            let taken = match space {
                Space::Env => self.tables.env[place],
                Space::Key => self.tables.key[place],
            };
            if taken == 0 {
                break;
            }
            self.refuse_clash(taken as usize - 1, this);
            place = (place + 1) & (T - 1);
        }
        let entry = this as u16 + 1;
        match space {
            Space::Env => {
                self.tables.env[place] = entry;
                self.exact_name(entry, text);
                let name = slice(&self.tables.text, text);
                self.tables.beginnings |= name::first_bit(name);
                self.tables.endings |= name::last_bit(name);
            }
            Space::Key => self.tables.key[place] = entry,
        }
        this as u16
    }

    const fn exact_name(&mut self, entry: u16, text: Text) {
        let mut place = name::exact_hash(slice(&self.tables.text, text)) as usize & (T - 1);
        while self.tables.exact[place] != 0 {
            place = (place + 1) & (T - 1);
        }
        self.tables.exact[place] = entry;
    }

    /// Panics if two names are one and lead to different leaves. A clash within one nested struct is left to that
    /// struct, whose own tables report it.
    #[track_caller]
    const fn refuse_clash(&self, one: usize, other: usize) {
        let (one, other) = (self.tables.names[one], self.tables.names[other]);
        if one.hash != other.hash
            || matches!(one.target, Target::Group)
            || matches!(other.target, Target::Group)
            || (one.index == other.index
                && matches!(one.target, Target::Leaf) == matches!(other.target, Target::Leaf))
        {
            return;
        }
        let (a, b) = (self.branch(one.index), self.branch(other.index));
        if a == b && a != 0 {
            return;
        }
        let mut message = Message::new();
        message.push(b"two leaves of these settings have one name, ");
        message.push(slice(&self.tables.text, other.text));
        message.push(b": `");
        self.push_key(&mut message, one.index);
        message.push(b"` and `");
        self.push_key(&mut message, other.index);
        message.push(b"`; rename one of them");
        message.panic()
    }

    /// The group directly below the root in which a leaf stands; 0 for the root's own.
    const fn branch(&self, leaf: u16) -> u16 {
        let mut group = self.tables.leaves[leaf as usize].group;
        let mut below = 0;
        while group != 0 {
            below = group;
            group = self.tables.groups[group as usize].parent;
        }
        below
    }

    const fn push_key(&self, message: &mut Message, leaf: u16) {
        let leaf = self.tables.leaves[leaf as usize];
        let group = self.tables.groups[leaf.group as usize];
        message.push(slice(&self.tables.text, group.key_text));
        message.push(match leaf.field {
            Field::Leaf(leaf) => leaf.key.as_bytes(),
            Field::Group(nested) => nested.key.as_bytes(),
        });
    }

    const fn prefix(&mut self, prefix: &str) -> Text {
        if prefix.is_empty() {
            return NO_TEXT;
        }
        let text = self.append(NO_TEXT, prefix.as_bytes());
        match prefix.as_bytes()[prefix.len() - 1] {
            b'_' | b'-' | b'.' => text,
            _ => self.separated(text, b'_'),
        }
    }

    /// `before` and then `key`, in the proper spelling of the environment or as a key.
    const fn proper(&mut self, before: Text, key: &str, space: Space) -> Text {
        let text = self.append(before, b"");
        let key = key.as_bytes();
        let mut len = text.len;
        let mut at = 0;
        while at < key.len() {
            let mut byte = key[at];
            if matches!(space, Space::Env) {
                byte = match byte {
                    b'-' | b'.' => b'_',
                    _ => byte.to_ascii_uppercase(),
                };
            }
            let doubled = byte == b'_'
                && matches!(space, Space::Env)
                && len > 0
                && self.tables.text[self.text - 1] == b'_';
            if !doubled {
                self.tables.text[self.text] = byte;
                self.text += 1;
                len += 1;
            }
            at += 1;
        }
        Text {
            start: text.start,
            len,
        }
    }

    /// `text`, which was written last or is copied, and one separator.
    const fn separated(&mut self, text: Text, separator: u8) -> Text {
        self.append(text, &[separator])
    }

    const fn append(&mut self, before: Text, after: &[u8]) -> Text {
        let start = self.text;
        let mut at = 0;
        while at < before.len as usize {
            self.tables.text[self.text] = self.tables.text[before.start as usize + at];
            self.text += 1;
            at += 1;
        }
        let mut at = 0;
        while at < after.len() {
            self.tables.text[self.text] = after[at];
            self.text += 1;
            at += 1;
        }
        Text {
            start: start as u32,
            len: (self.text - start) as u16,
        }
    }
}

const fn slice(text: &[u8], range: Text) -> &[u8] {
    text.split_at(range.start as usize)
        .1
        .split_at(range.len as usize)
        .0
}

impl Layout {
    /// The name in the environment that `given` is a spelling of.
    #[inline]
    pub(crate) fn env_name(
        &self,
        hash: u64,
        given: &[u8],
        want: impl Fn(Target) -> bool,
    ) -> Option<Name> {
        self.find(self.env, hash, given, want)
    }

    /// The dotted key that `given` is a spelling of.
    #[inline]
    pub(crate) fn key_name(
        &self,
        hash: u64,
        given: &[u8],
        want: impl Fn(Target) -> bool,
    ) -> Option<Name> {
        self.find(self.key, hash, given, want)
    }

    /// The leaf or group that `key` means in the table of `group`.
    pub(crate) fn child(&self, group: u16, key: NameHash) -> impl Iterator<Item = Name> + '_ {
        let hash = key.get();
        self.candidates(self.key, hash).filter(move |name| {
            let holder = match name.target {
                Target::Group => self.groups[name.index as usize].parent,
                _ => self.leaves[name.index as usize].group,
            };
            self.groups[holder as usize].home == group
        })
    }

    /// The path of a group, to be continued by a key.
    pub(crate) fn path(&self, group: u16) -> NameHash {
        self.groups[group as usize].path
    }

    /// The name in the environment that is spelled just like `given`.
    #[inline]
    pub(crate) fn exact_env_name(&self, given: &[u8]) -> Option<Name> {
        let mask = self.exact.len() - 1;
        #[expect(clippy::cast_possible_truncation, reason = "masked right away")]
        let mut place = name::exact_hash(given) as usize & mask;
        loop {
            let entry = usize::from(self.exact[place]);
            let name = &self.names[entry.checked_sub(1)?];
            if self.text(name.text).as_bytes() == given {
                return Some(Name {
                    proper: true,
                    ..*name
                });
            }
            place = (place + 1) & mask;
        }
    }

    fn find(
        &self,
        table: &'static [u16],
        hash: u64,
        given: &[u8],
        want: impl Fn(Target) -> bool,
    ) -> Option<Name> {
        self.candidates(table, hash).find_map(|name| {
            if !want(name.target) {
                return None;
            }
            let text = self.text(name.text);
            let proper = text.as_bytes() == given;
            let is_spelling =
                proper || str::from_utf8(given).is_ok_and(|given| name::same(text, given));
            is_spelling.then_some(Name { proper, ..name })
        })
    }

    fn candidates(&self, table: &'static [u16], hash: u64) -> impl Iterator<Item = Name> + '_ {
        #[expect(clippy::cast_possible_truncation, reason = "masked right away")]
        let mut place = hash as usize & (table.len() - 1);
        std::iter::from_fn(move || {
            loop {
                let entry = *table.get(place)?;
                let name = *self.names.get(usize::from(entry).checked_sub(1)?)?;
                place = (place + 1) & (table.len() - 1);
                if name.hash == hash {
                    return Some(name);
                }
            }
        })
    }

    /// Whether some name in the environment begins and ends like this one: most variables of others don't.
    #[inline]
    pub(crate) fn has_env_name_like(&self, name: &[u8]) -> bool {
        // What stands inside of a list or map ends as it likes.
        self.beginnings & name::first_bit(name) != 0
            && (self.endings & name::last_bit(name) != 0
                || name.windows(2).any(|pair| pair == b"__"))
    }

    /// Every proper name in the environment, in the order of the struct.
    pub(crate) fn env_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        (0..self.leaves.len()).map(|leaf| self.env_of(leaf))
    }

    /// The dotted key of every leaf, in the order of the struct.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + '_ {
        (0..self.leaves.len()).map(|leaf| self.key_of(leaf))
    }

    /// The proper spelling of `name`.
    pub(crate) fn spelling(&self, name: Name) -> &'static str {
        self.text(name.text)
    }

    /// A name as it was given: the schema's own text if it was spelled properly.
    #[inline]
    pub(crate) fn spelled(
        &self,
        target: &NameTarget,
        given: impl FnOnce() -> String,
    ) -> Cow<'static, str> {
        match target {
            NameTarget::Name(name) if name.proper => Cow::Borrowed(self.text(name.text)),
            _ => Cow::Owned(given()),
        }
    }

    /// The proper name of a leaf in the environment.
    pub(crate) fn env_of(&self, leaf: usize) -> &'static str {
        self.text(self.names[self.leaves[leaf].env_name as usize].text)
    }

    /// The dotted key of a leaf.
    pub(crate) fn key_of(&self, leaf: usize) -> &'static str {
        self.text(self.names[self.leaves[leaf].key_name as usize].text)
    }

    /// The proper key of a leaf, as a name.
    pub(crate) fn name_of(&self, leaf: u16) -> Name {
        self.names[usize::from(self.leaves[usize::from(leaf)].key_name)]
    }

    /// The dotted key of a group; empty for the root.
    pub(crate) fn key_of_group(&self, group: u16) -> &'static str {
        self.group_path(group).trim_end_matches('.')
    }

    /// The dotted key of a group, with a dot at its end unless it is the root's.
    pub(crate) fn group_path(&self, group: u16) -> &'static str {
        self.text(self.groups[group as usize].key_text)
    }

    /// Whether the schema says that a name belongs to others.
    pub(crate) fn is_foreign(&self, name: &str) -> bool {
        self.schema
            .foreign
            .iter()
            .any(|foreign| match foreign.strip_suffix('*') {
                Some(start) => name::strip_prefix(name.as_bytes(), start.as_bytes()).is_some(),
                None => name::same(foreign, name),
            })
    }

    /// The leaf with this data; `None` for a list or map of groups.
    pub(crate) fn leaf(&self, leaf: usize) -> Option<&'static Leaf> {
        match self.leaves[leaf].field {
            Field::Leaf(leaf) => Some(leaf),
            Field::Group(_) => None,
        }
    }

    #[inline]
    fn text(&self, text: Text) -> &'static str {
        let start = text.start as usize;
        &self.text[start..start + usize::from(text.len)]
    }
}
