//! Lookup of names: the setting, group, or value inside a list or map that a name matches.

use super::{
    Field, Group, Kind, Leaf, Nested, Removed, Shape,
    layout::{Layout, LayoutLeaf, LayoutName, NameSpace, Target},
};
use crate::value::path::{KeyPath, Segment};
use settings_syntax::{
    name::{self, NameHash},
    suggest,
};
use std::borrow::Cow;

/// The target of a flat name.
#[derive(Clone, Debug)]
pub(crate) enum NameTarget {
    /// A leaf, or a group as a whole.
    Name(LayoutName),
    /// A value inside a list or map: the element or key, then the name inside it, if there is one.
    Inside(LayoutName, Vec<String>),
}

/// The resemblance of a name to those of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resemblance {
    None,
    /// It begins or ends like a name, as does every text that is one edit away from a name.
    OneEnd,
    /// It may be a name.
    Full,
}

impl NameTarget {
    /// A name that was found by its canonical spelling.
    #[inline]
    pub(super) fn canonical(name: LayoutName) -> Self {
        Self::Name(LayoutName {
            is_canonical: true,
            ..name
        })
    }

    /// The name of the leaf, or of the group that is set as a whole.
    #[inline]
    pub(crate) fn name(&self) -> LayoutName {
        match self {
            Self::Name(name) | Self::Inside(name, _) => *name,
        }
    }

    /// The index of the leaf, or of the group that is set as a whole.
    pub(crate) fn index(&self) -> usize {
        self.name().index.into()
    }

    /// The same target, canonical if `is_canonical` returns true, for sources with canonical spellings of their own.
    pub(crate) fn canonical_if(mut self, is_canonical: impl FnOnce(LayoutName) -> bool) -> Self {
        if let Self::Name(name) = &mut self {
            name.is_canonical = is_canonical(*name);
        }
        self
    }
}

/// Returns the target of a flat name with this hash, by canonical names of groups.
#[inline]
pub(super) fn target(
    layout: &'static Layout,
    space: NameSpace,
    hash: u64,
    given: &[u8],
) -> Option<NameTarget> {
    if let Some(leaf) = layout.find(space, hash, given, |target| target != Target::Group) {
        return Some(NameTarget::Name(leaf));
    }
    group_or_inside(layout, space, hash, given)
}

#[cold]
fn group_or_inside(
    layout: &'static Layout,
    space: NameSpace,
    hash: u64,
    given: &[u8],
) -> Option<NameTarget> {
    let group = layout.find(space, hash, given, |target| target == Target::Group);
    if let Some(group) = group {
        return Some(NameTarget::Name(group));
    }
    if !given.windows(2).any(|pair| pair == b"__") {
        return None;
    }
    let text = str::from_utf8(given).ok()?;
    let (mut hash, mut hashed) = (NameHash::EMPTY, 0);
    text.match_indices("__").find_map(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + 2..]);
        hash = hash.text(&given[hashed..at]);
        hashed = at;
        let is_leaf = |target| target == Target::Leaf;
        let name = layout.find(space, hash.get(), before.as_bytes(), is_leaf)?;
        first_inside(layout, name, |field| match field {
            _ if after.is_empty() => None,
            Field::Leaf(leaf) => path_inside(&leaf.kind(), after),
            Field::Group(nested) => {
                let steps = after.splitn(depth(nested) + 1, "__");
                Some(steps.map(str::to_owned).collect())
            }
        })
    })
}

/// The path inside the first leaf with this name that is a list or map.
fn first_inside(
    layout: &'static Layout,
    name: LayoutName,
    path: impl Fn(&'static Field) -> Option<Vec<String>>,
) -> Option<NameTarget> {
    let mut names = std::iter::once(name).chain(layout.namesakes(name));
    names.find_map(|name| {
        let path = path(layout.leaves[usize::from(name.index)].field)?;
        Some(NameTarget::Inside(name, path))
    })
}

/// The number of names around a group: 1 in a list or map of groups, 2 in a map of maps of groups.
pub(crate) fn depth(nested: &Nested) -> usize {
    1 + nested.inner().map_or(0, depth)
}

/// The path of a flat name inside a list or map: an index, or a key, and what follows inside an element that is a list or
/// map itself.
pub(super) fn path_inside(kind: &Kind, name: &str) -> Option<Vec<String>> {
    let element = match kind {
        Kind::Map(element) | Kind::List(element) => element,
        Kind::Tuple(_) => &Kind::Unknown,
        _ => return None,
    };
    let is_map = matches!(kind, Kind::Map(_));
    let is_step = |step: &str| is_map || step.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((step, rest)) = name.split_once("__")
        && !step.is_empty()
        && is_step(step)
        && let Some(inside) = path_inside(element, rest)
    {
        let step = std::iter::once(step.to_owned());
        return Some(step.chain(inside).collect());
    }
    (!name.is_empty() && is_step(name)).then(|| vec![name.to_owned()])
}

/// The same for the segments of a key.
fn steps_inside(kind: &Kind, segments: &[Segment<'_>]) -> Option<Vec<String>> {
    let (first, rest) = segments.split_first()?;
    match (kind, first) {
        (Kind::List(element), first) => {
            let index = element_index(first)?;
            if rest.is_empty() {
                return Some(vec![index]);
            }
            let inside = steps_inside(element, rest)?;
            Some(std::iter::once(index).chain(inside).collect())
        }
        (Kind::Tuple(_), first) if rest.is_empty() => Some(vec![element_index(first)?]),
        (Kind::Map(element), Segment::Name(key)) => match steps_inside(element, rest) {
            Some(inside) => Some(std::iter::once((*key).to_owned()).chain(inside).collect()),
            None => Some(vec![joined(segments)?]),
        },
        _ => None,
    }
}

/// Returns the target of a key inside a list or map, spelled as reports print it.
#[cold]
pub(super) fn key_inside(layout: &'static Layout, given: &str) -> Option<NameTarget> {
    let path = KeyPath::parse(given)?;
    let segments: Vec<_> = path.segments().collect();
    (1..segments.len()).find_map(|at| {
        let (setting, inside) = segments.split_at(at);
        let setting = joined(setting)?;
        let name = layout.leaf_named(&setting)?;
        first_inside(layout, name, |field| match (field, inside) {
            (Field::Leaf(leaf), inside) => steps_inside(&leaf.kind(), inside),
            (Field::Group(nested), inside) => steps_to_setting(nested, inside),
        })
    })
}

/// The path of a key inside a list or map of groups: the names of the elements, and the key of a setting.
pub(crate) fn steps_to_setting(nested: &Nested, inside: &[Segment<'_>]) -> Option<Vec<String>> {
    if nested.shape == Shape::List {
        let (index, rest) = inside.split_first()?;
        return steps_after(nested, element_index(index)?, rest);
    }
    let lengths = match nested.inner() {
        // A dot in a key without quotes may separate two names.
        Some(_) => 1..=inside.len().saturating_sub(1).max(1),
        None => {
            let length = key_length(nested.group, inside);
            length..=length
        }
    };
    lengths.into_iter().find_map(|length| {
        let (key, rest) = inside.split_at_checked(length)?;
        steps_after(nested, joined(key)?, rest)
    })
}

/// The same after the name of an element.
fn steps_after(nested: &Nested, element: String, rest: &[Segment<'_>]) -> Option<Vec<String>> {
    let rest = match nested.inner() {
        _ if rest.is_empty() => Vec::new(),
        Some(inner) => steps_to_setting(inner, rest)?,
        None => vec![rest_of_key(rest)?],
    };
    Some(std::iter::once(element).chain(rest).collect())
}

/// The number of names that belong to the key of a map of groups: as few as a field of the group can follow, or else the
/// misspelling of one. A dot in a key without quotes separates two names.
fn key_length(group: &Group, inside: &[Segment<'_>]) -> usize {
    let before = |is_field: &dyn Fn(&str) -> bool| {
        let mut after_first = inside.iter().skip(1);
        let at = after_first.position(|segment| match segment {
            Segment::Name(name) => is_field(name),
            Segment::Index(_) => false,
        });
        at.map(|at| at + 1)
    };
    let keys = || group.fields.iter().map(Field::key);
    before(&|name| has_field(group, name))
        .or_else(|| before(&|name| suggest::nearest(name, keys()).is_some()))
        .unwrap_or(1)
        .min(inside.len())
}

/// Whether a name is the first part of a key of the group.
fn has_field(group: &Group, name: &str) -> bool {
    group.fields.iter().any(|field| match field {
        Field::Leaf(leaf) => {
            name::same(leaf.key, name)
                || leaf
                    .aliases
                    .iter()
                    .any(|alias| name::same(alias.name, name))
        }
        Field::Group(nested) if nested.flatten => has_field(nested.group, name),
        Field::Group(nested) => {
            let mut aliases = nested.aliases.iter();
            name::same(nested.key, name) || aliases.any(|alias| name::same(alias.name, name))
        }
    })
}

/// The index of an element. `hosts.0.url` is `hosts[0].url`, without characters that a shell expands.
fn element_index(segment: &Segment<'_>) -> Option<String> {
    match segment {
        Segment::Index(index) => Some(index.to_string()),
        Segment::Name(name) => name.parse::<usize>().is_ok().then(|| (*name).to_owned()),
    }
}

/// The key of a setting inside an element.
fn rest_of_key(segments: &[Segment<'_>]) -> Option<String> {
    let path: KeyPath = segments.iter().copied().collect();
    (!path.is_empty()).then(|| path.to_string())
}

/// The names joined by dots, or `None` if there are none or one is an index.
fn joined(segments: &[Segment<'_>]) -> Option<String> {
    let names = segments.iter().map(|segment| match segment {
        Segment::Name(name) => Some(*name),
        Segment::Index(_) => None,
    });
    let names: Option<Vec<_>> = names.collect();
    names
        .filter(|names| !names.is_empty())
        .map(|names| names.join("."))
}

impl Layout {
    /// The leaf with this index, or `None` for a list or map of groups.
    pub(crate) fn leaf(&self, leaf: usize) -> Option<&'static Leaf> {
        match self.leaves[leaf].field {
            Field::Leaf(leaf) => Some(leaf),
            Field::Group(_) => None,
        }
    }

    /// Whether a struct always requires its setting with this key.
    pub(crate) fn requires(&self, key: &str) -> bool {
        let leaf = self.leaf_named(key).map(|name| usize::from(name.index));
        let is_in_root = |at: &usize| self.groups[usize::from(self.leaves[*at].group)].home == 0;
        leaf.filter(is_in_root)
            .and_then(|at| self.leaf(at))
            .is_some_and(|leaf| !leaf.optional && !leaf.has_default())
    }

    /// Whether documents and `dump` leave out a leaf.
    pub(crate) fn is_hidden(&self, leaf: usize) -> bool {
        let LayoutLeaf { field, group, .. } = &self.leaves[leaf];
        let itself = match field {
            Field::Leaf(leaf) => leaf.hidden,
            Field::Group(nested) => nested.hidden,
        };
        itself || self.is_group_hidden(usize::from(*group))
    }

    /// Whether documents and `dump` leave out a group.
    pub(crate) fn is_group_hidden(&self, mut group: usize) -> bool {
        while let Some(nested) = self.groups[group].nested {
            if nested.hidden {
                return true;
            }
            group = usize::from(self.groups[group].parent);
        }
        false
    }

    /// The setting that a name sets, or whose file it names.
    pub(crate) fn leaf_of(&self, name: LayoutName) -> Option<&'static Leaf> {
        match name.target {
            Target::Group => None,
            Target::Leaf | Target::File => self.leaf(name.index.into()),
        }
    }

    /// The leaf whose value makes an optional group present, if the group names one.
    pub(crate) fn present_if(&self, group: usize) -> Option<usize> {
        let key = self.groups[group].nested?.present_if?;
        let is_it = |leaf: &LayoutLeaf| {
            usize::from(leaf.group) == group
                && matches!(leaf.field, Field::Leaf(leaf) if leaf.key == key)
        };
        self.leaves.iter().position(is_it)
    }

    /// Finds a leaf, or a list or map of groups, by a dotted key.
    pub(crate) fn leaf_named(&self, key: &str) -> Option<LayoutName> {
        let hash = name::hash(key.as_bytes());
        self.find(NameSpace::Key, hash, key.as_bytes(), |target| {
            target == Target::Leaf
        })
    }

    /// Finds a leaf by the name of a flag of its own.
    pub(crate) fn leaf_with_flag(&self, flag: &str) -> Option<LayoutName> {
        self.leaf_that(|leaf| leaf.flag.is_some_and(|own| name::same(own, flag)))
    }

    /// Finds a leaf by its flag of one letter.
    pub(crate) fn leaf_with_letter(&self, letter: char) -> Option<LayoutName> {
        self.leaf_that(|leaf| leaf.short == Some(letter))
    }

    /// Whether any leaf has a flag of one letter.
    pub(crate) fn has_letters(&self) -> bool {
        self.leaf_that(|leaf| leaf.short.is_some()).is_some()
    }

    fn leaf_that(&self, is_meant: impl Fn(&Leaf) -> bool) -> Option<LayoutName> {
        let is_meant =
            |leaf: &LayoutLeaf| matches!(leaf.field, Field::Leaf(leaf) if is_meant(leaf));
        let at = self.leaves.iter().position(is_meant)?;
        Some(self.key_name_of(u16::try_from(at).ok()?))
    }

    /// Finds a field of a group by its key in the group's table.
    pub(crate) fn field(&self, group: u16, key: &str) -> Option<LayoutName> {
        self.fields(group, key).next()
    }

    /// Finds the fields of a group that have this key, each in another variant. A name is canonical if the key is spelled like
    /// the field's.
    pub(crate) fn fields(&self, group: u16, key: &str) -> impl Iterator<Item = LayoutName> {
        let hash = self.hash_in(group, key);
        self.candidates(self.key, hash).filter_map(move |name| {
            let holder = match name.target {
                Target::Group => self.groups[usize::from(name.index)].parent,
                _ => self.leaves[usize::from(name.index)].group,
            };
            if self.groups[usize::from(holder)].home != group {
                return None;
            }
            let segment = self.segment_of(name);
            let is_canonical = segment == key;
            let is_spelling = is_canonical || name::same(segment, key);
            is_spelling.then_some(LayoutName {
                is_canonical,
                ..*name
            })
        })
    }

    /// Finds a leaf anywhere below a group by its joined key. `spelled` is the path of the key.
    pub(crate) fn leaf_below(&self, group: u16, key: &str, spelled: &str) -> Option<usize> {
        let hash = self.hash_in(group, key);
        let is_leaf = |target| target == Target::Leaf;
        let name = self.find(NameSpace::Key, hash, spelled.as_bytes(), is_leaf)?;
        Some(name.index.into())
    }

    fn hash_in(&self, group: u16, key: &str) -> u64 {
        let path = self.groups[usize::from(group)].key.hash;
        path.text(key.as_bytes()).get()
    }

    /// Finds a variable by its canonical spelling.
    #[inline]
    pub(super) fn canonical_env_name(&self, given: &[u8]) -> Option<&'static LayoutName> {
        let mask = self.canonical.len() - 1;
        #[expect(clippy::cast_possible_truncation, reason = "masked right away")]
        let mut place = name::exact_hash(given) as usize & mask;
        loop {
            let entry = usize::from(self.canonical[place]);
            let name = &self.names[entry.checked_sub(1)?];
            if self.bytes(name.text) == given {
                return Some(name);
            }
            place = (place + 1) & mask;
        }
    }

    /// Finds the name of which `given` is a spelling. `hash` is that of its normalized form.
    #[inline]
    pub(crate) fn find(
        &self,
        space: NameSpace,
        hash: u64,
        given: &[u8],
        is_wanted: impl Fn(Target) -> bool,
    ) -> Option<LayoutName> {
        let table = match space {
            NameSpace::Env => self.env,
            NameSpace::Key => self.key,
        };
        self.candidates(table, hash).find_map(|name| {
            if !is_wanted(name.target) {
                return None;
            }
            let is_canonical = self.bytes(name.text) == given;
            let is_same = |given| name::same(self.text(name.text), given);
            let is_spelling = is_canonical || str::from_utf8(given).is_ok_and(is_same);
            is_spelling.then_some(LayoutName {
                is_canonical,
                ..*name
            })
        })
    }

    pub(super) fn candidates(
        &self,
        table: &'static [u16],
        hash: u64,
    ) -> impl Iterator<Item = &'static LayoutName> {
        #[expect(clippy::cast_possible_truncation, reason = "masked right away")]
        let mut place = hash as usize & (table.len() - 1);
        std::iter::from_fn(move || {
            loop {
                let entry = *table.get(place)?;
                let name = self.names.get(usize::from(entry).checked_sub(1)?)?;
                place = (place + 1) & (table.len() - 1);
                if name.hash == hash {
                    return Some(name);
                }
            }
        })
    }

    /// Whether a variable begins with the prefix, as the schema spells it.
    #[inline]
    fn begins_with_prefix(&self, name: &[u8]) -> bool {
        let prefix = self.schema.prefix.as_bytes();
        !prefix.is_empty() && name.starts_with(prefix)
    }

    /// The resemblance of a variable to those of the schema, by its ends. Most variables of other programs have none.
    #[inline]
    pub(crate) fn resemblance(&self, name: &[u8]) -> Resemblance {
        if self.begins_with_prefix(name) {
            return Resemblance::Full;
        }
        match (self.env_ends.begin_like(name), self.env_ends.end_like(name)) {
            (true, true) => Resemblance::Full,
            // A name inside a list or map may end with anything.
            (true, false) if name.windows(2).any(|pair| pair == b"__") => Resemblance::Full,
            (false, false) => Resemblance::None,
            _ => Resemblance::OneEnd,
        }
    }

    /// The former setting with this key.
    pub(crate) fn removed_key(&self, key: &str) -> Option<&'static Removed> {
        let mut removed = self.schema.removed.iter();
        let is_camel = key.bytes().any(|byte| byte.is_ascii_uppercase());
        removed.find(|removed| {
            name::same(removed.key, key)
                || is_camel && name::same(removed.key, &name::camel_to_snake(key))
        })
    }

    /// The former setting that this variable set.
    pub(crate) fn removed_variable(&self, variable: &str) -> Option<&'static Removed> {
        if self.schema.removed.is_empty() {
            return None;
        }
        let rest = match self.schema.prefix {
            "" => variable.as_bytes(),
            _ => self.after_prefix(variable.as_bytes())?,
        };
        let rest = variable.get(variable.len() - rest.len()..)?;
        self.removed_key(rest.trim_start_matches(['_', '-', '.']))
    }

    /// Whether `ignore` contains the name of this variable.
    pub(crate) fn ignores_variable(&self, variable: &str) -> bool {
        let mut patterns = self.schema.ignore.iter();
        patterns.any(|pattern| !is_key_pattern(pattern) && matches(pattern, variable))
    }

    /// Whether `ignore` contains this key of a file, provider or store.
    pub(crate) fn ignores_key(&self, key: &str) -> bool {
        let mut patterns = self.schema.ignore.iter();
        patterns.any(|pattern| is_key_pattern(pattern) && matches_key(pattern, key))
    }
}

/// Whether a pattern of `ignore` is compared with keys instead of names of variables.
fn is_key_pattern(pattern: &str) -> bool {
    let is_lower = pattern.contains(char::is_lowercase) && !pattern.contains(char::is_uppercase);
    pattern.contains('.') || is_lower
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name::strip_prefix(name.as_bytes(), start.as_bytes()).is_some(),
        None => name::same(pattern, name),
    }
}

/// Compares one segment at a time, because a dot separates segments, not words. `a.*` matches `a` too.
fn matches_key(pattern: &str, key: &str) -> bool {
    let (mut patterns, mut segments) = (pattern.split('.'), key.split('.'));
    loop {
        match (patterns.next(), segments.next()) {
            (Some("*"), _) | (None, None) => return true,
            (Some(pattern), Some(segment)) if matches(pattern, segment) => {
                if pattern.ends_with('*') {
                    return true;
                }
            }
            _ => return false,
        }
    }
}

impl Layout {
    /// A name as a source spelled it. A canonical one borrows the text of the schema.
    #[inline]
    pub(crate) fn spelled(
        &self,
        target: &NameTarget,
        given: impl FnOnce() -> String,
    ) -> Cow<'static, str> {
        match target {
            NameTarget::Name(name) if name.is_canonical => Cow::Borrowed(self.text(name.text)),
            _ => Cow::Owned(given()),
        }
    }
}
