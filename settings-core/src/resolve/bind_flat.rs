//! Flat names, as they are joined.

use super::{Given, Place, Resolved, SlotValue, Tree, bind_table::At};
use crate::{
    decode::Hint,
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    schema::{
        Field, Leaf, Shape,
        layout::{Name, Target},
        lookup::NameTarget,
    },
    value::{
        json::{self, Flaw},
        node::{Node, Offset},
        raw::Raw,
    },
};
use settings_syntax::name;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// Text of a flat source.
pub(crate) struct FlatText {
    pub(crate) text: Zeroizing<String>,
    pub(crate) quoted: bool,
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
}

/// Whether every shell sets this variable for itself.
fn is_a_shells(origin: &Origin) -> bool {
    origin.layer() == Layer::Environment && origin.name().is_some_and(name::is_guarded)
}

/// JSON for a group, or for several, that is none.
pub(super) fn refused_whole(expected: &str, hint: Option<Hint>, origin: &Origin) -> Problem {
    let what = format!("expected {expected}, found something else");
    let problem = hint.iter().fold(malformed(&what, origin), |problem, hint| {
        problem.with_help(hint.to_string())
    });
    problem.with_help("write it as JSON, or set each of its leaves by its own name")
}

/// Whether empty text in quotes is a value: only for what asks for text.
pub(super) fn takes_nothing(leaf: &Leaf) -> bool {
    leaf.allow_empty || leaf.kind().is_text()
}

/// What a list or map of groups, or a single one, is in JSON.
pub(super) fn structure(shape: Shape) -> &'static str {
    match shape {
        Shape::List => "a JSON list of objects",
        Shape::Map => "a JSON object of objects",
        Shape::One | Shape::Optional => "a JSON object",
    }
}

pub(super) fn malformed(what: &str, origin: &Origin) -> Problem {
    Problem::new(ProblemKind::Malformed, what).from(origin.clone())
}

/// Reads JSON that a flat source has for groups; what may help if it is none.
pub(super) fn read_json(text: &str) -> Result<Node<'_>, Option<Hint>> {
    json::node(text, 0).map_err(|_| match json::check(text.trim()) {
        Err(Flaw::Syntax { column }) => {
            let begins_so = text.trim_start().starts_with(['[', '{']);
            begins_so.then_some(Hint::Json { column })
        }
        Ok(()) | Err(Flaw::Depth) => Some(Hint::Depth),
    })
}
