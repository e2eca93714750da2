//! What a flat name means: a leaf, a group given whole, or the inside of a list or map.

use super::{
    Field, Group, Kind, Shape,
    layout::{Layout, Name, Target},
};
use crate::value::path::{KeyPath, Segment};
use settings_syntax::name::{self, NameHash};

/// Whether flat names are those of the environment or keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Env,
    Key,
}

/// What a flat name leads to.
#[derive(Clone, Debug)]
pub(crate) enum NameTarget {
    Name(Name),
    /// The inside of a list, map, or list or map of groups.
    Inside(Name, Vec<String>),
}

impl NameTarget {
    /// The number of the leaf, or of the group that is given whole.
    pub(crate) fn index(&self) -> usize {
        match self {
            Self::Name(name) | Self::Inside(name, _) => name.index.into(),
        }
    }

    /// The same, properly spelled if `is_proper` says so: where a source has proper spellings of its own.
    pub(crate) fn proper_if(mut self, is_proper: impl FnOnce(Name) -> bool) -> Self {
        if let Self::Name(name) = &mut self {
            name.proper = is_proper(*name);
        }
        self
    }
}

/// What the name of a flat source means.
#[inline]
pub(crate) fn target(
    layout: &'static Layout,
    space: Space,
    hash: u64,
    given: &[u8],
) -> Option<NameTarget> {
    let leaf = |target| target != Target::Group;
    let found = match space {
        Space::Env => layout.env_name(hash, given, leaf),
        Space::Key => layout.key_name(hash, given, leaf),
    };
    if let Some(found) = found {
        return Some(NameTarget::Name(found));
    }
    rare_meaning(layout, space, hash, given)
}

/// What a key means; inside lists and maps also as reports print it: `hosts[0].port`, `sites."example.com".port`.
pub(crate) fn target_of_key(layout: &'static Layout, given: &str) -> Option<NameTarget> {
    let hash = name::hash(given.as_bytes());
    target(layout, Space::Key, hash, given.as_bytes()).or_else(|| key_inside(layout, given))
}

#[cold]
fn key_inside(layout: &'static Layout, given: &str) -> Option<NameTarget> {
    let path = KeyPath::parse(given)?;
    let segments: Vec<_> = path.segments().collect();
    (1..segments.len()).find_map(|at| {
        let (setting, inside) = segments.split_at(at);
        let setting = joined(setting)?;
        let leaf = |target| target == Target::Leaf;
        let hash = name::hash(setting.as_bytes());
        let name = layout.key_name(hash, setting.as_bytes(), leaf)?;
        let path = match (layout.leaves[usize::from(name.index)].field, inside) {
            (Field::Leaf(leaf), inside) if matches!(leaf.kind(), Kind::Map(_)) => {
                vec![joined(inside)?]
            }
            (Field::Group(nested), [Segment::Index(index), rest @ ..])
                if nested.shape == Shape::List =>
            {
                vec![index.to_string(), joined(rest)?]
            }
            (Field::Group(nested), inside) if nested.shape == Shape::Map => {
                let (key, rest) = inside.split_at(key_length(nested.group, inside));
                vec![joined(key)?, joined(rest)?]
            }
            _ => return None,
        };
        Some(NameTarget::Inside(name, path))
    })
}

/// The number of names that belong to the key of a map of groups: as few as a field of the group can follow. A dot in
/// a key without quotes separates two names.
fn key_length(group: &Group, inside: &[Segment<'_>]) -> usize {
    let is_field = |segment: &Segment<'_>| match segment {
        Segment::Name(name) => has_field(group, name),
        Segment::Index(_) => false,
    };
    let after_first = inside.iter().skip(1);
    after_first
        .clone()
        .position(is_field)
        .map_or(1, |at| at + 1)
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
        Field::Group(nested) => name::same(nested.key, name),
    })
}

/// Names joined by dots; `None` if there are none, or an index is among them.
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

/// What a variable means.
#[inline]
pub(crate) fn target_of_variable(layout: &'static Layout, given: &[u8]) -> Option<NameTarget> {
    match layout.exact_env_name(given) {
        Some(name) if name.target != Target::Group => Some(NameTarget::Name(name)),
        _ => target(layout, Space::Env, name::hash(given), given),
    }
}

#[cold]
fn rare_meaning(
    layout: &'static Layout,
    space: Space,
    hash: u64,
    given: &[u8],
) -> Option<NameTarget> {
    let lookup = |hash, given: &[u8], want: fn(Target) -> bool| match space {
        Space::Env => layout.env_name(hash, given, want),
        Space::Key => layout.key_name(hash, given, want),
    };
    if let Some(group) = lookup(hash, given, |target| target == Target::Group) {
        return Some(NameTarget::Name(group));
    }
    if !given.windows(2).any(|pair| pair == b"__") {
        return None;
    }
    let text = str::from_utf8(given).ok()?;
    let (mut canonical, mut hashed) = (NameHash::EMPTY, 0);
    for (at, _) in text.match_indices("__") {
        let (before, after) = (&text[..at], &text[at + 2..]);
        canonical = canonical.text(&given[hashed..at]);
        hashed = at;
        let found = lookup(canonical.get(), before.as_bytes(), |target| {
            target == Target::Leaf
        });
        let Some(name) = found else {
            continue;
        };
        match layout.leaves[usize::from(name.index)].field {
            Field::Leaf(leaf) if matches!(leaf.kind(), Kind::Map(_)) && !after.is_empty() => {
                return Some(NameTarget::Inside(name, vec![after.to_owned()]));
            }
            Field::Group(_) if !after.is_empty() => {
                let path = match after.split_once("__") {
                    Some((element, rest)) => vec![element.to_owned(), rest.to_owned()],
                    None => vec![after.to_owned()],
                };
                return Some(NameTarget::Inside(name, path));
            }
            _ => {}
        }
    }
    None
}
