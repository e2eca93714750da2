//! Construction of a layout in constant evaluation.
//!
//! rustc stops constant evaluation after two million steps, and reports an error. Each name of a schema spends some of
//! them, so the text of a name is copied in one step, and its hash continues that of its group.

use super::{
    Alias, Field, Group, Leaf, Nested, Schema, Shape,
    layout::{
        Clashes, LayoutGroup, LayoutLeaf, LayoutName, LayoutSize, LayoutTables, NameSpace, Spelled,
        Target, TextRange, slice,
    },
};
use settings_syntax::name::{self, NameEnds};

const NO_NAME: LayoutName = LayoutName {
    hash: 0,
    text: TextRange::EMPTY,
    index: 0,
    target: Target::Group,
    space: NameSpace::Key,
    is_plain: false,
    rank: 0,
    deprecated: false,
    is_canonical: false,
    namesake: 0,
};

const NO_FIELD: Field = Field::Group(Nested {
    key: "",
    aliases: &[],
    prefix: None,
    field: "",
    doc: "",
    flatten: true,
    reload: false,
    shape: Shape::One,
    group: NO_GROUP,
    present_if: None,
    variant: None,
    hidden: false,
    clones: false,
    elements: None,
});

const NO_GROUP: &Group = &Group {
    name: "",
    doc: "",
    fields: &[],
    derived: &[],
    rules: &[],
    validated: false,
    tag: None,
};

impl LayoutSize {
    /// Returns the sizes of `schema`.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if there are more names than `u16` counts.
    pub const fn of(schema: &Schema) -> Self {
        let prefix = schema.prefix.len() + 1;
        let size = Self {
            leaves: 0,
            groups: 1,
            names: 0,
            text: prefix * 2,
            table: 2,
        };
        let mut size = size.with(schema.root, prefix, 0, schema.nesting.len(), false);
        assert!(
            size.names < u16::MAX as usize,
            "a settings struct may have 65,534 names at most"
        );
        while size.table < size.names * 2 {
            size.table *= 2;
        }
        size
    }

    /// Adds a group whose names begin with so many bytes.
    const fn with(
        mut self,
        group: &Group,
        env: usize,
        key: usize,
        nesting: usize,
        prefixed: bool,
    ) -> Self {
        let mut at = 0;
        while at < group.fields.len() {
            match &group.fields[at] {
                Field::Leaf(leaf) => {
                    self.leaves += 1;
                    let has_env = !leaf.env.is_empty() && !prefixed;
                    if !has_env {
                        self = self.env_name(env + leaf.key.len(), leaf.has_file_variable());
                    }
                    let mut n = 0;
                    while has_env && n < leaf.env.len() {
                        self = self.env_name(leaf.env[n].len(), leaf.has_file_variable());
                        n += 1;
                    }
                    self = self.name(key + leaf.key.len());
                    let mut n = 0;
                    while n < leaf.aliases.len() {
                        let len = leaf.aliases[n].name.len();
                        self = self
                            .env_name(env + len, leaf.has_file_variable())
                            .name(key + len);
                        n += 1;
                    }
                }
                Field::Group(nested) => {
                    let len = nested.key.len() + 1;
                    match nested.shape {
                        Shape::One | Shape::Optional => {
                            self.groups += 1;
                            let (mut inner_env, mut inner_key) = (env, key);
                            if !nested.flatten {
                                inner_key += len;
                                inner_env += nested.key.len() + nesting;
                                self = self.name(inner_env).name(inner_key);
                                self.text += inner_env + inner_key;
                            }
                            if let Some(prefix) = nested.prefix {
                                inner_env = prefix.len() + 1;
                                // The prefix, and the prefix with a separator.
                                self.text += 2 * inner_env;
                            }
                            let prefixed = prefixed || nested.prefix.is_some();
                            self = self.with(nested.group, inner_env, inner_key, nesting, prefixed);
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

    /// Adds the name of a variable, and that of its `_FILE`.
    const fn env_name(self, len: usize, secret: bool) -> Self {
        if secret {
            self.name(len).name(len + "_FILE".len())
        } else {
            self.name(len)
        }
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
    /// Returns the tables of `schema`.
    pub const fn new(schema: &'static Schema) -> Self {
        let mut builder = LayoutBuilder {
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
                    env: Spelled::EMPTY,
                    is_prefixed: false,
                    key: Spelled::EMPTY,
                }; G],
                names: [NO_NAME; N],
                text: [0; B],
                canonical: [0; T],
                env: [0; T],
                key: [0; T],
                env_ends: NameEnds::NONE,
                has_other_names: false,
                has_stated_env: false,
                clashes: Clashes::NONE,
            },
            leaves: 0,
            groups: 1,
            names: 0,
            text: 0,
        };
        builder.tables.groups[0].env = builder.spell_prefix(schema.prefix);
        builder.other_prefixes(schema.other_prefixes);
        builder.group(0);
        builder.tables.note_flag_clashes();
        if builder.tables.has_other_names {
            builder.tables.note_alias_clashes();
        }
        builder.tables
    }
}

/// The tables while they are filled.
pub(super) struct LayoutBuilder<
    const L: usize,
    const G: usize,
    const N: usize,
    const B: usize,
    const T: usize,
> {
    pub(super) tables: LayoutTables<L, G, N, B, T>,
    leaves: usize,
    groups: usize,
    names: usize,
    /// The number of bytes of text so far.
    pub(super) text: usize,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "`LayoutSize::of` refuses a schema whose numbers do not fit"
)]
impl<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>
    LayoutBuilder<L, G, N, B, T>
{
    const fn group(&mut self, this: usize) {
        let LayoutGroup {
            group, env, key, ..
        } = self.tables.groups[this];
        self.tables.groups[this].first = self.leaves as u16;
        let mut at = 0;
        while at < group.fields.len() {
            let field = &group.fields[at];
            match field {
                Field::Leaf(leaf) if leaf.key.is_empty() => {
                    let index = self.leaf(field, this);
                    self.tables.leaves[index].env_name = self.name_of_group(index, env);
                    self.tables.leaves[index].key_name = self.name_of_group(index, key);
                }
                Field::Leaf(leaf) => {
                    let index = self.leaf(field, this);
                    self.names_of_leaf(leaf, index, env, key);
                }
                Field::Group(nested) => match nested.shape {
                    Shape::One | Shape::Optional => self.nested(nested, this),
                    Shape::List | Shape::Map => {
                        self.other_names(nested, this);
                        let index = self.leaf(field, this);
                        let env = self.spell(env, nested.key, NameSpace::Env);
                        let key = self.spell(key, nested.key, NameSpace::Key);
                        let name = LayoutName {
                            index: index as u16,
                            target: Target::Leaf,
                            ..NO_NAME
                        };
                        self.tables.leaves[index].env_name = self.name(env, name, NameSpace::Env);
                        self.tables.leaves[index].key_name = self.name(key, name, NameSpace::Key);
                    }
                },
            }
            at += 1;
        }
        self.tables.groups[this].end = self.leaves as u16;
    }

    const fn nested(&mut self, nested: &'static Nested, parent: usize) {
        let this = self.groups;
        self.groups += 1;
        self.tables.groups[this] = LayoutGroup {
            group: nested.group,
            nested: Some(nested),
            parent: parent as u16,
            ..self.tables.groups[parent]
        };
        self.other_names(nested, parent);
        if !nested.flatten {
            let LayoutGroup { env, key, .. } = self.tables.groups[parent];
            let env = self.spell(env, nested.key, NameSpace::Env);
            let key = self.spell(key, nested.key, NameSpace::Key);
            let name = LayoutName {
                index: this as u16,
                ..NO_NAME
            };
            if nested.prefix.is_none() {
                self.name(env, name, NameSpace::Env);
            }
            self.name(key, name, NameSpace::Key);
            self.tables.groups[this].home = this as u16;
            let nesting = self.tables.schema.nesting.as_bytes();
            self.tables.groups[this].env = self.append(env, nesting);
            self.tables.groups[this].key = self.append(key, b".");
        }
        if let Some(prefix) = nested.prefix {
            self.tables.groups[this].env = self.spell_prefix(prefix);
            self.tables.groups[this].is_prefixed = true;
        }
        self.group(this);
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

    const fn names_of_leaf(
        &mut self,
        leaf: &'static Leaf,
        index: usize,
        env: Spelled,
        key: Spelled,
    ) {
        let mut name = LayoutName {
            index: index as u16,
            target: Target::Leaf,
            is_plain: !leaf.env_is_shared,
            ..NO_NAME
        };
        let group = self.tables.leaves[index].group;
        let has_env = !leaf.env.is_empty() && !self.tables.groups[group as usize].is_prefixed;
        if !has_env {
            let spelled = self.spell(env, leaf.key, NameSpace::Env);
            self.tables.leaves[index].env_name =
                self.env_name(spelled, name, leaf.has_file_variable());
            name.rank += 1;
        }
        let mut n = 0;
        while has_env && n < leaf.env.len() {
            let spelled = self.append(Spelled::EMPTY, leaf.env[n].as_bytes());
            let this = self.env_name(spelled, name, leaf.has_file_variable());
            if n == 0 {
                self.tables.leaves[index].env_name = this;
            }
            name.rank += 1;
            n += 1;
        }
        let spelled = self.spell(key, leaf.key, NameSpace::Key);
        let key_name = LayoutName { rank: 0, ..name };
        self.tables.leaves[index].key_name = self.name(spelled, key_name, NameSpace::Key);
        if has_env {
            self.tables.has_stated_env = true;
            // Its name without `env` is not read, but a warning says so.
            self.note_ends(spelled.text);
            if leaf.has_file_variable() {
                self.tables.env_ends.add_last(b"_FILE");
            }
        }
        let mut n = 0;
        while n < leaf.aliases.len() {
            let alias = leaf.aliases[n];
            name.deprecated = alias.deprecated;
            let spelled = self.spell(env, alias.name, NameSpace::Env);
            self.env_name(spelled, name, leaf.has_file_variable());
            name.rank += 1;
            let spelled = self.spell(key, alias.name, NameSpace::Key);
            let name = LayoutName {
                rank: n as u8 + 1,
                ..name
            };
            self.name(spelled, name, NameSpace::Key);
            n += 1;
        }
    }

    /// The name of a leaf that is a value in place of its group. It is not in the tables, where it is that of the group.
    const fn name_of_group(&mut self, index: usize, group: Spelled) -> u16 {
        let this = self.names;
        self.tables.names[this] = LayoutName {
            text: TextRange {
                len: group.text.len.saturating_sub(1),
                ..group.text
            },
            index: index as u16,
            target: Target::Leaf,
            ..NO_NAME
        };
        self.names += 1;
        this as u16
    }

    /// Adds the name of a variable, and that of its `_FILE` if it is a secret's.
    const fn env_name(&mut self, spelled: Spelled, name: LayoutName, secret: bool) -> u16 {
        if secret {
            let file = self.append(spelled, b"_FILE");
            let name = LayoutName {
                target: Target::File,
                is_plain: false,
                ..name
            };
            self.name(file, name, NameSpace::Env);
        }
        self.name(spelled, name, NameSpace::Env)
    }

    const fn name(&mut self, spelled: Spelled, name: LayoutName, space: NameSpace) -> u16 {
        let hash = spelled.hash.get();
        let this = self.names;
        self.tables.names[this] = LayoutName {
            hash,
            text: spelled.text,
            space,
            ..name
        };
        self.names += 1;
        let mut place = hash as usize & (T - 1);
        loop {
            let taken = match space {
                NameSpace::Env => self.tables.env[place],
                NameSpace::Key => self.tables.key[place],
            };
            if taken == 0 {
                break;
            }
            if self.tables.names[taken as usize - 1].hash == hash {
                self.tables
                    .note_equal_names(taken as usize - 1, this, space);
            }
            place = (place + 1) & (T - 1);
        }
        let entry = this as u16 + 1;
        match space {
            NameSpace::Env => {
                self.tables.env[place] = entry;
                self.note_ends(spelled.text);
                // Other names are found by their normalized form, which costs constant evaluation less.
                if name.rank == 0 {
                    self.canonical_name(entry, spelled.text);
                }
            }
            NameSpace::Key => self.tables.key[place] = entry,
        }
        this as u16
    }

    /// Notes what the variables with other prefixes begin with. They end like those with the prefix.
    const fn other_prefixes(&mut self, prefixes: &[Alias]) {
        let mut at = 0;
        while at < prefixes.len() {
            self.note_start(prefixes[at].name.as_bytes());
            self.tables.has_other_names = true;
            at += 1;
        }
    }

    /// Notes what the variables of a group with other names begin and end with.
    const fn other_names(&mut self, nested: &Nested, parent: usize) {
        if nested.prefix.is_some() {
            self.tables.has_other_names = true;
        }
        let mut at = 0;
        while at < nested.aliases.len() {
            let name = nested.aliases[at].name.as_bytes();
            if self.tables.groups[parent].env.text.len == 0 {
                self.note_start(name);
            }
            self.tables.env_ends.add_last(name);
            self.tables.has_other_names = true;
            at += 1;
        }
    }

    const fn note_start(&mut self, start: &[u8]) {
        match start {
            [only] => self.tables.env_ends.add_first(&[*only, b'_']),
            start => self.tables.env_ends.add_first(start),
        }
    }

    const fn note_ends(&mut self, text: TextRange) {
        let text = slice(&self.tables.text, text);
        self.tables.env_ends.add_first(text);
        self.tables.env_ends.add_last(text);
    }

    const fn canonical_name(&mut self, entry: u16, text: TextRange) {
        let text = slice(&self.tables.text, text);
        let mut place = name::exact_hash(text) as usize & (T - 1);
        while self.tables.canonical[place] != 0 {
            place = (place + 1) & (T - 1);
        }
        self.tables.canonical[place] = entry;
    }
}
