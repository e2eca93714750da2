//! Which leaf a name means: flat names as they are joined, tables one key at a time; and the names that mean none.

use super::{Given, Part, Place, Resolved, Said, same_key};
use crate::{
    decode,
    name::{self, Canonical},
    origin::Origin,
    problem::{Problem, ProblemKind},
    raw::Raw,
    schema::{
        Field, Shape,
        meaning::{Meaning, Space, meaning},
        plan::{Name, Plan, Target},
    },
    suggest,
    tree::{Entry, Node, Offset},
};
use std::{borrow::Cow, collections::BTreeMap};
use zeroize::Zeroizing;

/// Text of a flat source.
#[derive(Debug)]
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

impl Resolved {
    /// Binds text that a flat source has for a name.
    pub(crate) fn put_text(
        &mut self,
        place: Place,
        meaning: Meaning,
        text: FlatText,
        origin: Origin,
    ) {
        match meaning {
            Meaning::Name(name) if name.target == Target::Group => {
                self.put_whole_group(place, name.index, &text, &origin);
            }
            Meaning::Name(name) => {
                self.put_flat(place, name, text, origin);
            }
            Meaning::Inside(name, path) => {
                let said = if text.text.is_empty() && !text.quoted {
                    Said::Empty
                } else {
                    Said::Value(Raw::Text {
                        text: text.text,
                        quoted: text.quoted,
                    })
                };
                self.put_part(place, name.index, path, said, origin);
            }
        }
    }

    fn put_flat(&mut self, place: Place, name: Name, text: FlatText, origin: Origin) {
        let empty = text.text.is_empty() && !text.quoted;
        let field = self.plan.leaves[usize::from(name.index)].field;
        let said = match field {
            Field::Group(nested) if !empty => {
                let node = match json(&text.text) {
                    Ok(node) => node,
                    Err(what) => {
                        return self.refuse_whole(
                            self.plan.key_of(name.index.into()),
                            what,
                            origin,
                        );
                    }
                };
                if nested.shape == Shape::Map {
                    return self.put_map_of_groups(place, name.index, node, &origin);
                }
                Said::Value(Raw::Value(node.into_value()))
            }
            _ if name.target == Target::File && empty => return,
            _ if name.target == Target::File => Said::InFile(text.text.to_string()),
            Field::Leaf(leaf) if empty && leaf.allow_empty => Said::Value(Raw::Text {
                text: text.text,
                quoted: true,
            }),
            _ if empty => Said::Empty,
            _ => Said::Value(Raw::Text {
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
        let key = self.plan.group_path(group).trim_end_matches('.');
        match json(&text.text) {
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
            Ok(_) => self.refuse_whole(key, "expected a JSON object", origin.clone()),
            Err(what) => self.refuse_whole(key, what, origin.clone()),
        }
    }

    fn refuse_whole(&mut self, key: &str, what: &str, origin: Origin) {
        let problem = Problem::new(
            ProblemKind::Malformed,
            format!("{what}, found something else"),
        )
        .at(key)
        .from(origin)
        .with_help("write it as JSON, or set each of its leaves by its own name");
        self.problems.push(problem);
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
                    let said = match entry.value {
                        Node::Null => Said::Empty,
                        value => Said::Value(Raw::Value(value.into_value())),
                    };
                    self.put_part(
                        place,
                        leaf,
                        vec![entry.key.into_owned()],
                        said,
                        origin.clone(),
                    );
                }
            }
            Node::Null => {}
            _ => self.refuse_whole(
                self.plan.key_of(leaf.into()),
                "expected a table of groups",
                origin.clone(),
            ),
        }
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
            self.entry(group, &entry.key, entry.at, entry.value);
        }
    }

    fn entry(&mut self, group: u16, key: &str, offset: Offset, value: Node<'_>) {
        let name = self.child(group, key);
        let Some((name, proper)) = name else {
            if let Some((first, rest)) = key.split_once('.')
                && let Some((name, _)) = self.child(group, first)
                && name.target == Target::Group
            {
                // A quoted `"a.b"` is a path among groups.
                self.path.push(first.to_owned());
                let all_proper = std::mem::replace(&mut self.proper, false);
                self.entry(name.index, rest, offset, value);
                self.proper = all_proper;
                self.path.pop();
                return;
            }
            return self.unknown(group, key, offset);
        };
        if name.target == Target::Group {
            self.group(name.index, key, proper, offset, value);
        } else {
            self.leaf(name, key, proper, offset, value);
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
                let problem = Problem::new(
                    ProblemKind::Malformed,
                    "expected a table, found a single value",
                )
                .at(self.resolved.plan.group_path(group).trim_end_matches('.'))
                .from(origin)
                .with_help("give each of its leaves by its own key");
                self.resolved.problems.push(problem);
            }
        }
    }

    fn leaf(&mut self, name: Name, key: &str, proper: bool, offset: Offset, value: Node<'_>) {
        let plan = self.resolved.plan;
        let proper = proper && self.proper;
        let spelled = if proper && name.rank == 0 {
            Cow::Borrowed(plan.key_of(name.index.into()))
        } else {
            Cow::Owned(self.spelled(key))
        };
        let origin = (self.at.origin)(spelled, offset);
        if let Field::Group(nested) = plan.leaves[usize::from(name.index)].field
            && nested.shape == Shape::Map
        {
            return self
                .resolved
                .put_map_of_groups(self.place, name.index, value, &origin);
        }
        let said = match value {
            Node::Null => Said::Empty,
            value => Said::Value(Raw::Value(value.into_value())),
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
        let plan = self.resolved.plan;
        let exact = plan
            .child(group, plan.path(group).segment(key.as_bytes()))
            .find(|&name| name::same(key_of(plan, name), key));
        if let Some(name) = exact {
            return Some((name, key_of(plan, name) == key));
        }
        if !key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let snake = name::snake_of_camel(key);
        plan.child(group, plan.path(group).segment(snake.as_bytes()))
            .find(|&name| name::same(key_of(plan, name), &snake))
            .map(|name| (name, false))
    }

    fn unknown(&mut self, group: u16, key: &str, offset: Offset) {
        let plan = self.resolved.plan;
        let spelled = self.spelled(key);
        let joined = plan.path(group).segment(key.as_bytes()).hash();
        let elsewhere = plan.key_name(joined, spelled.as_bytes(), |target| target == Target::Leaf);
        let hint = if let Some(name) = elsewhere {
            let proper = plan.key_of(name.index.into());
            Some(match proper.rsplit_once('.') {
                Some((table, key)) => format!("write {spelled} as {key} in the table {table}"),
                None => format!("write {spelled} as {proper}, outside of any table"),
            })
        } else {
            let keys = children(plan, group);
            suggest::nearest(key, keys.iter().copied())
                .map(|near| format!("did you mean {near} where it says {key}?"))
        };
        let origin = (self.at.origin)(Cow::Owned(spelled.clone()), offset);
        self.resolved.unknown.push(UnknownName {
            name: spelled,
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
fn key_of(plan: Plan, name: Name) -> &'static str {
    match name.target {
        Target::Group => plan.groups[usize::from(name.index)]
            .nested
            .map_or("", |nested| nested.key),
        _ => match (plan.leaves[usize::from(name.index)].field, name.rank) {
            (Field::Leaf(leaf), 0) => leaf.key,
            (Field::Leaf(leaf), rank) => leaf.aliases[usize::from(rank) - 1].name,
            (Field::Group(nested), _) => nested.key,
        },
    }
}

/// The keys that may stand in the table of a group.
fn children(plan: Plan, group: u16) -> Vec<&'static str> {
    let home = |of: u16| plan.groups[usize::from(of)].home;
    let leaves = plan.leaves.iter().filter(|leaf| home(leaf.group) == group);
    let leaves = leaves.map(|leaf| match leaf.field {
        Field::Leaf(leaf) => leaf.key,
        Field::Group(nested) => nested.key,
    });
    let groups = plan.groups.iter().filter_map(|each| {
        let nested = each.nested.filter(|nested| !nested.flatten)?;
        (home(each.parent) == group).then_some(nested.key)
    });
    leaves.chain(groups).collect()
}

/// The elements of a list or map of groups, each with slots of its own; then their problems, each with its place.
type Elements = Vec<(String, Resolved)>;

/// Sorts what the layers said of a list or map of groups into its elements.
pub(crate) fn elements(
    plan: Plan,
    shape: Shape,
    said: Said,
    origin: &Origin,
    parts: Vec<Part>,
    layer: u16,
) -> Result<Elements, Problem> {
    let mut elements: Elements = Vec::new();
    let replaced = !matches!(said, Said::Nothing);
    if let Said::Value(raw) = said {
        let value = match raw {
            Raw::Value(value) => value,
            Raw::Text { text, .. } => json(&text)
                .map_err(|what| malformed(what, origin))?
                .into_value(),
        };
        let Node::List(items) = Node::from(value) else {
            return Err(malformed("expected a list of tables", origin));
        };
        for (index, item) in items.into_iter().enumerate() {
            let place = Place {
                layer,
                ordered: false,
            };
            let mut element = Resolved::new(plan);
            put_element(&mut element, place, item.value, origin)?;
            elements.push((index.to_string(), element));
        }
    }
    let mut parts = parts;
    parts.retain(|part| !replaced || shape == Shape::Map || part.layer >= layer);
    // A stable sort: within a layer the order of the source stays.
    parts.sort_by_key(|part| (part.layer, index_of(shape, &part.path), part.path.len()));
    for part in parts {
        let Part {
            path,
            said,
            origin,
            layer,
        } = part;
        let at = match shape {
            Shape::Map => elements.iter().position(|(key, _)| same_key(key, &path[0])),
            _ => {
                let index = path[0].parse::<usize>().map_err(|_| {
                    malformed(
                        "expected the number of an element after the name of the list",
                        &origin,
                    )
                })?;
                if index > elements.len() {
                    return Err(malformed(
                        &format!(
                            "expected element {} before element {index}: a list has no gaps",
                            elements.len()
                        ),
                        &origin,
                    ));
                }
                (index < elements.len()).then_some(index)
            }
        };
        let at = at.unwrap_or_else(|| {
            elements.push((path[0].clone(), Resolved::new(plan)));
            elements.len() - 1
        });
        let place = Place {
            layer,
            ordered: false,
        };
        let element = &mut elements[at].1;
        match (path.get(1), said) {
            (Some(rest), said) => {
                let hash = Canonical::EMPTY.text(rest.as_bytes()).hash();
                let Some(meaning) = meaning(plan, Space::Key, hash, rest.as_bytes()) else {
                    let near = suggest::nearest(rest, children(plan, 0).iter().copied());
                    element.unknown.push(UnknownName {
                        name: origin.name().unwrap_or(rest).to_owned(),
                        hint: near.map(|near| format!("did you mean {near} where it says {rest}?")),
                        origin,
                    });
                    continue;
                };
                let text = match said {
                    Said::Value(Raw::Text { text, quoted }) => FlatText { text, quoted },
                    _ => FlatText {
                        text: Zeroizing::default(),
                        quoted: false,
                    },
                };
                element.put_text(place, meaning, text, origin);
            }
            (None, Said::Value(Raw::Value(value))) => {
                put_element(element, place, Node::from(value), &origin)?;
            }
            (None, Said::Value(Raw::Text { text, .. })) => {
                let node = json(&text).map_err(|what| malformed(what, &origin))?;
                put_element(element, place, node, &origin)?;
            }
            (None, _) => {}
        }
    }
    Ok(elements)
}

fn index_of(shape: Shape, path: &[String]) -> usize {
    match shape {
        Shape::List => path[0].parse().unwrap_or(usize::MAX),
        _ => 0,
    }
}

fn put_element(
    element: &mut Resolved,
    place: Place,
    node: Node<'_>,
    origin: &Origin,
) -> Result<(), Problem> {
    match node {
        Node::Table(entries) => {
            let at = |_: Cow<'static, str>, _: Offset| origin.clone();
            element.put_table(
                place,
                0,
                entries,
                &At {
                    origin: &at,
                    whole: true,
                },
            );
            Ok(())
        }
        Node::Null => Ok(()),
        _ => Err(malformed("expected a table for each element", origin)),
    }
}

fn malformed(what: &str, origin: &Origin) -> Problem {
    Problem::new(ProblemKind::Malformed, what).from(origin.clone())
}

/// A map leaf with the keys that were set one by one.
pub(crate) fn merge_map(
    said: Said,
    origin: &Origin,
    layer: u16,
    mut parts: Vec<Part>,
    form: decode::Form<'_>,
) -> (Said, Origin) {
    let replaced = !matches!(said, Said::Nothing);
    parts.retain(|part| !replaced || part.layer >= layer);
    parts.sort_by(|one, other| (one.layer, &one.path).cmp(&(other.layer, &other.path)));
    let Some(last) = parts.last() else {
        return (said, origin.clone());
    };
    let last = last.origin.clone();
    let mut map: BTreeMap<String, figment::value::Value> = match said {
        Said::Value(Raw::Value(figment::value::Value::Dict(_, map))) => map,
        Said::Value(Raw::Text { ref text, .. }) => match decode::map_of_text(text, form) {
            Some(map) => map,
            // Not a map: its own problem will say so.
            None => return (said, origin.clone()),
        },
        Said::Nothing | Said::Empty => BTreeMap::new(),
        said => return (said, origin.clone()),
    };
    for part in parts {
        let lower = map.keys().find(|key| same_key(key, &part.path[0])).cloned();
        let key = lower.unwrap_or_else(|| part.path[0].clone());
        let text = match &part.said {
            Said::Value(raw) => raw.as_text().unwrap_or_default(),
            _ => String::new(),
        };
        map.insert(key, figment::value::Value::from(text));
    }
    let said = Said::Value(Raw::Value(figment::value::Value::from(map)));
    (said, last)
}

/// The environment name that was perhaps meant where `variable` is missing.
pub(crate) fn near_miss<'a>(variable: &str, names: &'a [String]) -> Option<&'a str> {
    suggest::nearest(variable, names.iter().map(String::as_str))
}

fn json(text: &str) -> Result<Node<'_>, &'static str> {
    crate::source::file::read_json(text).map_err(|_| "expected JSON")
}
