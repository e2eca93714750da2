//! Elements of lists and maps of groups, each with its own slots.

use super::{
    Candidate, FlatText, GroupsNode, Part, Resolved, Scope, SlotValue, SourceOrder, UnknownName,
    bind_table::TableSource,
    flat_text::{begins_like_json, kind_of, malformed, not_json, read_json},
    unknown::{near_spelling, question, with_separators_inside},
};
use crate::value::sort::sort_by_key;
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    schema::{
        Field, Nested, Shape, element,
        layout::{Layout, NameSpace},
        lookup::{NameTarget, steps_to_setting},
        names,
        target::{other_spellings, target_of_key},
    },
    value::{
        node::{Item, Node, Offset},
        path::{KeyPath, Segment},
        raw::Raw,
    },
};
use settings_syntax::{name, suggest};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};
use zeroize::Zeroizing;

/// The elements of a list or map of groups, each with its own slots.
type Elements = Vec<(String, Resolved)>;

/// The names of a list or map of groups.
pub(crate) struct CollectionName<'a> {
    /// Printed form, as in reports.
    pub(crate) key: &'a str,
    /// The canonical variable.
    pub(crate) variable: &'a str,
    /// The separator of groups in the variables of elements.
    pub(crate) nesting: &'a str,
    /// Whether it is an element of another list or map.
    pub(crate) is_inner: bool,
    pub(crate) shape: Shape,
}

impl Resolved {
    /// Binds a map of groups key by key.
    pub(super) fn bind_map_of_groups(
        &mut self,
        source: SourceOrder,
        leaf: u16,
        node: Node<'_>,
        origin: &Origin,
    ) {
        match node {
            Node::Table(entries) if entries.is_empty() => {
                // It changes no entry, but an optional map is present.
                let candidate = Candidate {
                    value: SlotValue::Groups(GroupsNode(Node::Table(Vec::new()))),
                    origin: origin.clone(),
                    scope: Scope::Group,
                    is_canonical: true,
                };
                self.bind(source, self.layout.key_name_of(leaf), candidate);
            }
            Node::Table(mut entries) => {
                // In the order of the file, which a TOML table does not keep.
                sort_by_key(&mut entries, |entry| entry.key_at.bytes());
                for entry in entries {
                    let key = || {
                        let key = Segment::Name(&entry.key);
                        format!("{}{key}", origin.name().unwrap_or_default())
                    };
                    let origin = origin.within(key, entry.at);
                    let value = match entry.value {
                        Node::Null => SlotValue::Empty,
                        value => SlotValue::Groups(GroupsNode(value.into_owned())),
                    };
                    let path = vec![entry.key.into_owned()];
                    self.bind_part(source, leaf, path, value, origin, false);
                }
            }
            other => {
                let expected = match self.layout.leaves[usize::from(leaf)].field {
                    Field::Group(nested) => element::tables(&nested.shapes()),
                    Field::Leaf(_) => "a table".to_owned(),
                };
                let problem = malformed(&expected, kind_of(&other), origin)
                    .with_help("write a table for each of its keys");
                self.report_setting(leaf.into(), problem);
            }
        }
    }

    /// Binds an element that is a list or map of groups itself.
    fn bind_inner(
        &mut self,
        source: SourceOrder,
        nested: &Nested,
        node: Node<'_>,
        origin: &Origin,
    ) {
        let value = match node {
            Node::Null => SlotValue::Empty,
            node if nested.shape == Shape::Map => {
                // Its keys are bound one by one, so this is the origin of a map without keys.
                self.slots[0].origin = origin.clone();
                return self.bind_map_of_groups(source, 0, node, origin);
            }
            node => SlotValue::Groups(GroupsNode(node.into_owned())),
        };
        let name = self.layout.key_name_of(0);
        let candidate = Candidate {
            value,
            origin: origin.clone(),
            scope: Scope::Group,
            is_canonical: true,
        };
        self.bind(source, name, candidate);
    }
}

/// Sorts the values of a list or map of groups into its elements. `keys` decodes the keys of a map. Names that match no
/// setting create no element; those without an element are returned, too.
pub(crate) fn elements(
    blank: impl Fn() -> Resolved,
    keys: Option<&mut dyn KeyNumbers>,
    value: SlotValue,
    origin: &Origin,
    mut parts: Vec<Part>,
    layer: u16,
    collection: &CollectionName<'_>,
) -> Result<(Elements, Vec<UnknownName>), Problem> {
    let blank = || Resolved {
        is_element: true,
        ..blank()
    };
    let value = match value {
        SlotValue::Groups(GroupsNode(Node::Table(_))) if keys.is_some() => SlotValue::Unset,
        value => value,
    };
    let variable = collection.variable;
    let mut elements: Elements = Vec::new();
    // The elements that only unknown names mention.
    let mut unset: BTreeSet<usize> = BTreeSet::new();
    let mut known = keys.map(KnownKeys::new);
    let replaced = !matches!(value, SlotValue::Unset);
    if let SlotValue::Groups(GroupsNode(node)) = value {
        let items = match node {
            Node::List(items) => items,
            // One table is a list of one.
            table @ Node::Table(_) => vec![Item::new(table)],
            node => {
                return Err(malformed("a list of tables", kind_of(&node), origin)
                    .with_help("write a table for each of its elements"));
            }
        };
        for (index, item) in items.into_iter().enumerate() {
            let key = || format!("{}[{index}]", origin.name().unwrap_or_default());
            let mut element = blank();
            if !element.fits() {
                return Err(too_many(origin));
            }
            bind_element(
                &mut element,
                layer,
                item.value,
                &origin.within(key, item.at),
            )?;
            elements.push((index.to_string(), element));
        }
    }
    parts.retain(|part| !replaced || part.layer >= layer);
    // The sort is stable, so the order of each source is kept.
    let is_map = known.is_some();
    sort_by_key(&mut parts, |part| {
        let index = if is_map { 0 } else { index_of(&part.path) };
        (index, part.layer, part.path.len())
    });
    for mut part in parts {
        if known.is_some() && matches!(part.origin.layer(), Layer::Argument | Layer::Set) {
            split_at_known(&mut part.path, &elements, &blank);
        }
        if part.path.len() == 1 && matches!(part.value, SlotValue::Empty) {
            continue;
        }
        let is_flat = part.is_flat && part.path.len() > 1;
        let len = elements.len();
        let at = match &mut known {
            Some(known) => match known.position(&part, len) {
                Some(at) => at,
                // Its problem is already reported.
                None => continue,
            },
            None => match list_index(&part, len, variable) {
                Ok(at) => at.unwrap_or(len),
                Err(problem) => {
                    let layout = blank().layout;
                    let is_number = index_of(&part.path) != usize::MAX;
                    let meant = collection.with_separators(layout, &part.path, &part.origin);
                    return Err(match meant.filter(|_| !is_number) {
                        Some(meant) => no_index(&part.origin).with_help(question(&meant)),
                        None => problem,
                    });
                }
            },
        };
        if at == len {
            let element = blank();
            if !element.fits() {
                return Err(too_many(&part.origin));
            }
            elements.push((part.path[0].clone(), element));
            unset.insert(at);
        }
        let (name, element) = &mut elements[at];
        let creates = bind_part_of_element(element, part, collection)
            .map_err(|problem| problem.at(collection.key_of(name)))?;
        if creates || !is_flat {
            unset.remove(&at);
        }
    }
    // An element of a list is only left out at its end, so that the others keep their indexes.
    let mut unknown = Vec::new();
    for at in unset.into_iter().rev() {
        if is_map || at + 1 == elements.len() {
            unknown.append(&mut elements.remove(at).1.unknown_names);
        }
    }
    unknown.reverse();
    for (_, element) in &mut elements {
        element.apply_discards();
    }
    Ok((elements, unknown))
}

/// Divides the names of a key without quotes again, if an entry of a map of maps or lists has a name with dots that the key
/// begins with.
fn split_at_known(path: &mut Vec<String>, elements: &Elements, blank: &dyn Fn() -> Resolved) {
    let is_known = |name: &str| elements.iter().any(|(known, _)| known == name);
    if path.len() < 2 || is_known(&path[0]) {
        return;
    }
    let joined = path.join(".");
    let found = elements.iter().find_map(|(name, _)| {
        let rest = joined.strip_prefix(&**name)?.strip_prefix('.')?;
        let inner = blank().layout.element()?;
        let rest = KeyPath::parse(rest)?;
        let rest = steps_to_setting(inner, &rest.segments().collect::<Vec<_>>())?;
        Some(std::iter::once(name.clone()).chain(rest).collect())
    });
    if let Some(found) = found {
        *path = found;
    }
}

fn too_many(origin: &Origin) -> Problem {
    let what = "the elements of lists and maps of groups have more than 150,000 settings in all,";
    let problem = Problem::new(ProblemKind::Malformed, what).from(origin.clone());
    problem.with_help("use fewer elements")
}

/// Decoder of the keys of a map, which numbers the keys that differ.
pub(crate) trait KeyNumbers {
    /// The number of the key that a name is: that of an equal key, or the next one. Reports a name that is no key.
    fn number(&mut self, name: &str, origin: &Origin) -> Option<usize>;

    /// Reports a name whose key the same layer sets by another name, too.
    fn repeated(&mut self, name: &str, earlier: &str, origin: &Origin);
}

/// The keys of a map of groups so far, lowest layer first, with the indexes of their elements.
struct KnownKeys<'k> {
    keys: &'k mut dyn KeyNumbers,
    /// Indexes of the elements, by the number of the key.
    elements: HashMap<usize, usize>,
    /// The first name of each key in each layer.
    names: HashMap<(usize, u16), String>,
    /// The first key of each normalized name, with its layer.
    normalized: HashMap<Vec<u8>, (usize, u16)>,
}

impl<'k> KnownKeys<'k> {
    fn new(keys: &'k mut dyn KeyNumbers) -> Self {
        Self {
            keys,
            elements: HashMap::new(),
            names: HashMap::new(),
            normalized: HashMap::new(),
        }
    }

    /// The index of the element that contains a part: `len` if it is a new one.
    fn position(&mut self, part: &Part, len: usize) -> Option<usize> {
        let name = &part.path[0];
        let key = self.keys.number(name, &part.origin)?;
        let earlier = self.names.entry((key, part.layer)).or_insert(name.clone());
        if earlier != name {
            self.keys.repeated(name, earlier, &part.origin);
        }
        // The names of most flat sources do not show the case of a key, so it is taken from a lower layer.
        let below = || {
            let normalized = self.normalized.get(&name::normalized(name));
            let (at, layer) = *normalized.filter(|_| part.is_flat)?;
            (layer < part.layer).then_some(at)
        };
        let at = self.elements.get(&key).copied().or_else(below);
        let at = at.unwrap_or(len);
        self.elements.insert(key, at);
        if at == len {
            self.normalized
                .entry(name::normalized(name))
                .or_insert((at, part.layer));
        }
        Some(at)
    }
}

pub(super) fn index_of(path: &[String]) -> usize {
    path[0].parse().unwrap_or(usize::MAX)
}

/// The index of the element that contains a part, or `None` if the part adds the next element.
pub(super) fn list_index(
    part: &Part,
    len: usize,
    variable: &str,
) -> Result<Option<usize>, Problem> {
    let index = part.path[0].parse::<usize>().map_err(|_| {
        let help = match part.path.len() {
            1 => format!("write {variable}__{len}"),
            _ => format!("write {variable}__{len}__ and the name of a setting"),
        };
        no_index(&part.origin).with_help(help)
    })?;
    if index > len {
        let what = format!("element {index} is set, but element {len} is not: a list has no gaps,");
        let help = match part.path.len() {
            1 => format!("set {variable}__{len} too, or number this one {len}"),
            _ => format!("set {variable}__{len}__… too, or number this one {len}"),
        };
        let problem = Problem::new(ProblemKind::Malformed, what);
        return Err(problem.from(part.origin.clone()).with_help(help));
    }
    Ok((index < len).then_some(index))
}

fn no_index(origin: &Origin) -> Problem {
    let expected = "the index of an element after the name of the list";
    malformed(expected, "another name", origin)
}

/// Binds one value inside an element. Returns whether it creates the element: an unknown name does not, except where a
/// required setting was probably meant, whose problem then reports the name.
fn bind_part_of_element(
    element: &mut Resolved,
    part: Part,
    collection: &CollectionName<'_>,
) -> Result<bool, Problem> {
    let Part {
        mut path,
        value,
        origin,
        layer,
        is_ordered,
        is_flat,
    } = part;
    let layout = element.layout;
    let mut creates = true;
    if let Some(Misspelled {
        meant,
        is_required,
        is_here,
    }) = collection.misspelled(layout, &path, &origin, element)
    {
        let is_denied = matches!(origin.layer(), Layer::Argument | Layer::Set);
        creates = is_required && !is_denied;
        // The element that misses the setting reports the name.
        if is_here || !creates {
            element.unknown_names.push(UnknownName {
                name: origin.name().unwrap_or(&path[1]).to_owned(),
                hint: meant.map(|meant| question(&meant)),
                path: None,
                origin,
            });
            return Ok(creates);
        }
    }
    if layout.element().is_some() && path.len() > 1 {
        path.remove(0);
        let source = SourceOrder { layer, is_ordered };
        element.bind_part(source, 0, path, value, origin, is_flat);
        return Ok(creates);
    }
    match (path.get(1), value) {
        (Some(rest), value) => {
            let Some(target) = target_of_key(layout, rest) else {
                return Ok(false);
            };
            let text = match value {
                SlotValue::Value(Raw::Text { text, quoted }) => FlatText { text, quoted },
                _ => FlatText::unquoted(Zeroizing::default()),
            };
            let target = match origin.layer() {
                Layer::Environment | Layer::EnvFile => target.canonical_if(|name| {
                    let key = layout.canonical_name(name);
                    let name = origin.name().unwrap_or_default();
                    names::is_variable_inside(name, collection.variable, &path[0], key)
                }),
                _ => target,
            };
            element.bind_text(SourceOrder { layer, is_ordered }, target, text, origin);
        }
        (None, SlotValue::Groups(GroupsNode(node))) => bind_element(element, layer, node, &origin)?,
        (None, SlotValue::Value(raw @ Raw::Text { .. }))
            if element.is_enum(0)
                && raw
                    .as_text()
                    .is_some_and(|text| element.takes_text(0, &text)) =>
        {
            element.bind_shorthand(SourceOrder { layer, is_ordered }, 0, raw, origin);
        }
        (None, SlotValue::Value(Raw::Text { text, .. })) => match read_json(&text) {
            Ok(node) => {
                let is_scalar = !matches!(node, Node::Table(_) | Node::List(_) | Node::Null);
                let meant = is_scalar.then(|| collection.with_separators(layout, &path, &origin));
                if let Some(meant) = meant.flatten() {
                    let problem = malformed("a table for each element", kind_of(&node), &origin);
                    return Err(problem.with_help(question(&meant)));
                }
                bind_element(element, layer, node, &origin)?;
            }
            read => {
                let shape = layout.element().map_or(Shape::One, |nested| nested.shape);
                return Err(match collection.with_separators(layout, &path, &origin) {
                    Some(meant) if !begins_like_json(&text) => {
                        let expected = "a JSON object of settings";
                        let problem = malformed(expected, "text that is not JSON", &origin);
                        problem.with_help(question(&meant))
                    }
                    _ => not_json(shape, &read, &origin),
                });
            }
        },
        (None, _) => {}
    }
    Ok(true)
}

/// A name inside an element that matches no setting.
struct Misspelled {
    /// The name that was probably meant.
    meant: Option<String>,
    /// Whether that is of a setting which its struct always requires.
    is_required: bool,
    /// Whether it is a name of this element, and not of a list or map inside it.
    is_here: bool,
}

impl CollectionName<'_> {
    /// The misspelling in the names of an element and inside it. `layout` is that of an element.
    fn misspelled(
        &self,
        layout: &'static Layout,
        path: &[String],
        origin: &Origin,
        suggests: &Resolved,
    ) -> Option<Misspelled> {
        let [element, rest, ..] = path else {
            return None;
        };
        let (nested, key, inside) = match (layout.element(), target_of_key(layout, rest)) {
            (Some(nested), _) => (nested, "", path[1..].to_vec()),
            (None, Some(NameTarget::Inside(name, inside))) => {
                let Field::Group(nested) = layout.leaves[usize::from(name.index)].field else {
                    return None;
                };
                (nested, layout.key_of(name.index.into()), inside)
            }
            (None, Some(NameTarget::Name(_))) => return None,
            (None, None) => {
                if !suggests.may_suggest() {
                    return Some(Misspelled {
                        meant: None,
                        is_required: false,
                        is_here: true,
                    });
                }
                let near = suggest::nearest(rest, layout.keys()).or_else(|| {
                    let others = other_spellings(layout, NameSpace::Key);
                    near_spelling(rest, &others).map(|at| layout.key_of(at))
                });
                let separated = self.with_separators(layout, path, origin);
                let near_name = || Some(self.name_of(element, near?, origin));
                return Some(Misspelled {
                    is_required: separated.is_none()
                        && near.is_some_and(|near| layout.requires(near)),
                    meant: separated.or_else(near_name),
                    is_here: true,
                });
            }
        };
        let (within, upper) = (self.key_of(element), names::upper_key(key, self.nesting));
        let variable = format!("{}__{element}__{upper}", self.variable);
        let inner = CollectionName {
            is_inner: key.is_empty(),
            key: &element::join(&format!("{within}."), key),
            variable: variable.trim_end_matches('_'),
            nesting: self.nesting,
            shape: nested.shape,
        };
        let inner_layout = nested.elements?();
        let misspelled = inner.misspelled(inner_layout, &inside, origin, suggests)?;
        Some(Misspelled {
            is_here: false,
            ..misspelled
        })
    }

    /// The variable that a name would be with `__` instead of `_`.
    fn with_separators(
        &self,
        layout: &'static Layout,
        path: &[String],
        origin: &Origin,
    ) -> Option<String> {
        if !matches!(origin.layer(), Layer::Environment | Layer::EnvFile) {
            return None;
        }
        let inside = with_separators_inside(self.shape, layout, &path.join("__"));
        let inside = inside.map(|spelled| format!("{}__{spelled}", self.variable));
        inside.or_else(|| self.with_separator_before(layout, path))
    }

    /// The variable that the name of a setting would be with `__` between the names of the element and of that around it:
    /// `ZONES__EU_MAIN__HOST`.
    fn with_separator_before(&self, layout: &'static Layout, path: &[String]) -> Option<String> {
        let [setting] = path else {
            return None;
        };
        let is_setting = layout.element().is_none() && target_of_key(layout, setting).is_some();
        let (around, names) = self.variable.rsplit_once("__")?;
        let (outer, inner) = names.rsplit_once('_')?;
        let is_meant = self.is_inner && is_setting && !outer.is_empty() && !inner.is_empty();
        is_meant.then(|| format!("{around}__{outer}__{inner}__{setting}"))
    }

    fn key_of(&self, element: &str) -> String {
        let segment = element::segment(self.shape, element);
        format!("{}{segment}", self.key)
    }

    /// The name of a setting in an element, in the form of the source that misspells it.
    fn name_of(&self, element: &str, key: &str, misspelled: &Origin) -> String {
        let printed = format!("{}.{key}", self.key_of(element));
        match misspelled.layer() {
            Layer::Environment | Layer::EnvFile | Layer::SecretsDir => {
                let key = names::upper_key(key, self.nesting);
                format!("{}__{element}__{key}", self.variable)
            }
            Layer::Argument
                if !misspelled
                    .name()
                    .is_some_and(|name| name.starts_with("--set")) =>
            {
                format!("--{printed}")
            }
            _ => printed,
        }
    }
}

fn bind_element(
    element: &mut Resolved,
    layer: u16,
    node: Node<'_>,
    origin: &Origin,
) -> Result<(), Problem> {
    let source = SourceOrder::unordered(layer);
    if let Some(nested) = element.layout.element() {
        element.bind_inner(source, nested, node, origin);
        return Ok(());
    }
    match node {
        Node::Table(entries) => {
            let origin_of = |key: Cow<'static, str>, offset: Offset| {
                let key = || format!("{}.{key}", origin.name().unwrap_or_default());
                origin.within(key, offset)
            };
            let table = TableSource {
                origin_of: &origin_of,
                scope: Scope::Group,
            };
            element.bind_table(source, 0, entries, &table);
            Ok(())
        }
        Node::Null => Ok(()),
        scalar @ (Node::Text(_) | Node::Bool(_) | Node::Number(_)) if element.is_enum(0) => {
            let raw = Raw::structured(scalar);
            element.bind_shorthand(SourceOrder::unordered(layer), 0, raw, origin.clone());
            Ok(())
        }
        list @ Node::List(_) if element.takes_list(0) => {
            let raw = Raw::structured(list);
            element.bind_shorthand(SourceOrder::unordered(layer), 0, raw, origin.clone());
            Ok(())
        }
        other => {
            let problem = malformed("a table for each element", kind_of(&other), origin);
            Err(problem.with_help(match origin.layer() {
                Layer::File | Layer::Provider => "set each of its settings by its own key",
                _ => "write each element as a JSON object of its settings",
            }))
        }
    }
}
