//! Targets of the names in sources. Other prefixes, and other names of groups, are replaced by the canonical ones, because
//! the tables have only these.

use super::{
    Alias, Field, Nested, Schema, element,
    layout::{Layout, LayoutName, NameSpace, Target},
    lookup::{NameTarget, key_inside, target},
    names::upper_key,
};
use crate::{
    error::origin::{Layer, Origin},
    value::path::Segment,
};
use settings_syntax::name;

/// The most replacements in one name.
const MAX_STEPS: usize = 4;

/// The rank of a name with another prefix. Names of settings rank before those of groups, and these before prefixes.
const PREFIX_RANK: u8 = 0x80;
const GROUP_RANK: u8 = 0x40;

/// Another beginning of names, and the canonical one.
struct OtherStart {
    /// Beginning of such a name: the canonical path to the group and then its other name, or another prefix.
    before: &'static str,
    other: &'static str,
    /// Whether a separator follows.
    is_group: bool,
    canonical: &'static str,
    rank: u8,
    is_deprecated: bool,
}

/// Returns the target of a variable.
#[inline]
pub(crate) fn target_of_variable(layout: &'static Layout, given: &[u8]) -> Option<NameTarget> {
    match layout.canonical_env_name(given) {
        Some(name) if name.target != Target::Group => Some(NameTarget::canonical(*name)),
        _ => target_of_flat_name(layout, NameSpace::Env, given),
    }
}

/// Returns the target of a flat name, which may have another prefix, or other names of groups.
#[inline]
pub(crate) fn target_of_flat_name(
    layout: &'static Layout,
    space: NameSpace,
    given: &[u8],
) -> Option<NameTarget> {
    target(layout, space, name::hash(given), given)
        .or_else(|| target_of_other_name(layout, space, given))
}

/// Returns the target of a key. Inside lists and maps, the key may be spelled as reports print it: `hosts[0].port`, `sites."example.com".port`.
pub(crate) fn target_of_key(layout: &'static Layout, given: &str) -> Option<NameTarget> {
    let hash = name::hash(given.as_bytes());
    target(layout, NameSpace::Key, hash, given.as_bytes())
        .or_else(|| key_inside(layout, given))
        .or_else(|| target_of_other_name(layout, NameSpace::Key, given.as_bytes()))
}

/// Returns the target of a key of a store. A slash always separates, like `__` in a variable.
#[cfg(feature = "remote")]
pub(crate) fn target_of_store_key(layout: &'static Layout, key: &str) -> Option<NameTarget> {
    let flat = key.trim_start_matches('/').replace('/', "__");
    target_of_flat_name(layout, NameSpace::Key, flat.as_bytes())
}

/// The target of a key, alias, variable or flag.
pub(crate) fn target_of(layout: &'static Layout, key: &str) -> Option<NameTarget> {
    target_of_key(layout, key)
        .or_else(|| target_of_flat_name(layout, NameSpace::Env, key.as_bytes()))
}

/// The key that a name maps to: of a setting, of a group, or of something in a list or map, where names that match nothing
/// stay as given.
pub(crate) fn canonical_key(layout: &'static Layout, key: &str) -> Option<String> {
    Some(match target_of(layout, key)? {
        NameTarget::Name(name) if name.target == Target::Group => {
            layout.key_of_group(name.index).to_owned()
        }
        NameTarget::Name(name) => layout.key_of(name.index.into()).to_owned(),
        NameTarget::Inside(name, path) => {
            let key = layout.key_of(name.index.into()).to_owned();
            match layout.leaves[usize::from(name.index)].field {
                Field::Group(nested) => key + &canonical_inside(nested, &path),
                Field::Leaf(_) => {
                    let steps = path.iter().map(|step| Segment::Name(step).to_string());
                    steps.fold(key, |key, step| key + &step)
                }
            }
        }
    })
}

/// The rest of a key inside a list or map of groups.
fn canonical_inside(nested: &Nested, steps: &[String]) -> String {
    let Some((element, rest)) = steps.split_first() else {
        return String::new();
    };
    let key = element::segment(nested.shape, element).to_string();
    match (rest, nested.inner(), nested.elements) {
        ([], ..) => key,
        (rest, Some(inner), _) => key + &canonical_inside(inner, rest),
        ([name, ..], None, Some(elements)) => {
            let canonical = canonical_key(elements(), name);
            let name = canonical.unwrap_or_else(|| name.replace("__", "."));
            format!("{key}.{name}")
        }
        ([name, ..], None, None) => format!("{key}.{name}"),
    }
}

/// Returns the target of a key, or of the canonical variable name of a setting.
pub(crate) fn target_of_key_or_variable(
    layout: &'static Layout,
    given: &str,
) -> Option<NameTarget> {
    target_of_key(layout, given).or_else(|| {
        let name = layout.canonical_env_name(given.as_bytes())?;
        (name.target == Target::Leaf).then_some(NameTarget::canonical(*name))
    })
}

/// Returns the target of a name that begins with another prefix, or contains another name of a group.
#[cold]
fn target_of_other_name(
    layout: &'static Layout,
    space: NameSpace,
    given: &[u8],
) -> Option<NameTarget> {
    if !layout.has_other_names {
        return None;
    }
    replaced(layout, space, str::from_utf8(given).ok()?, MAX_STEPS)
}

fn replaced(
    layout: &'static Layout,
    space: NameSpace,
    given: &str,
    steps: usize,
) -> Option<NameTarget> {
    if steps == 0 {
        return None;
    }
    layout.other_starts(space).find_map(|start| {
        let name = start.replace(given)?;
        let hash = name::hash(name.as_bytes());
        let found = target(layout, space, hash, name.as_bytes());
        let found = found.or_else(|| match space {
            NameSpace::Key => key_inside(layout, &name),
            NameSpace::Env => None,
        });
        let mut found = found
            .filter(|target| start.is_group || !layout.is_by_env(target))
            .or_else(|| replaced(layout, space, &name, steps - 1))?;
        let (NameTarget::Name(name) | NameTarget::Inside(name, _)) = &mut found;
        name.rank = name.rank.saturating_add(start.rank);
        name.deprecated |= start.is_deprecated;
        name.is_canonical = false;
        Some(found)
    })
}

/// A variable with canonical names of groups and the canonical prefix in place of others, in each way that this is possible.
pub(crate) fn with_canonical_starts(layout: &'static Layout, variable: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if !layout.has_other_names {
        return names;
    }
    let mut last = vec![variable.to_owned()];
    for _ in 0..MAX_STEPS {
        let starts = || layout.other_starts(NameSpace::Env);
        last = last
            .iter()
            .flat_map(|name| starts().filter_map(move |start| start.replace(name)))
            .collect();
        names.extend(last.iter().cloned());
    }
    names
}

/// The limit for names that are compared with a misspelled one.
const MAX_OTHER_SPELLINGS: usize = 10_000;

/// Names of leaves that are not in the tables, with the leaf of each: the variable that a setting with `env` would have
/// without it, and names with other names of groups.
pub(crate) fn other_spellings(layout: &'static Layout, space: NameSpace) -> Vec<(String, usize)> {
    let leaves = || 0..layout.leaves.len();
    let mut names: Vec<(String, usize)> = Vec::new();
    if space == NameSpace::Env && (layout.has_stated_env || layout.has_other_names) {
        let Schema {
            prefix, nesting, ..
        } = layout.schema;
        names.extend(leaves().filter_map(|at| {
            let derived = format!("{prefix}{}", upper_key(layout.key_of(at), nesting));
            (!name::same(&derived, layout.env_of(at))).then_some((derived, at))
        }));
    }
    if !layout.has_other_names {
        return names;
    }
    let of_leaf = |at: usize| match space {
        NameSpace::Env => layout.env_of(at),
        NameSpace::Key => layout.key_of(at),
    };
    let mut last: Vec<_> = leaves().map(|at| (of_leaf(at).to_owned(), at)).collect();
    for _ in 0..MAX_STEPS {
        let starts = layout.other_starts(space).filter(|start| start.is_group);
        last = starts
            .flat_map(|start| {
                let each = last.iter();
                let each = each.filter_map(|(name, at)| Some((start.spell(name)?, *at)));
                each.collect::<Vec<_>>()
            })
            .take(MAX_OTHER_SPELLINGS.saturating_sub(names.len()))
            .collect();
        names.extend(last.iter().cloned());
    }
    names
}

impl OtherStart {
    /// The name with this beginning in place of the canonical one.
    fn spell(&self, canonical: &str) -> Option<String> {
        let rest = canonical.strip_prefix(self.canonical)?;
        let is_inside = rest.starts_with(['_', '.']);
        is_inside.then(|| format!("{}{}{rest}", self.before, self.other))
    }

    /// The canonical name.
    fn replace(&self, given: &str) -> Option<String> {
        let rest = name::strip_prefix(given.as_bytes(), self.before.as_bytes())?;
        let rest = name::strip_prefix(rest, self.other.as_bytes())?;
        let ends = matches!(rest, [] | [b'_' | b'-' | b'.' | b'[', ..]);
        let rest = given.get(given.len() - rest.len()..)?;
        if self.is_group {
            ends.then(|| format!("{}{rest}", self.canonical))
        } else {
            let rest = rest.trim_start_matches(['_', '-', '.']);
            (!rest.is_empty()).then(|| format!("{}{rest}", self.canonical))
        }
    }
}

impl Layout {
    fn other_starts(&'static self, space: NameSpace) -> impl Iterator<Item = OtherStart> {
        let prefixes = match space {
            NameSpace::Env => self.schema.other_prefixes,
            NameSpace::Key => &[],
        };
        let prefixes = (0_u8..).zip(prefixes).map(|(nth, prefix)| OtherStart {
            before: "",
            other: prefix.name,
            is_group: false,
            canonical: self.text(self.groups[0].env.text),
            rank: PREFIX_RANK.saturating_add(nth),
            is_deprecated: prefix.deprecated,
        });
        let path = move |group: usize| match space {
            NameSpace::Env => self.text(self.groups[group].env.text),
            NameSpace::Key => self.text(self.groups[group].key.text),
        };
        let groups = self.groups.iter().enumerate().skip(1);
        let groups = groups.filter_map(move |(at, group)| {
            let nested = group.nested?;
            // A prefix of its own replaces every name of the group.
            let is_named = space == NameSpace::Key || nested.prefix.is_none();
            let canonical = path(at).trim_end_matches(['_', '.']);
            is_named.then(|| (path(group.parent.into()), nested.aliases, canonical))
        });
        let leaves = self.leaves.iter().filter_map(move |leaf| {
            let Field::Group(nested) = leaf.field else {
                return None;
            };
            let name = match space {
                NameSpace::Env => leaf.env_name,
                NameSpace::Key => leaf.key_name,
            };
            let canonical = self.text(self.names[usize::from(name)].text);
            Some((path(leaf.group.into()), nested.aliases, canonical))
        });
        let groups = groups.chain(leaves);
        let groups = groups.flat_map(|(before, aliases, canonical)| {
            (0_u8..).zip(aliases).map(move |(nth, alias)| OtherStart {
                before,
                other: alias.name,
                is_group: true,
                canonical,
                rank: GROUP_RANK.saturating_add(nth),
                is_deprecated: alias.deprecated,
            })
        });
        groups.chain(prefixes)
    }

    /// Whether a name is one that `env` states as a whole, so that other prefixes do not apply.
    fn is_by_env(&self, target: &NameTarget) -> bool {
        let (NameTarget::Name(name) | NameTarget::Inside(name, _)) = target;
        let is_leaf = name.target != Target::Group;
        let leaf = is_leaf.then(|| self.leaf(name.index.into())).flatten();
        let text = self.text(name.text);
        let text = match name.target {
            Target::File => text.strip_suffix("_FILE").unwrap_or(text),
            _ => text,
        };
        leaf.is_some_and(|leaf| leaf.env.contains(&text))
    }

    /// The other settings that read the same variable.
    #[inline]
    pub(crate) fn sharing(&'static self, name: LayoutName, origin: &Origin) -> Vec<LayoutName> {
        let is_leaf = name.target != Target::Group;
        let leaf = is_leaf.then(|| self.leaf(name.index.into())).flatten();
        if !leaf.is_some_and(|leaf| leaf.env_is_shared) {
            return Vec::new();
        }
        let by_variable = [Layer::Environment, Layer::EnvFile, Layer::SecretsDir];
        let others = self.candidates(self.env, name.hash).filter(|other| {
            other.index != name.index && other.target == name.target && self.is_shared(other)
        });
        let others = others.filter(|_| by_variable.contains(&origin.layer()));
        let others = others.map(|other| LayoutName {
            is_canonical: name.is_canonical,
            ..*other
        });
        others.collect()
    }

    fn is_shared(&self, name: &LayoutName) -> bool {
        let leaf = self.leaf(name.index.into());
        leaf.is_some_and(|leaf| leaf.env_is_shared) && self.is_by_env(&NameTarget::Name(*name))
    }

    /// Finds a group, or a list or map of groups, by another name in the table of a group.
    pub(crate) fn field_by_alias(
        &self,
        group: u16,
        key: &str,
    ) -> Option<(LayoutName, &'static Alias)> {
        if !self.has_other_names {
            return None;
        }
        let home = |of: u16| self.groups[usize::from(of)].home;
        let groups = self.groups.iter().skip(1);
        let groups = groups.filter_map(|each| Some((each.parent, each.nested?)));
        let leaves = self.leaves.iter().filter_map(|leaf| match leaf.field {
            Field::Group(nested) => Some((leaf.group, nested)),
            Field::Leaf(_) => None,
        });
        let mut fields = groups.chain(leaves);
        fields.find_map(|(parent, nested)| {
            let mut aliases = nested.aliases.iter();
            let alias =
                aliases.find(|alias| home(parent) == group && name::same(alias.name, key))?;
            Some((self.field(group, nested.key)?, alias))
        })
    }

    /// Whether a variable begins with a prefix of the settings, or of one of their groups.
    #[inline]
    pub(crate) fn is_under_prefix(&self, variable: &[u8]) -> bool {
        self.has_root_prefix() && self.after_prefix(variable).is_some()
            || self.has_other_names && {
                let mut prefixes = self.group_prefixes();
                prefixes.any(|prefix| name::strip_prefix(variable, prefix.as_bytes()).is_some())
            }
    }

    /// Whether the settings, or those of a group, have a prefix.
    pub(crate) fn has_prefix(&self) -> bool {
        self.has_root_prefix() || self.has_other_names && self.group_prefixes().next().is_some()
    }

    fn has_root_prefix(&self) -> bool {
        !self.schema.prefix.is_empty() || !self.schema.other_prefixes.is_empty()
    }

    fn group_prefixes(&self) -> impl Iterator<Item = &'static str> {
        self.groups.iter().filter_map(|group| group.nested?.prefix)
    }

    /// The rest of the name of a variable after a prefix of the root.
    pub(super) fn after_prefix<'v>(&self, variable: &'v [u8]) -> Option<&'v [u8]> {
        let after = |prefix: &str| name::strip_prefix(variable, prefix.as_bytes());
        let prefix = self.schema.prefix;
        let canonical = (!prefix.is_empty()).then(|| after(prefix)).flatten();
        let mut others = self.schema.other_prefixes.iter();
        canonical.or_else(|| others.find_map(|prefix| after(prefix.name)))
    }
}
