//! Which leaf a name means: flat names as they are joined, tables one key at a time; and the names that mean none.

use super::{Given, Part, Place, Resolved, SlotValue, Tree};
use crate::{
    decode::{self, Hint},
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    schema::{
        Field, Leaf, Shape,
        layout::{Layout, Name, Target},
        lookup::{NameTarget, target_of_key},
    },
    source::file,
    value::{
        json::{self, Flaw},
        node::{Entry, Node, Offset},
        raw::{Raw, wipe_value},
    },
};
use figment::value::Value;
use settings_syntax::{name, suggest};
use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
    ffi::OsString,
};
use zeroize::Zeroizing;

/// Text of a flat source.
pub(crate) struct FlatText {
    pub(crate) text: Zeroizing<String>,
    pub(crate) quoted: bool,
}

/// A name that leads to no leaf.
#[derive(Clone, Debug)]
pub(crate) struct UnknownName {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) hint: Option<String>,
}

impl UnknownName {
    /// Whether it stands inside of what another name of a flat source gives whole.
    pub(crate) fn is_inside(&self) -> bool {
        matches!(self.origin.layer(), Layer::EnvFile | Layer::Environment)
            && self.origin.name() != Some(&self.name)
    }
}

impl Resolved {
    /// Binds text that a flat source has for a name.
    pub(crate) fn put_text(
        &mut self,
        place: Place,
        target: NameTarget,
        text: FlatText,
        origin: Origin,
    ) {
        match target {
            NameTarget::Name(name) if name.target == Target::Group => {
                self.put_whole_group(place, name.index, &text, &origin);
            }
            NameTarget::Name(name) => self.put_flat(place, name, text, origin),
            NameTarget::Inside(name, path) => {
                let said = if text.text.is_empty() && !text.quoted {
                    SlotValue::Empty
                } else {
                    SlotValue::Value(Raw::Text {
                        text: text.text,
                        quoted: text.quoted,
                    })
                };
                self.put_part(place, name.index, path, said, origin, true);
            }
        }
    }

    #[inline]
    fn put_flat(&mut self, place: Place, name: Name, text: FlatText, origin: Origin) {
        let empty = text.text.is_empty() && !text.quoted;
        let field = self.layout.leaves[usize::from(name.index)].field;
        let said = match field {
            Field::Group(nested) if !empty => {
                let (expected, node) = (structure(nested.shape), read_json(&text.text));
                let node = match node {
                    Ok(node @ Node::Table(_)) if nested.shape == Shape::Map => {
                        return self.put_map_of_groups(place, name.index, node, &origin);
                    }
                    Ok(Node::Null) => None,
                    Ok(node @ Node::List(_)) if nested.shape == Shape::List => Some(node),
                    other => {
                        let problem = refused_whole(expected, other.err().flatten(), &origin);
                        self.tell_of_leaf(name.index.into(), problem);
                        None
                    }
                };
                match node {
                    Some(node) => SlotValue::Tree(Tree(node.into_owned())),
                    None => SlotValue::Empty,
                }
            }
            _ if name.target == Target::File && empty => return,
            _ if name.target == Target::File => SlotValue::FromFile(text.text.to_string()),
            Field::Leaf(leaf) if empty && leaf.allow_empty => SlotValue::Value(Raw::Text {
                text: text.text,
                quoted: true,
            }),
            _ if empty => SlotValue::Empty,
            Field::Leaf(leaf) if text.text.is_empty() && !takes_nothing(leaf) => SlotValue::Empty,
            _ => SlotValue::Value(Raw::Text {
                text: text.text,
                quoted: text.quoted,
            }),
        };
        self.put(
            place,
            name,
            Given {
                said,
                origin,
                whole: false,
                proper: name.proper,
            },
        );
    }

    /// Binds a group that a flat source gives as one JSON object, leaf by leaf.
    fn put_whole_group(&mut self, place: Place, group: u16, text: &FlatText, origin: &Origin) {
        if text.text.is_empty() {
            return;
        }
        match read_json(&text.text) {
            Ok(Node::Table(entries)) => {
                let at = |_: Cow<'static, str>, _: Offset| origin.clone();
                self.put_table(
                    place,
                    group,
                    entries,
                    &At {
                        origin: &at,
                        whole: true,
                    },
                );
            }
            Ok(Node::Null) => {}
            // What a shell sets for itself, `USER` or `MAIL`, says nothing of a group of that name.
            _ if is_a_shells(origin) && !text.text.trim_start().starts_with(['{', '[']) => {}
            other => {
                let expected = structure(Shape::One);
                let problem = refused_whole(expected, other.err().flatten(), origin);
                self.tell_of_group(group, problem);
                self.put_unreadable_group(place, group, origin);
            }
        }
    }

    /// Binds a table of a structured source to the fields of a group.
    pub(crate) fn put_table(
        &mut self,
        place: Place,
        group: u16,
        entries: Vec<Entry<'_>>,
        at: &At<'_>,
    ) {
        let mut walk = Walk {
            resolved: self,
            place,
            at,
            path: Vec::new(),
            proper: true,
        };
        walk.table(group, entries);
    }

    /// Binds a map of groups key by key.
    fn put_map_of_groups(&mut self, place: Place, leaf: u16, node: Node<'_>, origin: &Origin) {
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

/// Whether every shell sets this variable for itself.
fn is_a_shells(origin: &Origin) -> bool {
    origin.layer() == Layer::Environment && origin.name().is_some_and(name::is_guarded)
}

/// JSON for a group, or for several, that is none.
fn refused_whole(expected: &str, hint: Option<Hint>, origin: &Origin) -> Problem {
    let what = format!("expected {expected}, found something else");
    let problem = hint.iter().fold(malformed(&what, origin), |problem, hint| {
        problem.with_help(hint.to_string())
    });
    problem.with_help("write it as JSON, or set each of its leaves by its own name")
}

/// Whether empty text in quotes is a value: only for what asks for text.
fn takes_nothing(leaf: &Leaf) -> bool {
    leaf.allow_empty || leaf.kind().is_text()
}

/// What a list or map of groups, or a single one, is in JSON.
fn structure(shape: Shape) -> &'static str {
    match shape {
        Shape::List => "a JSON list of objects",
        Shape::Map => "a JSON object of objects",
        Shape::One | Shape::Optional => "a JSON object",
    }
}

/// How a structured source says where a value stands.
pub(crate) struct At<'a> {
    pub(crate) origin: &'a dyn Fn(Cow<'static, str>, Offset) -> Origin,
    /// Whether it is a group that a flat source gave whole.
    pub(crate) whole: bool,
}

struct Walk<'a> {
    resolved: &'a mut Resolved,
    place: Place,
    at: &'a At<'a>,
    /// The keys so far, as they are spelled.
    path: Vec<String>,
    /// Whether all of them are spelled properly.
    proper: bool,
}

impl Walk<'_> {
    fn table(&mut self, group: u16, entries: Vec<Entry<'_>>) {
        for entry in entries {
            let at = (entry.key_at, entry.at);
            self.entry(group, &entry.key, at, entry.value);
        }
    }

    /// An entry of a table, with the places of its key and of its value.
    fn entry(&mut self, group: u16, key: &str, at: (Offset, Offset), value: Node<'_>) {
        let name = self.child(group, key);
        let Some((name, proper)) = name else {
            if let Some((first, rest)) = key.split_once('.')
                && let Some((name, _)) = self.child(group, first)
                && name.target == Target::Group
            {
                // A quoted `"a.b"` is a path among groups.
                self.path.push(first.to_owned());
                let all_proper = std::mem::replace(&mut self.proper, false);
                self.entry(name.index, rest, at, value);
                self.proper = all_proper;
                self.path.pop();
                return;
            }
            return self.unknown(group, key, at.0);
        };
        if name.target == Target::Group {
            self.group(name.index, key, proper, at.1, value);
        } else {
            self.leaf(name, key, proper, at.1, value);
        }
    }

    fn group(&mut self, group: u16, key: &str, proper: bool, offset: Offset, value: Node<'_>) {
        match value {
            Node::Table(entries) => {
                self.path.push(key.to_owned());
                let all_proper = self.proper;
                self.proper &= proper;
                self.table(group, entries);
                self.proper = all_proper;
                self.path.pop();
            }
            Node::Null => {}
            _ => {
                let spelled = self.spelled(key);
                let origin = (self.at.origin)(Cow::Owned(spelled), offset);
                let problem = malformed("expected a table, found a single value or list", &origin)
                    .with_help("give each of its leaves by its own key");
                self.resolved.tell_of_group(group, problem);
                self.resolved
                    .put_unreadable_group(self.place, group, &origin);
            }
        }
    }

    fn leaf(&mut self, name: Name, key: &str, proper: bool, offset: Offset, value: Node<'_>) {
        let layout = self.resolved.layout;
        let proper = proper && self.proper;
        let spelled = if proper && name.rank == 0 {
            Cow::Borrowed(layout.key_of(name.index.into()))
        } else {
            Cow::Owned(self.spelled(key))
        };
        let origin = (self.at.origin)(spelled, offset);
        let said = match (layout.leaves[usize::from(name.index)].field, value) {
            (_, Node::Null) => SlotValue::Empty,
            (Field::Group(nested), value) if nested.shape == Shape::Map => {
                return self
                    .resolved
                    .put_map_of_groups(self.place, name.index, value, &origin);
            }
            (Field::Group(_), value) => SlotValue::Tree(Tree(value.into_owned())),
            (Field::Leaf(leaf), Node::Text(text)) if text.is_empty() && !takes_nothing(leaf) => {
                SlotValue::Empty
            }
            // What a flat source gave is wiped, also as a part of a whole.
            (Field::Leaf(_), Node::Text(text)) if self.at.whole => {
                SlotValue::Value(Raw::quoted(text.into_owned()))
            }
            (Field::Leaf(_), value) => SlotValue::Value(Raw::Value(Box::new(value.into_value()))),
        };
        let given = Given {
            said,
            origin,
            whole: self.at.whole,
            proper,
        };
        self.resolved.put(self.place, name, given);
    }

    /// The field that `key` means in the table of `group`, and whether it is spelled properly.
    fn child(&self, group: u16, key: &str) -> Option<(Name, bool)> {
        let layout = self.resolved.layout;
        let exact = layout
            .child(group, layout.path(group).segment(key.as_bytes()))
            .find(|&name| name::same(key_of(layout, name), key));
        if let Some(name) = exact {
            return Some((name, key_of(layout, name) == key));
        }
        if !key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let snake = name::camel_to_snake(key);
        layout
            .child(group, layout.path(group).segment(snake.as_bytes()))
            .find(|&name| name::same(key_of(layout, name), &snake))
            .map(|name| (name, false))
    }

    fn unknown(&mut self, group: u16, key: &str, offset: Offset) {
        let layout = self.resolved.layout;
        let spelled = self.spelled(key);
        let joined = layout.path(group).segment(key.as_bytes()).get();
        let elsewhere =
            layout.key_name(joined, spelled.as_bytes(), |target| target == Target::Leaf);
        let hint = if let Some(name) = elsewhere {
            let proper = layout.key_of(name.index.into());
            Some(match proper.rsplit_once('.') {
                Some((table, key)) => format!("write it as {key} in the table {table}"),
                None => format!("write it as {proper}, outside of any table"),
            })
        } else {
            let keys = children(layout, group);
            suggest::nearest(key, keys.iter().copied()).map(|near| format!("did you mean {near}?"))
        };
        let origin = (self.at.origin)(Cow::Owned(spelled.clone()), offset);
        let name = match origin.layer() {
            // Within a list or map of groups this is the whole path.
            Layer::File | Layer::Provider => origin.name().map(str::to_owned),
            _ => None,
        };
        self.resolved.unknown.push(UnknownName {
            name: name.unwrap_or(spelled),
            origin,
            hint,
        });
    }

    fn spelled(&self, key: &str) -> String {
        let mut spelled = self.path.join(".");
        if !spelled.is_empty() {
            spelled.push('.');
        }
        spelled.push_str(key);
        spelled
    }
}

/// The last segment of a name: what stands for it in a table.
fn key_of(layout: &'static Layout, name: Name) -> &'static str {
    match name.target {
        Target::Group => layout.groups[usize::from(name.index)]
            .nested
            .map_or("", |nested| nested.key),
        _ => match (layout.leaves[usize::from(name.index)].field, name.rank) {
            (Field::Leaf(leaf), 0) => leaf.key,
            (Field::Leaf(leaf), rank) => leaf.aliases[usize::from(rank) - 1].name,
            (Field::Group(nested), _) => nested.key,
        },
    }
}

/// The keys that may stand in the table of a group.
fn children(layout: &'static Layout, group: u16) -> Vec<&'static str> {
    let home = |of: u16| layout.groups[usize::from(of)].home;
    let leaves = layout
        .leaves
        .iter()
        .filter(|leaf| home(leaf.group) == group);
    let leaves = leaves.map(|leaf| match leaf.field {
        Field::Leaf(leaf) => leaf.key,
        Field::Group(nested) => nested.key,
    });
    let groups = layout.groups.iter().filter_map(|each| {
        let nested = each.nested.filter(|nested| !nested.flatten)?;
        (home(each.parent) == group).then_some(nested.key)
    });
    leaves.chain(groups).collect()
}

/// The elements of a list or map of groups, each with slots of its own.
type Elements = Vec<(String, Resolved)>;

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

fn malformed(what: &str, origin: &Origin) -> Problem {
    Problem::new(ProblemKind::Malformed, what).from(origin.clone())
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
    let mut map = match said {
        SlotValue::Value(Raw::Value(value)) => value.as_dict()?.clone(),
        // If it is no map, its own problem will say so.
        SlotValue::Value(Raw::Text { text, .. }) => decode::map_of_text(text, form)?,
        SlotValue::Unset | SlotValue::Empty => BTreeMap::new(),
        _ => return None,
    };
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
        if let Some(lower) = map.insert(key.clone(), Value::from(text)) {
            wipe_value(lower);
        }
        keys.push((key, part.origin));
    }
    // Of a key that was set twice the last origin counts.
    let mut seen = HashSet::new();
    keys.reverse();
    keys.retain(|(key, _)| seen.insert(key.clone()));
    keys.reverse();
    Some((SlotValue::Value(Raw::gathered(map)), keys))
}

/// The environment name that was perhaps meant where `variable` is missing.
///
/// A leaf whose variable has no prefix is perhaps misspelt behind the prefix too.
pub(crate) fn near_miss<'a>(
    prefix: &str,
    variable: &str,
    names: &'a [OsString],
) -> Option<&'a str> {
    // What every shell sets for itself was not meant for anything here.
    let names = || {
        let names = names.iter().filter_map(|name| name.to_str());
        names.filter(|name| !name::is_guarded(name))
    };
    suggest::nearest(variable, names()).or_else(|| {
        let behind = |name: &'a str| {
            let rest = name::strip_prefix(name.as_bytes(), prefix.as_bytes())?;
            name.get(name.len() - rest.len()..)
        };
        let near = suggest::nearest(variable, names().filter_map(behind))?;
        names().find(|name| behind(name) == Some(near))
    })
}

/// The key of a file or provider that was perhaps meant where `key` is missing.
pub(crate) fn near_key<'a>(key: &str, unknown: &'a [UnknownName]) -> Option<&'a UnknownName> {
    let in_keys = |name: &&UnknownName| {
        matches!(
            name.origin.layer(),
            Layer::File | Layer::Provider | Layer::Remote
        )
    };
    let unknown = unknown.iter().filter(in_keys);
    let near = suggest::nearest(key, unknown.clone().map(|name| name.name.as_str()))?;
    unknown.clone().find(|name| name.name == near)
}

/// Reads JSON that a flat source has for groups; what may help if it is none.
fn read_json(text: &str) -> Result<Node<'_>, Option<Hint>> {
    file::read_json(text).map_err(|_| match json::check(text.trim()) {
        Err(Flaw::Syntax { column }) => {
            let begins_so = text.trim_start().starts_with(['[', '{']);
            begins_so.then_some(Hint::Json { column })
        }
        Ok(()) | Err(Flaw::Depth) => Some(Hint::Depth),
    })
}
