//! The names of enums and of keys: the variant that a name selects, which names are aliases, and whether a variant carries data.

use super::{Field, Kind, Leaf, Nested, Shape, Variant};
use settings_syntax::boolean;

/// Asks a type for its kind, and the innermost enum in it about one of its names.
pub(crate) type KindOf = fn(Option<&mut VariantProbe<'_>>) -> Kind;

/// A question about a name of an enum, and the answer. The name may be of no enum, to ask for the `Option`s only.
#[derive(Debug)]
pub struct VariantProbe<'n> {
    pub(crate) name: &'n str,
    /// A hash of the variant. Names with the same hash are aliases of each other.
    pub(crate) variant: Option<u64>,
    pub(crate) carries_data: bool,
    /// Bit `n` is set for an `Option` inside `n` lists and maps.
    pub(crate) options: u32,
    /// The question is about the name of a key instead, in the map that is inside as many lists and maps.
    pub(crate) key_depth: Option<u8>,
    /// What the key means.
    pub(crate) key: Option<KeyForm>,
}

/// What a key of a map means to its type. Names with the same form are the same key. A key that is text has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum KeyForm {
    /// A hash of the variant of an enum.
    Variant(u64),
    /// The name of a variant, if serde does not show the variant.
    Name(String),
    Number(String),
    Bool(bool),
}

impl KeyForm {
    /// Asks a type about the name of a key in the map that is inside as many lists and maps.
    pub(crate) fn ask(kind: KindOf, depth: u8, name: &str) -> Option<Self> {
        let mut probe = VariantProbe::of(name);
        probe.key_depth = Some(depth);
        let _ = kind(Some(&mut probe));
        probe.key
    }
}

impl<'n> VariantProbe<'n> {
    pub(crate) fn of(name: &'n str) -> Self {
        Self {
            name,
            variant: None,
            carries_data: false,
            options: 0,
            key_depth: None,
            key: None,
        }
    }
}

/// The index of the variant of an enum of settings with this name or alias. Case, `-` and `_` are ignored unless a name
/// is exactly the same, and an alias that is a word for true or false covers all words of that value.
pub(crate) fn named(text: &str, variants: &[&Variant]) -> Option<usize> {
    let names =
        |variant: &Variant| std::iter::once(variant.name).chain(variant.aliases.iter().copied());
    let find = |is_same: &dyn Fn(&str) -> bool| {
        variants
            .iter()
            .position(|variant| !variant.scalar && names(variant).any(is_same))
    };
    find(&|name| name == text)
        .or_else(|| find(&|name| folded(name) == folded(text)))
        .or_else(|| {
            let value = boolean::parse(text)?;
            find(&|name| boolean::parse(name) == Some(value))
        })
}

/// The value that `--no-` before the name of a group sets: false if an enum has it as an alias, or null if the group is
/// optional.
pub(crate) fn negation(nested: &Nested) -> Option<&'static str> {
    let fields = nested.group.fields.iter();
    let mut variants = fields.filter_map(|field| match field {
        Field::Group(nested) => nested.variant,
        Field::Leaf(_) => None,
    });
    let is_false = |name: &&str| boolean::parse(name) == Some(false);
    let has_false =
        variants.any(|variant| is_false(&variant.name) || variant.aliases.iter().any(&is_false));
    match nested.shape {
        _ if has_false => Some("false"),
        Shape::Optional => Some("null"),
        Shape::One | Shape::List | Shape::Map => None,
    }
}

/// The names of an enum, as documents list them.
pub(crate) struct EnumNames {
    /// One name per variant.
    pub(crate) names: Vec<&'static str>,
    pub(crate) carries_data: bool,
}

impl EnumNames {
    /// The names without aliases, as reports list them.
    pub(crate) fn in_words(leaf: &Leaf, names: &'static [&'static str]) -> String {
        listed(&Self::of(leaf, names).names)
    }

    /// Asks the enum in the type of a setting about each of its names.
    pub(crate) fn of(leaf: &Leaf, names: &'static [&'static str]) -> Self {
        let mut variants: Vec<(Option<u64>, Vec<&'static str>)> = Vec::new();
        let mut carries_data = false;
        for &name in names {
            let mut probe = VariantProbe::of(name);
            let _ = (leaf.kind)(Some(&mut probe));
            carries_data |= probe.carries_data;
            let known = variants
                .iter_mut()
                .find(|(variant, _)| variant.is_some() && *variant == probe.variant);
            match known {
                Some((_, aliases)) => aliases.push(name),
                None => variants.push((probe.variant, vec![name])),
            }
        }
        let mut single = variants.iter().filter(|(_, names)| names.len() == 1);
        let style = single.next().map(|(_, names)| style(names[0]));
        let names = variants
            .iter()
            .map(|(_, names)| canonical(leaf, names, style));
        Self {
            names: names.collect(),
            carries_data,
        }
    }
}

/// The names of an enum, as reports list them: all, or the first of many.
pub(crate) fn listed(names: &[&str]) -> String {
    const MANY: usize = 24;
    const FIRST: usize = 12;
    if names.len() <= MANY {
        return format!("one of {}", names.join(", "));
    }
    let others = names.len() - FIRST;
    format!("one of {} and {others} others", names[..FIRST].join(", "))
}

/// The name that is not an alias. serde lists all of them in alphabetical order, so this is the one that the value prints,
/// in the style of the names of other variants.
fn canonical(leaf: &Leaf, names: &[&'static str], like: Option<VariantStyle>) -> &'static str {
    let [only] = names else {
        let printed = names
            .iter()
            .find_map(|name| (leaf.printed?)(leaf, name))
            .map(|text| folded(&text));
        let is_printed = |name: &&str| printed.as_deref() == Some(&*folded(name));
        let mut candidates: Vec<&str> = names.iter().copied().filter(is_printed).collect();
        if candidates.is_empty() {
            candidates = names.to_vec();
        }
        let alike = candidates.iter().find(|name| Some(style(name)) == like);
        return alike.or(candidates.last()).copied().unwrap_or_default();
    };
    only
}

/// Whether the first letter of a name is upper case, and whether all are.
type VariantStyle = (bool, bool);

fn style(name: &str) -> VariantStyle {
    (
        name.starts_with(char::is_uppercase),
        !name.contains(char::is_lowercase),
    )
}

/// A name without case, `-` and `_`, and without the brackets of a list that contains only it.
fn folded(name: &str) -> String {
    let name = name.trim_matches(['[', ']', '{', '}']);
    let kept = name.chars().filter(|ch| !matches!(ch, '-' | '_'));
    kept.flat_map(char::to_lowercase).collect()
}
