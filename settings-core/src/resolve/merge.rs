//! Values of a list or map that were set one by one, or by several layers.

use super::{
    Part, SlotValue,
    collections::{index_of, list_index},
};
use crate::value::sort::{sort_by, sort_by_key};
use crate::{
    error::{
        origin::Origin,
        problem::{Problem, ProblemKind},
    },
    schema::{Kind, Merge, variants::KeyForm},
    value::{
        node::Node,
        raw::{Raw, Structured},
        text,
    },
};
use settings_syntax::name;
use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
};

/// A list or map with the values that were set one by one, and the origin of each of these elements or keys.
pub(crate) type Merged = (SlotValue, Vec<(String, Origin)>);

/// The type of a list or map.
#[derive(Clone, Copy)]
pub(crate) struct CollectionType<'a> {
    pub(crate) kind: &'a Kind,
    /// What the name of a key means, in the map that is inside as many lists and maps.
    pub(crate) key_form: &'a dyn Fn(u8, &str) -> Option<KeyForm>,
    /// The number of lists and maps around it.
    pub(crate) depth: u8,
}

impl CollectionType<'_> {
    fn key_form(&self, name: &str) -> Option<KeyForm> {
        (self.key_form)(self.depth, name)
    }

    /// The type of an element.
    fn element(&self) -> Self {
        Self {
            kind: self.kind.element().unwrap_or(&Kind::Unknown),
            depth: self.depth.saturating_add(1),
            ..*self
        }
    }
}

/// Adds the values that are set one by one to a list or map. Returns `None` if there are none, or if the value is
/// neither.
///
/// `lowest` is the text of the default, which single elements and keys change.
pub(crate) fn merge_parts(
    value: &SlotValue,
    layer: u16,
    mut parts: Vec<Part>,
    of: CollectionType<'_>,
    separator: Option<&str>,
    (allow_empty, lowest): (bool, Option<String>),
    variable: &str,
) -> Result<Option<Merged>, Problem> {
    let is_replaced = !matches!(value, SlotValue::Unset);
    parts.retain(|part| !is_replaced || part.layer >= layer);
    let is_list = matches!(of.kind, Kind::List(_) | Kind::Tuple(_));
    parts.retain(|part| is_list || allow_empty || !part.value.is_empty());
    if parts.is_empty() {
        return Ok(None);
    }
    let whole = match value {
        SlotValue::Value(Raw::Structured(value)) => Some(value.clone()),
        SlotValue::Value(Raw::Text { text, .. }) if is_list => {
            Some(Structured::new(text::list_of_text(text, separator)))
        }
        SlotValue::Value(Raw::Text { text, .. }) => match text::map_of_text(text, separator) {
            Some(map) => Some(Structured::new(map)),
            None => return Ok(None),
        },
        SlotValue::Unset if is_list => {
            lowest.map(|text| Structured::new(text::list_of_text(&text, separator)))
        }
        // A default that is no map is reported by the checks of the schema.
        SlotValue::Unset => lowest
            .and_then(|text| text::map_of_text(&text, separator))
            .map(Structured::new),
        SlotValue::Empty => None,
        _ => return Ok(None),
    };
    if is_list {
        let whole = whole.map_or(Some(Vec::new()), Structured::into_list);
        let Some(list) = whole else { return Ok(None) };
        return merge_list(list, of, parts, separator, allow_empty, variable).map(Some);
    }
    // A value that is not a map is reported when it is decoded.
    let whole = whole.map_or(Some(BTreeMap::new()), Structured::into_map);
    let Some(map) = whole else { return Ok(None) };
    merge_map(map, of, parts, separator, variable).map(Some)
}

/// Combines the values of all layers, lowest first. Returns `None` if one of them is neither a list nor a map, and is
/// reported when it is decoded.
pub(crate) fn merge_layers(
    values: impl IntoIterator<Item = (SlotValue, Origin)>,
    merge: Merge,
    separator: Option<&str>,
    of: CollectionType<'_>,
) -> Option<Merged> {
    let mut list: Vec<Structured> = Vec::new();
    let mut map: BTreeMap<String, (Structured, Origin)> = BTreeMap::new();
    let mut origins: Vec<(String, Origin)> = Vec::new();
    for (value, origin) in values {
        let is_append = merge == Merge::Append;
        let whole = match value {
            SlotValue::Unset => continue,
            // An empty value discards the values of lower layers.
            SlotValue::Empty => {
                list.clear();
                map.clear();
                origins.clear();
                continue;
            }
            SlotValue::Value(Raw::Structured(value)) => value,
            SlotValue::Value(Raw::Text { text, .. }) if is_append => {
                Structured::new(text::list_of_text(&text, separator))
            }
            SlotValue::Value(Raw::Text { text, .. }) => {
                Structured::new(text::map_of_text(&text, separator)?)
            }
            _ => return None,
        };
        if is_append {
            for element in whole.into_list()? {
                origins.push((list.len().to_string(), origin.clone()));
                list.push(element);
            }
        } else {
            let lower = KeyNames::of(of, map.keys());
            let mut set = HashSet::new();
            for (key, value) in whole.into_map()? {
                // Two names of one key in one layer are a problem when the map is decoded.
                let known = lower
                    .get(of, &key)
                    .filter(|known| set.insert(known.clone()));
                map.insert(known.unwrap_or(key), (value, origin.clone()));
            }
        }
    }
    let whole = if merge == Merge::Append {
        Structured::of_list(list)
    } else {
        let of_key =
            |(key, (_, origin)): (&String, &(Structured, Origin))| (key.clone(), origin.clone());
        origins = map.iter().map(of_key).collect();
        let entries = map.into_iter().map(|(key, (value, _))| (key, value));
        Structured::of_map(entries.collect())
    };
    Some((SlotValue::Value(Raw::Structured(whole)), origins))
}

/// The names of keys by what they mean.
struct KeyNames(HashMap<KeyForm, String>);

impl KeyNames {
    fn of<'k>(of: CollectionType<'_>, keys: impl Iterator<Item = &'k String>) -> Self {
        let names = keys.filter_map(|key| Some((of.key_form(key)?, key.clone())));
        Self(names.collect())
    }

    /// The name that means the same as this one.
    fn get(&self, of: CollectionType<'_>, name: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&of.key_form(name)?).cloned()
    }
}

fn merge_list(
    mut list: Vec<Structured>,
    of: CollectionType<'_>,
    mut parts: Vec<Part>,
    separator: Option<&str>,
    allow_empty: bool,
    variable: &str,
) -> Result<Merged, Problem> {
    sort_by_key(&mut parts, |part| (index_of(&part.path), part.layer));
    let mut origins: Vec<(String, Origin)> = Vec::new();
    let mut inner: Vec<(String, Origin)> = Vec::new();
    let mut inside: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
    for part in parts {
        let at = list_index(&part, list.len(), variable)?;
        let at = at.unwrap_or_else(|| {
            list.push(Structured::new(Node::Null));
            list.len() - 1
        });
        let index = part.path[0].clone();
        match origins.last_mut() {
            Some((previous, origin)) if *previous == index => *origin = part.origin.clone(),
            _ => origins.push((index, part.origin.clone())),
        }
        if part.path.len() > 1 {
            inner.push((part.path.join("."), part.origin.clone()));
            inside.entry(at).or_default().push(part);
        } else {
            list[at] = text_of(&part, allow_empty);
        }
    }
    origins.extend(inner);
    for (at, parts) in inside {
        let lower = std::mem::replace(&mut list[at], Structured::new(Node::Null));
        list[at] = merge_inside(lower, of.element(), parts, separator, allow_empty, variable)?;
    }
    let list = SlotValue::Value(Raw::Structured(Structured::of_list(list)));
    Ok((list, origins))
}

fn merge_map(
    mut map: BTreeMap<String, Structured>,
    of: CollectionType<'_>,
    mut parts: Vec<Part>,
    separator: Option<&str>,
    variable: &str,
) -> Result<Merged, Problem> {
    // If names have no order, the first by bytes overrides the others, so it comes last.
    sort_by(&mut parts, |one, other| match one.layer.cmp(&other.layer) {
        Ordering::Equal if !one.is_ordered => other.origin.name().cmp(&one.origin.name()),
        order => order,
    });
    let mut keys: Vec<(String, Origin)> = Vec::new();
    let mut inside: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    // The keys of lower layers, by their normalized names.
    let mut lower: HashMap<Vec<u8>, String> = HashMap::new();
    let mut below = None;
    let mut names = KeyNames::of(of, map.keys());
    // The layer, the name and the origin of the last part of each key.
    let mut set: HashMap<KeyForm, (u16, String, Origin)> = HashMap::new();
    for mut part in parts {
        known_key_with_dots(&map, &mut part.path);
        if below != Some(part.layer) {
            // Of several keys with one normalized name, the first by bytes.
            let known = map
                .keys()
                .rev()
                .map(|key| (name::normalized(key), key.clone()));
            lower = known.collect();
            below = Some(part.layer);
        }
        let given = &part.path[0];
        let form = of.key_form(given);
        if let Some(form) = &form {
            let last = (part.layer, given.clone(), part.origin.clone());
            match set.insert(form.clone(), last) {
                Some((layer, name, origin)) if layer == part.layer && name != *given => {
                    let what = format!("one key is set by both {origin} and {}", part.origin);
                    let problem = Problem::new(ProblemKind::Ambiguous, what);
                    let problem = problem.about(part.origin);
                    return Err(problem.with_help("remove one of them"));
                }
                _ => {}
            }
        }
        let same = || names.0.get(form.as_ref()?).cloned();
        let known = || lower.get(&name::normalized(given)).cloned();
        let known = Some(given.clone())
            .filter(|given| map.contains_key(given))
            .or_else(same)
            .or_else(known);
        let key = known.unwrap_or_else(|| given.clone());
        if let Some(form) = form {
            names.0.insert(form, key.clone());
        }
        keys.push((key.clone(), part.origin.clone()));
        if part.path.len() > 1 {
            keys.push((part.path.join("."), part.origin.clone()));
            map.entry(key.clone())
                .or_insert_with(|| Structured::new(Node::Null));
            inside.entry(key).or_default().push(part);
        } else {
            // A value for the whole key replaces what lower layers set inside it.
            if let Some(parts) = inside.get_mut(&key) {
                parts.retain(|inner| inner.layer >= part.layer);
            }
            map.insert(key, text_of(&part, true));
        }
    }
    for (key, parts) in inside {
        if !parts.is_empty()
            && let Some(lower) = map.remove(&key)
        {
            let value = merge_inside(lower, of.element(), parts, separator, true, variable)?;
            map.insert(key, value);
        }
    }
    // A key that is set twice has its last origin.
    let mut seen = HashSet::new();
    keys.reverse();
    keys.retain(|(key, _)| seen.insert(key.clone()));
    keys.reverse();
    let map = SlotValue::Value(Raw::Structured(Structured::of_map(map)));
    Ok((map, keys))
}

/// Joins the parts of a key that contains dots, if it is a key of the map: a caller of `set` need not quote it.
fn known_key_with_dots(map: &BTreeMap<String, Structured>, path: &mut Vec<String>) {
    if path.len() < 2 || map.contains_key(&path[0]) {
        return;
    }
    let joined = path.join(".");
    let found = map.keys().find_map(|key| {
        let rest = joined.strip_prefix(&**key)?.strip_prefix('.')?;
        Some(vec![key.clone(), rest.to_owned()])
    });
    if let Some(found) = found {
        *path = found;
    }
}

/// The value of one element or key that is set as a whole. Without text it is null.
fn text_of(part: &Part, allow_empty: bool) -> Structured {
    let text = match &part.value {
        SlotValue::Value(raw) => raw.as_text().unwrap_or_default().into_owned(),
        _ if allow_empty => String::new(),
        _ => return Structured::new(Node::Null),
    };
    Structured::new(Node::Text(Cow::Owned(text)))
}

/// The value of one element or key with the values that are set inside it.
fn merge_inside(
    lower: Structured,
    of: CollectionType<'_>,
    parts: Vec<Part>,
    separator: Option<&str>,
    allow_empty: bool,
    variable: &str,
) -> Result<Structured, Problem> {
    let variable = match parts.first() {
        Some(part) => format!("{variable}__{}", part.path[0]),
        None => return Ok(lower),
    };
    let value = match lower.node() {
        Node::Text(text) => SlotValue::Value(Raw::quoted(text.clone().into_owned())),
        Node::Null => SlotValue::Unset,
        _ => SlotValue::Value(Raw::Structured(lower.clone())),
    };
    let inner = parts.into_iter().map(|mut part| {
        part.path.remove(0);
        part
    });
    let settings = (allow_empty, None);
    let merged = merge_parts(
        &value,
        0,
        inner.collect(),
        of,
        separator,
        settings,
        &variable,
    )?;
    Ok(match merged {
        Some((SlotValue::Value(Raw::Structured(value)), _)) => value,
        _ => lower,
    })
}
