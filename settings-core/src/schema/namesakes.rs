//! Variants of enums in a layout, and names that are equal in several variants, of which only one is chosen.

use super::{
    Field, Variant,
    layout::{Layout, LayoutLeaf, LayoutName, Target},
    lookup::{NameTarget, path_inside},
};
use std::ops::Range;

impl LayoutName {
    /// Whether other variants of an enum have the same name.
    #[inline]
    pub(crate) fn has_namesakes(self) -> bool {
        self.namesake != 0
    }

    /// Whether it sets one leaf and nothing else.
    #[inline]
    pub(crate) fn sets_one_leaf(self) -> bool {
        self.is_plain && self.namesake == 0
    }

    /// The ring of equal names to which it belongs, or 0.
    pub(crate) fn ring(self) -> u16 {
        self.namesake
    }
}

impl Layout {
    /// The variant whose settings a group has.
    pub(crate) fn variant(&self, group: usize) -> Option<&'static Variant> {
        self.groups[group].nested?.variant
    }

    /// The variants of an enum, in order.
    pub(crate) fn variants_of(&self, group: usize) -> impl Iterator<Item = usize> {
        let inside = group + 1..self.groups.len();
        let inside = inside.take_while(move |&at| usize::from(self.groups[at].parent) >= group);
        inside.filter(move |&at| {
            usize::from(self.groups[at].parent) == group && self.variant(at).is_some()
        })
    }

    /// The key of the tag, and the name of the variant to which a leaf belongs.
    #[cfg(feature = "cli")]
    pub(crate) fn condition_of(&self, leaf: usize) -> Option<(String, &'static str)> {
        let mut group = usize::from(self.leaves[leaf].group);
        loop {
            let nested = self.groups[group].nested?;
            let parent = self.groups[group].parent;
            if let Some(variant) = nested.variant.filter(|variant| !variant.scalar) {
                let tag = self.groups[usize::from(parent)].group.tag?;
                return Some((format!("{}{tag}", self.group_path(parent)), variant.name));
            }
            group = parent.into();
        }
    }

    /// The leaf that is a value in place of an enum, if a variant has one.
    pub(crate) fn value_of_enum(&self, group: usize) -> Option<usize> {
        let mut variants = self.variants_of(group);
        let scalar = variants.find(|at| self.variant(*at).is_some_and(|variant| variant.scalar))?;
        Some(self.groups[scalar].first.into())
    }

    /// Whether a leaf belongs to a variant of an enum.
    pub(crate) fn is_in_variant(&self, leaf: usize) -> bool {
        self.is_in_variant_of(leaf, 0)
    }

    /// Whether a leaf of a group belongs to a variant of an enum that is the group or is in it.
    pub(crate) fn is_in_variant_of(&self, leaf: usize, group: usize) -> bool {
        let mut at = usize::from(self.leaves[leaf].group);
        while self.variant(at).is_none() {
            if at == group || at == 0 {
                return false;
            }
            at = usize::from(self.groups[at].parent);
        }
        true
    }

    /// The other names that are equal to a name, each in another variant.
    pub(crate) fn namesakes(&self, name: LayoutName) -> impl Iterator<Item = LayoutName> {
        let others = self.names_in_ring(name.namesake);
        let others = others.filter(move |other| other.text.start != name.text.start);
        others.map(move |other| LayoutName {
            is_canonical: name.is_canonical && self.text(other.text) == self.text(name.text),
            ..other
        })
    }

    /// Whether one of the equal names of a ring belongs to a leaf in this range.
    pub(crate) fn ring_touches(&self, ring: u16, leaves: &Range<usize>) -> bool {
        let mut names = self.names_in_ring(ring);
        names.any(|name| name.target != Target::Group && leaves.contains(&name.index.into()))
    }

    /// Whether a name of a leaf is also a name of a leaf in this range.
    pub(crate) fn shares_a_name(&self, leaf: usize, leaves: &Range<usize>) -> bool {
        let LayoutLeaf {
            env_name, key_name, ..
        } = self.leaves[leaf];
        [env_name, key_name]
            .into_iter()
            .any(|name| self.ring_touches(self.names[usize::from(name)].namesake, leaves))
    }

    /// The targets in other variants that have the same name.
    pub(crate) fn alternatives(&self, target: &NameTarget) -> Vec<NameTarget> {
        match target {
            NameTarget::Name(name) if name.target == Target::File => {
                self.alternatives_of_file(*name)
            }
            NameTarget::Name(name) => self.namesakes(*name).map(NameTarget::Name).collect(),
            NameTarget::Inside(name, path) => {
                let inside = self.namesakes(*name).filter_map(|name| {
                    let path = match self.leaves[usize::from(name.index)].field {
                        Field::Leaf(leaf) => path_inside(&leaf.kind(), &path.join("__"))?,
                        Field::Group(_) => path.clone(),
                    };
                    Some(NameTarget::Inside(name, path))
                });
                inside.collect()
            }
        }
    }

    /// A `_FILE` variable sets the setting in each variant, also where the setting is not secret.
    fn alternatives_of_file(&self, name: LayoutName) -> Vec<NameTarget> {
        let mut names: Vec<LayoutName> = self.namesakes(name).collect();
        let is_base = |other: &&LayoutName| {
            other.index == name.index && other.target == Target::Leaf && other.rank == name.rank
        };
        if let Some(base) = self.names.iter().find(is_base) {
            let others = self.namesakes(*base).map(|other| LayoutName {
                target: Target::File,
                namesake: base.namesake,
                ..other
            });
            for other in others {
                let is_same = |known: &LayoutName| known.index == other.index;
                if other.index != name.index && !names.iter().any(is_same) {
                    names.push(other);
                }
            }
        }
        names.into_iter().map(NameTarget::Name).collect()
    }

    fn names_in_ring(&self, ring: u16) -> impl Iterator<Item = LayoutName> {
        let mut next = ring;
        std::iter::from_fn(move || {
            let name = *self.names.get(usize::from(next.checked_sub(1)?))?;
            next = match name.namesake {
                next if next == ring => 0,
                next => next,
            };
            Some(name)
        })
    }
}
