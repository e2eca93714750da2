//! Canonical names of settings: how names are spelled in constant evaluation, and the names that reports and documents
//! print.

use super::{
    Field,
    layout::{Layout, LayoutName, NameSpace, Spelled, Target, TextRange, slice},
    layout_builder::LayoutBuilder,
};
use settings_syntax::name;
use std::ops::RangeInclusive;

#[expect(
    clippy::cast_possible_truncation,
    reason = "`LayoutSize::of` refuses a schema whose numbers do not fit"
)]
impl<const L: usize, const G: usize, const N: usize, const B: usize, const T: usize>
    LayoutBuilder<L, G, N, B, T>
{
    /// Spells the prefix of a schema, with a separator at its end.
    pub(super) const fn spell_prefix(&mut self, prefix: &str) -> Spelled {
        if prefix.is_empty() {
            return Spelled::EMPTY;
        }
        let spelled = self.append(Spelled::EMPTY, prefix.as_bytes());
        match prefix.as_bytes()[prefix.len() - 1] {
            b'_' | b'-' | b'.' => spelled,
            _ => self.append(spelled, b"_"),
        }
    }

    /// Spells `before` and then `key`. In the name of a variable, letters are upper case and separators single `_`.
    pub(super) const fn spell(&mut self, before: Spelled, key: &str, space: NameSpace) -> Spelled {
        if matches!(space, NameSpace::Key) {
            return self.append(before, key.as_bytes());
        }
        let start = self.text;
        let (written, free) = self.tables.text.split_at_mut(start);
        let before_text = slice(written, before.text);
        let (head, free) = free.split_at_mut(before_text.len());
        head.copy_from_slice(before_text);
        let (hash, len) = before.hash.variable(key.as_bytes(), free);
        self.text += before_text.len() + len;
        Spelled {
            text: TextRange {
                start: start as u32,
                len: (self.text - start) as u16,
            },
            hash,
        }
    }

    /// Spells `before` and then `after`, as it is.
    pub(super) const fn append(&mut self, before: Spelled, after: &[u8]) -> Spelled {
        let start = self.text;
        let (written, free) = self.tables.text.split_at_mut(start);
        let before_text = slice(written, before.text);
        let (head, free) = free.split_at_mut(before_text.len());
        head.copy_from_slice(before_text);
        free.split_at_mut(after.len()).0.copy_from_slice(after);
        self.text += before_text.len() + after.len();
        Spelled {
            text: TextRange {
                start: start as u32,
                len: (self.text - start) as u16,
            },
            hash: before.hash.text(after),
        }
    }
}

impl Layout {
    /// The canonical variable of every leaf, in the order of the struct.
    pub(crate) fn env_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        (0..self.leaves.len()).map(|leaf| self.env_of(leaf))
    }

    /// The variable of a leaf that is meant and has one of these lengths, also an alias or that of a file. A canonical one
    /// comes first, then the order of the struct.
    pub(crate) fn env_name_that(
        &self,
        lengths: RangeInclusive<usize>,
        is_meant: impl Fn(&str) -> bool,
    ) -> Option<&'static str> {
        let rank = |name: &LayoutName| (name.rank, name.target == Target::File, name.index);
        let mut first: Option<&LayoutName> = None;
        for name in self.names {
            if lengths.contains(&usize::from(name.text.len))
                && name.space == NameSpace::Env
                && name.target != Target::Group
                && is_meant(self.text(name.text))
                && first.is_none_or(|first| rank(name) < rank(first))
            {
                first = Some(name);
            }
        }
        first.map(|name| self.text(name.text))
    }

    /// Whether no name of a variable contains a run of separators.
    pub(crate) fn has_plain_env_names(&self) -> bool {
        self.schema.nesting == "_" && !self.has_stated_env && !self.has_other_names
    }

    /// The dotted key of every leaf, in the order of the struct.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + '_ {
        (0..self.leaves.len()).map(|leaf| self.key_of(leaf))
    }

    /// The canonical variable of a leaf.
    pub(crate) fn env_of(&self, leaf: usize) -> &'static str {
        self.text(self.names[usize::from(self.leaves[leaf].env_name)].text)
    }

    /// The dotted key of a leaf.
    pub(crate) fn key_of(&self, leaf: usize) -> &'static str {
        self.text(self.names[usize::from(self.leaves[leaf].key_name)].text)
    }

    /// The name that is the dotted key of a leaf.
    pub(crate) fn key_name_of(&self, leaf: u16) -> LayoutName {
        self.names[usize::from(self.leaves[usize::from(leaf)].key_name)]
    }

    /// The dotted key of a group. That of the root is empty.
    pub(crate) fn key_of_group(&self, group: u16) -> &'static str {
        self.group_path(group).trim_end_matches('.')
    }

    /// The variable that sets a group as a whole.
    pub(crate) fn env_of_group(&self, group: u16) -> &'static str {
        let env = self.text(self.groups[usize::from(group)].env.text);
        env.strip_suffix('_').unwrap_or(env)
    }

    /// The dotted key of a group and a dot. That of the root is empty.
    pub(crate) fn group_path(&self, group: u16) -> &'static str {
        self.text(self.groups[usize::from(group)].key.text)
    }

    /// The canonical spelling of a name.
    pub(crate) fn canonical_name(&self, name: LayoutName) -> &'static str {
        self.text(name.text)
    }

    /// The last segment of a name: its key in the table of its group.
    pub(crate) fn segment_of(&self, name: &LayoutName) -> &'static str {
        let index = usize::from(name.index);
        match name.target {
            Target::Group => self.groups[index].nested.map_or("", |nested| nested.key),
            _ => match (self.leaves[index].field, name.rank) {
                (Field::Leaf(leaf), 0) => leaf.key,
                (Field::Leaf(leaf), rank) => {
                    (leaf.aliases.get(usize::from(rank) - 1)).map_or(leaf.key, |alias| alias.name)
                }
                (Field::Group(nested), _) => nested.key,
            },
        }
    }

    /// The keys in the table of a group.
    pub(crate) fn fields_of(&self, group: u16) -> impl Iterator<Item = &'static str> + '_ {
        let home = |of: u16| self.groups[usize::from(of)].home;
        let leaves = self.leaves.iter();
        let leaves = leaves.filter(move |leaf| home(leaf.group) == group);
        let leaves = leaves.map(|leaf| match leaf.field {
            Field::Leaf(leaf) => leaf.key,
            Field::Group(nested) => nested.key,
        });
        let leaves = leaves.filter(|key| !key.is_empty());
        let groups = self.groups.iter().filter_map(move |each| {
            let nested = each.nested.filter(|nested| !nested.flatten)?;
            (home(each.parent) == group).then_some(nested.key)
        });
        let own = leaves.chain(groups);
        own.chain(self.aliases_of(group))
    }

    /// The other names in the table of a group that are not deprecated.
    fn aliases_of(&self, group: u16) -> impl Iterator<Item = &'static str> + '_ {
        let home = |of: u16| self.groups[usize::from(of)].home;
        let leaves = self.leaves.iter();
        let leaves = leaves.filter(move |leaf| home(leaf.group) == group);
        let leaves = leaves.map(|leaf| match leaf.field {
            Field::Leaf(leaf) => leaf.aliases,
            Field::Group(nested) => nested.aliases,
        });
        let groups = self.groups.iter().filter_map(move |each| {
            let nested = each.nested.filter(|_| home(each.parent) == group)?;
            Some(nested.aliases)
        });
        let aliases = leaves.chain(groups).flatten();
        aliases.filter_map(|alias| (!alias.deprecated).then_some(alias.name))
    }

    /// The variables that name files of secrets and are not deprecated.
    pub(crate) fn env_names_of_files(&self) -> impl Iterator<Item = &'static str> + '_ {
        let names = self.names.iter();
        let names =
            names.filter(|name| name.space == NameSpace::Env && name.target == Target::File);
        names
            .filter(|name| !name.deprecated)
            .map(|name| self.text(name.text))
    }

    /// The other variables of settings that are not deprecated.
    pub(crate) fn other_env_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        let names = self.names.iter().filter(|name| {
            name.space == NameSpace::Env
                && name.target == Target::Leaf
                && name.rank > 0
                && !name.deprecated
        });
        names.map(|name| self.text(name.text))
    }

    #[inline]
    pub(super) fn text(&self, text: TextRange) -> &'static str {
        let start = text.start as usize;
        &self.text[start..start + usize::from(text.len)]
    }

    /// The same as bytes.
    pub(super) fn bytes(&self, text: TextRange) -> &'static [u8] {
        let start = text.start as usize;
        &self.text.as_bytes()[start..start + usize::from(text.len)]
    }
}

/// Whether a shell can set a variable with this map key between two `__` of its name.
pub(crate) fn is_part_of_a_shell_name(key: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !key.is_empty()
        && key.bytes().all(is_plain)
        && !key.contains("__")
        && !key.starts_with('_')
        && !key.ends_with('_')
}

/// The part of a variable's name for a key inside a list or map: `TLS_CERT`, or `TLS__CERT`.
pub(crate) fn upper_key(key: &str, nesting: &str) -> String {
    let parts: Vec<String> = key.split('.').map(name::upper_snake).collect();
    parts.join(nesting)
}

/// Whether this is the canonical variable of a setting inside a list or map: `APP_ZONES__eu__HOST`.
pub(crate) fn is_variable_inside(given: &str, variable: &str, element: &str, key: &str) -> bool {
    let rest = given.strip_prefix(variable);
    let rest = rest.and_then(|rest| rest.strip_prefix("__")?.strip_prefix(element));
    let rest = rest.and_then(|rest| rest.strip_prefix("__"));
    rest.is_some_and(|rest| rest == upper_key(key, "_") || rest == upper_key(key, "__"))
}
