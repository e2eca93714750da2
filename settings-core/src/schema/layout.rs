//! Layout of a schema, as data: every setting and group in one flat list, and tables of all names.

use super::{Field, Group, Nested, Schema, Shape};
use settings_syntax::name::{NameEnds, NameHash};
use std::ops::Range;

/// Sizes of the tables of a schema.
#[derive(Clone, Copy, Debug)]
pub struct LayoutSize {
    /// Leaves. A list or map of groups counts as one.
    pub leaves: usize,
    /// Groups, including the root.
    pub groups: usize,
    /// Names of variables, and keys.
    pub names: usize,
    /// The most bytes that the text of all names can have.
    pub text: usize,
    /// Entries of each hash table.
    pub table: usize,
}

/// Tables of a schema. The derive puts them into a `static`.
#[derive(Debug)]
pub struct LayoutTables<
    const L: usize,
    const G: usize,
    const N: usize,
    const B: usize,
    const T: usize,
> {
    pub(super) schema: &'static Schema,
    pub(super) leaves: [LayoutLeaf; L],
    pub(super) groups: [LayoutGroup; G],
    pub(super) names: [LayoutName; N],
    pub(super) text: [u8; B],
    /// Names of variables, by a hash of their canonical spelling.
    pub(super) canonical: [u16; T],
    /// Names of variables, by a hash of their normalized form.
    pub(super) env: [u16; T],
    /// Keys, by a hash of their normalized form.
    pub(super) key: [u16; T],
    pub(super) env_ends: NameEnds,
    pub(super) has_other_names: bool,
    pub(super) has_stated_env: bool,
    pub(super) clashes: Clashes,
}

/// A view of the tables, which the derive puts into a `static` too.
#[derive(Debug)]
pub struct Layout {
    pub(crate) schema: &'static Schema,
    pub(crate) leaves: &'static [LayoutLeaf],
    pub(crate) groups: &'static [LayoutGroup],
    pub(super) names: &'static [LayoutName],
    pub(super) text: &'static str,
    pub(super) canonical: &'static [u16],
    pub(super) env: &'static [u16],
    pub(super) key: &'static [u16],
    /// Prefixes and suffixes of the names of variables.
    pub(super) env_ends: NameEnds,
    /// Whether there are other prefixes, or other names or prefixes of groups, which the tables do not contain.
    pub(crate) has_other_names: bool,
    /// Whether a leaf has `env`.
    pub(crate) has_stated_env: bool,
}

/// A leaf, or a list or map of groups, in the order of the struct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayoutLeaf {
    pub(crate) field: &'static Field,
    /// The group of which it is a field.
    pub(crate) group: u16,
    pub(super) env_name: u16,
    pub(super) key_name: u16,
}

/// A group: a struct at one position of the schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayoutGroup {
    pub(crate) group: &'static Group,
    /// The field that contains it. The root has none.
    pub(crate) nested: Option<&'static Nested>,
    /// The group that contains it. The root contains itself.
    pub(crate) parent: u16,
    /// The group whose table contains its keys: itself, unless it is flattened.
    pub(crate) home: u16,
    /// The index of its first leaf, including those of nested groups.
    pub(crate) first: u16,
    /// The index after its last leaf.
    pub(crate) end: u16,
    /// Prefix of the names of its variables, including the separator.
    pub(super) env: Spelled,
    /// Whether that is a prefix of its own, or of a group around it, so that `env` of its settings does not apply.
    pub(super) is_prefixed: bool,
    /// Prefix of its keys, including the dot.
    pub(super) key: Spelled,
}

/// The target of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A leaf.
    Leaf,
    /// A leaf whose value is in the file that the variable names.
    File,
    /// A group, set as a whole.
    Group,
}

/// A name of a leaf or group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayoutName {
    pub(super) hash: u64,
    pub(super) text: TextRange,
    /// The index of the leaf or group.
    pub(crate) index: u16,
    pub(crate) target: Target,
    pub(super) space: NameSpace,
    /// Whether it sets one leaf and nothing else, apart from its namesakes.
    pub(super) is_plain: bool,
    /// 0 for the canonical name, then the other names in their order.
    pub(crate) rank: u8,
    pub(crate) deprecated: bool,
    /// Whether it was found by its canonical spelling.
    pub(crate) is_canonical: bool,
    /// The next of the names that are equal to it in other variants of an enum, which form a ring, counted from 1; 0 if
    /// there are none.
    pub(super) namesake: u16,
}

/// The two spaces of flat names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameSpace {
    /// Names of environment variables: `APP_SERVER_BIND`.
    Env,
    /// Dotted keys: `server.bind`.
    Key,
}

/// A range of the text of all names.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextRange {
    pub(super) start: u32,
    pub(super) len: u16,
}

impl TextRange {
    pub(super) const EMPTY: Self = Self { start: 0, len: 0 };
}

/// A name in its canonical spelling, with the hash of its normalized form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelled {
    pub(super) text: TextRange,
    pub(super) hash: NameHash,
}

impl Spelled {
    pub(super) const EMPTY: Self = Self {
        text: TextRange::EMPTY,
        hash: NameHash::EMPTY,
    };
}

impl Layout {
    /// The settings that a path to a field of a group mentions. A path that ends at a group, or at no field, mentions
    /// each setting of the group.
    pub(crate) fn mentioned(&self, group: usize, path: &[&str]) -> Range<usize> {
        let mut here = group;
        for name in path {
            let leaves = self.leaves_of(here);
            let is_field = |at: &usize| {
                let leaf = &self.leaves[*at];
                usize::from(leaf.group) == here && leaf.field.name() == *name
            };
            if let Some(at) = leaves.clone().find(is_field) {
                return at..at + 1;
            }
            let is_nested = |group: &&LayoutGroup| {
                let nested = group.nested.filter(|nested| nested.field == *name);
                nested.is_some() && usize::from(group.parent) == here
            };
            match self.groups.iter().position(|group| is_nested(&group)) {
                Some(nested) => here = nested,
                None => break,
            }
        }
        self.leaves_of(here)
    }

    /// Whether a setting, or one inside a list or map of groups, is masked whatever its origin.
    pub(crate) fn is_masked(&self, at: usize) -> bool {
        match self.leaves[at].field {
            Field::Leaf(leaf) => leaf.is_masked(self.key_of(at)),
            Field::Group(nested) => has_masked(nested.group, ""),
        }
    }

    fn leaves_of(&self, group: usize) -> Range<usize> {
        let group = &self.groups[group];
        usize::from(group.first)..usize::from(group.end)
    }
}

/// Whether a group contains a setting that is masked, given what its keys begin with.
fn has_masked(group: &'static Group, prefix: &str) -> bool {
    group.fields.iter().any(|field| match field {
        Field::Leaf(leaf) => leaf.is_masked(&format!("{prefix}{}", leaf.key)),
        Field::Group(nested) => match nested.shape {
            _ if nested.flatten => has_masked(nested.group, prefix),
            Shape::One | Shape::Optional => {
                has_masked(nested.group, &format!("{prefix}{}.", nested.key))
            }
            Shape::List | Shape::Map => has_masked(nested.group, ""),
        },
    })
}

/// The most clashes that one build reports.
pub(super) const MAX_CLASHES: usize = 16;

/// Kind of a name that two settings have in common.
#[derive(Clone, Copy, Debug)]
pub(super) enum ClashKind {
    /// A name.
    Name,
    /// A name, which is that of the `_FILE` variable of this secret.
    FileOf(u16),
    /// A variable, by another name of a group.
    Alias,
    /// A flag.
    Flag,
    /// A flag of one letter.
    Letter,
    /// A key in two variants, that of a setting in one and of a group, list or map in the other.
    Mixed,
}

/// Pairs of settings that have one name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clashes {
    pub(super) settings: [(u16, u16); MAX_CLASHES],
    pub(super) names: [TextRange; MAX_CLASHES],
    pub(super) kinds: [ClashKind; MAX_CLASHES],
    pub(super) count: usize,
}

impl Clashes {
    pub(super) const NONE: Self = Self {
        settings: [(0, 0); MAX_CLASHES],
        names: [TextRange::EMPTY; MAX_CLASHES],
        kinds: [ClashKind::Name; MAX_CLASHES],
        count: 0,
    };
}

pub(super) const fn slice(text: &[u8], range: TextRange) -> &[u8] {
    text.split_at(range.start as usize)
        .1
        .split_at(range.len as usize)
        .0
}

impl<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>
    LayoutTables<L, G, N, B, T>
{
    /// Returns the view of these tables that the rest of the crate reads.
    ///
    /// # Panics
    ///
    /// Panics, in constant evaluation, if a name is not UTF-8.
    pub const fn layout(&'static self) -> Layout {
        let Ok(text) = str::from_utf8(&self.text) else {
            panic!("a name is not UTF-8")
        };
        Layout {
            schema: self.schema,
            leaves: &self.leaves,
            groups: &self.groups,
            names: &self.names,
            text,
            canonical: &self.canonical,
            env: &self.env,
            key: &self.key,
            env_ends: self.env_ends,
            has_other_names: self.has_other_names,
            has_stated_env: self.has_stated_env,
        }
    }
}
