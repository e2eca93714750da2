//! Lists and maps of groups, and the keys of maps.

use super::{
    FlatText, Part, Place, Resolved, SlotValue, Tree, UnknownName,
    bind_flat::{malformed, read_json, refused_whole, structure},
    bind_table::{At, children},
};
use crate::{
    decode,
    error::{
        origin::{Layer, Origin},
        problem::Problem,
    },
    schema::{Shape, lookup::target_of_key},
    value::{
        node::{Node, Offset},
        raw::{Raw, Structured},
    },
};
use settings_syntax::{name, suggest};
use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
};
use zeroize::Zeroizing;

/// The elements of a list or map of groups, each with slots of its own.
type Elements = Vec<(String, Resolved)>;

impl Resolved {
    /// Binds a map of groups key by key.
    pub(super) fn put_map_of_groups(
        &mut self,
        place: Place,
        leaf: u16,
        node: Node<'_>,
        origin: &Origin,
    ) {
        match node {
            Node::Table(entries) => {
                for entry in entries {
                    let key = || format!("{}.{}", origin.name().unwrap_or_default(), entry.key);
                    let origin = origin.within(key, entry.at);
                    let said = match entry.value {
                        Node::Null => SlotValue::Empty,
                        value => SlotValue::Tree(Tree(value.into_owned())),
                    };
                    let path = vec![entry.key.into_owned()];
                    self.put_part(place, leaf, path, said, origin, false);
                }
            }
            _ => {
                let what = "expected a table of tables, found something else";
                let problem =
                    malformed(what, origin).with_help("write a table for each of its keys");
                self.tell_of_leaf(leaf.into(), problem);
            }
        }
    }
}

/// Sorts what the layers said of a list or map of groups into its elements. `variable` is its proper name.
pub(crate) fn elements(
    blank: impl Fn() -> Resolved,
    shape: Shape,
    said: SlotValue,
    origin: &Origin,
    mut parts: Vec<Part>,
    layer: u16,
    variable: &str,
) -> Result<Elements, Problem> {
    let mut elements: Elements = Vec::new();
    let mut known = Known::default();
    let replaced = !matches!(said, SlotValue::Unset);
    if let SlotValue::Tree(Tree(node)) = said {
        let Node::List(items) = node else {
            let what = "expected a list of tables, found something else";
            return Err(malformed(what, origin).with_help("write a table for each of its elements"));
        };
        for (index, item) in items.into_iter().enumerate() {
            let key = || format!("{}[{index}]", origin.name().unwrap_or_default());
            let mut element = blank();
            put_element(
                &mut element,
                layer,
                item.value,
                &origin.within(key, item.at),
            )?;
            elements.push((index.to_string(), element));
        }
    }
    parts.retain(|part| !replaced || part.layer >= layer);
    // A stable sort: within a layer the order of the source stays.
    parts.sort_by_key(|part| (index_of(shape, &part.path), part.layer, part.path.len()));
    for part in parts {
        if part.path.len() == 1 && matches!(part.said, SlotValue::Empty) {
            continue;
        }
        let at = match shape {
            Shape::Map => known.find(&part),
            _ => list_index(&part, elements.len(), variable)?,
        };
        let at = at.unwrap_or_else(|| {
            let at = elements.len();
            if shape == Shape::Map {
                known.note(&part, at);
            }
            elements.push((part.path[0].clone(), blank()));
            at
        });
        put_into_element(&mut elements[at].1, part, variable)?;
    }
    Ok(elements)
}

/// The keys of a map of groups so far, lowest layer first, and which elements they lead to.
#[derive(Default)]
struct Known {
    exact: HashMap<String, usize>,
    /// Of keys that are the same but for case, `-` and `_` the first, with its layer.
    folded: HashMap<Vec<u8>, (usize, u16)>,
}

impl Known {
    fn find(&self, part: &Part) -> Option<usize> {
        let key = &part.path[0];
        // Case can't be told from the names of most flat sources, so it is taken from a layer below.
        let below = || {
            let (at, layer) = self
                .folded
                .get(&name::normalized(key))
                .filter(|_| part.flat)?;
            (*layer < part.layer).then_some(*at)
        };
        self.exact.get(key).copied().or_else(below)
    }

    fn note(&mut self, part: &Part, at: usize) {
        let key = &part.path[0];
        self.exact.insert(key.clone(), at);
        self.folded
            .entry(name::normalized(key))
            .or_insert((at, part.layer));
    }
}

fn index_of(shape: Shape, path: &[String]) -> usize {
    match shape {
        Shape::List => path[0].parse().unwrap_or(usize::MAX),
        _ => 0,
    }
}

/// The number of the element that a part belongs to; `None` if it is the next one.
fn list_index(part: &Part, len: usize, variable: &str) -> Result<Option<usize>, Problem> {
    let index = part.path[0].parse::<usize>().map_err(|_| {
        let what = "expected the number of an element after the name of the list,";
        let help = format!("write {variable}__{len}__ and the name of a leaf");
        malformed(what, &part.origin).with_help(help)
    })?;
    if index > len {
        let expected =
            format!("expected element {len} before element {index} (a list has no gaps)");
        let help = format!("set {variable}__{len}__… too, or number this one {len}");
        return Err(malformed(&expected, &part.origin).with_help(help));
    }
    Ok((index < len).then_some(index))
}

/// `variable` is the proper name of the list or map.
fn put_into_element(element: &mut Resolved, part: Part, variable: &str) -> Result<(), Problem> {
    let Part {
        path,
        said,
        origin,
        layer,
        ordered,
        ..
    } = part;
    let layout = element.layout;
    match (path.get(1), said) {
        (Some(rest), said) => {
            let Some(target) = target_of_key(layout, rest) else {
                let near = suggest::nearest(rest, children(layout, 0).iter().copied());
                element.unknown.push(UnknownName {
                    name: origin.name().unwrap_or(rest).to_owned(),
                    hint: near.map(|near| format!("did you mean {near} where it says {rest}?")),
                    origin,
                });
                return Ok(());
            };
            let text = match said {
                SlotValue::Value(Raw::Text { text, quoted }) => FlatText { text, quoted },
                _ => FlatText {
                    text: Zeroizing::default(),
                    quoted: false,
                },
            };
            let target = match origin.layer() {
                Layer::Environment | Layer::EnvFile => target.proper_if(|name| {
                    let key = layout.spelling(name).replace(['.', '-'], "_");
                    let proper = format!("{variable}__{}__{}", path[0], key.to_ascii_uppercase());
                    origin.name() == Some(&proper)
                }),
                _ => target,
            };
            element.put_text(Place { layer, ordered }, target, text, origin);
        }
        (None, SlotValue::Tree(Tree(node))) => put_element(element, layer, node, &origin)?,
        (None, SlotValue::Value(Raw::Text { text, .. })) => {
            let node = read_json(&text)
                .map_err(|hint| refused_whole(structure(Shape::One), hint, &origin))?;
            put_element(element, layer, node, &origin)?;
        }
        (None, _) => {}
    }
    Ok(())
}

fn put_element(
    element: &mut Resolved,
    layer: u16,
    node: Node<'_>,
    origin: &Origin,
) -> Result<(), Problem> {
    match node {
        Node::Table(entries) => {
            let at = |key: Cow<'static, str>, offset: Offset| {
                let key = || format!("{}.{key}", origin.name().unwrap_or_default());
                origin.within(key, offset)
            };
            let at = At {
                origin: &at,
                whole: true,
            };
            element.put_table(Place::unordered(layer), 0, entries, &at);
            Ok(())
        }
        Node::Null => Ok(()),
        _ => {
            let what = "expected a table for each element, found something else";
            Err(malformed(what, origin).with_help(match origin.layer() {
                Layer::File | Layer::Provider => "give each of its leaves by its own key",
                _ => "write each as a JSON object of its leaves",
            }))
        }
    }
}

/// A map leaf with the keys that were set one by one, and where each of those came from.
pub(crate) fn merge_map(
    said: &SlotValue,
    layer: u16,
    mut parts: Vec<Part>,
    form: decode::Form<'_>,
    allow_empty: bool,
) -> Option<(SlotValue, Vec<(String, Origin)>)> {
    let replaced = !matches!(said, SlotValue::Unset);
    parts.retain(|part| !replaced || part.layer >= layer);
    parts.retain(|part| allow_empty || !matches!(part.said, SlotValue::Empty));
    // Where names have no order, the first by bytes counts: it comes last.
    parts.sort_by(|one, other| match one.layer.cmp(&other.layer) {
        Ordering::Equal if !one.ordered => other.origin.name().cmp(&one.origin.name()),
        order => order,
    });
    if parts.is_empty() {
        return None;
    }
    let lowest = match said {
        SlotValue::Value(Raw::Structured(value)) => Some(value.clone()),
        SlotValue::Value(Raw::Text { text, .. }) => {
            Some(Structured::new(decode::map_of_text(text, form)?))
        }
        SlotValue::Unset | SlotValue::Empty => None,
        _ => return None,
    };
    // If it is no map, its own problem will say so.
    let mut map = lowest.map_or(Some(BTreeMap::new()), Structured::into_map)?;
    let mut keys: Vec<(String, Origin)> = Vec::new();
    // The keys of the layers below, by what their spellings have in common.
    let mut lower: HashMap<Vec<u8>, String> = HashMap::new();
    let mut below = None;
    for part in parts {
        if below != Some(part.layer) {
            // Of several the first by bytes.
            let known = map
                .keys()
                .rev()
                .map(|key| (name::normalized(key), key.clone()));
            lower = known.collect();
            below = Some(part.layer);
        }
        let given = &part.path[0];
        let known = || lower.get(&name::normalized(given)).cloned();
        let known = Some(given.clone())
            .filter(|given| map.contains_key(given))
            .or_else(known);
        let key = known.unwrap_or_else(|| given.clone());
        let text = match &part.said {
            SlotValue::Value(raw) => raw.as_text().unwrap_or_default().into_owned(),
            _ => String::new(),
        };
        map.insert(key.clone(), Structured::new(Node::Text(Cow::Owned(text))));
        keys.push((key, part.origin));
    }
    // Of a key that was set twice the last origin counts.
    let mut seen = HashSet::new();
    keys.reverse();
    keys.retain(|(key, _)| seen.insert(key.clone()));
    keys.reverse();
    Some((
        SlotValue::Value(Raw::Structured(Structured::of_map(map))),
        keys,
    ))
}
